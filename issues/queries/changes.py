"""The record of changes of a process: the list of its changesets, and what one of them did."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone

from ..analysis import dates
from ..choices import ChangeKind
from ..families import Key
from ..models import (
    Changeset,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Side,
    Snapshot,
    StatusEvent,
)
from ..permissions import CURATE, can, sees
from . import pages
from .differences import Item, items
from .names import KINDS, Names, Reader

NEWEST = ("-number",)
RECENT = 1000  # changes among whose people a list can be filtered
NAMED = 4  # rows that a line of the list names, at most; otherwise it counts them
ROWS = 25  # rows of a change on one page
SHELL = "-"  # the value of the filter for writes from a shell
PLURALS = {
    "process": "the process",
    "citation": "citations",
    "statusevent": "steps",
    "compromiselink": "links",
}
# What a page shows first: the claims, then what hangs on them.
ORDER = ("process", "side", "issue", "position", "compromise", "statusevent", "compromiselink", "citation", "briefing")
# What a line names first: what a change was about; what hangs on it only where there is nothing else.
MAIN = ("process", "side", "issue", "position", "compromise", "briefing")


@dataclass(frozen=True)
class Filters:
    """What a reader asks for; `who` is a user's name or SHELL, `kind` a model in small letters.

    `since` is the number of the last change that is left out, `among` a further condition, `without` a user whose own
    changes are left out.
    """

    who: str = ""
    kind: str = ""
    issue: Issue | None = None
    side: Side | None = None
    compromise: Compromise | None = None
    first: date | None = None
    last: date | None = None
    since: int = 0
    among: Q | Exists | None = None
    without: object = None
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A change as the list shows it: `rows` counts what it touched, `links` are (words, address) of some of it."""

    pk: int
    number: int
    who: str
    machine: str
    at: str
    why: str
    rows: str
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Change:
    """One changeset on one page: what it did to `items`, and where the rows before and after it stand."""

    changeset: Changeset
    who: str
    machine: str
    at: str
    rows: str
    items: list[Item]
    page: pages.Page
    previous: int | None
    next: int | None

    @property
    def before(self) -> str:
        """Return the moment just before the change, as `machine` is written; empty before the first of all."""
        moment = self.changeset.moment - timedelta(microseconds=1)
        return moment.isoformat() if self.changeset.number > 1 else ""


def who(changeset: Changeset) -> str:
    """Return who wrote a change, and who accepted it where it was suggested."""
    accepted = f", accepted by {changeset.accepted_by_name}" if changeset.accepted_by_name else ""
    return (changeset.user_name or "From a shell") + accepted


def at(moment: datetime) -> str:
    """Return a moment in words: 13 Feb 2025, 16:40."""
    local = timezone.localtime(moment)
    return f"{dates.words(local.date())}, {local:%H:%M}"


def people(process: Process, curates: bool) -> list[tuple[str, str]]:
    """Return (value, label) of who wrote the latest `RECENT` changes, by name. One SQL query."""
    newest = Changeset.objects.seen_by(curates).filter(process=process).order_by(*NEWEST).values("user_name")[:RECENT]
    names = {row["user_name"] for row in newest}
    return [(name or SHELL, name or "From a shell") for name in sorted(names)]


def agenda(process: Process) -> tuple[dict[str, Issue], dict[str, Side]]:
    """Return the live issues and the live sides of a process by the names in their addresses. Two SQL queries."""
    own = {"process": process, "retired_at": None}
    issues = Issue.objects.filter(**own).order_by("order", "id").only("slug", "title")
    sides = Side.objects.filter(**own).order_by("order", "id").only("slug", "name")
    return {one.slug: one for one in issues}, {one.slug: one for one in sides}


