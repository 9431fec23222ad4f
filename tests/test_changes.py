"""The list of changes, and the page of one: who, when, why, and what it did to each row."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history
from issues.models import Briefing, Changeset, Citation, Compromise, CompromiseLink, Issue, Position, Side, Snapshot
from issues.queries import changes, names
from issues.queries.changes import Filters

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NOBODY = names.Reader(all_shown=False, curates=False)


@pytest.fixture
def process(db):
    return valley.create()


@pytest.fixture
def analyst(process):
    return Person.called("ann").joins(process, "analyst")


@pytest.fixture
def curator(process):
    return Person.called("cur").joins(process, "curator")


@pytest.fixture
def held(process, analyst):
    """Return a position that the analyst recorded, and corrected."""
    with history.changeset(process, reason="Record what the hill holds", user=analyst.user) as door:
        (held,) = door.create([valley.position(process, "hill", "2024-02-01", 40, headline="Open to all")])
    with history.changeset(process, reason="Correct the headline", user=analyst.user) as door:
        door.update(held, headline="Open to all herds", placement=45)
    return held


def list_of(process, **query):
    return reverse("issues:change-list", args=[process.slug]), query


def reasons(response):
    return [line.why for line in response.context["lines"]]


def change_page(process, number):
    return reverse("issues:change-detail", args=[Changeset.objects.get(process=process, number=number).pk])


def test_it_lists_who_when_why_and_what_newest_first(process, held, vera):
    url, _ = list_of(process)
    response = vera.get(url)
    assert reasons(response) == ["Correct the headline", "Record what the hill holds", "Begin"]
    line = response.context["lines"][0]
    assert (line.who, line.rows) == ("ann", "1 position")
    assert line.links == [("Open to all herds", f"/positions/{held.pk}/")]
    first = response.context["lines"][-1]
    assert (first.who, first.rows, first.links) == (
        "From a shell",
        "the process, 3 sides, 2 issues, 1 briefing",
        [],
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"who": "ann"}, 2),
        ({"who": "-"}, 1),
        ({"kind": "position"}, 2),
        ({"kind": "briefing"}, 1),
        ({"kind": "citation"}, 0),
        ({"from": "today"}, 3),
        ({"to": "yesterday"}, 0),
        ({"from": "yesterday", "to": "today", "who": "ann", "kind": "position"}, 2),
    ],
)
def test_it_filters_by_person_kind_and_day(process, held, vera, query, found):
    today = history.timezone.localdate()
    days = {"today": today.isoformat(), "yesterday": (today - timedelta(1)).isoformat()}
    url, _ = list_of(process)
    response = vera.get(url, {name: days.get(value, value) for name, value in query.items()})
    assert len(reasons(response)) == found and not response.context["ignored"]
    if not found:
        assert "No change passes these filters" in response.text


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ({"who": "nobody"}, "Who"),
        ({"kind": "changeset"}, "Kind"),
        ({"from": "2024-02-30"}, "From"),
        ({"from": "2024-03-02", "to": "2024-03-01"}, "To"),
        ({"after": "x"}, "Page"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_ignored(process, held, vera, query, label):
    url, _ = list_of(process)
    response = vera.get(url, query)
    assert response.status_code == 200 and f"<b>{label}:</b>" in response.text
    assert response.context["ignored"][0][0] == label


def test_htmx_gets_the_list_alone_and_an_address_without_empty_fields(process, held, vera):
    url, _ = list_of(process)
    response = vera.get(url, {"who": "ann", "kind": "", "from": ""}, headers=HTMX)
    assert response.text.lstrip().startswith('<div id="results"') and "<html" not in response.text
    assert response["HX-Push-Url"] == f"{url}?who=ann"


def test_the_pages_of_a_long_list_cost_the_same_and_miss_nothing(process, held, vera, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url, _ = list_of(process)
    with CaptureQueriesContext(connection) as short:
        vera.get(url)
    for n in range(60):
        with history.changeset(process, reason=f"Correct again, {n}") as door:
            door.update(held, placement=n)
    with django_assert_num_queries(len(short)):
        response = vera.get(url)
    assert len(short) <= 12
    assert len(reasons(response)) == 50
    rest = vera.get(url, {"after": response.context["listed"].next})
    assert len(reasons(rest)) == 13 and reasons(rest)[-1] == "Begin"


def test_a_change_shows_each_row_with_its_differences_word_by_word(process, held, vera):
    text = vera.get(change_page(process, 3)).text
    assert "<h1>Correct the headline</h1>" in text
    assert "Open to all <ins>herds</ins>" in text
    assert "<del>40</del> <ins>45</ins>" in text
    assert "They say so." not in text  # what did not change is not repeated


def test_a_new_row_shows_all_its_fields_and_a_retired_one_that_it_was(process, held, vera, analyst):
    text = vera.get(change_page(process, 2)).text
    assert '<span class="tag">New</span>' in text and "<ins>They say so.</ins>" in text and "1 Feb 2024" in text
    valley.retire(held)
    with history.changeset(process, reason="Bring it back") as door:
        door.restore(Position.objects.get(pk=held.pk))
    assert '<span class="tag">Taken out</span>' in analyst.get(change_page(process, 4)).text
    assert '<span class="tag">Brought back</span>' in analyst.get(change_page(process, 5)).text


def test_user_text_is_escaped_in_differences(process, held, vera):
    with history.changeset(process, reason="<b>Why</b>") as door:
        door.update(held, headline='<img src=x onerror="alert(1)">', body="<script>alert(1)</script>")
    for url in (list_of(process)[0], change_page(process, 4), reverse("issues:position-history", args=[held.pk])):
        text = vera.get(url).text
        assert "<img" not in text and "<script>alert" not in text and "<b>Why" not in text and "&lt;b&gt;" in text


def test_a_large_change_is_shown_in_pages_that_together_show_every_row(talks, vera):
    url = change_page(talks, 1)
    shown, cursor, page_count = 0, None, 0
    while page_count == 0 or cursor:
        response = vera.get(url, {"after": cursor} if cursor else {})
        change = response.context["change"]
        shown, cursor, page_count = shown + len(change.items), change.page.next, page_count + 1
        assert len(response.content) < 150_000
    assert shown == Snapshot.objects.filter(changeset__process=talks).count() > 400


def test_a_change_costs_the_same_however_many_rows_it_touched(process, held, vera, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def write(count, reason, start):
        with history.changeset(process, reason=reason) as door:
            rows = door.create([valley.position(process, "plain", "2024-03-01", 1, n=start + n) for n in range(count)])
            minutes = Briefing.objects.get(slug="minutes")
            door.create([Citation(process=process, briefing=minutes, position=row) for row in rows])

    write(30, "Some", 300)
    write(200, "Many", 10)
    with CaptureQueriesContext(connection) as one:
        vera.get(change_page(process, 4))
    with django_assert_num_queries(len(one)):
        vera.get(change_page(process, 5))
    assert len(one) <= 12


def test_a_change_of_a_private_process_is_not_there_for_who_may_not_see_it(back_channel, vera, rita):
    url = change_page(back_channel, 1)
    assert vera.get(url).status_code == 404 and "Open the back channel" not in vera.get(url).text
    assert rita.get(url).status_code == 200
    assert vera.get(reverse("issues:change-list", args=[back_channel.slug])).status_code == 404


# What may be read by whom (S2): a word that stands nowhere else, put into every text of a row.
CANARY = "Kanarienvogel"


@pytest.fixture
def everything(process, pytestconfig):
    """Return what reads every page of the history as a person: in either layout, or in the short run in one in turn."""

    def read(person):
        urls = [reverse("issues:change-list", args=[process.slug])]
        urls += [change_page(process, one.number) for one in process.changesets.all()]
        urls += [reverse("issues:position-history", args=[one.pk]) for one in Position.objects.all()]
        urls += [reverse("issues:briefing-history", args=[process.slug, one.slug]) for one in Briefing.objects.all()]
        urls += [reverse("issues:compromise-history", args=[process.slug, 1])]
        urls += [reverse("issues:issue-history", args=[process.slug, "grass"])]
        layouts = [f"{url}{query}" for url in urls for query in ("", "?layout=split")]
        if not pytestconfig.getoption("long"):
            layouts = [layouts[2 * turn + turn % 2] for turn in range(len(urls))]
        return " ".join(person.get(url).text for url in layouts)

    return read


def test_curators_notes_stay_with_curators_and_stored_texts_with_analysts(
    process, held, vera, analyst, curator, everything
):
    briefing = Briefing.objects.get(slug="minutes")
    with history.changeset(process, reason="Note where it was verified") as door:
        door.update(briefing, provenance=f"{CANARY} one", text=f"{CANARY} two")
        door.update(process, provenance=f"{CANARY} three", method={"meta": f"{CANARY} four"})
        door.update(held, provenance=f"{CANARY} five")
    for person, may in ((vera, set()), (analyst, {"two"})):
        text = everything(person)
        assert {n for n in ("one", "two", "three", "four", "five") if f"{CANARY} {n}" in text} == may
        assert "Something differs that is not shown to everyone" in text
    seen = everything(curator)
    assert all(f"{CANARY} {n}" in seen for n in ("one", "two", "three", "four", "five"))


def test_the_words_of_what_was_taken_out_are_for_those_who_may_bring_it_back(process, vera, analyst, everything):
    reader = Person.called("rea").joins(process, "reader")
    position = valley.hold(process, "hill", "2024-05-01", 10, headline=f"{CANARY} a", body=f"{CANARY} b")
    kept = valley.hold(process, "town", "2024-05-01", 10)
    cited = valley.cite(kept, quote=f"{CANARY} c")
    valley.cite(position, quote=f"{CANARY} d")
    compromise = valley.propose(process, 1, ("2024-05-02", "suggested", {"note": f"{CANARY} e"}), body=f"{CANARY} f")
    paper = valley.add(valley.briefing(process, "paper", "2024-05-03", title=f"{CANARY} g"))
    assert CANARY in everything(vera)  # as long as it stands on the site, its history is everybody's
    for row in (position, cited, compromise, paper):
        valley.retire(row)
    for person in (vera, reader):
        text = everything(person)
        assert CANARY not in text and "A mistake" not in text
    seen = everything(analyst)
    assert all(f"{CANARY} {letter}" in seen for letter in "abcdefg") and "A mistake" in seen


def test_the_history_of_what_was_taken_out_is_not_there_for_visitors(process, held, vera, analyst):
    valley.retire(held)
    url = reverse("issues:position-history", args=[held.pk])
    assert vera.get(url).status_code == 404 and "Open to all" not in vera.get(url).text
    assert "taken out" in analyst.get(url).text


def test_a_snapshot_of_a_row_that_points_to_nothing_known_is_no_crash(process, held, vera):
    found = Snapshot.objects.get(model="position", changeset__number=3)
    data = json.loads(found.data) | {"issue_id": 987654}
    Snapshot.objects.filter(pk=found.pk).update(data=json.dumps(data))
    assert vera.get(change_page(process, 3)).status_code == 200


def test_a_page_reads_no_more_of_the_list_than_it_shows(process, held):
    lines, page = changes.listing(process, Filters(), NOBODY)
    assert [line.number for line in lines] == [3, 2, 1] and page.next is None
    assert changes.midnight(date(2024, 1, 1)).isoformat() == "2024-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"issue": "grass"}, [9, 8, 7, 6, 5, 4, 2, 1]),
        ({"issue": "water"}, [9, 3, 1]),
        ({"side": "hill"}, [9, 8, 7, 6, 5, 4, 2, 1]),
        ({"side": "plain"}, [9, 3, 1]),
        ({"side": "town"}, [1]),
        ({"issue": "grass", "side": "hill"}, [9, 8, 7, 6, 5, 4, 2]),
        ({"issue": "water", "side": "hill"}, []),
        ({"issue": "grass", "kind": "citation"}, [8, 6]),
    ],
)
def test_it_filters_by_issue_and_side_with_what_hangs_on_them(process, vera, query, numbers):
    held = valley.hold(process, "hill", "2024-02-01")  # 2
    valley.hold(process, "plain", "2024-02-01", issue="water")  # 3
    one = valley.propose(process, 1, ("2024-02-01", "suggested"))  # 4 and 5
    valley.cite(one.status_events.get())  # 6
    valley.retire(one)  # 7
    valley.cite(held)  # 8
    water, plain = Issue.objects.get(process=process, slug="water"), Side.objects.get(process=process, slug="plain")
    two = Compromise(process=process, number=2, slug="c2", headline="Two", issue=water, side=plain)
    with history.changeset(process, reason="Two and a link") as door:  # 9
        door.create([two])
        door.create([CompromiseLink(process=process, source=two, target=one, kind="requires", basis="logic")])
    url, _ = list_of(process)
    response = vera.get(url, query)
    assert [line.number for line in response.context["lines"]] == numbers and not response.context["ignored"]
    for name, value in query.items():
        assert f'<option value="{value}" selected>' in response.text, name


def test_a_filter_by_issue_costs_no_more_queries_for_more_changes(process, vera, django_assert_max_num_queries):
    url, _ = list_of(process)
    valley.hold(process, "hill", "2024-02-01")
    with CaptureQueriesContext(connection) as few:
        vera.get(url, {"issue": "grass"})
    for day in range(1, 9):
        valley.cite(valley.hold(process, "plain", f"2024-03-{day:02}"))
    with django_assert_max_num_queries(len(few) + 1):
        assert len(vera.get(url, {"issue": "grass"}).context["lines"]) == 18
