"""Save what an analyst typed: together with a newer version where the two agree, or say where they part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max

from .. import history
from ..families import PARENTS, process_of
from ..history import once
from ..models import Briefing, Citation, Compromise, Position, Process, Snapshot, StatusEvent
from ..models.base import Content, Record
from .making import derive, derived, free_number, free_slug, numbered
from .merging import Parting, reconcile, same
from .parts import Part, fields_of, name_of

# The claims that citations back, by the field that names them.
CLAIMS = {Position: "position", Compromise: "compromise", StatusEvent: "status_event"}


class Refused(Exception):
    """Nothing was written. `stored` is the row as it stands now."""

    def __init__(self, stored: Record | None):
        super().__init__(type(self).__doc__)
        self.stored = stored


class Unchanged(Refused):
    """What was typed is what is stored."""


class Retired(Refused):
    """The row was taken out of the record in the meantime."""


class Conflict(Refused):
    """Someone else changed the same fields. `merged`: every typed field as it could be saved over theirs.

    `base` is the version that both began with, or None where the form did not say.
    """

    def __init__(self, stored: Record, base: int | None, partings: list[Parting], merged: dict):
        super().__init__(stored)
        self.base, self.partings, self.merged = base, partings, merged


class Unfit(Refused):
    """What was typed does not go with what else is stored; `faults` says why, by the field."""

    def __init__(self, faults: dict[str, str]):
        super().__init__(None)
        self.faults = faults


class Overtaken(Refused):
    """Another step was recorded last than the writer knew of."""


@dataclass(frozen=True)
class Saved:
    """A row's new version, or None if only a source was added.

    `kept` names the fields that others changed meanwhile; `cited` holds the keys of the citations that were added.
    """

    version: int | None
    kept: tuple[str, ...] = ()
    cited: tuple[int, ...] = ()


@dataclass(frozen=True)
class Writer:
    """Who wrote a version, and when; the name is empty for writes from a shell."""

    name: str
    moment: datetime


def fits(row: Record) -> dict[str, str]:
    """Return no faults: most rows need no look at others."""
    return {}


# What does not fit with what else is stored, by the attribute of the row; asked behind the door.
Check = Callable[[Any], dict[str, str]]


def save(
    row: Record,
    typed: dict,
    base: int | None,
    *,
    sources: Sequence[dict] = (),
    parts: Sequence[Part] = (),
    number: int | None = None,
    check: Check = fits,
    reason: str,
    user,
    key: str,
    accepted_by=None,
) -> Saved:
    """Write the fields of a row that were typed differently from version `base`, in one changeset.

    `sources` hold the fields of further citations of the row, and `parts` are other rows that belong to it; both are
    written along with it. `number` says which among the sources of its claim a citation becomes. A row that is newer
    than `base` keeps what only others changed. A second call with the same key and the same content writes nothing and
    returns the first one's version. Raises Conflict, Unchanged, Retired or Unfit, or as `history.changeset`
    does, with nothing written.
    """
    content = once(key, user.pk, name_of(row), row.pk, base, typed, sources, [part.told for part in parts], number)
    try:
        with history.changeset(process_of(row), reason=reason, user=user, key=content, accepted_by=accepted_by) as door:
            # Read behind the door: nobody else writes to the process until it closes.
            stored = as_stored(row)
            changes, kept = settle(stored, typed, base)
            moves = numbered(stored, number) if number else {}
            beside = write(door, stored, parts, reason)
            if not changes and not sources and not moves and not beside:
                raise Unchanged(stored)
            for name, value in changes.items():
                setattr(stored, name, value)
            if faults := check(stored):
                raise Unfit(faults)
            changes |= derived(stored, changes)
            if stored in moves:
                changes["order"] = moves.pop(stored)
            if changes:
                door.update(stored, **changes)
            for other, order in moves.items():
                door.update(other, order=order)
            made = cite(door, stored, sources)
    except history.AlreadyWritten as done:
        written = list(done.changeset.snapshots.all())
        own = [one.version for one in written if (one.model, one.object_id) == (name_of(row), row.pk)]
        made = [one.object_id for one in written if (one.model, one.version) == ("citation", 1)]
        return Saved(own[0] if own else None, cited=tuple(made))
    return Saved(stored.version if changes else None, kept, cited=tuple(made))


def as_stored(row: Record) -> Any:
    """Return a row as it stands. One SQL query, written out: each save asks it, and Django writes it anew each time."""
    (found,) = type(row).objects.raw(f'SELECT * FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])  # noqa: S608
    return found


def settle(stored: Record, typed: dict, base: int | None) -> tuple[dict, tuple[str, ...]]:
    """Return what to write of the fields typed over version `base`, and the names of those that others changed.

    Raises Retired, Conflict where others changed the same fields, or Unchanged for a form without its version that says
    what is stored. One SQL query at most.
    """
    if stored.retired_at:
        raise Retired(stored)
    before = stored if base == stored.version else version_of(stored, base)
    if before is None:
        raise unknown(stored, typed)
    changes, kept, partings, merged = reconcile(before, stored, typed)
    if partings:
        raise Conflict(stored, base, partings, merged)
    return changes, kept


def write(door: history.Door, whole: Content, parts: Sequence[Part], reason: str) -> int:
    """Write rows that belong to another, and return how many were; raise Conflict or Retired as a save does."""
    written = 0
    for part in parts:
        row = part.row
        if row.pk is None:
            setattr(row, part.belongs, whole)
            row.process_id = whole.process_id
            derive(row)
            door.create([row])
        else:
            stored = as_stored(row)
            changes, _ = settle(stored, part.typed, part.base)
            if part.is_out:
                door.retire(stored, reason)
            elif changes:
                door.update(stored, **changes | derived(stored, changes))
            else:
                continue
        written += 1
    return written


def cite(door: history.Door, claim: Content, sources: Sequence[dict]) -> list[int]:
    """Write further citations of a position, a compromise or a step, and return their keys; they come last."""
    if not sources:
        return []
    sources = documented(door, claim.process, sources)
    own = {f"{CLAIMS[type(claim)]}_id": claim.pk}
    last = Citation.objects.filter(**own).aggregate(last=Max("order"))["last"] or 0
    made = door.create(
        Citation(process_id=claim.process_id, order=order, **own, **source)
        for order, source in enumerate(sources, start=last + 1)
    )
    return [one.pk for one in made]


def documented(door: history.Door, process: Process, sources: Sequence[dict]) -> list[dict]:
    """Return sources with the briefing of each; a new one (`document`) is written, or Unfit raised if it is on file."""
    found = []
    for source in sources:
        if new := source.get("document"):
            if known := Briefing.objects.live().filter(process=process).read_at(new.get("url")):
                said = f"“{known.title}” is on file with this address. Remove the new source, and cite that briefing."
                raise Unfit({"sources": said})
            briefing = Briefing(process=process, **new)
            briefing.slug = free_slug(briefing)
            door.create([briefing])
            source = {name: source[name] for name in source if name != "document"} | {"briefing_id": briefing.pk}
        found.append(source)
    return found


def add(
    row: Content,
    *,
    sources: Sequence[dict] = (),
    parts: Sequence[Part] = (),
    step: StatusEvent | None = None,
    check: Check = fits,
    reason: str,
    user,
    key: str,
    accepted_by=None,
) -> Content:
    """Write a new row, with what it rests on, in one changeset, and return it; its slug and number are made here.

    `step` is the first one of a new compromise, `parts` are other rows that belong to the new one. `check` returns what
    does not fit with what is stored, by the field; it is asked behind the door, and Unfit raised with nothing written.
    A second call with the same key and content writes nothing and returns the first one's row. Raises Retired if what
    the row belongs to was taken out of the record.
    """
    try:
        content = once(key, user.pk, name_of(row), fields_of(row), sources, fields_of(step) if step else None)
        content = once(content, [part.told for part in parts]) if parts else content
        with history.changeset(row.process, reason=reason, user=user, key=content, accepted_by=accepted_by) as door:
            stand(row)
            if isinstance(row, Compromise):
                row.number = free_number(row.process)
            if hasattr(row, "slug"):
                row.slug = free_slug(row)
            derive(row)
            if faults := check(row):
                raise Unfit(faults)
            door.create([row])
            cite(door, row, sources)
            write(door, row, parts, reason)
            if step:
                step.compromise = row
                door.create([step])
    except history.AlreadyWritten as done:
        row = type(row).objects.get(pk=done.changeset.snapshots.get(model=name_of(row)).object_id)
    return row


def stand(row: Content):
    """Raise Retired if a row on which a new one stands was taken out of the record. One SQL query."""
    fields = [row._meta.get_field(name) for name in PARENTS.get(name_of(row), ())]
    parents = [(field.related_model, getattr(row, field.attname)) for field in fields]
    parents = [(model.objects.live().filter(pk=pk), model, pk) for model, pk in parents if pk]
    if not Process.objects.filter(*(Exists(live) for live, *_ in parents), pk=row.process_id).exists():
        raise Retired(next(model.objects.get(pk=pk) for live, model, pk in parents if not live.exists()))


def last_step(compromise: Compromise) -> StatusEvent | None:
    """Return the step of a compromise that was recorded last, whatever its date. One SQL query."""
    return StatusEvent.objects.live().filter(compromise=compromise).order_by("-id").first()


def add_step(
    step: StatusEvent,
    after: int | None,
    *,
    sources: Sequence[dict] = (),
    reason: str,
    user,
    key: str,
    accepted_by=None,
) -> StatusEvent:
    """Write a new step of a compromise in one changeset, and return it.

    A second call with the same key and content writes nothing and returns the first one's step.
    `after` is the key of the step recorded last when the writer looked, 0 before the first. A step without a briefing
    rests on that of the first of its `sources`. Raises Overtaken if there is another by now, Retired if the compromise
    was taken out of the record, or Unfit, with nothing written.
    """
    content = once(key, user.pk, after, fields_of(step), sources)
    try:
        with history.changeset(step.process, reason=reason, user=user, key=content, accepted_by=accepted_by) as door:
            stand(step)
            latest = last_step(step.compromise)
            if after != (latest.pk if latest else 0):
                raise Overtaken(latest)
            sources = documented(door, step.process, sources)
            if sources and not step.briefing_id:
                step.briefing_id = sources[0]["briefing_id"]
            door.create([step])
            cite(door, step, sources)
    except history.AlreadyWritten as done:
        step = StatusEvent.objects.get(pk=done.changeset.snapshots.get(model=name_of(step)).object_id)
    return step


def unknown(stored: Record, typed: dict) -> Refused:
    """Return what to raise for a form that does not say which version it began with: whatever differs is shown."""
    partings = [
        Parting(name, theirs, theirs, mine, mine)
        for name, mine in typed.items()
        if not same(mine, theirs := getattr(stored, name))
    ]
    return Conflict(stored, None, partings, typed) if partings else Unchanged(stored)


def version_of(row: Record, version: int | None) -> Record | None:
    """Return an earlier version of a row, or None. One SQL query."""
    found = Snapshot.objects.filter(
        process=process_of(row).pk, model=name_of(row), object_id=row.pk, version=version or 0
    ).first()
    return history.row_of(found) if found else None


def writer(row: Record) -> Writer | None:
    """Return who wrote the version of a row that is given. One SQL query."""
    found = (
        Snapshot.objects.select_related("changeset")
        .filter(process=process_of(row).pk, model=name_of(row), object_id=row.pk, version=row.version)
        .first()
    )
    return Writer(found.changeset.user_name, found.changeset.moment) if found else None


def reasons(process: Process, user, most: int = 6) -> list[str]:
    """Return the reasons that a person gave last in a process, newest first, each once. One SQL query."""
    given = process.changesets.filter(user=user).order_by("-number").values_list("reason", flat=True)[:40]
    return list(dict.fromkeys(given))[:most]
