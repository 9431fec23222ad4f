"""How far a compromise has travelled: its dated steps in, lengths of time and a line to draw out. Pure Python.

Everywhere here `steps` are those taken by the day shown, oldest first.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol, TypeVar

from .axis import Axis
from .dates import span, words

APART = 5.0  # per cent between the marks of a line: on the narrowest line that is drawn, nearer ones would touch


class Step(Protocol):
    """A dated step towards policy, or away from it."""

    status: str
    occurred_on: date
    precision: str


AnyStep = TypeVar("AnyStep", bound=Step)


@dataclass(frozen=True)
class Travel:
    """A travel line. `marks` are (place in per cent, status), oldest first; `label` is the drawing in words."""

    marks: tuple[tuple[float, str], ...]
    label: str

    @property
    def path(self) -> tuple[float, float] | None:
        """Return where the line from the first mark to the last one begins and ends; None with fewer than two."""
        return (self.marks[0][0], self.marks[-1][0]) if len(self.marks) > 1 else None


def entry(steps: Sequence[AnyStep]) -> AnyStep:
    """Return the step with which the present status began: the first of the last run of steps with one status."""
    first = steps[-1]
    for step in reversed(steps):
        if step.status != first.status:
            break
        first = step
    return first


def days_in_status(steps: Sequence[Step], shown: date) -> int:
    """Return for how many days the present status has stood on the day shown."""
    return max((shown - entry(steps).occurred_on).days, 0)


def days_until(steps: Sequence[Step], statuses: Collection[str]) -> int | None:
    """Return the days from the first step to the first with one of some statuses, 0 if it is the first, else None."""
    reached = next((step for step in steps if step.status in statuses), None)
    return (reached.occurred_on - steps[0].occurred_on).days if reached else None


def stalled(steps: Sequence[Step], shown: date, after_days: int, settled: Collection[str]) -> bool:
    """Tell whether nothing has happened for so many days; what is settled (policy, or an ending) never stalls."""
    return steps[-1].status not in settled and (shown - steps[-1].occurred_on).days >= after_days


def waits(steps: Sequence[Step]) -> list[str]:
    """Return what passed before each step, in words: “” for the first, then “after 40 days” or “the same day”.

    With a date that is not known to the day, it says “after about”.
    """
    lengths = [""] if steps else []
    for step, later in pairwise(steps):
        length = (later.occurred_on - step.occurred_on).days
        exact = step.precision == later.precision == "day"
        lengths.append(f"after {'' if exact else 'about '}{span(length)}" if length else "the same day")
    return lengths


def line(steps: Sequence[Step], axis: Axis, naming: Callable[[str], str], apart: float = APART) -> Travel:
    """Return the travel line of some steps on an axis; `naming` gives a status its name.

    Marks nearer to each other than `apart` per cent are moved apart, in order, so that each can be seen.
    """
    named = [f"{naming(step.status)} {words(step.occurred_on, step.precision)}" for step in steps]
    text = ", then ".join(name[0].lower() + name[1:] if i else name for i, name in enumerate(named))
    length = (steps[-1].occurred_on - steps[0].occurred_on).days
    if len(steps) > 1:
        text += f": {span(length)}" if length else ", the same day"
    places = spread([axis.x(step.occurred_on) for step in steps], apart)
    marks = zip(places, (step.status for step in steps), strict=True)
    return Travel(tuple(marks), text)


def spread(places: Sequence[float], apart: float) -> list[float]:
    """Return rising places from 0 to 100 with at least `apart` between them, each moved as little as need be."""
    apart = min(apart, 100 / max(len(places) - 1, 1))
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + apart) if moved else place)
    limit = 100.0
    for i in reversed(range(len(moved))):
        moved[i] = round(min(moved[i], limit), 2)
        limit = moved[i] - apart
    return moved
