"""The history of a process in its document: every change with its seal, checked against itself and the document."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from .. import history
from ..models import Changeset, Process, Snapshot
from .comparison import joined
from .faults import Fault
from .fields import MODELS
from .writing import document_of

SECTION = "history"
BESIDE = {"$comment", "$schema", SECTION}  # what no row says
# What is sealed of a change, and of a row that it left; what is empty is left out.
SIGNED = ("number", "reason", "user_id", "user_name", "accepted_by_id", "accepted_by_name", "kind", "idempotency_key")
SEALED = (*SIGNED, "previous_hash", "hash")
ROW = ("model", "object_id", "version", "data")
ALTERED = "was altered after it was written: its seal does not fit"
ENDS_OTHERWISE = (
    "does not end with what the document says. Export it anew, or take this section out to load what you changed"
)
# What nonsense under a seal can come to when it is read as rows.
NO_ROWS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValidationError, ValueError)


def export(process: Process) -> dict[str, Any]:
    """Return every change to a process, oldest first, with the rows as it left them. Two SQL queries.

    The seals hold the keys of the process and of its people, so that these stand here too.
    """
    rows: dict[int, list[dict]] = {}
    for one in Snapshot.objects.filter(process=process).order_by("model", "object_id").iterator():
        rows.setdefault(one.changeset_id, []).append({name: getattr(one, name) for name in ROW})
    changes = [
        {name: value for name in SEALED if (value := getattr(one, name)) not in (None, "")}
        | {"moment": one.moment.isoformat(), "rows": rows.get(one.pk, [])}
        for one in Changeset.objects.filter(process=process).order_by("number")
    ]
    return {"process_id": process.pk, "changes": changes}


def check(document: dict) -> Iterator[Fault]:
    """Yield the first place where the history of a document does not hold together, or that it ends otherwise.

    The section must have the schema's shape. It asks no database.
    """
    latest: dict[tuple[str, int], Snapshot] = {}
    section, previous = document[SECTION], ""
    for i, one in enumerate(section["changes"]):
        place = (SECTION, "changes", i)
        try:
            change = Changeset(
                process_id=section["process_id"],
                moment=datetime.fromisoformat(one["moment"]),
                **{name: one[name] for name in SEALED if name in one},
            )
        except ValueError:
            yield Fault((*place, "moment"), "is no moment: it is written as 2026-11-22T16:40:05.123456+00:00")
            return
        snapshots = [Snapshot(**row) for row in one["rows"]]
        if change.number != i + 1 or change.previous_hash != previous:
            yield Fault(place, f"does not follow from the one before it; change {i + 1} is missing or altered")
            return
        if history.seal(change, snapshots) != change.hash:
            yield Fault(place, ALTERED)
            return
        latest |= {(each.model, each.object_id): each for each in snapshots}
        previous = change.hash
    try:
        ends_so = stated(latest) == {name: value for name, value in document.items() if name not in BESIDE}
    except NO_ROWS:
        ends_so = False
    if not ends_so:
        yield Fault((SECTION,), ENDS_OTHERWISE)


def stated(latest: dict[tuple[str, int], Snapshot]) -> dict[str, Any]:
    """Return the document that the last snapshots of all rows make."""
    found: dict[type, list] = {model: [] for model in (Process, *MODELS)}
    for _, snapshot in sorted(latest.items()):
        row: Any = history.row_of(snapshot)
        found[type(row)].append(row)
    (process,) = found.pop(Process)
    return json.loads(json.dumps(document_of(process, joined(process, found))))


def notes(document: dict) -> Iterator[Fault]:
    """Yield what becomes of the history of a sound document that is loaded."""
    if section := document.get(SECTION):
        count, last = len(section["changes"]), section["changes"][-1]["hash"]
        yield Fault(
            (SECTION,),
            f"holds together: {count:,} change{'s' if count > 1 else ''}, last seal {last}. It stays in the file: what "
            "is loaded begins a history of its own; a backup brings one back",
        )
