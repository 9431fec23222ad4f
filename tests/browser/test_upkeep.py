"""Looking after the record in a browser: claim, dismiss and fix; merge, follow the old address, and undo."""

import pytest
from django.urls import reverse

from issues.models import Briefing, Citation, Position, Task

from .. import valley
from ..conftest import Person
from .axe import fit_for_all, violations


@pytest.fixture
def process(transactional_db):
    process = valley.create()
    valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")
    return process


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_lack_is_claimed_dismissed_and_fixed(scripts, process, new_context, sign_in):
    context = new_context(java_script_enabled=scripts)
    sign_in(Person.called("alma").joins(process, "analyst"), context)
    page = context.new_page()
    page.goto(reverse("issues:process-detail", args=[process.slug]))
    page.get_by_role("link", name="Upkeep").click()
    if scripts:
        page.locator(".upkeep").wait_for()
        fit_for_all(page)
        page.get_by_role("radio", name="No source").check()
        page.locator(".upkeep li").nth(1).wait_for(state="detached")
    row = page.locator(".upkeep li", has_text="Open the slope").filter(has_text="No source")
    row.get_by_role("button", name="Claim").press("Enter")
    page.get_by_text("1 row is claimed.").wait_for()
    assert row.get_by_text("Claimed by you").is_visible()
    row.get_by_role("checkbox").check()
    page.get_by_label("Why they may stay as they are").fill("Nobody wrote it down")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_text("1 row is dismissed.").wait_for()
    assert Task.objects.get().reason == "Nobody wrote it down" and row.count() == 0
    page.goto(reverse("issues:upkeep-list", args=[process.slug]) + "?kind=no-source&state=dismissed")
    row.get_by_role("link", name="Fix").click()
    page.locator("[name=headline]:focus").wait_for() if scripts else None
    page.locator("[name=headline]").fill("Open the slope in May")
    page.locator("[name=reason]").fill("Said so again")
    page.get_by_role("button", name="Save position").click()
    page.get_by_text("Saved as version 2").wait_for()
    assert Position.objects.get().version == 2
    page.goto(reverse("issues:upkeep-list", args=[process.slug]) + "?kind=no-source")
    page.get_by_text("It has changed since you dismissed it").wait_for()


def test_two_briefings_are_merged_the_old_address_leads_on_and_it_is_undone(process, new_context, sign_in):
    for slug, more in (("letter", {}), ("copy", {"author": "A. Writer"})):
        valley.add(valley.briefing(process, slug, "2024-01-09", title="Envoys meet at the river", **more))
    cited = valley.cite(Position.objects.get(), "copy")
    context = new_context()
    sign_in(Person.called("carl").joins(process, "curator"), context)
    page = context.new_page()
    for address in (
        reverse("issues:process-rules", args=[process.slug]),
        *(reverse("issues:bulk-edit", args=[process.slug, kind]) for kind in ("briefings", "positions")),
    ):
        page.goto(address)
        fit_for_all(page)
    page.goto(reverse("issues:duplicate-list", args=[process.slug]))
    assert not violations(page)
    page.get_by_role("link", name="Compare").click()
    fit_for_all(page)
    page.locator(f"[name=keeper][value='{Briefing.objects.get(slug='letter').pk}']").check()
    page.get_by_label("Why they are the same").fill("One text, sent twice")
    page.get_by_role("button", name="Merge them").click()
    page.get_by_text("They are one briefing now").wait_for()
    old, new = (reverse("issues:briefing-detail", args=[process.slug, slug]) for slug in ("copy", "letter"))
    page.goto(old)
    assert page.url.endswith(new) and page.get_by_text("A. Writer").first.is_visible()
    page.goto(reverse("issues:change-list", args=[process.slug]))
    page.get_by_role("link", name="One text, sent twice").click()
    page.locator("summary", has_text="Undo change").click()
    page.get_by_role("button", name="Undo this change").click()
    page.get_by_text("is undone, as change").wait_for()
    page.goto(old)
    assert page.url.endswith(old)
    assert Citation.objects.get(pk=cited.pk).briefing.slug == "copy"
