"""Searching in a browser: from any page by a key, results while one types, along them by keyboard, and back."""

import pytest
from django.urls import reverse

from .. import valley
from .axe import fit_for_all


@pytest.fixture
def process(transactional_db):
    """Return a small record in which there is something to find."""
    process = valley.create()
    valley.add(
        valley.briefing(process, "protocol", "2024-03-01", title="Protocol of the well", abstract="By the well.")
    )
    valley.hold(process, "hill", "2024-02-01", 20, headline="Open the well in May")
    return process


def test_find_something_by_keyboard_alone(page, process):
    address = reverse("issues:search", args=["valley"])
    page.goto(process.get_absolute_url())
    page.keyboard.press("/")
    page.locator(".site-search input:focus").wait_for()
    page.keyboard.type("prot")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}?q=prot")
    page.locator(".result mark", has_text="Prot").wait_for()
    page.evaluate("window.stayed = true")
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.type("well")
    page.locator(".result mark", has_text="well").first.wait_for()
    page.wait_for_url(f"**{address}?q=well")
    assert page.locator("#count").inner_text() == "2 results for “well”"
    assert page.locator("#n-kind-position").inner_text() == "1"
    assert page.evaluate("document.activeElement.id") == "search-box" and page.evaluate("window.stayed")
    fit_for_all(page)
    page.get_by_label("Briefings").check()
    page.locator(".chip", has_text="Briefings").wait_for()
    page.locator("#search-box").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Protocol of the well"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "search-box"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/briefings/protocol/")
    page.go_back()
    page.locator(".result mark", has_text="well").first.wait_for()
    assert page.url.endswith(f"{address}?q=well&kind=briefing")
