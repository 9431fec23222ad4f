"""The one write door: every write to the record is one changeset with who, when, why and a snapshot of every row."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from .models import RECORDED, Briefing, Changeset, Citation, Process, Snapshot
from .models.base import Record
from .models.shadows import Cut
from .models.writing import create, insert, sent_together, update
from .search import keeping

# The key stands beside the data, a process's counter would only repeat its changeset's number, and at how many places a
# quote stands follows from the quote and the text.
LEFT_OUT = {"id", "content_version", "places"}
# Columns younger than the first snapshots: at their default, a row is written down as it was before they were there.
YOUNGER = {"archived_at", "asks_review", "merged_into", "own_rules"}
BATCH = 500
COUNT_UP = """
    UPDATE "issues_process" SET content_version = content_version + 1 WHERE id = %s
    RETURNING content_version, asks_review, archived_at, retired_at
"""
BEFORE = """
    SELECT id, idempotency_key, hash, moment FROM issues_changeset WHERE process_id = %s
    AND number = (SELECT content_version - 1 FROM issues_process WHERE id = %s) OR idempotency_key = %s
"""
CLOSED = "nothing can be written to them. What you typed is not saved; copy it, and ask a curator to open them again."


class StaleVersion(Exception):
    """The row was changed by someone else since it was read."""

    def __init__(self, row):
        super().__init__(f"{row._meta.verbose_name} {row.pk} is no longer at version {row.version}")
        self.row = row


class Closed(PermissionDenied):
    """The process is archived or deleted: nothing is written to it."""


class AlreadyWritten(Exception):
    """A write with this idempotency key is done; `changeset` is what it left."""

    def __init__(self, changeset):
        super().__init__(f"written as number {changeset.number}")
        self.changeset = changeset


class UnderReview(PermissionDenied):
    """Nothing was written: what this person writes waits for a curator. `rows` are as they would have been left."""

    def __init__(self, process: Process, rows: list[Record], *, reason: str, user, key: str | None):
        super().__init__("This process asks for review, and this cannot wait for one: ask a curator to do it.")
        self.process, self.rows, self.reason, self.user, self.key = process, rows, reason, user, key


class Door:
    """What may be written inside one changeset. Every row it touches is snapshot when the changeset closes."""

    def __init__(self, process: Process, moment):
        self.process, self.moment = process, moment
        self.touched: dict[tuple[str, int], Record] = {}
        self.changed: dict[tuple[str, int], set[str]] = {}  # the names of the fields that were set

    def create(self, rows: Iterable[Record]) -> list[Record]:
        """Insert rows of one model, in batches, and return them with their keys."""
        rows = list(rows)
        for row in rows:
            row.version, row.created_at, row.updated_at = 1, self.moment, self.moment
        create(rows)
        self._touch(rows, {"id"})
        return rows

    def update(self, row: Record, **changes) -> Record:
        """Set fields of a row that is still at the version it was read at; raise StaleVersion otherwise."""
        changes |= {"updated_at": self.moment}
        if not update(row, row.version, changes):
            raise StaleVersion(row)
        for name, value in changes.items():
            setattr(row, name, value)
        row.version += 1
        self._touch([row], changes.keys())
        return row

    def retire(self, row: Record, reason: str) -> Record:
        """Take a row out of the live record, restorably."""
        return self.update(row, retired_at=self.moment, retired_reason=reason)

    def restore(self, row: Record) -> Record:
        """Bring a retired row back."""
        return self.update(row, retired_at=None, retired_reason="")

    def rows(self, model: type[Record]) -> list:
        """Return the rows of a model that were written."""
        return [row for (name, _), row in self.touched.items() if name == model._meta.model_name]

    def _touch(self, rows, names):
        for row in rows:
            key = (row._meta.model_name, row.pk)
            self.touched[key] = row
            self.changed[key] = self.changed.get(key, set()) | names


@contextmanager
def changeset(
    process: Process,
    *,
    reason: str,
    user=None,
    key: str | None = None,
    accepted_by=None,
    even_closed: bool = False,
    kind="",
) -> Iterator[Door]:
    """Open the door for one changeset in one transaction; a fault inside leaves nothing behind.

    `process` is saved, or new: a new one becomes the first row. `reason` is one line and required. `user` is None for
    writes from a shell. `key` makes a repeated submit harmless: the second raises AlreadyWritten. Raises ValueError
    without a reason, StaleVersion from the door's verbs, UnderReview where the process asks for review of what `user`
    writes and no curator has accepted it (`accepted_by`), and Closed for a process that is archived or deleted, unless
    the write is about that or about who takes part (`even_closed`). `kind` is one of ChangeKind.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ValueError("Every write needs a reason: say in one line what changed and why.")
    with transaction.atomic():
        door = Door(process, timezone.now())
        if process.pk is None:
            door.create([process])
        # First, so that writers to one process queue here and their numbers follow the order of their commits.
        number, closed, before = _count_up(process, key)
        waits = process.reviews(accepted_by or user)
        previous_hash, previous_moment = "", None
        for pk, its_key, *seal_and_moment in before:
            if key and its_key == key:
                raise AlreadyWritten(Changeset.objects.get(pk=pk))
            previous_hash, previous_moment = seal_and_moment
        if closed and not even_closed:
            raise Closed(f"These talks are {closed}: {CLOSED}")
        if previous_moment:
            # Behind the queue, and later than the change before even if the clock was set back: moments follow numbers.
            door.moment = max(timezone.now(), in_utc(previous_moment) + timedelta(microseconds=1))
        yield door
        if waits and door.touched:
            raise UnderReview(process, list(door.touched.values()), reason=reason, user=user, key=key)
        Citation.objects.recount(door.rows(Citation), door.rows(Briefing))
        written = Changeset(
            process=process,
            number=number,
            moment=door.moment,
            reason=reason,
            user_id=user.pk if user else None,
            user_name=user.get_username() if user else "",
            accepted_by_id=accepted_by.pk if accepted_by else None,
            accepted_by_name=accepted_by.get_username() if accepted_by else "",
            kind=kind,
            idempotency_key=key,
            previous_hash=previous_hash,
        )
        snapshots = [
            Snapshot(process_id=process.pk, model=name, object_id=pk, version=row.version, data=data_of(row))
            for (name, pk), row in sorted(door.touched.items(), key=lambda item: item[0])
        ]
        written.hash = seal(written, snapshots)
        create([written])
        for snapshot in snapshots:
            snapshot.changeset_id = written.pk
        with sent_together():
            insert(snapshots)
            keeping.keep(written, door.touched, door.changed)
    process.content_version = number


