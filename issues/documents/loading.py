"""Load a process document into the record: all of it in one changeset, or nothing."""

from collections.abc import Callable

from django.db import IntegrityError

from .. import history
from ..models import Process
from . import past, rules, shape
from .comparison import MISSING, NEW, Change, Plan, compare
from .faults import DocumentError, Fault, Faulty
from .fields import MODELS
from .report import Report

BATCH = 500
LONGEST_REASON = 500
RACE = "The process was changed while the document was being compared with it; nothing was written. Load it again."
CLOSED = "The process is archived or deleted; nothing was written. A curator can open it again or bring it back."


def check(document: object) -> list[Fault]:
    """Return every fault of a document, in its order; none means that it is sound. It asks no database."""
    return examine(document)[0]


def examine(document: object) -> tuple[list[Fault], dict]:
    """Return the faults of a document, and what of it has the right types."""
    faults, typed = shape.compare(document)
    places = {fault.path for fault in faults}
    faults += [fault for fault in rules.check(typed) if fault.path not in places]
    if not faults and past.SECTION in typed:
        faults += past.check(typed)
    order = {name: i for i, name in enumerate(shape.SCHEMA["properties"])}
    faults.sort(key=lambda fault: [(step, "") if isinstance(step, int) else (-1, step) for step in fault.path])
    faults.sort(key=lambda fault: order.get(fault.path[0], -1) if fault.path else -1)
    return faults, typed


def load(
    document: object,
    *,
    reason: str,
    user=None,
    update: bool = False,
    dry_run: bool = False,
    visibility: str | None = None,
    key: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Load a document and return a Report of what that did.

    A process that is not there yet is created. One that is there is compared with the document, and changed only
    with `update`; rows that the document lacks are then retired with the reason. Each row gets a snapshot, all in one
    changeset. `progress` is called with (rows written, rows to write) after each batch. `key` makes a repeated load
    harmless: the second raises history.AlreadyWritten.

    Raises Faulty with every fault of the document, DocumentError where it could not be stored; in both cases nothing
    was written.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise DocumentError(f"The reason must be one line of 1 to {LONGEST_REASON} characters.")
    faults, document = examine(document)
    if faults:
        raise Faulty(faults)
    plan = compare(document, visibility)
    is_new = plan.process.pk is None
    written = bool(plan.changes) and not dry_run and (is_new or update)
    report = Report(plan.process, plan.changes, written, is_new, [*rules.notes(document), *past.notes(document)])
    if written:
        try:
            write(plan, reason, user, progress, key)
        except history.Closed:
            raise DocumentError(CLOSED) from None
        except (history.StaleVersion, IntegrityError) as error:
            raise DocumentError(RACE) from error
    return report


def write(plan: Plan, reason: str, user, progress: Callable[[int, int], None], key: str | None = None) -> None:
    """Write a plan in one changeset: what is new, in batches, then what differs, then what is missing."""
    seen, done, total = plan.process.content_version, 0, len(plan.changes)
    with history.changeset(plan.process, reason=reason, user=user, key=key) as door:
        number = Process.objects.values_list("content_version", flat=True).get(pk=plan.process.pk)
        if number != seen + 1:
            raise history.StaleVersion(plan.process)
        for model in MODELS:
            rows = [change.row for change in plan.changes if change.kind == NEW and type(change.row) is model]
            for start in range(0, len(rows), BATCH):
                done += len(door.create(rows[start : start + BATCH]))
                progress(done, total)
        for change in plan.changes:
            if change.kind != NEW:
                write_one(door, change, reason)
                done += 1
                if done % BATCH == 0:
                    progress(done, total)
    progress(total, total)


def write_one(door: history.Door, change: Change, reason: str) -> None:
    """Write one row that is there."""
    if change.kind == MISSING:
        door.retire(change.row, reason)
    else:
        door.update(change.row, **change.values)
