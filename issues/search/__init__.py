"""Search: text and filters in, ranked hits with their passages and marks out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from operator import attrgetter

from django.db.models import Q

from ..analysis import words
from ..analysis.words import Query, parse
from ..choices import SearchKind
from ..models import Process, SearchWord
from .entries import PART
from .matching import RANKED, Entry, Match, TooSlow, entries, matches

__all__ = [
    "FEW",
    "RANKED",
    "SIZE",
    "Entry",
    "Filters",
    "Found",
    "Hit",
    "Pieces",
    "TooSlow",
    "all_found",
    "keys",
    "search",
]

FEW = 4  # hits of each kind where several are shown
SIZE = 20  # hits on a page of one kind
ALIKE = 2_000  # words that one typing error is measured by, at most
MEANT = 4  # words of a query that may hold one
ORDER = {kind: at for at, kind in enumerate(SearchKind.values)}
FACETS = {"kind": "k", "issue": "i", "side": "s", "status": "t", "cited": "c"}  # and their marks in the index
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Filters:
    """What narrows a search down. `picked`: facet → values, of which one must fit (issues and sides by their keys).

    `first` and `last` are days of the record; what has none, as an issue, passes. `since` is the number of the last
    change that counts: what was written later is left out.
    """

    picked: Mapping[str, Collection] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    since: int | None = None


@dataclass(frozen=True)
class Hit:
    """Something found: its entry, and its title and best passage in pieces of (words, are among those looked for)."""

    entry: Entry
    title: Pieces
    passage: Pieces


@dataclass(frozen=True)
class Found:
    """What was found. `hits`: kind → the best of it; `counts`: facet → value → how many would be found with it.

    `totals` counts what passes all filters by its kind, exactly unless `is_capped`: then only the latest matches were
    ranked.
    `suggestion` is what else may have been meant, where nothing was found. `is_slow`: it took too long.
    """

    query: Query
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Counter] = field(default_factory=dict)
    is_capped: bool = False
    is_slow: bool = False
    suggestion: Query | None = None

    @property
    def total(self) -> int:
        """Return how much passes all filters."""
        return sum(self.totals.values())


def search(process: Process, text: str, filters: Filters = Filters(), *, edits: bool = False, page: int = 1) -> Found:
    """Return what holds the words of `text` in a process, ranked. Four SQL queries at most.

    Quotes hold a phrase, a minus leaves out, the last word may be begun. Stored texts are looked through for who
    `edits`; who may see the process is for the caller to ask. Ranked are the latest RANKED matches: those with the
    words in their title first, then by day. Of several kinds FEW hits each come back, of one kind a `page` of SIZE.
    """
    query = parse(text)
    if not query.wanted:
        return Found(query)
    try:
        found, chosen, is_capped = look(process, query, filters, edits)
        if not found:
            return Found(query, suggestion=meant(process, query, filters, edits))
    except TooSlow:
        return Found(query, is_slow=True)
    ranked = by_rank(chosen, query)
    kinds: dict[str, list[Match]] = {}
    for one in ranked:
        kinds.setdefault(one.kind, []).append(one)
    shown = {
        kind: of_kind[(page - 1) * SIZE : page * SIZE] if len(kinds) == 1 else of_kind[:FEW]
        for kind, of_kind in sorted(kinds.items(), key=lambda item: ORDER[item[0]])
    }
    totals = {kind: len(of_kind) for kind, of_kind in kinds.items()}
    return Found(query, hits(shown, query), totals, counted(found, filters), is_capped)


def keys(processes: Collection[int], query: Query, kinds: Collection[str]) -> dict[str, list[int]]:
    """Return the rows of these kinds that hold the words of a query, the latest RANKED of them, by kind. One SQL query.

    Whether they may be told is for the caller to ask. Raises TooSlow.
    """
    found: dict[str, list[int]] = {}
    if query.wanted and kinds:
        for one in matches(processes, query, {"k": kinds}, edits=True)[0]:
            found.setdefault(one.kind, []).append(one.object_id)
    return found


def all_found(
    process: Process, text: str, filters: Filters = Filters(), *, edits: bool = False
) -> list[tuple[str, int]]:
    """Return (kind, key) of what `search` finds, the latest RANKED of it. One SQL query, two at most."""
    query = parse(text)
    if not query.wanted:
        return []
    try:
        _, chosen, _ = look(process, query, filters, edits)
    except TooSlow:
        return []
    return [(one.kind, one.object_id) for one in chosen]


def look(process, query, filters, edits) -> tuple[list[Match], list[Match], bool]:
    """Return what is found whatever the facets, what of it passes them, and whether there is more."""
    bounds = {"edits": edits, "first": filters.first, "last": filters.last, "since": filters.since}
    found, is_capped = matches([process.pk], query, {}, **bounds)
    found = whole(found)
    picked = {name: set(values) for name, values in filters.picked.items() if values}
    if picked and is_capped:
        scope = {FACETS[name]: values for name, values in picked.items()}
        chosen, is_capped = matches([process.pk], query, scope, **bounds)
        return found, whole(chosen), is_capped
    return found, [one for one in found if not picked or not refusing(one, picked)], is_capped


def whole(found: Iterable[Match]) -> list[Match]:
    """Return matches without further parts of one text."""
    kept: dict[tuple[str, int], Match] = {}
    for one in found:
        kept.setdefault((one.kind, one.object_id), one)
    return list(kept.values())


def refusing(one: Match, picked: Mapping[str, set]) -> list[str]:
    """Return the facets that a match does not pass."""
    return [name for name, wanted in picked.items() if getattr(one, name) not in wanted]


def counted(found: Collection[Match], filters: Filters) -> dict[str, Counter]:
    """Return facet → value → how many of what passes all the other facets have it."""
    picked = {name: set(values) for name, values in filters.picked.items() if values}
    if not picked:
        return {name: Counter(map(attrgetter(name), found)) for name in FACETS}
    counts: dict[str, Counter] = {name: Counter() for name in FACETS}
    for one in found:
        against = refusing(one, picked)
        if len(against) < 2:
            for name in FACETS:
                if not against or against == [name]:
                    counts[name][getattr(one, name)] += 1
    return counts


def by_rank(found: Iterable[Match], query: Query) -> list[Match]:
    """Return matches, the best first: by the words in the title, then the latest day, then what was recorded last."""
    return sorted(found, key=lambda one: (rank(one.title, query), one.day or "", one.pk), reverse=True)


def rank(title: str, query: Query) -> int:
    """Return how well a title fits: 3 for each term that stands in it, 2 for one that is begun there."""
    if not title:
        return 0
    total = 0
    for begun, whole, is_prefix in query.titled:
        if begun in title:
            total += 3 if whole in title else 2 * is_prefix
    return total


def hits(shown: Mapping[str, list[Match]], query: Query) -> dict[str, list[Hit]]:
    """Return matches as they are shown, by kind. One SQL query."""
    keys = [one.pk for of_kind in shown.values() for one in of_kind]
    rows = entries(keys)
    found = {}
    for kind, of_kind in shown.items():
        # An entry may be gone by now, where someone wrote between the two queries.
        found[kind] = [shown_as(rows[one.pk], query) for one in of_kind if one.pk in rows]
    return found


def shown_as(entry: Entry, query: Query) -> Hit:
    """Return an entry with its title and its best passage."""
    own = entry.kind not in (SearchKind.QUOTE, SearchKind.STEP, SearchKind.TEXT)
    body = entry.body
    if entry.kind == SearchKind.TEXT:
        body = next(islice(words.parts(entry.text or "", PART), entry.part, None), "")
    return Hit(entry, words.pieces(entry.title, query) if own else [(entry.title, False)], words.passage(body, query))


def meant(process: Process, query: Query, filters: Filters, edits: bool) -> Query | None:
    """Return a query of known words near the one typed that does find something, or None. Two SQL queries at most."""
    typed = {word for term in query.wanted for word in term.words if not word.isdigit()}
    apart = {"".join(term.words) for term in query.wanted if len(term.words) > 1}
    known = list(alike(process, [*apart, *sorted(typed - apart)]))
    near = {word: words.closest(word, (one for one in known if one[0] == word[0])) for word in {*typed, *apart}}
    changed = {word: other for word, other in near.items() if other and (other != word or word in apart)}
    if not changed:
        return None
    other = query.replaced(changed)
    # What is known to nobody but the editors, or was taken out, must not be told here.
    _, chosen, _ = look(process, other, replace(filters, picked={}), edits)
    return other if chosen else None


def alike(process: Process, typed: Sequence[str]) -> Iterable[str]:
    """Return the known words with the first letter, and about the length, of those typed. One SQL query."""
    near = Q(pk__in=[])
    for word in typed[:MEANT]:
        like = SearchWord.objects.filter(process=process, initial=word[0], length__range=(len(word) - 2, len(word) + 2))
        near |= Q(pk__in=like.values("pk")[:ALIKE])
    return SearchWord.objects.filter(near).values_list("word", flat=True)