def _count_up(process: Process, key: str | None) -> tuple[int, str, list[tuple]]:
    """Count a write to a process, and read anew whether it asks for review. Two SQL queries, sent together.

    Return the number of the write, archived or deleted where the process is closed, and (key, idempotency key, seal,
    moment) of the change before it and of one that had this idempotency key.
    """
    with connection.cursor() as counting, connection.cursor() as looking:
        with sent_together():
            counting.execute(COUNT_UP, [process.pk])
            looking.execute(BEFORE, [process.pk, process.pk, key])
        found, before = counting.fetchone(), looking.fetchall()
    if not found:
        raise Process.DoesNotExist("These talks were removed for good; nothing was written.")
    number, asks_review, archived_at, retired_at = found
    process.asks_review = bool(asks_review)
    return number, "deleted" if retired_at else "archived" if archived_at else "", before


def at(process: Process, moment: datetime) -> Changeset | None:
    """Return the last change to the record of a process by a moment, or None before the first. One SQL query."""
    found = Changeset.objects.of_the_record().filter(process=process, moment__lte=moment)
    return found.order_by("-moment", "-number").first()


@contextmanager
def as_of(process: Process, changeset: Changeset, *, withheld: bool = False) -> Iterator[None]:
    """Make every query inside read the record of one process as it was after one of its changes; nothing is written.

    Rows that were not on record then are missing, and so is every other process. Whether the process is public, and
    its address, are those of the present. With `withheld`, rows that have been retired since count as retired.
    Raises ValueError if the changeset is of another process, and RuntimeError at a write to the record.
    """
    if changeset.process_id != process.pk:
        raise ValueError(f"Change {changeset.pk} is not one of process {process.pk}.")
    cut = Cut(changeset, withheld)

    def looking_back(execute, sql, params, many, context):
        if sql.startswith(("SELECT", "(")):
            sql, params = cut.cast(context["connection"], sql, params, RECORDED)
        elif any(f'"{model._meta.db_table}"' in sql for model in (*RECORDED.values(), Changeset, Snapshot)):
            raise RuntimeError("The record is looked at as it was: nothing can be written to it here.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(looking_back):
        yield


def data_of(row: Record) -> str:
    """Return a row's columns as canonical JSON: sorted names, no white space, dates in ISO 8601."""
    columns = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name not in LEFT_OUT and not (field.name in YOUNGER and value == field.get_default()):
            columns[field.attname] = (field.target_field if field.is_relation else field).to_python(value)
    return json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_in_iso)


