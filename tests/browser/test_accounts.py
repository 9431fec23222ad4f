"""Accounts in a real Chromium: every page fit for all, second factors at work, nothing left behind after sign-out."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from issues import people

from ..conftest import PASSWORD
from ..test_accounts import code, confirmed
from .axe import fit_for_all, violations

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "A" * 32
PUBLIC = ["account_signup", "account_inactive", "account_reset_password", "account_reset_password_done"]
OWN = [
    *("account", "account_change_password", "account_sessions", "account_logout", "mfa_index", "mfa_activate_totp"),
    *("mfa_list_webauthn", "mfa_add_webauthn", "account_reauthenticate"),
]
PROTECTED = ["mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_reauthenticate"]


@pytest.fixture(autouse=True)
def uncounted():
    """Leave no attempts counted: the table of the cache is not emptied with the others."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def passkey(page):
    """Give the page's browser a device that makes and opens passkeys without asking."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return lambda: devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]


def enter(page, name="carl"):
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_every_page_is_fit_for_all(page, carl, sign_in):
    look_at(page, PUBLIC)
    sign_in(confirmed(carl))
    look_at(page, OWN)
    TOTP.activate(carl.user, SECRET)
    carl.post(reverse("mfa_generate_recovery_codes"))
    look_at(page, PROTECTED)


def look_at(page, names):
    for name in names:
        page.goto(reverse(name))
        assert urlsplit(page.url).path == reverse(name)
        fit_for_all(page)


def test_the_people_of_a_process_and_an_invitation_are_fit_for_all(page, carl, talks, sign_in):
    _, token = people.invite(talks, "somebody-with-a-long-name@a-long-name-too.example.org", "curator", carl.user)
    page.goto(reverse("issues:invitation-detail", args=[token]))
    fit_for_all(page)
    sign_in(carl)
    page.goto(reverse("issues:people-list", args=[talks.slug]))
    fit_for_all(page)


def test_what_goes_wrong_is_fit_for_all_too(page, vera, watch):
    for _ in range(4):
        vera.post(reverse("account_login"), {"login": "nobody", "password": PASSWORD})
    enter(page, "nobody")
    page.get_by_role("alert").wait_for()
    assert not violations(page)
    watch.expect("429")
    enter(page, "nobody")
    assert page.get_by_label("Username").input_value() == "nobody"
    assert not violations(page)


@pytest.fixture
def remembering(browser_type, browser_type_launch_args, watch, base_url):
    """Return a page of a browser that keeps whole pages for Back, as browsers do and test browsers do not."""
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"])
    context = browser.new_context(base_url=base_url)
    watch.follow(context)
    yield context.new_page()
    browser.close()


def test_after_sign_out_back_shows_nothing_personal(remembering, rita, back_channel, watch):
    page = remembering
    enter(page, "rita")
    page.goto(back_channel.get_absolute_url())
    assert page.get_by_role("heading", level=1).is_visible() and "Back channel" in page.content()
    page.goto("/accounts/")
    page.locator(".account-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    watch.expect("404")  # the private process, which is asked for again
    for _ in range(2):
        page.go_back(wait_until="commit", timeout=5000)
        page.locator("h1").wait_for()
        assert "rita" not in page.content() and "Back channel" not in page.content(), page.url


def test_an_authenticator_app_is_set_up_and_asked_for(page, carl, one_half_minute):
    enter(page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_role("img", name="QR code for an authenticator app").is_visible()
    secret = page.locator(".key").inner_text()
    page.get_by_label("Authenticator code").fill(code(secret))
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator(".codes li").count() == 10
    page.context.clear_cookies()
    enter(page)
    page.get_by_role("heading", name="Your second factor").wait_for()
    assert not violations(page)
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Sign in").click()
    page.locator(".account-menu").wait_for()


def test_a_passkey_is_made_and_signs_in_by_itself_and_as_second_factor(page, carl, sign_in, passkey):
    confirmed(carl)
    sign_in(carl)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert len(passkey()) == 1
    page.goto("/accounts/2fa/webauthn/")
    assert page.get_by_text("Work laptop").first.is_visible()
    assert not violations(page)

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/codebook/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/codebook/")
    assert page.locator(".account-menu").is_visible()

    page.context.clear_cookies()
    enter(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.locator(".account-menu").wait_for()


def test_a_passkey_that_is_refused_says_so(page):
    page.goto("/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('no')) }")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("alert").wait_for()
    assert "sign in with your password" in page.get_by_role("alert").inner_text()


def test_invited_without_javascript(new_context, carl, talks):
    carl.post(reverse("issues:people-invite", args=[talks.slug]), {"email": "new@example.org", "role": "analyst"})
    page = new_context(java_script_enabled=False).new_page()
    page.goto(urlsplit(re.search(r"http://\S+", mail.outbox[0].body)[0]).path)
    page.get_by_role("button", name="Accept with a new account").click()
    fields = {"Username": "nora", "Password": "a river that nobody has named"}
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Create the account").click()
    assert urlsplit(page.url).path == talks.get_absolute_url()
    assert page.locator(".account-menu").get_by_text("nora").is_visible()
    assert not page.get_by_role("button", name="passkey").is_visible()
