"""A table that can be taken away: rows in their order, with columns, read in batches as of one version."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from .. import history
from ..documents.fields import FIELDS
from ..models import Changeset, Citation, Process
from ..models.asking import among
from ..queries import pages

FIRST, CHUNK, PAST_CHUNK = 200, 2_000, 50_000  # rows that one query reads: the first time, then, and of the past
TEXT, DAY, NUMBER, YES, LINK, LINKS, CITED = "text", "day", "number", "yes", "link", "links", "cited"


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
    place_of = picker([asked.index(name) for name in order])
    at = next((place for place, column in enumerate(sheet.columns) if column.type == CITED and not sources), None)

    def rows_of(wanted: QuerySet) -> tuple[list[tuple], tuple | None]:
        """Return rows as the database has them now, with the citations of claims, and the last one’s place."""
        found = fetched(wanted)
        if not found:
            return [], None
        # By columns: to make a row of another one by one takes as long as to read it.
        whole = list(zip(*found, strict=True))
        columns: list[Sequence] = [whole[asked.index(name)] for name in names]
        if at is not None:
            backed = citations(process, sheet.claim, columns[at])
            columns[at] = [backed.get(key, []) for key in columns[at]]
        return list(zip(*columns, strict=True)), place_of(found[-1])

    values = sheet.rows.order_by(*sheet.order).values_list(*asked)
    then, place, size = None, None, FIRST
    while True:
        wanted = (values.filter(pages.beyond(sheet.order, place)) if place else values)[: PAST_CHUNK if then else size]
        found, last = rows_of(wanted) if then is None else ([], None)
        if then is None and version_of(process) != process.content_version:
            then = Changeset.objects.get(process=process, number=process.content_version)
            wanted, size = values.filter(pages.beyond(sheet.order, place)) if place else values, PAST_CHUNK
        if then is not None:
            with history.as_of(process, then, withheld=True):
                found, last = rows_of(wanted[:size])
        yield found
        if len(found) < size:
            return
        place, size = last, max(size, CHUNK)


def citations(process: Process, claim: str, keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return {key of a claim: its citations as a process document has them}. One SQL query for so many keys."""
    found: dict[int, list[dict[str, Any]]] = {}
    names = FIELDS[Citation]
    sources = [f"{source}__slug" if source == "briefing" else source for source in names.values()]
    live = Citation.objects.live().filter(process=process, briefing__retired_at=None).order_by("order", "id")
    for start in range(0, len(keys), CHUNK):
        some = among(keys[start : start + CHUNK], connection.vendor)
        for key, *said in live.filter(**{f"{claim}__in": some}).values_list(claim, *sources):
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
