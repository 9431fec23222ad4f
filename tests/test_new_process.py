"""New talks from the guided page: row by row without scripts, checked, written once, and led by who began them."""

import re
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from issues import history
from issues.models import Changeset, Draft, Issue, Membership, Process, Side

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db

NEW = "/processes/new/"
KEY = "0123456789abcdef" * 2


@pytest.fixture
def cora(db) -> Person:
    """Curate the valley."""
    return Person.called("cora").joins(valley.create(), "curator")


def side(key, name, marker, colour, **more):
    fields = {"name": name, "short_label": name[:20], "role": "party", "marker": marker, "colour": colour} | more
    return {f"side-{key}-{field}": value for field, value in fields.items()}


def issue(key, title, **more):
    fields = {"title": title, "scale_low": f"No {title}", "scale_high": f"All {title}"} | more
    return {f"issue-{key}-{field}": value for field, value in fields.items()}


def form(**changes):
    typed = {
        "key": KEY,
        "name": "Salt of the marsh",
        "question": "Who may cut salt?",
        "started_on": "2024-03-01",
        "visibility": "members",
        "reason": "Begin the record",
        "side": ["1", "2"],
        "issue": ["1"],
    }
    typed |= side(1, "Cutters", "circle", 1) | side(2, "Boilers", "square", 2)
    typed |= issue(1, "Cutting", scale_anchors="50: Half\r\n0: None") | changes
    return {name: value for name, value in typed.items() if value is not None}


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.content.decode()))


def test_talks_are_begun_with_their_sides_and_scales_and_led_by_who_began_them(cora):
    response = cora.post(NEW, form())
    process = Process.objects.get(slug="salt-of-the-marsh")
    assert response["Location"] == process.get_absolute_url()
    assert (process.question, process.visibility, process.started_on) == (
        "Who may cut salt?",
        "members",
        date(2024, 3, 1),
    )
    sides = Side.objects.filter(process=process).values_list("slug", "order", "marker", "colour")
    assert list(sides) == [("cutters", 1, "circle", 1), ("boilers", 2, "square", 2)]
    found = Issue.objects.get(process=process)
    assert (found.slug, found.scale_low) == ("cutting", "No Cutting")
    assert found.scale_anchors == [{"at": 0, "label": "None"}, {"at": 50, "label": "Half"}]
    assert Membership.objects.get(process=process).role == "curator"
    first, second = process.changesets.order_by("number")
    assert (first.reason, first.user_name) == ("Begin the record", "cora")
    assert second.reason == "Give cora the role curator"
    assert not list(history.verify(process))
    assert cora.get(process.get_absolute_url()).status_code == 200


def test_sent_twice_it_is_begun_once(cora):
    first, second = cora.post(NEW, form()), cora.post(NEW, form())
    assert first["Location"] == second["Location"]
    assert Process.objects.filter(name="Salt of the marsh").count() == 1
    other = cora.post(NEW, form(question="Another?"))  # other words are other talks, under the next free address
    assert other["Location"] == "/processes/salt-of-the-marsh-2/"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Give the talks a name."),
        ({"started_on": "2024-02-30"}, "This is not a day in the calendar"),
        ({"side-2-marker": "circle"}, "“Cutters” has this shape. Free: Square, Diamond"),
        ({"side-2-colour": "1"}, "Too close to the colour of “Cutters” to be told apart by everyone. Free: 2, "),
        ({"side-2-colour": "9"}, "Choose one of the colours."),
        ({"side-2-name": "CUTTERS"}, "This is the name of side 1 too."),
        ({"side-1-short_label": "x" * 21}, "at most 20 characters"),
        ({"side": None}, "Talks have at least one side and one issue."),
        ({"issue": None}, "Talks have at least one side and one issue."),
        ({"issue-1-scale_high": ""}, "Say what 100 means."),
        ({"issue-1-scale_anchors": "101: Beyond"}, "Line 1 is not a point of the scale"),
        ({"reason": ""}, "Say in one line what changed, and why."),
        ({"key": "made up"}, "The form lacks what identifies it."),
        ({"side-1-name": "a\x00b"}, "This holds the character U+0000"),
    ],
)
def test_what_does_not_fit_is_said_and_everything_typed_stays(changes, said, cora):
    before = Process.objects.count(), Changeset.objects.count()
    response = cora.post(NEW, form(**{"summary": "A long story", "issue-1-summary": "Of blades"} | changes))
    assert response.status_code == 422
    assert said in text(response)
    page = response.content.decode()
    assert ("A long story" in page and "Of blades" in page) or changes.get("issue", 1) is None
    assert (Process.objects.count(), Changeset.objects.count()) == before


