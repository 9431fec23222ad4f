"""Keep what a search looks through in step with the record, in the transaction of every change."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Q

from ..choices import ChangeKind, SearchKind
from ..models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    Issue,
    Position,
    Process,
    SearchEntry,
    SearchWord,
    Snapshot,
    StatusEvent,
)
from ..models.base import Record
from .entries import BATCH, KINDS, PART, Keys, entries, of_change

# What other entries show or follow of one: where any of it changes, they are made anew.
LENT = {
    Position: ("issue_id", "side_id"),
    Compromise: ("issue_id", "side_id", "title", "place"),
    StatusEvent: (),
    Briefing: ("title", "place", "day", "precision"),
}
# What changes without anyone having written the thing itself.
FACTS = ["status", "day", "precision", "is_cited", "scope", "vector"]
ALL = [
    *FACTS,
    *("issue", "side", "briefing", "editors_only", "since", "place", "title", "body", "title_words", "words"),
]
NAMES: dict[str, str] = {kind: str(model._meta.model_name) for model, kind in KINDS.items()} | {
    SearchKind.TEXT: "briefing"
}


def keep(changeset: Changeset, touched: Collection[Record]) -> None:
    """Bring the entries of what a change wrote up to date, and of what hangs on it. A few SQL queries.

    To be called in the transaction of the change, after its rows were written.
    """
    rows: dict[type[Record], list] = {model: [] for model in KINDS}
    for row in touched:
        if type(row) in rows:
            rows[type(row)].append(row)
    edited: Keys = {model: {row.pk for row in found if row.version > 1} for model, found in rows.items()}
    new: Keys = {model: {row.pk for row in found} - edited[model] for model, found in rows.items()}
    earlier = stored(edited)
    made = list(entries(edited))
    now = {(one.kind, one.object_id): one for one in made}
    crossing: Keys = {
        model: {pk for pk in pks if ((KINDS[model], pk) in earlier) != ((KINDS[model], pk) in now)}
        for model, pks in edited.items()
    }
    further = hanging(lending(edited, earlier, now))
    # What only shows other words of another than before is used as it was.
    followers = following(rows, further if any(crossing.values()) else {}, earlier)
    for model, found in further.items():
        found -= edited[model] | new[model]
        new[model] |= found
    for model, found in followers.items():
        found -= edited[model] | new[model]
    drop(rows, further if any(crossing.values()) else {}, earlier, now)
    # What is said of changes of people is for curators, who have it in the list of changes.
    said = [of_change(changeset)] if changeset.kind == ChangeKind.RECORD and touched else []
    store(changeset.process, chain(said, made, entries(new)), ALL, number=changeset.number)
    store(changeset.process, entries(followers, texts=False), FACTS, number=changeset.number)


def rebuild(process: Process) -> int:
    """Make all entries of a process anew in one transaction, which lets no change through, and return their number."""
    count = 0
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
        Process.objects.select_for_update().values_list("pk").get(pk=process.pk)
        SearchEntry.objects.filter(process=process).delete()
        SearchWord.objects.filter(process=process).delete()
        snapshots = Snapshot.objects.filter(process=process).order_by().values_list("model", "object_id")
        numbers = {(model, pk): number for model, pk, number in snapshots.annotate(n=Max("changeset__number"))}
        changes = Changeset.objects.of_the_record().filter(process=process).order_by("pk").iterator(BATCH)
        count += store(process, map(of_change, changes), ALL, numbers=numbers)
        # Where too much is found, what was stored last is looked at first.
        for model in (Citation, Briefing, StatusEvent, Issue, Compromise, Position):
            keys = set(model.objects.filter(process=process).order_by().values_list("pk", flat=True))
            count += store(process, entries({model: keys}), ALL, numbers=numbers)
    return count


def complete(using="default", **kwargs) -> None:
    """Make the entries of each process that has none, as after a restore, or where there was no search before.

    Nothing is made in tables of an earlier release, which a restore begins with.
    """
    executor = MigrationExecutor(connections[using])
    if executor.migration_plan([node for node in executor.loader.graph.leaf_nodes() if node[0] == "issues"]):
        return
    for process in Process.objects.filter(content_version__gt=0):
        if not SearchEntry.objects.filter(process=process).exists():
            rebuild(process)


def stored(edited: Keys) -> dict[tuple[str, int], dict]:
    """Return what stands in the entries of rows; of a text, in the last of its parts. One SQL query at most."""
    condition = Q()
    for model, pks in edited.items():
        if pks:
            condition |= Q(kind=KINDS[model], object_id__in=pks)
    if pks := edited[Briefing]:
        condition |= Q(kind=SearchKind.TEXT, object_id__in=pks)
    if not condition:
        return {}
    names = dict.fromkeys(name for lent in LENT.values() for name in lent)
    found = SearchEntry.objects.filter(condition).order_by("part")
    return {
        (one["kind"], one["object_id"]): one for one in found.values("kind", "object_id", "part", "briefing_id", *names)
    }


def lending(edited: Keys, earlier: Mapping, now: Mapping) -> Keys:
    """Return the rows whose entries came, went, or changed in what others show of them."""
    found: Keys = {model: set() for model in LENT}
    for model, names in LENT.items():
        for pk in edited[model]:
            old, new = earlier.get((KINDS[model], pk)), now.get((KINDS[model], pk))
            if (old is None) != (new is None) or (old and any(old[name] != getattr(new, name) for name in names)):
                found[model].add(pk)
    return found


def hanging(lenders: Keys) -> Keys:
    """Return the rows whose entries show or follow those of others. Two SQL queries at most."""
    steps, citations = set(), set()
    if lenders[Compromise]:
        found = StatusEvent.objects.filter(compromise__in=lenders[Compromise])
        steps = set(found.order_by().values_list("pk", flat=True))
    condition = Q()
    for name, pks in (
        ("position", lenders[Position]),
        ("compromise", lenders[Compromise]),
        ("status_event", lenders[StatusEvent] | steps),
        ("briefing", lenders[Briefing]),
    ):
        if pks:
            condition |= Q(**{f"{name}__in": pks})
    if condition:
        citations = set(Citation.objects.filter(condition).order_by().values_list("pk", flat=True))
    return {StatusEvent: steps, Citation: citations}


def following(rows: Mapping, further: Keys, earlier: Mapping) -> Keys:
    """Return the claims and briefings whose status or use may have changed. Three SQL queries at most."""
    steps, citations = list(rows[StatusEvent]), list(rows[Citation])
    if pks := further.get(StatusEvent):
        steps += StatusEvent.objects.filter(pk__in=pks).only("compromise_id", "briefing_id")
    if pks := further.get(Citation):
        names = ("position_id", "compromise_id", "status_event_id", "briefing_id")
        citations += Citation.objects.filter(pk__in=pks).only(*names)
    compromises = {row.compromise_id for row in (*citations, *steps)}
    if of_steps := {row.status_event_id for row in citations if row.status_event_id} - {row.pk for row in steps}:
        found = StatusEvent.objects.filter(pk__in=of_steps).order_by()
        compromises |= set(found.values_list("compromise", flat=True))
    briefings = {row.briefing_id for row in (*citations, *steps)}
    before = (SearchKind.QUOTE, SearchKind.STEP)
    briefings |= {one["briefing_id"] for (kind, _), one in earlier.items() if kind in before}
    return {
        Position: {row.position_id for row in citations} - {None},
        Compromise: compromises - {None},
        Briefing: briefings - {None},
    }


def drop(rows: Mapping, further: Keys, earlier: Mapping, now: Mapping) -> None:
    """Delete the entries of what may no longer be found; what is, is stored anew. One SQL query at most."""
    condition = Q()
    for model, kind in KINDS.items():
        pks = {row.pk for row in rows[model] if row.retired_at} | further.get(model, set())
        if model is Compromise:  # which is found from its first step on
            pks |= {row.compromise_id for row in rows[StatusEvent] if row.retired_at}
        if pks:
            condition |= Q(kind=kind, object_id__in=pks)
    for (kind, pk), one in earlier.items():
        if kind == SearchKind.TEXT and one["part"] > (now[kind, pk].part if (kind, pk) in now else -1):
            condition |= Q(kind=kind, object_id=pk)
    if condition:
        SearchEntry.objects.filter(condition).delete()


def store(process: Process, found: Iterable[SearchEntry], fields: list[str], *, number=0, numbers=None) -> int:
    """Write entries and their words, and return how many; `fields` are those to write where an entry stands already.

    `number` is that of the change that wrote what they show, or `numbers` those of the last change of each row.
    """
    count = 0
    written: set[str] = set()
    for batch in batches(found):
        vocabulary: set[str] = set()
        for entry in batch:
            entry.process = process
            if numbers and entry.kind != SearchKind.CHANGE:
                own = (NAMES[entry.kind], entry.object_id)
                entry.since = max(numbers.get(key, 0) for key in (own, *entry.follows))
            else:
                entry.since = entry.since or number
            vocabulary |= entry.index()
        SearchEntry.objects.bulk_create(
            batch, update_conflicts=True, unique_fields=["kind", "object_id", "part"], update_fields=fields
        )
        if fields is ALL:
            new = sorted(vocabulary - written)
            written.update(new)
            known = [SearchWord(process=process, word=one, initial=one[0], length=len(one)) for one in new]
            SearchWord.objects.bulk_create(known, batch_size=BATCH, ignore_conflicts=True)
        count += len(batch)
    return count


def batches(found: Iterable[SearchEntry]) -> Iterator[list[SearchEntry]]:
    """Yield entries in batches, of fewer where they hold long texts."""
    batch: list[SearchEntry] = []
    size = 0
    for entry in found:
        batch.append(entry)
        size += len(entry.said or entry.body)
        if len(batch) == BATCH or size > 10 * PART:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
