"""A new step of a compromise: who may record it, what it needs, and what nobody can record twice."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history
from issues.models import Briefing, Changeset, Compromise, Side, StatusEvent

from . import valley
from .conftest import Person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def proposed(db) -> Compromise:
    """Return a suggested compromise."""
    return valley.propose(valley.create(), 1, ("2024-02-01", "suggested"))


@pytest.fixture
def alma(proposed) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(proposed.process, "analyst")


def url(compromise) -> str:
    return reverse("issues:compromise-status", args=[compromise.process.slug, compromise.number])


def typed(compromise, **changes) -> dict:
    """Return what the form posts for a signalled step, with some fields typed anew."""
    values = {
        "status": "signalled",
        "occurred_on": "2024-03-01",
        "precision": "month",
        "briefing": Briefing.objects.get(process=compromise.process, slug="minutes").pk,
        "rejected_by": "",
        "superseded_by": "",
        "note": "In passing.",
        "reason": "Heard it",
        "key": uuid4().hex,
        "place": "issue",
        "after": compromise.status_events.latest("pk").pk,
    } | changes
    return {name: "" if value is None else str(value) for name, value in values.items()}


def side(compromise, slug="plain"):
    return Side.objects.get(process=compromise.process, slug=slug).pk


@pytest.mark.parametrize(
    ("name", "get", "post"),
    [("visitor", 302, 403), ("reader", 403, 403), ("analyst", 200, 302), ("stranger", 403, 403)],
)
def test_each_person_comes_as_far_as_the_table_says(name, get, post, proposed):
    people = {
        "visitor": lambda: Person(),
        "reader": lambda: Person.called("rosa").joins(proposed.process, "reader"),
        "analyst": lambda: Person.called("anna").joins(proposed.process, "analyst"),
        "stranger": lambda: Person.called("sven").joins(valley.create("far"), "analyst"),
    }
    person = people[name]()
    answers = person.get(url(proposed)).status_code, person.post(url(proposed), typed(proposed)).status_code
    assert answers == (get, post)
    assert proposed.status_events.count() == (2 if name == "analyst" else 1)


@pytest.mark.parametrize("place", ["issue", "own"])
def test_it_is_offered_recorded_and_shown(place, proposed, alma):
    where = proposed.get_absolute_url()
    if place == "issue":
        where = reverse("issues:issue-detail", args=[proposed.process.slug, proposed.issue.slug])
    assert url(proposed) in alma.get(where).text and url(proposed) not in Person().get(where).text
    response = alma.post(url(proposed), typed(proposed, place=place), headers=HTMX, follow=True)
    assert response.redirect_chain == [(f"{where}#c1-status", 302)]
    assert response.text.count("C1 is recorded as signalled.") == 1 and "In passing." in response.text
    step = proposed.status_events.latest("pk")
    assert (step.status, str(step.occurred_on), step.precision, step.briefing.slug) == (
        "signalled",
        "2024-03-01",
        "month",
        "minutes",
    )
    assert Changeset.objects.latest("number").user == alma.user
    assert list(history.verify(proposed.process)) == []


REFUSED = [
    ({"briefing": ""}, "A status past “suggested” needs the briefing that it rests on."),
    ({"briefing": "999999"}, "Choose one from the list."),
    ({"status": "rejected"}, "Name the side that rejects it."),
    ({"status": "superseded"}, "Name the compromise that replaces it."),
    ({"rejected_by": "plain"}, "Only a rejection names a side that rejects."),
    ({"status": "tabled"}, "Choose the new status."),
    ({"status": ""}, "Choose the new status."),
    ({"occurred_on": "2024-02-30"}, "not a day in the calendar"),
    ({"reason": ""}, "Say in one line what changed, and why."),
    ({"key": ""}, "lacks what identifies it"),
    ({"after": str(2**64)}, "lacks what identifies it"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_what_cannot_be_recorded_comes_back_with_a_sentence(changes, sentence, proposed, alma):
    if changes.get("rejected_by"):
        changes = {"rejected_by": side(proposed)}
    response = alma.post(url(proposed), typed(proposed, **changes))
    assert response.status_code == 422 and sentence in response.text and "In passing." in response.text
    assert proposed.status_events.count() == 1


def test_rows_of_another_process_can_not_be_named(proposed, alma):
    far = valley.propose(valley.create("far"), 7, ("2024-02-01", "suggested"))
    minutes = Briefing.objects.get(process=far.process, slug="minutes").pk
    for changes in (
        {"briefing": minutes},
        {"status": "rejected", "rejected_by": side(far)},
        {"status": "superseded", "superseded_by": far.pk},
        {"status": "superseded", "superseded_by": proposed.pk},
    ):
        assert alma.post(url(proposed), typed(proposed, **changes)).status_code == 422
    assert proposed.status_events.count() == 1


def test_a_rejection_and_a_successor_are_named(proposed, alma):
    second = valley.propose(proposed.process, 2, ("2024-02-01", "suggested"))
    rejected = typed(proposed, status="rejected", rejected_by=side(proposed))
    assert alma.post(url(proposed), rejected).status_code == 302
    superseded = typed(proposed, status="superseded", superseded_by=second.pk)
    assert alma.post(url(proposed), superseded).status_code == 302
    steps = list(proposed.status_events.order_by("pk").values_list("rejected_by", "superseded_by"))
    assert steps == [(None, None), (side(proposed), None), (None, second.pk)]


def test_a_form_sent_twice_records_one_step_with_the_same_answer(proposed, alma):
    data, before = typed(proposed), Changeset.objects.count()
    answers = {alma.post(url(proposed), data)["Location"] for _ in range(3)}
    assert len(answers) == 1 and proposed.status_events.count() == 2
    assert Changeset.objects.count() == before + 1


def test_a_step_recorded_meanwhile_is_shown_before_another_is_added(proposed, alma):
    late = typed(proposed, status="offered")
    alma.post(url(proposed), typed(proposed))
    response = alma.post(url(proposed), late)
    assert response.status_code == 409 and "The step recorded last is now “Signalled”" in response.text
    assert "In passing." in response.text and proposed.status_events.count() == 2
    again = late | {"after": str(response.context["form"]["after"].value())}
    assert alma.post(url(proposed), again).status_code == 302 and proposed.status_events.count() == 3
    assert alma.post(url(proposed), typed(proposed, after="")).status_code == 428


def test_only_the_fields_of_the_form_are_recorded(proposed, alma):
    far = valley.propose(valley.create("far"), 7, ("2024-02-01", "suggested"))
    data = typed(proposed) | {
        "compromise": str(far.pk),
        "compromise_id": str(far.pk),
        "process": str(far.process.pk),
        "process_id": str(far.process.pk),
        "version": "9",
        "implementation": "3",
        "retired_at": "2024-01-01",
        "id": "77",
    }
    assert alma.post(url(proposed), data).status_code == 302
    step = StatusEvent.objects.latest("pk")
    assert (step.compromise, step.process, step.version, step.implementation, step.retired_at) == (
        proposed,
        proposed.process,
        1,
        None,
        None,
    )


def test_a_save_takes_few_queries_and_looking_writes_nothing(proposed, alma):
    with CaptureQueriesContext(connection) as looking:
        alma.get(url(proposed))
    assert not [one for one in looking if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    data = typed(proposed)
    with CaptureQueriesContext(connection) as saving:
        assert alma.post(url(proposed), data).status_code == 302
    assert len(saving) <= 27  # of which two begin and end what is a transaction of its own outside of tests


def test_a_compromise_that_is_not_there_is_a_page_that_says_so(proposed, alma):
    assert alma.get(url(proposed).replace("/1/", "/99/")).status_code == 404


def test_no_step_is_added_to_what_was_taken_out_in_the_meantime(proposed, alma, monkeypatch):
    from issues.queries import courses

    data, before = typed(proposed), StatusEvent.objects.count()
    found = courses.find(proposed.process, 1)
    valley.retire(proposed)
    monkeypatch.setattr(courses, "find", lambda process, number: found)
    answer = alma.post(url(proposed), data)
    assert answer.status_code == 404 and "so nothing can be added to it. Copy what you typed." in answer.text
    assert "In passing." in answer.text and StatusEvent.objects.count() == before
