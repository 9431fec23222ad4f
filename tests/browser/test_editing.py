"""Editing in a browser: by keyboard, in place, in conflict, without scripts, and reachable for everyone."""

import pytest
from django.urls import reverse

from issues import history
from issues.models import Position

from .. import valley
from ..conftest import Person
from .axe import fit_for_all, violations


@pytest.fixture
def held(transactional_db) -> Position:
    """Return a position in a small record."""
    process = valley.create()
    valley.hold(process, "plain", "2024-02-01", 80)
    held = valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body="One. Two. Three.")
    valley.cite(held, quote="words of the minutes")
    return held


@pytest.fixture
def alma(held, sign_in) -> Person:
    """Analyse the valley, in this browser."""
    person = Person.called("alma").joins(held.process, "analyst")
    sign_in(person)
    return person


@pytest.fixture
def grass(held) -> str:
    """Return the address of the dossier."""
    return reverse("issues:issue-detail", args=["valley", "grass"])


def change(held, **fields):
    """Let someone else save the position."""
    with history.changeset(held.process, reason="Meanwhile") as door:
        door.update(Position.objects.get(pk=held.pk), **fields)


def opened(page, address, held):
    """Open a page and the form in it by keyboard."""
    page.goto(address)
    page.evaluate("window.stayed = true")
    page.locator(f"#edit-position-{held.pk}").focus()
    page.keyboard.press("Enter")
    page.locator("[name=headline]:focus").wait_for()


@pytest.mark.parametrize("where", ["dossier", "positions"])
def test_edit_and_save_by_keyboard_alone(where, page, alma, held, grass):
    opened(page, grass if where == "dossier" else held.get_absolute_url(), held)
    page.keyboard.press("Control+A")
    page.keyboard.type("Close the slope")
    for _ in range(30):
        if page.evaluate("document.activeElement.name") == "reason":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("Misheard")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Saved as version 2.").wait_for()
    page.locator(f"#position-{held.pk}").get_by_text("Close the slope").wait_for()
    page.locator(f"#edit-position-{held.pk}:focus").wait_for()
    assert page.evaluate("window.stayed") and page.locator(f"#{where}").count() == 1
    assert page.locator("form.edit-form").count() == 0
    held.refresh_from_db()
    assert held.headline == "Close the slope"


def test_escape_cancels_and_asks_only_if_something_was_typed(page, alma, held, grass):
    asked = []
    page.on(
        "dialog",
        lambda dialog: (asked.append(dialog.message), dialog.dismiss() if len(asked) == 1 else dialog.accept()),
    )
    opened(page, grass, held)
    page.keyboard.press("Escape")
    page.locator(f"#edit-position-{held.pk}:focus").wait_for()
    assert not asked
    page.keyboard.press("Enter")
    page.locator("[name=headline]:focus").wait_for()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    assert asked == ["Discard what you typed?"] and page.locator("form.edit-form").count() == 1
    page.keyboard.press("Escape")
    page.locator("form.edit-form").wait_for(state="detached")
    held.refresh_from_db()
    assert held.version == 1


def test_what_cannot_be_saved_stays_in_place_with_the_focus_where_it_is_wrong(page, alma, held, grass, watch):
    opened(page, grass, held)
    fit_for_all(page)
    page.locator("[name=headline]").fill("   ")
    page.locator("[name=reason]").fill("Why not")
    watch.expect("422")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Give the position in one line.").wait_for()
    page.locator("[name=headline]:focus").wait_for()
    fit_for_all(page)
    assert page.locator("[name=reason]").input_value() == "Why not"
    assert page.locator(f"#position-{held.pk} form.edit-form").count() == 1 and page.url.endswith(grass)


def test_a_conflict_is_seen_and_merged(page, alma, held, grass, watch):
    opened(page, grass, held)
    page.locator("[name=body]").fill("One, they say. Two. Three.")
    page.locator("[name=reason]").fill("As they say")
    change(held, body="One. Two. Three. Four.", confidence="low")
    watch.expect("409")
    page.keyboard.press("Control+Enter")
    heading = page.get_by_role("heading", name="Someone saved this position while you were editing")
    heading.wait_for(state="visible")
    page.locator(".conflict-head h3:focus").wait_for()
    assert page.locator(".versions ins").all_inner_texts() == [" Four.", "One, they say."]
    assert page.locator("[name=body]").input_value() == "One, they say. Two. Three. Four."
    assert page.get_by_label("Merged, as below").is_checked()
    assert page.evaluate("window.stayed")
    fit_for_all(page)
    page.locator("[name=body]").press("End")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Saved as version 3.").wait_for()
    held.refresh_from_db()
    assert (held.body, held.confidence) == ("One, they say. Two. Three. Four.", "low")


