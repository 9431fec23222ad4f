"""An open page in a browser: it offers what changed, moves nothing by itself, and shows it where the reader is."""

import pytest
from django.urls import reverse

from .. import valley
from ..conftest import Person
from ..test_live import change
from .axe import fit_for_all


@pytest.fixture
def process(transactional_db):
    """Return a small record, with enough of it to scroll."""
    process = valley.create()
    valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body="\n\n".join(["Words."] * 40))
    return process


def test_a_change_is_offered_within_ten_seconds_and_shown_in_place(page, process):
    otto = Person.called("otto").joins(process, "analyst")
    page.clock.install()
    page.goto(reverse("issues:issue-detail", args=["valley", "grass"]))
    page.evaluate("window.stayed = true; scrollTo(0, 300)")
    before = page.locator("main").inner_text()
    change(process, otto.user, headline="Close the slope", reason="Misheard")
    offer = page.locator("#offer")
    page.clock.run_for(10_000)
    offer.get_by_text("otto changed 1 position: “Misheard”").wait_for()
    assert page.locator("main").inner_text() == before and page.evaluate("scrollY") == 300
    fit_for_all(page)
    top = page.evaluate("scrollY")
    offer.get_by_role("link", name="Show").click()
    page.get_by_text("Close the slope").first.wait_for()
    page.wait_for_function("!document.getElementById('offer').childElementCount")
    assert page.evaluate("window.stayed && document.activeElement.id") == "main"
    assert page.evaluate("scrollY") == top and page.locator("main").count() == 1


def test_who_does_not_want_it_now_is_left_alone_until_the_next_change(page, process):
    page.clock.install()
    page.goto(reverse("issues:process-detail", args=["valley"]))
    change(process, reason="The first")
    page.clock.run_for(9_000)
    page.get_by_role("button", name="Not now").click()
    with page.expect_response("**/news/**") as answer:
        page.clock.run_for(9_000)
    assert answer.value.status == 204 and not page.locator("#offer").inner_text()
    change(process, reason="The second")
    page.clock.run_for(9_000)
    page.locator("#offer").get_by_text("The second").wait_for()


def test_a_page_asks_less_and_less_of_a_server_that_does_not_answer(page, process, watch):
    asked = []
    page.route("**/news/**", lambda route: (asked.append(route.request.url), route.fulfill(status=503)))
    page.clock.install()
    page.goto(reverse("issues:process-detail", args=["valley"]))
    for _ in range(14):
        page.clock.run_for(8_000)
        page.wait_for_timeout(30)
    assert len(asked) == 3
    for _ in asked:
        watch.expect("503")
    assert not page.locator("#offer").inner_text() and not page.locator("#notice").inner_text()
