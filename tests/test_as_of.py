"""Looking back with `?as_of=`: what the tracker had recorded at a moment, nothing later, and no way to write there."""

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import CharField, Model, TextField
from django.http import HttpResponse
from django.template import Context, Template
from django.template.response import ContentNotRenderedError, TemplateResponse
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from issues import history
from issues.models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Side,
    Snapshot,
    StatusEvent,
)
from issues.queries import briefings, compromises, courses, events, issues, passages, positions, timeline
from issues.queries.board import board
from issues.views.past import looks_back

from . import valley
from .addresses import CURATE_POST, DATED, EDIT, EDIT_POST, ROUTES, address
from .conftest import Person

TODAY = date(2026, 1, 1)
CONTENT = [model for model in history.RECORDED.values() if model is not Process]


def read_everything(process):
    """Return what the pages that look back read of a process, as of now or inside `as_of`, and all its rows."""
    process = Process.objects.get(pk=process.pk)
    agenda = issues.agenda(process)
    scope = compromises.Scope(process)
    filters = briefings.Filters(picked={})
    lanes = events.agenda(process)
    found = [
        process,
        board(process, date(2024, 2, 15), None, "all", TODAY),
        issues.dossier(process, agenda[0], agenda, None, TODAY),
        compromises.listing(process, compromises.Filters(), scope, TODAY, False),
        [courses.course(one, None, TODAY) for one in Compromise.objects.filter(process=process, number=2)],
        briefings.listing(process, filters),
        [passages.of(process, one, None) for one in Briefing.objects.filter(process=process, slug="letter")],
        [positions.chronicle(one, None, None, None) for one in Position.objects.live().filter(process=process)[:1]],
        timeline.read(process, lanes, events.Chosen()),
        [list(model.objects.filter(process=process).order_by("pk").values()) for model in CONTENT],
    ]
    return plain(found)


