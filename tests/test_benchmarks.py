"""The benchmarks: what they fill in, and how they compare. Their figures depend on the machine; none is tested."""

from types import SimpleNamespace

import pytest

from benchmarks import data, measure, revisions, saves
from benchmarks.__main__ import Report, against
from benchmarks.servers import Server, WrongAnswer
from issues import history
from issues.models import Briefing, Citation, Compromise, Issue, Position, Snapshot, StatusEvent

from . import valley

FEW = {"positions": 60, "briefings": 20, "compromises": 5, "citations": 12, "copies": 4}


@pytest.fixture
def many(db):
    return data.fill(**FEW)


def test_it_fills_in_the_numbers_asked_for(many):
    numbers = {
        model: model.objects.filter(process=many).count() for model in (Position, Briefing, Compromise, Citation)
    }
    assert numbers == {Position: 60, Briefing: 20, Compromise: 5, Citation: 12}
    assert StatusEvent.objects.filter(process=many).count() == 5 * len(data.STEPS)


def test_it_fills_in_the_same_rows_every_time(many):
    def rows():
        return [
            list(Position.objects.values_list("slug", "held_from", "headline", "placement").order_by("slug")),
            list(Briefing.objects.values_list("slug", "published_on", "title").order_by("slug")),
        ]

    before = rows()
    for model in (Citation, StatusEvent, Compromise, Position, Briefing):
        model.objects.all().delete()
    many.slug = "set-aside"
    many.save()
    data.fill(**FEW)
    assert rows() == before


@pytest.mark.parametrize("page", ["", "timeline/", "compromises/", "briefings/", "issues/issue-1/"])
def test_the_site_shows_what_was_filled_in(vera, many, page):
    assert vera.get(f"/processes/{many.slug}/{page}").status_code == 200


def test_revisions_that_repeat_what_the_rows_hold_change_no_page(vera):
    process, other = valley.create(), valley.create("hollow")
    for target in (process, other):
        revisions.write(process, target, 40)
        # The whole record is smaller than the rows of one change.
        assert Snapshot.objects.filter(process=target, version__gt=1).count() == 4 * 7
        assert target.changesets.count() == 5
    for changeset in process.changesets.all():
        with history.as_of(process, changeset):
            assert Issue.objects.get(slug="grass").title == "Grass"


class Answers(Server):
    """A server that gives the answers it was made with, in turn."""

    def __init__(self, *answers):
        self.answers, self.lengths = iter(answers), {}

    def ask(self, address):
        return next(self.answers)


@pytest.mark.parametrize(
    "answer",
    [(500, b"a word " * 200), (200, b"another " * 200), (200, b"a word " * 201), (200, b"a word")],
    ids=["status", "word", "length", "too short"],
)
def test_an_answer_that_is_not_the_page_stops_the_measuring(answer):
    server = Answers((200, b"a word " * 200), answer)
    server.check("/page/", "a word")
    with pytest.raises(WrongAnswer, match="/page/"):
        server.check("/page/", "a word")


def test_two_cases_are_compared_round_by_round():
    cases = [measure.Case("", None, "", "", costs=costs) for costs in ([10, 20, 30], [20, 10, 30])]
    # Of the medians alone, 20 and 20, nothing would be seen of the three rounds.
    assert measure.compared(cases[1], cases[0]) == measure.Spread(0.75, 1, 1.5)


def test_a_case_costs_as_many_anchors_as_it_takes(monkeypatch):
    took = iter([0.002] * measure.ANCHORS + [0.05, 0.04, 0.06])
    server = SimpleNamespace(check=lambda *page: next(took), cpu=iter([1.0, 1.3]).__next__)
    case = measure.Case("", server, "/", "word")
    case.measure()
    assert case.costs == [20] and case.times == [0.04]
    assert case.cpu / case.asked == pytest.approx(0.1)


@pytest.mark.parametrize(("costs", "met"), [([12, 12, 20], True), ([13.1, 14, 10], False)])
def test_a_goal_that_is_missed_is_printed_as_missed(costs, met):
    report, base = Report(), measure.Case("", None, "", "", costs=[10, 10, 10], cpu=2)
    row = against(report, "Board", base, measure.Case("", None, "", "", costs=costs, cpu=3), 1.3)
    assert ("**missed**" in row) is not met
    assert report.missed == (not met)
    assert "| 1.50 |" in row


def test_the_anchor_is_twenty_thousand_letters_through_the_site_s_own_middleware(vera, settings):
    settings.ROOT_URLCONF = "benchmarks.urls"
    response = vera.get("/anchor/")
    assert len(response.content) == 20_000
    assert "Content-Security-Policy" in response
    assert vera.get("/codebook/").status_code == 200


def test_a_save_and_the_bare_transaction_take_turns(talks):
    found = saves.measured(2)
    assert len(found["save"]) == len(found["models"]) == len(found["sql"]) == 2 and 5 < found["queries"] <= 25
