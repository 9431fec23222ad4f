"""The dossier and the position page in a browser: quotes that open without scripts, days that swap only the part."""

import pytest
from django.urls import reverse

from issues.models import Citation, Position

from .. import valley


@pytest.fixture
def grass(transactional_db) -> str:
    """Return the address of an issue with three positions, two of them of one side, with a source each."""
    process = valley.create()
    for side, day, placement in (("hill", "2024-02-01", 20), ("hill", "2024-05-01", 40), ("plain", "2024-03-01", 90)):
        held = valley.hold(process, side, day, placement, headline=f"{side} since {day}")
        valley.cite(held, quote=f"words of {day}", quote_url="https://example.org/minutes")
        valley.cite(held, quote="other words", relation="contradicts", order=2)
    return reverse("issues:issue-detail", args=["valley", "grass"])


@pytest.mark.parametrize("scripts", [True, False])
def test_a_superscript_opens_its_quote_with_and_without_scripts(new_context, base_url, grass, scripts):
    page = new_context(java_script_enabled=scripts).new_page()
    page.goto(base_url + grass)
    words = page.get_by_text("“words of 2024-05-01”")
    assert not words.is_visible()
    page.locator("#side-hill .cite").first.click()
    words.wait_for(state="visible")
    assert not page.locator("#side-plain blockquote").first.is_visible()
    # By hand, then: the row's own summary opens and closes it.
    page.get_by_role("link", name="Back to the claim").click()
    words.wait_for(state="hidden")
    page.locator("#side-hill .sources summary").first.click()
    words.wait_for(state="visible")
    page.locator("#side-hill .sources summary").first.click()
    words.wait_for(state="hidden")


def test_a_quote_opens_by_its_address_by_keyboard_and_on_paper(page, grass):
    citation = Citation.objects.get(quote="words of 2024-03-01")
    page.goto(f"{grass}#source-{citation.pk}")
    page.get_by_text("“words of 2024-03-01”").wait_for(state="visible")
    other = page.get_by_text("“words of 2024-05-01”")
    assert not other.is_visible()
    page.locator("#side-hill .cite").first.focus()
    page.keyboard.press("Enter")
    other.wait_for(state="visible")
    page.goto(grass)
    assert not other.is_visible()
    page.emulate_media(media="print")
    assert other.is_visible()
    after = "e => getComputedStyle(e, '::after').content"
    assert "https://example.org/minutes" in page.locator(".sources-where a").first.evaluate(after)


def test_a_new_day_swaps_the_part_and_back_returns(page, grass):
    page.goto(grass)
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Previous change").click()
    page.wait_for_url("**/?on=2024-05-01")
    page.get_by_role("link", name="Previous change").click()
    page.wait_for_url("**/?on=2024-03-01")
    page.locator("#side-hill").get_by_text("hill since 2024-02-01").wait_for()
    assert "on 1 March 2024" in page.title() and page.locator("#dossier").count() == 1
    assert page.evaluate("window.stayed")
    page.go_back()
    page.locator("#side-hill").get_by_text("hill since 2024-05-01").wait_for()
    assert page.locator("header.site-header").count() == 1


def test_a_day_can_be_chosen_without_scripts(new_context, base_url, grass):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(base_url + grass)
    page.get_by_label("On", exact=True).fill("2024-03-15")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/?on=2024-03-15")
    assert page.get_by_text("What the sides held on 15 March 2024.").is_visible()


def test_neither_page_scrolls_sideways(page, grass):
    held = Position.objects.filter(side__slug="hill").first()
    page.set_viewport_size({"width": 320, "height": 700})
    for address in (grass, reverse("issues:position-detail", args=[held.pk])):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
