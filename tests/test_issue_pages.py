"""The dossier of an issue: what each side held on a day, what moved, and what says so."""

import re
from datetime import date
from html import unescape
from itertools import pairwise

import pytest
from django.urls import reverse

from issues.analysis.labels import EM, stagger
from issues.models import Briefing, Issue, Position, Side, StatusEvent
from issues.queries import figures, positions
from issues.queries import issues as queries

from . import valley

TODAY = date(2026, 11, 22)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def process(db):
    """Return the small record, empty of positions."""
    return valley.create()


def grass(process) -> Issue:
    return Issue.objects.get(process=process, slug="grass")


def dossier(process, day=None, slug="grass"):
    agenda = queries.agenda(process)
    found = next(issue for issue in agenda if issue.slug == slug)
    return queries.dossier(process, found, agenda, date.fromisoformat(day) if day else None, TODAY)


def url(process, slug="grass") -> str:
    return reverse("issues:issue-detail", args=[process.slug, slug])


def column(shown, side):
    return next(column for column in shown.columns if column.side.slug == side)


def text(response) -> str:
    """Return a page as its reader sees it: without markup and with single spaces."""
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
    return re.sub(r" ([,.:])", r"\1", words)


# What the sides hold


def test_each_side_shows_the_position_it_held_on_the_day(process):
    valley.hold(process, "hill", "2024-02-01", 10, headline="Closed")
    valley.hold(process, "hill", "2024-05-01", 40, headline="Half open")
    assert column(dossier(process), "hill").stance.position.headline == "Half open"
    early = column(dossier(process, "2024-04-30"), "hill")
    assert (early.stance.position.headline, early.earlier) == ("Closed", "")
    assert column(dossier(process), "hill").earlier == "1 earlier position"
    assert column(dossier(process, "2024-01-31"), "hill").stance is None


def test_of_two_positions_of_one_day_the_later_recorded_one_is_held(process):
    valley.hold(process, "hill", "2024-02-01", n=1, headline="First")
    valley.hold(process, "hill", "2024-02-01", n=2, headline="Second")
    assert column(dossier(process), "hill").stance.position.headline == "Second"


def test_positions_on_other_issues_are_not_shown(process, vera):
    valley.hold(process, "hill", "2024-02-01", issue="water", headline="About water only")
    assert column(dossier(process), "hill").stance is None
    assert "About water only" not in text(vera.get(url(process)))


def test_a_side_without_a_position_says_so(process, vera):
    page = text(vera.get(url(process)))
    assert page.count("No position recorded") == 3
    assert "No briefing on file states a position of Townspeople on this issue." in page
    assert "Nothing dated is recorded on this issue." in page


def test_a_contradicting_source_makes_a_position_contested(process, vera):
    held = valley.hold(process, "hill", "2024-02-01")
    valley.cite(held, relation="supports")
    assert not column(dossier(process), "hill").stance.contested
    valley.cite(held, relation="contradicts", order=2)
    assert column(dossier(process), "hill").stance.contested
    assert "Contested" in text(vera.get(url(process)))
    assert "1 contested" in dossier(process).recorded


def test_retired_rows_never_appear(process, vera):
    kept = valley.hold(process, "hill", "2024-02-01", headline="Kept")
    gone = valley.hold(process, "hill", "2024-03-01", headline="Taken out")
    step = valley.propose(process, 1, ("2024-02-01", "suggested"), ("2024-03-01", "rejected", rejection(process)))
    valley.propose(process, 2, ("2024-02-02", "suggested"))
    valley.cite(kept, "minutes", quote="Words taken out")
    for row in (
        gone,
        step.status_events.get(status="rejected"),
        process_compromise(process, 2),
        kept.citations.get(),
        Side.objects.get(process=process, slug="town"),
    ):
        valley.retire(row)
    page = text(vera.get(url(process)))
    assert "Kept" in page and "Concession 1" in page
    for word in ("Taken out", "Words taken out", "Rejected", "Concession 2", "Townspeople"):
        assert word not in page, word


def rejection(process):
    return {"rejected_by": Side.objects.get(process=process, slug="plain")}


def process_compromise(process, number):
    return StatusEvent.objects.get(process=process, compromise__number=number).compromise


# Compromises


