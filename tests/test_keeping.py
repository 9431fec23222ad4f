"""Talks as a whole: name and readers, archive, deletion that can be taken back for 30 days, and removal for good."""

import io
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from issues import documents, history, keeping
from issues.models import Changeset, Draft, Invitation, Issue, Position, Process, Removal, Snapshot

from . import valley
from .addresses import EDIT, EDIT_POST, PARAMETERS, ROUTES, address
from .conftest import Person
from .everyone import ask

pytestmark = pytest.mark.django_db

KEYS = (f"{n:032x}" for n in range(10**6))
LOAD = "/processes/new/document/"


def signed(**more):
    return {"reason": "Their talks are over", "key": next(KEYS)} | more


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def process(db):
    process = valley.create()
    valley.cite(valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope"))
    with history.changeset(process, reason="Put the scales in order") as door:
        for issue in Issue.objects.filter(process=process):
            door.update(issue, scale_anchors=[{"at": 50, "label": "Half open"}])
    return process


@pytest.fixture
def cora(process) -> Person:
    return Person.called("cora").joins(process, "curator")


@pytest.fixture
def alma(process) -> Person:
    return Person.called("alma").joins(process, "analyst")


def url(process, rest=""):
    return process.get_absolute_url() + rest


def stored(process):
    return Process.objects.get(pk=process.pk)


def test_curators_change_who_reads_it_as_one_change_with_its_reason(process, cora, alma):
    typed = {"name": "The valley", "visibility": "members", "status": "paused", "started_on": "2024-01-01"}
    typed |= {"asks_review": "False"}
    assert alma.post(url(process, "keeping/edit/"), typed | signed(base_version=1)).status_code == 403
    assert Person().get(url(process)).status_code == 200
    assert cora.post(url(process, "keeping/edit/"), typed | signed(base_version=1)).status_code == 302
    assert (stored(process).name, stored(process).visibility, stored(process).status) == (
        "The valley",
        "members",
        "paused",
    )
    assert Person().get(url(process)).status_code == 404
    assert process.changesets.first().reason == "Their talks are over"
    backwards = typed | signed(base_version=2, ended_on="2023-01-01")
    assert "cannot end before they began" in text(cora.post(url(process, "keeping/edit/"), backwards))
    stale = typed | signed(base_version=1, name="Other")
    assert cora.post(url(process, "keeping/edit/"), stale).status_code == 409


def test_archived_talks_are_read_marked_and_closed_to_every_write(house, pytestconfig):
    """In the short run every second form is asked for too, and every second page, in turn."""
    process, curator, long = house.public, house.people["desk"], pytestconfig.getoption("long")
    assert curator.post(url(process, "archive/"), signed()).status_code == 302
    assert stored(process).archived_at
    silent = []
    for turn, (name, rule) in enumerate(ROUTES.items()):
        where, in_turn = address(name, process), long or turn % 2
        if rule in (EDIT, EDIT_POST) and not name.startswith("draft"):
            for method in ("GET", "POST") if in_turn else ("POST",):
                response, written = ask(curator, method, where, signed() if method == "POST" else None)
                if response.status_code not in (403, 405) or written - {"django_session"}:
                    silent.append(f"{method} {where}: {response.status_code}, wrote {written}")
                if response.status_code == 403 and "archived" not in text(response):
                    silent.append(f"{method} {where}: {text(response)}")
        elif in_turn and rule.get and "slug" in PARAMETERS[name]:
            response, _ = ask(curator, "GET", where)
            body = response.content.decode()
            if response.status_code == 200 and 'id="main"' in body and "Archived on" not in body:
                silent.append(f"{where} says nothing of it")
    assert not silent, "\n".join(silent)
    assert "Archived." in Person().get("/").content.decode()
    board = Person().get(url(process)).content.decode()
    assert "Archived on" in board and "(archived)" in board
    assert "Add a position" not in curator.get(url(process, "issues/grass/")).content.decode()


def test_the_door_itself_is_closed_and_opens_again(process, cora, alma):
    position = Position.objects.get(process=process)
    before = process.changesets.count()
    cora.post(url(process, "archive/"), signed())
    cora.post(url(process, "archive/"), signed())  # again: nothing more
    with pytest.raises(history.Closed, match="archived"), history.changeset(position.process, reason="Late") as door:
        door.update(position, headline="Late")
    with pytest.raises(history.Closed):
        valley.add(valley.briefing(stored(process), "late", "2024-03-01"))
    document = documents.export(stored(process))
    document["process"]["name"] = "Renamed"
    with pytest.raises(documents.DocumentError, match="archived or deleted"):
        documents.load(document, reason="Late", update=True)
    assert process.changesets.count() == before + 1
    assert alma.post(url(process, "reopen/"), signed()).status_code == 403
    assert cora.post(url(process, "reopen/"), signed()).status_code == 302
    assert not stored(process).archived_at
    valley.add(valley.briefing(stored(process), "late", "2024-03-01"))
    assert not list(history.verify(process))
    rows = Snapshot.objects.filter(process=process, model="process").order_by("pk")
    # While it is open, a row is written down as it was before there were archives: old seals and rows stay alike.
    assert ["archived_at" in one.data for one in rows] == [False, True, False]


def test_an_archive_can_be_exported_and_comes_back_open(process, cora):
    cora.post(url(process, "archive/"), signed())
    document = documents.export(stored(process))
    document["process"]["slug"] = "copy"
    assert documents.load(document, reason="Copy").process.archived_at is None


def test_no_undo_archives_or_deletes_or_brings_back(process, cora):
    for step in ("archive", "reopen"):
        cora.post(url(process, f"{step}/"), signed())
    newest, archiving = process.changesets.order_by("-number")[:2]
    for change in (newest, archiving):
        cora.post(f"/changes/{change.pk}/undo/", signed())
        assert stored(process).archived_at is None
    cora.post(url(process, "delete/"), signed(typed="valley"))
    cora.post(f"/processes/deleted/{process.pk}/restore/", signed())
    back = process.changesets.order_by("-number").first()
    assert "“The talks as a whole”" in text(cora.post(f"/changes/{back.pk}/undo/", signed()))
    assert stored(process).retired_at is None


@pytest.mark.parametrize("changes", [{"typed": "Valley"}, {"typed": ""}, {"reason": " "}, {"key": "made up"}])
def test_talks_are_deleted_only_with_their_name_typed_and_a_reason(changes, process, cora):
    response = cora.post(url(process, "delete/"), signed(typed="valley") | changes)
    assert response.status_code == 422 and not stored(process).retired_at


def test_deleted_talks_are_nowhere_but_for_those_who_may_bring_them_back(house, pytestconfig):
    """In the short run a curator asks an address that can be written to by GET or by POST, in turn."""
    process, long = house.public, pytestconfig.getoption("long")
    with history.changeset(process, reason="A kestrel") as door:
        door.update(stored(process), name="A kestrel", question="What of the kestrel?", summary="kestrel")
        for row in Position.objects.filter(process=process):
            door.update(row, headline="A kestrel", body="kestrel")
    changes = [address("change-detail", process, pk=one.pk) for one in process.changesets.all()]
    token = house.known[process]["token"]
    places = [(name, address(name, process, token=token)) for name in ROUTES] + [("change", each) for each in changes]
    heard = [who for who in ("visitor", "curator") if "kestrel" in house.people[who].get(url(process)).content.decode()]
    assert heard == ["visitor", "curator"]
    house.people["curator"].post(url(process, "delete/"), signed(typed="valley", reason="kestrel"))
    assert "is deleted" in house.people["curator"].get("/processes/deleted/").content.decode()
    wrong = []
    own = {"process-list", "process-new", "process-load", "deleted-list", "codebook", "method"}
    own |= {"sitemap", "sitemap-section", "robots"}
    beside = own | {"new-draft-list"}  # who else is at the form that begins talks; nothing of it is written here
    for turn, (name, where) in enumerate(places):
        for who in ("visitor", "curator", ("analyst", "neighbour", "superuser")[turn % 3]):
            methods = ("GET", "POST") if who == "curator" else ("GET",)
            for method in methods if long or name.startswith("deleted") else methods[turn % len(methods) :][:1]:
                response, written = ask(house.people[who], method, where, signed() if method == "POST" else None)
                restores = name in ("deleted-list", "deleted-restore") and who in ("curator", "superuser")
                if "kestrel" in response.content.decode() and not restores:
                    wrong.append(f"{method} {where} as {who} sings")
                if response.status_code in (200, 302) and name not in beside and not restores:
                    wrong += [f"{method} {where} as {who}: {response.status_code}"] * (who != "visitor")
                if written - {"django_session"} and not restores and name not in own:
                    wrong.append(f"{method} {where} as {who} wrote {written}")
    assert not wrong, "\n".join(wrong)
    assert "kestrel" in house.people["curator"].get("/processes/deleted/").content.decode()
    assert house.people["analyst"].post(f"/processes/deleted/{process.pk}/restore/", signed()).status_code == 404


def test_deleted_talks_come_back_as_they_were(process, cora, alma):
    document = documents.export(process)
    cora.post(url(process, "delete/"), signed(typed="valley"))
    assert cora.get(url(process)).status_code == 404
    page = text(cora.get("/processes/deleted/"))
    assert "Sharing the valley" in page and "Deleted by cora: Their talks are over" in page
    where = f"/processes/deleted/{process.pk}/restore/"
    assert cora.post(where, signed(reason="")).status_code == 422
    assert cora.post(where, signed()).status_code == 302
    assert documents.export(stored(process)) == document and not list(history.verify(process))
    assert alma.get(url(process)).status_code == 200
    assert cora.post(where, signed()).status_code == 404


def long_ago(process, days):
    with history.changeset(process, reason="An earlier day", even_closed=True) as door:
        door.update(stored(process), retired_at=timezone.now() - timedelta(days=days))


def swept():
    out = io.StringIO()
    call_command("sweep", stdout=out)
    return out.getvalue()


def verified(*slugs):
    out = io.StringIO()
    call_command("verify_history", *slugs, stdout=out)
    return out.getvalue()


def test_after_thirty_days_they_are_removed_for_good_with_their_chain_and_no_others(process, cora, append_only):
    glen = valley.create("glen")
    Draft.objects.create(process=process, address="/a/", user=cora.user, typed="{}", seen_at=timezone.now())
    kind = ContentType.objects.get_for_model(Position)
    position = Position.objects.get(process=process)
    for pk in (position.pk, 10**9):
        LogEntry.objects.create(
            user=cora.user, content_type=kind, object_id=pk, object_repr="Open the slope", action_flag=2
        )
    cora.post(url(process, "delete/"), signed(typed="valley"))
    long_ago(process, 29)
    assert "removed for good: 0" in swept() and cora.post(f"/processes/deleted/{process.pk}/restore/", signed())
    cora.post(url(process, "delete/"), signed(typed="valley"))
    long_ago(process, 31)
    assert cora.post(f"/processes/deleted/{process.pk}/restore/", signed()).status_code == 404
    assert "Sharing the valley" not in cora.get("/processes/deleted/").content.decode()
    last = process.changesets.order_by("-number").first()
    with pytest.raises(DatabaseError), transaction.atomic():
        Changeset.objects.filter(pk=last.pk).delete()
    assert "removed for good: 1" in swept()
    assert not any(model.objects.filter(process=process.pk).exists() for model in keeping.belonging())
    assert list(LogEntry.objects.values_list("object_id", flat=True)) == [str(10**9)]
    left = Removal.objects.get()
    assert (left.slug, left.changes, left.last_seal) == ("valley", last.number, last.hash)
    said = verified()
    assert "glen: holds" in said and f"with its {last.number} changes; last seal {last.hash}" in said
    assert verified("valley").startswith("valley: deleted on")
    with pytest.raises(CommandError, match="no process"):
        verified("nowhere")
    for model in (Changeset, Removal):  # the guards are back
        with pytest.raises(DatabaseError), transaction.atomic():
            model._base_manager.all()._raw_delete("default")
    assert not list(history.verify(glen))
    assert valley.create("valley").pk != process.pk  # the address is free again


def test_every_row_of_this_house_belongs_to_a_process():
    from django.apps import apps

    outside = {
        model.__name__ for model in apps.get_app_config("issues").get_models() if model not in keeping.belonging()
    }
    assert outside == {"Process", "Removal", "Tally", "Token"}, (
        "Say in keeping.remove how rows of this model are removed."
    )


def test_an_open_invitation_to_deleted_talks_leads_nowhere(process, cora):
    from issues import people

    _, token = people.invite(process, "x@example.org", "reader", cora.user)
    assert Person().get(f"/invitations/{token}/").status_code == 200
    cora.post(url(process, "delete/"), signed(typed="valley"))
    assert Person().get(f"/invitations/{token}/").status_code == 404
    assert not Invitation.objects.open().exists()


@pytest.mark.parametrize("rest", ["keeping/", "keeping/edit/", "delete/"])
def test_their_pages_cost_the_same_however_much_is_on_record(rest, process, cora, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert cora.get(url(process, rest)).status_code == 200


def test_the_list_of_deleted_talks_costs_the_same_whatever_its_length(process, cora, django_assert_num_queries):
    for slug in ("valley", "glen", "dale"):
        one = process if slug == "valley" else valley.create(slug)
        if one is not process:
            cora.joins(one, "curator")
        cora.post(url(one, "delete/"), signed(typed=slug))
        with django_assert_num_queries(3):
            assert slug in "valley glen dale" and cora.get("/processes/deleted/").status_code == 200


def sent(document, name="talks.json", **more):
    file = io.BytesIO(document if isinstance(document, bytes) else documents.text_of(document).encode())
    file.name = name
    return signed(document=file, visibility="members") | more


def test_talks_are_loaded_from_a_document_once_and_led_by_who_sent_it(process, cora):
    document = documents.export(process)
    document["process"] |= {"slug": "copy", "name": "A copy"}
    again = sent(document)
    assert cora.post(LOAD, again)["Location"] == "/processes/copy/"
    again["document"].seek(0)
    assert cora.post(LOAD, again)["Location"] == "/processes/copy/"
    copy = Process.objects.get(slug="copy")
    assert copy.visibility == "members" and copy.memberships.get().role == "curator"
    assert documents.export(copy)["positions"] == document["positions"]
    assert not list(history.verify(copy))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["sides"][0].update(role="boss"), "sides[0].role"),
        (lambda d: d["process"].update(slug="new"), "is the address of a page of this site"),
        (lambda d: d["process"].update(slug="valley"), "belongs to other talks"),
        (lambda d: d["positions"][0].update(side="nobody"), "positions[0].side"),
    ],
)
def test_every_fault_of_a_document_is_listed_with_its_place_and_nothing_is_written(change, said, process, cora):
    document = documents.export(process)
    document["process"]["slug"] = "copy"
    document["issues"][0]["title"] = "x" * 121
    if "belongs" in said:
        del document["issues"][0]["title"]
        document["issues"][0]["title"] = "Grass"
    change(document)
    before = Process.objects.count(), Changeset.objects.count()
    response = cora.post(LOAD, sent(document))
    assert response.status_code == 422 and said in text(response)
    assert ("issues[0].title" in text(response)) is ("belongs" not in said)
    assert (Process.objects.count(), Changeset.objects.count()) == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"{", "not valid JSON: line 1"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a: &x [*x]", "anchor or alias"),
        (b"[]", "document"),
        (b'{"process": 5}', "process"),
        (b" " * 10_000_001, "larger than 10 MB"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence(data, said, cora):
    response = cora.post(LOAD, sent(data, name="tal\x00ks<b>.json"))
    assert response.status_code == 422 and said in text(response)
