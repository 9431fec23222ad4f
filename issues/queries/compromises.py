"""What the list of compromises needs: its rows, how many each filter would leave, and what became policy."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull, LessThanOrEqual
from django.urls import reverse
from django.utils.functional import cached_property

from ..analysis import dates
from ..choices import ENDINGS, POLICY, Relation
from ..models import Citation, Compromise, Issue, Process, Side, StatusEvent
from . import pages

# Counts are exact up to so many compromises; above it they are left out, so that no page grows with the record.
COUNTED = 1000
NAMED = 8  # compromises that became policy and are named in the answer; of more, only the number is said

SETTLED = (*POLICY, *ENDINGS)
ORDERS = {"number": ("number",), "newest": ("-occurred_on", "-id"), "longest": ("occurred_on", "id")}
COLUMNS = {
    "status": "status",
    "side": "compromise__side__slug",
    "issue": "compromise__issue__slug",
    "origin": "compromise__origin",
    "stalled": "stalled",
    "contested": "contested",
}


@dataclass(frozen=True)
class Filters:
    """What a reader asks for. `picked`: facet → the values chosen; stalled and contested hold True where asked for."""

    picked: Mapping[str, Collection] = field(default_factory=dict)
    day: date | None = None
    sort: str = "number"
    after: str | None = None
    before: str | None = None


class Scope:
    """What the compromises of a process can be filtered by, each asked for when it is needed, in one SQL query."""

    def __init__(self, process: Process):
        self.process = process

    @cached_property
    def sides(self) -> list[Side]:
        """Return the sides in their order."""
        return list(Side.objects.live().filter(process=self.process))

    @cached_property
    def issues(self) -> list[Issue]:
        """Return the issues in their order."""
        return list(Issue.objects.live().filter(process=self.process))

    @cached_property
    def origins(self) -> list[str]:
        """Return the origins, in the words of the record itself."""
        mine = Compromise.objects.live().filter(process=self.process)
        origins = mine.order_by("number").values_list("origin", flat=True)[:COUNTED]
        return list(dict.fromkeys(origin for origin in origins if origin))


@dataclass(frozen=True, slots=True)
class Row:
    """A compromise as the list shows it; `since` and `days` say how long its status has stood on the day shown."""

    code: str
    href: str
    headline: str
    test: str
    side: Side
    issue: str
    status: str
    since: str
    machine: str
    days: str
    stalled: bool
    contested: bool


@dataclass(frozen=True)
class Answer:
    """Which compromises became policy: a sentence, the (code, address) of those it names, and one on the others."""

    sentence: str
    named: list[tuple[str, str]]
    others: str


@dataclass(frozen=True)
class Listing:
    """A page of the list; how many compromises pass the filters; facet → value → how many would pass with it.

    `total` is None above COUNTED; `counts` and `on_file` are None where the process has more compromises than that.
    """

    rows: list[Row]
    total: int | None
    on_file: int | None
    counts: dict[str, Counter] | None
    answer: Answer
    page: pages.Page


def origin_name(origin: str) -> str:
    """Return an origin as words: “other-analysis” as “Other analysis”, “jan3-list” as “Jan 3 list”."""
    words = re.sub(r"(?<=[a-z])(?=\d)", " ", re.sub(r"[-_]+", " ", origin).strip())
    return words[:1].upper() + words[1:]


def entries(process: Process, day: date | None, shown: date) -> QuerySet[StatusEvent]:
    """Return one step for each compromise begun by a day: the one with which its present status began.

    Each has `number`, `stalled` on the day shown, and `contested`. Every condition reads a compromise's own few steps
    by index, so that a page of rows costs the same however many compromises there are.
    """
    steps = StatusEvent.objects.live().on(day)
    own = steps.filter(compromise=OuterRef("compromise"))
    same_day = Q(occurred_on=OuterRef("occurred_on"))
    later = own.filter(Q(occurred_on__gt=OuterRef("occurred_on")) | (same_day & Q(id__gt=OuterRef("id"))))
    earlier = own.filter(Q(occurred_on__lt=OuterRef("occurred_on")) | (same_day & Q(id__lt=OuterRef("id"))))
    before = earlier.order_by("-occurred_on", "-id").values("status")[:1]
    # First values, not EXISTS: PostgreSQL would answer that for all rows of the table at once, however few are shown.
    latest = own.order_by("-occurred_on", "-id").values("occurred_on")[:1]
    quiet_since = shown - timedelta(days=min(process.stalled_after_days, (shown - date.min).days))
    # Asked of one compromise at a time: naming the process too would lead SQLite to all of its citations.
    on_itself, on_a_step = contradictions(day)
    against = Coalesce(
        Subquery(on_itself.filter(compromise=OuterRef("compromise")).values("pk")[:1]),
        Subquery(on_a_step.filter(status_event__compromise=OuterRef("compromise")).values("pk")[:1]),
    )
    quiet = LessThanOrEqual(Subquery(latest), quiet_since)
    return (
        steps.filter(process=process, compromise__process=process, compromise__retired_at=None)
        .filter(~Exists(later.exclude(status=OuterRef("status"))))
        .annotate(
            previous=Coalesce(Subquery(before), Value("")),
            number=F("compromise__number"),
            stalled=ExpressionWrapper(~Q(status__in=SETTLED) & Q(quiet), output_field=BooleanField()),
            contested=IsNull(against, False),
        )
        .filter(~Q(previous=F("status")))
    )


def contradictions(day: date | None) -> tuple[QuerySet[Citation], QuerySet[Citation]]:
    """Return the live citations that contradict compromises, and those that contradict a step taken by a day."""
    contrary = Citation.objects.live().filter(relation=Relation.CONTRADICTS).order_by()
    on_a_step = contrary.filter(status_event__retired_at=None, status_event__isnull=False)
    if day is not None:
        on_a_step = on_a_step.filter(status_event__occurred_on__lte=day)
    return contrary.filter(compromise__isnull=False), on_a_step


def chosen(begun: QuerySet[StatusEvent], picked: Mapping[str, Collection], process: Process, day: date | None):
    """Return the entries that pass every filter."""
    found = begun.filter(**{f"{COLUMNS[name]}__in": values for name, values in picked.items() if name != "contested"})
    if "contested" not in picked:
        return found
    # By the few that are, not by asking each: most compromises are contested by nothing.
    on_itself, on_a_step = (citations.filter(process=process) for citations in contradictions(day))
    return found.filter(
        Q(compromise__in=on_itself.values("compromise"))
        | Q(compromise__in=on_a_step.values("status_event__compromise"))
    )


def numbered(found: QuerySet[StatusEvent]) -> QuerySet[StatusEvent]:
    # True of every row: it leads the database to read them by the index over numbers, in order, and stop in time.
    return found.filter(compromise__number__gte=1)


def listing(process: Process, filters: Filters, scope: Scope, shown: date, past: bool) -> Listing:
    """Return a page of the compromises that pass the filters on the day shown, with the counts of every facet.

    `past` tells whether something changed after that day. Two SQL queries, a third above COUNTED compromises.
    """
    begun = entries(process, filters.day, shown)
    picked = {name: frozenset(values) for name, values in filters.picked.items() if values}
    found = chosen(begun, picked, process, filters.day)
    if filters.sort == "number":
        found = numbered(found)
    columns = ("compromise__headline", "compromise__test_sentence", "compromise__side_id", "compromise__issue_id")
    page = pages.keyset(
        found.values("id", "number", "status", "occurred_on", "precision", "stalled", "contested", *columns),
        ORDERS[filters.sort],
        after=filters.after,
        before=filters.before,
    )
    every = list(numbered(begun).order_by("number").values("number", *COLUMNS.values())[: COUNTED + 1])
    exact = len(every) <= COUNTED
    if exact:
        total, counts = count(every, picked)
    elif page.previous or page.next:
        total, counts = found.order_by().values("pk")[: COUNTED + 1].count(), None
    else:
        total, counts = len(page.rows), None
    return Listing(
        rows=rows(process, page.rows, filters.day, shown, scope),
        total=total if total <= COUNTED else None,
        on_file=len(every) if exact else None,
        counts=counts,
        answer=answer(process, every if exact else None, filters.day, past),
        page=page,
    )


def count(every: Sequence[dict], picked: Mapping[str, Collection]) -> tuple[int, dict[str, Counter]]:
    """Return how many rows pass all filters, and for each facet how many of each value pass the other filters."""
    total, counts = 0, {name: Counter() for name in COLUMNS}
    for row in every:
        fails = [name for name, values in picked.items() if row[COLUMNS[name]] not in values]
        total += not fails
        for name in COLUMNS if not fails else fails if len(fails) == 1 else ():
            counts[name][row[COLUMNS[name]]] += 1
    return total, counts


def rows(process: Process, found: Sequence[dict], day: date | None, shown: date, scope: Scope) -> list[Row]:
    """Return the rows of a page ready to show. No SQL query."""
    sides, issues = {side.pk: side for side in scope.sides}, {issue.pk: issue.title for issue in scope.issues}
    made = []
    for row in found:
        days = max((shown - row["occurred_on"]).days, 0)
        exactly = "" if row["precision"] == "day" else "about "
        made.append(
            Row(
                code=f"C{row['number']}",
                href=address(process, row["number"], day),
                headline=row["compromise__headline"],
                test=row["compromise__test_sentence"],
                side=sides.get(row["compromise__side_id"]),
                issue=issues.get(row["compromise__issue_id"], ""),
                status=row["status"],
                since=dates.words(row["occurred_on"], row["precision"]),
                machine=dates.machine(row["occurred_on"], row["precision"]),
                days=f"{exactly}{days:,} {'day' if days == 1 else 'days'}",
                stalled=row["stalled"],
                contested=row["contested"],
            )
        )
    return made


def address(process: Process, number: int, day: date | None = None) -> str:
    """Return the address of a compromise, on a day if one is chosen."""
    return reverse("issues:compromise-detail", args=[process.slug, number]) + (f"?on={day}" if day else "")


def answer(process: Process, every: Sequence[dict] | None, day: date | None, past: bool) -> Answer:
    """Return which compromises became policy; `every` is None where there are too many to count."""
    if every is None:
        return Answer(f"More than {COUNTED:,} compromises are on file", [], "")
    policy = [row["number"] for row in every if row["status"] in POLICY]
    ended = Counter(row["status"] for row in every if row["status"] in ENDINGS)
    stalled = sum(row["stalled"] for row in every)
    still = len(every) - len(policy) - ended.total()
    verb = "had" if past else "have" if len(policy) > 1 else "has"
    if not every:
        sentence = "No compromise was on file yet" if past else "No compromise is on file yet"
    elif len(every) == 1:
        sentence = f"The one compromise on file {verb} {'' if policy else 'not '}become policy"
    else:
        sentence = f"{len(policy) or 'None'} of the {len(every)} compromises on file {verb} become policy"
    if past and day:
        sentence = f"By {dates.words(day)}, {sentence[0].lower()}{sentence[1:]}"
    others = []
    if still:
        verb = ("was" if still == 1 else "were") if past else ("is" if still == 1 else "are")
        those = "all" if still == stalled else stalled or "none"
        others.append(f"{still} {verb} still open, {those} of them stalled.")
    if ended:
        closed = ", ".join(f"{ended[status]} {status.label.lower()}" for status in ENDINGS if ended[status])
        others.append(f"Closed without becoming policy: {closed}.")
    named = [(f"C{number}", address(process, number, day)) for number in policy] if len(policy) <= NAMED else []
    return Answer(sentence, named, " ".join(others))