def test_a_compromise_has_the_status_it_had_on_the_day(process):
    valley.propose(process, 5, ("2024-01-03", "suggested"), ("2024-02-12", "adopted", {"implementation": "1"}))
    now, then = column(dossier(process), "hill").proposals[0], column(dossier(process, "2024-02-11"), "hill").proposals
    assert (now.status, [one.status for one in then]) == ("adopted", ["suggested"])
    assert now.steps[1].remark == "after 40 days, implementation: minimal"
    assert column(dossier(process, "2024-01-02"), "hill").proposals == ()


def test_a_rejection_names_the_side_and_a_successor_its_number(process, vera):
    successor = valley.propose(process, 7, ("2024-01-03", "suggested"))
    valley.propose(process, 5, ("2024-01-03", "suggested"), ("2024-01-03", "rejected", rejection(process)))
    valley.propose(process, 6, ("2024-01-03", "superseded", {"superseded_by": successor}))
    steps = {one.number: one.steps[-1] for one in column(dossier(process), "hill").proposals}
    assert steps[5].remark == "the same day, by Plain farmers"
    assert steps[6].remark == "by C7"
    assert "Rejected 3 Jan 2024, the same day, by Plain farmers" in text(vera.get(url(process)))


@pytest.mark.parametrize("on_step", [False, True])
def test_a_contradicted_compromise_or_step_is_contested(process, on_step):
    made = valley.propose(process, 5, ("2024-01-03", "suggested"))
    assert not column(dossier(process), "hill").proposals[0].contested
    valley.cite(made.status_events.get() if on_step else made, relation="contradicts")
    assert column(dossier(process), "hill").proposals[0].contested


def test_a_step_whose_briefing_was_taken_out_stands_without_it(process, vera):
    valley.propose(process, 5, ("2024-01-03", "offered"))
    valley.retire(Briefing.objects.get(process=process))
    page = text(vera.get(url(process)))
    assert "Offered 3 Jan 2024" in page and "Minutes" not in page


# The facts


def test_the_facts_count_sides_quotes_and_the_last_change(process):
    held = valley.hold(process, "hill", "2024-02-01", confidence="low")
    valley.hold(process, "plain", "2024-03-01", precision="month")
    valley.cite(held, quote="one")
    valley.cite(held, quote="two")
    valley.cite(held)
    shown = dossier(process)
    assert shown.recorded == "2 of 3 sides recorded, 1 marked low confidence"
    assert shown.documents == "1 linked, 2 quotes"
    assert shown.last_change == (date(2024, 3, 1), "month", "position of Plain farmers")
    assert dossier(process, "2024-02-20").last_change[2] == "position of Hill farmers"


def test_briefings_are_linked_by_positions_compromises_and_steps(process):
    for n, slug in enumerate(("by-position", "by-compromise", "by-step", "behind-a-step", "unused"), start=1):
        valley.add(valley.briefing(process, slug, f"2024-02-0{n}"))
    behind = {"briefing": Briefing.objects.get(process=process, slug="behind-a-step")}
    made = valley.propose(process, 5, ("2024-02-10", "offered", behind))
    valley.cite(valley.hold(process, "hill", "2024-02-10"), "by-position", quote="x")
    valley.cite(made, "by-compromise", quote="x")
    valley.cite(made.status_events.get(), "by-step", quote="x")
    linked = [(one.title, one.quotes) for one in dossier(process).linked]
    assert linked == [
        ("Behind-A-Step", "Cited, no quote"),
        ("By-Step", "1 quote here"),
        ("By-Compromise", "1 quote here"),
        ("By-Position", "1 quote here"),
    ]
    assert dossier(process, "2024-02-09").linked == ()


def test_a_long_list_of_briefings_is_cut_and_says_so(process, vera):
    held = valley.hold(process, "hill", "2024-02-01")
    valley.add(*(valley.briefing(process, f"letter-{n}", "2024-01-06") for n in range(queries.LINKED + 3)))
    for n in range(queries.LINKED + 3):
        valley.cite(held, f"letter-{n}")
    shown = dossier(process)
    assert (len(shown.linked), shown.more) == (queries.LINKED, 3)
    assert "And 3 more" in text(vera.get(url(process)))


# The figures


