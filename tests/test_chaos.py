"""Nothing is lost when many write at once: the harness of `python -m benchmarks.chaos`, with small numbers.

The other tests here are of the harness itself: whatever it looks for, it must see where it is.
"""

import json
import time
from itertools import islice

import pytest
from django.contrib.auth.models import User
from django.db import connection

from benchmarks.chaos import browser, merging, record, tampering
from benchmarks.chaos.check import compare
from benchmarks.chaos.site import Site, finish
from benchmarks.chaos.writers import Entry, entries
from issues import history
from issues.analysis.merge import Merged
from issues.models import Changeset, Citation, Position, Snapshot

from . import valley

WRITERS, POSTS = 8, 24


def test_what_was_saved_stays_whatever_comes_at_once(pytestconfig):
    """R1, R3, R5 and R14: one site of two workers for all of it, because it takes seconds to start.

    The long run breaks a rule of the site, too; the tests below hold in every run that what it does is noticed.
    """
    long = pytestconfig.getoption("long")
    edits = 400 if long else 80
    with Site(connection.vendor, workers=2) as site:
        finish(site.start_writers("b", "repeating", POSTS, WRITERS))
        found = site.write("a", "conflicting", edits, WRITERS, admins=2)
        assert found.faults == [] and found.unanswered == 0 and site.errors() == 0
        assert found.saved + found.refused >= edits
        assert found.refused > edits / 10 and found.without_version > 0
        assert {"page", "htmx", "api"} <= found.paths.keys()
        assert found.repeated >= POSTS

        writers = site.start_writers("c", "conflicting", 10**9, 4)
        took = []
        for _ in range(2 if long else 1):
            time.sleep(0.5)
            took.append(site.kill_worker())
        site.say_stop(writers)
        assert site.check().faults == [] and max(took) < 10

        if long:
            site.serve(CHAOS_BREAKS="versions")
            found = site.write("d", "conflicting", 60, WRITERS)
            assert len(found.lost) > 5
            assert found.history == found.replay == []  # what was lost is still on record


def test_no_word_is_missing_after_a_merge():
    assert merging.missing(300) == []
    assert merging.missing(300, lambda base, theirs, mine: Merged(mine, True))
    assert merging.missing(300, lambda base, theirs, mine: Merged(theirs, True))


def test_every_way_to_tamper_with_the_record_is_found(db, monkeypatch):
    record.make(4)
    tampering.write_some(12)
    tried = list(tampering.tampered(60))
    assert [what for what, said in tried if not said] == []
    assert len({what.split()[0] for what, _ in tried}) >= 4
    monkeypatch.setattr(history, "verify", lambda process: ())
    assert [said for _, said in islice(tampering.tampered(60), 3)] == [[], [], []]


# The comparison sees what it looks for


@pytest.fixture
def process(db):
    """Return a record with one edit, as a writer notes it."""
    process = valley.create(record.SLUG)
    held = valley.hold(process, "hill", "2024-02-01", body="One two.")
    with history.changeset(process, reason="chaos w1.1") as door:
        door.update(held, body="One w1 two.")
    return process


@pytest.fixture
def entry(process) -> Entry:
    return Entry("w1.1", "page", Position.objects.get().pk, "body", 1, "One w1 two.", 302)


def faults(*log) -> list[str]:
    return [fault.partition(":")[0] for fault in compare([*log]).faults]


def write(process, reason, body):
    with history.changeset(process, reason=reason) as door:
        door.update(Position.objects.get(), body=body)


def test_what_agrees_has_no_faults(entry):
    assert faults(entry) == []


def test_a_saved_word_that_is_gone_is_lost(process, entry):
    write(process, "chaos w2.1", "One w2 two.")
    assert faults(entry) == ["lost"]


def test_a_word_that_a_loaded_document_put_away_is_replaced_on_record(process, entry):
    write(process, "chaos load.1", "One load two.")
    load = Entry("load.1", "load", entry.row, "body", text="One load two.", status=302)
    found = compare([entry, load])
    assert (found.faults, found.replaced, found.paths) == ([], 1, {"page": 1, "load": 1})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"token": "w9.1"}, "unrecorded"),  # saved, but no change says so
        ({"text": "One w1 two three."}, "unrecorded"),  # saved, but as something else
        ({"status": 409}, "phantom"),  # refused, and written all the same
        ({"status": 500}, "unfair"),
        ({"path": "no version"}, "unfair"),  # saved without a version
        ({"status": 409, "token": "w9.1", "theirs": [2, "One w7 two."]}, "unfair"),  # shows what was never stored
        ({"status": 428, "token": "w9.1"}, "unfair"),  # names a version and is told that it does not
        ({"faults": ["mine is not shown"]}, "unfair"),
        ({"answers": [[302, "/a"], [302, "/b"]]}, "doubled"),
        ({"answers": [[409, ""], [409, ""]]}, "doubled"),
        ({"answers": [[302, "/a"]], "token": "w9.1"}, "unrecorded"),
    ],
)
def test_an_answer_that_does_not_fit_is_seen(entry, changes, expected):
    assert faults(Entry(**vars(entry) | changes)) == [expected]


def test_a_write_that_made_two_changes_is_doubled(process, entry):
    write(process, "chaos w1.1", "One w1 two, once more.")
    assert faults(entry) == ["doubled"]


def test_a_row_written_past_the_door_is_seen_twice(process, entry):
    Position.objects.update(headline="Else")
    assert faults(entry) == ["history", "replay"]


def test_a_row_without_a_revision_is_seen(process, entry):
    valley.position(process, "town", "2024-03-01").save()
    assert "stored without a revision" in compare([entry]).faults[-1]


def test_a_row_that_is_gone_is_seen(process, entry):
    valley.cite(Position.objects.get())
    Citation.objects.all().delete()
    assert "is on record but not stored" in compare([entry]).faults[-1]


def test_a_missing_snapshot_is_seen_by_the_numbers_of_the_versions(process, entry):
    write(process, "Another", "One w1 two three.")
    Snapshot.objects.filter(changeset__number=3).delete()
    assert any("goes from version 1 to 3" in fault for fault in compare([entry]).replay)


def test_moments_that_do_not_follow_the_numbers_are_seen(process, entry):
    first = Changeset.objects.get(number=1)
    Changeset.objects.filter(number=2).update(moment=first.moment)
    assert any("change 2 is not dated after" in fault for fault in compare([entry]).replay)


# What the writers read


def test_the_writers_read_forms_and_conflicts_as_the_site_makes_them(client, process, entry):
    user = User.objects.create_user("alma")
    process.memberships.create(user=user, role="analyst")
    client.force_login(user)
    address = f"/positions/{entry.row}/edit/"
    fields = browser.form(client.get(address).text)
    assert (fields["body"], fields["base_version"], fields["commitment"]) == ("One w1 two.", "2", "law")
    write(process, "Meanwhile", "One w1 two w3.")
    response = client.post(address, fields | {"body": "One w1 w4 <two>.", "reason": "Mine"})
    assert response.status_code == 409
    assert browser.versions(response.text) == ("One w1 two.", "One w1 two w3.", "One w1 w4 <two>.")
    assert browser.compared_with(response.text) == 2
    again = browser.form(response.text)
    assert again["base_version"] == "3" and {"w3.", "w4", "<two>."} <= {*again["body"].split()}


def test_the_logs_of_all_writers_are_read(tmp_path):
    for n in range(2):
        (tmp_path / f"a-{n}.jsonl").write_text(json.dumps(vars(Entry(f"w{n}.1", "page"))) + "\n")
    assert [entry.token for entry in entries(tmp_path)] == ["w0.1", "w1.1"]