def test_rows_are_added_and_dropped_without_scripts_and_nothing_is_written(cora):
    before = Process.objects.count()
    more = cora.post(NEW, form(add="side")).content.decode()
    assert more.count('name="side" value=') == 3
    assert re.search(r'name="side-3-marker" value="diamond"[^>]*checked', more)
    assert re.search(r'name="side-3-colour" value="3"[^>]*checked', more)
    assert re.search(r'name="side-3-name"[^>]*autofocus', more)
    less = cora.post(NEW, form(drop="side-1", **{"side-2-name": "Half typed"})).content.decode()
    assert less.count('name="side" value=') == 1 and "Half typed" in less and "Cutters" not in less
    assert "field-error" not in less
    assert cora.post(NEW, form(add="issue")).content.decode().count('name="issue" value=') == 2
    full = form(add="side", side=list("12345678"))
    assert cora.post(NEW, full).content.decode().count('name="side" value=') == 8
    assert Process.objects.count() == before


def test_the_likeness_of_other_talks_has_their_sides_and_scales_and_none_of_their_record(cora):
    original = Process.objects.get(slug="valley")
    valley.hold(original, "hill", "2024-02-01", 20, headline="A kestrel")
    page = cora.get(NEW + "?like=valley").content.decode()
    assert page.count('name="side" value=') == 3 and page.count('name="issue" value=') == 2
    assert "Hill farmers" in page and "50: Half open" in page
    assert "kestrel" not in page and "Who may graze where?" not in page
    glen = valley.create("glen", visibility="members")
    assert cora.get(NEW + f"?like={glen.slug}").status_code == 404
    assert cora.get(NEW + "?like=nowhere").status_code == 404


DRAFTS = "/processes/new/drafts/"
BACK = {"draft": "1"}


def test_what_is_typed_is_kept_row_by_row_and_comes_back(cora):
    other = Person.called("otto").joins(Process.objects.get(slug="valley"), "curator")
    assert "You have a draft" not in cora.get(NEW).text
    typed = form(key="f" * 32, address=NEW, summary="A long story", side=["1", "7"], **side(7, "Boilers", "square", 2))
    for words in ("Once", "A long story"):
        answer = cora.post(DRAFTS, typed | {"summary": words})
        assert answer.json()["kept"].startswith("Draft kept at ") and answer.json()["others"] == ""
    assert Draft.objects.get().process is None
    for address in (NEW, NEW + "?like=valley"):
        page = cora.get(address).text
        assert "You have a draft from" in page and "A long story" not in page and f'href="{NEW}?draft=1"' in page
    page = cora.get(NEW, BACK)
    assert "This is your draft from" in page.text and "A long story" in page.text and "data-unsaved" in page.text
    back = page.context["form"]
    assert [row["name"].value() for row in back.sides] == ["Cutters", "Boilers"]
    assert re.fullmatch(r"[0-9a-f]{32}", back["key"].value()) and back["key"].value() != "f" * 32
    # Nobody else is told of it, and it is thrown away on request.
    assert "draft from" not in other.get(NEW).text and "A long story" not in other.get(NEW, BACK).text
    other.post(DRAFTS, {"address": NEW, "name": "Mine"})
    assert other.get(DRAFTS, {"address": NEW}).json()["others"] == ""
    assert cora.post(DRAFTS + "delete/", {"address": NEW})["Location"] == NEW
    assert [draft.user for draft in Draft.objects.all()] == [other.user]


def test_a_draft_lasts_until_the_talks_are_begun(cora):
    cora.post(DRAFTS, form(address=NEW))
    assert cora.post(NEW, form(name=" ")).status_code == 422 and Draft.objects.exists()
    assert cora.post(NEW, form(add="side")).status_code == 200 and Draft.objects.exists()
    assert f'data-saved="{NEW}"' in cora.post(NEW, form(), follow=True).text
    assert not Draft.objects.exists()


def test_who_may_not_begin_keeps_no_draft(cora):
    ann = Person.called("ann").joins(Process.objects.get(slug="valley"), "analyst")
    for person in (ann, Person()):
        assert person.post(DRAFTS, form(address=NEW)).status_code == 403
    assert not Draft.objects.exists()
    Draft.objects.create(address=NEW, user=cora.user, seen_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():  # the database itself keeps one a form and person
        Draft.objects.create(address=NEW, user=cora.user, seen_at=timezone.now())


def test_only_who_curates_something_may_begin(cora, django_assert_num_queries):
    ann = Person.called("ann").joins(Process.objects.get(slug="valley"), "analyst")
    root = Person.called("root", is_superuser=True)
    assert ann.get(NEW).status_code == ann.post(NEW, form()).status_code == 403
    assert Person().get(NEW).status_code == 302
    assert root.get(NEW).status_code == 200
    assert "New talks" in cora.get(reverse("issues:process-list")).content.decode()
    assert ann.get(reverse("issues:process-list")).status_code == 302
    with django_assert_num_queries(4):
        cora.get(NEW)
    valley_itself = Process.objects.get(slug="valley")
    with history.changeset(valley_itself, reason="Gone") as door:
        door.retire(valley_itself, "Gone")
    assert cora.get(NEW).status_code == 403


def test_a_form_without_the_token_of_this_visit_is_refused(cora):
    strict = Person(enforce_csrf_checks=True)
    strict.force_login(cora.user)
    assert strict.post(NEW, form()).status_code == 403
    assert not Process.objects.filter(slug="salt-of-the-marsh").exists()
