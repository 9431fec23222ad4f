"""The start pages of the curators' desk, what its lists cost, and that nobody meets there what is not theirs."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

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

from . import valley
from .addresses import PANEL
from .conftest import Person

pytestmark = pytest.mark.django_db

MODELS = [Process, Side, Issue, Briefing, Position, Compromise, StatusEvent, CompromiseLink, Citation]
CANARY = "zanzibar"
ASKED = CANARY[:-1]  # finds it, and is not taken for it where a page repeats what was asked


def furnished(slug, word="", many=1):
    """Return a process with rows of every kind, which say a word in their texts."""
    process = valley.create(slug)
    with history.changeset(process, reason=f"Say {word or 'nothing'}") as door:
        door.update(process, name=f"{word} talks", question=f"{word}?", summary=word, provenance=word)
        for side in Side.objects.filter(process=process):
            door.update(side, name=f"{word} {side.name}")
        for issue in Issue.objects.filter(process=process):
            door.update(issue, title=f"{word} {issue.title}")
        door.create(
            [valley.briefing(process, f"b{n}", "2024-02-01", title=f"{word} {n}", publisher=word) for n in range(many)]
        )
        positions = door.create(
            [valley.position(process, "hill", "2024-02-02", headline=f"{word} {n}", n=n) for n in range(many)]
        )
    issue, side = positions[0].issue, positions[0].side
    briefing = Briefing.objects.filter(process=process).first()
    with history.changeset(process, reason=f"Say {word or 'nothing'} again") as door:
        place = {"process": process, "issue": issue, "side": side}
        compromises = door.create(
            [Compromise(number=n + 1, slug=f"c{n}", headline=f"{word} {n}", **place) for n in range(many + 1)]
        )
        door.create(
            [
                StatusEvent(
                    process=process, compromise=one, status="suggested", occurred_on=date(2024, 3, 1), note=word
                )
                for one in compromises
            ]
        )
        door.create(
            [
                CompromiseLink(process=process, source=one, target=compromises[-1], kind="requires", reason=word)
                for one in compromises[:-1]
            ]
        )
        door.create(
            [Citation(process=process, briefing=briefing, position=one, quote=f"{word} said") for one in positions]
        )
    return process


def address(model, page="changelist", *args, **query):
    return reverse(f"admin:issues_{model._meta.model_name}_{page}", args=args, query=query or None)


@pytest.fixture
def own(db):
    return furnished("own", "ordinary")


@pytest.fixture
def cora(own):
    """Curate one process, without any other right."""
    return Person.called("cora").joins(own, "curator")


def test_a_curator_enters_without_being_staff_and_an_analyst_does_not(cora, own):
    assert cora.get("/admin/").status_code == 200
    cora.user.memberships.update(role="analyst")
    assert cora.get("/admin/", follow=True).status_code == 403


def test_the_start_page_counts_what_is_live_and_leads_to_it(cora, own):
    page = cora.get(reverse("admin:process", args=["own"]))
    shelves = {shelf.label: shelf for shelf in page.context["shelves"]}
    assert (shelves["Positions"].count, shelves["Compromises"].count, shelves["Briefings"].count) == ("1", "2", "2")
    valley.retire(Position.objects.get(process=own))
    page = cora.get(reverse("admin:process", args=["own"]))
    shelves = {shelf.label: shelf for shelf in page.context["shelves"]}
    assert shelves["Positions"].count == "0"
    assert "Say ordinary again" in page.text and "A test retires" in page.text
    for shelf in shelves.values():
        assert cora.get(shelf.href).status_code == 200
        assert str(own.pk) == cora.get(shelf.new).context["adminform"].form["process"].value().__str__()
    assert all(cora.get(queue.href).status_code == 200 for queue in page.context["queues"])


def test_more_than_can_be_counted_quickly_is_said_in_words(cora, own, monkeypatch):
    monkeypatch.setattr("issues.queries.desk.MOST", 1)
    counts = {shelf.label: shelf.count for shelf in cora.get("/admin/desk/own/").context["shelves"]}
    assert (counts["Positions"], counts["Compromises"]) == ("1", "more than 1")


@pytest.mark.parametrize("path", ["/admin/", "/admin/desk/own/", *(address(model) for model in MODELS)])
def test_a_page_asks_as_many_queries_for_many_times_the_data(path, cora, own):
    counts = []
    for more in (0, 60):
        if more:
            furnished("other", "ordinary", more).memberships.create(user=cora.user, role="curator")
        with CaptureQueriesContext(connection) as queries:
            assert cora.get(path).status_code == 200
        counts.append(len(queries))
    assert max(counts) <= 15 and counts[1] - counts[0] <= 1, counts  # filters by process begin with the second


@pytest.mark.parametrize("query", [{}, {"q": "ordinary"}, {"state": "retired"}])
def test_no_list_reads_all_rows_to_say_how_many_or_which_there_are(query, cora, own):
    for model in (*MODELS[1:], Changeset, Snapshot):  # of processes there are few
        with CaptureQueriesContext(connection) as queries:
            assert cora.get(address(model, **query)).status_code in (200, 302)
        asked = [one["sql"] for one in queries if f'FROM "{model._meta.db_table}"' in one["sql"]]
        assert all("LIMIT" in sql for sql in asked if "COUNT(" in sql), model
        assert not any("DISTINCT" in sql or "MIN(" in sql for sql in asked), model


def test_a_list_ends_where_it_is_not_counted_further_and_says_so(cora, own, monkeypatch):
    assert "2 compromises" in " ".join(cora.get(address(Compromise)).text.split())
    monkeypatch.setattr("issues.admin.lists.MOST", 1)
    page = cora.get(address(Compromise))
    assert "More than 1 compromise: narrow them down" in " ".join(page.text.split())
    assert page.context["cl"].paginator.num_pages == 1


def test_no_more_rows_are_taken_out_at_once_than_a_change_can_hold(cora, own, monkeypatch):
    monkeypatch.setattr("issues.admin.base.AT_ONCE", 1)
    sent = {"action": "retire", "_selected_action": Compromise.objects.values_list("pk", flat=True), "select_across": 1}
    page = cora.post(address(Compromise), sent | {"apply": "1", "reason": "Tidy"}, follow=True)
    assert "Select 1 rows at most" in page.text and not Compromise.objects.exclude(retired_at=None).exists()


@pytest.mark.parametrize(
    ("model", "typed", "found"),
    [
        (Position, "ordin", 1),
        (Position, "rdinary", 0),
        (Briefing, "ordinary 0", 1),
        (Compromise, "2", 1),
        (Compromise, "C2", 1),
        (StatusEvent, "ordinary", 2),
        (CompromiseLink, "ordinary", 1),
        (Citation, "said", 1),
        (Changeset, "again", 1),
        (Snapshot, "0", 0),
        (Side, "rdinar", 3),
        (Position, "?!", 0),
        (Position, "a " * 50_000, 0),
    ],
)
def test_a_list_is_searched_as_the_site_is(model, typed, found, cora, own):
    assert cora.get(address(model, q=typed)).context["cl"].result_count == found
    for one in (own, furnished("other", "ordinary")):
        one.memberships.update_or_create(user=cora.user, defaults={"role": "curator"})
    both = cora.get(address(model, q=typed)).context["cl"].result_count
    assert both == 2 * found
    assert cora.get(address(model, q=typed, process__id__exact=own.pk)).context["cl"].result_count == found


def test_a_page_repeats_no_more_of_a_search_than_it_reads(cora, own):
    assert len(cora.get(address(Position, q="a-" * 50_000)).content) < 50_000


def test_what_was_taken_out_is_found_where_it_is_asked_for(cora, own):
    valley.retire(Position.objects.get(process=own))
    counts = [
        cora.get(address(Position, q="ordinary", **state)).context["cl"].result_count
        for state in ({}, {"state": "retired"}, {"state": "all"})
    ]
    assert counts == [0, 1, 1]


def test_filters_by_side_and_date_are_those_of_the_one_process_in_view(cora, own):
    def offered(**query):
        return {one.title: one for one in cora.get(address(Position, **query)).context["cl"].filter_specs}

    assert {"side", "issue", "held from"} <= set(offered())
    assert [one["display"] for one in offered()["held from"].choices(cora.get(address(Position)).context["cl"])][
        1
    ] == 2024
    page = cora.get(address(Position, held_from__year=2024, held_from__month=2))
    assert page.context["cl"].result_count == 1 and ">February 2024</a>" in page.text
    assert cora.get(address(Position, held_from__year=2024, held_from__month=3)).context["cl"].result_count == 0
    furnished("other", "ordinary").memberships.create(user=cora.user, role="curator")
    assert not {"side", "issue", "held from"} & set(offered())
    assert {"side", "issue", "held from"} <= set(offered(process__id__exact=own.pk))


def asked(own, other, long):
    """Yield every address of the panel where a row of another process could show; in the short run a share of them."""
    yield from ("/admin/", "/admin/desk/own/", "/admin/issues/")
    theirs = {"changeset": other.changesets.first().pk, "snapshot": other.changesets.first().snapshots.first().pk}
    for turn, name in enumerate(PANEL):
        if not name.startswith("issues_"):
            continue
        model = name.removeprefix("issues_")
        queries = (f"?q={ASKED}", f"?process__id__exact={other.pk}", "?state=all", "?_facets=True")
        for query in ("", *(queries if long else queries[turn % 2 :: 2])):
            yield reverse(f"admin:{name}_changelist") + query
        row = theirs.get(model) or first(model, other)
        if row:
            yield from (reverse(f"admin:{name}_{page}", args=[row]) for page in ("change", "history", "delete"))
        if mine := first(model, own):
            yield from (reverse(f"admin:{name}_{page}", args=[mine]) for page in ("change", "history"))
        yield reverse(f"admin:{name}_add")
        yield reverse(f"admin:{name}_add", query={"process": other.pk})
    for model in MODELS:
        for field in model._meta.concrete_fields:
            if field.is_relation:
                query = {"app_label": "issues", "model_name": model._meta.model_name, "field_name": field.name}
                terms = ({}, {"term": ASKED})
                yield from (
                    reverse("admin:autocomplete", query=query | term) for term in terms[0 if long else turn % 2 :]
                )


def first(model, process):
    found = next((one for one in MODELS if one._meta.model_name == model), None)
    if found is None:
        return None
    rows = found.objects.filter(pk=process.pk) if found is Process else found.objects.filter(process=process)
    return rows.values_list("pk", flat=True).first()


def test_what_another_process_says_shows_nowhere_at_the_desk(cora, own, pytestconfig):
    other = furnished("other", CANARY)
    told = [
        path for path in asked(own, other, pytestconfig.getoption("long")) if CANARY in cora.get(path, follow=True).text
    ]
    assert not told
    root = Person.called("root", is_superuser=True)
    for path in ("/admin/", address(Position, q=ASKED), address(Citation), "/admin/desk/other/"):
        assert CANARY in root.get(path).text, path


def test_a_chooser_answers_with_live_rows_of_ones_own(cora, own):
    query = {"app_label": "issues", "model_name": "citation", "field_name": "position"}
    url = reverse("admin:autocomplete", query=query)
    assert [one["text"] for one in cora.get(url).json()["results"]] == ["ordinary 0"]
    valley.retire(Position.objects.get(process=own))
    assert cora.get(url).json()["results"] == []


@pytest.mark.parametrize(
    "title",
    ["Gauge 167: what the delegations said at meeting 1169", "“Gauge-1, -2” – Délta’s “no”: a map", "7 March: 2 a day"],
)
def test_a_chooser_finds_a_briefing_with_each_letter_of_its_title(title, cora, own):
    added = valley.add(valley.briefing(own, "gauge", "2024-02-03", title=title))
    query = {"app_label": "issues", "model_name": "citation", "field_name": "briefing"}

    def offered(typed):
        return [
            one["text"]
            for one in cora.get(reverse("admin:autocomplete", query=query | {"term": typed})).json()["results"]
        ]

    assert all(str(added) in offered(title[:end]) for end in range(1, len(title) + 1))
    assert offered(title) == [str(added)] and offered(f"elsewhere {title}") == []


def test_a_row_of_another_process_is_no_choice(cora, own):
    other = furnished("other", CANARY)
    values = {
        "process": own.pk,
        "headline": "Stray",
        "issue": Issue.objects.filter(process=other).first().pk,
        "side": Side.objects.filter(process=own).first().pk,
        "held_from": "2024-05-01",
        "precision": "day",
        "commitment": "law",
        "confidence": "high",
        "key": "0" * 32,
        "reason": "Try",
        "citations-TOTAL_FORMS": 0,
        "citations-INITIAL_FORMS": 0,
    }
    response = cora.post(address(Position, "add"), values)
    assert "Select a valid choice" in response.text and not Position.objects.filter(headline="Stray").exists()
    response = cora.post(address(Position, "add"), values | {"process": other.pk})
    assert not Position.objects.filter(headline="Stray").exists()
    own_issue = {"issue": Issue.objects.filter(process=own).first().pk}
    assert cora.post(address(Position, "add"), values | own_issue).status_code == 302
    stored = Position.objects.get(headline="Stray")
    assert (stored.process, stored.version, stored.slug) == (own, 1, "grass-hill-2024-05-01")


def test_the_page_of_a_row_leads_to_the_desk_and_back(cora, own):
    anna = Person.called("anna").joins(own, "analyst")
    for row in (Position, Compromise, Briefing, Issue):
        row = row.objects.filter(process=own).first()
        there = address(type(row), "change", row.pk)
        assert there in cora.get(row.get_absolute_url()).text
        assert "/admin/" not in anna.get(row.get_absolute_url()).text
        assert row.get_absolute_url() in cora.get(there).text
    assert "/admin/desk/own/" in cora.get("/processes/own/").text


def test_the_history_of_a_row_is_that_of_the_record(cora, own):
    position = Position.objects.get(process=own)
    with history.changeset(own, reason="Closer to the source", user=cora.user) as door:
        door.update(position, headline="Said anew")
    page = cora.get(address(Position, "history", position.pk))
    assert [one.version for one, *_ in page.context["lines"]] == [2, 1]
    assert "Closer to the source" in page.text and "cora" in page.text


@pytest.mark.parametrize("query", [{"published_on__year": "9" * 19}, {"_to_field": ""}])
def test_an_address_that_cannot_be_read_is_no_fault(query, cora, own):
    row = Briefing.objects.filter(process=own).first().pk
    for url in (address(Briefing, **query), address(Briefing, "change", row, **query)):
        assert cora.get(url).status_code in (200, 302, 400), url
