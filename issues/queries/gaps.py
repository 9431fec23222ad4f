"""How far sides stand apart on an issue, ready to draw: marks on the issue's scale, the span, and the words for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..analysis import gap
from ..analysis.dates import words
from ..choices import GAP_BANDS, SideRole
from ..models import Issue, Position, Side

# On the narrowest scale that is drawn (some 180 px), marks nearer than this many per cent would touch.
CLEARANCE = 9
ROW = 15  # px from a row of marks to the next
NAMED = 2  # sides named in a remark; more are counted
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Mark:
    """One side on a scale: `x` in per cent, `row` 0 on the axis and 1, 2 … above it, `y` in px from the top."""

    side: Side
    placement: int
    x: int
    row: int
    y: int
    counted: bool


@dataclass(frozen=True)
class Scale:
    """The distance scale of one issue on one day.

    `marks` are all sides that are placed, from low to high; `chosen` those among which the gap is measured, `x1` to
    `x2` their span in per cent (None without a gap). `missing` are the chosen sides that are not placed, `unplaced`
    all such sides. `trend` is narrower, wider, unchanged or empty, against `distance_before`.
    """

    issue: Issue
    marks: tuple[Mark, ...]
    chosen: tuple[Side, ...]
    missing: tuple[Side, ...]
    unplaced: tuple[Side, ...]
    distance: int | None
    distance_before: int | None
    x1: int | None
    x2: int | None
    band: str
    trend: str
    since: date | None

    @property
    def height(self) -> int:
        """Return the height of the drawing in px: 28, and more when marks stand above each other."""
        return self.axis + 14

    @property
    def axis(self) -> int:
        """Return the place of the axis in px from the top."""
        return 14 + ROW * max((mark.row for mark in self.marks), default=0)

    @property
    def gap(self) -> str:
        """Return the gap in words: Wide gap · Gap not measured."""
        return f"{self.band} gap" if self.distance is not None else "Gap not measured"

    @property
    def remarks(self) -> str:
        """Return what follows the gap's words: narrower since 12 Feb 2025, Upland not placed. It may be empty."""
        parts = [f"{self.trend} since {words(self.since)}"] if self.trend and self.since else []
        if self.missing:
            parts.append(f"{named(self.missing)} not placed")
        elif self.distance is None:
            parts.append("it takes two sides")
        return ", ".join(parts)

    @property
    def label(self) -> str:
        """Return the drawing in words, for those who do not see it."""
        placed = ", ".join(f"{mark.side.name} {mark.placement}" for mark in self.marks) or "no side is placed"
        text = f"Scale from {self.issue.scale_low} (0) to {self.issue.scale_high} (100): {placed}."
        if self.marks and self.unplaced:
            text += f" Not placed: {', '.join(side.name for side in self.unplaced)}."
        if self.distance is not None:
            text += f" Gap {self.distance}."
        return text


def among(sides: Sequence[Side], everyone: bool = False) -> tuple[Side, ...]:
    """Return the sides between which gaps are measured: the principals, or all of them if fewer than two are."""
    principals = tuple(side for side in sides if side.role == SideRole.PRINCIPAL)
    return tuple(sides) if everyone or len(principals) < 2 else principals


def scale_marks(
    issue: Issue,
    held: Mapping[int, Position],
    sides: Sequence[Side],
    *,
    chosen: Sequence[Side] | None = None,
    before: Mapping[int, Position] | None = None,
    since: date | None = None,
    clearance: float = CLEARANCE,
    bands: Sequence[tuple[int, str]] = GAP_BANDS,
) -> Scale:
    """Return the scale of an issue. No SQL query.

    `held` maps a side's key to the position it holds on the day shown, `before` to the one it held before `since`;
    `chosen` are the sides between which the gap is measured (default: `among(sides)`), `bands` the words for it. Marks
    nearer to each other than `clearance` per cent are put in rows, each at its true place along the scale.
    """
    chosen = tuple(among(sides) if chosen is None else chosen)
    now, then = placements(held, sides), placements(before or {}, sides)
    measured = gap.measure(now, [side.pk for side in chosen])
    measured_before = gap.measure(then, [side.pk for side in chosen])
    has_gap = measured.distance is not None
    return Scale(
        issue=issue,
        marks=in_rows(now, sides, chosen, clearance),
        chosen=chosen,
        missing=tuple(side for side in chosen if side.pk in measured.missing),
        unplaced=tuple(side for side in sides if now[side.pk] is None),
        distance=measured.distance,
        distance_before=measured_before.distance,
        x1=measured.low if has_gap else None,
        x2=measured.high if has_gap else None,
        band=gap.band(measured.distance, bands),
        trend=gap.trend(measured.distance, measured_before.distance) if since else "",
        since=since,
    )


def placements(held: Mapping[int, Position], sides: Sequence[Side]) -> dict[int, int | None]:
    """Return every side's placement by its key; None where it holds no position or one that says nothing about it."""
    return {side.pk: held[side.pk].placement if side.pk in held else None for side in sides}


def in_rows(placed, sides, chosen, clearance) -> tuple[Mark, ...]:
    """Return the marks of the sides that are placed, from low to high, none upon another."""
    lowest_first = sorted(
        (placed[side.pk], order, side) for order, side in enumerate(sides) if placed[side.pk] is not None
    )
    last: list[int] = []  # the place of the last mark in each row
    rows = []
    for place, _, side in lowest_first:
        row = next((i for i, taken in enumerate(last) if place - taken >= clearance), len(last))
        last[row : row + 1] = [place]
        rows.append((side, place, row))
    axis = 14 + ROW * (len(last) - 1)
    return tuple(Mark(side, place, place, row, axis - ROW * row, side in chosen) for side, place, row in rows)


def number(count: int) -> str:
    """Return a small number as a word, a larger one in figures."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def named(sides: Sequence[Side]) -> str:
    """Return one or two sides by name, more by their number: two sides."""
    if len(sides) > NAMED:
        return f"{number(len(sides))} sides"
    return " and ".join(side.name for side in sides)
