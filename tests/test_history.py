"""The one write door: who, when, why, and a snapshot of every row; nothing lost, nothing half-written."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from issues import documents, history
from issues.models import Briefing, Changeset, Position, Process, Side, Snapshot

from .test_document_faults import AMBER_PASS


@pytest.fixture
def amber(db):
    """Return a small process with a row of every kind."""
    return documents.load(documents.read(AMBER_PASS), reason="Load it").process


@pytest.fixture
def position(amber):
    return Position.objects.get()


def write(row, reason="Correct it", **changes):
    """Write one row through the door."""
    with history.changeset(row.process, reason=reason) as door:
        return door.update(row, **changes)


def side(process, slug="x", **changes):
    columns = {"name": "X", "short_label": "X", "role": "party", "order": 9, "marker": "plus", "colour": 6}
    return Side(process=process, slug=slug, **columns | changes)


def state():
    """Return what is stored, rows and history."""
    models = (Process, Position, Side, Changeset, Snapshot)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_change_says_who_when_and_why(amber):
    anna = User.objects.create_user("anna")
    with history.changeset(amber, reason="  They\n said so ", user=anna) as door:
        [row] = door.create([side(amber)])
    written = Changeset.objects.get(number=2)
    assert (written.process, written.reason, written.user, written.user_name) == (amber, "They said so", anna, "anna")
    assert written.moment == row.created_at == row.updated_at
    assert amber.content_version == Process.objects.get().content_version == 2


def test_the_name_of_who_wrote_outlives_the_account(amber):
    anna = User.objects.create_user("anna")
    with history.changeset(amber, reason="They said so", user=anna) as door:
        door.create([side(amber)])
    anna.delete()
    assert Changeset.objects.get(number=2).user_name == "anna"
    assert list(history.verify(amber)) == []


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_no_write_without_a_reason(amber, reason):
    before = state()
    with pytest.raises(ValueError, match="needs a reason"), history.changeset(amber, reason=reason) as door:
        door.create([side(amber)])
    assert state() == before


def test_a_snapshot_holds_every_column_of_the_row_as_the_change_left_it(position):
    row = write(position, headline="Northern guards go", placement=None)
    snapshot = Snapshot.objects.get(changeset__number=2)
    assert (snapshot.model, snapshot.object_id, snapshot.version) == ("position", position.pk, 2)
    columns = {field.attname for field in Position._meta.concrete_fields} - {"id"}
    assert set(json.loads(snapshot.data)) == columns
    stored, kept = Position.objects.get(), history.row_of(snapshot)
    assert stored.headline == "Northern guards go"
    assert {name: getattr(kept, name) for name in columns} == {name: getattr(stored, name) for name in columns}
    assert kept.pk == row.pk


def test_the_snapshot_of_a_row_written_twice_in_one_change_is_its_last(position):
    with history.changeset(position.process, reason="Twice") as door:
        door.update(position, headline="First")
        door.update(position, headline="Second")
    assert json.loads(Snapshot.objects.get(changeset__number=2).data)["headline"] == "Second"


def test_first_versions_are_recorded_too(amber):
    assert Snapshot.objects.filter(model="position", version=1).count() == Position.objects.count()


def test_a_new_process_is_the_first_row_of_its_first_change(db):
    process = Process(slug="new", name="New", question="Why?", started_on=date(2024, 1, 1))
    with history.changeset(process, reason="Open it") as door:
        door.create([side(process)])
    assert process.content_version == 1
    assert list(Snapshot.objects.values_list("model", flat=True)) == ["process", "side"]


def test_a_process_is_snapshot_without_its_counter(amber):
    snapshot = Snapshot.objects.get(model="process")
    assert "content_version" not in json.loads(snapshot.data)


# Versions


def test_an_update_counts_the_version_up(position):
    write(position, body="One")
    assert (position.version, Position.objects.get().version) == (2, 2)
    assert position.updated_at == Changeset.objects.get(number=2).moment


def test_a_write_to_a_version_that_is_gone_is_refused_whole(position):
    theirs = Position.objects.get()
    write(theirs, body="Theirs")
    before = state()
    with pytest.raises(history.StaleVersion) as caught, history.changeset(position.process, reason="Mine") as door:
        door.create([side(position.process)])
        door.update(position, body="Mine")
    assert caught.value.row is position
    assert state() == before
    assert Position.objects.get().body == "Theirs"


def test_no_edit_of_many_is_lost(position):
    for number in range(20):
        reader_a, reader_b = Position.objects.get(), Position.objects.get()
        write(reader_a, body=f"{reader_a.body} a{number}")
        with pytest.raises(history.StaleVersion):
            write(reader_b, body=f"{reader_b.body} b{number}")
        again = Position.objects.get()
        write(again, body=f"{again.body} b{number}")
    assert Position.objects.get().body == "".join(f" a{i} b{i}" for i in range(20))
    assert Position.objects.get().version == 41


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_lose_nothing_and_leave_no_gap():
    process = documents.load(documents.read(AMBER_PASS), reason="Load it").process
    writers, edits, start = 4, 8, threading.Barrier(4)

    def edit_until_done(writer):
        start.wait()
        for number in range(edits):
            while True:
                row = Position.objects.get()
                try:
                    write(row, body=f"{row.body} {writer}.{number}")
                    break
                except history.StaleVersion:
                    continue
        connection.close()

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(edit_until_done, range(writers)))
    process.refresh_from_db()
    expected = {f"{writer}.{number}" for writer in range(writers) for number in range(edits)}
    assert set(Position.objects.get().body.split()) == expected
    assert process.content_version == Changeset.objects.count() == writers * edits + 1
    assert list(history.verify(process)) == []


def test_without_the_door_an_edit_is_lost(position):
    theirs = Position.objects.get()
    theirs.body = "Theirs"
    theirs.save()
    position.headline = "Mine"
    position.save()
    assert Position.objects.get().body == ""


def test_a_retired_row_is_kept_and_can_be_brought_back(position):
    with history.changeset(position.process, reason="Not theirs") as door:
        door.retire(position, "Not theirs")
    assert not Position.objects.live().exists()
    assert Position.objects.get().retired_reason == "Not theirs"
    with history.changeset(position.process, reason="Theirs after all") as door:
        door.restore(position)
    row = Position.objects.live().get()
    assert (row.pk, row.version, row.retired_reason) == (position.pk, 3, "")
    assert Snapshot.objects.filter(model="position").count() == 3


# All or nothing


def test_a_fault_inside_leaves_nothing_behind(position):
    before = state()
    with pytest.raises(ZeroDivisionError), history.changeset(position.process, reason="Break") as door:
        door.update(position, body="Half")
        door.create([side(position.process)])
        raise ZeroDivisionError
    assert state() == before


def test_a_row_that_the_database_refuses_takes_the_change_with_it(position):
    before = state()
    with pytest.raises(IntegrityError), history.changeset(position.process, reason="Break") as door:
        door.update(position, body="Half")
        door.create([side(position.process, marker="star")])
    assert state() == before


def test_a_failing_snapshot_takes_the_row_with_it(position, monkeypatch):
    before = state()

    def fail(*arguments, **options):
        raise IntegrityError("no room")

    monkeypatch.setattr(history, "data_of", fail)
    with pytest.raises(IntegrityError), history.changeset(position.process, reason="Break") as door:
        door.update(position, body="Half")
    assert state() == before


@pytest.mark.parametrize("broken", ["SELECT no_such_column, %s, %s", "SELECT %s, %s FROM no_such_table"])
def test_a_failure_in_what_is_sent_together_takes_the_change_with_it(position, monkeypatch, broken):
    before = state()
    monkeypatch.setitem(history.keeping.LEARN, connection.vendor, broken)
    with pytest.raises(DatabaseError), history.changeset(position.process, reason="Break") as door:
        door.update(position, body="Half")
    assert state() == before
    monkeypatch.undo()
    position.refresh_from_db()
    assert write(position, body="Whole").version == position.version and not [*history.verify(position.process)]


def test_a_repeated_submit_is_written_once(position):
    with history.changeset(position.process, reason="Once", key="form-1") as door:
        door.update(position, body="Once")
    before = state()
    with (
        pytest.raises(history.AlreadyWritten) as caught,
        history.changeset(position.process, reason="Once", key="form-1") as door,
    ):
        door.update(position, body="Twice")
    assert caught.value.changeset.number == 2
    assert state() == before
    write(position, body="Twice")
    assert Position.objects.get().body == "Twice"


# The sequence holds together


@pytest.fixture
def changed(position):
    """Return a process with four changes."""
    for number in range(3):
        write(position, body=str(number))
    return position.process


def test_numbers_run_without_a_gap_and_two_processes_count_apart(changed, other_talks):
    numbers = Changeset.objects.filter(process=changed).order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4]
    assert other_talks.content_version == 1
    assert list(history.verify(changed)) == list(history.verify(other_talks)) == []


TAMPERING = {
    "a reason": lambda: Changeset.objects.filter(number=2).update(reason="Other"),
    "a name": lambda: Changeset.objects.filter(number=2).update(user_name="carl"),
    "a moment": lambda: Changeset.objects.filter(number=3).update(moment="2020-01-01T00:00Z"),
    "a snapshot": lambda: Snapshot.objects.filter(changeset__number=2).update(data="{}"),
    "a version": lambda: Snapshot.objects.filter(changeset__number=2).update(version=F("version") + 1),
    "a snapshot taken out": lambda: Snapshot.objects.filter(changeset__number=3).delete(),
    "a change taken out": lambda: (
        Snapshot.objects.filter(changeset__number=3).delete(),
        Changeset.objects.filter(number=3).delete(),
    ),
    "the last change taken out": lambda: (
        Snapshot.objects.filter(changeset__number=5).delete(),
        Changeset.objects.filter(number=5).delete(),
    ),
    "two changes in another order": lambda: (
        Changeset.objects.filter(number=2).update(number=99),
        Changeset.objects.filter(number=3).update(number=2),
        Changeset.objects.filter(number=99).update(number=3),
    ),
    "a row written past the door": lambda: Position.objects.update(body="Unrecorded"),
    "a row added past the door": lambda: side(Process.objects.get()).save(),
    "a row removed past the door": lambda: Briefing.objects.filter(slug="spare").delete(),
}


@pytest.mark.parametrize("tamper", TAMPERING.values(), ids=TAMPERING)
def test_tampering_is_found(changed, tamper):
    spare = Briefing(process=changed, slug="spare", published_on=date(2024, 1, 1), kind="news", title="Spare")
    with history.changeset(changed, reason="Add one that nothing points to") as door:
        door.create([spare])
    assert list(history.verify(changed)) == []
    tamper()
    assert list(history.verify(changed))


@pytest.mark.parametrize("model", [Changeset, Snapshot], ids=lambda model: model.__name__)
def test_the_database_refuses_to_change_or_remove_what_was_recorded(changed, append_only, model):
    rows = model.objects.order_by("pk")[:1]
    row = model.objects.filter(pk=rows[0].pk)
    for tamper in (lambda: row.update(process=changed), lambda: row._raw_delete("default")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            tamper()
    write(Position.objects.get(), body="More")
    assert list(history.verify(changed)) == []


def test_without_that_guard_the_record_could_be_changed(changed):
    assert Changeset.objects.filter(number=1).update(reason="Other") == 1