def row_of(snapshot: Snapshot) -> Record:
    """Return the row that a snapshot holds, as an instance that is not meant to be saved."""
    columns = values_of(snapshot.model, json.loads(snapshot.data))
    return RECORDED[snapshot.model](pk=snapshot.object_id, **columns)


def values_of(model: str, columns: dict) -> dict:
    """Return the columns of a snapshot of a model as Python values, by the names of the columns."""
    fields = {field.attname: field for field in RECORDED[model]._meta.concrete_fields if not field.is_relation}
    return {name: fields[name].to_python(value) if name in fields else value for name, value in columns.items()}


def seal(changeset: Changeset, snapshots: Iterable[Snapshot]) -> str:
    """Return the SHA-256, in hexadecimal, of a changeset, the seal before it and its snapshots in the order given."""
    head = [
        changeset.previous_hash,
        changeset.process_id,
        changeset.number,
        changeset.moment.isoformat(),
        changeset.reason,
        changeset.user_id,
        changeset.user_name,
        changeset.idempotency_key,
    ]
    if changeset.accepted_by_name or changeset.accepted_by_id:  # what came later is sealed only where it is said
        head += [changeset.accepted_by_id, changeset.accepted_by_name]
    if changeset.kind:
        head.append(changeset.kind)
    digest = hashlib.sha256(json.dumps(head, ensure_ascii=False).encode())
    for one in snapshots:
        digest.update(json.dumps([one.model, one.object_id, one.version, one.data], ensure_ascii=False).encode())
    return digest.hexdigest()


def verify(process: Process) -> Iterator[str]:
    """Yield a sentence for every place where the record of changes of a process does not hold together.

    It holds when numbers run from 1 to the process's content version, every seal fits, and the last snapshot of every
    row equals the row: then nothing was altered, removed, reordered, or written past the door.
    """
    expected, previous, latest, last_key = 1, "", {}, 0
    for one in Changeset.objects.filter(process=process).order_by("number").iterator(BATCH):
        if one.number != expected:
            yield f"Change {expected} is missing; change {one.number} stands in its place."
        if one.previous_hash != previous:
            yield f"Change {one.number} does not follow from the one before it."
        if one.pk <= last_key:
            yield f"Change {one.number} was put in another place."
        snapshots = list(one.snapshots.order_by("model", "object_id"))
        if seal(one, snapshots) != one.hash or any(each.process_id != process.pk for each in snapshots):
            yield f"Change {one.number} was altered after it was written."
        latest |= {(each.model, each.object_id): hashlib.sha256(each.data.encode()).digest() for each in snapshots}
        expected, previous, last_key = one.number + 1, one.hash, one.pk
    stored = Process.objects.values_list("content_version", flat=True).get(pk=process.pk)
    if stored != expected - 1:
        yield f"The process counts {stored} changes, but the last one on record is {expected - 1}."
    for name, model in RECORDED.items():
        rows = model.objects.filter(pk=process.pk) if model is Process else model.objects.filter(process=process)
        for row in rows.order_by("pk").iterator(BATCH):
            if latest.pop((name, row.pk), None) != hashlib.sha256(data_of(row).encode()).digest():
                yield f"{row._meta.verbose_name.capitalize()} {row.pk} differs from its last snapshot."
    for name, key in latest:
        label = RECORDED[name]._meta.verbose_name.capitalize() if name in RECORDED else name
        yield f"{label} {key} is on record but is gone."


def grown(model: str, columns: dict) -> dict:
    """Return the columns of a snapshot of a model, with the default of each column that came later."""
    came = [
        field
        for field in RECORDED[model]._meta.concrete_fields
        if field.attname not in columns and field.name not in LEFT_OUT
    ]
    return columns | {field.attname: field.get_default() for field in came}


def once(key: str, *content) -> str:
    """Return the idempotency key of one content of one form: a form sent again with other words is another write."""
    return hashlib.sha256(json.dumps([key, *content], default=str, sort_keys=True).encode()).hexdigest()


def in_utc(moment: datetime) -> datetime:
    """Return a moment with its zone, which SQLite stores it without."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_iso(value):
    return value.isoformat()
