"""Frozen briefs: the same bytes for ever, one for one content, silent to who may not see them, and sealed."""

import hashlib
import io
import json
import re
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from issues import freezing, history, keeping, reverting
from issues.exports.pages import POLICY, STYLE
from issues.models import Brief, BriefFile, Briefing, Changeset, Compromise, Position, Process
from issues.views import briefs

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db

NASTY = "</main><script>alert(1)</script> =1+1"
KINDS = [
    "dossier",
    "issues/grass",
    "board",
    "briefings?kind=news",
    "positions?side=hill",
    "compromises",
    "quotes",
    "links",
    "timeline?kind=position",
    "search?q=slope",
]


@pytest.fixture
def process():
    process = valley.create()
    valley.add(valley.briefing(process, "report", "2024-02-01", title=NASTY, text="plover text", provenance="siskin"))
    held = valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body=NASTY)
    valley.cite(held, "report", quote="The wells are shared")
    valley.propose(process, 1, ("2024-02-01", "suggested"), test_sentence="A law")
    gone = valley.hold(process, "plain", "2024-02-02", headline="plover gone")
    valley.retire(gone)
    return Process.objects.get(pk=process.pk)


@pytest.fixture
def alma(process) -> Person:
    return Person.called("alma").joins(process, "analyst")


def freeze(person, process, of="dossier", **more) -> str:
    """Freeze something and return the address that the answer leads to."""
    response = person.post(reverse("issues:brief-new", args=[process.slug]), {"of": of} | more)
    assert response.status_code == 302
    return response["Location"]


def files(person, url) -> dict[str, bytes]:
    """Return the files that the page of a brief links to, by their endings."""
    links = re.findall(r'href="([^"]+/brief\.(\w+))"', person.get(url).text)
    return {ending: person.get(link).content for link, ending in links}


def test_a_brief_answers_the_same_bytes_after_edits_merges_removals_and_undoing(process, alma, vera):
    urls = [freeze(alma, process, of) for of in KINDS]
    before = [files(vera, url) for url in urls]
    shown = [vera.get(url).text.split("What was frozen")[1] for url in urls]
    assert all(len(found) >= 4 and {"json", "html"} <= found.keys() for found in before)
    held, report = Position.objects.get(slug="grass-hill-2024-02-01-0"), Briefing.objects.get(slug="report")
    for row, changes in ((held, {"headline": "Edited"}), (report, {"title": "Edited"})):
        with history.changeset(process, reason="Edit") as door:
            door.update(row, **changes)
    reverting.undo(process.changesets.first(), reason="Undo", user=alma.user, key="b" * 32)
    with history.changeset(process, reason="Merge") as door:
        row = Briefing.objects.get(pk=report.pk)
        door.update(row, merged_into=Briefing.objects.get(slug="minutes"), retired_at=timezone.now())
    for row in (held, Compromise.objects.get(process=process)):
        valley.retire(row)
    assert "Open the slope" not in vera.get(process.get_absolute_url()).text  # what would be shown anew
    keeping.archive(Process.objects.get(pk=process.pk), reason="Over", user=alma.user, key="a" * 32)
    assert [files(vera, url) for url in urls] == before
    assert [vera.get(url).text.split("What was frozen")[1] for url in urls] == shown
    assert alma.post(reverse("issues:brief-new", args=[process.slug]), {"of": "board"}).status_code == 403


def test_its_hash_is_that_of_its_json_and_each_file_says_so(process, alma, vera):
    url = freeze(alma, process, "briefings")
    found = files(vera, url)
    brief = Brief.objects.get()
    text = vera.get(url).text
    assert hashlib.sha256(found["json"]).hexdigest() == brief.content_hash and url.endswith(f"/{brief.code}/")
    assert brief.content_hash.startswith(brief.code)
    assert all(hashlib.sha256(data).hexdigest() in text for data in found.values())
    assert brief.content_hash in re.search(r"APA</dt><dd>([^<]+)", text)[1] and f"http://testserver{url}" in text
    for ending in ("html", "csv", "bib", "ris", "csl"):
        assert brief.content_hash in found[ending].decode(), ending
    assert "alma" in found["html"].decode() and "alma" not in found["json"].decode()
    about = json.loads(found["json"])["about"]
    assert about["version"] == brief.number == process.content_version and "written_on" not in about
    assert vera.get(about["page"].removeprefix("http://testserver")).status_code == 200
    assert zipfile.is_zipfile(io.BytesIO(found["xlsx"]))


