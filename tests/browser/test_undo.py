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
def test_an_earlier_version_comes_back_from_the_history_and_that_is_undone(scripts, held, new_context, sign_in):
    context = new_context(java_script_enabled=scripts)
    sign_in(Person.called("alma").joins(held.process, "analyst"), context)
    page = context.new_page()
    for number, does, offer, headline in (
        (4, "restore", "Restore the version of change 2", "Open the slope"),
        (5, "undo", "Undo change 4", "Close the slope"),
    ):
        page.goto(reverse("issues:position-history", args=[held.pk]))
        page.locator("summary", has_text=offer).focus()
        page.keyboard.press("Enter")
        if scripts and does == "undo":
            assert not violations(page)
        page.locator(f"form[action$='/{does}/'] [name=reason]").fill(f"It was right to {does}")
        page.keyboard.press("Enter")
        page.get_by_text(f"as change {number}.").wait_for()
        held.refresh_from_db()
        assert held.headline == headline
        assert held.process.changesets.get(number=number).reason == f"It was right to {does}"
