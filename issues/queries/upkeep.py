"""The queue of what the record of a process lacks now, each with what somebody does about it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localtime

from ..analysis.dates import words
from ..choices import LackKind
from ..models import Briefing, Issue, Process, Side, Task
from .pages import BETWEEN, Page
from .shelves import COUNTED, SHELVES, SIZE, Filters, Found, Place, counted, is_open, of_cells, read, shelf

CURSOR = re.compile(r"(\d{1,2})~(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Row:
    """One lack of one thing, ready to show. `token` names it in a form; `fix` is where it is put right.

    `said` is what somebody did about it: claimed, dismissed, flagged.
    """

    token: str
    kind: str
    name: str
    href: str
    about: str
    fix: str
    said: str
    is_claimed: bool
    may_release: bool


@dataclass(frozen=True)
class Queue:
    """A page of the queue, and how many of each kind pass the other filters; None stands for more than COUNTED."""

    rows: list[Row]
    counts: dict[str, int | None]
    page: Page


def scope(process: Process) -> tuple[list[Issue], list[Side]]:
    """Return the issues and the sides of a process. Two SQL queries."""
    issues = Issue.objects.live().filter(process=process).order_by("order", "id")
    sides = Side.objects.live().filter(process=process).order_by("order", "id")
    return list(issues), list(sides)


def queue(
    process: Process,
    issues: Sequence[Issue],
    sides: Sequence[Side],
    filters: Filters,
    now: datetime,
    *,
    user,
    curates: bool,
    after: str | None = None,
    before: str | None = None,
) -> Queue:
    """Return a page of what a process lacks, for a person. Six SQL queries, however large the record is.

    Of positions, only what each side holds now is asked about: what it held before stays as it was.
    """
    place, back, ignored = begins(after or before, not after)
    ours, stored, counts = gather(process, issues, sides, filters, now)
    wanted = {rank for rank, (kind, _) in enumerate(SHELVES) if filters.kind in ("", kind)}
    listed = [one for one in ours if one.rank in wanted and is_beyond(one, place, back)]
    listed += read({rank: rows for rank, rows in stored.items() if rank in wanted}, place, back)
    listed.sort(key=lambda one: one.at, reverse=back)
    more, listed = len(listed) > SIZE, listed[:SIZE]
    if back:
        listed.reverse()
    ends = [BETWEEN.join(map(str, one.at)) for one in (listed[0], listed[-1])] if listed else ["", ""]
    rows = shown(process, listed, issues, sides, user, curates)
    return Queue(
        rows=rows,
        counts=counts,
        page=Page(
            rows=rows,
            previous=ends[0] if listed and (more if back else place is not None) else None,
            next=ends[1] if listed and (more or back) else None,
            ignored=ignored,
        ),
    )


def gather(process: Process, issues: Sequence[Issue], sides: Sequence[Side], filters: Filters, now: datetime):
    """Return what cells lack, the queries for the other shelves by rank, and how many there are of each kind."""
    since = now - timedelta(days=process.rules.stale_after_days)
    ours = of_cells(process, issues, sides, filters, since)
    stored = {
        rank: shelf(process, kind, model, filters, since)
        for rank, (kind, model) in enumerate(SHELVES)
        if model not in ("issue", "position") and is_open(process, kind, model, filters)
    }
    counts = Counter(dict.fromkeys(LackKind.values, 0))
    counts.update(one.kind for one in ours)
    for rank, n in counted(stored):
        counts[SHELVES[rank][0]] += n
    return ours, stored, {kind: n if n <= COUNTED else None for kind, n in counts.items()}


def lacking(process: Process, now: datetime) -> dict[str, int | None]:
    """Return how many of each kind of lack a process has, None for more than COUNTED. Six SQL queries at most."""
    return gather(process, *scope(process), Filters(), now)[2]


def begins(cursor: str | None, back: bool) -> tuple[Place | None, bool, list[tuple[str, str, str]]]:
    """Return the place that a cursor names, whether the page ends there, and what was wrong with the cursor."""
    if not cursor:
        return None, False, []
    found = CURSOR.fullmatch(cursor) if cursor.isascii() else None
    if not found:
        return None, False, [("Page", cursor, "is not a place in this list; its first page is shown")]
    return (int(found[1]), int(found[2])), back, []


def is_beyond(one: Found, place: Place | None, back: bool) -> bool:
    """Tell whether a lack comes after a place in the list, or before it."""
    return place is None or (one.at < place if back else one.at > place)


def shown(
    process: Process, listed: Sequence[Found], issues: Sequence[Issue], sides: Sequence[Side], user, curates: bool
) -> list[Row]:
    """Return the rows of a page. One SQL query."""
    by_issue, by_side = {issue.pk: issue for issue in issues}, {side.pk: side for side in sides}
    condition = Q(pk__in=[])
    for model in {one.model for one in listed}:
        condition |= Q(model=model, object_id__in=[one.key for one in listed if one.model == model])
    people = ("claimed_by", "dismissed_by", "flagged_by")
    tasks = {
        (task.kind, task.model, task.object_id, task.beside): task
        for task in Task.objects.filter(condition, process=process).select_related(*people)
    }
    rows = []
    for one in listed:
        task = tasks.get((one.kind, one.model, one.key, one.beside))
        issue, side = by_issue.get(one.issue_key), by_side.get(one.side_key)
        href, fix = places(process, one, issue, side)
        where = [f"{side.name}: {issue.title}"] if issue and side and one.model != "issue" else []
        claimer = task.claimed_by if task else None
        rows.append(
            Row(
                token=f"{one.kind}.{one.model}.{one.key}.{one.beside}.{one.seen}",
                kind=one.kind.label,
                name=f"C{one.place} {one.name}" if one.model == "compromise" else one.name,
                href=href,
                about=" · ".join([*where, *([f"cited for “{one.about}”"] if one.model == "citation" else [])]),
                fix=fix,
                said=said(one, task, user),
                is_claimed=claimer is not None,
                may_release=claimer is not None and (curates or claimer.pk == user.pk),
            )
        )
    return rows


def said(one: Found, task: Task | None, user) -> str:
    """Return what somebody did about a lack, in sentences; an empty text for nothing."""

    def who(person) -> str:
        return "you" if person and person.pk == user.pk else person.get_username() if person else "someone"

    def at(moment) -> str:
        return words(localtime(moment).date())

    if task is None:
        return ""
    parts = []
    if task.flagged_at:
        parts.append(f"Flagged by {who(task.flagged_by)} on {at(task.flagged_at)}: {task.note}")
    if task.claimed_at:
        parts.append(f"Claimed by {who(task.claimed_by)} on {at(task.claimed_at)}")
    if task.dismissed_at and task.seen == one.seen:
        parts.append(f"Dismissed by {who(task.dismissed_by)} on {at(task.dismissed_at)}: {task.reason}")
    elif task.dismissed_at:
        parts.append(f"It has changed since {who(task.dismissed_by)} dismissed it: {task.reason}")
    return " · ".join(parts)


def flagged(briefing: Briefing) -> Task | None:
    """Return the flag of a briefing's address as dead that nobody has dealt with, or None. One SQL query."""
    own = {"process": briefing.process_id, "kind": LackKind.DEAD_LINK, "model": "briefing", "object_id": briefing.pk}
    open_flags = Task.objects.filter(**own, about=briefing.url, flagged_at__isnull=False)
    return open_flags.exclude(dismissed_at__isnull=False, seen=briefing.version).select_related("flagged_by").first()


def places(process: Process, one: Found, issue: Issue | None, side: Side | None) -> tuple[str, str]:
    """Return where a thing is shown, and the form in which it is put right."""

    def to(name: str, *where) -> str:
        return reverse(f"issues:{name}", args=where)

    match one.model:
        case "issue" if issue and side:
            dossier = to("issue-detail", process.slug, issue.slug)
            new = f"{to('position-new', process.slug, issue.slug)}?{urlencode({'side': side.slug})}"
            return f"{dossier}#side-{side.slug}", new
        case "position":
            return to("position-detail", one.key), to("position-edit", one.key)
        case "compromise":
            where = (process.slug, int(one.place))
            return to("compromise-detail", *where), to("compromise-edit", *where)
        case "citation":
            return to("briefing-detail", process.slug, one.place), to("citation-edit", one.key)
    return to("briefing-detail", process.slug, one.place), to("briefing-edit", process.slug, one.place)
