"""Compare a checked document with the record: which rows are new, changed, back again or missing."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from ..choices import Marker
from ..models import (
    Briefing,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Side,
    Snapshot,
    StatusEvent,
)
from ..models.base import Record
from .faults import Fault, Faulty, quoted
from .fields import MODELS
from .wanted import Wanted, Wishes

NEW, CHANGED, RESTORED, MISSING = "new", "changed", "restored", "missing"
BATCH = 500
# How a row of the document finds its row in the record: by the first of these groups of fields in which both agree.
# A retired row comes back only on the first.
KEYS = {
    Side: (("slug",),),
    Issue: (("slug",),),
    Briefing: (("slug",),),
    Position: (("slug",),),
    Compromise: (("slug",), ("number",)),
    StatusEvent: (
        ("compromise", "occurred_on", "status", "briefing"),
        ("compromise", "occurred_on", "status"),
        ("compromise", "status", "briefing"),
        ("compromise", "occurred_on"),
    ),
    CompromiseLink: (("source", "target", "kind"),),
    Citation: tuple(
        ("position", "compromise", "status_event", "briefing", *names)
        for names in (("relation", "quote", "locator"), ("quote",), ())
    ),
}


@dataclass
class Change:
    """One row that the document would write."""

    kind: str
    row: Record
    fields: dict[str, tuple[object, object]] = field(default_factory=dict)  # {field of the model: (old, new)}
    last_write: str = ""  # when, by whom and why, where that was after the process was first loaded

    @property
    def values(self) -> dict[str, object]:
        """Return {field: new value} to write into a row that is there."""
        revived = {"retired_at": None, "retired_reason": ""} if self.kind == RESTORED else {}
        return {name: new for name, (_, new) in self.fields.items()} | revived


@dataclass
class Plan:
    """What loading a document would do. `process` has no key when it is new; `changes` stand in order of writing."""

    process: Process
    changes: list[Change]


def compare(document: dict, visibility: str | None = None) -> Plan:
    """Return what loading a checked document would do. The number of SQL queries grows with batches of changes only.

    `visibility` goes before what the document says. Raises Faulty where a document that is sound in itself does not
    fit what is stored.
    """
    process = Process.objects.filter(slug=document["process"]["slug"]).first() or Process()
    wishes, stored, faults = Wishes(document), stored_rows(process), []
    changes = [change_of(process, wishes.process(visibility, process))]
    kept = set()
    for model in MODELS:
        wanted = wishes.rows(model)
        rows = pair(stored[model], wanted, KEYS[model])
        if model is Side:
            faults += dress(stored[model], wanted, rows)
        elif model is Compromise:
            faults += check_numbers(stored[model], wanted, rows)
        elif model is StatusEvent:
            rows = in_order(wanted, rows)
        kept |= {id(row) for row in rows if row}
        found = [change_of(row or model(process=process), wish.values) for row, wish in zip(rows, wanted, strict=True)]
        wishes.settle(model, [change.row for change in found])
        changes += found
    if faults:
        raise Faulty(faults)
    changes = [change for change in changes if change.kind]
    for model in reversed(MODELS):
        changes += [Change(MISSING, row) for row in stored[model] if row.retired_at is None and id(row) not in kept]
    note_last_writes(changes)
    return Plan(process, changes)


def stored_rows(process: Process) -> dict[type, list]:
    """Return {model: rows} of a process, retired ones too, joined to each other in memory."""
    found: dict = {model: [] for model in MODELS}
    if process.pk is None:
        return found
    for model in MODELS:
        found[model] = list(model.objects.filter(process=process).order_by("pk"))
    return joined(process, found)


def joined(process: Process, found: dict[Any, list]) -> dict[type, list]:
    """Return {model: rows} of a process with each row’s pointers set to the rows themselves."""
    by_key = {(model, row.pk): row for model, rows in found.items() for row in rows} | {(Process, process.pk): process}
    for model, rows in found.items():
        relations = [each for each in model._meta.concrete_fields if each.is_relation]
        for row in rows:
            for each in relations:
                setattr(row, each.name, by_key.get((each.related_model, getattr(row, each.attname))))
    return found


def pair(stored: list, wanted: list[Wanted], keys: Iterable[tuple[str, ...]]) -> list:
    """Return for each wanted row the stored one that it is a version of, or None. Live rows are taken first."""
    found: list = [None] * len(wanted)
    free = {id(row): row for row in sorted(stored, key=lambda row: row.retired_at is not None)}
    for number, names in enumerate(keys):
        waiting: dict[tuple, deque] = defaultdict(deque)
        for row in free.values():
            if number == 0 or row.retired_at is None:
                waiting[tuple(identity(getattr(row, name)) for name in names)].append(row)
        for i, wish in enumerate(wanted):
            key = tuple(identity(wish.values[name]) for name in names)
            if found[i] is None and waiting[key]:
                found[i] = waiting[key].popleft()
                del free[id(found[i])]
    return found


def identity(value: object) -> object:
    """Return what two equal values share; rows of the record are one object each here."""
    return id(value) if isinstance(value, Model) else value


def in_order(wanted: list[Wanted], rows: list) -> list:
    """Return the pairing with the steps of one day in the order of their keys.

    Of two steps on one day the one with the higher key counts as the later, so the document's order must be theirs.
    """
    days = defaultdict(list)
    for i, wish in enumerate(wanted):
        days[id(wish.values["compromise"]), wish.values["occurred_on"]].append(i)
    rows = list(rows)
    for places in days.values():
        of_day = sorted((rows[i] for i in places if rows[i]), key=lambda row: row.pk)
        for i, row in zip(places, [*of_day, *[None] * (len(places) - len(of_day))], strict=True):
            rows[i] = row
    return rows


def dress(stored: list[Side], wanted: list[Wanted], rows: list) -> list[Fault]:
    """Give each side that has none a shape and a colour: those it had, or the next that no other side has or had."""
    holders = {side.marker: side for side in stored}
    asked = {wish.values["marker"] for wish in wanted}
    free = [marker for marker in Marker.values if marker not in holders and marker not in asked]
    faults = []
    for wish, side in zip(wanted, rows, strict=True):
        holder = holders.get(wish.values["marker"])
        if holder and holder is not side:
            sentence = f"{quoted(holder.marker)} is the shape of the side {quoted(holder.slug)}; take another"
            faults.append(Fault((*wish.path, "marker"), sentence))
        if not wish.values["marker"]:
            if not side and not free:
                sentence = "is missing, and every shape is that of a side, in use or retired; give the slug of one"
                faults.append(Fault((*wish.path, "marker"), sentence))
                continue
            wish.values["marker"] = side.marker if side else free.pop(0)
        if wish.values["colour"] is None:
            colour = Marker.values.index(wish.values["marker"]) + 1
            wish.values["colour"] = side.colour if side else colour
    return faults


def check_numbers(stored: list[Compromise], wanted: list[Wanted], rows: list) -> list[Fault]:
    """Return a fault for each compromise that would change its number or take that of another, retired ones too."""
    holders = {compromise.number: compromise for compromise in stored}
    faults = []
    for wish, row in zip(wanted, rows, strict=True):
        number, holder = wish.values["number"], holders.get(wish.values["number"])
        if row and row.number != number:
            sentence = f"is {number}, but this compromise is {row.code} and numbers never change"
        elif holder and holder is not row:
            sentence = f"{number} is the number of {quoted(holder.slug)}; take one from {max(holders) + 1} on"
        else:
            continue
        faults.append(Fault((*wish.path, "number"), sentence))
    return faults


def change_of(row: Record, wanted: dict[str, object]) -> Change:
    """Return what it takes to make a row as wanted; its kind is empty where it takes nothing. A new row is filled."""
    if row.pk is None:
        for name, value in wanted.items():
            setattr(row, name, value)
        return Change(NEW, row)
    differing = {
        name: (getattr(row, name), value) for name, value in wanted.items() if not same(getattr(row, name), value)
    }
    kind = RESTORED if row.retired_at else CHANGED if differing else ""
    return Change(kind, row, differing)


def same(old: object, new: object) -> bool:
    """Tell whether a field holds a value already."""
    return old is new if isinstance(old, Model) or isinstance(new, Model) else old == new


def note_last_writes(changes: list[Change]) -> None:
    """Note on each change of a row who wrote that row last, where it was not the first load."""
    by_model: dict[type[Record], dict[int, Change]] = defaultdict(dict)
    for change in changes:
        if change.kind != NEW:
            by_model[type(change.row)][change.row.pk] = change
    for model, of_model in by_model.items():
        keys = list(of_model)
        for start in range(0, len(keys), BATCH):
            snapshots = (
                Snapshot.objects.filter(
                    model=model._meta.model_name,
                    object_id__in=keys[start : start + BATCH],
                    changeset__number__gt=1,
                )
                .order_by("changeset_id")
                .values_list("object_id", "changeset__moment", "changeset__user_name", "changeset__reason")
            )
            for key, moment, user, reason in snapshots:
                of_model[key].last_write = f"{moment:%Y-%m-%d} by {user or 'a command'}: {reason}"
