"""Briefings as references: what BibTeX, RIS, CSL-JSON, citations in words and tags of pages are written from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ..analysis.dates import machine
from ..analysis.names import Name, authors
from ..analysis.prose import UNPRINTABLE
from ..choices import BriefingKind

FIELDS = ("slug", "title", "author", "publisher", "published_on", "precision", "kind", "url", "language", "abstract")
KINDS = dict(BriefingKind.choices)
# Pages of this site that are cited themselves.
HERE = {"position": "Position", "compromise": "Compromise", "brief": "Frozen brief"}


@dataclass(frozen=True)
class Reference:
    """A document as it is cited. `page` is the address of its page here; `url` is where it is read, or empty."""

    key: str
    kind: str
    title: str
    names: tuple[Name, ...]
    publisher: str
    day: date
    precision: str
    url: str
    language: str
    abstract: str
    page: str = ""

    @property
    def dated(self) -> str:
        """Return its date as far as it is known: 2025-02-14, 2025-02 or 2025."""
        return machine(self.day, self.precision)

    @property
    def parts(self) -> list[int]:
        """Return the numbers of its date as far as it is known."""
        return [int(part) for part in self.dated.split("-")]

    @property
    def genre(self) -> str:
        """Return its kind in words."""
        return KINDS.get(self.kind) or HERE[self.kind]


def reference(row: Mapping, before: str = "") -> Reference:
    """Return the reference of a briefing from its FIELDS; `before` begins the address of its page."""
    said = {name: clean(row[name] or "") for name in ("title", "publisher", "url", "language", "abstract")}
    return Reference(
        key=row["slug"],
        kind=row["kind"],
        names=tuple(authors(clean(row["author"]))),
        day=day if isinstance(day := row["published_on"], date) else date.fromisoformat(day),
        precision=row["precision"],
        page=f"{before}{row['slug']}/" if before else "",
        **said | {name: " ".join(said[name].split()) for name in ("title", "publisher")},
    )


def of_claim(kind: str, row, title: str, day: date, precision: str, page: str) -> Reference:
    """Return the reference of a page of this tracker, which is a work of its own without an author."""
    publisher = f"Peacetracker: {row.process.name}"
    return Reference(f"{kind}-{row.pk}", kind, clean(title), (), clean(publisher), day, precision, "", "en", "", page)


def of_briefing(briefing, page: str = "") -> Reference:
    """Return the reference of a briefing."""
    return reference({name: getattr(briefing, name) for name in FIELDS}, page.removesuffix(f"{briefing.slug}/"))


def references(batches: Iterable[list[tuple]], before: str = "") -> Iterator[list[Reference]]:
    """Yield batches of rows, each with the values of FIELDS, as references."""
    for batch in batches:
        yield [reference(dict(zip(FIELDS, row, strict=True)), before) for row in batch]


def clean(text: str) -> str:
    """Return a text without what no text needs, and with plain ends of lines."""
    return UNPRINTABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
