"""Labels beside marks on a line, none upon another, in a drawing whose width is not known. Pure Python."""

from collections.abc import Sequence
from dataclasses import dataclass

NARROWEST = 270  # px: what fits at this width fits at any greater one
EM = 0.52  # the width of an average letter, as a share of its size
APART = 10  # px between two labels of a row


@dataclass(frozen=True)
class Label:
    """Where a label stands: `row` 0 next to the line, and which end of it stands at its mark (start, middle, end)."""

    row: int
    anchor: str


def stagger(items: Sequence[tuple[float, str]], size: int = 14, width: int = NARROWEST) -> list[Label]:
    """Return a place for each (x in per cent, text), in the same order; `size` is that of the letters in px."""
    last: list[float] = []  # the right end of the last label in each row, in px
    labels: dict[int, Label] = {}
    for index in sorted(range(len(items)), key=lambda i: items[i][0]):
        x, text = items[index]
        place, length = x * width / 100, len(text) * EM * size
        if place < length / 2:
            anchor, left = "start", place
        elif place > width - length / 2:
            anchor, left = "end", place - length
        else:
            anchor, left = "middle", place - length / 2
        row = next((i for i, right in enumerate(last) if left >= right + APART), len(last))
        last[row : row + 1] = [left + length]
        labels[index] = Label(row, anchor)
    return [labels[index] for index in range(len(items))]
