"""What can be taken away as a table: which rows, in which order, and their columns.

A column has the name of the field that an import reads it into: what was taken away can be brought back.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from .. import history
from ..documents.fields import FIELDS
from ..models import Changeset, Citation, CompromiseLink, Issue, Position, Process, Side, StatusEvent
from ..queries import board, briefings, compromises, pages

FIRST, CHUNK, PAST_CHUNK = 200, 2_000, 50_000  # rows that one query reads: the first time, then, and of the past
TEXT, DAY, NUMBER, YES, LINK, LINKS, CITED = "text", "day", "number", "yes", "link", "links", "cited"
# The columns of each kind: see `columns`.
COLUMNS = {
    "briefings": (
        "slug date=published_on:day precision kind title author publisher url=url:link "
        "archived_url=archived_url:link other_urls=other_urls:links language abstract reliability "
        "reliability_reason read_as reading_note page=slug:link"
    ),
    "positions": (
        "slug issue=issue__slug side=side__slug held_from=held_from:day precision as_of_note=held_from_note "
        "headline body placement=placement:number placement_note commitment commitment_note confidence "
        "citations=id:cited contested=contested:yes page=id:link"
    ),
    "compromises": (
        "number=number:number slug=compromise__slug issue=compromise__issue__slug side=compromise__side__slug "
        "headline=compromise__headline body=compromise__body test_sentence=compromise__test_sentence "
        "origin=compromise__origin date=first_on:day precision=first_precision first_status "
        "briefing=first_briefing rejected_by=first_rejected_by citations=compromise_id:cited "
        "current_status=status current_since=occurred_on:day current_precision=precision stalled=stalled:yes "
        "contested=contested:yes page=number:link"
    ),
    "steps": (
        "compromise=compromise__number:number issue=compromise__issue__slug side=compromise__side__slug "
        "date=occurred_on:day precision status briefing=briefing__slug note rejected_by=rejected_by__slug "
        "superseded_by=superseded_by__number:number implementation page=compromise__number:link"
    ),
    "quotes": (
        "issue=issue_slug side=side_slug claim position=position__slug compromise=c_number:number "
        "step=status_event__status step_date=status_event__occurred_on:day relation quote prefix suffix locator "
        "quote_url=quote_url:link credibility briefing=briefing__slug briefing_title=briefing__title "
        "briefing_date=briefing__published_on:day briefing_precision=briefing__precision page=briefing__slug:link"
    ),
    "board": (
        "issue gap=gap:number gap_band side headline held_from=held_from:day precision placement=placement:number "
        "confidence contested=contested:yes compromises page=page:link"
    ),
    "issues": (
        "order=order:number slug title question summary scale_low scale_high scale_question not_listed page=slug:link"
    ),
    "sides": "order=order:number slug name short_label role note marker",
    "links": "from=source__number:number kind to=target__number:number basis briefing=briefing__slug reason",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, the expression that it is read from, and its type; `before` stands before each link."""

    name: str
    source: str
    type: str = TEXT
    before: str = ""


@dataclass(frozen=True)
class Sheet:
    """Rows of one kind. `order` is that of `rows` (as `order_by` takes it); its last field is unique, none is null.

    A column of the type CITED is read as the key of a claim, of the kind `claim`, and holds the citations of that.
    """

    name: str
    title: str
    rows: QuerySet
    order: Sequence[str]
    columns: tuple[Column, ...]
    ready: list[tuple] | None = None  # rows that were read already
    claim: str = ""


@dataclass(frozen=True)
class Picks:
    """What of positions, steps and quotes is taken: of some issues and sides (all, where none is named), by a day.

    With `held`, of positions only those held on the day.
    """

    issues: Sequence[str] = ()
    sides: Sequence[str] = ()
    day: date | None = None
    held: bool = False

    def of(self, rows: QuerySet, *paths: str) -> QuerySet:
        """Return the rows of the issues and sides, which stand at one of the paths."""
        for name, slugs in (("issue", self.issues), ("side", self.sides)):
            rows = rows.filter(**{f"{path}{name}__retired_at": None for path in paths})
            if slugs:
                rows = rows.filter(Q(*(Q(**{f"{path}{name}__slug__in": slugs}) for path in paths), _connector=Q.OR))
        return rows


def columns(line: str, **before: str) -> tuple[Column, ...]:
    """Return columns from words like “name”, “name=source” and “name=source:type”; `before` is for the links."""
    found = []
    for word in line.split():
        name, _, rest = word.partition("=")
        source, _, kind = rest.partition(":")
        found.append(Column(name, source or name, kind or TEXT, before.get(name, "")))
    return tuple(found)