def listing(
    process: Process, filters: Filters, reader: Reader, size: int = pages.SIZE
) -> tuple[list[Line], pages.Page]:
    """Return a page of the changes that pass the filters, newest first. At most seven SQL queries."""
    found = within(process, filters, reader.curates)
    page = pages.keyset(found, NEWEST, after=filters.after, before=filters.before, size=size)
    keys = [one.pk for one in page.rows]
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    counts = Snapshot.objects.filter(changeset__in=keys).order_by().values_list("changeset", "model")
    for changeset, model, number in counts.annotate(n=Count("pk")):
        counted[changeset][model] = number
    touched = named(counted)
    names = Names(process, {key for group in touched.values() for key in group}, reader)
    lines = [
        Line(
            one.pk,
            one.number,
            who(one),
            one.moment.isoformat(),
            at(one.moment),
            one.reason,
            one.get_kind_display() if one.kind else tally(counted[one.pk]),
            [(names.name(key), names.href(key)) for key in touched[one.pk]],
        )
        for one in page.rows
    ]
    return lines, page


def within(process: Process, filters: Filters, curates: bool) -> QuerySet[Changeset]:
    """Return the changes that pass the filters, as far as someone may see them who curates the process or does not."""
    found = Changeset.objects.seen_by(curates).filter(process=process)
    if filters.who:
        found = found.filter(user_name="" if filters.who == SHELL else filters.who)
    if filters.kind == ChangeKind.PEOPLE:
        found = found.filter(kind=filters.kind)
    elif filters.kind:
        found = found.filter(touching(Q(model=filters.kind)))
    if filters.issue or filters.side:
        found = found.filter(concerning(process, filters.issue, filters.side))
    if filters.compromise:
        found = found.filter(about(process, [filters.compromise.pk]))
    if filters.since:
        found = found.filter(number__gt=filters.since)
    if filters.among:
        found = found.filter(filters.among)
    if filters.without:
        found = found.exclude(user_id=filters.without.pk)
    if filters.first:
        found = found.filter(moment__gte=midnight(filters.first))
    if filters.last:
        found = found.filter(moment__lt=midnight(filters.last + timedelta(days=1)))
    return found


def concerning(process: Process, issue: Issue | None, side: Side | None) -> Exists:
    """Return the condition that a change touched an issue or a side, or what hangs on it now.

    With both, what hangs on both: positions, compromises, and what belongs to those.
    """
    both = {name: row.pk for name, row in (("issue", issue), ("side", side)) if row}

    def on(field: str) -> Q:
        return Q(**{f"{field}__{name}": key for name, key in both.items()})

    own = [Q(model=name, object_id=key) for name, key in both.items()]
    condition = own[0] if len(own) == 1 else Q(pk__in=[])
    # Lists of keys that the database makes once, not one question for each row of each change.
    for model, belongs in (
        (Position, Q(**both)),
        (Compromise, Q(**both)),
        (StatusEvent, on("compromise")),
        (CompromiseLink, on("source") | on("target")),
        (Citation, on("position") | on("compromise") | on("status_event__compromise")),
    ):
        keys = model.objects.filter(belongs, process=process).order_by().values("pk")
        condition |= Q(model=model._meta.model_name, object_id__in=keys)
    return touching(condition)


def about(process: Process, compromises: QuerySet | list[int]) -> Exists:
    """Return the condition that a change touched one of some compromises, their steps, links or what these cite."""
    condition = Q(model="compromise", object_id__in=compromises)
    for model, belongs in (
        (StatusEvent, Q(compromise__in=compromises)),
        (CompromiseLink, Q(source__in=compromises) | Q(target__in=compromises)),
        (Citation, Q(compromise__in=compromises) | Q(status_event__compromise__in=compromises)),
    ):
        keys = model.objects.filter(belongs, process=process).order_by().values("pk")
        condition |= Q(model=model._meta.model_name, object_id__in=keys)
    return touching(condition)


def resting(process: Process, briefings: QuerySet) -> Exists:
    """Return the condition that a change touched one of some briefings, or a citation of one."""
    citations = Citation.objects.filter(process=process, briefing__in=briefings).order_by().values("pk")
    of_citations = Q(model="citation", object_id__in=citations)
    return touching(Q(model="briefing", object_id__in=briefings) | of_citations)


