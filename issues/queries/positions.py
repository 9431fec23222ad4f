"""What sides hold on an issue: the positions of one day, and all those of one side, newest first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from ..analysis.dates import words
from ..choices import Precision
from ..models import Issue, Position, Process, Side
from ..permissions import sees
from . import pages, sources

ORDER = ("-held_from", "-id")
TRAIL = 300  # positions that a drawing goes back to, at most


@dataclass(frozen=True, slots=True)
class Stance:
    """A position with the sources it rests on; `key` is its id on the page."""

    position: Position
    sources: tuple[sources.Source, ...]

    @property
    def key(self) -> str:
        """Return the id of the position's element."""
        return f"position-{self.position.pk}"

    @property
    def contested(self) -> bool:
        """Tell whether a source contradicts the position."""
        return any(source.contradicts for source in self.sources)

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Return (what it is about, note): where it is placed, and how its form and date are known."""
        position = self.position
        placed = "Not placed" if position.placement is None else f"Placed at {position.placement}"
        notes = [(placed, position.placement_note)]
        if position.commitment_note:
            notes.append((position.get_commitment_display(), position.commitment_note))
        if position.held_from_note:
            notes.append((words(position.held_from, position.precision), position.held_from_note))
        return notes


@dataclass(frozen=True, slots=True)
class Trace:
    """A position as a drawing needs it."""

    key: int
    side_id: int
    held_from: date
    precision: str
    placement: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One position in the list of a side's positions on an issue.

    `tags` are (kind, words): here, held, later or contested; `until` says when the next one followed, `change` how the
    placement differs from the position before it.
    """

    stance: Stance
    addressed: bool
    tags: tuple[tuple[str, str], ...]
    until: str
    change: str


def held(process: Process, issue: Issue, day: date | None) -> list[tuple[Side, Position | None]]:
    """Return every side in order with the position it held on the issue on a day, or None. Two SQL queries.

    Each cell is one step into an index, however many positions it has had. None as the day means the latest.
    """
    latest = of_cell(issue, OuterRef("pk")).on(day).order_by(*ORDER)
    sides = Side.objects.live().filter(process=process).order_by("order", "id")
    sides = list(sides.annotate(held=Subquery(latest.values("pk")[:1])))
    positions = Position.objects.in_bulk([side.held for side in sides if side.held])
    return [(side, positions.get(side.held)) for side in sides]


def of_cell(issue: Issue, side) -> QuerySet[Position]:
    """Return the live positions of a side on an issue."""
    # Not by process too: a database that has no statistics would then enter another, longer index.
    return Position.objects.live().filter(issue=issue, side=side)


def stances(process: Process, positions: Iterable[Position]) -> dict[int, Stance]:
    """Return positions with their sources, by the positions' keys. One SQL query."""
    positions = list(positions)
    cited = sources.of(process, "position", [position.pk for position in positions])
    return {position.pk: Stance(position, cited.get(position.pk, ())) for position in positions}


def trail(issue: Issue, day: date | None = None, side: Side | None = None) -> list[Trace]:
    """Return the newest `TRAIL` positions on an issue (of one side, if given) by a day. One SQL query."""
    positions = of_cell(issue, side) if side else Position.objects.live().filter(process=issue.process_id, issue=issue)
    fields = ("pk", "side_id", "held_from", "precision", "placement")
    return [Trace(*row) for row in positions.on(day).order_by(*ORDER).values_list(*fields)[:TRAIL]]


def days_of(traces: Iterable[Trace]) -> list[tuple[date, int]]:
    """Return (day, number of positions) for every day with any, oldest first: what `days.draw` draws. No SQL query."""
    return sorted(Counter(trace.held_from for trace in traces).items())


def find(user, key: int) -> Position:
    """Return a position that the person may see, with its issue, side and process; else raise Http404."""
    position = (
        Position.objects.live()
        .select_related("process", "issue", "side")
        .defer("process__later_sections")
        .filter(pk=key, issue__retired_at=None, side__retired_at=None)
        .first()
    )
    if position is None or not sees(user, position.process):
        raise missing(key)
    return position


def named(process: Process, slug: str) -> Position:
    """Return a live position of a process by its name, with its issue and side; else raise Http404. One SQL query."""
    live = {"issue__retired_at": None, "side__retired_at": None}
    found = Position.objects.live().filter(process=process, slug=slug, **live).select_related("issue", "side").first()
    if found is None:
        raise Http404(f"There is no position “{slug}” in this process. It may have been taken out of the record.")
    found.process = process
    return found


def process_of(user, key: int) -> Process:
    """Return the process of a position, retired or not, if the person may see it; else raise Http404. One SQL query."""
    position = Position.objects.select_related("process").filter(pk=key).first()
    if position is None or not sees(user, position.process):
        raise missing(key)
    return position.process


