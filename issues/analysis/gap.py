"""How far sides stand apart on one issue. Pure Python."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """The distance between the two furthest placements among the sides chosen, 0 to 100, and who is not placed.

    `distance` is None when fewer than two of them are placed: a missing placement is never counted as 0.
    """

    distance: int | None
    low: int | None
    high: int | None
    missing: tuple


def measure(placements: Mapping, chosen) -> Gap:
    """Return the gap among the chosen sides; `placements` maps a side to 0–100 or None, or lacks it."""
    placed = [placements[side] for side in chosen if placements.get(side) is not None]
    missing = tuple(side for side in chosen if placements.get(side) is None)
    if not placed:
        return Gap(None, None, None, missing)
    low, high = min(placed), max(placed)
    return Gap(high - low if len(placed) > 1 else None, low, high, missing)


def band(distance: int | None, bands) -> str:
    """Return the word for a distance; `bands` are (below, word) in rising order."""
    if distance is None:
        return "Not measured"
    return next(word for below, word in bands if distance < below)


def trend(now: int | None, then: int | None) -> str:
    """Return narrower, wider or unchanged, or an empty string when one of the two is not measured."""
    if now is None or then is None:
        return ""
    return "unchanged" if now == then else "narrower" if now < then else "wider"
