"""Write the rows of a file that were chosen: all of them in one changeset, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import IntegrityError

from .. import history
from ..documents import fields
from ..editing.making import derive, free_number, freed, stem_of
from ..models import Briefing, Changeset, Compromise, Issue, Process, Side, StatusEvent
from ..models.base import Content
from . import evidence
from .comparison import CHANGED, NEW
from .faults import Overtaken
from .kinds import Kind
from .matching import step_of

BATCH = 500
MOVED = "The record was changed while the rows were compared with it; nothing was written. Look at the preview again."
Progress = Callable[[int, int], None]
Find = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Chosen:
    """A row that is to be written: new or changed, the row on record that it changes, and what it says."""

    kind: str
    pk: int | None
    says: dict[str, Any]


def apply(
    process: Process,
    kind: Kind,
    found: Sequence[Chosen],
    seen: int,
    *,
    reason: str,
    user=None,
    key: str | None = None,
    progress: Progress = lambda done, total: None,
) -> Changeset:
    """Write rows that are new or changed, as they were compared with a process, in one changeset, and return it.

    `seen` is the process's content version when they were. Raises Overtaken, with nothing written, if it is another by
    now. `progress` is called with (rows written, rows to write). A second call with the same key writes nothing and
    returns the first one's changeset.
    """
    try:
        with history.changeset(process, reason=reason, user=user, key=key) as door:
            if version_of(process) != seen + 1:
                raise Overtaken(MOVED)
            write(door, kind, found, progress)
    except history.AlreadyWritten as done:
        return done.changeset
    except (history.StaleVersion, IntegrityError) as error:
        raise Overtaken(MOVED) from error
    return Changeset.objects.get(process=process, number=seen + 1)


def version_of(process: Process) -> int:
    """Return how many changes a process has by now, one that is being written included. One SQL query."""
    return Process.objects.values_list("content_version", flat=True).get(pk=process.pk)


def write(door: history.Door, kind: Kind, found: Sequence[Chosen], progress: Progress):
    """Write findings: what is new, in batches, then what differs."""
    new = [one for one in found if one.kind == NEW]
    changed = [one for one in found if one.kind == CHANGED]
    done, total = 0, len(found)
    find = finder(door.process, found)
    rows = made(door.process, kind, new, find)
    for start in range(0, len(rows), BATCH):
        done += len(door.create(rows[start : start + BATCH]))
        progress(done, total)
    if kind.model is Compromise:
        door.create(steps(door.process, rows, new, find))
    backed = [(row, one.says.get(evidence.LIST, [])) for row, one in zip(rows, new, strict=True)]
    for start in range(0, len(changed), BATCH):
        batch = changed[start : start + BATCH]
        stored = kind.model.objects.in_bulk([one.pk for one in batch])
        for one in batch:
            if changes := attributes(kind, one.says, find):
                door.update(stored[one.pk], **changes)
            backed.append((stored[one.pk], one.says.get(evidence.LIST, [])))
        done += len(batch)
        progress(done, total)
    if evidence.LIST in kind.fields:
        door.create(evidence.citations(door.process, kind.name, backed, find))


def made(process: Process, kind: Kind, new: list[Chosen], find: Find) -> list[Content]:
    """Return new rows, unsaved, each with a name of its own in the address, and a compromise with its number."""
    stored = kind.model.objects.filter(process=process)
    taken = {*stored.values_list("slug", flat=True), *(one.says.get("slug") for one in new)}
    numbers = count(free_number(process))
    given = {one.says.get("number") for one in new}
    rows = []
    for one in new:
        row = kind.model(process=process, **fields.values(kind.model, one.says, find))
        derive(row)
        if isinstance(row, Compromise) and not row.number:
            row.number = next(number for number in numbers if number not in given)
        if not row.slug:
            row.slug = freed(stem_of(row), taken)
            taken.add(row.slug)
        rows.append(row)
    return rows


def steps(process: Process, rows: list[Content], new: list[Chosen], find: Find) -> list[StatusEvent]:
    """Return the first step of each new compromise, unsaved."""
    said = (fields.values(StatusEvent, step_of(one.says), find) for one in new)
    return [StatusEvent(process=process, **{**one, "compromise": row}) for row, one in zip(rows, said, strict=True)]


def attributes(kind: Kind, said: dict[str, Any], find: Find) -> dict[str, Any]:
    """Return {field of the model: value} for what a row changes."""
    found = fields.values(kind.model, said, find)
    written = {kind.fields[name].attribute for name in said if name != evidence.LIST} | (
        {"text_sha256"} if "text" in said else set()
    )
    return {name: found[name] for name in written}


def finder(process: Process, found: Sequence[Chosen]) -> Find:
    """Return the function that finds the row of a model that a slug stands for. At most three SQL queries."""
    rows: dict = {}
    for names, model in ((("issue",), Issue), (("side", "rejected_by"), Side), (("briefing",), Briefing)):
        slugs = {one.says[name] for one in found for name in names if name in one.says}
        if model is Briefing:
            slugs |= {source["briefing"] for one in found for source in one.says.get(evidence.LIST, ())}
        if slugs:
            stored = model.objects.filter(process=process).defer(*HEAVY.get(model, ()))
            rows |= {(model, row.slug): row for row in stored if row.slug in slugs}
    return lambda model, slug: rows[model, slug]


HEAVY = {Briefing: ("text", "abstract", "provenance")}
