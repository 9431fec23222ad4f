"""Read rows of the record as what a search finds."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django.db.models import CharField, Exists, F, Min, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce

from ..analysis import words
from ..choices import SearchKind
from ..models import Briefing, Changeset, Citation, Compromise, Issue, Position, SearchEntry, StatusEvent
from ..models.asking import Written
from ..models.base import Record

BATCH = 200
PART = 100_000  # characters of a stored text in one entry: as many words as a place in a tsvector can count
KINDS = {
    Issue: SearchKind.ISSUE,
    Position: SearchKind.POSITION,
    Compromise: SearchKind.COMPROMISE,
    StatusEvent: SearchKind.STEP,
    Citation: SearchKind.QUOTE,
    Briefing: SearchKind.BRIEFING,
}
# What the entry of a row says beyond the row itself; it is read along with the row under the names of the entry.
FACTS: dict[type[Record], tuple[str, ...]] = {
    Issue: (),
    Position: ("is_cited",),
    Compromise: ("status", "day", "is_cited"),
    StatusEvent: ("issue_id", "side_id", "place", "title"),
    Citation: ("issue_id", "side_id", "day", "precision", "place", "title"),
    Briefing: ("is_cited",),
}
Keys = dict[type[Record], set[int]]  # of rows, by their models
Rows = dict[type[Record], dict[int, Any]]


def entries(keys: Keys, known: Rows | None = None, *, texts: bool = True) -> Iterator[SearchEntry]:
    """Yield the entries of rows that can be found, by the keys of their models; without stored texts if `texts` is off.

    `known` holds the rows where they are at hand. One SQL query for each model and BATCH keys.
    """
    for model, pks in keys.items():
        names = ("id",) if known else tuple(named for named in columns(model) if texts or named != "text")
        ordered = sorted(pks)
        for at in range(0, len(ordered), BATCH):
            found = asked(model, names + FACTS[model]).of(ordered[at : at + BATCH])
            facts = (dict(zip(names + FACTS[model], one, strict=True)) for one in found)
            for row in completed(model, facts, known[model] if known else {}):
                yield from made(row, texts)


def again(known: Rows, standing: Mapping[tuple[str, int], dict]) -> Iterator[SearchEntry]:
    """Yield the entries of rows at hand that can be found, with the facts of those that stand, without stored texts."""
    for model, rows in known.items():
        found = ((pk, standing[KINDS[model], pk]) for pk in rows if (KINDS[model], pk) in standing)
        facts = ({"id": pk} | {name: one[name] for name in FACTS[model]} for pk, one in found)
        for row in completed(model, facts, rows):
            yield from made(row, texts=False)


@cache
def asked(model: type[Record], names: tuple[str, ...]) -> Written:
    """Return the query for columns and facts of the rows of a model that can be found."""
    return Written(
        lambda keys: READ[model](model.objects.filter(pk__in=keys, retired_at=None)).order_by("pk").values_list(*names)
    )


def columns(model: type[Record]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def completed(model: type[Record], facts: Iterable[Mapping], rows: Mapping[int, Any]) -> Iterator[Any]:
    """Yield rows with the facts of each; those that are at hand are copied."""
    for one in facts:
        row = Model.__new__(model)
        vars(row).update(vars(rows[one["id"]]) if rows else {}, **one)
        yield row


def made(row: Any, texts: bool) -> Iterable[SearchEntry]:
    """Return the entries of a row."""
    return of_briefing(row, texts) if isinstance(row, Briefing) else (MADE[type(row)](row),)


def live_citations(**of) -> QuerySet[Citation]:
    return Citation.objects.live().filter(**of)


def resting() -> QuerySet[Citation]:
    """Return the live citations of live claims."""
    alive = ("position", "compromise", "status_event", "status_event__compromise")
    return Citation.objects.live().filter(**{f"{name}__retired_at": None for name in alive})


def read_compromises(rows: QuerySet) -> QuerySet:
    steps = StatusEvent.objects.live().filter(compromise=OuterRef("pk")).order_by().values("compromise")
    cited = live_citations(compromise=OuterRef("pk")), live_citations(status_event__compromise=OuterRef("pk"))
    begun = steps.annotate(first=Min("occurred_on")).values("first")
    return rows.with_status().annotate(day=Subquery(begun), is_cited=Exists(cited[0]) | Exists(cited[1]))


def read_steps(rows: QuerySet) -> QuerySet:
    return rows.filter(compromise__retired_at=None).annotate(
        issue_id=F("compromise__issue_id"),
        side_id=F("compromise__side_id"),
        place=Cast("compromise__number", CharField()),
        title=F("compromise__headline"),
    )


def read_citations(rows: QuerySet) -> QuerySet:
    claim = ("position", "compromise", "status_event__compromise")
    return rows.filter(pk__in=resting().values("pk"), briefing__retired_at=None).annotate(
        issue_id=Coalesce(*(f"{name}__issue_id" for name in claim)),
        side_id=Coalesce(*(f"{name}__side_id" for name in claim)),
        day=F("briefing__published_on"),
        precision=F("briefing__precision"),
        place=F("briefing__slug"),
        title=F("briefing__title"),
    )


def read_briefings(rows: QuerySet) -> QuerySet:
    steps = StatusEvent.objects.live().filter(briefing=OuterRef("pk"), compromise__retired_at=None)
    return rows.annotate(is_cited=Exists(resting().filter(briefing=OuterRef("pk"))) | Exists(steps))


READ = {
    Issue: lambda rows: rows,
    Position: lambda rows: rows.annotate(is_cited=Exists(live_citations(position=OuterRef("pk")))),
    Compromise: read_compromises,
    StatusEvent: read_steps,
    Citation: read_citations,
    Briefing: read_briefings,
}


def together(*texts: str) -> str:
    """Return texts as one, each on lines of its own."""
    return words.plain("\n".join(filter(None, texts)))


def of_issue(row: Issue) -> SearchEntry:
    return SearchEntry(
        kind=SearchKind.ISSUE,
        object_id=row.pk,
        issue_id=row.pk,
        place=row.slug,
        title=row.title,
        body=together(row.question, row.summary),
    )


def of_position(row: Any) -> SearchEntry:
    return SearchEntry(
        kind=SearchKind.POSITION,
        object_id=row.pk,
        issue_id=row.issue_id,
        side_id=row.side_id,
        day=row.held_from,
        precision=row.precision,
        is_cited=row.is_cited,
        place=str(row.pk),
        title=row.headline,
        body=together(row.body),
    )


def of_compromise(row: Any) -> SearchEntry:
    entry = SearchEntry(
        kind=SearchKind.COMPROMISE,
        object_id=row.pk,
        issue_id=row.issue_id,
        side_id=row.side_id,
        status=row.status,
        day=row.day,
        is_cited=row.is_cited,
        place=str(row.number),
        title=row.headline,
        body=together(row.body, row.test_sentence),
    )
    entry.said = f"{row.code}\n{entry.body}"  # found by C12, too
    return entry


def of_step(row: Any) -> SearchEntry:
    entry = SearchEntry(
        kind=SearchKind.STEP,
        object_id=row.pk,
        issue_id=row.issue_id,
        side_id=row.side_id,
        briefing_id=row.briefing_id,
        status=row.status,
        day=row.occurred_on,
        precision=row.precision,
        place=row.place,
        title=row.title,
        body=together(row.note),
    )
    entry.is_titled, entry.follows = False, (("compromise", row.compromise_id),)
    return entry


def of_citation(row: Any) -> SearchEntry:
    entry = SearchEntry(
        kind=SearchKind.QUOTE,
        object_id=row.pk,
        issue_id=row.issue_id,
        side_id=row.side_id,
        briefing_id=row.briefing_id,
        day=row.day,
        precision=row.precision,
        place=row.place,
        title=row.title,
        body=row.quote,
    )
    entry.is_titled, entry.follows = False, (("briefing", row.briefing_id),)
    return entry


def of_briefing(row: Any, texts: bool) -> Iterator[SearchEntry]:
    shared = {
        "object_id": row.pk,
        "briefing_id": row.pk,
        "day": row.published_on,
        "precision": row.precision,
        "place": row.slug,
        "title": row.title,
    }
    by = ", ".join(filter(None, (row.author, row.publisher)))
    yield SearchEntry(kind=SearchKind.BRIEFING, is_cited=row.is_cited, body=together(by, row.abstract), **shared)
    for part, said in enumerate(words.parts(row.text, PART) if texts else ()):
        entry = SearchEntry(kind=SearchKind.TEXT, part=part, editors_only=True, **shared)
        entry.is_titled, entry.said = False, said
        yield entry


def of_change(changeset: Changeset) -> SearchEntry:
    return SearchEntry(
        kind=SearchKind.CHANGE,
        object_id=changeset.pk,
        since=changeset.number,
        day=changeset.moment.date(),
        place=str(changeset.number),
        body=changeset.reason,
    )


MADE = {
    Issue: of_issue,
    Position: of_position,
    Compromise: of_compromise,
    StatusEvent: of_step,
    Citation: of_citation,
}