def read(sheet: Sheet, process: Process, sources: Sequence[str] | None = None) -> Iterator[list[tuple]]:
    """Yield the rows of a sheet in batches, as of the version that the process was read at.

    Each batch is one query of its own, which nobody waits for while the file is sent. Where somebody wrote meanwhile,
    the rest is read from the record of changes. `sources` names other columns than the sheet’s.
    """
    if sheet.ready is not None:
        yield sheet.ready
        return
    names = sources or [column.source for column in sheet.columns]
    order = [pages.bare(name) for name in sheet.order]
    asked = list(dict.fromkeys((*names, *order)))
    row_of, place_of = (picker([asked.index(name) for name in some]) for some in (names, order))
    at = next((place for place, column in enumerate(sheet.columns) if column.type == CITED and not sources), None)

    def rows_of(wanted: QuerySet) -> list[tuple]:
        """Return (row, place in the order) as the database has them now, with the citations of claims."""
        found = [(row_of(row), place_of(row)) for row in fetched(wanted)]
        if at is None or not found:
            return found
        backed = citations(process, sheet.claim, [row[at] for row, _ in found])
        return [((*row[:at], backed.get(row[at], []), *row[at + 1 :]), place) for row, place in found]

    values = sheet.rows.order_by(*sheet.order).values_list(*asked)
    then, place, size = None, None, FIRST
    while True:
        wanted = (values.filter(pages.beyond(sheet.order, place)) if place else values)[: PAST_CHUNK if then else size]
        found = rows_of(wanted) if then is None else []
        if then is None and version_of(process) != process.content_version:
            then = Changeset.objects.get(process=process, number=process.content_version)
            wanted, size = values.filter(pages.beyond(sheet.order, place)) if place else values, PAST_CHUNK
        if then is not None:
            with history.as_of(process, then, withheld=True):
                found = rows_of(wanted[:size])
        yield [row for row, _ in found]
        if len(found) < size:
            return
        place, size = found[-1][1], max(size, CHUNK)


