"""From an empty database and the desk alone: another set of talks, its people, its sources, its upkeep, its safety."""

import io
import json
import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from issues.models import Briefing, Citation, Issue, Membership, Position, Process, Side

from ..conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db(transaction=True)

SIDES = ("Upstream", "Delta", "Dam company")
ISSUES = ("Flow", "Silt", "Fish", "Power", "Floods", "Tolls", "Wells")
STEADY = "Nobody has asked for it yet"


def library() -> bytes:
    """Return 200 documents as Zotero exports them in CSL-JSON; the last 15 are among the others already."""
    found = [
        {
            "id": f"river/{n}",
            "type": "article-newspaper",
            "title": f"Gauge {n}: what the delegations said at meeting {n * 7}",
            "container-title": f"River Gazette {n % 9}",
            "author": [{"family": f"Writer{n}", "given": "A."}],
            "issued": {"date-parts": [[2023 + n % 3, 1 + n % 12, 1 + n % 28]]},
            "URL": f"https://example.org/river/{n}",
            "DOI": f"10.5555/river.{n}",
        }
        for n in range(185)
    ]
    again = [one | {"id": f"again/{n}", "title": one["title"].upper()} for n, one in enumerate(found[:15])]
    for one in again[5:10]:  # by the DOI alone
        one["URL"] = one["URL"].replace("example.org", "mirror.example.net")
    return json.dumps(found + again).encode()


def command(name, *arguments, **options) -> str:
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_a_curator_runs_other_talks_without_a_programmer(page, new_context, sign_in, base_url, tmp_path):
    cora = Person.called("cora", is_superuser=True)
    sign_in(cora)
    process = begin(page)
    nora = invite(page, new_context(), process, base_url)
    bring(page, process)
    review(page, process, nora)
    merge(page, process)
    keep_up(page, process)
    page.goto("about:blank")
    safekeep(process, tmp_path / "river.zip")
    # Who was signed in signs in again, and finds everything.
    page.goto(f"/admin/desk/{process.slug}/")
    page.locator("[name=login]").fill("cora")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".plain-rows li", has_text="Briefings: 184").wait_for()


def begin(page) -> Process:
    """Begin talks with three sides and seven issues, from the desk."""
    page.goto("/admin/")
    page.get_by_text("There is none that you curate.").wait_for()
    page.get_by_role("link", name="New talks").click()
    for kind, names in (("side", SIDES), ("issue", ISSUES)):
        while page.locator(f"input[type=hidden][name={kind}]").count() < len(names):
            before = page.locator(f"input[type=hidden][name={kind}]").count()
            page.locator(f"button[name=add][value={kind}]").click()
            page.locator(f"input[type=hidden][name={kind}]").nth(before).wait_for(state="attached")
    for n, name in enumerate(SIDES):
        row = page.locator("fieldset.begin-row").nth(n)
        row.locator("[name$=-name]").fill(name)
        row.locator("[name$=-short_label]").fill(name)
    for n, title in enumerate(ISSUES, start=len(SIDES)):
        row = page.locator("fieldset.begin-row").nth(n)
        row.locator("[name$=-title]").fill(title)
        row.locator("[name$=-scale_low]").fill(f"No {title}")
        row.locator("[name$=-scale_high]").fill(f"All {title}")
    page.locator("[name=name]").fill("Sharing the river")
    page.locator("[name=question]").fill("Who gets how much water, and when?")
    page.locator("[name=started_on]").fill("2024-03-01")
    page.locator("[name=reason]").fill("Begin the record")
    page.get_by_role("button", name="Begin the talks").last.click()
    page.locator("h1", has_text="Sharing the river").wait_for()
    process = Process.objects.get()
    counts = [model.objects.filter(process=process).count() for model in (Side, Issue)]
    assert counts == [3, 7]
    return process


def invite(page, context, process, base_url) -> Person:
    """Invite an analyst, who makes an account by the link of the e-mail."""
    page.goto(f"/admin/desk/{process.slug}/")
    page.get_by_role("link", name="People", exact=True).click()
    page.locator("[name=email]").fill("nora@example.org")
    form = page.locator("form", has=page.locator("[name=email]"))
    form.locator("[name=role]").select_option("analyst")
    form.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("An invitation is on its way").wait_for()
    link = re.search(r"/invitations/\S+/", mail.outbox[-1].body)[0]
    other = context.new_page()
    other.goto(base_url + link)
    other.get_by_role("button", name="Accept with a new account").click()
    other.locator("[name=username]").fill("nora")
    other.locator("[name=password1]").fill(PASSWORD)
    other.get_by_role("button", name="Create the account").click()
    other.locator("h1", has_text="Sharing the river").wait_for()
    other.close()
    nora = Person()
    nora.user = Membership.objects.get(process=process, role="analyst").user
    nora.force_login(nora.user)
    return nora


