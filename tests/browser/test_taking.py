"""Take a list away under its filters, and copy a citation, by what a page shows."""

from issues.models import Briefing


def test_a_list_is_taken_away_as_it_is_filtered_and_a_page_is_cited(talks, page, watch):
    page.goto(f"/processes/{talks.slug}/briefings/")
    page.get_by_label("Official statement").check()
    link = page.locator('#results a[href*="briefings.csv?kind=official_statement"]')
    link.wait_for(state="attached")
    page.locator("#results summary").click()
    with page.expect_download() as download:
        link.click()
    text = download.value.path().read_text("utf-8-sig")
    kept = Briefing.objects.filter(process=talks, kind="official_statement").count()
    assert text.startswith("# Peacetracker. ") and "# Filter, type: Official statement" in text
    assert text.count(',"official_statement",') == kept > 0
    assert download.value.suggested_filename.startswith(f"{talks.slug}-briefings-")

    briefing = Briefing.objects.filter(process=talks, kind="official_statement").first()
    page.goto(briefing.get_absolute_url())
    box = page.locator("details.take")
    assert not box.get_by_text("APA", exact=True).is_visible()
    box.locator("summary").click()
    assert briefing.title in box.locator("dd").first.inner_text()
    box.locator("dd").last.click(click_count=3)
    assert page.evaluate("getSelection().toString()")