def citations(process: Process, claim: str, keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Return {key of a claim: its citations as a process document has them}. One SQL query for so many keys."""
    found: dict[int, list[dict[str, Any]]] = {}
    names = FIELDS[Citation]
    sources = [f"{source}__slug" if source == "briefing" else source for source in names.values()]
    live = Citation.objects.live().filter(process=process, briefing__retired_at=None).order_by("order", "id")
    for start in range(0, len(keys), CHUNK):
        some = live.filter(**{f"{claim}__in": keys[start : start + CHUNK]})
        for key, *said in some.values_list(claim, *sources):
            one = {name: value for name, value in zip(names, said, strict=True) if value not in (None, "")}
            found.setdefault(key, []).append(one | {"credibility": int(one["credibility"])})
    return found


def joined(citations: list[dict[str, Any]]) -> str:
    """Return citations as one cell holds them: as JSON, empty where there are none."""
    return json.dumps(citations, ensure_ascii=False) if citations else ""


def picker(places: Sequence[int]) -> Callable[[tuple], tuple]:
    """Return the function that takes some cells of a row."""
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)


def fetched(rows: QuerySet) -> list[tuple]:
    """Return rows as the database gives them: dates may be texts, truths numbers, and lists are JSON. One SQL query."""
    try:
        sql, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def cells(column: Column, values: Sequence) -> Sequence:
    """Return the values of a column as Python has them: dates, truths, lists, and whole links."""
    if column.before:
        return ["" if value is None else f"{column.before}{value}/" for value in values]
    match column.type:
        case "day":
            return [date.fromisoformat(value) if isinstance(value, str) else value for value in values]
        case "yes":
            return [bool(value) for value in values]
        case "links":
            return [json.loads(value) if isinstance(value, str) else value for value in values]
    return values


def typed(columns: Sequence[Column], batch: Sequence[tuple]) -> Iterator[tuple[Any, ...]]:
    """Return rows that were read with their values as Python has them."""
    if not batch:
        return iter(())
    found = zip(columns, zip(*batch, strict=True), strict=True)
    return zip(*(cells(column, values) for column, values in found), strict=True)


def version_of(process: Process) -> int:
    return Process.objects.values_list("content_version", flat=True).get(pk=process.pk)


def address(process: Process, name: str, argument, site: str) -> str:
    """Return the address of a page up to what tells it from others of its kind."""
    return site + reverse(f"issues:{name}", args=[process.slug, argument]).removesuffix(f"{argument}/")


def briefing_sheet(process: Process, filters: briefings.Filters, site: str) -> Sheet:
    """Return the briefings that pass the filters of their list."""
    found = briefings.chosen(briefings.within(process, filters), {k: v for k, v in filters.picked.items() if v})
    return Sheet(
        "briefings",
        "Briefings",
        found,
        briefings.ORDERS[filters.sort],
        columns(
            COLUMNS["briefings"],
            page=address(process, "briefing-detail", "x", site),
        ),
    )


def position_sheet(process: Process, picks: Picks, site: str) -> Sheet:
    """Return positions, newest first."""
    rows = picks.of(Position.objects.live().filter(process=process).on(picks.day), "")
    if picks.held:
        rows = Position.objects.filter(pk__in=rows.held(picks.day).values("pk"))
    return Sheet(
        "positions",
        "Positions",
        rows.annotate(contested=Citation.objects.contradicting("position")),
        ("-held_from", "-id"),
        columns(
            COLUMNS["positions"],
            page=site + reverse("issues:position-detail", args=[0]).removesuffix("0/"),
        ),
        claim="position",
    )


def compromise_sheet(process: Process, filters: compromises.Filters, shown: date, site: str) -> Sheet:
    """Return the compromises that pass the filters of their list on a day, each with its first and its present step."""
    picked = {name: frozenset(values) for name, values in filters.picked.items() if values}
    begun = compromises.entries(process, filters.day, shown)
    found = compromises.chosen(begun, picked, process, filters.day)
    if filters.sort == "number":
        found = compromises.numbered(found)
    first = StatusEvent.objects.live().on(filters.day).filter(compromise=OuterRef("compromise"))
    first = first.order_by("occurred_on", "id")
    named = {
        "first_on": "occurred_on",
        "first_precision": "precision",
        "first_status": "status",
        "first_briefing": "briefing__slug",
        "first_rejected_by": "rejected_by__slug",
    }
    return Sheet(
        "compromises",
        "Compromises",
        found.annotate(**{name: Subquery(first.values(field)[:1]) for name, field in named.items()}),
        compromises.ORDERS[filters.sort],
        columns(
            COLUMNS["compromises"],
            page=address(process, "compromise-detail", 0, site),
        ),
        claim="compromise",
    )


def step_sheet(process: Process, picks: Picks, site: str) -> Sheet:
    """Return steps of compromises, newest first."""
    rows = picks.of(briefings.steps().filter(process=process).on(picks.day), "compromise__")
    return Sheet(
        "steps",
        "Steps",
        rows,
        ("-occurred_on", "-id"),
        columns(
            COLUMNS["steps"],
            page=address(process, "compromise-detail", 0, site),
        ),
    )


def quote_sheet(process: Process, picks: Picks, site: str) -> Sheet:
    """Return citations, each with the claim that it backs."""
    step = "status_event__compromise"
    rows = briefings.resting().filter(process=process, briefing__retired_at=None)
    if picks.day:
        begun = StatusEvent.objects.live().on(picks.day).values("compromise")
        rows = rows.filter(
            Q(position__held_from__lte=picks.day)
            | Q(status_event__occurred_on__lte=picks.day)
            | Q(compromise__in=begun)
        )
    rows = picks.of(rows, "position__", "compromise__", f"{step}__")
    said = {
        "issue": ("position__issue__slug", "compromise__issue__slug", f"{step}__issue__slug"),
        "side": ("position__side__slug", "compromise__side__slug", f"{step}__side__slug"),
        "claim": ("position__headline", "compromise__headline", f"{step}__headline"),
    }
    known = {f"{name}_slug" if name != "claim" else "claim": Coalesce(*parts) for name, parts in said.items()}
    return Sheet(
        "quotes",
        "Quotes",
        rows.annotate(**known, c_number=Coalesce("compromise__number", f"{step}__number")),
        ("id",),
        columns(
            COLUMNS["quotes"],
            page=address(process, "briefing-detail", "x", site),
        ),
    )


def board_sheet(process: Process, shown: board.Board, site: str) -> Sheet:
    """Return the board as a row for each issue and side, the empty ones included."""
    rows = [
        (
            row.issue.slug,
            row.scale.distance,
            row.scale.band,
            cell.side.slug,
            held.headline if (held := cell.position) else "",
            held and held.held_from,
            held and held.precision,
            held and held.placement,
            held and held.confidence,
            cell.contested,
            ", ".join(f"{group.count} {group.label.lower()}" for group in cell.counts),
            cell.url.partition("/issues/")[2].partition("/")[0],
        )
        for row in shown.rows
        for cell in row.cells
    ]
    return Sheet(
        "board",
        "Board",
        Position.objects.none(),
        (),
        columns(
            COLUMNS["board"],
            page=address(process, "issue-detail", "x", site),
        ),
        rows,
    )


def issue_sheet(process: Process, site: str) -> Sheet:
    """Return the issues on the agenda."""
    return Sheet(
        "issues",
        "Issues",
        Issue.objects.live().filter(process=process),
        ("order", "id"),
        columns(
            COLUMNS["issues"],
            page=address(process, "issue-detail", "x", site),
        ),
    )


def side_sheet(process: Process) -> Sheet:
    """Return the sides."""
    rows = Side.objects.live().filter(process=process)
    return Sheet("sides", "Sides", rows, ("order", "id"), columns(COLUMNS["sides"]))


def link_sheet(process: Process) -> Sheet:
    """Return the links between compromises."""
    live = {"source__retired_at": None, "target__retired_at": None}
    rows = CompromiseLink.objects.live().filter(process=process, **live)
    return Sheet(
        "links",
        "Links",
        rows,
        ("id",),
        columns(COLUMNS["links"]),
    )