def bring(page, process):
    """Import what Zotero exported, but for what is there twice; one of those is brought in all the same."""
    page.goto(f"/admin/desk/{process.slug}/")
    page.get_by_role("link", name="Files being imported").click()
    file = {"name": "river.json", "mimeType": "application/json", "buffer": library()}
    page.locator("[name=file]").set_input_files(files=[file])
    page.get_by_role("button", name="Look at its rows").click()
    page.get_by_text("200 rows of briefings").wait_for()
    page.get_by_label("What changed, and why").fill("From our library")
    page.get_by_role("button", name="Write the ticked rows").click()
    page.get_by_text("rows are written, as change").wait_for()
    assert Briefing.objects.filter(process=process).count() == 185


def review(page, process, nora):
    """Ask for review; of ten suggestions accept nine at once and decline one."""
    page.goto(reverse("admin:issues_process_change", args=[process.pk]))
    page.locator("[name=asks_review]").check()
    page.locator("[name=reason]").fill("Two pairs of eyes")
    page.locator("[name=_save]").click()
    page.get_by_text("changed successfully").wait_for()
    cells = [(issue, side) for issue in ISSUES for side in SIDES][:10]
    for n, (issue, side) in enumerate(cells):
        url = reverse(
            "issues:position-new", args=[process.slug, issue.lower()], query={"side": side.lower().replace(" ", "-")}
        )
        form = nora.get(url).context["form"]
        typed = {name: form[name].value() or "" for name in form.fields}
        typed |= {
            "headline": f"{side} on {issue}",
            "held_from": "2024-05-01",
            "commitment": "law",
            "reason": f"Heard {n}",
        }
        assert nora.post(url, typed | {"confidence": "high", "placement": n * 10}).status_code in (200, 302)
    page.goto(f"/admin/desk/{process.slug}/")
    page.locator(".lacks div", has_text="Suggestions to review").get_by_text("10", exact=True).wait_for()
    page.get_by_role("link", name="Suggestions to review").click()
    assert page.locator(".suggestion").count() == 10 and not Position.objects.exists()
    last = page.locator(".suggestion").last
    last.locator("summary").click()
    last.locator("[name=answer]").fill("Not said by them")
    last.get_by_role("button", name="Decline it").click()
    page.locator(".suggestion").nth(9).wait_for(state="detached")
    for box in page.locator("[name=pick]").all():
        box.check()
    page.get_by_role("button", name="Accept all ticked").click()
    page.get_by_text("Nothing waits").wait_for()
    assert Position.objects.filter(process=process).count() == 9


def merge(page, process):
    """Cite two briefings in the form of a position, and merge them into one."""
    first, second = Briefing.objects.filter(process=process).order_by("-published_on", "-pk")[:2]
    position = Position.objects.first()
    page.goto(reverse("admin:issues_position_change", args=[position.pk]))
    for one in (first, second):
        page.locator("#citations-group .add-row a").click()
        new = page.locator("#citations-group .inline-related:not(.empty-form)").last
        new.locator(".select2-selection").click()
        page.keyboard.type(one.title[:12])
        page.locator(".select2-results__option", has_text=one.title).first.click()
    page.locator("[name=reason]").fill("What it rests on")
    page.locator("[name=_save]").click()
    page.get_by_text("changed successfully").wait_for()
    page.goto(reverse("issues:bulk-edit", args=[process.slug, "briefings"]) + "?q=Gauge")
    for box in page.locator("[name=row]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Compare, to merge").click()
    page.locator("#reason").fill("One and the same")
    page.get_by_role("button", name="Merge them").click()
    page.get_by_text("They are one briefing now").wait_for()
    assert Briefing.objects.live().filter(process=process).count() == 184
    assert Citation.objects.live().values_list("briefing", flat=True).distinct().count() == 1


def keep_up(page, process):
    """Empty the queue of what the record lacks: what is left stays as it is, for a reason."""
    page.goto(f"/admin/desk/{process.slug}/")
    page.get_by_role("link", name="What the record lacks").click()
    while page.locator("[name=row]").count():
        page.evaluate("document.querySelectorAll('[name=row]').forEach(box => { box.checked = true; })")
        page.locator("#why").fill(STEADY)
        with page.expect_navigation():  # the old page would count as empty while it goes
            page.get_by_role("button", name="Dismiss").click()
    page.get_by_text("The record lacks nothing").wait_for()
    page.goto(f"/admin/desk/{process.slug}/")
    page.get_by_text("nothing lacks").wait_for()


def safekeep(process, file):
    """Back up, wipe, restore, and verify."""
    before = process.changesets.values_list("number", "hash").order_by("number")
    before, said = list(before), command("backup", file)
    call_command("flush", interactive=False, verbosity=0)
    assert not Process.objects.exists()
    assert re.search(r"SHA-256 (\w+)", said)[1] in command("restore", file)
    restored = Process.objects.get()
    assert list(restored.changesets.values_list("number", "hash").order_by("number")) == before
    assert "holds" in command("verify_history")
