"""Editing in place: who may, what a save changes, and what happens when two people change the same thing."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history
from issues.models import Briefing, Changeset, Position, Process, Snapshot

from . import valley
from .conftest import Person

HTMX = {"HX-Request": "true"}
FIELDS = (
    "headline",
    "body",
    "held_from",
    "precision",
    "placement",
    "placement_note",
    "commitment",
    "commitment_note",
    "confidence",
)


@pytest.fixture
def process(db) -> Process:
    """Return the small record."""
    return valley.create()


@pytest.fixture
def held(process) -> Position:
    """Return a position of it."""
    return valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body="One. Two. Three.")


@pytest.fixture
def cast(process, held):
    """Return who might try."""
    return {
        "visitor": Person(),
        "reader": Person.called("rosa").joins(process, "reader"),
        "analyst": Person.called("alma").joins(process, "analyst"),
        "stranger": Person.called("sven").joins(valley.create("far-valley"), "analyst"),
        "suspended": Person.called("gone").joins(process, "analyst"),
        "superuser": Person.called("root", is_superuser=True),
    }


@pytest.fixture
def alma(cast) -> Person:
    """Analyse the valley."""
    return cast["analyst"]


@pytest.fixture
def otto(process, held) -> Person:
    """Analyse the valley too."""
    return Person.called("otto").joins(process, "analyst")


def url(position) -> str:
    return reverse("issues:position-edit", args=[position.pk])


def typed(position, **changes) -> dict:
    """Return what the form of a position posts, as opened now, with some fields typed anew."""
    stored = Position.objects.get(pk=position.pk)
    values = {name: getattr(stored, name) for name in FIELDS}
    values |= {"base_version": stored.version, "key": uuid4().hex, "reason": "Put right", "place": "issue"} | changes
    return {name: "" if value is None else str(value) for name, value in values.items()}


def dossier(position) -> str:
    return reverse("issues:issue-detail", args=[position.process.slug, position.issue.slug])


# Who may

ADDRESSES = [
    # person, GET, POST
    ("visitor", 302, 403),
    ("reader", 403, 403),
    ("analyst", 200, 302),
    ("stranger", 403, 403),
    ("suspended", 302, 403),
    ("superuser", 200, 302),
]
PRIVATE = [("visitor", 302), ("reader", 403), ("analyst", 200), ("stranger", 404)]


@pytest.mark.parametrize(("name", "get", "post"), ADDRESSES)
def test_each_person_comes_as_far_as_the_table_says(name, get, post, cast, held):
    person, before = cast[name], held.headline
    if name == "suspended":
        person.user.is_active = False
        person.user.save()
    assert person.get(url(held)).status_code == get
    response = person.post(url(held), typed(held, headline="Close it"))
    assert response.status_code == post
    held.refresh_from_db()
    may = name in ("analyst", "superuser")
    assert held.headline == ("Close it" if may else before)
    assert may or Changeset.objects.filter(process=held.process).latest("number").reason == "A test writes"
    if not may and get == 302:
        assert f'href="/accounts/login/?next={quote(url(held), safe="")}">Sign in</a>' in response.text
        assert "You are signed out" in response.text and "Close it" in response.text


@pytest.mark.parametrize(("name", "status"), PRIVATE)
def test_a_private_position_is_not_there_for_who_may_not_see_it(name, status, cast, held):
    with history.changeset(held.process, reason="Close the doors") as door:
        door.update(held.process, visibility="members")
    assert cast[name].get(url(held)).status_code == status


def test_who_was_signed_out_keeps_the_open_form(cast, held):
    response = cast["visitor"].post(url(held), typed(held), headers=HTMX)
    assert response.status_code == 403 and response["HX-Retarget"] == "#notice"
    assert "signed out" in response.text


@pytest.mark.parametrize("address", [dossier, Position.get_absolute_url])
def test_only_who_may_edit_is_offered_to_and_never_on_a_day_in_the_past(address, cast, held):
    pages = {name: cast[name].get(address(held)).text for name in ("visitor", "reader", "stranger", "analyst")}
    assert [url(held) in page for page in pages.values()] == [False, False, False, True]
    valley.hold(held.process, "hill", "2024-04-01")
    past = cast["analyst"].get(address(held), {"on": "2024-03-01"}).text
    assert "Open the slope" in past and url(held) not in past


@pytest.mark.parametrize("address", [dossier, Position.get_absolute_url])
def test_offering_it_costs_no_query(address, cast, held):
    counts = []
    for name in ("visitor", "analyst"):
        with CaptureQueriesContext(connection) as queries:
            cast[name].get(address(held))
        asked = [query["sql"].replace('"', "") for query in queries]
        # Who is signed in is read together with their roles; their menu names the views they keep.
        own = ("FROM auth_user", "FROM issues_savedview")
        counts.append(sum("issues_" in sql and not any(one in sql for one in own) for sql in asked))
    assert counts[1] == counts[0]


# The form


def test_the_form_is_a_page_and_a_part_with_what_is_stored(alma, held):
    page, part = alma.get(url(held)).text, alma.get(url(held), headers=HTMX).text
    assert "<html" in page and "hx-post" not in page
    assert "<html" not in part and 'hx-target="#positions"' in part
    assert 'hx-target="#dossier"' in alma.get(url(held), {"place": "issue"}, headers=HTMX).text
    for text in (page, part):
        assert "Open the slope" in text and "One. Two. Three." in text
        assert 'name="base_version" value="1"' in text
        assert text.count("autofocus") == 1


def test_each_rendered_form_has_a_key_of_its_own(alma, held):
    keys = {re.search(r'name="key" value="(\w{32})"', alma.get(url(held)).text)[1] for _ in range(3)}
    assert len(keys) == 3


def test_a_persons_last_reasons_are_offered(alma, otto, held):
    alma.post(url(held), typed(held, headline="Close it", reason="Heard it anew"))
    otto.post(url(held), typed(held, headline="Close half of it", reason="Another ear"))
    text = alma.get(url(held)).text
    assert '<option value="Heard it anew">' in text and "Another ear" not in text


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_writes_nothing(method, alma, held):
    with CaptureQueriesContext(connection) as queries:
        getattr(alma, method)(url(held))
    assert not [one["sql"] for one in queries if re.match("INSERT|UPDATE|DELETE", one["sql"])]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(method, alma, held):
    assert getattr(alma, method)(url(held)).status_code == 405


# Saving


def test_a_save_is_one_changeset_with_who_and_why(alma, held):
    before = Changeset.objects.count()
    response = alma.post(url(held), typed(held, headline="Close  it", placement="", body="One.\r\n\r\nTwo."))
    assert response.status_code == 302
    assert response["Location"] == f"{dossier(held)}#position-{held.pk}"
    held.refresh_from_db()
    assert (held.headline, held.placement, held.body, held.version) == ("Close it", None, "One.\n\nTwo.", 2)
    written = Changeset.objects.latest("number")
    assert Changeset.objects.count() == before + 1
    assert (written.user, written.reason, written.snapshots.count()) == (alma.user, "Put right", 1)
    assert list(history.verify(held.process)) == []


def test_after_a_save_the_page_says_so(alma, held):
    response = alma.post(url(held), typed(held, headline="Close it"), follow=True)
    assert "is-done" in response.text and "Saved as version 2." in response.text and "Close it" in response.text


@pytest.mark.parametrize(("place", "part"), [("issue", "dossier"), ("own", "positions"), ("//elsewhere", "positions")])
def test_htmx_gets_the_part_where_the_edit_began_and_the_notice_beside_it(place, part, alma, held):
    data = typed(held, headline="Close it", place=place)
    response = alma.post(url(held), data, headers=HTMX, follow=True)
    assert response.status_code == 200 and "<html" not in response.text
    assert f'<div id="{part}"' in response.text
    assert response.text.count("Saved as version 2.") == 1
    assert '<div id="notice" hx-swap-oob="innerHTML">' in response.text
    assert all(url.startswith(("/positions/", "/processes/")) for url, _ in response.redirect_chain)


def test_a_save_takes_few_queries(alma, held):
    alma.get(url(held))
    with CaptureQueriesContext(connection) as queries:
        assert alma.post(url(held), typed(held, headline="Close it")).status_code == 302
    assert len(queries) <= 25


INVALID = [
    ({"headline": "  "}, "Give the position in one line."),
    ({"headline": "x" * 201}, "at most 200 characters"),
    ({"headline": "a\x00b"}, "U+0000, which no text needs"),
    ({"body": "x" * 20_001}, "at most 20000 characters"),
    ({"held_from": "2025-02-30"}, "not a day in the calendar"),
    ({"held_from": ""}, "Give a day."),
    ({"precision": "week"}, "Choose day, month or year."),
    ({"placement": "101"}, "The scale ends at 100."),
    ({"placement": "-1"}, "The scale begins at 0."),
    ({"placement": "9" * 30}, "The scale ends at 100."),
    ({"placement": "half"}, "Write a whole number"),
    ({"commitment": "promise"}, "Choose one of the forms."),
    ({"confidence": ""}, "Choose one of the levels."),
    ({"reason": " \n "}, "Say in one line what changed, and why."),
    ({"reason": "x" * 501}, "at most 500 characters"),
    ({"key": "x"}, "lacks what identifies it"),
    ({"base_version": "x"}, "lacks what identifies it"),
    ({"base_version": str(2**63)}, "lacks what identifies it"),
    ({}, "Nothing was changed"),
]


@pytest.mark.parametrize(("changes", "sentence"), INVALID)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_cannot_be_saved_comes_back_with_a_sentence_and_all_that_was_typed(changes, sentence, headers, alma, held):
    before = Changeset.objects.count()
    data = typed(held) | ({"commitment_note": "As typed & kept"} if changes else {}) | changes
    response = alma.post(url(held), data, headers=headers)
    assert response.status_code == 422
    assert sentence in response.text and response["HX-Retarget"] == f"#position-{held.pk}"
    assert not changes or "As typed &amp; kept" in response.text
    assert ("<html" in response.text) is not headers
    assert Changeset.objects.count() == before


def test_several_faults_stand_in_a_summary_that_leads_to_the_fields(alma, held):
    text = alma.post(url(held), typed(held, headline="", placement="900")).text
    assert f'<a href="#edit-{held.pk}-headline">Headline</a>' in text
    assert 'aria-invalid="true"' in text and text.count("autofocus") == 1


def test_only_the_fields_of_the_form_ever_change(alma, held, process):
    other = valley.create("other")
    elsewhere = valley.hold(other, "plain", "2024-04-01")
    before = {field.attname: getattr(held, field.attname) for field in Position._meta.concrete_fields}
    data = typed(held, headline="Close it")
    for field in Position._meta.concrete_fields:
        if field.name not in FIELDS:
            value = getattr(elsewhere, field.attname)
            data |= {name: str(value or "2020-01-01") for name in (field.name, field.attname)}
    data |= {"version": "40", "user": "1", "retired_at": "2020-01-01", "provenance": "forged", "held_from_note": "x"}
    assert alma.post(url(held), data).status_code == 302
    held.refresh_from_db()
    after = {field.attname: getattr(held, field.attname) for field in Position._meta.concrete_fields}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"headline", "version", "updated_at"}
    assert held.version == 2 and Position.objects.get(pk=elsewhere.pk).headline == elsewhere.headline


def test_a_form_from_another_site_is_refused(alma, held):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alma.user)
    assert strict.post(url(held), typed(held, headline="Close it")).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', strict.get(url(held)).text)[1]
    data = typed(held, headline="Close it") | {"csrfmiddlewaretoken": token}
    assert strict.post(url(held), data).status_code == 302


# Twice


@pytest.mark.parametrize("times", [2, 3])
def test_the_same_form_sent_again_gets_the_same_answer_and_one_changeset(times, alma, held):
    data, before = typed(held, headline="Close it"), Changeset.objects.count()
    answers = [alma.post(url(held), data) for _ in range(times)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, f"{dossier(held)}#position-{held.pk}")
    }
    assert Changeset.objects.count() == before + 1
    assert alma.get(dossier(held)).text.count("Saved as version 2.") == times


def test_a_form_sent_again_with_other_words_is_another_write(alma, held):
    """As after Back in the browser: what was typed there is not taken for a repetition."""
    data = typed(held, headline="Close it")
    alma.post(url(held), data)
    assert alma.post(url(held), data | {"body": "Four."}).status_code == 302
    held.refresh_from_db()
    assert (held.headline, held.body, held.version) == ("Close it", "Four.", 3)


# At the same time


def test_edits_of_different_fields_merge_by_themselves_and_say_so(alma, otto, held):
    first, second = typed(held, headline="Close it"), typed(held, body="Four.", confidence="low")
    assert alma.post(url(held), first).status_code == 302
    response = otto.post(url(held), second, follow=True)
    assert "together with what someone else changed meanwhile: headline." in response.text
    held.refresh_from_db()
    assert (held.headline, held.body, held.confidence, held.version) == ("Close it", "Four.", "low", 3)


def test_edits_of_the_same_field_show_both_texts_and_a_proposal(alma, otto, held):
    first = typed(held, body="One. Two. Three. Four.")
    second = typed(held, body="One, they say. Two. Three.", placement_note="Mine & kept")
    alma.post(url(held), first)
    for headers in ({}, HTMX):
        response = otto.post(url(held), second, headers=headers)
        assert response.status_code == 409
        text = response.text
        assert "alma saved this position while you were editing" in text
        assert "<ins> Four.</ins>" in text and "<ins>One, they say.</ins>" in text and "<del>One.</del>" in text
        assert "One, they say. Two. Three. Four.</textarea>" in text
        assert "Mine &amp; kept" in text and 'name="base_version" value="2"' in text
        assert 'value="Put right"' in text
    held.refresh_from_db()
    assert (held.body, held.version) == ("One. Two. Three. Four.", 2)


def test_the_proposal_is_saved_over_the_newer_version(alma, otto, held):
    second = typed(held, body="One, they say. Two. Three.")
    alma.post(url(held), typed(held, body="One. Two. Three. Four."))
    response = otto.post(url(held), second)
    shown = response.context["form"]
    data = {name: shown[name].value() for name in shown.fields}
    data = {name: "" if value is None else str(value) for name, value in data.items()}
    assert otto.post(url(held), data).status_code == 302
    held.refresh_from_db()
    assert (held.body, held.version) == ("One, they say. Two. Three. Four.", 3)
    assert list(history.verify(held.process)) == []


def test_the_same_correction_by_two_people_is_no_conflict(alma, otto, held):
    both = typed(held, headline="Close it"), typed(held, headline="Close it", confidence="low")
    assert [alma.post(url(held), both[0]).status_code, otto.post(url(held), both[1]).status_code] == [302, 302]


def test_a_form_without_its_version_is_refused_and_compared_with_what_is_stored(alma, held):
    data = typed(held, headline="Close it")
    for version in ("", "77"):
        response = alma.post(url(held), data | {"base_version": version})
        assert response.status_code == 428
        assert "does not say which version it began with" in response.text
        assert "Close it" in response.text
    held.refresh_from_db()
    assert held.version == 1


def test_what_was_retired_meanwhile_is_not_brought_back(alma, held, monkeypatch):
    from issues.queries import positions

    found, data = positions.find(alma.user, held.pk), typed(held, headline="Close it")
    valley.retire(held)
    monkeypatch.setattr(positions, "find", lambda user, key: found)
    response = alma.post(url(held), data)
    assert response.status_code == 404 and "Copy what you typed" in response.text
    assert Snapshot.objects.filter(model="position", object_id=held.pk).count() == 2


# A source


def source(held, **changes) -> dict:
    minutes = Briefing.objects.get(process=held.process, slug="minutes")
    given = {"briefing": minutes.pk, "quote": "their words", "locator": "page 2"} | changes
    return {"source": "1"} | {f"source-1-{name}": value for name, value in given.items()}


def test_a_source_is_added_with_the_edit_in_one_changeset(alma, held):
    valley.cite(held)
    before = Changeset.objects.count()
    data = typed(held, headline="Close it", **source(held, relation="contradicts"))
    response = alma.post(url(held), data, follow=True)
    assert "Saved as version 2. The source is added." in response.text and "“their words”" in response.text
    cited = held.citations.latest("pk")
    assert (cited.order, cited.relation, cited.locator, cited.process) == (2, "contradicts", "page 2", held.process)
    assert Changeset.objects.count() == before + 1
    assert list(history.verify(held.process)) == []


def test_a_source_alone_is_a_change_and_is_added_once(alma, held):
    data = typed(held, **source(held))
    assert [alma.post(url(held), data).status_code for _ in range(2)] == [302, 302]
    held.refresh_from_db()
    assert (held.citations.count(), held.version) == (1, 1)


def test_words_without_a_briefing_or_of_another_process_are_refused(alma, held):
    other = valley.briefing(valley.create("other"), "letter", "2024-01-01")
    valley.add(other)
    for changes, sentence in (
        ({"briefing": ""}, "Fill this in, or remove the source."),
        ({"briefing": other.pk}, "This briefing is not on file any more."),
        ({"briefing": "9" * 30}, "This briefing is not on file any more."),
        ({"relation": "proves"}, "Choose one of the relations."),
    ):
        response = alma.post(url(held), typed(held, **source(held, **changes)))
        assert response.status_code == 422 and sentence in response.text and "their words" in response.text
    assert not held.citations.exists()


def test_a_conflict_keeps_the_source_that_was_typed(alma, otto, held):
    second = typed(held, headline="Mine", **source(held))
    alma.post(url(held), typed(held, headline="Theirs"))
    response = otto.post(url(held), second)
    assert response.status_code == 409 and "their words" in response.text and not held.citations.exists()


@pytest.mark.parametrize(
    ("keep", "headline", "said"),
    [
        ("mine", "Mine", "Saved as version 3."),
        ("theirs", "Theirs", "Version 2 stands as it was saved"),
        ("merged", "Both", "Saved as version 3."),
    ],
)
def test_after_a_conflict_one_whole_version_can_be_kept(keep, headline, said, alma, otto, held):
    mine, theirs = (typed(held, headline=words) for words in ("Mine", "Theirs"))
    alma.post(url(held), theirs)
    shown = otto.post(url(held), mine).text
    carried = {}
    for whose, words in (("mine", "Mine"), ("theirs", "Theirs")):
        assert f'<input type="hidden" name="{whose}-headline" value="{words}">' in shown
        carried[f"{whose}-headline"] = words
    response = otto.post(url(held), mine | carried | {"headline": "Both", "base_version": 2, "keep": keep}, follow=True)
    held.refresh_from_db()
    assert said in response.text and held.headline == headline


# A new position


def new_url(process, side="plain", issue="grass") -> str:
    return reverse("issues:position-new", args=[process.slug, issue]) + f"?side={side}"


def fresh(held, **changes) -> dict:
    """Return what the form of a new position posts."""
    return typed(held, **{"headline": "Moved", "held_from": "2024-06-01"} | changes)


@pytest.mark.parametrize(("name", "get", "post"), ADDRESSES)
def test_who_may_record_a_new_position(name, get, post, cast, held):
    person, before = cast[name], Position.objects.filter(process=held.process).count()
    if name == "suspended":
        person.user.is_active = False
        person.user.save()
    assert person.get(new_url(held.process)).status_code == get
    assert person.post(new_url(held.process), fresh(held)).status_code == post
    grown = name in ("analyst", "superuser")
    assert Position.objects.filter(process=held.process).count() == before + grown


def test_a_new_position_stands_beside_the_earlier_one_with_its_source(alma, held):
    text = alma.get(new_url(held.process, "hill")).text
    assert "the earlier one stays" in text and "edit that position instead" in text
    data = fresh(held, **source(held))
    answers = {alma.post(new_url(held.process, "hill"), data)["Location"] for _ in range(2)}
    made = Position.objects.get(headline="Moved")
    assert answers == {f"{dossier(held)}#position-{made.pk}"}
    assert (made.side, made.issue, made.slug) == (held.side, held.issue, "grass-hill-2024-06-01")
    assert made.citations.get().quote == "their words"
    again = alma.post(new_url(held.process, "hill"), fresh(held, body="Another of that day"))
    assert again.status_code == 302
    assert Position.objects.get(body="Another of that day").slug == "grass-hill-2024-06-01-2"
    assert list(history.verify(held.process)) == []


def test_a_new_position_needs_its_fields_and_a_side_that_is_there(alma, held):
    response = alma.post(new_url(held.process), fresh(held, held_from="", body="Kept"))
    assert response.status_code == 422 and "Give a day." in response.text and "Kept" in response.text
    for side in ("nobody", "", "%00"):
        assert alma.get(new_url(held.process, side)).status_code == 404
    assert alma.get(new_url(held.process, issue="nothing")).status_code == 404


def test_only_the_fields_of_the_form_make_a_new_position(alma, held):
    other = valley.create("other")
    data = fresh(held) | {"process": other.pk, "process_id": other.pk, "slug": "forged", "version": 9, "id": held.pk}
    data |= {"side_id": held.side_id, "provenance": "forged", "retired_at": "2020-01-01", "issue": 0}
    assert alma.post(new_url(held.process), data).status_code == 302
    made = Position.objects.latest("pk")
    assert (made.process, made.slug, made.version) == (held.process, "grass-plain-2024-06-01", 1)
    assert (made.side.slug, made.provenance, made.retired_at) == ("plain", "", None) and made.pk != held.pk
