"""Briefings of a process that are probably one and the same, and several of them side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.http import urlencode

from ..analysis import dates
from ..analysis.duplicates import Document, pairs
from ..models import Briefing, Process
from .briefings import language_name
from .differences import label_of

LOOKED_AT = 5000  # of the newest briefings
SIZE = 50
COLUMNS = ("pk", "slug", "title", "published_on", "precision", "publisher", "url", "other_urls", "archived_url")


@dataclass(frozen=True)
class Pair:
    """Two briefings that are probably one: each as (title, address, about), why, and where they are compared."""

    rows: tuple[tuple[str, str, str], ...]
    why: str
    compare: str


@dataclass(frozen=True)
class Value:
    """What one briefing says in a field; `is_same`: as the first one does."""

    pk: int
    words: str
    is_same: bool


def likely(process: Process) -> tuple[list[Pair], bool]:
    """Return the first pairs that are probably the same document, and whether there are more. One SQL query."""
    rows = Briefing.objects.live().filter(process=process).order_by("-published_on", "-id").values(*COLUMNS)
    by_key = {row["pk"]: row for row in rows[:LOOKED_AT]}
    found = []
    for one, match in pairs(map(document, by_key.values())):
        if len(found) == SIZE:
            return found, True
        both = (by_key[match.document.key], by_key[one.key])
        found.append(Pair(tuple(shown(process, row) for row in both), match.words, compare(process, both)))
    return found, False


def document(row: dict) -> Document:
    """Return what tells one document from another of a briefing."""
    others = [one for one in row["other_urls"] or () if isinstance(one, str)]
    urls = (row["url"], row["archived_url"], *others)
    return Document(row["pk"], row["title"], row["published_on"], row["precision"], urls)


def shown(process: Process, row: dict) -> tuple[str, str, str]:
    day = dates.words(row["published_on"], row["precision"])
    href = reverse("issues:briefing-detail", args=[process.slug, row["slug"]])
    return row["title"], href, ", ".join(filter(None, (day, row["publisher"])))


def compare(process: Process, rows: Iterable[dict]) -> str:
    """Return the address at which briefings are compared."""
    query = urlencode([("b", row["pk"]) for row in rows])
    return f"{reverse('issues:duplicate-merge', args=[process.slug])}?{query}"


def chosen(process: Process, keys: Sequence[int]) -> list[Briefing]:
    """Return live briefings with the number of citations and steps that rest on each, most first. One SQL query."""
    rests = {
        "citing": Count("citations", filter=Q(citations__retired_at=None), distinct=True),
        "stepping": Count("status_events", filter=Q(status_events__retired_at=None), distinct=True),
    }
    rows = Briefing.objects.live().filter(process=process, pk__in=keys).annotate(**rests)
    return sorted(rows, key=lambda row: (-row.citing - row.stepping, row.pk))


def compared(rows: Sequence[Briefing], fields: Iterable[str]) -> list[tuple[str, str, list[Value]]]:
    """Return (field, its label, what each says) for every field in which any says something."""
    found = []
    for field in fields:
        said = [worded(row, field) for row in rows]
        if any(said):
            label = label_of(Briefing._meta.get_field(field))
            values = [Value(row.pk, words, words == said[0]) for row, words in zip(rows, said, strict=True)]
            found.append((field, label, values))
    return found


def worded(row: Briefing, field: str) -> str:
    """Return what a briefing says in a field, as people read it."""
    if field == "published_on":
        return dates.words(row.published_on, row.precision)
    if field == "reliability":
        return ": ".join(filter(None, (row.get_reliability_display(), row.reliability_reason)))
    if field == "read_as":
        return ": ".join(filter(None, (row.get_read_as_display(), row.reading_note)))
    if field == "kind":
        return row.get_kind_display()
    if field == "language":
        return language_name(row.language)
    return str(getattr(row, field) or "")
