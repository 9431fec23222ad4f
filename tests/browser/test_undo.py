"""Taking back in a browser: undo and restore from the history of a thing, by keyboard and without scripts."""

import pytest
from django.urls import reverse

from issues import history
from issues.models import Position

from .. import valley
from ..conftest import Person
from .axe import violations


@pytest.fixture
def held(transactional_db) -> Position:
    """Return a position that was corrected once, in change 3."""
    held = valley.hold(valley.create(), "hill", "2024-02-01", 20, headline="Open the slope")
    with history.changeset(held.process, reason="Misheard") as door:
        door.update(held, headline="Close the slope")
    return held


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize(("offer", "does"), [("Restore the version of change 2", "restore"), ("Undo change 3", "undo")])
def test_an_earlier_version_comes_back_from_the_history(offer, does, scripts, held, new_context, sign_in):
    context = new_context(java_script_enabled=scripts)
    sign_in(Person.called("alma").joins(held.process, "analyst"), context)
    page = context.new_page()
    page.goto(reverse("issues:position-history", args=[held.pk]))
    summary = page.locator("summary", has_text=offer)
    summary.focus()
    page.keyboard.press("Enter")
    if scripts and does == "undo":
        assert not violations(page)
    form = page.locator(f"form[action$='/{does}/']")
    form.locator("[name=reason]").fill("It was right")
    page.keyboard.press("Enter")
    page.get_by_text("as change 4.").wait_for()
    held.refresh_from_db()
    assert held.headline == "Open the slope"
    assert held.process.changesets.order_by("-number").first().reason == "It was right"