def plain(value):
    """Return a value with every row in it spelt out, since two rows count as equal by their keys alone."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Model) or is_dataclass(value):
        names = [*getattr(value, "__dict__", ()), *getattr(value, "__slots__", ())]
        return {name: plain(getattr(value, name)) for name in names if name[0] != "_"}
    return value


def edits(process):
    """Write to a process in every way, one change after another; yield after each."""
    yield
    old = valley.hold(process, "hill", "2024-01-10", 20, headline="Hill first")
    yield
    valley.hold(process, "plain", "2024-02-10", 80)
    yield
    valley.add(valley.briefing(process, "letter", "2024-02-01", other_urls=["https://example.org/a"]))
    yield
    valley.cite(old, "letter", quote="Ours “since” \\ 1900", relation="contradicts")
    yield
    first = valley.propose(process, 1, ("2024-01-20", "suggested"), ("2024-03-01", "adopted"))
    second = valley.propose(process, 2, ("2024-02-20", "suggested"), side="plain", issue="water")
    third = valley.propose(process, 3, ("2024-02-21", "suggested"), side="plain")
    yield
    link = valley.add(CompromiseLink(process=process, source=second, target=third, kind="requires", reason="Both"))
    yield
    with history.changeset(process, reason="Correct much at once") as door:
        door.update(Position.objects.get(pk=old.pk), headline="Hill corrected", placement=None, held_from="2024-01-12")
        door.update(Issue.objects.get(process=process, slug="grass"), title="Pasture", scale_anchors=[])
        door.update(Side.objects.get(process=process, slug="town"), order=9)
        door.update(process, name="The valley, shared", method={"editorial_note": 'Percent % and "quotes".'})
    yield
    for row in (link, first, old, Citation.objects.get(), Issue.objects.get(process=process, slug="water")):
        valley.retire(row)
        yield
    with history.changeset(process, reason="Bring back") as door:
        door.restore(Position.objects.get(pk=old.pk))
        door.restore(Issue.objects.get(process=process, slug="water"))
    yield
    with history.changeset(process, reason="Point elsewhere") as door:
        door.update(StatusEvent.objects.first(), briefing=Briefing.objects.get(process=process, slug="letter"))
    yield


def test_every_query_reads_what_was_recorded(db):
    process, other = valley.create(), valley.create("hollow")
    then = []
    for _ in edits(process):
        then.append((process.changesets.order_by("-number").first(), read_everything(process)))
        valley.hold(other, "hill", "2024-05-01", n=len(then), headline="Elsewhere")
    assert len(then) >= 12
    assert all(then[i][1] != then[i + 1][1] for i in range(len(then) - 1))
    for changeset, told in then:
        with history.as_of(process, changeset):
            assert read_everything(process) == told, changeset
    assert read_everything(process) == then[-1][1]


# Pages


@pytest.fixture(scope="module")
def loaded_valley_then(loaded):
    return loaded(edited_valley)


@pytest.fixture
def valley_then(loaded_valley_then, db):
    """Return a process with a change of every kind on record, and its changes by number."""
    return loaded_valley_then.restore()


def edited_valley():
    process = valley.create()
    for _ in edits(process):
        pass
    return process


def at(changeset, before=False) -> str:
    """Return the parameter that looks back to a change, or to the moment before it."""
    moment = changeset.moment - timedelta(microseconds=before)
    return "as_of=" + moment.isoformat().replace("+00:00", "Z")


def text_of(response) -> str:
    return unescape(response.content.decode())


PAGES = (
    "/processes/valley/",
    "/processes/valley/timeline/",
    "/processes/valley/compromises/",
    "/processes/valley/compromises/2/",
    "/processes/valley/briefings/",
    "/processes/valley/briefings/minutes/",
    "/processes/valley/issues/grass/",
    "/positions/{held}/",
)


def pages():
    held = Position.objects.get(slug="grass-plain-2024-02-10-0").pk
    return [page.format(held=held) for page in PAGES]


def test_a_page_shows_what_was_recorded_and_says_by_when(valley_then, vera):
    changeset = Changeset.objects.get(number=6)
    for page in ("/processes/valley/", "/processes/valley/issues/grass/"):
        now, then = text_of(vera.get(page)), text_of(vera.get(f"{page}?{at(changeset)}"))
        assert "Pasture" in now and "Pasture" not in then and "Grass" in then
        assert "Hill corrected" in now and "Hill corrected" not in then and "Hill first" in then
        assert "As this tracker had recorded it" not in now
        assert "As this tracker had recorded it by" in then and "change 6</a>, by someone at a shell" in then


def test_the_moment_before_a_change_shows_what_it_replaced(valley_then, vera):
    changeset = Changeset.objects.get(number=2)
    assert "Hill first" in text_of(vera.get(f"/processes/valley/?{at(changeset)}"))
    assert "Hill first" not in text_of(vera.get(f"/processes/valley/?{at(changeset, before=True)}"))


def test_every_link_leads_on_within_the_moment_but_the_one_to_the_present(valley_then, vera):
    moment = at(Changeset.objects.get(number=10)).replace(":", "%3A")
    for page in pages():
        html = vera.get(f"{page}?on=2024-12-31&{moment}").content.decode()
        stay = re.findall(r'<a [^>]*href="([^"]+)"[^>]* data-now', html)
        assert stay == [page] and "data-news" not in html
        forms = [tag for tag in re.findall(r"<form[^>]*>", html) if "data-now" not in tag]
        assert html.count('<input type="hidden" name="as_of"') == len([tag for tag in forms if 'method="get"' in tag])
        for href in re.findall(r'(?:href|hx-get)="([^"]+)"', html):
            path, _, rest = unescape(href).partition("?")
            if path.startswith(("#", "http", "/static")) or (path == page and not rest):
                continue
            back = not path or getattr(resolve(path.partition("#")[0]).func, "looks_back", False)
            assert (moment in rest) == back, href


def test_no_page_that_looks_back_leads_to_a_form(talks, anna):
    then, now = at(talks.changesets.get()), set()
    for name in DATED:
        page = address(name, talks)
        now |= {name for name in led_to(anna.get(page)) if is_form(name)}
        seen = anna.get(f"{page}?{then}")
        # What looks back can be frozen as it was recorded then: that is no write to the record.
        assert seen.status_code == 200 and not {name for name in led_to(seen) if is_form(name)} - {"brief-new"}, name
        posts = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', text_of(seen)))
        assert posts - {address("brief-new", talks)} == {"/accounts/logout/"}
    assert {"process-edit", "issue-edit", "position-edit", "compromise-edit", "briefing-edit"} <= now


def led_to(response) -> set[str]:
    """Return the names of the addresses that a page leads to."""
    paths = set(re.findall(r'(?:href|hx-get|action)="(/[^"#?]*)', text_of(response)))
    return {resolve(path).url_name for path in paths if not path.startswith("/static/")}


def is_form(name: str) -> bool:
    return ROUTES.get(name) in (EDIT, EDIT_POST, CURATE_POST)


def test_nothing_is_opened_or_written_at_an_address_that_looks_back(talks, carl, pytestconfig):
    """By POST, and in the short run by one of the other methods, in turn."""
    then, count = at(talks.changesets.get()), talks.changesets.count()
    for turn, (name, rule) in enumerate(ROUTES.items()):
        page = address(name, talks)
        page += f"{'&' if '?' in page else '?'}{then}"
        others = ("put", "patch", "delete")
        for method in ("post", *(others if pytestconfig.getoption("long") else others[turn % 3 :][:1])):
            refused = getattr(carl, method)(page)
            assert refused.status_code == 403 and "nothing can be written" in text_of(refused), (name, method)
        if rule is EDIT:
            form = carl.get(page)
            assert form.status_code == 403 and "the past is not edited" in text_of(form), name
    assert talks.changesets.count() == count


def test_a_write_to_the_record_while_looking_back_is_a_fault(valley_then):
    changeset = Changeset.objects.get(number=6)
    refused = pytest.raises(RuntimeError, match="nothing can be written")
    with history.as_of(valley_then, changeset), refused, transaction.atomic():
        Position.objects.update(headline="Rewritten")
    with pytest.raises(ValueError, match="is not one of process"), history.as_of(valley.create("other"), changeset):
        pass


CANARY = "canary"


def with_canaries(process):
    """Write the word into every text of rows that are added, of rows that are changed, and of the process itself."""
    for model in CONTENT:
        texts = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField) and not (field.choices or field.unique or field.name == "slug")
        ]
        for row in model.objects.live().filter(process=process):
            with history.changeset(process, reason=f"Put a {CANARY} in") as door:
                door.update(row, **{name: f"{CANARY} {name}"[: field_length(model, name)] for name in texts})
    with history.changeset(process, reason="The process too") as door:
        door.update(process, **{name: f"{CANARY} {name}" for name in ("name", "short_name", "question", "summary")})
    new = valley.hold(process, "town", "2023-06-01", 50, headline=f"{CANARY} early", body=CANARY)
    valley.add(valley.briefing(process, CANARY, "2023-06-01", text=CANARY, abstract=CANARY))
    valley.cite(new, quote=CANARY)
    valley.propose(process, 9, ("2023-07-01", "suggested", {"note": CANARY}), body=CANARY, origin=CANARY)


def field_length(model, name):
    return model._meta.get_field(name).max_length


def test_nothing_that_came_later_reaches_a_page(valley_then, vera):
    moment = at(valley_then.changesets.order_by("-number").first())
    before = {page: text_of(vera.get(f"{page}?{moment}")) for page in pages()}
    with_canaries(valley_then)
    for page in pages():
        assert CANARY in text_of(vera.get(page)), page
        for day in ("", "&on=2024-02-15"):
            assert CANARY not in text_of(vera.get(f"{page}?{moment}{day}")), page
        assert text_of(vera.get(f"{page}?{moment}")) == before[page]


def test_what_is_read_late_is_read_as_of_then_too(valley_then, rf):
    """Queries that a template would ask, against the rules of this house, see the same moment."""
    moment = at(Changeset.objects.get(number=6))
    late = Template("{% for one in issues %}{{ one.title }} {% endfor %}")

    def view(request, slug):
        issues = Issue.objects.filter(process__slug=slug)
        return HttpResponse(late.render(Context({"issues": issues})))

    request = rf.get(f"/processes/valley/?{moment}")
    request.user = AnonymousUser()
    assert looks_back(view)(request, slug="valley").content == b"Grass Water "
    # An answer that is written after the view has returned would escape; it breaks instead.
    with pytest.raises(ContentNotRenderedError):
        looks_back(lambda request, slug: TemplateResponse(request, "400.html"))(request, slug="valley")


def test_what_has_been_taken_out_since_is_shown_to_those_who_may_bring_it_back(valley_then, vera):
    held = Position.objects.get(slug="grass-plain-2024-02-10-0")
    early, late = (valley_then.changesets.order_by("number")[n] for n in (3, 2))
    said = "has been taken out since"
    assert said not in text_of(vera.get(f"/processes/valley/?{at(late)}"))
    valley.retire(held)
    anna = Person.called("anna").joins(valley_then, "analyst")
    for page in ("/processes/valley/", "/processes/valley/issues/grass/", "/processes/valley/timeline/"):
        withheld, shown = (text_of(person.get(f"{page}?{at(early)}")) for person in (vera, anna))
        assert held.headline in shown and said not in shown
        assert held.headline not in withheld and said in withheld
    assert vera.get(f"{held.get_absolute_url()}?{at(early)}").status_code == 404
    assert anna.get(f"{held.get_absolute_url()}?{at(early)}").status_code == 200


def test_who_may_look_is_judged_by_the_present(db, vera):
    process = valley.create()
    first = process.changesets.get()
    with history.changeset(process, reason="Close it") as door:
        door.update(process, visibility="members")
    assert vera.get(f"/processes/valley/?{at(first)}").status_code == 404
    rita = Person.called("rita").joins(process, "reader")
    assert rita.get(f"/processes/valley/?{at(first)}").status_code == 200


def test_a_snapshot_older_than_a_column_has_its_default(db):
    process = valley.create()
    issue = Issue.objects.get(slug="grass")
    snapshot = Snapshot.objects.get(model="issue", object_id=issue.pk)
    data = json.loads(snapshot.data)
    for name in ("question", "scale_anchors"):
        del data[name]
    Snapshot.objects.filter(pk=snapshot.pk).update(data=json.dumps(data))
    with history.as_of(process, process.changesets.get()):
        found = Issue.objects.get(pk=issue.pk)
    assert (found.question, found.scale_anchors, found.title) == ("", [], "Grass")


def test_moments_follow_numbers_even_when_the_clock_is_set_back(db, monkeypatch):
    process = valley.create()
    back = timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(history.timezone, "now", lambda: back)
    first, second = (valley.hold(process, "hill", "2024-01-10", n=n) for n in range(2))
    moments = list(process.changesets.order_by("number").values_list("moment", flat=True))
    assert moments == sorted(set(moments))
    assert [first.updated_at, second.created_at] == moments[1:]
    assert history.at(process, moments[1]).number == 2


def test_the_record_of_changes_leads_to_the_board_after_each_and_before(valley_then, vera):
    changeset = Changeset.objects.get(number=6)
    position = Position.objects.get(slug="grass-hill-2024-01-10-0")
    for page, number in (
        ("/processes/valley/changes/", 6),
        (f"/changes/{changeset.pk}/", 6),
        (f"/positions/{position.pk}/history/", 2),
    ):
        links = re.findall(r'href="([^"]+as_of=[^"]+)"', vera.get(page).content.decode())
        assert any(f"change {number}</a>" in text_of(vera.get(unescape(link))) for link in links), page
    links = re.findall(r'href="([^"]+as_of=[^"]+)"', vera.get(f"/changes/{changeset.pk}/").content.decode())
    assert "change 5</a>" in text_of(vera.get(unescape(links[1])))


def test_before_the_first_change_nothing_was_recorded(valley_then, vera):
    first = Changeset.objects.get(number=1)
    missing = vera.get(f"/processes/valley/?{at(first, before=True)}")
    assert missing.status_code == 404
    assert "Nothing was recorded in this process by" in text_of(missing)
    assert valley_then.name not in text_of(missing)


def test_a_row_that_came_later_is_missing_and_the_page_leads_to_the_present(valley_then, vera):
    position = Position.objects.get(slug="grass-plain-2024-02-10-0")
    missing = vera.get(f"/positions/{position.pk}/?{at(Changeset.objects.get(number=2))}")
    assert missing.status_code == 404
    assert "Nothing that you can see was recorded under this address" in text_of(missing)
    assert f'href="/positions/{position.pk}/" data-now' in text_of(missing)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("yesterday", "is not a moment"),
        ("2026-13-01", "is not a moment in the calendar"),
        ("2024-01-01T25:00", "is not a moment in the calendar"),
        ("0001-01-01T00:00:00+14:00", "is not a moment in the calendar"),
        ("9999-12-31T23:59:59-12:00", "lies in the future"),
        ("2024-01-01T10:00:00%00", "is not a moment;"),
        ("９９９９-01-01", "is not a moment;"),
        ("2999-01-01", "lies in the future"),
        ("2999-01-01T00:00:00Z", "lies in the future"),
    ],
)
def test_a_moment_that_makes_no_sense_is_named_and_the_present_shown(valley_then, vera, moment, said):
    for page in ("/processes/valley/", "/processes/valley/briefings/", "/processes/valley/compromises/"):
        response = vera.get(f"{page}?as_of={moment}")
        assert response.status_code == 200
        assert said in text_of(response) and "As this tracker had recorded" not in text_of(response)


def test_a_moment_may_be_written_in_several_ways(valley_then, vera):
    changeset = Changeset.objects.get(number=6)
    moment = changeset.moment
    last = valley_then.changesets.order_by("-number").first()
    for written, number in (
        (moment.isoformat(), 6),
        (moment.isoformat().replace("+", "%2B"), 6),
        (moment.astimezone(tz(5)).isoformat().replace("+", "%2B"), 6),
        (timezone.make_naive(moment).isoformat(), 6),
        (str(timezone.localdate()), last.number),
    ):
        assert f"change {number}</a>" in text_of(vera.get(f"/processes/valley/?as_of={written}")), written


def tz(hours):
    return timezone.get_fixed_timezone(60 * hours)


def test_looking_back_costs_few_queries_more(valley_then, vera):
    then = at(Changeset.objects.get(number=10))
    for page in pages():
        with CaptureQueriesContext(
            connection,
        ) as now:
            vera.get(page)
        with CaptureQueriesContext(connection) as past:
            assert vera.get(f"{page}?{then}").status_code == 200
        assert len(past) <= len(now) + 3 <= 15, page
