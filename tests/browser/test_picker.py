"""Citing in a browser: by keyboard alone, checked while typing, and reachable for everyone with the picker open."""

import pytest
from django.urls import reverse

from .. import valley
from ..conftest import Person
from .axe import fit_for_all

TEXT = "They met. We open the well in May. They parted. Later: We open the well in May. That was all."


@pytest.fixture
def held(transactional_db):
    """Return a position in a small record with a stored text."""
    process = valley.create()
    valley.add(valley.briefing(process, "protocol", "2024-03-01", title="Protocol of the well", text=TEXT))
    return valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body="One.")


@pytest.fixture
def alma(held, sign_in) -> Person:
    """Analyse the valley, in this browser."""
    person = Person.called("alma").joins(held.process, "analyst")
    sign_in(person)
    return person


@pytest.fixture
def form(page, alma, held):
    """Open the form of the position in the dossier, with something typed into it already."""
    page.goto(reverse("issues:issue-detail", args=["valley", "grass"]))
    page.evaluate("window.stayed = true")
    page.locator(f"#edit-position-{held.pk}").focus()
    page.keyboard.press("Enter")
    page.locator("[name=headline]:focus").wait_for()
    page.keyboard.press("End")
    page.keyboard.type(" wide")
    return page.locator("form.edit-form")


def tab_to(page, condition):
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({condition!r})"):
            return
    raise AssertionError(f"Tab never reached {condition}")


def test_cite_from_the_picker_by_keyboard_alone(page, form, held):
    tab_to(page, "[name=find]")
    page.keyboard.type("par")
    page.locator(".picker-result mark", has_text="par").wait_for()
    assert page.locator(".picker-status").inner_text() == "1 passage"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "picker-result"
    page.keyboard.press("Enter")
    page.locator("select[name=source-1-relation]:focus").wait_for()
    page.get_by_text("Found in the stored text, exactly.").wait_for()
    tab_to(page, "[name=reason]")
    page.keyboard.type("Heard it")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Saved as version 2. The source is added.").wait_for()
    assert page.evaluate("window.stayed")
    held.refresh_from_db()
    cited = held.citations.get()
    assert held.headline == "Open the slope wide" and cited.quote == "They parted."
    assert cited.prefix.endswith("in May. ") and cited.suffix.startswith(" Later")


def test_words_are_checked_while_they_are_typed_and_of_several_places_one_is_chosen(page, form, held):
    page.get_by_label("Find a passage").fill("protocol")
    page.locator(".picker-result", has_text="cites the document as a whole").first.click()
    words = page.get_by_label("Its exact words")
    words.fill("We shut the well")
    words.press("Tab")
    page.get_by_text("Not found in the stored text").wait_for()
    words.fill("We open the well")
    words.press("Tab")
    page.get_by_text("Choose the one that is meant").wait_for()
    page.locator("[name=source-1-place]").nth(1).check()
    page.get_by_label("What changed, and why").fill("Heard it")
    page.keyboard.press("Control+Enter")
    page.get_by_text("The source is added.").wait_for()
    assert "Later:" in held.citations.get().prefix


def test_enter_in_the_picker_saves_nothing_what_was_picked_is_asked_about_and_all_is_fit_for_all(page, form, held):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_label("Find a passage").fill("well")
    page.keyboard.press("Enter")
    page.locator(".picker-result").first.wait_for()
    assert page.locator("[name=headline]").input_value() == "Open the slope wide"
    fit_for_all(page)
    page.get_by_role("button", name="Add it here").click()
    # Until the focus is there: what is filled in before goes where the focus goes.
    page.locator("[name=source-1-title]:focus").wait_for()
    page.get_by_label("Find a passage").fill("protocol")
    page.locator(".picker-result", has_text="cites the document as a whole").first.click()
    page.locator("select[name=source-2-relation]:focus").wait_for()
    page.get_by_label("Its exact words").last.fill("We open the well")
    page.keyboard.press("Tab")
    page.get_by_text("Choose the one that is meant").wait_for()
    fit_for_all(page)
    page.keyboard.press("Escape")
    form.wait_for(state="detached")
    assert len(asked) == 1 and not held.citations.exists()


PAGE = """<!doctype html><title>Tab title</title><meta property="og:title" content="The well reopens">
<script type="application/ld+json">{"datePublished": "2024-04-02T08:00:00Z"}</script><p id=p>It opens again.</p>"""


def test_the_bookmark_brings_the_page_that_is_read_into_the_form(page, alma, held, base_url):
    clip = reverse("issues:clip-new", args=["valley"])
    page.goto(clip)
    code = page.get_by_label("Or make a bookmark by hand").input_value()
    assert page.get_by_role("link", name="Clip to Peacetracker").get_attribute("href") == code
    page.route("**/elsewhere*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto("/elsewhere?id=7#part")
    page.evaluate("getSelection().selectAllChildren(document.getElementById('p'))")
    with page.expect_popup() as opened:
        page.evaluate(code.removeprefix("javascript:"))
    form = opened.value
    form.wait_for_load_state()
    assert form.get_by_label("Title").input_value() == "The well reopens"
    assert form.get_by_label("Published").input_value() == "2024-04-02"
    assert form.get_by_label("Its exact words").input_value() == "It opens again."
    form.get_by_label("Which claim").select_option(index=1)
    form.get_by_role("button", name="Keep it").last.click()
    form.get_by_text("The source is added.").wait_for()
    assert held.citations.get().briefing.url == f"{base_url}/elsewhere?id=7#part"
    fit_for_all(form)
