"""A time axis in per cent: dates in, positions from 0 to 100 out. Pure Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .dates import MONTHS

# What lies long before the talks gets a narrow strip of its own, in order but not to scale.
EARLY_SHARE = 14
EARLY_GAP = timedelta(days=120)


@dataclass(frozen=True)
class Axis:
    """Maps days to per cent of a drawing's width.

    Days from `start` to `end` are to scale; earlier ones, in `early`, are spread evenly over the left strip.
    """

    start: date
    end: date
    early: tuple[date, ...] = ()

    @classmethod
    def over(cls, days: Iterable[date], *, begins: date | None = None) -> "Axis | None":
        """Return an axis over some days, to scale from when the talks began, if given; None without any day."""
        ordered = sorted(set(days))
        if not ordered:
            return None
        first, end = ordered[0], ordered[-1]
        start = first
        if begins and begins <= end and begins - first > EARLY_GAP:
            start = next(day for day in ordered if day >= begins - EARLY_GAP / 2)
        return cls(start, end, tuple(day for day in ordered if day < start))

    @property
    def break_x(self) -> float | None:
        """Return where the scale begins, or None when all of the axis is to scale."""
        return float(EARLY_SHARE) if self.early else None

    def x(self, day: date) -> float:
        """Return the place of a day in per cent, with two decimals; days outside are put at the nearest end."""
        if day < self.start:
            before = sum(1 for early in self.early if early <= day)
            return round(EARLY_SHARE * max(before - 0.5, 0) / max(len(self.early), 1), 2)
        left = EARLY_SHARE if self.early else 0
        length = (self.end - self.start).days
        share = 1 if not length else min((day - self.start).days / length, 1)
        return round(left + (100 - left) * share, 2)

    def ticks(self, most: int = 8) -> list[tuple[float, str]]:
        """Return up to `most` (place, label) on firsts of months: every 1, 2, 3, 6 months or more, as many as fit."""
        months = [
            date(year, month, 1)
            for year in range(self.start.year, self.end.year + 1)
            for month in range(1, 13)
            if self.start <= date(year, month, 1) <= self.end
        ]
        for step in (1, 2, 3, 6, 12, 24, 60, 120, 300, 600, 1200, 6000, 24000):
            chosen = [day for day in months if (day.year * 12 + day.month - 1) % step == 0]
            if len(chosen) <= most:
                break
        return [(self.x(day), f"{MONTHS[day.month - 1]} {day.year}") for day in chosen]
