"""How far the compromises of a process have travelled by a day: their steps, counts by status, and travel lines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db.models import Q
from django.urls import reverse

from ..analysis import travel
from ..analysis.axis import Axis
from ..analysis.dates import span, words
from ..choices import ENDINGS, POLICY, Status
from ..models import Citation, Process, Side, StatusEvent

LABELS = dict(Status.choices)
LADDER = tuple(status for status in Status if status not in ENDINGS)
FURTHEST_FIRST = (*reversed(LADDER), *ENDINGS)
RANK: dict[str, int] = {status: rank for rank, status in enumerate(FURTHEST_FIRST)}
MARKS = 30  # drawn for one status at most; its number is always there


@dataclass
class Step:
    """One dated step of a compromise."""

    key: int
    status: str
    occurred_on: date
    precision: str

    @property
    def label(self) -> str:
        """Return the status in words."""
        return LABELS[self.status]


@dataclass(frozen=True)
class Course:
    """The steps of one compromise by a day, oldest first, at least one; `sources` counts what bears it out."""

    key: int
    number: int
    headline: str
    issue_id: int
    side_id: int
    tested: bool
    sources: int
    contested: bool
    steps: tuple[Step, ...]

    @property
    def status(self) -> str:
        """Return the status on that day."""
        return self.steps[-1].status

    @property
    def code(self) -> str:
        """Return the number as people write it: C12."""
        return f"C{self.number}"


def courses(process: Process, day: date | None) -> list[Course]:
    """Return the course of every compromise begun by a day, by number; None means no limit. One SQL query."""
    rows = (
        StatusEvent.objects.live()
        .on(day)
        .filter(process=process, compromise__retired_at=None)
        .annotate(
            tested=~Q(compromise__test_sentence=""),
            sources=Citation.objects.sources("compromise", of="compromise"),
            contested=Citation.objects.contradicting_step(),
        )
        .order_by("compromise__number", "occurred_on", "id")
        .values_list(
            *("compromise_id", "compromise__number", "compromise__headline", "compromise__issue_id"),
            *("compromise__side_id", "tested", "sources", "contested", "id", "status", "occurred_on", "precision"),
        )
    )
    found = []
    for _, same in groupby(rows, key=itemgetter(0)):
        first, *others = same
        key, number, headline, issue, side, tested, sources, *_ = first
        contested = any(row[7] for row in (first, *others))
        steps = tuple(Step(*row[8:]) for row in (first, *others))
        found.append(Course(key, number, headline, issue, side, tested, sources, contested, steps))
    return found


@dataclass(frozen=True)
class Group:
    """The compromises of one status: their number, and as many marks as are drawn for them."""

    status: str
    count: int

    @property
    def label(self) -> str:
        """Return the status in words."""
        return LABELS[self.status]

    @property
    def drawn(self) -> int:
        """Return how many marks are drawn."""
        return min(self.count, MARKS)

    @property
    def undrawn(self) -> int:
        """Return how many marks are left out."""
        return self.count - self.drawn


def by_status(done: Iterable[Course], order: Sequence[str] = tuple(Status)) -> tuple[Group, ...]:
    """Return the number of compromises of each status that has any: up the ladder first, then the ways off it."""
    counts = Counter(course.status for course in done)
    return tuple(Group(status, counts[status]) for status in order if counts[status])


def by_cell(done: Iterable[Course]) -> dict[tuple[int, int], tuple[Group, ...]]:
    """Return the counts by status of each (issue key, side key), furthest first."""
    cells: dict[tuple[int, int], list[Course]] = {}
    for course in done:
        cells.setdefault((course.issue_id, course.side_id), []).append(course)
    return {cell: by_status(inside, FURTHEST_FIRST) for cell, inside in cells.items()}


def figures(done: Sequence[Course], past: date | None = None) -> str:
    """Return the sentence that says how many compromises became policy, in the past tense for a `past` day."""
    total = len(done)
    policy = sum(course.status in POLICY for course in done)
    suggested = sum(course.status == Status.SUGGESTED for course in done)
    one, many, remains, remain = ("was", "were", *["remained"] * 2) if past else ("is", "are", "remains", "remain")
    if not total:
        text = f"No compromise {one} on file{'' if past else ' yet'}."
    elif total == 1:
        text = f"One compromise {one} on file; its status: {LABELS[done[0].status].lower()}."
    else:
        rest = f"{suggested or 'none'} {f'{remains} a suggestion' if suggested < 2 else f'{remain} suggestions'}"
        became = f"{policy or 'None'} of the {total} compromises on file {one if policy < 2 else many} adopted policy"
        text = f"{became}, {rest}."
    return f"On {words(past)}, {text[0].lower()}{text[1:]}" if past else text


@dataclass(frozen=True)
class Journey:
    """A compromise on its way towards policy: its travel line, and when and how fast it came to where it is."""

    course: Course
    side: Side | None
    url: str
    line: travel.Travel
    note: str


@dataclass(frozen=True)
class Journeys:
    """The compromises that moved past suggestion: the first of them drawn on one axis, policy first."""

    rows: tuple[Journey, ...]
    moved: int
    total: int
    axis: Axis | None

    @property
    def intro(self) -> str:
        """Return the sentences above the lines."""
        moved = f"{self.moved} of the {self.total} {'has' if self.moved == 1 else 'have'} moved past suggestion."
        if len(self.rows) < self.moved:
            moved += f" The {len(self.rows)} furthest along are shown."
        early = " What lies left of the break is in order, not to scale." if self.axis and self.axis.early else ""
        return f"{moved} Each line runs from the day a compromise was first put forward to its latest step.{early}"


def journeys(
    process: Process, sides: Sequence[Side], done: Sequence[Course], *, ends: date | None, most: int = 12
) -> Journeys:
    """Return up to `most` journeys, on an axis to scale from when the talks began, up to `ends`. No SQL query."""
    moved = [course for course in done if course.status != Status.SUGGESTED]
    moved.sort(key=lambda course: (RANK[course.status], -course.steps[-1].occurred_on.toordinal(), course.number))
    shown = moved[:most]
    days = [step.occurred_on for course in shown for step in course.steps]
    axis = Axis.over([*days, *([ends] if ends and days else [])], begins=process.started_on)
    by_key = {side.pk: side for side in sides}
    rows = tuple(
        Journey(
            course=course,
            side=by_key.get(course.side_id),
            url=reverse("issues:compromise-detail", args=[process.slug, course.number]),
            line=travel.line(course.steps, axis, LABELS.__getitem__),
            note=note(course.steps),
        )
        for course in shown
        if axis
    )
    return Journeys(rows, len(moved), len(done), axis)


def note(steps: Sequence[Step]) -> str:
    """Return when the present status began, and after how long: 12 Feb 2025, after 40 days."""
    first, reached = steps[0], travel.entry(steps)
    when = words(reached.occurred_on, reached.precision)
    if reached.precision != "day":
        return when
    if reached is first:
        return f"{when}, the first step on file"
    length = (reached.occurred_on - first.occurred_on).days
    return (
        f"{when}, after {'about ' if first.precision != 'day' else ''}{span(length)}"
        if length
        else f"{when}, the same day"
    )
