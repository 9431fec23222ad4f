"""The board of a process: who stands where on each issue on a day, what moved, and what the record lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.http import urlencode

from ..analysis.dates import words
from ..models import Citation, Issue, Position, Process, Side
from . import days, gaps, tallies
from .lacks import Lack, lacks
from .news import NEWS, News, news

BACK = ((30, "30 days before"), (90, "90 days before"), (365, "a year before"))
DEFAULT_BACK = 90
# The newest by each side on each issue, before a day and since, and the newest of all. Written out: Django takes five
# times longer to write it than a database to answer.
RANKED = """
    SELECT "id" FROM (
        SELECT "id", ROW_NUMBER() OVER (ORDER BY "held_from" DESC, "id" DESC) AS newest, ROW_NUMBER() OVER (
            PARTITION BY "issue_id", "side_id", "held_from" < %s ORDER BY "held_from" DESC, "id" DESC
        ) AS rank
        FROM "issues_position" WHERE "process_id" = %s AND "held_from" <= %s AND "retired_at" IS NULL
    ) AS ranked WHERE rank = 1 OR newest <= %s
"""


@dataclass(frozen=True)
class Cell:
    """What one side holds on one issue; `position` is None where nothing is recorded."""

    issue: Issue
    side: Side
    position: Position | None
    changed: bool
    contested: bool
    counts: tuple[tallies.Group, ...]
    url: str


@dataclass(frozen=True)
class Row:
    """One issue of the board: its distance scale, and a cell for every side in the order of the columns."""

    issue: Issue
    url: str
    scale: gaps.Scale
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Choice:
    """One choice of a select box."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Board:
    """Everything that the board shows of a process on one day."""

    on: days.DayControl
    since: date | None
    since_choices: tuple[Choice, ...]
    between_choices: tuple[Choice, ...]
    figures: str
    tally: tuple[tallies.Group, ...]
    sides: tuple[Side, ...]
    issues: tuple[Issue, ...]
    rows: tuple[Row, ...]
    gap_note: str
    editorial_note: str
    journeys: tallies.Journeys
    news: tuple[News, ...]
    lacks: list[Lack]
    query: str


def board(process: Process, day: date | None, since: date | None, between: str | None, today: date) -> Board:
    """Return the board of a process in 7 SQL queries.

    `day` None shows the latest record; changes on or after `since` (None: 90 days before the latest change) are
    highlighted; `between` is "all" to measure gaps among all sides instead of among the principals.
    """
    counted = days.changes(process)
    keep = [(name, str(value)) for name, value in (("since", since), ("between", between)) if value]
    on = days.draw(process, counted, day, today, keep)
    latest = max((changed for changed, _ in counted if changed <= on.shown), default=None)
    choices = since_choices(latest, process.started_on, since)
    since = since or (back(latest, DEFAULT_BACK) if latest else None)

    sides = tuple(Side.objects.live().filter(process=process).order_by("order", "id"))
    issues = tuple(Issue.objects.live().filter(process=process).order_by("order", "id"))
    positions = developments(process, day, since)
    done = tallies.courses(process, day)

    query = f"?{urlencode({'on': day.isoformat()})}" if day else ""
    chosen = gaps.among(sides, everyone=between == "all")
    rows = matrix(process, issues, sides, positions, done, since, chosen, query)
    cells = [cell for row in rows for cell in row.cells]
    return Board(
        on=on,
        since=since,
        since_choices=choices,
        between_choices=between_choices(sides, between),
        figures=tallies.figures(done, on.shown if on.past else None),
        tally=tallies.by_status(done),
        sides=sides,
        issues=issues,
        rows=rows,
        gap_note=gap_note(chosen, sides, process.rules.bands) if len(chosen) > 1 else "",
        editorial_note=editorial if isinstance(editorial := process.method.get("editorial_note"), str) else "",
        journeys=tallies.journeys(process, sides, done, ends=latest),
        news=news(process, day, issues, sides, positions, done),
        lacks=lacks(process, day, cells, done, query),
        query=query,
    )


