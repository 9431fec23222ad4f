"""Drafts: kept for whoever typed them, seen by nobody else, and gone when they are not needed."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from issues import drafts, history
from issues.models import Briefing, Changeset, Draft, Position, Process

from . import valley
from .conftest import Person

HTMX = {"HX-Request": "true"}
CANARY = "canary in the draft"


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


def place(process) -> str:
    return reverse("issues:draft-list", args=[process.slug])


def form(held) -> str:
    return reverse("issues:position-edit", args=[held.pk])


def typed(held, **fields) -> dict:
    """Return what the script of a form posts."""
    return {"address": form(held), "key": "0" * 32, "base_version": "1", "headline": CANARY, "reason": ""} | fields


def forget(process) -> str:
    return reverse("issues:draft-delete", args=[process.slug])


# Who may

ADDRESSES = [
    # person, of a public process, of a private one
    ("visitor", 403, 403),
    ("reader", 403, 403),
    ("analyst", 200, 200),
    ("stranger", 403, 404),
    ("superuser", 200, 200),
]


@pytest.mark.parametrize(("name", "public", "private"), ADDRESSES)
def test_each_person_comes_as_far_as_the_table_says(name, public, private, cast, held, process):
    for status in (public, private):
        assert cast[name].get(place(process), {"address": form(held)}, headers=HTMX).status_code == status
        assert cast[name].post(place(process), typed(held)).status_code == status
        assert Draft.objects.exists() is (status == 200)
        assert cast[name].post(forget(process), {"address": form(held)}, headers=HTMX).status_code == status
        assert not Draft.objects.exists()
        with history.changeset(process, reason="Close the doors") as door:
            door.update(process, visibility="members")


def test_no_other_person_ever_sees_a_word_of_it(cast, held, process, alma, otto):
    alma.post(place(process), typed(held, headline=CANARY, body=CANARY, reason=CANARY))
    dossier = reverse("issues:issue-detail", args=["valley", "grass"])
    pages = [form(held), dossier, held.get_absolute_url(), place(process), "/admin/"]
    for person in (*cast.values(), otto):
        if person is not alma:
            for url in pages:
                for headers in ({}, HTMX):
                    asked = {"address": form(held), "draft": "1"}
                    assert CANARY not in person.get(url, asked, headers=headers).text
            person.post(forget(process), {"address": form(held)})
    assert CANARY in Draft.objects.get().typed


def test_a_form_from_another_site_is_refused(alma, held, process):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alma.user)
    for url in (place(process), forget(process)):
        assert strict.post(url, typed(held)).status_code == 403
    assert not Draft.objects.exists()


# Keeping


def test_a_draft_is_kept_and_is_no_part_of_the_record(alma, held, process):
    before = Changeset.objects.count(), Process.objects.get(pk=process.pk).content_version
    response = alma.post(place(process), typed(held, body="One.\r\nTwo, не забудь", sources=["a", "b"]))
    assert response.status_code == 200
    assert response.json()["kept"].startswith("Draft kept at ") and not response.json()["others"]
    assert "no-store" in response["Cache-Control"]
    kept = drafts.find(alma.user, process, form(held))
    assert kept.base_version == 1 and kept.at.isoformat() == response.json()["at"]
    assert dict(kept.typed.lists()) == {
        "base_version": ["1"],
        "headline": [CANARY],
        "reason": [""],
        "body": ["One.\r\nTwo, не забудь"],
        "sources": ["a", "b"],
    }
    assert before == (Changeset.objects.count(), Process.objects.get(pk=process.pk).content_version)


def test_a_later_draft_takes_the_place_of_an_earlier_one_and_each_form_has_its_own(alma, otto, held, process):
    for person in (alma, alma, otto):
        person.post(place(process), typed(held))
    alma.post(place(process), typed(held, headline="Later"))
    alma.post(place(process), typed(held, address="/elsewhere/", headline="Another form"))
    assert Draft.objects.count() == 3
    found = [drafts.find(alma.user, process, url).typed["headline"] for url in (form(held), "/elsewhere/")]
    assert found == ["Later", "Another form"]
    assert drafts.find(alma.user, valley.create("other"), form(held)) is None


def test_opening_a_form_leaves_a_mark_and_no_draft_and_never_empties_one(alma, held, process):
    response = alma.post(place(process), {"address": form(held)})
    assert response.json()["kept"] == "" and drafts.find(alma.user, process, form(held)) is None
    alma.post(place(process), typed(held))
    alma.post(place(process), {"address": form(held)})
    assert drafts.find(alma.user, process, form(held)).typed["headline"] == CANARY


def test_keeping_takes_few_queries_and_asking_writes_nothing(alma, held, process):
    with CaptureQueriesContext(connection) as queries:
        alma.post(place(process), typed(held))
    assert len(queries) <= 6
    with CaptureQueriesContext(connection) as queries:
        alma.get(place(process), {"address": form(held)})
    assert all(query["sql"].lstrip().startswith("SELECT") for query in queries)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "𝔘\u202e\x1b", "<script>alert(1)</script>", " \r\n\t "])
def test_any_text_is_kept_as_it_was_typed(text, alma, held, process):
    from urllib.parse import quote, urlencode

    sent = urlencode(typed(held)) + "&body=" + quote(text, errors="surrogatepass")
    response = alma.post(place(process), sent, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    wanted = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert drafts.find(alma.user, process, form(held)).typed["body"] == wanted


@pytest.mark.parametrize(("length", "status"), [(199_000, 200), (200_001, 413), (1_100_000, 413)])
def test_a_draft_has_a_limit_and_keeps_what_was_kept_before(length, status, alma, held, process):
    alma.post(place(process), typed(held))
    response = alma.post(place(process), typed(held, body="x" * length))
    assert response.status_code == status
    kept = drafts.find(alma.user, process, form(held)).typed
    assert len(kept.get("body", "")) == (length if status == 200 else 0)
    assert status == 200 or (("kB" in response.text or "MB" in response.text) and response["HX-Retarget"] == "#notice")


BAD = ["", "x", "//evil.example/", "https://evil.example/", "/\\evil.example", "/a\x00b", "/" + "x" * 500, "/a\nb"]


@pytest.mark.parametrize("address", BAD)
def test_an_address_of_no_form_is_refused(address, alma, held, process):
    for response in (
        alma.post(place(process), typed(held, address=address)),
        alma.get(place(process), {"address": address}),
        alma.post(forget(process), {"address": address}),
    ):
        assert response.status_code == 400 and "open the form again" in response.text
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("said", "base"), [("7", 7), ("", None), ("x", None), ("-1", None), ("9" * 30, None)])
def test_a_draft_knows_the_version_that_it_began_with(said, base, alma, held, process):
    alma.post(place(process), typed(held, base_version=said))
    assert drafts.find(alma.user, process, form(held)).base_version == base


def test_a_draft_is_forgotten_on_request_and_the_form_opens_again(alma, otto, held, process):
    for person in (alma, otto):
        person.post(place(process), typed(held))
    response = alma.post(forget(process), {"address": form(held)})
    assert (response.status_code, response["Location"]) == (302, form(held))
    assert [draft.user for draft in Draft.objects.all()] == [otto.user]
    assert alma.post(forget(process), {"address": form(held)}).status_code == 302


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(method, alma, process):
    assert getattr(alma, method)(place(process)).status_code == 405
    assert getattr(alma, method)(forget(process)).status_code == alma.get(forget(process)).status_code == 405


def test_what_nobody_touched_for_a_month_can_be_swept_away(alma, otto, held, process):
    for person in (alma, otto):
        person.post(place(process), typed(held))
    assert drafts.sweep() == 0
    Draft.objects.filter(user=otto.user).update(seen_at=timezone.now() - timedelta(days=31))
    call_command("sweep", stdout=(said := StringIO()))
    assert "deleted: 1." in said.getvalue() and Draft.objects.get().user == alma.user


# Who else is at it


def test_who_else_is_at_a_form_is_told_while_it_is_true(cast, alma, otto, held, process):
    def said(person):
        return person.get(place(process), {"address": form(held)}).json()["others"]

    assert said(alma) == ""
    otto.post(place(process), {"address": form(held)})
    assert said(alma) == "otto is editing this too." and said(otto) == ""
    answer = cast["superuser"].post(place(process), typed(held)).json()
    assert answer["others"] == "otto is editing this too."
    assert said(alma) == "otto and root are editing this too."
    Draft.objects.filter(user=otto.user).update(seen_at=timezone.now() - timedelta(minutes=3))
    assert said(alma) == "root is editing this too."
    cast["superuser"].post(forget(process), {"address": form(held)})
    assert said(alma) == ""


def test_who_leaves_a_form_is_gone_and_keeps_the_draft(alma, otto, held, process):
    for person, sent in ((otto, typed(held)), (alma, {"address": form(held)})):
        person.post(place(process), sent)
        assert person.post(place(process), {"address": form(held), "gone": "1"}).status_code == 204
    assert alma.get(place(process), {"address": form(held)}).json()["others"] == ""
    assert [draft.user for draft in Draft.objects.all()] == [otto.user]
    assert drafts.find(otto.user, process, form(held)).typed["headline"] == CANARY


# Bringing back

OFFER = "You have a draft from"


def test_a_form_offers_its_draft_and_opens_with_it(alma, otto, held, process):
    assert OFFER not in alma.get(form(held)).text
    alma.post(place(process), typed(held, body="Mine & new", confidence="low", placement="35", reason="Heard anew"))
    for headers in ({}, HTMX):
        text = alma.get(form(held), headers=headers).text
        assert OFFER in text and "begun from version 1." in text and "Mine &amp; new" not in text
        assert f'href="{form(held)}?draft=1&amp;place=own"' in text
    back = alma.get(form(held), {"draft": "1"}).text
    assert OFFER not in back and "This is your draft from" in back and "data-unsaved" in back
    assert CANARY in back and "Mine &amp; new" in back and 'value="Heard anew"' in back and 'value="35"' in back
    assert re.search(r'value="low"[^>]*checked', back) and 'name="base_version" value="1"' in back
    assert OFFER not in otto.get(form(held)).text and CANARY not in otto.get(form(held), {"draft": "1"}).text


def test_a_draft_begun_before_someone_elses_save_meets_the_usual_conflict(alma, otto, held, process):
    alma.post(place(process), typed(held))
    with history.changeset(process, reason="Meanwhile", user=otto.user) as door:
        door.update(Position.objects.get(pk=held.pk), headline="Theirs")
    back = alma.get(form(held), {"draft": "1"}).text
    assert 'name="base_version" value="1"' in back
    sent = dict(re.findall(r'name="(key|base_version|place)" value="([^"]*)"', back))
    fields = {name: str(getattr(held, name)) for name in ("body", "held_from", "precision", "commitment", "confidence")}
    response = alma.post(form(held), fields | sent | {"headline": CANARY, "placement": "20", "reason": "Mine"})
    assert response.status_code == 409 and all(word in response.text for word in ("Theirs", *CANARY.split()))
    assert Draft.objects.filter(user=alma.user).exists()


def test_a_save_forgets_the_draft_and_a_late_one_that_says_the_same_is_not_offered(alma, otto, held, process):
    for person in (alma, otto):
        person.post(place(process), typed(held))
    fields = {name: str(getattr(held, name)) for name in ("body", "held_from", "precision", "commitment", "confidence")}
    sent = fields | typed(held, headline="Close it", placement="20", reason="Misheard")
    response = alma.post(form(held), sent, follow=True)
    assert "Saved as version 2." in response.text and f'data-saved="{form(held)}"' in response.text
    assert [draft.user for draft in Draft.objects.all()] == [otto.user]
    alma.post(place(process), fields | typed(held, headline="Close it", placement="20"))
    assert OFFER not in alma.get(form(held)).text
    assert OFFER in otto.get(form(held)).text


def test_a_new_position_has_a_draft_of_its_own_for_each_side(alma, process, held):
    url = reverse("issues:position-new", args=["valley", "grass"])
    alma.post(place(process), {"address": f"{url}?side=town", "headline": CANARY, "held_from": "2024-05-01"})
    assert OFFER in alma.get(url, {"side": "town"}).text
    assert CANARY in alma.get(url, {"side": "town", "draft": "1"}).text
    assert OFFER not in alma.get(url, {"side": "hill"}).text


def test_a_form_says_who_else_is_at_it_as_it_opens(alma, otto, held, process):
    assert "editing this too" not in alma.get(form(held)).text
    otto.post(place(process), {"address": form(held)})
    assert "otto is editing this too." in alma.get(form(held)).text


@pytest.mark.parametrize("typed_before", ["not json of a form", "[]", "{}"])
def test_opening_a_form_writes_nothing(typed_before, alma, held, process):
    alma.post(place(process), typed(held, body=typed_before))
    for query in ({}, {"draft": "1"}):
        with CaptureQueriesContext(connection) as queries:
            assert alma.get(form(held), query).status_code == 200
        assert all(query["sql"].lstrip().startswith("SELECT") for query in queries) and len(queries) <= 12


# Without scripts a refusal shows what was typed


def test_a_refused_form_shows_what_was_typed(alma, held, process):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alma.user)
    for client, sentence in ((Client(), "You are signed out"), (strict, "open too long")):
        response = client.post(form(held), typed(held, body="<b>Typed</b>", reason=""))
        assert response.status_code == 403 and sentence in response.text
        assert CANARY in response.text and "&lt;b&gt;Typed&lt;/b&gt;" in response.text
        assert 'name="key"' not in response.text and "no-store" in response["Cache-Control"]


def test_a_refused_sign_in_never_shows_the_password(vera):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/accounts/login/", {"login": "alma", "password": CANARY})
    assert response.status_code == 403 and CANARY not in response.text


@pytest.mark.parametrize(("error", "status"), [(ValueError, 500), (OperationalError, 503)])
def test_a_broken_save_shows_what_was_typed(error, status, alma, held, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("issues.editing.save", fail)
    alma.raise_request_exception = False
    fields = {name: str(getattr(held, name)) for name in ("body", "held_from", "precision", "commitment", "confidence")}
    response = alma.post(form(held), fields | typed(held, reason="Misheard"))
    assert response.status_code == status and CANARY in response.text


def test_a_draft_brings_its_sources_back(alma, held, process):
    minutes = Briefing.objects.get(process=process, slug="minutes").pk
    row = {"source": ["1"], "source-1-briefing": str(minutes), "source-1-quote": "in <their> words"}
    alma.post(place(process), typed(held, headline=held.headline, **row))
    assert OFFER in alma.get(form(held)).text
    back = alma.get(form(held), {"draft": "1"}).text
    assert "in &lt;their&gt; words" in back and f'name="source-1-briefing" value="{minutes}"' in back