def test_the_scale_says_who_stands_where_and_who_is_not_placed(process):
    valley.hold(process, "hill", "2024-02-01", 10)
    valley.hold(process, "plain", "2024-02-01", 80)
    valley.hold(process, "town", "2024-02-01", None)
    shown = dossier(process)
    assert shown.judgement == (
        "Hill farmers and Plain farmers stand 70 points apart: a wide gap. "
        "Not placed, because its position says nothing about the scale: Townspeople."
    )
    assert "Hill farmers 10, Plain farmers 80" in shown.distance.label
    valley.retire(Position.objects.get(placement=None))
    assert "no position is recorded: Townspeople" in dossier(process).judgement


def test_the_scale_shows_where_a_side_stood_before_its_latest_move(process):
    for day, placement in (
        ("2024-01-10", 90),
        ("2024-02-01", 36),
        ("2024-02-12", 46),
        ("2024-03-01", None),
        ("2024-04-01", 46),
    ):
        valley.hold(process, "hill", day, placement)
    figure = dossier(process).distance
    assert [(side.slug, x) for side, x in figure.before] == [("hill", 36)]
    assert figure.moves == ((36, 46),)
    assert [label.words for label in figure.until] == ["hill until 12 Feb 2024"]
    assert dossier(process, "2024-01-31").distance.before == ()


def test_points_that_the_scale_does_not_define_are_passed_over(process):
    assert figures.anchors(grass(process)) == [(50, "Half open")]


@pytest.mark.parametrize("width", [270, 320, 620])
def test_labels_never_cover_each_other(width):
    names = [(x, "A side with a name") for x in (0, 0, 3, 10, 35, 36, 50, 64, 90, 97, 100, 100)]
    placed, length = stagger(names), len(names[0][1]) * EM * 14
    rows: dict[int, list[tuple[float, float]]] = {}
    for (x, _), label in zip(names, placed, strict=True):
        middle = x * width / 100
        left = {"start": middle, "middle": middle - length / 2, "end": middle - length}[label.anchor]
        assert left >= -1 and left + length <= width + 1
        rows.setdefault(label.row, []).append((left, left + length))
    for row in rows.values():
        ordered = sorted(row)
        assert all(before[1] < after[0] for before, after in pairwise(ordered))


def test_of_many_compromises_those_that_moved_last_are_drawn(process, vera):
    for number in range(1, figures.DRAWN + 3):
        valley.propose(process, number, (f"2024-02-{number:02}", "suggested"))
    moves = dossier(process).moves
    assert [lane.code for lane in moves.lanes] == [f"C{n}" for n in range(3, figures.DRAWN + 3)]
    assert f"the {figures.DRAWN} of {figures.DRAWN + 2} that moved last" in text(vera.get(url(process)))


def test_what_moved_stays_on_the_drawing(process):
    valley.hold(process, "hill", "2020-02-01")
    valley.hold(process, "hill", "2024-02-01")
    valley.cite(valley.hold(process, "plain", "2024-06-01"))
    valley.propose(process, 1, ("2019-01-03", "suggested"), ("2024-06-01", "adopted"))
    moves = dossier(process).moves
    drawn = [*moves.documents, *(x for _, _, places in moves.positions for x in places)]
    drawn += [x for lane in moves.lanes for x, _ in lane.travel.marks]
    assert drawn and all(0 <= x <= 100 for x in drawn)
    assert moves.early  # the talks began in 2024; what came before is not to scale


# The page


def test_every_issue_of_the_shipped_record_reads_well(talks, vera):
    for issue in queries.agenda(talks):
        page = text(vera.get(url(talks, issue.slug)))
        for side in Side.objects.filter(process=talks):
            assert side.name in page
        for held in [held for _, held in positions.held(talks, issue, None) if held]:
            assert " ".join(held.headline.split()) in page
        for quote in issue_quotes(talks, issue):
            assert quote in page


def issue_quotes(talks, issue):
    held = [holds.pk for _, holds in positions.held(talks, issue, None) if holds]
    quotes = [
        citation.quote
        for position in Position.objects.filter(pk__in=held)
        for citation in position.citations.all()
        if citation.quote
    ]
    assert quotes
    return [" ".join(quote.split()) for quote in quotes]


def test_a_process_without_compromises_reads_just_as_well(other_talks, vera):
    for issue in queries.agenda(other_talks):
        assert vera.get(url(other_talks, issue.slug)).status_code == 200


