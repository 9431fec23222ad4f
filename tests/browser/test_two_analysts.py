"""Two analysts at one position: every way in which they may meet, and a record that still holds together afterwards."""

import pytest
from django.urls import reverse

from benchmarks.chaos import check
from issues import history
from issues.models import Changeset, Position, Process

from .. import valley
from ..conftest import Person


@pytest.fixture
def held(transactional_db) -> Position:
    """Return a position in a small record, with a passage to cite."""
    process = valley.create()
    held = valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body="One. Two. Three.")
    valley.cite(valley.hold(process, "plain", "2024-02-01", 80), quote="the slope stays open until harvest")
    return held


@pytest.fixture
def two(held, new_context, sign_in, base_url):
    """Return a page of each analyst's own browser."""
    found = []
    for name in ("alma", "otto"):
        context = new_context()
        sign_in(Person.called(name).joins(held.process, "analyst"), context)
        found.append(context.new_page())
    return found


@pytest.fixture
def dossier(held, base_url) -> str:
    return base_url + reverse("issues:issue-detail", args=["valley", "grass"])


def edit(page, held, **fields):
    """Open the form in place and type."""
    page.locator(f"#edit-position-{held.pk}").click()
    # Until the focus is there: what is filled in before goes where the focus goes.
    page.locator("[name=headline]:focus").wait_for()
    for name, value in fields.items():
        page.locator(f".edit-form [name={name}]").fill(value)


def save(page, words):
    """Save by keyboard and wait for what is said of it."""
    page.locator(".edit-form [name=reason]").fill("As heard")
    page.keyboard.press("Control+Enter")
    page.get_by_text(words).first.wait_for()


def test_two_analysts_lose_nothing_and_the_record_agrees(two, held, dossier, base_url, watch):
    alma, otto = two
    began = Changeset.objects.latest("number")
    position = reverse("issues:position-detail", args=[held.pk])

    # Different fields: the second save takes both, and says so.
    alma.goto(dossier)
    otto.goto(dossier)
    edit(alma, held, headline="Close the slope")
    edit(otto, held, placement="35")
    save(alma, "Saved as version 2.")
    save(otto, "together with what someone else changed meanwhile: headline.")

    # The same field: nothing is written over, both texts are shown, and the merged proposal is saved.
    alma.goto(dossier)
    edit(alma, held, body="One. Two. Three. Four.")
    edit(otto, held, body="One, they say. Two. Three.")
    save(otto, "Saved as version 4.")
    watch.expect("409")
    save(alma, "otto saved this position while you were editing")
    assert alma.locator(".edit-form [name=body]").input_value() == "One, they say. Two. Three. Four."
    save(alma, "Saved as version 5.")
    held.refresh_from_db()
    assert (held.headline, held.placement, held.body) == ("Close the slope", 35, "One, they say. Two. Three. Four.")

    # The same form twice: one revision.
    otto.goto(base_url + reverse("issues:position-edit", args=[held.pk]))
    otto.locator("[name=headline]").fill("Close the upper slope")
    otto.locator("[name=reason]").fill("Heard in full")
    before = Changeset.objects.count()
    otto.evaluate("""() => {
      const form = document.querySelector("form.edit-form"), body = new URLSearchParams(new FormData(form));
      const sent = [1, 2, 3].map(() => fetch(form.action, {method: "post", body}));
      return Promise.all(sent).then((answers) => answers.map((one) => one.status));
    }""")
    assert Changeset.objects.count() == before + 1

    # What one wrote the other can see, take back, and bring back.
    alma.goto(base_url + position + "history/")
    alma.get_by_text("Heard in full").first.wait_for()
    undo(alma, base_url)
    held.refresh_from_db()
    assert held.headline == "Close the slope"
    undo(otto, base_url)
    held.refresh_from_db()
    assert held.headline == "Close the upper slope"

    # What was on record before is on record still, and nobody writes there.
    then = "?as_of=" + began.moment.isoformat().replace("+00:00", "Z")
    otto.goto(dossier + then)
    assert otto.get_by_text("Open the slope").count() and not otto.locator(f"#edit-position-{held.pk}").count()
    watch.expect("403")
    answer = otto.evaluate(
        """(address) => fetch(address, {
          method: "post", headers: {"x-csrftoken": JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"]}
        }).then((answer) => answer.status)""",
        reverse("issues:position-edit", args=[held.pk]) + then,
    )
    assert answer == 403

    process = Process.objects.get(pk=held.process_id)
    assert list(history.verify(process)) == []
    replayed, faults = check.replay(process)
    assert replayed and not faults


def undo(page, base_url):
    """Undo the last change of all."""
    page.goto(base_url + reverse("issues:change-detail", args=[Changeset.objects.latest("number").pk]))
    page.locator("details.revert summary").click()
    page.locator("details.revert [name=reason]").fill("Take it back")
    page.locator("details.revert .button-primary").click()
    page.get_by_text("Take it back").first.wait_for()
