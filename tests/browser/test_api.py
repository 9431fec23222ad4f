"""The page about the API and the page of tokens in a real Chromium: fit for all, and usable without scripts."""

import pytest

from issues.models import Token

from ..test_accounts import confirmed
from .axe import fit_for_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_about_the_api_is_fit_for_all(page, live_server):
    page.goto("/api/#position-new")
    for key in ("position-list", "position-new", "shape-Position"):
        page.locator(f"#{key} > summary").click()
    page.get_by_text("Your own name for this request.").first.wait_for()
    fit_for_all(page)


def test_it_is_read_without_scripts_and_by_keyboard(new_context, base_url):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{base_url}/api/")
    page.locator("#step-new > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#step-new").get_by_text("after", exact=True).wait_for()
    assert "Idempotency-Key" in page.locator("#step-new pre").inner_text()


def test_a_token_is_made_shown_once_and_revoked(page, anna, sign_in):
    sign_in(confirmed(anna))
    page.goto("/accounts/tokens/")
    page.get_by_label("What it is for").fill("Notebook")
    page.get_by_label("What it may do").select_option("write")
    page.get_by_role("button", name="Make the token").click()
    page.locator(".secret").wait_for()
    assert page.locator(".secret").inner_text().startswith("pt_")
    fit_for_all(page)
    page.get_by_role("button", name="Revoke the token Notebook").click()
    page.get_by_text("The token is revoked").wait_for()
    assert not Token.objects.exists() and page.locator(".secret").count() == 0
