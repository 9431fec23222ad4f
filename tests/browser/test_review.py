"""An analyst suggests and a curator decides by keys: what fits, what parts, and what is declined."""

import pytest
from django.urls import reverse

from issues import history
from issues.models import Position, Process, Suggestion

from .. import valley
from ..conftest import Person
from .axe import fit_for_all

LIST = "/processes/valley/suggestions/"


@pytest.fixture
def held(transactional_db) -> Position:
    """Return a position in a small record that asks for review."""
    held = valley.hold(valley.create(), "hill", "2024-02-01", 20, headline="Open the slope", body="One. Two.")
    with history.changeset(held.process, reason="Ask for review") as door:
        door.update(Process.objects.get(pk=held.process_id), asks_review=True)
    return held


@pytest.fixture
def two(held, new_context, sign_in):
    """Return a page of an analyst's and of a curator's own browser."""
    found = []
    for name, role in (("alma", "analyst"), ("cora", "curator")):
        context = new_context()
        sign_in(Person.called(name).joins(held.process, role), context)
        found.append(context.new_page())
    return found


def suggest(page, held, base_url, **fields):
    """Open the form where the position stands, type, save by keyboard, and wait for what is said."""
    page.goto(base_url + held.get_absolute_url())
    page.locator(f"#edit-position-{held.pk}").click()
    page.locator("[name=headline]:focus").wait_for()
    assert page.get_by_text("your change will be looked at by a curator before it shows").count() == 1
    for name, value in (fields | {"reason": "As heard"}).items():
        page.locator(f".edit-form [name={name}]").fill(value)
    page.keyboard.press("Control+Enter")
    page.locator("#notice").get_by_text("waits for a curator").wait_for()


def states():
    return list(Suggestion.objects.order_by("pk").values_list("state", flat=True))


def test_an_analyst_suggests_and_a_curator_decides_by_keys(two, held, base_url, watch):
    alma, cora = two
    for fields in (
        {"headline": "Close the slope"},
        {"body": "One. Two. Three."},
        {"headline": "Close the upper slope"},
    ):
        suggest(alma, held, base_url, **fields)
    assert alma.locator(".waiting li").count() == 3
    alma.locator(".waiting a").first.click()
    alma.get_by_text("It waits for a curator.").wait_for()
    fit_for_all(alma)

    cora.goto(base_url + LIST)
    rows = cora.locator(".suggestion")
    assert rows.count() == 3 and cora.locator(".site-nav .nav-count").inner_text().startswith("3")
    fit_for_all(cora)
    # The first has the focus; down to the second and the third, and up again: the first is accepted.
    for key, at in (("j", 1), ("j", 2), ("j", 2), ("k", 1), ("k", 0)):
        cora.keyboard.press(key)
        assert rows.nth(at).evaluate("row => row === document.activeElement"), key
    cora.keyboard.press("a")
    cora.get_by_text("is accepted, as change").wait_for()
    held.refresh_from_db()
    assert (held.headline, states()) == ("Close the slope", ["accepted", "pending", "pending"])

    # What touches another field merges by itself; what touches the same one shows both.
    cora.locator(".suggestion:focus").wait_for()
    cora.keyboard.press("a")
    cora.get_by_text("is accepted, as change").wait_for()
    cora.locator(".suggestion:focus").wait_for()
    watch.expect("409")
    cora.keyboard.press("a")
    cora.get_by_text("alma saved this position while you were editing").wait_for()
    cora.locator(".edit-form [name=headline]").fill("Close most of the slope")
    cora.locator(".edit-form .button-primary").click()
    cora.get_by_text("Nothing waits").wait_for()
    held.refresh_from_db()
    assert (held.headline, held.body) == ("Close most of the slope", "One. Two. Three.")
    assert states() == ["accepted"] * 3 and Suggestion.objects.latest("pk").is_edited

    # Accepted with edits in its own form, and declined with a reason; its author reads what became of both.
    for headline in ("Close it", "Open it"):
        suggest(alma, held, base_url, headline=headline)
    cora.goto(base_url + LIST)
    cora.keyboard.press("e")
    cora.locator("[name=headline]:focus").wait_for()
    assert cora.locator("[name=headline]").input_value() == "Close it"
    cora.locator("[name=headline]").fill("Close it all")
    cora.keyboard.press("Control+Enter")
    cora.get_by_text("is accepted, as change").wait_for()
    cora.keyboard.press("d")
    cora.keyboard.type("They said the opposite")
    cora.keyboard.press("Enter")
    cora.get_by_text("its author sees why").wait_for()
    alma.goto(base_url + held.get_absolute_url())
    alma.get_by_text("Close it all").first.wait_for()
    assert "They said the opposite" in alma.locator(".waiting").inner_text()
    assert list(history.verify(Process.objects.get())) == []


def test_without_scripts_everything_is_a_link_or_a_button(held, new_context, sign_in, base_url):
    for n in range(3):
        valley.suggest(held, title=f"Suggestion {n}")
    context = new_context(java_script_enabled=False)
    sign_in(Person.called("cora").joins(held.process, "curator"), context)
    page = context.new_page()
    page.goto(base_url + LIST)
    page.locator(".decline summary").first.click()
    page.locator("[name=answer]").first.fill("Not so")
    page.get_by_role("button", name="Decline it").click()
    page.get_by_text("its author sees why").wait_for()
    for box in page.locator("[name=pick]").all():
        box.check()
    page.get_by_label("Why they are declined").fill("Neither")
    page.get_by_role("button", name="Decline all ticked").click()
    page.get_by_text("2 suggestions declined.").wait_for()
    assert states() == ["declined"] * 3
    page.goto(base_url + reverse("issues:suggestion-detail", args=["valley", Suggestion.objects.first().pk]))
    assert "Not so" in page.locator("main").inner_text()
