"""The drawing of a timeline: a lane for the briefings and one for every issue, laid out from events already read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from ..analysis import lanes
from ..analysis.axis import Axis
from ..analysis.dates import short, words
from ..analysis.travel import spread
from ..choices import Status
from ..models import Issue, Process

LABEL = 210  # px: where a label is cut
APART = 100 * 2 * lanes.MARK / lanes.NARROWEST  # per cent between two steps of a line
STATUSES = dict(Status.choices)


@dataclass(frozen=True)
class Mark:
    """What one mark of a lane shows: its events, oldest first, where it leads, and what a pointer over it reads."""

    events: tuple
    url: str
    title: str


@dataclass(frozen=True)
class Lane:
    """One lane: its name (an issue has a number and an address too), its height in px, its marks, and it in words."""

    title: str
    number: int | None
    url: str
    height: int
    marks: tuple[lanes.Placed, ...]
    words: str


@dataclass(frozen=True)
class Drawing:
    """The lanes over one axis. Places in per cent: `ticks` with labels, where the scale begins, the day shown.

    `left_out` counts the events that found no room; `cut` tells that older events are not drawn at all.
    """

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    begins: float | None
    early: str
    now: float | None
    now_label: str
    left_out: int
    cut: bool


def draw(events: Sequence, issues: Iterable[Issue], process: Process, chosen, past: bool, cut: bool) -> Drawing | None:
    """Return the drawing of events given newest first; lanes only for the kinds and issues chosen. No SQL query.

    `past` tells that the day chosen is not the latest, `cut` that there are older events.
    """
    now = chosen.on if past else None
    axis = Axis.over([event.day for event in events] + ([now] if now else []), begins=process.started_on)
    if axis is None or not events:
        return None
    by_issue: dict[int, list] = {}
    for event in reversed(events):
        by_issue.setdefault(event.issue.pk if event.issue else 0, []).append(event)
    found = []
    if not chosen.kinds or "briefing" in chosen.kinds:
        found.append(lane("Briefings", None, "", by_issue.get(0, []), axis))
    for issue in issues:
        if set(chosen.kinds) != {"briefing"} and (not chosen.issues or issue.slug in chosen.issues):
            url = reverse("issues:issue-detail", args=[process.slug, issue.slug])
            found.append(lane(issue.title, issue.order, url, by_issue.get(issue.pk, []), axis))
    years = sorted({day.year for day in axis.early})
    return Drawing(
        lanes=tuple(one for one, _ in found),
        ticks=tuple(axis.ticks()),
        begins=axis.break_x,
        early=" to ".join(map(str, dict.fromkeys(years[:1] + years[-1:]))),
        now=axis.x(now) if now else None,
        now_label=words(now) if now else "",
        left_out=sum(missing for _, missing in found),
        cut=cut,
    )


def lane(title: str, number: int | None, url: str, events: Sequence, axis: Axis) -> tuple[Lane, int]:
    """Return a lane of events given oldest first, and how many of them found no room."""
    tracks: dict[int, list] = {}
    for event in events:
        if event.compromise:
            tracks.setdefault(event.compromise, []).append(event)
    points = [mark([event], axis) for event in events if not event.compromise]
    placed, missing, height = lanes.block(points, lanes.TOP)
    lines, more_missing, height = lanes.block([mark(steps, axis) for steps in tracks.values()], height)
    left_out = sum(len(one.key.events) for one in missing + more_missing)
    height = max(height, lanes.ROW + lanes.TOP) + lanes.TOP
    return Lane(title, number, url, height, tuple(placed + lines), told(events, points, tracks)), left_out


def mark(events: Sequence, axis: Axis) -> lanes.Mark:
    """Return the mark of one event, or of the steps of one compromise."""
    placed = [place(axis, event.day, event.precision) for event in events]
    places = spread([x for x, _ in placed], APART) if len(placed) > 1 else [placed[0][0]]
    if events[0].compromise:
        steps = ", ".join(f"{STATUSES[e.status].lower()} {words(e.day, e.precision)}" for e in events)
        title = f"{events[0].label}: {steps}"
    else:
        before = "".join(events[0].line[:2])
        title = f"{words(events[0].day, events[0].precision)} · {before}"
    return lanes.Mark(
        Mark(tuple(events), events[0].url, title),
        tuple(places),
        lanes.shortened(events[0].label, LABEL),
        tuple(span for _, span in placed),
    )


def place(axis: Axis, day: date, precision: str) -> tuple[float, tuple[float, float] | None]:
    """Return where a date stands and, unless it is known to the day, from where to where it may lie."""
    # What is not to scale has room for an order, not for lengths of time.
    if precision == "day" or day < axis.start:
        return axis.x(day), None
    first = day.replace(day=1) if precision == "month" else day.replace(month=1, day=1)
    following = first + timedelta(days=31 if precision == "month" else 366)
    last = following.replace(day=1) - timedelta(days=1)
    ends = axis.x(max(first, axis.start)), axis.x(min(last, axis.end))
    return round(sum(ends) / 2, 2), ends


def told(events: Sequence, points: Sequence, tracks: dict) -> str:
    """Return a lane in words: 14 positions and 9 compromises from Dec 2021 to Jun 2026."""
    if not events:
        return "No event."
    briefings = sum(1 for event in events if event.kind == "briefing")
    numbers = [(briefings, "briefing"), (len(points) - briefings, "position"), (len(tracks), "compromise")]
    named = [f"{number} {noun}{'s' if number > 1 else ''}" for number, noun in numbers if number]
    first, last = short(events[0].day, "month"), short(events[-1].day, "month")
    return f"{' and '.join(named)} {f'from {first} to {last}' if first != last else f'in {first}'}."
