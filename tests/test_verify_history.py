"""`verify_history`: what holds is said to hold, and whatever was tampered with is found, on either database."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from issues import history
from issues.models import Changeset, Citation, Position, Process, Side, Snapshot

from . import valley

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded_process(loaded):
    return loaded(seven_changes)


@pytest.fixture
def process(loaded_process, db):
    """Return a process with seven changes: begin, four by a person, a retirement and a restoration."""
    return loaded_process.restore()


def seven_changes():
    process = valley.create()
    user = User.objects.create_user("anna")
    with history.changeset(process, reason="Record what the hill holds", user=user, key="a-form") as door:
        (held,) = door.create([valley.position(process, "hill", "2024-02-01", 40)])
    with history.changeset(process, reason="Record what the plain holds", user=user, key="b-form") as door:
        (other,) = door.create([valley.position(process, "plain", "2024-02-01", 60)])
    with history.changeset(process, reason="Correct a headline", user=user, key="c-form") as door:
        door.update(held, headline="The hill asks for more")
    with history.changeset(process, reason="Cite the minutes", user=user, key="d-form") as door:
        minutes = valley.Briefing.objects.get(slug="minutes")
        door.create([Citation(process=process, briefing=minutes, position=held)])
    with history.changeset(process, reason="Take one out", user=user, key="e-form") as door:
        door.retire(other, "Entered twice")
    with history.changeset(process, reason="Bring it back", user=user, key="f-form") as door:
        door.restore(other)
    return process


def faults(process):
    """Return what the command writes to stderr, or an empty list when it says that the record holds."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_history", process.slug, stdout=out, stderr=err)
    except CommandError:
        assert err.getvalue().strip()
        return err.getvalue().splitlines()
    assert "holds:" in out.getvalue() and not err.getvalue()
    return []


def flipped(text, place):
    """Return a text with one character changed; `place` is a share of its length."""
    at = int(len(text) * place)
    return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]


def test_an_untouched_record_holds_and_is_counted(process):
    out = StringIO()
    call_command("verify_history", stdout=out)
    last = Changeset.objects.get(process=process, number=7)
    assert out.getvalue() == f"valley: holds: 7 changes, 10 rows; last seal {last.hash}\n"


def test_the_shipped_data_set_holds(talks):
    assert faults(talks) == []


def test_every_process_gets_its_line_and_one_that_is_named_is_looked_at_alone(process, back_channel):
    out = StringIO()
    call_command("verify_history", stdout=out)
    assert [line.partition(":")[0] for line in out.getvalue().splitlines()] == ["back-channel", "valley"]
    Changeset.objects.filter(process=back_channel).update(reason="Another")
    assert faults(process) == []
    assert faults(back_channel) == ["back-channel: Change 1 was altered after it was written."]


def test_a_name_that_is_none_is_told_with_those_that_are(process):
    with pytest.raises(CommandError, match=r"no process vally\. The processes are: valley\."):
        call_command("verify_history", "vally")


def test_without_any_process_there_is_nothing_to_verify(db):
    out = StringIO()
    call_command("verify_history", stdout=out)
    assert "no process yet" in out.getvalue()


TEXTS = [
    *((Changeset, name) for name in ("reason", "hash", "user_name", "previous_hash", "idempotency_key")),
    *((Snapshot, name) for name in ("data", "model")),
]


@pytest.mark.parametrize("place", [0, 0.5, 0.99])
@pytest.mark.parametrize("number", [2, 4, 7])
@pytest.mark.parametrize(("model", "field"), TEXTS, ids=lambda one: getattr(one, "__name__", one))
def test_one_changed_character_is_found(process, model, field, number, place):
    of_change = {"number": number} if model is Changeset else {"changeset__number": number}
    row = model.objects.filter(process=process, **of_change).first()
    model.objects.filter(pk=row.pk).update(**{field: flipped(getattr(row, field), place)})
    assert faults(process)


SMALL = [
    (Changeset, "moment", F("moment") + history.timezone.timedelta(microseconds=1)),
    (Changeset, "user", None),
    (Changeset, "idempotency_key", None),
    (Changeset, "number", F("number") + 100),
    (Snapshot, "object_id", F("object_id") + 1),
    (Snapshot, "version", F("version") + 1),
]


@pytest.mark.parametrize("number", [2, 4, 7])
@pytest.mark.parametrize(("model", "field", "value"), SMALL, ids=lambda one: getattr(one, "__name__", str(one)))
def test_a_changed_moment_person_or_number_is_found(process, model, field, value, number):
    of_change = {"number": number} if model is Changeset else {"changeset__number": number}
    assert model.objects.filter(process=process, **of_change).update(**{field: value})
    assert faults(process)


