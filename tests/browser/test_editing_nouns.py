"""Briefings, compromises, links and sources, edited in place in a browser by keyboard."""

import pytest
from django.urls import reverse

from issues.models import CompromiseLink

from .. import valley
from ..conftest import Person
from .axe import fit_for_all


@pytest.fixture
def alma(transactional_db, sign_in) -> Person:
    """Analyse a small record, in this browser."""
    process = valley.create()
    one, two = (valley.propose(process, number, ("2024-02-01", "suggested")) for number in (1, 2))
    valley.add(CompromiseLink(process=process, source=one, target=two, kind="follows", basis="logic"))
    valley.cite(one, quote="words of the minutes")
    person = Person.called("alma").joins(process, "analyst")
    sign_in(person)
    return person


# What opens the form, and on which page; its first field; what is typed, into which field, and where it then stands.
PLACES = {
    "briefing": (
        "[id^=edit-briefing]",
        "briefing-detail",
        "minutes",
        "title",
        "abstract",
        "They met.",
        ".lede",
    ),
    "compromise": ("#edit-compromise-1", "compromise-detail", 1, "headline", "body", "Half of it.", "#claim .prose"),
    "link": ("#add-link", "compromise-detail", 1, "kind", "grounds", "They say so.", "#compromise .results"),
    "source": (".sources-edit", "compromise-detail", 1, "relation", "locator", "page 7", ".sources"),
}


def test_each_is_edited_where_it_stands_by_keyboard_and_the_focus_comes_back(page, alma):
    for name in PLACES:
        edit(page, name)


def edit(page, name):
    opener, view, key, first, field, words, where = PLACES[name]
    page.goto(reverse(f"issues:{view}", args=["valley", key]))
    page.evaluate("window.stayed = true")
    if name == "source":
        page.locator(".sources summary").focus()
        page.keyboard.press("Enter")
    page.locator(opener).focus()
    page.keyboard.press("Enter")
    page.locator(f"form.edit-form [name={first}]:focus").wait_for()
    for fold in page.locator("form.edit-form summary").all():
        fold.click()
    fit_for_all(page)
    if name == "link":
        page.get_by_label("Requires").check()
        page.get_by_label("The other compromise").select_option(label="C2 Concession 2")
        page.get_by_label("What says so").select_option("logic")
    page.locator(f"form.edit-form [name={field}]").fill(words)
    page.get_by_label("What changed, and why").fill("Put right")
    page.keyboard.press("Control+Enter")
    page.locator("#notice .is-done").wait_for()
    assert page.locator("form.edit-form").count() == 0 and page.evaluate("window.stayed")
    back = "[id^=about-source]" if name == "source" else opener
    page.locator(f"{back}:focus").wait_for()
    if name == "source":
        page.keyboard.press("Enter")
    page.locator(where).get_by_text(words).wait_for()
