"""The curators' desk in a real Chromium: every page a curator meets, in light and dark, on a phone and on a desk."""

import pytest

from issues import history, people
from issues.models import Briefing, Compromise, Membership, Position

from .axe import fit_for_all

pytestmark = pytest.mark.django_db(transaction=True)

# One of each sort; the others differ in their fields alone, and are looked at in the long run.
FEW = ["position", "changeset"]
SEARCHED = {"position": "?q=russ", "changeset": "?q=load"}
OTHERS = [
    "process",
    "side",
    "issue",
    "briefing",
    "compromise",
    "statusevent",
    "compromiselink",
    "citation",
    "snapshot",
    "membership",
    "invitation",
]


@pytest.fixture
def desk(talks, carl, sign_in):
    """Sign Carl in, with somebody invited and somebody else beside him."""
    people.invite(talks, "new@example.org", "reader", carl.user)
    sign_in(carl)
    return talks


def test_the_start_pages_are_fit_for_all(desk, page):
    for address in ("/admin/", f"/admin/desk/{desk.slug}/", "/admin/issues/"):
        page.goto(address)
        page.locator("h1").first.wait_for()
        fit_for_all(page)


def test_a_list_and_the_form_of_a_row_are_fit_for_all(desk, page, pytestconfig):
    for name in [*FEW, *(OTHERS if pytestconfig.getoption("long") else ())]:
        page.goto(f"/admin/issues/{name}/{SEARCHED.get(name, '')}")
        if filters := page.locator(".list-filter summary").all():
            filters[0].click()
        fit_for_all(page)
        page.locator("#result_list tbody :is(th, td) a").first.click()
        page.locator("#content-main form").wait_for()
        fit_for_all(page)


def test_a_form_with_faults_and_an_open_chooser_are_fit_for_all(desk, page):
    page.goto("/admin/issues/statusevent/add/")
    page.locator("input[name=_save]").click()
    page.locator(".errornote").wait_for()
    fit_for_all(page)
    page.locator(".select2-selection").last.click()
    page.locator(".select2-results__option").nth(1).wait_for()
    fit_for_all(page)


def test_a_conflict_a_history_and_what_asks_once_more_are_fit_for_all(desk, page, watch, anna, talks):
    position = Position.objects.filter(process=talks).first()
    page.goto(f"/admin/issues/position/{position.pk}/change/")
    with history.changeset(talks, reason="Meanwhile", user=anna.user) as door:
        door.update(Position.objects.get(pk=position.pk), headline="What anna wrote")
    page.locator("[name=headline]").fill("What carl wrote")
    page.locator("[name=reason]").fill("To see")
    watch.expect("409")
    page.locator("input[name=_save]").click()
    page.get_by_text("anna saved").wait_for()
    assert page.locator(".versions ins").count() == 2
    fit_for_all(page)
    page.goto(f"/admin/issues/position/{position.pk}/history/")
    fit_for_all(page)
    member = Membership.objects.get(user=anna.user)
    page.goto(f"/admin/issues/membership/{member.pk}/delete/")
    fit_for_all(page)
    page.goto("/admin/issues/briefing/")
    page.locator("#result_list tbody input[type=checkbox]").first.check()
    page.locator("select[name=action]").select_option("retire")
    page.locator(".actions button").click()
    page.locator("[name=apply]").wait_for()
    fit_for_all(page)


def test_a_compromise_gets_a_source_in_its_own_form(desk, page):
    compromise = Compromise.objects.filter(process=desk).first()
    briefing = Briefing.objects.filter(process=desk).first()
    page.goto(f"/admin/issues/compromise/{compromise.pk}/change/")
    page.locator("#citations-group .add-row a").click()
    new = page.locator("#citations-group .inline-related:not(.empty-form)").last
    new.locator(".select2-selection").click()
    assert page.locator(":focus").get_attribute("aria-label") == "Search Briefing"
    page.keyboard.type(briefing.title)
    page.locator(".select2-results__option", has_text=briefing.title).first.click()
    new.locator("[name$=quote]").fill("Its words.")
    page.locator("[name=reason]").fill("Its source")
    fit_for_all(page, widths=(360,))
    page.locator("input[name=_save]").click()
    page.get_by_text("changed successfully").wait_for()
    found = compromise.citations.latest("pk")
    assert (found.briefing, found.quote) == (briefing, "Its words.")
