"""Lays marks with labels out in rows so that none covers another, in a drawing whose width is not known. Pure Python.

Places are in per cent of the width, heights and lengths of text in px, because text does not shrink with the drawing.
What has room at the narrowest width has room at any greater one, so one layout serves them all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

NARROWEST = 770  # px: what a 64rem window leaves beside the names of the lanes
LETTER = 14  # px: the size of a label
# Widths of letters as shares of their size, a little generous; whatever is not listed is as wide as `OTHER`.
WIDTHS = dict.fromkeys(" ", 0.21) | dict.fromkeys("iIjl.,:;'’|!", 0.27) | dict.fromkeys("ft()r-/", 0.34)
WIDTHS |= dict.fromkeys("szxcvyekJLF", 0.5) | dict.fromkeys("wmMWOQ%&…@", 0.8) | dict.fromkeys("ag0123456789", 0.52)
WIDTHS |= dict.fromkeys("ABCDEGHKNPRSTUVXYZ", 0.64)
OTHER = 0.57

MARK = 9  # px from the middle of a mark to its edge, with a little air
BESIDE = 13  # px from the middle of a mark to its label
APART = 10  # px between a label and what follows it in its row
ROW, LINE_ROW, BARE_ROW = 26, 36, 20  # px: rows of marks, of lines with a label above them, of marks without labels
ROWS, BARE_ROWS = 12, 10  # at most, in one block of a lane
TOP = 5  # px above and below the rows of a lane


@dataclass(frozen=True)
class Mark:
    """Something to draw: one step, or several joined by a line, oldest first; `spans` are what each date may mean."""

    key: Any
    places: tuple[float, ...]
    label: str
    spans: tuple[tuple[float, float] | None, ...] = ()

    @property
    def reach(self) -> tuple[float, float]:
        """Return from where to where the steps and what their dates may mean extend, in per cent."""
        ends = [*self.places, *(end for span in self.spans if span for end in span)]
        return min(ends), max(ends)


@dataclass(frozen=True)
class Label:
    """Where a label begins, or ends when `anchor` is end: in per cent across, then px across, then px down."""

    x: float
    dx: int
    dy: int
    anchor: str = "start"


@dataclass(frozen=True)
class Placed:
    """A mark in its row: the height of its middle, and its label; None when there is no room for one."""

    mark: Mark
    y: int
    label: Label | None


def length(text: str) -> float:
    """Return the estimated width of a label in px."""
    return LETTER * sum(WIDTHS.get(letter, OTHER) for letter in text)


def shortened(text: str, most: float) -> str:
    """Return a text cut so that it is at most so many px wide, at a word if possible, with an ellipsis if cut."""
    room = most / LETTER
    fits = fits_cut = 0  # how many letters have room: by themselves, and with an ellipsis after them
    for used in accumulate(WIDTHS.get(letter, OTHER) for letter in text):
        if used > room:
            break
        fits += 1
        fits_cut += used <= room - WIDTHS["…"]
    if fits == len(text):
        return text
    cut = text[: fits_cut + 1]
    return (cut.rpartition(" ")[0] or cut[:-1]).rstrip(" ,:;.–-(") + "…"


def block(marks: Iterable[Mark], top: int = 0, width: int = NARROWEST) -> tuple[list[Placed], list[Mark], int]:
    """Return (what is placed, what found no room, the height at which the rows end); heights in px, rows from `top`.

    Each mark goes, from left to right, to the first row with room for it and its label. One that fits in none goes
    unlabelled to the first gap, or to the rows for bare marks at the foot of the block.
    """
    ends: list[float] = []  # where the last thing in each row ends, in px
    rows: list[tuple[int, Mark, Label | None]] = []
    left_out = []
    for mark in sorted(marks, key=lambda mark: extent(mark, width)):
        found = labelled(mark, ends, width) or bare(mark, ends, width)
        if not found:
            left_out.append(mark)
            continue
        row, end, label = found
        ends[row : row + 1] = [end]
        rows.append((row, mark, label))
    heights = [BARE_ROW] * len(ends)
    for row, _, label in rows:
        if label:
            heights[row] = max(heights[row], ROW if not label.dy else LINE_ROW)
    middles, y = [], top
    for height in heights:
        y += height
        middles.append(y - min(height, ROW) // 2)
    return [Placed(mark, middles[row], label) for row, mark, label in rows], left_out, y


def extent(mark: Mark, width: int) -> tuple[float, float]:
    """Return where a mark begins and ends without its label, in px."""
    first, last = mark.reach
    return first * width / 100 - MARK, last * width / 100 + MARK


def labelled(mark: Mark, ends: Sequence[float], width: int) -> tuple[int, float, Label] | None:
    """Return (row, where it ends, label) in the first row with room for a mark and its label, or None."""
    text, (left, right) = length(mark.label), extent(mark, width)
    choices = []
    for one, other in pairwise(mark.places):
        if (other - one) * width / 100 >= text + 2 * BESIDE:
            choices.append((left, right, Label(one, BESIDE, -11)))
            break
    # Beside a mark, a label stands clear of what the date may mean, so it hangs on the end of that.
    first, last = mark.reach
    if right + BESIDE - MARK + text <= width:
        choices.append((left, right + BESIDE - MARK + text, Label(last, BESIDE, 0)))
    if left - BESIDE + MARK - text >= 0:
        choices.append((left - BESIDE + MARK - text, right, Label(first, -BESIDE, 0, "end")))
    for row in range(min(len(ends) + 1, ROWS)):
        for start, end, label in choices:
            if row == len(ends) or start >= ends[row] + APART:
                return row, end, label
    return None


def bare(mark: Mark, ends: Sequence[float], width: int) -> tuple[int, float, None] | None:
    """Return (row, where it ends, None) in the first row with room for a mark without its label, or None."""
    left, right = extent(mark, width)
    for row in range(min(len(ends) + 1, ROWS + BARE_ROWS)):
        if row == len(ends) or left >= ends[row]:
            return row, right, None
    return None
