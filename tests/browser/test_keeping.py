"""A curator makes other talks, copies them, archives, deletes and brings them back; and the pages are fit for all."""

import pytest
from playwright.sync_api import expect

from issues.models import Issue, Process, Side

from .. import valley
from ..conftest import Person
from . import axe

pytestmark = pytest.mark.django_db(transaction=True)

SIDES = ("Cutters", "Boilers", "Carters")
ISSUES = ("Cutting", "Floods")  # the desk’s journey makes seven


@pytest.fixture
def cora(db) -> Person:
    return Person.called("cora").joins(valley.create(), "curator")


def add(page, kind):
    """Add a row, and wait until the page with it stands and the focus is in it."""
    names = "title" if kind == "issue" else "name"
    count = page.locator(f'input[name="{kind}"]').count()
    page.get_by_role("button", name="Add an issue" if kind == "issue" else "Add a side").click()
    expect(page.locator(f'input[name="{kind}"]')).to_have_count(count + 1)
    expect(page.locator(f'[name="{kind}-{count + 1}-{names}"]')).to_be_focused()


def test_talks_are_made_copied_archived_deleted_and_brought_back(new_context, watch, sign_in, cora):
    watch.expect("422")
    context = new_context(java_script_enabled=False)
    sign_in(cora, context)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="New talks").click()
    page.get_by_label("Name", exact=True).first.fill("Salt of the marsh")
    page.get_by_label("Question").first.fill("Who may cut salt?")
    page.get_by_label("Began on").fill("2024-03-01")
    add(page, "side")
    for number, name in enumerate(SIDES, 1):
        page.locator(f'[name="side-{number}-name"]').fill(name)
        page.locator(f'[name="side-{number}-short_label"]').fill(name)
    for _ in ISSUES[1:]:
        add(page, "issue")
    for number, title in enumerate(ISSUES, 1):
        page.locator(f'[name="issue-{number}-title"]').fill(title)
        page.locator(f'[name="issue-{number}-scale_low"]').fill(f"No {title.lower()}")
        page.locator(f'[name="issue-{number}-scale_high"]').fill(f"All {title.lower()}")
    page.locator('label:has([name="side-3-colour"][value="1"])').click()  # the first side has it
    page.get_by_role("button", name="Begin the talks").last.click()
    fault = page.locator(".field-error")
    expect(fault).to_contain_text("Too close to the colour of “Cutters”")
    expect(page.locator('[name="issue-2-scale_high"]')).to_have_value("All floods")
    page.locator('label:has([name="side-3-colour"][value="3"])').click()
    page.get_by_role("button", name="Begin the talks").last.click()
    expect(page.locator(".notice.is-done")).to_contain_text("“Salt of the marsh” is begun")
    made = Process.objects.get(name="Salt of the marsh")
    assert (Side.objects.filter(process=made).count(), Issue.objects.filter(process=made).count()) == (3, 2)

    whole = made.get_absolute_url() + "keeping/"
    page.goto(whole)
    page.get_by_role("link", name="New talks like these").click()
    expect(page.locator('[name="issue-2-title"]')).to_have_value("Floods")
    page.get_by_label("Name", exact=True).first.fill("Salt of the shore")
    page.get_by_label("Question").first.fill("And there?")
    page.get_by_label("Began on").fill("2025-03-01")
    page.get_by_role("button", name="Begin the talks").last.click()
    expect(page.get_by_text("“Salt of the shore” is begun")).to_be_visible()

    page.goto(whole)
    page.get_by_label("Why").fill("They signed")
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("The record of these talks is closed")).to_be_visible()
    page.get_by_role("link", name="Delete these talks").click()
    page.get_by_label("Their name in the address").fill(made.slug)
    page.get_by_label("Why").fill("Made to try it")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Salt of the marsh")).to_be_visible()
    page.locator("summary", has_text="Bring back").click()
    page.get_by_label("Why").fill("Needed after all")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("“Salt of the marsh” is back, as it was.")).to_be_visible()
    made.refresh_from_db()
    assert made.retired_at is None and made.archived_at


def test_the_pages_of_talks_as_a_whole_are_fit_for_all(page, watch, sign_in, cora):
    gone = valley.create("glen")
    cora.joins(gone, "curator")
    Person.called("alma").joins(Process.objects.get(slug="valley"), "analyst")
    cora.post("/processes/glen/delete/", {"typed": "glen", "reason": "Over", "key": "0" * 32})
    sign_in(cora)
    for path in (
        "/processes/new/?like=valley",
        "/processes/new/document/",
        "/processes/deleted/",
        "/processes/valley/keeping/",
        "/processes/valley/delete/",
        "/processes/valley/people/",
    ):
        page.goto(path)
        for fold in page.locator("main summary").all():
            fold.click()
        axe.fit_for_all(page)
    cora.post("/processes/valley/archive/", {"reason": "Over", "key": "1" * 32})
    page.goto("/processes/valley/")
    expect(page.get_by_text("The record of these talks is closed")).to_be_visible()
    axe.fit_for_all(page)
