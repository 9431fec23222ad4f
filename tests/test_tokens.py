"""The page of a person's tokens: made with the password, shown once, kept as a hash, revoked at once."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from issues import tokens
from issues.api import v1
from issues.api.docs import described
from issues.models import Token
from issues.safekeeping import tables

from .conftest import PASSWORD, Person
from .test_accounts import confirmed

pytestmark = pytest.mark.django_db
PAGE = "/accounts/tokens/"
WANTED = {"name": "Notebook", "scope": "write", "days": "30"}


def test_a_token_is_shown_once_and_kept_as_a_hash(anna):
    made = confirmed(anna).post(PAGE, WANTED)
    [secret] = re.findall(r"pt_[\w-]{43}", made.text)
    assert "private" in made["Cache-Control"] and "no-store" in made["Cache-Control"]
    token = Token.objects.get()
    assert (token.user, token.scope, token.start) == (anna.user, "write", secret[:9])
    assert token.token_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
    assert not [value for value in vars(token).values() if secret[9:] in str(value)]
    assert "sessionid" not in secret and secret not in str(dict(anna.session.items()))
    again = anna.get(PAGE).text
    assert "Notebook" in again and secret[:9] in again and secret not in again
    assert tokens.find(secret).user == anna.user and "last used on" in anna.get(PAGE).text


def test_the_same_form_sent_twice_makes_one_token(anna):
    confirmed(anna).post(PAGE, WANTED)
    again = anna.post(PAGE, WANTED)
    assert again.status_code == 422 and "You have a token of this name" in again.text and "pt_" in again.text
    assert Token.objects.count() == 1
    for wrong in ({"name": " "}, {"scope": "all"}, {"days": "31"}):
        assert anna.post(PAGE, WANTED | {"name": "Other"} | wrong).status_code == 422
    assert Token.objects.count() == 1
    assert anna.post(PAGE, WANTED | {"name": "For good", "days": "0"}).status_code == 200
    assert Token.objects.get(name="For good").expires_at is None


def test_it_is_made_with_the_password_only(anna):
    asked = anna.post(PAGE, WANTED)
    assert asked["Location"].startswith("/accounts/reauthenticate/") and not Token.objects.exists()
    # What was typed is not lost: the token is made once the password is entered.
    made = anna.post(asked["Location"], {"password": PASSWORD, "next": PAGE}, follow=True)
    assert re.search(r"pt_[\w-]{43}", made.text) and Token.objects.get().name == "Notebook"


def test_who_curates_needs_a_second_factor_for_it(carl, settings):
    confirmed(carl)
    settings.REQUIRE_MFA = True
    refused = carl.post(PAGE, WANTED)
    assert refused.status_code == 403 and "second factor" in refused.text and not Token.objects.exists()
    token, _ = tokens.make(carl.user, "Old", "read", None)
    assert carl.post(f"{PAGE}{token.pk}/revoke/").status_code == 302 and not Token.objects.exists()


def test_a_revoked_token_opens_nothing_and_nobody_revokes_anothers(anna, carl):
    token, secret = tokens.make(anna.user, "Notebook", "read", None)
    program = Person(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/processes").status_code == 200
    assert carl.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert program.get("/api/v1/processes").status_code == 200
    assert anna.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    assert program.get("/api/v1/processes").status_code == 401
    assert anna.post(f"{PAGE}{token.pk}/revoke/").status_code == 404


def test_what_ended_is_swept_and_no_backup_holds_any(anna, capsys):
    tokens.make(anna.user, "Notebook", "read", None)
    Token.objects.create(
        user=anna.user, name="Old", start="pt_", token_hash="x", created_at=timezone.now(), expires_at=timezone.now()
    )
    assert "Ended" in anna.get(PAGE).text
    call_command("sweep")
    assert [one.name for one in Token.objects.all()] == [
        "Notebook"
    ] and "Ended tokens deleted: 1" in capsys.readouterr().out
    assert Token not in tables.held()


def test_the_page_about_the_api_names_all_of_it(vera, anna, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = vera.get("/api/").text
    document = described(v1)
    for path, ways in document["paths"].items():
        assert path in page
        for one in ways.values():
            assert f'id="{one["operationId"].replace("_", "-")}"' in page
    for name in ("Position", "CompromiseWithSteps", "Problem", "NewStep"):
        assert (name in document["components"]["schemas"] and f'id="shape-{name}"' in page) or name == "NewStep"
    assert "curl https://tracker.example.org/api/v1/processes/my-talks/positions" in page
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=", page)
    assert "in your account" in anna.get("/api/").text and "In use:" not in page
    assert vera.get("/api/v1/openapi.json").json() == document and document["openapi"].startswith("3.1")
