"""A curator brings a file by keyboard: from the upload over the preview to the change, and back by one undo."""

import pytest

from issues import history
from issues.models import Briefing, Process

from .. import valley
from ..conftest import Person
from .axe import fit_for_all

ROWS = """Heading,Published,Link
The upper well,2024-03-01,https://example.org/well
No date,,https://example.org/nothing
<b hx-get=/x>Minutes</b> of the spring meeting,2024-01-05,https://example.org/minutes
"""


@pytest.fixture
def process(transactional_db) -> Process:
    """Return a small record whose one briefing has an address."""
    process = valley.create()
    with history.changeset(process, reason="Complete it") as door:
        door.update(Briefing.objects.get(), url="https://example.org/minutes")
    return process


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_file_becomes_one_change_that_is_undone_as_one(scripts, process, new_context, sign_in):
    context = new_context(java_script_enabled=scripts)
    sign_in(Person.called("cora").joins(process, "curator"), context)
    page = context.new_page()
    page.goto("/processes/valley/briefings/")
    page.get_by_role("link", name="Import a file").click()
    page.locator("[name=file]").set_input_files(
        files=[{"name": "reading.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}]
    )
    page.get_by_role("button", name="Look at its rows").click()
    page.get_by_text("No column fills Title, Type").wait_for()
    page.get_by_label("Title (every new row has it)").select_option("Heading")
    page.get_by_label("Type (every new row has it)").select_option("Always “News”")
    page.get_by_role("button", name="Match the columns").click()
    page.get_by_text("1 new, 1 changed, 0 same, 1 faulty").wait_for()
    if scripts:
        fit_for_all(page)
    page.get_by_label("Line 4").uncheck()
    page.get_by_role("button", name="Faulty 1").press("Enter")
    page.get_by_text("Published is missing.").wait_for()
    page.get_by_role("button", name="All 3").press("Enter")
    page.get_by_label("Line 2").wait_for()
    assert page.get_by_label("Line 2").is_checked() and not page.get_by_label("Line 4").is_checked()
    page.get_by_label("Line 4").check()
    page.get_by_label("What changed, and why").fill("From the reading list")
    page.keyboard.press("Enter")
    page.get_by_text("2 rows are written, as change 3.").wait_for()
    assert set(Briefing.objects.values_list("title", flat=True)) == {
        "The upper well",
        "<b hx-get=/x>Minutes</b> of the spring meeting",
    }
    page.locator("summary", has_text="Undo").click()
    page.locator("form[action$='/undo/'] [name=reason]").fill("Too soon")
    page.keyboard.press("Enter")
    page.get_by_text("Change 3 is undone, as change 4.").wait_for()
    assert [row.title for row in Briefing.objects.live()] == ["Minutes"]
