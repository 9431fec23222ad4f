"""The days on which something changed, and the control that picks one: `?on=`."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db import connection

from ..analysis.axis import Axis
from ..analysis.dates import words
from ..models import Issue, Process

TICKS = 160  # at most; nearer days share one tick
# Most pages ask one of these, and Django takes seven times longer to write it than a database to answer.
OF_PROCESS = """\
SELECT CAST("held_from" AS text), COUNT(*) FROM "issues_position"
WHERE "process_id" = %s AND "retired_at" IS NULL GROUP BY "held_from"
UNION ALL SELECT CAST("occurred_on" AS text), COUNT(*) FROM "issues_statusevent"
WHERE "process_id" = %s AND "retired_at" IS NULL GROUP BY "occurred_on"
UNION ALL SELECT CAST("published_on" AS text), COUNT(*) FROM "issues_briefing"
WHERE "process_id" = %s AND "retired_at" IS NULL GROUP BY "published_on"
"""
OF_ISSUE = """\
SELECT CAST("held_from" AS text), COUNT(*) FROM "issues_position"
WHERE "process_id" = %s AND "issue_id" = %s AND "retired_at" IS NULL GROUP BY "held_from"
UNION ALL SELECT CAST("occurred_on" AS text), COUNT(*) FROM "issues_statusevent"
WHERE "process_id" = %s AND "retired_at" IS NULL
AND "compromise_id" IN (SELECT "id" FROM "issues_compromise" WHERE "issue_id" = %s) GROUP BY "occurred_on"
"""


@dataclass(frozen=True)
class DayControl:
    """What the template `_on.html` draws: the day shown, the days with changes around it, and a strip of them."""

    day: date | None
    shown: date
    first: date | None
    last: date | None
    previous: date | None
    next: date | None
    ticks: tuple[tuple[float, int], ...]
    now: float
    label: str
    keep: tuple[tuple[str, str], ...]

    @property
    def past(self) -> bool:
        """Tell whether something changed after the day shown."""
        return bool(self.last and self.shown < self.last)


def changes(process: Process, issue: Issue | None = None) -> list[tuple[date, int]]:
    """Return (day, number of changes) for every day with any, oldest first; of one issue if given. One SQL query."""
    statement, given = (OF_ISSUE, [process.pk, issue.pk] * 2) if issue else (OF_PROCESS, [process.pk] * 3)
    days: Counter[date] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        for day, n in cursor.fetchall():
            days[date.fromisoformat(day)] += n
    return sorted(days.items())


def control(process: Process, day: date | None, today: date, *, issue=None, keep=()) -> DayControl:
    """Return the day control; `day` None shows the latest. `keep`: other parameters to carry. One SQL query."""
    return draw(process, changes(process, issue), day, today, keep)


def draw(process: Process, counted, day: date | None, today: date, keep=()) -> DayControl:
    """Return the day control over days already counted. No SQL query."""
    days = [changed for changed, _ in counted]
    shown = day or max([today, *days[-1:]])
    axis = Axis.over(days, begins=process.started_on)
    places: Counter[float] = Counter()
    if axis:
        for changed, n in counted:
            places[round(axis.x(changed) * TICKS / 100) * 100 / TICKS] += n
    busiest = max(places.values(), default=1)
    before, after = [d for d in days if d < shown], [d for d in days if d > shown]
    if days:
        label = f"{len(days)} days with changes from {words(days[0])} to {words(days[-1])}. Shown: {words(shown)}."
    else:
        label = "No changes recorded yet."
    return DayControl(
        day=day,
        shown=shown,
        first=days[0] if days else None,
        last=days[-1] if days else None,
        previous=before[-1] if before else None,
        next=after[0] if after else None,
        # The taller the tick, the more changed: 6 to 20 px over the axis at 22.
        ticks=tuple((x, 16 - round(14 * n / busiest)) for x, n in sorted(places.items())),
        now=axis.x(shown) if axis else 100.0,
        label=label,
        keep=tuple(keep),
    )
