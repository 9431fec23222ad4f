"""Looking back in a browser: from the board into the past by its own form, on within it, and to the present again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from .. import valley
from ..conftest import Person
from .axe import fit_for_all


@pytest.fixture
def anna(transactional_db, sign_in, monkeypatch) -> Person:
    """Analyse the valley, where something was recorded an hour ago and again half an hour ago."""
    now = timezone.now()
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: now - timedelta(hours=1))
        process = valley.create()
        valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")
        patch.setattr(timezone, "now", lambda: now - timedelta(minutes=30))
        valley.hold(process, "hill", "2024-03-01", 70, headline="Close the slope")
    person = Person.called("anna").joins(process, "analyst")
    sign_in(person)
    return person


def test_anna_looks_back_goes_on_within_the_moment_and_returns(page, anna):
    page.goto("/processes/valley/")
    page.get_by_text("As recorded on…").click()
    moment = timezone.make_naive(timezone.now() - timedelta(minutes=45))
    page.get_by_label("As recorded on", exact=True).fill(moment.isoformat(timespec="seconds"))
    page.get_by_role("button", name="Look back").click()
    banner = page.get_by_text("As this tracker had recorded it by")
    banner.wait_for()
    fit_for_all(page)
    with page.expect_response("**/processes/valley/?**"):
        page.get_by_label("Gaps between").select_option("all")
    page.wait_for_url("**between=all**as_of=**")
    assert "Close the slope" not in page.locator("main").inner_text() and banner.is_visible()
    page.locator(".matrix-title").first.click()
    page.get_by_role("heading", name="Grass").wait_for()
    assert "Open the slope" in page.locator("main").inner_text() and banner.is_visible()
    assert not page.get_by_role("link", name="Edit").count()
    page.get_by_role("link", name="The record as it is now").click()
    page.get_by_text("Close the slope").first.wait_for()
    assert page.get_by_role("link", name="Edit").count() and not banner.count()