def test_the_pager_leads_through_the_agenda_and_keeps_the_day(process, vera):
    assert (dossier(process).previous, dossier(process).next) == (None, (2, "Water", url(process, "water")))
    page = vera.get(url(process, "water"), {"on": "2024-05-01"}).content.decode()
    assert f'rel="prev" href="{url(process)}?on=2024-05-01"' in page
    assert "Issue 2 of 2" in page


def test_a_day_before_later_changes_is_announced(process, vera):
    valley.hold(process, "hill", "2024-02-01")
    valley.hold(process, "hill", "2024-05-01")
    assert "What the sides held on 1 March 2024." in text(vera.get(url(process), {"on": "2024-03-01"}))
    assert "is-past" not in vera.get(url(process), {"on": "2024-06-01"}).content.decode()
    assert "is-past" not in vera.get(url(process)).content.decode()


@pytest.mark.parametrize("bad", ["2025-02-30", "9999-99-99", "tomorrow", "\x00", "2" * 10_000])
def test_a_bad_day_is_named_and_ignored(process, vera, bad):
    valley.hold(process, "hill", "2024-02-01", headline="Still shown")
    response = vera.get(url(process), {"on": bad})
    assert response.status_code == 200
    assert "Still shown" in text(response) and "is not a day" in text(response)


def test_htmx_gets_the_part_and_everyone_else_the_page(process, vera):
    part = vera.get(url(process), {"on": "2024-03-01"}, headers=HTMX)
    whole = vera.get(url(process), {"on": "2024-03-01"})
    assert part.content.decode().lstrip().startswith("<title>") and b"<!doctype" not in part.content
    assert b"<!doctype" in whole.content and b'id="dossier"' in whole.content
    assert "HX-Request" in whole["Vary"]
    assert b"<!doctype" in vera.get(url(process), headers=HTMX | {"HX-History-Restore-Request": "true"}).content


def test_an_unknown_or_retired_issue_is_not_found(process, vera):
    assert vera.get(url(process, "fire")).status_code == 404
    valley.retire(grass(process))
    assert vera.get(url(process)).status_code == 404


def test_an_issue_of_a_private_process_is_for_its_members(back_channel, rita, vera):
    valley.add(Issue(process=back_channel, slug="grass", title="Grass", order=1, scale_low="0", scale_high="1"))
    assert rita.get(url(back_channel)).status_code == 200
    assert vera.get(url(back_channel)).status_code == 404


def test_only_reading_is_allowed(process, vera):
    assert vera.post(url(process)).status_code == 405


def test_text_of_the_record_never_becomes_markup(process, vera):
    evil = "<b onclick=alert(1)>"
    held = valley.hold(process, "hill", "2024-02-01", 5, headline=evil, body=evil, placement_note=evil)
    valley.cite(held, quote=evil, locator=evil)
    valley.propose(process, 1, ("2024-02-01", "suggested", {"note": evil}), test_sentence=evil)
    assert evil not in vera.get(url(process)).content.decode()


# What it costs


def test_the_number_of_queries_never_grows(talks, anna, django_assert_num_queries):
    process, page = talks, url(talks, "dmz-peacekeepers")
    anna.get(page)
    with django_assert_num_queries(12):  # session, user and what they may do among them
        anna.get(page)
    issue = Issue.objects.get(process=process, slug="dmz-peacekeepers")
    for side in Side.objects.filter(process=process):
        for n in range(8):
            held = valley.add(
                Position(
                    process=process,
                    issue=issue,
                    side=side,
                    slug=f"more-{side.pk}-{n}",
                    held_from=date(2026, 1, 1 + n),
                    headline="More",
                    commitment="law",
                )
            )
            valley.cite(held, "korybko-2025-01-03-energy-diplomacy", quote="words")
    with django_assert_num_queries(12):
        anna.get(page)


def test_the_cells_do_not_read_every_position(process, django_assert_num_queries):
    valley.add(*(valley.position(process, "hill", "2024-02-01", n=n, headline=f"No {n}") for n in range(320)))
    issue = grass(process)
    with django_assert_num_queries(2):
        cells = positions.held(process, issue, None)
    assert [held.headline if held else None for _, held in cells] == ["No 319", None, None]
    assert len(positions.trail(grass(process))) == positions.TRAIL
    assert column(dossier(process), "hill").earlier == f"More than {positions.TRAIL} earlier positions"
