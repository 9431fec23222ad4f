"""What can be cited: the passages and briefings of a process in which some words stand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from zlib import crc32

from django.db.models import Case, Q, QuerySet, Value, When
from django.urls import reverse

from ..analysis import phrases
from ..analysis.anchoring import Text, collapse
from ..analysis.dates import short
from ..models import Briefing, Process
from .briefings import resting

LEAST = 2  # letters
MOST = 200  # characters of what is looked for; the rest is not read
WORDS = 8
FETCHED = 40  # rows read of each kind, of which the best are shown
PASSAGES, BRIEFINGS = 8, 5  # shown at most
PICK = re.compile(r"(?:(quote|briefing)-([0-9]{1,18})|text-([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,9})-([0-9a-f]{1,8}))")
TEXTS = 300  # stored texts looked through, the newest: a text is long, and the database reads each to its end


@dataclass(frozen=True)
class Hit:
    """Words that can be cited, or a briefing as a whole. `pick` names it to `picked`; `pieces`: (words, is a match).

    `kind` is quote (somebody cites these words), text (they stand in the stored text), abstract (our own words about
    the document, which cite it as a whole) or briefing.
    """

    pick: str
    kind: str
    pieces: list[tuple[str, bool]]
    about: str
    href: str
    rank: tuple = field(repr=False)

    @property
    def is_verbatim(self) -> bool:
        """Tell whether these are words of the document itself."""
        return self.kind in ("quote", "text")


@dataclass(frozen=True)
class Found:
    """What was found, the best first. `words` is empty where too little was typed to look for."""

    words: list[str]
    passages: list[Hit]
    briefings: list[Hit]

    @property
    def said(self) -> str:
        """Return how much was found, as a sentence."""
        if not self.words:
            return f"Type {LEAST} letters or more."
        if not (self.passages or self.briefings):
            return "Nothing on file has these words."
        counts = [(len(self.passages), PASSAGES, "passage"), (len(self.briefings), BRIEFINGS, "briefing")]
        return " and ".join(
            f"{'the best ' if n == most else ''}{n} {noun}{'' if n == 1 else 's'}" for n, most, noun in counts if n
        ).capitalize()


def words_of(text: str) -> list[str]:
    """Return the words to look for, each once, or none where fewer than LEAST letters were typed."""
    words = list(dict.fromkeys(text[:MOST].replace("\x00", " ").split()))[:WORDS]
    return words if sum(letter.isalnum() for word in words for letter in word) >= LEAST else []


def search(process: Process, text: str, *, texts: bool = False) -> Found:
    """Return passages and briefings of a process that have all the words of `text`. Four SQL queries at most.

    With `texts` the stored texts are looked through too: they are for those who may edit.
    """
    words = words_of(text)
    if not words:
        return Found([], [], [])
    documents = Briefing.objects.live().filter(process=process)
    named = ("slug", "title", "published_on", "precision")
    by_author = Q()
    for word in words:
        by_author &= having("title", word) | having("author", word)
    passages = [
        *quotes(process, words),
        *(texts_with(documents, process, words, named) if texts else ()),
        *abstracts(documents, process, words, named),
    ]
    briefings = [
        hit(process, briefing, "briefing", briefing.title, words, about=briefing.author)
        for briefing in documents.filter(by_author).only(*named, "author").order_by("-published_on", "-id")[:FETCHED]
    ]
    return Found(words, best(passages, PASSAGES), best(briefings, BRIEFINGS))


def having(column: str, word: str) -> Q:
    """Return the condition that a column has a word, whatever its case."""
    # SQLite knows the case of ASCII letters only.
    spelt = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    found = Q()
    for one in sorted(spelt):
        found |= Q(**{f"{column}__icontains": one})
    return found


def having_all(column: str, words: Iterable[str]) -> Q:
    """Return the condition that a column has every word."""
    found = Q()
    for word in words:
        found &= having(column, word)
    return found


def quotes(process: Process, words: list[str]) -> Iterable[Hit]:
    """Yield the quotes on file that have the words, each words of a briefing once. One SQL query."""
    rows = (
        resting()
        .filter(having_all("quote", words), process=process, briefing__retired_at=None)
        .select_related("briefing")
        .only("quote", "locator", *(f"briefing__{name}" for name in ("slug", "title", "published_on", "precision")))
        .order_by("-id")[:FETCHED]
    )
    for row in rows:
        yield hit(process, row.briefing, "quote", row.quote, words, about=row.locator, pick=f"quote-{row.pk}")


def texts_with(documents: QuerySet, process: Process, words: list[str], named: Iterable[str]) -> Iterable[Hit]:
    """Yield the best sentence of each stored text that has the words. One SQL query."""
    newest = documents.exclude(text="").order_by("-published_on", "-id")[:TEXTS]
    # In this order: left to itself, PostgreSQL reads all texts to their end before it asks which are the newest.
    other = When(~Q(pk__in=newest.values("pk")), then=Value(False))
    rows = documents.filter(Case(other, When(having_all("text", words), then=Value(True)), default=Value(False)))
    for row in rows.only(*named, "text").order_by("-published_on", "-id")[:PASSAGES]:
        if span := phrases.best(row.text, words):
            start, end = span
            said = row.text[start:end]
            pick = f"text-{row.pk}-{start}-{end}-{mark(said)}"
            yield hit(process, row, "text", said, words, about="stored text", pick=pick)


def abstracts(documents: QuerySet, process: Process, words: list[str], named: Iterable[str]) -> Iterable[Hit]:
    """Yield the best sentence of each abstract that has the words. One SQL query."""
    rows = documents.filter(having_all("abstract", words)).only(*named, "abstract")
    for row in rows.order_by("-published_on", "-id")[:FETCHED]:
        if span := phrases.best(row.abstract, words):
            yield hit(process, row, "abstract", row.abstract[slice(*span)], words, about="abstract")


def hit(process: Process, row: Briefing, kind: str, text: str, words: list[str], *, about="", pick="") -> Hit:
    """Return a hit in a briefing; without a `pick` it cites the document as a whole."""
    text = collapse(text).strip()
    about = ", ".join(filter(None, (row.title if kind != "briefing" else "", day_of(row), about)))
    href = reverse("issues:briefing-detail", args=[process.slug, row.slug])
    anchor = f"#q{pick.removeprefix('quote-')}" if kind == "quote" else ""
    order = ("quote", "text", "abstract", "briefing").index(kind)
    rank = (-phrases.rank(text, words), order, -row.published_on.toordinal(), -row.pk)
    return Hit(pick or f"briefing-{row.pk}", kind, phrases.pieces(text, words), about, href + anchor, rank)


def day_of(row: Briefing) -> str:
    """Return the date of a briefing in few words."""
    return short(row.published_on, row.precision)


def best(hits: Iterable[Hit], most: int) -> list[Hit]:
    """Return the best hits, the same words of one document once."""
    found: dict[tuple, Hit] = {}
    for one in sorted(hits, key=lambda one: one.rank):
        found.setdefault((one.href.partition("#")[0], "".join(words for words, _ in one.pieces)), one)
    return list(found.values())[:most]


def mark(words: str) -> str:
    """Return a short mark by which words that changed meanwhile are noticed."""
    return f"{crc32(words.encode()):x}"


def picked(process: Process, pick: str) -> dict | None:
    """Return what a pick cites as fields of a citation, or None if it is not there any more. One SQL query."""
    found = PICK.fullmatch(pick)
    if not found:
        return None
    kind, key, *place = found.groups()
    if kind == "quote":
        row = resting().filter(process=process, briefing__retired_at=None, pk=key).select_related("briefing").first()
        fields = ("briefing", "quote", "prefix", "suffix", "locator", "quote_url")
        return {name: getattr(row, name) for name in fields} if row else None
    document = Briefing.objects.live().filter(process=process, pk=key or place[0]).first()
    if not document or kind:
        return {"briefing": document} if document else None
    start, end = int(place[1]), int(place[2])
    if mark(document.text[start:end]) != place[3]:
        return None
    anchor = Text(document.text).placed(start, end)
    return {"briefing": document, "quote": anchor.exact, "prefix": anchor.prefix, "suffix": anchor.suffix}
