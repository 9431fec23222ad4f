"""Which documents are probably one and the same: same address, same DOI, or nearly one title and date. Pure Python.

Titles are compared by the share of their words that both have (Jaccard). Only titles that share one of their rarer
words are looked at (prefix filtering, after Chaudhuri, Ganti and Kaushik, 2006), so that a list is compared with a list
of thousands in about the time that it takes to read both.
"""

import re
import unicodedata
from calendar import monthrange
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil
from urllib.parse import unquote

from .links import page

ALIKE = 0.8  # the share of words that two titles have in common to count as nearly the same
FEWEST = 3  # words of a title that is compared; shorter ones say too little
APART = 3  # days by which the dates of one document may differ: written, published, translated
STRETCH = 30  # days under which titles are kept together
MOST = 100  # documents looked at for one title, so that a list of one title stays quick

Place = tuple[str | frozenset[str], int]  # a title or a word of it, and a stretch of days

ADDRESS, DOI, TITLE = "address", "doi", "title"
WHY = {ADDRESS: "the same address", DOI: "the same DOI", TITLE: "nearly the same title and date"}

DOI_IN = re.compile(r"10\.\d{4,9}/[^\s\"<>?#&]+")
NAME_OF_SITE = re.compile(r"\s+[|–—]\s+[^|–—]{1,40}$")
WORD = re.compile(r"\w+")


def address(url: str | None) -> str:
    """Return an address in the form in which two of one page are equal, empty for none and for the front of a site."""
    found = page(url)
    if found is None or not any(found[1:]):
        return ""
    host, path, query = found
    return host + unquote(path) + (f"?{query}" if query else "")


def doi(text: str | None) -> str:
    """Return the DOI that a text or an address holds, in small letters and without its resolver; empty for none."""
    found = DOI_IN.search(unquote(text or ""))
    return found.group().rstrip(".,;:)]}/").lower() if found else ""


def words(title: str) -> tuple[str, ...]:
    """Return the words of a title: each once, without case, accents, signs and the site's name behind a bar."""
    plain = unicodedata.normalize("NFKD", NAME_OF_SITE.sub("", title.replace("’", "").replace("'", "")))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(dict.fromkeys(WORD.findall(plain.casefold())))


@dataclass(frozen=True)
class Document:
    """What is known of a document. `key` is the caller's own; `urls` are all its addresses; `doi` as it was given."""

    key: Hashable
    title: str
    day: date | None = None
    precision: str = "day"
    urls: tuple[str | None, ...] = ()
    doi: str = ""

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(filter(None, map(address, self.urls)))

    @cached_property
    def dois(self) -> frozenset[str]:
        return frozenset(filter(None, map(doi, (self.doi, *self.urls))))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.title))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(filter(str.isdigit, self.words))

    @cached_property
    def rare(self) -> list[str]:
        """Return words of which two titles that are alike share one: the longest, since long words are rare."""
        ordered = sorted(self.words, key=lambda word: (-len(word), word))
        return ordered[: len(ordered) - ceil(ALIKE * len(ordered)) + 1] if len(ordered) >= FEWEST else []

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """Return the first and the last day that the date may stand for."""
        if self.day is None:
            return None
        if self.precision == "day":
            return self.day, self.day
        if self.precision == "month":
            return self.day.replace(day=1), self.day.replace(day=monthrange(self.day.year, self.day.month)[1])
        return self.day.replace(month=1, day=1), self.day.replace(month=12, day=31)


@dataclass(frozen=True)
class Match:
    """A document that is probably another one, and why: ADDRESS, DOI or TITLE."""

    document: Document
    why: str

    @property
    def words(self) -> str:
        """Return why, in words: the same DOI."""
        return WHY[self.why]


class Known:
    """Documents to compare others with; an address, a DOI or a title is found without a walk through all of them."""

    def __init__(self, documents: Iterable[Document] = ()):
        self.by_address: defaultdict[str, list[Document]] = defaultdict(list)
        self.by_doi: defaultdict[str, list[Document]] = defaultdict(list)
        self.by_word: defaultdict[Place, list[Document]] = defaultdict(list)
        for document in documents:
            self.add(document)

    def add(self, document: Document):
        """Take in one more document."""
        for one in document.addresses:
            self.by_address[one].append(document)
        for one in document.dois:
            self.by_doi[one].append(document)
        for place in places(document, apart=0):
            self.by_word[place].append(document)

    def find(self, document: Document) -> list[Match]:
        """Return the documents that are probably this one, each once, the surest reason first; never itself."""
        found: dict[Hashable, Match] = {}
        sure = [(DOI, self.by_doi, document.dois), (ADDRESS, self.by_address, document.addresses)]
        for why, index, values in sure:
            for value in sorted(values):
                for other in index.get(value, ()):
                    found.setdefault(other.key, Match(other, why))
        looked_at = 0
        for place in places(document, apart=APART):
            others = self.by_word.get(place, [])[: MOST - looked_at]
            looked_at += len(others)
            for other in others:
                if other.key not in found and alike(document, other):
                    found[other.key] = Match(other, TITLE)
        found.pop(document.key, None)
        return list(found.values())


def pairs(documents: Iterable[Document]) -> Iterator[tuple[Document, Match]]:
    """Yield every document with each earlier one that it probably is, in the order given."""
    known = Known()
    for document in documents:
        for match in known.find(document):
            yield document, match
        known.add(document)


def alike(one: Document, other: Document) -> bool:
    """Tell whether two documents have nearly the same title, and dates that are the same or a few days apart."""
    if min(len(one.words), len(other.words)) < FEWEST or not one.days or not other.days:
        return False
    if max(one.days[0] - other.days[1], other.days[0] - one.days[1]) > timedelta(days=APART):
        return False
    # Numbers tell the parts of a series apart, however much else they share.
    if one.numbers != other.numbers:
        return False
    shared = len(one.words & other.words)
    return shared >= ALIKE * (len(one.words) + len(other.words) - shared)


def places(document: Document, apart: int) -> Iterator[Place]:
    """Yield where a title stands in an index: as a whole and under its rare words, by the month or so of its date."""
    if not document.days:
        return
    first, last = (day.toordinal() + step for day, step in zip(document.days, (-apart, apart), strict=True))
    wanted: tuple[str | frozenset[str], ...] = (document.words, *document.rare) if document.rare else ()
    for word in wanted:
        for stretch in range(first // STRETCH, last // STRETCH + 1):
            yield word, stretch
