"""Accounts: who gets in, how often one may try, what stays private, and where `next` may lead."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, TOTP
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db as stock
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from issues.backends import SessionStore

from .addresses import NAMES, address
from .conftest import PASSWORD, Person

LOGIN = "/accounts/login/"
WRONG = "not the password"
NEW = "another long and quiet river"

# Where the attackers of these tests sit, one after the other.
addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count(1))


def attempt(client, name, password=WRONG, **extra):
    """Try to sign in, each time from an address of its own unless one is given."""
    return client.post(LOGIN, {"login": name, "password": password}, **{"REMOTE_ADDR": next(addresses)} | extra)


def signed_in(client):
    return "_auth_user_id" in client.session


def confirmed(person):
    """Let a person enter their password once more, as the pages that protect an account ask."""
    assert person.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return person


def without_tokens(response):
    return re.sub(r'(name="csrfmiddlewaretoken" value|x-csrftoken)=?"[^"]*"', "", response.text)


# Where `next` may lead

HOSTS = ("elsewhere.example", "elsewhere.example:80", "testserver@elsewhere.example", "testserver.elsewhere.example")
SHAPES = (
    *("https://{}", "http://{}/a", "//{}", "///{}", "////{}", "/\\{}", "\\\\{}", "\\/{}", "https:{}", "https:/{}"),
    *("https:///{}", "https:\\\\{}", "hTTps://{}", " //{}", "\t//{}", "/\t/{}", "/\n/{}", "\x00//{}", "ftp://{}"),
    *("//{}/%2e%2e", "/%09/{}", "／／{}", "https:／／{}", "//user:word@{}", "http://testserver\\@{}", ".//{}/../"),
)
OTHERS = (
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "/\r\nLocation: https://elsewhere.example",
    "account_login",
)
PAYLOADS = [shape.format(host) for host in HOSTS for shape in SHAPES] + list(OTHERS)


def leaves(location):
    """Tell whether a browser that reads this header on the test server would go to another host."""
    read = re.sub(r"[\t\r\n]", "", location).strip("\x00 ").replace("\\", "/")
    read = re.sub(r"^(https?):/*", r"\1://", read, flags=re.I) if re.match(r"https?:", read, re.I) else read
    read = re.sub(r"^/{2,}", "//", read)
    target = urlsplit(urljoin("http://testserver/accounts/login/", read))
    return target.scheme not in {"http", "https"} or target.netloc != "testserver"


def test_the_measure_of_leaving_sees_what_browsers_do():
    assert all(
        leaves(bad) for bad in ("//elsewhere.example", "/\\elsewhere.example", "https:elsewhere.example", "/\t/x")
    )
    assert not any(leaves(good) for good in ("/", "/codebook/?on=2025-02-12", "http://testserver/", "account_login"))


def test_signing_in_and_out_never_leaves_the_site(rita):
    assert len(PAYLOADS) >= 100
    for payload in PAYLOADS:
        assert not leaves(rita.get(LOGIN, {"next": payload})["Location"]), payload
        response = rita.post("/accounts/logout/", {"next": payload})
        assert response.status_code == 302 and not leaves(response["Location"]), payload
        credentials = {"login": "rita", "password": PASSWORD, "next": payload}
        response = rita.post(LOGIN, credentials, REMOTE_ADDR=next(addresses))
        assert response.status_code == 302 and not leaves(response["Location"]), payload
        assert signed_in(rita)


def test_a_host_that_the_site_also_answers_to_is_still_another_host(rita, settings):
    settings.ALLOWED_HOSTS = ["testserver", ".elsewhere.example"]
    assert not leaves(rita.get(LOGIN, {"next": "https://elsewhere.example/"})["Location"])


# How often one may try


def test_the_eleventh_attempt_in_a_minute_from_one_address_is_refused(db, vera):
    here = next(addresses)
    answers = [attempt(vera, f"name-{n}", REMOTE_ADDR=here) for n in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused["Retry-After"] == "60"
    assert "Wait a minute, then try again." in refused.text
    assert 'value="name-10"' in refused.text and WRONG not in refused.text
    assert attempt(vera, "name-11").status_code == 200


def test_a_forged_header_is_nobodys_address(db, vera):
    here = next(addresses)
    forged = [attempt(vera, f"n{n}", REMOTE_ADDR=here, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}") for n in range(11)]
    assert forged[-1].status_code == 429


def test_behind_a_proxy_only_what_the_proxy_added_counts(db, vera, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(10):
        assert attempt(vera, f"n{n}", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}, 198.51.100.7").status_code == 200
    assert attempt(vera, "n10", HTTP_X_FORWARDED_FOR="192.0.2.10, 198.51.100.7").status_code == 429
    assert attempt(vera, "n11", HTTP_X_FORWARDED_FOR="192.0.2.11, 198.51.100.8").status_code == 200


@pytest.mark.parametrize("name", ["rita", "nobody-at-all"])
def test_after_five_failures_an_account_waits_five_minutes_whatever_the_address_and_host(name, rita, vera, settings):
    settings.ALLOWED_HOSTS = ["*"]
    spellings = (name, name.upper(), f" {name} ", name, name.title())
    failures = [attempt(vera, spelling, HTTP_HOST=f"h{n}.example") for n, spelling in enumerate(spellings)]
    assert [answer.status_code for answer in failures] == [200] * 5
    refused = attempt(vera, name, PASSWORD)
    assert refused.status_code == 429 and refused["Retry-After"] == "300"
    assert "Wait 5 minutes, then try again." in refused.text and f'value="{name}"' in refused.text
    assert not signed_in(vera)


def test_signing_in_does_not_use_up_the_attempts(rita, vera):
    for _ in range(7):
        assert attempt(vera, "rita", PASSWORD).status_code == 302
        vera.logout()


def test_the_admin_panel_has_no_sign_in_of_its_own(carl, vera):
    response = vera.post("/admin/login/?next=/admin/", {"username": "carl", "password": PASSWORD})
    assert response["Location"].startswith(LOGIN) and not signed_in(vera)
    assert "password" not in vera.get("/admin/", follow=True).request["PATH_INFO"]
    assert carl.get("/admin/password_change/")["Location"] == "/accounts/password/change/"  # where guesses are counted
    assert vera.get("/admin/", follow=True).request["PATH_INFO"] == LOGIN


@pytest.mark.django_db(transaction=True)
def test_workers_share_one_count(settings):
    """Each thread has a connection and a client of its own, as each worker has."""
    cache.clear()
    here = next(addresses)

    def worker(n):
        try:
            return attempt(Person(), f"name-{n}", REMOTE_ADDR=here).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        answers = list(workers.map(worker, range(24)))
    cache.clear()
    assert set(answers) == {200, 429} and answers.count(200) <= 10


def test_a_missing_account_gets_the_answer_of_an_existing_one(rita, vera):
    existing, missing = attempt(vera, "rita"), attempt(vera, "anyone")
    assert existing.status_code == missing.status_code == 200
    assert without_tokens(existing).replace("rita", "anyone") == without_tokens(missing)
    assert "The username or the password is not right." in missing.text


def test_a_forgotten_password_is_answered_alike_for_every_address(rita, vera):
    User.objects.filter(username="rita").update(email="rita@example.org")
    pages = []
    for email in ("rita@example.org", "anyone@example.org"):
        response = vera.post("/accounts/password/reset/", {"email": email}, follow=True)
        pages.append((response.redirect_chain, without_tokens(response)))
    assert pages[0] == pages[1]
    assert [message.to for message in mail.outbox] == [["rita@example.org"], ["anyone@example.org"]]


def test_a_new_password_is_set_by_the_link_which_works_once(rita, vera):
    User.objects.filter(username="rita").update(email="rita@example.org")
    vera.post("/accounts/password/reset/", {"email": "rita@example.org"})
    link = urlsplit(re.search(r"http://\S+", mail.outbox[0].body)[0]).path
    form = vera.get(link, follow=True)
    assert "password1" in form.text
    assert vera.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW}).status_code == 302
    assert "does not work any more" in vera.get(link).text
    assert rita.get("/accounts/").status_code == 302  # the sessions of before have ended
    assert attempt(vera, "rita", NEW).status_code == 302


# What stays private


@pytest.mark.parametrize("name", NAMES)
def test_what_a_signed_in_person_sees_is_kept_nowhere(name, talks, anna, vera, pytestconfig):
    """Of the page or of its part, in turn, or in the long run of both."""
    url, ways = address(name, talks), ({}, {"HX-Request": "true"})
    for headers in ways if pytestconfig.getoption("long") else (ways[NAMES.index(name) % 2],):
        response = anna.get(url, headers=headers)
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
        assert "Cookie" in response["Vary"]
        assert "no-store" not in vera.get(url, headers=headers).get("Cache-Control", "")


def test_refusals_to_a_signed_in_person_are_kept_nowhere(anna, talks):
    for url in ("/nowhere/", "/admin/login/", reverse("issues:people-list", args=[talks.slug]), "/accounts/", "/"):
        response = anna.get(url)
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), url


def test_a_suspended_account_is_out_at_its_next_request(rita, vera, back_channel):
    url = back_channel.get_absolute_url()
    assert rita.get(url).status_code == 200
    User.objects.filter(username="rita").update(is_active=False)
    assert rita.get(url).status_code == 404
    assert rita.get("/accounts/").status_code == 302
    refused = attempt(vera, "rita", PASSWORD)
    assert refused.status_code == 200 and "is not right" in refused.text and not signed_in(vera)


def test_signing_out_is_asked_first_and_done_by_a_form(rita):
    assert "You are signed in as rita." in rita.get("/accounts/logout/").text
    assert signed_in(rita)
    assert rita.post("/accounts/logout/").status_code == 302
    assert not signed_in(rita)


def test_nobody_signs_up_uninvited(db, vera):
    for response in (
        vera.get("/accounts/signup/"),
        vera.post("/accounts/signup/", {"username": "stranger", "password1": NEW}),
    ):
        assert "Accounts are by invitation" in response.text
    assert not User.objects.exists()


# One's own account


def test_a_visitor_is_asked_to_sign_in_first(db, vera):
    for url in ("", "password/change/", "sessions/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/"):
        response = vera.get(f"/accounts/{url}")
        assert response.status_code == 302 and response["Location"].startswith(LOGIN), url


def test_every_page_of_ones_account_answers_and_keeps_the_policy(carl):
    confirmed(carl)
    TOTP.activate(carl.user, "A" * 32)
    for name in (
        *("account", "account_logout", "account_reauthenticate", "account_change_password", "account_reset_password"),
        *("account_reset_password_done", "account_reset_password_from_key_done", "account_inactive"),
        *("account_sessions", "mfa_index", "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_reauthenticate"),
        *("mfa_list_webauthn", "mfa_add_webauthn"),
    ):
        response = carl.get(reverse(name))
        assert response.status_code == 200, (name, response.get("Location"))
        assert response.text.count("<h1") == 1, name
        markup = re.sub(r'<script id="passkey-options" type="application/json">.*?</script>', "", response.text)
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|data:|javascript:", markup), name


def test_a_new_password_ends_the_other_sessions(rita):
    other = Person()
    attempt(other, "rita", PASSWORD)
    changed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert "The password is changed." in rita.post("/accounts/password/change/", changed, follow=True).text
    assert rita.get("/accounts/").status_code == 200
    assert other.get("/accounts/").status_code == 302


def test_the_present_password_cannot_be_guessed_from_a_stolen_session(rita):
    wrong = {"oldpassword": WRONG, "password1": NEW, "password2": NEW}
    answers = [rita.post("/accounts/password/change/", wrong).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_a_person_sees_their_sessions_and_ends_one(rita, carl):
    phone, desk = Person(), Person()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    attempt(
        phone, "rita", PASSWORD, HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/131.0 Mobile Safari/537.36"
    )
    attempt(desk, "rita", PASSWORD, HTTP_USER_AGENT=firefox)
    page = desk.get("/accounts/sessions/").text
    assert "Chrome on Android" in page and re.search("Firefox on Linux</b> <span.*>This one<", page)
    ends = re.findall(r'action="(/accounts/sessions/\d+/end/)"', page)
    assert len(ends) == 2
    assert carl.post(ends[1]).status_code == 404 and phone.get("/accounts/").status_code == 200
    desk.post(ends[1])
    assert phone.get("/accounts/").status_code == 302 and desk.get("/accounts/").status_code == 200
    assert "Chrome on Android" not in desk.get("/accounts/sessions/").text


def test_a_person_ends_every_session_but_this_one(rita):
    others = [Person(), Person()]
    for other in others:
        attempt(other, "rita", PASSWORD)
    others[0].post("/accounts/sessions/end/")
    assert [other.get("/accounts/").status_code for other in others] == [200, 302]


def test_a_session_that_a_new_password_ended_is_not_listed(rita):
    attempt(Person(), "rita", PASSWORD, HTTP_USER_AGENT="Firefox/1")
    rita.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert "Firefox" not in rita.get("/accounts/sessions/").text


# The second factor


def code(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def test_with_an_authenticator_app_a_password_is_half_the_way(rita, vera, one_half_minute):
    confirmed(rita)
    page = rita.get("/accounts/2fa/totp/activate/")
    assert '<svg class="qr"' in page.text and rita.session[SECRET_SESSION_KEY] in page.text
    secret = rita.session[SECRET_SESSION_KEY]
    rita.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    codes = re.findall(r"<code>(\d+)</code>", rita.get("/accounts/2fa/recovery-codes/").text)
    assert len(codes) == 10

    assert attempt(vera, "rita", PASSWORD)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(vera) and vera.get("/accounts/").status_code == 302
    assert "This code is not right" in vera.post("/accounts/2fa/authenticate/", {"code": "000000"}).text
    assert vera.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert signed_in(vera)

    again = Person()
    attempt(again, "rita", PASSWORD)
    again.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert not signed_in(again)  # a code works once
    again.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert signed_in(again)
    third = Person()
    attempt(third, "rita", PASSWORD)
    third.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert not signed_in(third)


def test_codes_cannot_be_guessed(rita, vera, one_half_minute):
    TOTP.activate(rita.user, "A" * 32)
    attempt(vera, "rita", PASSWORD)
    for _ in range(5):
        vera.post("/accounts/2fa/authenticate/", {"code": "000000"})
    refused = vera.post("/accounts/2fa/authenticate/", {"code": code("A" * 32)})
    assert "Too many attempts failed." in refused.text and not signed_in(vera)


def test_curators_and_staff_need_a_second_factor_before_the_desk(settings, carl, anna, talks):
    settings.REQUIRE_MFA = True
    people = reverse("issues:people-list", args=[talks.slug])
    invite = reverse("issues:people-invite", args=[talks.slug])
    for url in ("/admin/", "/admin/issues/position/", people):
        assert carl.get(url)["Location"] == reverse("mfa_index"), url
    assert "Curators and staff sign in with a second factor." in carl.get("/accounts/2fa/").text
    refused = carl.post(invite, {"email": "new@example.org", "role": "reader"})
    assert refused.status_code == 403 and "Two-factor sign-in" in refused.text and not mail.outbox
    assert carl.get(talks.get_absolute_url()).status_code == 200
    assert [person.post(talks.get_absolute_url()).status_code for person in (carl, anna)] == [403, 405]
    assert anna.post(invite).status_code == 403 and "second factor" not in anna.post(invite).text
    talks.memberships.filter(user=anna.user).update(role="curator")
    assert "second factor" in anna.post(invite).text
    Authenticator.objects.create(user=carl.user, type="totp", data={"secret": "A" * 32})
    assert carl.get(people).status_code == 200 and carl.get("/admin/").status_code == 200


def test_at_home_nobody_needs_one(carl, settings):
    assert settings.REQUIRE_MFA is False
    assert carl.get("/admin/").status_code == 200


def test_nonsense_in_place_of_a_passkey_is_refused(carl, vera):
    confirmed(carl)
    TOTP.activate(carl.user, "A" * 32)
    half_way = Person()
    attempt(half_way, "carl", PASSWORD)
    for credential in ("", "{}", "[]", "null", '{"id": 1}', '{"response": {"userHandle": "AA"}}', "\x00", "[" * 9_000):
        assert carl.post("/accounts/2fa/webauthn/add/", {"credential": credential}).status_code == 200, credential
        response = vera.post("/accounts/2fa/webauthn/login/", {"credential": credential}, REMOTE_ADDR=next(addresses))
        assert response.status_code == 302 and not signed_in(vera), credential
        response = half_way.post("/accounts/2fa/authenticate/", {"credential": credential})
        assert response.status_code == 200 and not signed_in(half_way), credential


def test_a_session_that_django_kept_is_read_for_as_long_as_it_lasts(db):
    kept = stock.SessionStore()
    kept["here"] = "since before"
    kept.save()
    assert SessionStore(kept.session_key)["here"] == "since before"
    Session.objects.update(expire_date=timezone.now())
    assert "here" not in SessionStore(kept.session_key)
    assert "here" not in SessionStore("0" * 32)