def test_one_content_is_one_brief_whoever_freezes_it_and_however_often(process, alma, vera):
    bea = Person.called("bea").joins(process, "curator")
    first = freeze(alma, process, "briefings?kind=news")
    assert freeze(bea, process, "briefings?sort=newest&kind=news&utm=x&after=~") == first and Brief.objects.count() == 1
    assert freeze(alma, process, "briefings") != first
    moment = process.changesets.latest("number").moment.isoformat()
    valley.add(valley.briefing(process, "later", "2024-03-01"))
    anew = freeze(alma, process, "briefings?kind=news")
    assert anew != first and "Later" in vera.get(anew).text
    assert freeze(bea, process, "briefings?kind=news", as_of=moment) == first
    assert Brief.objects.count() == 3 and "Later" not in vera.get(first).text


def test_two_at_once_make_one(process, alma, monkeypatch):
    url = freeze(alma, process, "sides")
    found, answers = freezing.find, iter([None])
    monkeypatch.setattr(freezing, "find", lambda *args: next(answers, None) or found(*args))
    assert freeze(alma, process, "sides") == url and Brief.objects.count() == 1


def test_it_holds_what_a_reader_sees_whoever_freezes_it(process, vera):
    cora = Person.called("cora").joins(process, "curator")
    past = timezone.now().isoformat()
    with history.changeset(process, reason="Take out") as door:
        door.retire(Position.objects.get(slug="grass-hill-2024-02-01-0"), "plover")
    wanted = [*KINDS, "search?q=plov", "search?q=sisk"]  # by how words begin: what is asked for is repeated
    for url in {freeze(cora, process, of, **more) for of in wanted for more in ({}, {"as_of": past})}:
        for data in files(vera, url).values():
            whole = data
            if data.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(data)) as box:
                    whole = b"".join(box.read(name) for name in box.namelist())
            assert b"plover" not in whole and b"siskin" not in whole and b"Open the slope" not in whole


def test_without_withholding_the_past_would_be_told(process, alma, vera, monkeypatch):
    past, as_of = timezone.now().isoformat(), history.as_of
    with history.changeset(process, reason="Take out") as door:
        door.retire(Position.objects.get(slug="grass-hill-2024-02-01-0"), "A mistake")
    monkeypatch.setattr(history, "as_of", lambda *args, withheld: as_of(*args))
    assert "Open the slope" in vera.get(freeze(alma, process, "dossier", as_of=past)).text


def test_it_is_seen_as_its_process_is(process, alma, vera):
    url = freeze(alma, process)
    link = url + "brief.html"
    rita = Person.called("rita").joins(process, "reader")
    assert {who.get(each).status_code for who in (vera, rita) for each in (url, link)} == {200}
    Process.objects.filter(pk=process.pk).update(visibility="members")
    assert [who.get(each).status_code for who in (vera, rita) for each in (url, link)] == [404, 404, 200, 200]
    elsewhere = valley.create("glen")
    assert vera.get(url.replace(process.slug, elsewhere.slug)).status_code == 404
    Process.objects.filter(pk=process.pk).update(visibility="public", retired_at=timezone.now())
    assert [who.get(each).status_code for who in (vera, alma) for each in (url, link)] == [404] * 4