def missing(key: int) -> Http404:
    return Http404(
        f"There is no position {key} that you can see. It may belong to a private process, or have been taken out."
    )


@dataclass(frozen=True)
class Chronicle:
    """The positions of one side on an issue, newest first, a page of them; and what the other sides hold."""

    entries: list[Entry]
    page: pages.Page
    held: Position | None
    others: list[tuple[Side, Position | None]]


def chronicle(position: Position, day: date | None, after: str | None, before: str | None) -> Chronicle:
    """Return the page of positions on which one stands, or the one that a cursor asks for. Four SQL queries."""
    issue, process = position.issue, position.process
    sides = held(process, issue, day)
    current = next((holds for side, holds in sides if side.pk == position.side_id), None)
    found = pages.keyset(neighbours(position), ORDER, after=after, before=before)
    if not (after or before) and all(row.pk != position.pk for row in found.rows):
        # It lies further back: the page that begins with it.
        found = pages.keyset(neighbours(position), ORDER, after=f"{position.held_from}~{position.pk + 1}")
    known = stances(process, found.rows)
    return Chronicle(
        entries=[entry(known[row.pk], position, current, day) for row in found.rows],
        page=found,
        held=current,
        others=[(side, holds) for side, holds in sides if side.pk != position.side_id],
    )


def neighbours(position: Position) -> QuerySet[Position]:
    """Return all positions of a cell, each with what the one before it and the one after it have to tell."""
    cell = of_cell(position.issue, position.side_id)
    tie = {"held_from": OuterRef("held_from")}
    # The first condition repeats the second, wider, so that the database enters the index there.
    older = cell.filter(held_from__lte=OuterRef("held_from")).filter(
        Q(held_from__lt=OuterRef("held_from")) | Q(id__lt=OuterRef("pk"), **tie)
    )
    newer = cell.filter(held_from__gte=OuterRef("held_from")).filter(
        Q(held_from__gt=OuterRef("held_from")) | Q(id__gt=OuterRef("pk"), **tie)
    )
    older, newer = older.order_by(*ORDER), newer.order_by("held_from", "id")
    return cell.annotate(
        older=Subquery(older.values("pk")[:1]),
        older_placement=Subquery(older.values("placement")[:1]),
        newer_from=Subquery(newer.values("held_from")[:1]),
        newer_precision=Subquery(newer.values("precision")[:1]),
    )


def entry(stance: Stance, addressed: Position, current: Position | None, day: date | None) -> Entry:
    """Return a row of the list, in words."""
    row = stance.position
    tags = [("here", "This position")] if row.pk == addressed.pk else []
    if current and row.pk == current.pk:
        tags.append(("held", f"Held on {words(day)}" if day else "Held now"))
    elif day and row.held_from > day:
        tags.append(("later", f"After {words(day)}"))
    if stance.contested:
        tags.append(("contested", "Contested"))
    until = words(row.newer_from, row.newer_precision or Precision.DAY) if row.newer_from else ""
    return Entry(stance, row.pk == addressed.pk, tuple(tags), until, change(row, addressed.issue))


def change(row, issue: Issue) -> str:
    """Return how a position's placement differs from that of the one before it, in words."""
    now, then = row.placement, row.older_placement
    if row.older is None:
        return "The first position recorded here."
    if now is None and then is None:
        return "Neither this position nor the one before it says where it stands on the scale."
    if now is None:
        return f"The position before it was placed at {then}; this one says nothing about the scale."
    if then is None:
        return f"The position before it was not placed; this one is, at {now}."
    if now == then:
        return f"No move on the scale: the position before it was placed at {then} too."
    step = abs(now - then)
    towards = issue.scale_low if now < then else issue.scale_high
    return f"From {then} to {now}: {step} point{'s' if step > 1 else ''} towards “{towards}”."


def moved_from(held_now: Sequence[tuple[Side, Position | None]], traces: Iterable[Trace]) -> dict[int, tuple]:
    """Return where each side was placed before its latest move, by the side's key, as (placement, day, precision).

    The day is that of the move. Sides that are not placed, or never moved within the trail, are left out.
    """
    now = {side.pk: holds.placement for side, holds in held_now if holds and holds.placement is not None}
    began: dict[int, Trace] = {}
    moved: dict[int, tuple] = {}
    for trace in traces:
        side = trace.side_id
        if side in moved or side not in now or trace.placement is None:
            continue
        if trace.placement == now[side]:
            began[side] = trace
        elif side in began:
            moved[side] = (trace.placement, began[side].held_from, began[side].precision)
    return moved