def touching(condition: Q) -> Exists:
    """Return the condition that a change left a snapshot of some kind."""
    return Exists(Snapshot.objects.filter(condition, changeset=OuterRef("pk")))


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def named(counted: Mapping[int, Mapping[str, int]]) -> dict[int, list[Key]]:
    """Return the rows that a line names, by changeset: those it was about, if they are few. One SQL query."""
    condition, few = Q(pk__in=[]), []
    for changeset, kinds in counted.items():
        main = {kind: number for kind, number in kinds.items() if kind in MAIN} or kinds
        if sum(main.values()) <= NAMED:
            condition |= Q(changeset=changeset, model__in=main)
            few.append(changeset)
    found: dict[int, list[Key]] = defaultdict(list)
    # Ordered here: ordered by the database, it would read the whole table in that order.
    rows = Snapshot.objects.filter(condition, changeset__in=few).order_by()
    for _, changeset, model, pk in sorted(rows.values_list("pk", "changeset", "model", "object_id")):
        found[changeset].append((model, pk))
    return found


def tally(counted: Mapping[str, int]) -> str:
    """Return how many rows of which kinds: 2 positions, 1 citation."""
    return ", ".join(kinds(model, counted[model]) for model in KINDS if model in counted) or "Nothing"


def kinds(model: str, number: int) -> str:
    """Return so many rows of a kind, in words."""
    if model == "process":
        return PLURALS[model]
    label = KINDS[model].lower()
    return f"1 {label}" if number == 1 else f"{number:,} {PLURALS.get(model, f'{label}s')}"


def find(user, key: int) -> Changeset:
    """Return a changeset of a process that the person may see, with it; else raise Http404. One SQL query.

    A change of who takes part is for curators; one more SQL query then.
    """
    rows = Snapshot.objects.filter(changeset=OuterRef("pk"))
    found = Changeset.objects.filter(pk=key).select_related("process").annotate(has_rows=Exists(rows)).first()
    of_people = found is not None and (found.kind != ChangeKind.RECORD or not found.has_rows)
    if found is None or not sees(user, found.process) or (of_people and not can(user, CURATE, found.process)):
        raise Http404(f"There is no change {key} that you can see. It may belong to a private process.")
    return found


def change(
    changeset: Changeset, reader: Reader, after: str | None, before: str | None, *, is_folded: bool = True
) -> Change:
    """Return what a changeset did, a page of `ROWS` rows at a time. At most nine SQL queries.

    `is_folded` cuts what stands far from a change in a long text.
    """
    process = changeset.process
    found = Snapshot.objects.filter(
        changeset=changeset
    ).annotate(
        earlier=Subquery(
            Snapshot.objects.filter(
                process=process,
                model=OuterRef("model"),
                object_id=OuterRef("object_id"),
                changeset__lt=OuterRef("changeset"),
            )
            .order_by("-changeset_id")  # not "-changeset": that would follow the order of its model
            .values("pk")[:1]
        )
    )
    page = pages.keyset(found, ("id",), after=after, before=before, size=ROWS)
    earlier = {
        (one.model, one.object_id): json.loads(one.data)
        for one in Snapshot.objects.filter(pk__in=[row.earlier for row in page.rows if row.earlier])
    }
    now = {(row.model, row.object_id): json.loads(row.data) for row in page.rows}
    pairs = [(key, earlier.get(key), now[key]) for key in sorted(now, key=lambda key: ORDER.index(key[0]))]
    counts = Snapshot.objects.filter(changeset=changeset).order_by().values_list("model").annotate(n=Count("pk"))
    seen = Changeset.objects.seen_by(reader.curates).filter(process=process)
    earlier_one = seen.filter(number__lt=changeset.number).order_by("-number").values_list("pk", flat=True).first()
    later_one = seen.filter(number__gt=changeset.number).order_by("number").values_list("pk", flat=True).first()
    return Change(
        changeset=changeset,
        who=who(changeset),
        machine=changeset.moment.isoformat(),
        at=at(changeset.moment),
        rows=tally(dict(counts)),
        items=items(process, pairs, reader, is_folded=is_folded),
        page=page,
        previous=earlier_one,
        next=later_one,
    )
