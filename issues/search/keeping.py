"""Keep what a search looks through in step with the record, in the transaction of every change."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
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
from ..models.writing import insert
from .entries import BATCH, FACTS, KINDS, PART, Keys, Rows, again, entries, of_change

# What other entries show or follow of one: where any of it changes, they are made anew.
LENT = {
    Position: ("issue_id", "side_id"),
    Compromise: ("issue_id", "side_id", "title", "place"),
    StatusEvent: (),
    Briefing: ("title", "place", "day", "precision"),
}
# What else decides whether something is found, and what is said of it. Other fields matter to their own entry alone.
WEIGHTY: dict[type[Record], set[str]] = {
    Issue: {"id", "retired_at"},
    Position: {"id", "retired_at", "issue", "side"},
    Compromise: {"id", "retired_at", "issue", "side", "headline", "number"},
    StatusEvent: {"id", "retired_at", "compromise", "briefing", "status", "occurred_on"},
    Citation: {"id", "retired_at", "briefing", "position", "compromise", "status_event"},
    Briefing: {"id", "retired_at", "title", "slug", "published_on", "precision", "text"},
}
# What changes without anyone having written the thing itself.
BESIDE = ["status", "day", "precision", "is_cited", "scope", "vector"]
Key = tuple[str, int]  # of a row: its model's name in small letters, and its key
ALL = [
    *BESIDE,
    *("issue", "side", "briefing", "editors_only", "since", "place", "title", "body", "title_words", "words"),
]
NAMES: dict[str, str] = {kind: str(model._meta.model_name) for model, kind in KINDS.items()} | {
    SearchKind.TEXT: "briefing"
}

# Written out: each save asks it, and Django would take as long to write it as the database to answer.
NEEDED = sorted({"kind", "object_id", "part", "briefing_id"}.union(*LENT.values(), *FACTS.values()))
STANDING = f"SELECT {', '.join(NEEDED)} FROM issues_searchentry WHERE "  # noqa: S608

# The words come as one list: a parameter for each costs several times what is done with them.
LEARN = {
    vendor: f"""
        INSERT INTO issues_searchword (process_id, word, initial, length)
        SELECT %s, value, substr(value, 1, 1), length(value) FROM {function} WHERE true
        ON CONFLICT DO NOTHING
    """  # noqa: S608
    for vendor, function in (("sqlite", "json_each(%s)"), ("postgresql", "json_array_elements_text(%s)"))
}


def keep(changeset: Changeset, touched: Mapping[Key, Record], changed: Mapping[Key, Set[str]]) -> None:
    """Bring the entries of what a change wrote up to date, and of what hangs on it. A few SQL queries.

    `changed` names the fields of each row that were set, with the key if it is new. To be called in the transaction of
    the change, after its rows were written.
    """
    known: Rows = {model: {} for model in KINDS}
    new, edited = ({model: set() for model in KINDS} for _ in range(2))
    is_weighty = False
    for key, row in touched.items():
        if (model := type(row)) in known:
            known[model][row.pk] = row
            names = {name.removesuffix("_id") for name in changed[key]}
            (new if "id" in names else edited)[model].add(row.pk)
            is_weighty = is_weighty or not names.isdisjoint(WEIGHTY[model])
    earlier = stored(edited)
    # What is said of changes of people is for curators, who have it in the list of changes.
    said = [of_change(changeset)] if changeset.kind == ChangeKind.RECORD and touched else []
    if not is_weighty:
        store(changeset.process, chain(said, again(known, earlier)), ALL, number=changeset.number)
        return
    made = list(entries(edited, known))
    now = {(one.kind, one.object_id): one for one in made}
    crossed = earlier.keys() ^ now.keys()
    further = hanging(lending(edited, earlier, now))
    # What only shows other words of another than before is used as it was.
    followers = following(known, further if crossed else {}, earlier)
    for found in (further, followers):
        for model in found:
            found[model] -= known[model].keys()
    gone = {key for key, one in earlier.items() if key not in now or one["part"] > now[key].part}
    gone |= {(KINDS[model], pk) for model, pks in further.items() for pk in pks if crossed}
    # A compromise is found from its first step on.
    gone |= {(SearchKind.COMPROMISE, row.compromise_id) for row in known[StatusEvent].values() if row.retired_at}
    drop(gone)
    own = chain(said, made, entries(new, known), entries(further))
    store(changeset.process, own, ALL, number=changeset.number)
    store(changeset.process, entries(followers, texts=False), BESIDE, number=changeset.number)


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
    pks = {str(KINDS[model]): of_model for model, of_model in edited.items()} | {SearchKind.TEXT: edited[Briefing]}
    wanted = {kind: of_kind for kind, of_kind in pks.items() if of_kind}
    if not wanted:
        return {}
    places = (f"kind = %s AND object_id IN ({', '.join(['%s'] * len(one))})" for one in wanted.values())
    given = chain.from_iterable((kind, *of_kind) for kind, of_kind in wanted.items())
    with connection.cursor() as cursor:
        cursor.execute(STANDING + " OR ".join(places) + " ORDER BY part", [*given])
        found = [dict(zip(NEEDED, one, strict=True)) for one in cursor.fetchall()]
    return {(one["kind"], one["object_id"]): one for one in found}


def any_of(pks: Mapping[str, Collection[int]]) -> Q:
    """Return the condition that an entry shows one of some rows, by kind; an empty one for none."""
    condition = Q()
    for kind, of_kind in pks.items():
        if of_kind:
            condition |= Q(kind=kind, object_id__in=of_kind)
    return condition


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


def following(rows: Rows, further: Keys, earlier: Mapping) -> Keys:
    """Return the claims and briefings whose status or use may have changed. Three SQL queries at most."""
    steps, citations = list(rows[StatusEvent].values()), list(rows[Citation].values())
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


def drop(gone: Iterable[tuple[str, int]]) -> None:
    """Delete entries, by the kinds and keys of what they show. One SQL query at most."""
    pks: dict[str, set[int]] = {}
    for kind, pk in gone:
        pks.setdefault(kind, set()).add(pk)
    if condition := any_of(pks):
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
            entry.process_id = process.pk
            if numbers and entry.kind != SearchKind.CHANGE:
                own = (NAMES[entry.kind], entry.object_id)
                entry.since = max(numbers.get(key, 0) for key in (own, *entry.follows))
            else:
                entry.since = entry.since or number
            vocabulary |= entry.index()
        insert(batch, once=["kind", "object_id", "part"], anew=fields)
        if fields is ALL:
            learn(process, vocabulary - written)
            written |= vocabulary
        count += len(batch)
    return count


def learn(process: Process, vocabulary: Collection[str]) -> None:
    """Keep words that are not known yet. One SQL query at most."""
    if vocabulary:
        with connection.cursor() as cursor:
            cursor.execute(LEARN[connection.vendor], [process.pk, json.dumps(sorted(vocabulary))])


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
