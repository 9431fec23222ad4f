"""The things of a process that lack something, shelf by shelf: a shelf holds one kind of lack of one kind of thing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from ..choices import ENDINGS, POLICY, LackKind, Relation
from ..families import versions
from ..models import Briefing, Citation, Compromise, Issue, Position, Process, Side, StatusEvent, Task
from ..models.citation import CONTRARY
from . import lacks

SIZE = 25
COUNTED = 1000  # of a shelf; more are not counted
SETTLED = (*POLICY, *ENDINGS)

# What the list is made of, in its order: a kind of lack, and the model of the things that have it.
SHELVES = (
    (LackKind.NO_POSITION, "issue"),
    (LackKind.NO_SOURCE, "position"),
    (LackKind.NO_SOURCE, "compromise"),
    (LackKind.SINGLE_SOURCE, "position"),
    (LackKind.SINGLE_SOURCE, "compromise"),
    (LackKind.ONE_SIDED, "position"),
    (LackKind.ONE_SIDED, "compromise"),
    (LackKind.CONTESTED, "position"),
    (LackKind.CONTESTED, "compromise"),
    (LackKind.NO_TEST, "compromise"),
    (LackKind.UNSURE, "position"),
    (LackKind.UNPLACED, "position"),
    (LackKind.NO_QUOTE, "citation"),
    (LackKind.UNANCHORED, "citation"),
    (LackKind.DEAD_LINK, "briefing"),
    (LackKind.STALE, "position"),
    (LackKind.STALE, "compromise"),
)
RANKS = {shelf: rank for rank, shelf in enumerate(SHELVES)}
COLUMNS = ("rank", "key", "beside", "seen", "issue_key", "side_key", "name", "about", "place")
Place = tuple[int, int]  # a shelf, and the order of a thing on it


@dataclass(frozen=True)
class Filters:
    """What of the queue is asked for; `mine`: what a person claimed; `dismissed`: what is out of the queue."""

    kind: str = ""
    issue: Issue | None = None
    side: Side | None = None
    mine: object = None
    dismissed: bool = False


@dataclass(frozen=True)
class Cell:
    """What a side holds on an issue now, as the board has it; `touched` is when it or its sources last changed."""

    issue: Issue
    side: Side
    position: Position | None

    @property
    def contested(self) -> bool:
        return self.position.contested

    @property
    def touched(self) -> datetime:
        return max(self.position.updated_at, self.position.cited_at or self.position.updated_at)


@dataclass(frozen=True, slots=True)
class Found:
    """One lack of one thing. `order` is its place on the shelf `rank`; `about` and `place` say more, by the model."""

    rank: int
    order: int
    key: int
    beside: int
    seen: int
    issue_key: int
    side_key: int
    name: str
    about: str = ""
    place: str = ""

    @property
    def kind(self) -> LackKind:
        return SHELVES[self.rank][0]

    @property
    def model(self) -> str:
        return SHELVES[self.rank][1]

    @property
    def at(self) -> Place:
        """Return where it stands in the list."""
        return self.rank, self.order


def is_open(process: Process, kind: str, model: str, filters: Filters) -> bool:
    """Tell whether a shelf can hold anything under the filters but that of the kind."""
    if kind == LackKind.ONE_SIDED and not process.rules.camps:
        return False  # nobody has said whose medium any publisher is
    if model == "briefing" and (filters.issue or filters.side):
        return False  # a document is of no issue and no side
    return not (filters.dismissed and kind == LackKind.STALE)  # what was checked is not stale


# What each side holds now: as many as there are cells on the board.


def of_cells(
    process: Process, issues: Sequence[Issue], sides: Sequence[Side], filters: Filters, since: datetime
) -> list[Found]:
    """Return the lacks of cells and positions under all filters but that of the kind. Three SQL queries."""
    cells = held(process, issues, sides)
    tasks = defaultdict(dict)
    keys = [cell.position.pk for cell in cells if cell.position]
    of_ours = Q(model="issue") | Q(model="position", object_id__in=keys)
    for task in Task.objects.filter(of_ours, process=process):
        tasks[task.model, task.object_id, task.beside][task.kind] = task
    found = []
    for at, cell in enumerate(cells):
        if (filters.issue and cell.issue.pk != filters.issue.pk) or (filters.side and cell.side.pk != filters.side.pk):
            continue
        if cell.position is None:
            if not lacks.is_expected(cell):
                continue
            model, key, beside, order = "issue", cell.issue.pk, cell.side.pk, at
            seen, name = cell.issue.version + cell.side.version, f"{cell.side.name} on {cell.issue.title}"
            kinds = [LackKind.NO_POSITION]
        else:
            model, key, beside, order = "position", cell.position.pk, 0, cell.position.pk
            seen, name = cell.position.seen, cell.position.headline
            kinds = [one.kind for one in lacks.OF_POSITIONS if one.test(cell)]
            if cell.position.one_sided:
                kinds.append(LackKind.ONE_SIDED)
            if cell.touched < since:
                kinds.append(LackKind.STALE)
        for kind in kinds:
            if passes(kind, tasks[model, key, beside].get(kind), seen, filters, since):
                where = (cell.issue.pk, cell.side.pk)
                found.append(Found(RANKS[kind, model], order, key, beside, seen, *where, name))
    return found


def held(process: Process, issues: Sequence[Issue], sides: Sequence[Side]) -> list[Cell]:
    """Return the cells of the board as they are now, issue by issue. Two SQL queries."""
    latest = Position.objects.live().filter(issue=OuterRef("pk")).order_by("-held_from", "-id").values("pk")
    by_side = {f"side_{side.pk}": Subquery(latest.filter(side=side)[:1]) for side in sides}
    rows = Issue.objects.filter(pk__in=[issue.pk for issue in issues]).annotate(**by_side).values("pk", *by_side)
    keys = {row.pop("pk"): row for row in rows}
    cited = Citation.objects.filter(position=OuterRef("pk")).order_by().values("position")
    positions = (
        Position.objects.annotate(
            contested=Citation.objects.contradicting("position"),
            sources=Citation.objects.sources("position"),
            one_sided=Case(When(one_sided(process, "position"), then=Value(True)), default=Value(False)),
            seen=versions("position"),
            cited_at=Subquery(cited.annotate(at=Max("updated_at")).values("at")),
        )
        .only("headline", "placement", "confidence", "updated_at")
        .in_bulk([key for row in keys.values() for key in row.values() if key])
    )
    return [Cell(issue, side, positions.get(keys[issue.pk][f"side_{side.pk}"])) for issue in issues for side in sides]


def one_sided(process: Process, target: str) -> Q:
    """Return the condition that all that bears out a `position` or a `compromise` is from the media of one side."""
    cited = Citation.objects.live().filter(**{target: OuterRef("pk")}).exclude(relation=Relation.CONTRADICTS)
    condition = Q(pk__in=[])
    for names in process.rules.camps.values():
        ours = Q(briefing__publisher__in=names)
        condition |= Q(Exists(cited.filter(ours))) & ~Q(Exists(cited.exclude(ours)))
    return condition


def passes(kind: str, task: Task | None, seen: int, filters: Filters, since: datetime) -> bool:
    """Tell whether a lack of a thing passes the filters, by what somebody did about it."""
    if filters.mine and (task is None or task.claimed_by_id != filters.mine.pk):
        return False
    if kind == LackKind.STALE:
        return not filters.dismissed and not (task and task.dismissed_at and task.dismissed_at >= since)
    return filters.dismissed == bool(task and task.dismissed_at and task.seen == seen)


# What may be as many as the record is large: asked of the database, a page at a time.


def shelf(process: Process, kind: str, model: str, filters: Filters, since: datetime) -> QuerySet:
    """Return the things of a model that have a kind of lack, under all filters but that of the kind."""
    tasks = Task.objects.filter(process=process, kind=kind, model=model, object_id=OuterRef("pk"), beside=0)
    rows: QuerySet
    match model:
        case "compromise":
            rows = of_compromises(process, kind, since)
            issue, side, title = F("issue_id"), F("side_id"), F("headline")
            about, place = Value(""), Cast("number", CharField())
        case "citation":
            wanted = lacks.NO_QUOTE if kind == LackKind.NO_QUOTE else lacks.UNANCHORED
            rows = Citation.objects.live().filter(wanted, process=process)
            issue, side, about = (
                Coalesce(*(f"{claim}{name}" for claim in ("position__", "compromise__", "status_event__compromise__")))
                for name in ("issue_id", "side_id", "headline")
            )
            title, place = F("briefing__title"), F("briefing__slug")
        case _:
            flagged = Task.objects.filter(process=process, kind=kind, model=model, flagged_at__isnull=False)
            rows = Briefing.objects.live().filter(pk__in=flagged.values("object_id"))
            rows = rows.filter(Exists(tasks.filter(flagged_at__isnull=False, about=OuterRef("url"))))
            issue, side = Value(0, IntegerField()), Value(0, IntegerField())
            title, about, place = F("title"), Subquery(tasks.values("note")[:1]), F("slug")
    rows = rows.annotate(seen=versions(model))
    if kind == LackKind.STALE:
        rows = rows.filter(~Exists(tasks.filter(dismissed_at__gte=since)))
    else:
        dismissed = Exists(tasks.filter(dismissed_at__isnull=False, seen=OuterRef("seen")))
        rows = rows.filter(dismissed if filters.dismissed else ~dismissed)
    if filters.mine:
        rows = rows.filter(Exists(tasks.filter(claimed_by=filters.mine)))
    rows = rows.annotate(
        rank=Value(RANKS[kind, model], IntegerField()),
        key=F("pk"),
        beside=Value(0, IntegerField()),
        issue_key=issue,
        side_key=side,
        name=Cast(title, TextField()),
        about=Cast(about, TextField()),
        place=Cast(place, TextField()),
    )
    if filters.issue:
        rows = rows.filter(issue_key=filters.issue.pk)
    return rows.filter(side_key=filters.side.pk) if filters.side else rows


def of_compromises(process: Process, kind: str, since: datetime) -> QuerySet:
    """Return the compromises that have a kind of lack, as `lacks.OF_COURSES` has it of their courses."""
    own = Compromise.objects.live().filter(process=process)
    match kind:
        case LackKind.NO_SOURCE:
            own = own.annotate(sources=Citation.objects.sources("compromise")).filter(sources=0)
        case LackKind.SINGLE_SOURCE:
            own = own.annotate(sources=Citation.objects.sources("compromise")).filter(sources=1)
        case LackKind.ONE_SIDED:
            own = own.filter(one_sided(process, "compromise"))
        case LackKind.NO_TEST:
            own = own.filter(test_sentence="")
        case LackKind.CONTESTED:
            # By the few that are, not by asking each.
            contrary = Citation.objects.live().filter(CONTRARY, process=process).order_by()
            on_a_step = contrary.filter(status_event__retired_at=None, status_event__isnull=False)
            own = own.filter(
                Q(pk__in=contrary.filter(compromise__isnull=False).values("compromise"))
                | Q(pk__in=on_a_step.values("status_event__compromise"))
            )
        case LackKind.STALE:
            steps = StatusEvent.objects.filter(compromise=OuterRef("pk"), updated_at__gte=since)
            cited = Citation.objects.filter(compromise=OuterRef("pk"), updated_at__gte=since)
            own = own.with_status().exclude(status__in=SETTLED)
            return own.filter(~Exists(steps), ~Exists(cited), updated_at__lt=since)
    begun = StatusEvent.objects.live().filter(compromise=OuterRef("pk"))
    return own.filter(Exists(begun))


def counted(stored: Mapping[int, QuerySet]) -> list[tuple[int, int]]:
    """Return (rank, number) for each shelf that holds anything, up to COUNTED + 1. One SQL query."""
    parts = []
    for rank, rows in stored.items():
        first = rows.model.objects.filter(pk__in=rows.order_by().values("pk")[: COUNTED + 1]).order_by()
        parts.append(first.values_list(Value(rank, IntegerField())).annotate(n=Count("pk")))
    return list(together(parts))


def read(stored: Mapping[int, QuerySet], place: Place | None, back: bool) -> list[Found]:
    """Return the first lacks beyond a place in the list, of each shelf a page at most. One SQL query."""
    parts = []
    for rank, rows in stored.items():
        if place and (rank > place[0] if back else rank < place[0]):
            continue
        beyond = rows
        if place and rank == place[0]:
            beyond = rows.filter(pk__lt=place[1]) if back else rows.filter(pk__gt=place[1])
        first = beyond.order_by("-pk" if back else "pk").values("pk")[: SIZE + 1]
        parts.append(rows.filter(pk__in=first).order_by().values_list(*COLUMNS))
    return [Found(row[0], row[1], *row[1:]) for row in together(parts)]


def together(parts: list[QuerySet]) -> QuerySet | list:
    """Return the rows of several queries with the same columns, to be asked for at once."""
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0] if parts else []