def test_everything_works_without_scripts(new_context, base_url, alma, sign_in, held, grass, watch):
    context = new_context(java_script_enabled=False)
    sign_in(alma, context)
    page = context.new_page()
    page.goto(base_url + grass)
    page.get_by_role("link", name="Edit the position of Hill farmers").click()
    page.get_by_label("Position", exact=True).fill("One, they say. Two. Three.")
    page.get_by_label("What changed, and why").fill("As they say")
    change(held, body="One. Two. Three. Four.")
    watch.expect("409")
    page.get_by_role("button", name="Save position").click()
    page.get_by_role("heading", name="Someone saved this position while you were editing").wait_for()
    page.get_by_role("button", name="Save over version 2").click()
    page.wait_for_url(f"**{grass}#position-{held.pk}")
    page.get_by_text("Saved as version 3.").wait_for()
    assert page.locator(f"#position-{held.pk}").get_by_text("One, they say. Two. Three. Four.").is_visible()


def test_the_forms_of_their_own_are_fit_for_all_with_faults_and_in_conflict_too(page, alma, held, watch):
    valley.propose(held.process, 1, ("2024-02-01", "suggested"))
    for name, arguments, query in (
        ("position-new", ["valley", "grass"], "?side=town"),
        ("compromise-status", ["valley", 1], ""),
        ("position-edit", [held.pk], ""),
    ):
        page.goto(reverse(f"issues:{name}", args=arguments) + query)
        fit_for_all(page)
    page.locator("[name=headline]").fill("  ")
    page.locator("[name=reason]").fill("  ")
    watch.expect("422")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing was saved yet.").wait_for()
    fit_for_all(page)
    page.locator("[name=headline]").fill("Mine")
    page.locator("[name=reason]").fill("Because")
    change(held, headline="Theirs")
    watch.expect("409")
    page.keyboard.press("Control+Enter")
    page.locator(".conflict-head").wait_for()
    fit_for_all(page)


def test_a_status_is_changed_in_place_by_keyboard(page, alma, held, grass, watch):
    valley.propose(held.process, 1, ("2024-02-01", "suggested"))
    page.goto(grass)
    page.evaluate("window.stayed = true")
    page.locator("#edit-c1").focus()
    page.keyboard.press("Enter")
    page.locator("[name=status]:focus").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.locator("[name=reason]").fill("Heard it")
    watch.expect("422")
    page.keyboard.press("Control+Enter")
    page.get_by_text("A status past “suggested” needs the briefing that it rests on.").wait_for()
    page.locator("[name=briefing]:focus").wait_for()
    assert not violations(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    page.get_by_text("C1 is recorded as").wait_for()
    page.locator("#edit-c1:focus").wait_for()
    assert page.evaluate("window.stayed") and held.process.content_version
    assert page.locator("#c1 .status-history li").count() == 2


def test_a_new_position_is_recorded_with_its_source_without_scripts(new_context, base_url, alma, sign_in, grass):
    context = new_context(java_script_enabled=False)
    sign_in(alma, context)
    page = context.new_page()
    page.goto(base_url + grass)
    page.get_by_role("link", name="New position of Townspeople").click()
    page.get_by_label("Headline").fill("Leave it open")
    page.get_by_label("Held since").fill("2024-05-01")
    page.locator("label:has([name=confidence][value=high])").click()
    page.get_by_label("Find a passage or a briefing").fill("minutes")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.locator(".picker-result", has_text="Minutes").first.click()
    page.get_by_label("Its exact words").fill("leave it")
    page.get_by_label("What changed, and why").fill("They said so")
    page.get_by_role("button", name="Record position").click()
    page.get_by_text("The new position is recorded.").wait_for()
    assert page.get_by_role("link", name="Leave it open").first.is_visible()