def test_a_moment_that_is_none_any_more_is_a_fault_and_no_crash(process):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but moments in such a column.")
    for value in ("2024-13-01 00:00:00", "soon"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE issues_changeset SET moment = %s WHERE number = 3", [value])
        assert "cannot be read to its end" in faults(process)[0]


@pytest.mark.parametrize("number", [1, 2, 4, 7])
def test_a_removed_change_is_found(process, number):
    found = Changeset.objects.filter(process=process, number=number)
    Snapshot.objects.filter(changeset__in=found).delete()
    found.delete()
    assert faults(process)


def test_removed_last_changes_are_found_although_the_count_was_lowered(process):
    last = Changeset.objects.filter(process=process, number__gte=6)
    Snapshot.objects.filter(changeset__in=last).delete()
    last.delete()
    Process.objects.update(content_version=5)
    assert any("differs from its last snapshot" in fault for fault in faults(process))


@pytest.mark.parametrize("number", [1, 2, 4, 7])
def test_a_removed_snapshot_is_found(process, number):
    Snapshot.objects.filter(pk=Snapshot.objects.filter(changeset__number=number).first().pk).delete()
    assert f"valley: Change {number} was altered after it was written." in faults(process)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (4, 7)])
def test_two_changes_that_changed_places_are_found(process, one, other):
    places = dict(Changeset.objects.filter(number__in=[one, other]).values_list("number", "pk"))
    for number, pk in ((99, places[one]), (one, places[other]), (other, places[one])):
        Changeset.objects.filter(pk=pk).update(number=number)
    assert faults(process)


def test_two_changes_that_changed_keys_are_found(process):
    first, second = Changeset.objects.filter(number__in=[2, 3]).order_by("number")
    held = {one.pk: list(one.snapshots.values_list("pk", flat=True)) for one in (first, second)}
    columns = {one.pk: {k: v for k, v in vars(one).items() if k not in ("_state", "id")} for one in (first, second)}
    for one in (first, second):
        Changeset.objects.filter(pk=one.pk).update(number=one.number + 100, idempotency_key=None)
    Changeset.objects.filter(pk=first.pk).update(**columns[second.pk])
    Changeset.objects.filter(pk=second.pk).update(**columns[first.pk])
    Snapshot.objects.filter(pk__in=held[first.pk]).update(changeset=second.pk)
    Snapshot.objects.filter(pk__in=held[second.pk]).update(changeset=first.pk)
    assert faults(process) == ["valley: Change 3 was put in another place."]


def test_a_snapshot_that_was_moved_is_found(process, back_channel):
    snapshot = Snapshot.objects.filter(changeset__number=3, process=process).first()
    elsewhere = Changeset.objects.get(process=process, number=5)
    Snapshot.objects.filter(pk=snapshot.pk).update(changeset=elsewhere)
    assert len(faults(process)) == 2
    Snapshot.objects.filter(pk=snapshot.pk).update(changeset=snapshot.changeset_id)
    assert not faults(process)
    Snapshot.objects.filter(pk=snapshot.pk).update(process=back_channel)
    assert faults(process) == ["valley: Change 3 was altered after it was written."]


def test_a_forged_change_at_the_end_is_found(process):
    Changeset.objects.create(
        process=process, number=8, moment=history.timezone.now(), reason="Nothing to see", hash="0" * 64
    )
    Process.objects.update(content_version=8)
    assert "valley: Change 8 was altered after it was written." in faults(process)


def save_past_the_door(process):
    position = Position.objects.first()
    position.body = "They say something else."
    position.save()


def insert_past_the_door(process):
    valley.position(process, "town", "2024-03-01", 50).save()


def delete_past_the_door(process):
    Citation.objects.all().delete()


def retire_past_the_door(process):
    Side.objects.filter(slug="town").update(retired_at=history.timezone.now())


def rename_past_the_door(process):
    Process.objects.update(name="Sharing the water")


def count_past_the_door(process):
    Process.objects.update(content_version=F("content_version") + 1)


@pytest.mark.parametrize(
    "write",
    [
        save_past_the_door,
        insert_past_the_door,
        delete_past_the_door,
        retire_past_the_door,
        rename_past_the_door,
        count_past_the_door,
    ],
    ids=lambda write: write.__name__,
)
def test_a_write_past_the_door_is_found(process, write):
    write(process)
    assert len(faults(process)) == 1


STATEMENTS = [
    "UPDATE issues_{} SET process_id = process_id",
    "DELETE FROM issues_{}",
    *(["TRUNCATE issues_{} CASCADE"] if connection.vendor == "postgresql" else []),
]


@pytest.mark.parametrize("table", ["changeset", "snapshot"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_or_remove_what_was_recorded(append_only, process, table, statement):
    connection.check_constraints()  # PostgreSQL truncates no table whose rows it has still to check
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert not faults(process)


@pytest.mark.parametrize("table", ["changeset", "snapshot"])
def test_without_the_guards_the_database_would_not_refuse(process, table):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE issues_{table} SET process_id = process_id")
        assert cursor.rowcount