def test_who_keeps_a_file_asks_whether_it_still_holds(process, alma, vera):
    link = freeze(alma, process) + "brief.md"
    first = vera.get(link)
    assert first["Cache-Control"] == "private, no-cache" and "attachment" in first["Content-Disposition"]
    with CaptureQueriesContext(connection) as queries:
        again = vera.get(link, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and not again.content and len(queries) <= 3
    assert "no-store" in alma.get(link)["Cache-Control"]
    assert vera.get(link.replace(".md", ".exe")).status_code == 404


def test_its_page_needs_nothing_runs_nothing_and_holds_no_markup_of_others(process, alma, vera):
    for of in KINDS:
        found = files(vera, url := freeze(alma, process, of))
        html = found["html"].decode()
        assert not re.findall(r"<(?:script|link|img|iframe|form)\b|\bsrc=|\son\w+=|\sstyle=", html)
        assert f"<style>{STYLE}</style>" in html and POLICY.replace("'", "&#x27;") in html
        assert "<script>alert" not in vera.get(url).text
        assert not re.search(r'(?m)^"[=+\-@]|,"[=+\-@]', found.get("csv", b"").decode())


def test_only_who_may_edit_freezes_and_what_makes_no_sense_is_refused_in_a_sentence(process, alma, vera, monkeypatch):
    rita = Person.called("rita").joins(process, "reader")
    new = reverse("issues:brief-new", args=[process.slug])
    assert [who.post(new, {"of": "board"}).status_code for who in (vera, rita)] == [403, 403]
    assert "Freeze<" in alma.get(process.get_absolute_url()).text
    assert "Freeze<" in alma.get(process.get_absolute_url(), {"on": "2024-01-10"}).text
    assert not any("Freeze<" in who.get(process.get_absolute_url()).text for who in (vera, rita))
    for of in ("", "../etc", "briefings?" + "x" * 5000, "record"):
        response = alma.post(new, {"of": of}, follow=True)
        assert response.status_code in (200, 404) and ("Nothing was frozen" in response.text or of == "record")
    response = alma.post(new, {"of": "board", "as_of": "2020-01-01"}, follow=True)
    assert "Nothing was on record yet" in response.text
    assert alma.post(new, {"of": "issues/nowhere"}).status_code == 404
    monkeypatch.setattr(briefs, "ROWS", 1)
    assert "1 rows at most" in alma.post(new, {"of": "sides"}, follow=True).text
    monkeypatch.undo()
    monkeypatch.setattr(freezing, "LARGEST", 100)
    assert "two megabytes" in alma.post(new, {"of": "sides"}, follow=True).text
    assert not Brief.objects.exists() and not BriefFile.objects.exists()


def test_the_database_refuses_to_change_or_delete_one(process, alma, append_only):
    freeze(alma, process)
    for change in (
        lambda: Brief.objects.update(title="Other"),
        lambda: BriefFile.objects.filter(ending="md").update(packed=""),
        lambda: BriefFile.objects.all()._raw_delete("default"),
        lambda: Brief.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_what_was_altered_past_the_guards_is_found_and_never_sent_as_genuine(process, alma, vera):
    url = freeze(alma, process)
    freeze(alma, process, "sides")
    call_command("verify_history", stdout=(out := io.StringIO()))
    assert "2 frozen briefs" in out.getvalue()
    brief = Brief.objects.get(of="dossier")
    other = BriefFile.of("x", "text/html", b"<main>Forged</main>")
    for change in (
        lambda: brief.files.filter(ending="html").update(packed=other.packed),
        lambda: brief.files.filter(ending="html").update(packed=other.packed, sha256=other.sha256, size=other.size),
        lambda: brief.files.filter(ending="html").update(packed="no Base64"),
        lambda: Brief.objects.filter(pk=brief.pk).update(user_name="mallory"),
        lambda: Brief.objects.filter(pk=brief.pk).update(content_hash="0" * 64),
        lambda: brief.files.filter(ending="docx").delete(),
        lambda: Changeset.objects.filter(process=process, number=brief.number).update(hash="0" * 64),
    ):
        with transaction.atomic():
            change()
            with pytest.raises(CommandError):
                call_command("verify_history", stdout=io.StringIO(), stderr=(told := io.StringIO()))
            assert f"rief {brief.code}" in told.getvalue(), told.getvalue()
            transaction.set_rollback(True)
    assert not list(freezing.verify(process))
    brief.files.filter(ending="html").update(packed=other.packed)
    vera.raise_request_exception = False
    for each in (url, url + "brief.html"):
        response = vera.get(each)
        assert response.status_code == 500 and "do not fit its hash" in response.text and "Forged" not in response.text
    assert vera.get(url + "brief.md").status_code == 200


def test_the_list_and_the_page_cost_the_same_however_many_there_are(process, alma, vera):
    url = freeze(alma, process)

    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            assert vera.get(address).status_code == 200
        return len(queries)

    listed = reverse("issues:brief-list", args=[process.slug])
    before = asked(listed), asked(url)
    for of in ("board", "sides", "links", "issues", "steps"):
        freeze(alma, process, of)
    assert (asked(listed), asked(url)) == before and before[0] <= 3 and before[1] <= 4
    assert len(re.findall(r'class="doc-title"', vera.get(listed).text)) == 6


def test_it_goes_with_talks_that_are_removed_for_good_and_with_nothing_else(process, alma, append_only):
    freeze(alma, process)
    other = valley.create("glen")
    freeze(Person.called("cora").joins(other, "curator"), other, "sides")
    alma.user.delete()
    assert Brief.objects.get(process=process).user_name == "alma"
    assert "by alma" in Person().get(Brief.objects.get(process=process).get_absolute_url()).text
    Process.objects.filter(pk=process.pk).update(retired_at=timezone.now() - keeping.RESTORABLE_FOR)
    assert keeping.sweep() == 1
    assert [one.process for one in Brief.objects.all()] == [other]
    assert not BriefFile.objects.exclude(process=other).exists()
