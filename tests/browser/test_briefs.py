"""Keep a view, freeze a brief, say what one has seen: by keyboard, without scripts, on any screen."""

import re

import pytest
from playwright.sync_api import expect

from issues import history
from issues.models import Position

from .axe import fit_for_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_analyst_reads_what_is_new_keeps_a_view_and_freezes_a_brief(page, sign_in, talks, anna):
    with history.changeset(talks, reason="As the minutes have it") as door:
        door.update(Position.objects.filter(process=talks).first(), headline="As heard")
    sign_in(anna)
    page.goto(talks.get_absolute_url())
    new = page.get_by_role("region", name=re.compile("Since you last looked"))
    expect(new).to_contain_text("As the minutes have it")
    fit_for_all(page)
    new.get_by_role("button", name="I have seen this").click()
    expect(new).to_have_count(0)
    page.goto(f"{talks.get_absolute_url()}briefings/?kind=news")
    page.get_by_role("link", name="Keep this view").press("Enter")
    page.get_by_label("Name").fill("News alone")
    page.get_by_label("Everyone who may read these talks").check()
    fit_for_all(page)
    page.get_by_role("button", name="Keep").press("Enter")
    expect(page.get_by_text("“News alone” is kept.")).to_be_visible()
    assert page.url.endswith("/briefings/?kind=news")
    page.get_by_text("Take it with you", exact=True).last.press("Enter")
    page.get_by_role("button", name=re.compile("^Freeze Briefings")).press("Enter")
    expect(page.get_by_role("heading", name="What was frozen")).to_be_visible()
    fit_for_all(page)
    with page.expect_download() as sent:
        page.locator("summary", has_text="Take it with you").click()
        page.get_by_role("link", name="HTML").click()
    assert "What was frozen" not in sent.value.path().read_text() and "SHA-256" in sent.value.path().read_text()


def test_all_of_it_works_without_scripts(new_context, sign_in, base_url, talks, anna):
    context = new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    sign_in(anna, context)
    page = context.new_page()
    page.goto(f"{base_url}{talks.get_absolute_url()}timeline/?kind=position")
    page.get_by_role("link", name="Keep this view").click()
    page.get_by_label("Name").fill("Positions in time")
    page.get_by_role("button", name="Keep").click()
    assert page.url.endswith("/timeline/?kind=position")
    page.get_by_role("button", name="Freeze it into a brief").click()
    expect(page.get_by_role("heading", name="What was frozen")).to_be_visible()
    page.get_by_role("contentinfo").get_by_role("link", name="Saved views").click()
    expect(page.get_by_role("main").get_by_role("link", name="Positions in time", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete Positions in time").click()
    expect(page.get_by_text("No view is kept")).to_be_visible()
