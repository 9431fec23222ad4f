"""Editing what is said of a set of talks, and of an issue and its scale."""

from uuid import uuid4

import pytest
from django.urls import reverse

from issues import history
from issues.models import Changeset, Issue, Process

from . import valley
from .conftest import Person

HTMX = {"HX-Request": "true"}
TALKS = {"question": "Who may graze where?", "summary": ""}
ISSUE = {
    "title": "Grass",
    "question": "What of the grass?",
    "summary": "",
    "scale_question": "",
    "scale_low": "All closed",
    "scale_high": "All open",
    "scale_anchors": "50: Half open",
    "not_listed": "",
}


@pytest.fixture
def process(db) -> Process:
    """Return the small record, with a scale that can be typed."""
    process = valley.create()
    with history.changeset(process, reason="Tidy the scale") as door:
        door.update(Issue.objects.get(process=process, slug="grass"), scale_anchors=[{"at": 50, "label": "Half open"}])
    return process


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


@pytest.fixture(params=["talks", "issue"])
def noun(request, process):
    """Return (address of the form, what it posts when nothing is changed, the row, the part that a save swaps)."""
    if request.param == "talks":
        return reverse("issues:process-edit", args=[process.slug]), TALKS, process, "board"
    issue = Issue.objects.get(process=process, slug="grass")
    return reverse("issues:issue-edit", args=[process.slug, "grass"]), ISSUE, issue, "dossier"


def typed(noun, **changes) -> dict:
    _, fields, row, _ = noun
    row.refresh_from_db()
    return fields | {"base_version": row.version, "key": uuid4().hex, "reason": "Put right"} | changes


def test_a_correction_is_saved_and_the_part_comes_back_with_the_notice(noun, alma):
    url, _, row, part = noun
    assert part == ("board" if isinstance(row, Process) else "dossier")
    answer = alma.post(url, typed(noun, summary="Said *anew*."), headers=HTMX, follow=True)
    row.refresh_from_db()
    assert row.summary == "Said *anew*."
    assert f'<div id="{part}"' in answer.text and "<html" not in answer.text
    assert answer.text.count(f"Saved as version {row.version}.") == 1
    assert Changeset.objects.latest("number").user == alma.user
    assert list(history.verify(row if isinstance(row, Process) else row.process)) == []


def test_each_person_comes_as_far_as_their_role(noun, process, alma):
    url, *_ = noun
    cast = {
        Person(): 403,
        Person.called("rosa").joins(process, "reader"): 403,
        Person.called("sven").joins(valley.create("far-valley"), "analyst"): 403,
        alma: 302,
    }
    for person, status in cast.items():
        assert person.get(url).status_code == {alma: 200}.get(person, 403 if person.user else 302)
        assert person.post(url, typed(noun, summary="Mine")).status_code == status
    assert Changeset.objects.filter(reason="Put right").count() == 1


def test_nothing_but_the_texts_ever_changes(noun, alma):
    url, fields, row, _ = noun
    before = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    forged = {name: "1" for name in before if name not in fields} | {"visibility": "members", "slug": "forged"}
    assert alma.post(url, forged | typed(noun, summary="Mine")).status_code == 302
    row.refresh_from_db()
    changed = {name for name, value in before.items() if getattr(row, name) != value}
    assert changed <= {"summary", "version", "updated_at", "content_version"}


def test_what_was_typed_comes_back_with_a_sentence(noun, alma):
    url, *_ = noun
    answer = alma.post(url, typed(noun, question="x" * 301, summary="Kept & dear"))
    assert answer.status_code == 422 and "at most 300 characters" in answer.text and "Kept &amp; dear" in answer.text


def test_two_people_on_the_same_text_get_a_proposal(noun, alma, process):
    url, _, row, _ = noun
    otto = Person.called("otto").joins(process, "analyst")
    first, second = typed(noun, summary="One. Two."), typed(noun, summary="Three.")
    assert alma.post(url, first).status_code == 302
    answer = otto.post(url, second)
    assert answer.status_code == 409 and "alma saved this" in answer.text and "Three." in answer.text
    row.refresh_from_db()
    assert row.summary == "One. Two."


ANCHORS = [
    ("0: None\n\n 100 :  All ", [{"at": 0, "label": "None"}, {"at": 100, "label": "All"}]),
    ("80: Much\n20: Little", [{"at": 20, "label": "Little"}, {"at": 80, "label": "Much"}]),
    ("", []),
    ("50: Half\n101: Too far", "Line 2 is not a point of the scale"),
    ("half: open", "Line 1 is not a point of the scale"),
    ("50:", "Line 1 is not a point of the scale"),
]


@pytest.mark.parametrize(("lines", "result"), ANCHORS)
def test_the_points_of_a_scale_are_typed_one_a_line(lines, result, process, alma):
    url, issue = reverse("issues:issue-edit", args=[process.slug, "grass"]), Issue.objects.get(slug="grass")
    assert "50: Half open</textarea>" in alma.get(url).text
    answer = alma.post(url, typed((url, ISSUE, issue, ""), scale_anchors=lines))
    issue.refresh_from_db()
    if isinstance(result, str):
        assert answer.status_code == 422 and result in answer.text
    else:
        assert answer.status_code == 302 and issue.scale_anchors == result


def test_a_conflict_on_the_points_shows_them_as_lines(process, alma):
    url, issue = reverse("issues:issue-edit", args=[process.slug, "grass"]), Issue.objects.get(slug="grass")
    noun = (url, ISSUE, issue, "")
    first, second = typed(noun, scale_anchors="40: Less"), typed(noun, scale_anchors="60: More")
    alma.post(url, first)
    answer = alma.post(url, second)
    assert answer.status_code == 409 and "60: More</textarea>" in answer.text and "{" not in answer.text.split("<h2")[1]


def test_it_is_offered_to_those_who_may_and_never_on_a_day_in_the_past(noun, process, alma):
    url, _, row, _ = noun
    valley.hold(process, "hill", "2024-02-01", 20)
    valley.hold(process, "hill", "2024-04-01", 30)
    page = row.get_absolute_url()
    assert f'href="{url}"' in alma.get(page).text
    assert url not in Person().get(page).text and url not in alma.get(page, {"on": "2024-03-01"}).text