def developments(process: Process, day: date | None, since: date | None) -> list[Position]:
    """Return what each side held on each issue by a day and before `since`, and the newest of all, oldest first.

    Each has `sources`, its number of briefings that do not contradict it, and `contested`. One SQL query.
    """
    ranked = RawSQL(RANKED, [since or date.min, process.pk, day or date.max, NEWS])  # noqa: S611 (all are parameters)
    return list(
        Position.objects.filter(pk__in=ranked)
        .annotate(contested=Citation.objects.contradicting("position"), sources=Citation.objects.sources("position"))
        .order_by("held_from", "id")
        .only("issue_id", "side_id", "held_from", "precision", "headline", "placement", "confidence")
    )


def matrix(process, issues, sides, positions, done, since, chosen, query) -> tuple[Row, ...]:
    """Return the rows of the board, in the order of the issues. No SQL query."""
    held: dict[int, dict[int, Position]] = {issue.pk: {} for issue in issues}
    before: dict[int, dict[int, Position]] = {issue.pk: {} for issue in issues}
    for position in positions:  # oldest first: the last one written is the one held
        if position.issue_id in held:
            held[position.issue_id][position.side_id] = position
            if since and position.held_from < since:
                before[position.issue_id][position.side_id] = position
    counts, bands = tallies.by_cell(done), process.rules.bands
    rows = []
    for issue in issues:
        url = reverse("issues:issue-detail", args=[process.slug, issue.slug]) + query
        now, then = held[issue.pk], before[issue.pk]
        cells = tuple(
            Cell(
                issue=issue,
                side=side,
                position=(position := now.get(side.pk)),
                changed=bool(position and since and position.held_from >= since),
                contested=getattr(position, "contested", False),
                counts=counts.get((issue.pk, side.pk), ()),
                url=f"{url}#side-{side.slug}",
            )
            for side in sides
        )
        scale = gaps.scale_marks(issue, now, sides, chosen=chosen, before=then, since=since, bands=bands)
        rows.append(Row(issue, url, scale, cells))
    return tuple(rows)


def since_choices(latest: date | None, started_on: date, since: date | None) -> tuple[Choice, ...]:
    """Return the days from which changes may be highlighted, newest first; none when nothing has changed yet."""
    if latest is None:
        return ()
    found = {latest: "latest change"}
    for length, label in BACK:
        found.setdefault(back(latest, length), label)
    if started_on <= latest:
        found[started_on] = "start of the talks"
    if since and since not in found:
        found[since] = "chosen"
    default = back(latest, DEFAULT_BACK)
    return tuple(
        # The default has no value: it moves along with the day shown.
        Choice("" if day == default else day.isoformat(), f"{words(day)}, {label}", day == (since or default))
        for day, label in sorted(found.items(), reverse=True)
    )


def back(day: date, length: int) -> date:
    """Return the day some days before another, or the first of the calendar."""
    return day - timedelta(min(length, (day - date.min).days))


def between_choices(sides: Sequence[Side], between: str | None) -> tuple[Choice, ...]:
    """Return the choices of sides between which gaps are measured; none when there is only one."""
    if len(gaps.among(sides)) == len(sides):
        return ()
    return (
        Choice("", "the principals", between != "all"),
        Choice("all", f"all {gaps.number(len(sides))} sides", between == "all"),
    )


def gap_note(chosen: Sequence[Side], sides: Sequence[Side], bands: Sequence[tuple[int, str]]) -> str:
    """Return the sentences that explain the scales."""
    if len(chosen) == len(sides):
        who = "all sides"
    else:
        who = ", ".join(side.name for side in chosen[:-1]) + f" and {chosen[-1].name}"
    floors = zip((0, *(below for below, _ in bands)), bands)  # noqa: B905
    said = ", ".join(
        f"{word.lower()} {f'from {floor}' if floor else f'under {below}'}" for floor, (below, word) in floors
    )
    return f"The bar spans the gap between {who}, in points of 100: {said}."
