"""What was taken out of the record of a process: which row, by whom, when and why."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet, Value

from ..families import Key, members
from ..models import RECORDED, Changeset, Process
from ..permissions import CURATE, needed
from . import pages
from .changes import at, who
from .names import KINDS, Names, Reader, address
from .revisions import Subject

SIZE = 25
REASON = 500  # characters
ORDER = ("-retired_at", "-rank", "-id")
# What belongs to a thing and went with it is brought back with it, and stands in no line of its own.
OWNERS = {
    "statusevent": ("compromise",),
    "compromiselink": ("source", "target"),
    "citation": ("position", "compromise", "status_event"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row that was taken out by the change `number`; 0 if no change says so.

    `restore` is where it is brought back, `reason` what its form begins with; `is_open`: its reader may bring it back.
    """

    kind: str
    name: str
    history: str
    restore: str
    number: int
    who: str
    machine: str
    at: str
    why: str
    reason: str
    is_open: bool


def listing(process: Process, reader: Reader, after: str | None, before: str | None) -> tuple[list[Line], pages.Page]:
    """Return a page of what was taken out, the latest first. At most 13 SQL queries."""
    page = merged(process, after, before)
    keys = [(row["model"], row["id"]) for row in page.rows]
    names = Names(process, keys, reader)
    moments = {row["retired_at"] for row in page.rows}
    writers = {one.moment: one for one in Changeset.objects.filter(process=process, moment__in=moments)}
    lines = [line(row, key, names, writers.get(row["retired_at"])) for row, key in zip(page.rows, keys, strict=True)]
    return lines, page


def line(row: dict, key: Key, names: Names, writer: Changeset | None) -> Line:
    moment: datetime = row["retired_at"]
    return Line(
        kind=KINDS[key[0]],
        name=names.name(key),
        history=names.history(key),
        restore=address(names.process, key, names.now.get(key, {}), "restore"),
        number=writer.number if writer else 0,
        who=who(writer) if writer else "Someone",
        machine=moment.isoformat(),
        at=at(moment),
        why=row["retired_reason"],
        reason=f"Bring back what was taken out: {row['retired_reason']}"[:REASON],
        is_open=names.reader.curates or needed(key[0], {"retired_at"}) != CURATE,
    )


def merged(process: Process, after: str | None, before: str | None) -> pages.Page:
    """Return a page of retired rows of all kinds, as `pages.keyset` does for one. One SQL query a kind."""
    sources = [out(process, rank, model) for rank, model in enumerate(name for name in RECORDED if name != "process")]
    place, back, ignored = None, False, []
    if cursor := after or before:
        try:
            place, back = pages.read(sources[0], ORDER, cursor), not after
        except ValidationError:
            ignored.append(("Page", cursor, "is not a place in this list; its first page is shown"))
    directed = [pages.flip(name) for name in ORDER] if back else list(ORDER)
    rows = []
    for found in sources:
        found = found.filter(pages.beyond(directed, place)) if place else found
        rows += found.order_by(*directed)[: SIZE + 1]
    rows.sort(key=itemgetter(*map(pages.bare, ORDER)), reverse=not back)
    more, rows = len(rows) > SIZE, rows[:SIZE]
    if back:
        rows.reverse()
    return pages.Page(
        rows=rows,
        previous=pages.write(rows[0], ORDER) if rows and (more if back else place is not None) else None,
        next=pages.write(rows[-1], ORDER) if rows and (more or back) else None,
        ignored=ignored,
    )


def out(process: Process, rank: int, model: str) -> QuerySet:
    """Return the retired rows of a kind that stand in a line of their own, as dictionaries."""
    rows = RECORDED[model].objects.filter(process=process, retired_at__isnull=False)
    for owner in OWNERS.get(model, ()):
        rows = rows.exclude(Q(**{f"{owner}__retired_at": F("retired_at")}))
    rows = rows.annotate(rank=Value(rank), model=Value(model))
    return rows.values("id", "rank", "model", "retired_at", "retired_reason")


def parts(subject: Subject) -> list[tuple[str, str, str]]:
    """Return the first live rows that belong to a thing, as (kind, name, address that takes it out).

    At most eight SQL queries.
    """
    keys = [
        (model, pk)
        for model, rows in members(subject.row).items()
        for pk in rows.filter(retired_at=None).order_by("pk").values_list("pk", flat=True)[:SIZE]
    ]
    names = Names(subject.process, keys, subject.reader)
    return [(KINDS[key[0]], names.name(key), address(subject.process, key, {}, "delete")) for key in keys]
