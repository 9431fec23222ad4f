"""Drawings of one issue: where the sides stand, what moved and when, and one side's way along the scale.

Every x is in per cent of a drawing's width and every y in px, so that drawings stretch without their marks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ..analysis import travel
from ..analysis.axis import Axis
from ..analysis.dates import short, words
from ..analysis.labels import stagger
from ..choices import Status
from ..models import Issue, Position, Side
from . import gaps
from .positions import Trace

LINE = 18  # px from a row of labels to the next
CLEARANCE = 6  # per cent between two marks of the large scale, on the narrowest one drawn
LONG = 20  # characters of a side's name, above which a drawing shows its short label
STATUSES = dict(Status.choices)
DRAWN = 8  # compromises drawn in “What moved, and when”, at most
TICKS = 3  # labels of the time axis: what fits on a telephone
NEAR = 0.75  # per cent between two documents below which they share a mark
COURSE, STEPS = 96, 100  # the way along the scale: its height in px, and how many positions it goes back, at most
SPOKEN = 12  # placements that are read out one by one; of more, only the first and the last


@dataclass(frozen=True)
class Text:
    """A text in a drawing; `anchor` is start, middle or end."""

    x: float
    y: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Distance:
    """The large scale of an issue: `scale.marks` moved down to `y`, with labels above and earlier places below.

    `before` are (side, x) of the places held before the latest moves, `moves` the (x1, x2) from there.
    """

    scale: gaps.Scale
    marks: tuple[tuple[gaps.Mark, int], ...]
    names: tuple[Text, ...]
    leaders: tuple[tuple[float, int, int], ...]
    before: tuple[tuple[Side, float], ...]
    moves: tuple[tuple[float, float], ...]
    until: tuple[Text, ...]
    ticks: tuple[float, ...]
    axis: int
    height: int
    label: str


def distance(
    issue: Issue, cells: Sequence[tuple[Side, Position | None]], moved: Mapping[int, tuple[int, date, str]]
) -> Distance:
    """Return the large scale; `moved` is what `positions.moved_from` returns. No SQL query."""
    sides = [side for side, _ in cells]
    held = {side.pk: position for side, position in cells if position}
    scale = gaps.scale_marks(issue, held, sides, clearance=CLEARANCE)
    names = [(mark.x, named(mark.side)) for mark in scale.marks]
    places = stagger(names)
    rows = max((place.row for place in places), default=0) + 1 if places else 0
    top = rows * LINE  # what the labels take, over the topmost mark
    axis = top + scale.axis
    heights = [top - LINE * place.row - 6 for place in places]
    # Of labels straight above each other only the lowest is led to its mark; a line would cross it.
    lowest = {mark.x: max(y for (x, _), y in zip(names, heights, strict=True) if x == mark.x) for mark in scale.marks}
    led = [(mark, y) for mark, y in zip(scale.marks, heights, strict=True) if y == lowest[mark.x]]
    earlier = [(side, *moved[side.pk]) for side in sides if side.pk in moved]
    until = [(place, f"{side.short_label} until {short(day, precision)}") for side, place, day, precision in earlier]
    below = stagger(until, size=13)
    depth = LINE * (max((place.row for place in below), default=-1) + 1)
    spoken = [f"{side.name} {place} until {words(day, precision)}" for side, place, day, precision in earlier]
    return Distance(
        scale=scale,
        marks=tuple((mark, top + mark.y) for mark in scale.marks),
        names=tuple(Text(x, y, place.anchor, text) for (x, text), y, place in zip(names, heights, places, strict=True)),
        leaders=tuple((mark.x, y + 4, top + mark.y - 9) for mark, y in led if top + mark.y - 13 - y > LINE / 2),
        before=tuple((side, place) for side, place, *_ in earlier),
        moves=tuple((place, held[side.pk].placement) for side, place, *_ in earlier),
        until=tuple(
            Text(x, axis + 8 + LINE * (place.row + 1) - 2, place.anchor, text)
            for (x, text), place in zip(until, below, strict=True)
        ),
        ticks=tuple(at for at, _ in anchors(issue)),
        axis=axis,
        height=axis + 14 + depth,
        label=scale.label + (f" Before the latest moves: {', '.join(spoken)}." if spoken else ""),
    )


def named(side: Side) -> str:
    """Return the name of a side as a drawing has room for it."""
    return side.name if len(side.name) <= LONG else side.short_label


def anchors(issue: Issue) -> list[tuple[int, str]]:
    """Return (place, meaning) of the points that the scale defines, from low to high; others are passed over."""
    listed = issue.scale_anchors if isinstance(issue.scale_anchors, list) else []
    pairs = [(point.get("at"), point.get("label")) for point in listed if isinstance(point, dict)]
    known = [(at, label) for at, label in pairs if isinstance(at, int) and 0 <= at <= 100 and isinstance(label, str)]
    return sorted(known, key=lambda pair: pair[0])


def judgement(figure: Distance, cells: Sequence[tuple[Side, Position | None]]) -> str:
    """Return the sentences under the scale: how far the sides stand apart, and who is not placed and why."""
    scale, sentences = figure.scale, []
    if scale.distance is not None:
        who = gaps.named(scale.chosen) if len(scale.chosen) == 2 else f"The furthest two of {gaps.named(scale.chosen)}"
        sentences.append(f"{who} stand {points(scale.distance)} apart: a {scale.band.lower()} gap.")
    placed = [mark.placement for mark in scale.marks]
    if len(placed) > 1 and max(placed) - min(placed) != scale.distance:
        sentences.append(f"The furthest two of all sides placed stand {points(max(placed) - min(placed))} apart.")
    holds = {side.pk: position for side, position in cells}
    silent = [side.name for side in scale.unplaced if holds[side.pk]]
    empty = [side.name for side in scale.unplaced if not holds[side.pk]]
    if silent:
        sentences.append(f"Not placed, because its position says nothing about the scale: {'; '.join(silent)}.")
    if empty:
        sentences.append(f"Not placed, because no position is recorded: {'; '.join(empty)}.")
    return " ".join(sentences)


def points(distance: int) -> str:
    return "1 point" if distance == 1 else f"{distance} points"


@dataclass(frozen=True)
class Lane:
    """One line of “What moved, and when”: a compromise with the marks of its steps."""

    code: str
    headline: str
    href: str
    travel: travel.Travel


@dataclass(frozen=True)
class Moves:
    """What moved, and when, on one time axis.

    `documents` are places; `positions` (side, y, places) by side; `lanes` the compromises drawn, of `total`.
    `early` is where the part before the talks, not to scale, ends.
    """

    documents: tuple[float, ...]
    documents_label: str
    positions: tuple[tuple[Side, int, tuple[float, ...]], ...]
    positions_label: str
    positions_height: int
    lanes: tuple[Lane, ...]
    total: int
    ticks: tuple[tuple[float, str, str], ...]
    early: float | None


def moves(
    documents: Sequence[date], traces: Iterable[Trace], proposals: Sequence, sides: Sequence[Side], begins: date
) -> Moves | None:
    """Return the drawing, or None where nothing is dated. `proposals` have code, headline, href, steps. No SQL query.

    Where there are more compromises than `DRAWN`, those that moved last are drawn.
    """
    traces = list(traces)
    latest = sorted(proposals, key=lambda proposal: proposal.steps[-1].occurred_on, reverse=True)[:DRAWN]
    drawn = sorted(latest, key=lambda proposal: (proposal.steps[0].occurred_on, proposal.number))
    dated = [trace.held_from for trace in traces] + [step.occurred_on for one in drawn for step in one.steps]
    axis = Axis.over([*documents, *dated], begins=begins)
    if axis is None:
        return None
    held = {side.pk: sorted({trace.held_from for trace in traces if trace.side_id == side.pk}) for side in sides}
    with_any = [side for side in sides if held[side.pk]]
    rows = [(side, 10 + 16 * i, thinned(axis, held[side.pk])) for i, side in enumerate(with_any)]
    return Moves(
        documents=thinned(axis, documents),
        documents_label=spoken(documents, "document"),
        positions=tuple(rows),
        positions_label="; ".join(f"{side.name}: {spoken(held[side.pk], 'position')}" for side in with_any),
        positions_height=20 + 16 * max(len(rows) - 1, 0),
        lanes=tuple(Lane(one.code, one.headline, one.href, travel.line(one.steps, axis, label)) for one in drawn),
        total=len(proposals),
        ticks=tuple((x, anchor(x), text) for x, text in axis.ticks(TICKS)),
        early=axis.break_x,
    )


def label(status: str) -> str:
    return STATUSES[status]


def anchor(x: float) -> str:
    """Return which end of a label stands at its place, so that it stays inside the drawing."""
    return "start" if x < 15 else "end" if x > 85 else "middle"


def thinned(axis: Axis, days: Iterable[date]) -> tuple[float, ...]:
    """Return the places of days, leaving out those that would cover the one before."""
    places: list[float] = []
    for day in sorted(days):
        x = axis.x(day)
        if not places or x - places[-1] >= NEAR:
            places.append(x)
    return tuple(places)


def spoken(days: Sequence[date], noun: str) -> str:
    """Return a row of marks in words: no document; 1 position, 12 Feb 2025; 4 positions from … to …."""
    if not days:
        return f"no {noun}"
    if len(days) == 1:
        return f"1 {noun}, {words(days[0])}"
    return f"{len(days)} {noun}s from {words(min(days))} to {words(max(days))}"


@dataclass(frozen=True)
class Course:
    """One side's way along the scale: level lines (x1, x2, y), moves (x, y1, y2) and a mark (x, y) for each position.

    `height` px from 100, at the top, to 0; `addressed` is the mark of one position; `cut` tells whether older ones
    are left out.
    """

    levels: tuple[tuple[float, float, float], ...]
    jumps: tuple[tuple[float, float, float], ...]
    marks: tuple[tuple[float, float], ...]
    addressed: tuple[float, float] | None
    ticks: tuple[tuple[float, str, str], ...]
    early: float | None
    height: int
    cut: bool
    label: str


def course(traces: Sequence[Trace], key: int, ends: date, begins: date) -> Course | None:
    """Return the way of one side along the scale, or None with fewer than two placements. No SQL query.

    `traces` are newest first, `key` is the position to point out; the last level runs on to the day `ends`.
    """
    rows = list(reversed(traces[:STEPS]))
    if sum(row.placement is not None for row in rows) < 2:
        return None
    axis = Axis.over([*(row.held_from for row in rows), ends], begins=begins)
    places = [(axis.x(row.held_from), None if row.placement is None else height(row.placement)) for row in rows]
    ends_at = [x for x, _ in places[1:]] + [axis.x(max(ends, rows[-1].held_from))]
    steps = list(pairwise(places))
    said = [f"{row.placement} from {words(row.held_from, row.precision)}" for row in rows if row.placement is not None]
    if len(said) > SPOKEN:
        said = [said[0], f"{len(said) - 2} more placements", said[-1]]
    return Course(
        levels=tuple((x, until, y) for (x, y), until in zip(places, ends_at, strict=True) if y is not None),
        jumps=tuple((x, y1, y2) for (_, y1), (x, y2) in steps if y1 is not None and y2 is not None and y1 != y2),
        marks=tuple((x, y) for x, y in places if y is not None),
        addressed=next(
            (place for row, place in zip(rows, places, strict=True) if row.key == key and place[1] is not None), None
        ),
        ticks=tuple((x, anchor(x), text) for x, text in axis.ticks(TICKS)),
        early=axis.break_x,
        height=COURSE,
        cut=len(traces) > STEPS,
        label=f"Placement on the scale: {', then '.join(said)}.",
    )


def height(placement: int) -> float:
    """Return the y of a placement, with room for half a mark at both ends."""
    return round(8 + (COURSE - 16) * (100 - placement) / 100, 1)
