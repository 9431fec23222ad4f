"""The history of one thing: its revisions, and what differs between any two of them."""

import json

import pytest
from django.urls import reverse

from issues import families, history
from issues.models import Briefing, Changeset, CompromiseLink, Issue, Process, StatusEvent
from issues.queries import differences

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def process(db):
    return valley.create()


@pytest.fixture
def held(process):
    """Return a position in its third wording, with one citation put in and another taken out."""
    held = valley.hold(process, "hill", "2024-02-01", 40, headline="Open to all", body="They say so.")  # change 2
    old = valley.cite(held, quote="Let all in.")  # 3
    with history.changeset(process, reason="Correct the headline") as door:  # 4
        door.update(held, headline="Open to all herds")
    valley.retire(old)  # 5
    valley.cite(held, quote="Every herd.", relation="context")  # 6
    with history.changeset(process, reason="Correct the place") as door:  # 7
        door.update(held, placement=55)
    valley.hold(process, "plain", "2024-02-01", 10)  # 8, another's
    return held


def page_of(held, **query):
    return reverse("issues:position-history", args=[held.pk], query=query)


def numbers(response):
    return [one.number for one in response.context["revisions"]]


def chosen(response):
    return [(one.number, one.is_from, one.is_to) for one in response.context["revisions"] if one.is_from or one.is_to]


def test_it_lists_the_changes_to_the_thing_and_to_what_hangs_on_it(held, vera):
    response = vera.get(page_of(held))
    assert numbers(response) == [7, 6, 5, 4, 3, 2]
    assert chosen(response) == [(7, False, True), (6, True, False)]
    assert "<del>40</del> <ins>55</ins>" in response.text and "herds</ins>" not in response.text


def test_any_two_can_be_compared_citations_included(held, vera):
    text = vera.get(page_of(held, **{"from": 3, "to": 7})).text
    assert "Change 3 to 7" in text
    assert "Open to all <ins>herds</ins>" in text and "<del>40</del> <ins>55</ins>" in text
    assert "<ins>Minutes, context</ins>" in text and "<ins>Every herd.</ins>" in text
    assert "since taken out</del>" in text and "Let all in." not in text
    text = Person.called("ann").joins(held.process, "analyst").get(page_of(held, **{"from": 3, "to": 7})).text
    assert "<del>Minutes, supports</del>" in text and "Let all in." in text


def test_side_by_side_each_text_stands_alone(held, vera):
    text = vera.get(page_of(held, **{"from": 2, "to": 7, "layout": "split"})).text
    assert '<dd class="diff-text is-headline">Open to all</dd>' in text
    assert '<dd class="diff-text is-headline">Open to all <ins>herds</ins></dd>' in text
    assert 'name="layout" value="split"' in text


def test_the_first_revision_stands_against_nothing(held, vera):
    text = vera.get(page_of(held, to=2)).text
    assert "First recorded in change 2" in text and "<ins>They say so.</ins>" in text and "<del>40" not in text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": 5, "to": 4}, "is not before the change that it is compared with"),
        ({"from": "x"}, "is not the number of a change"),
        ({"to": -3}, "is not the number of a change"),
        ({"to": 9**30}, "is not the number of a change"),
        ({"layout": "upside-down"}, "is not one of the choices"),
        ({"after": "x"}, "is not a place in this list"),
    ],
)
def test_a_choice_that_makes_no_sense_is_named_and_ignored(held, vera, query, message):
    response = vera.get(page_of(held, **query))
    assert response.status_code == 200 and message in response.text


def test_a_number_beyond_the_last_compares_with_what_stands(held, vera):
    response = vera.get(page_of(held, **{"from": 4, "to": 4000}))
    assert response.status_code == 200 and "<del>40</del> <ins>55</ins>" in response.text


def test_htmx_gets_the_history_alone(held, vera):
    text = vera.get(page_of(held, **{"from": 2, "to": 4}), headers=HTMX).text
    assert text.lstrip().startswith('<div id="history"') and "<html" not in text


def test_a_compromise_has_its_steps_links_and_citations_in_its_history(process, vera):
    one = valley.propose(process, 1, ("2024-03-01", "suggested"))  # changes 2 and 3
    two = valley.propose(process, 2, ("2024-03-01", "suggested"))  # 4 and 5
    step = StatusEvent.objects.get(compromise=one)
    valley.add(CompromiseLink(process=process, source=one, target=two, kind="requires"))  # 6
    valley.cite(step, quote="It was said.")  # 7
    valley.add(
        StatusEvent(
            process=process,
            compromise=one,
            status="offered",
            occurred_on=step.occurred_on,
            briefing=Briefing.objects.get(),
        )
    )  # 8
    response = vera.get(reverse("issues:compromise-history", args=[process.slug, 1], query={"from": 2, "to": 8}))
    assert numbers(response) == [8, 7, 6, 3, 2]
    assert "<ins>C1: Suggested, 1 Mar 2024</ins>" in response.text
    assert "<ins>C1: Offered, 1 Mar 2024</ins>" in response.text
    assert "<ins>C1 requires C2</ins>" in response.text
    assert "<ins>It was said.</ins>" in response.text
    other = vera.get(reverse("issues:compromise-history", args=[process.slug, 2]))
    assert numbers(other) == [6, 5, 4]  # a link belongs to both of its ends


def test_briefings_and_issues_have_a_history_too(process, vera):
    with history.changeset(process, reason="Say it shorter") as door:
        door.update(
            Issue.objects.get(slug="grass"), question="Who grazes?", scale_anchors=[{"at": 40, "label": "Half"}]
        )
        door.update(Briefing.objects.get(), title="The minutes", url="https://example.org/minutes")
    text = vera.get(reverse("issues:issue-history", args=[process.slug, "grass"])).text
    assert "<del>What of the grass</del> <ins>Who grazes</ins>?" in text and "Marks on the scale" in text
    text = vera.get(reverse("issues:briefing-history", args=[process.slug, "minutes"])).text
    assert "<ins>https://example.org/minutes</ins>" in text


def test_each_thing_leads_to_its_history(talks, vera):
    for name, model in (
        ("position", "position"),
        ("compromise", "compromise"),
        ("briefing", "briefing"),
        ("issue", "issue"),
    ):
        from .addresses import address

        assert f'href="{address(f"{model}-history", talks)}"' in vera.get(address(f"{name}-detail", talks)).text


def test_a_long_history_costs_what_a_short_one_costs(held, vera, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as short:
        vera.get(page_of(held, **{"from": 2, "to": 7}))
    assert len(short) <= 12
    for n in range(60):
        with history.changeset(held.process, reason=f"Again, {n}") as door:
            door.update(held, placement=n)
        valley.cite(held, quote=f"Words {n}")
    with django_assert_num_queries(len(short)):
        response = vera.get(page_of(held, **{"from": 2, "to": 7}))
    assert len(numbers(response)) == 50
    older = vera.get(page_of(held, after=response.context["listed"].next))
    assert numbers(older)[0] == numbers(response)[-1] - 1
    assert "disabled" not in older.text


def test_the_history_of_a_thing_in_a_private_process_is_not_there(held, vera, rita):
    with history.changeset(held.process, reason="Close the doors") as door:
        door.update(held.process, visibility="members")
    for url in (page_of(held), reverse("issues:issue-history", args=["valley", "grass"])):
        assert vera.get(url).status_code == rita.get(url).status_code == 404
        assert "Open to all" not in vera.get(url).text


def test_every_revision_of_a_thing_equals_what_stood_then(held):
    """Compare what the history says with what was kept aside (R14)."""
    said = {n: families.standing(held, n).get(("position", held.pk)) for n in range(1, 9)}
    assert said[1] is None
    assert [said[n]["headline"] for n in range(2, 9)] == ["Open to all"] * 2 + ["Open to all herds"] * 5
    assert [said[n]["placement"] for n in range(2, 9)] == [40] * 5 + [55] * 2
    assert said[8] == json.loads(history.data_of(held))
    assert Changeset.objects.filter(process=held.process).count() == 8


def test_a_setting_left_out_while_it_held_its_default_counts_as_changed_and_is_said_in_words(db):
    before = {"version": 1, "updated_at": "then", "retired_at": None}
    now = {"version": 2, "updated_at": "now", "retired_at": None}
    assert differences.state(before, now) == "same"
    for pair in ((before, now | {"asks_review": True}), (before | {"asks_review": True}, now)):
        assert differences.state(*pair) == "changed"
    field = Process._meta.get_field("asks_review")
    assert [differences.said(field, value, None) for value in (None, True, False)] == ["", "Yes", "No"]


def test_fields_stand_as_people_read_them():
    names = [field.name for field in differences.fields(Briefing)]
    assert names.index("precision") == names.index("published_on") + 1 and names[-1] == "slug"
    assert set(names) == {field.name for field in Briefing._meta.concrete_fields}
