"""RIS: what every reference manager reads. A line a field; what the file holds stands in each entry."""

from collections.abc import Iterable, Iterator

from ..analysis.names import Name
from .about import About
from .references import Reference

TYPES = {"news": "NEWS", "official_statement": "GOVDOC", "treaty_text": "STAT", "analysis": "RPRT"}


def ris_lines(about: About, batches: Iterable[list[Reference]]) -> Iterator[bytes]:
    """Yield references as RIS, a batch at a time."""
    for batch in batches:
        yield "".join(entry(one, about) for one in batch).encode()


def entry(one: Reference, about: About) -> str:
    """Return a reference as an entry."""
    year, month, day = (*(f"{part:02}" for part in one.parts), "", "")[:3]
    fields = [
        ("TY", TYPES[one.kind]),
        ("ID", one.key),
        *(("AU", name(each)) for each in one.names),
        ("TI", one.title),
        ("PB", one.publisher),
        ("DA", f"{year:0>4}/{month}/{day}/"),
        ("PY", f"{year:0>4}"),
        ("M3", one.genre),
        ("LA", one.language),
        ("UR", one.url),
        ("AB", one.abstract),
        ("DB", about.process),
        ("DP", about.source),
    ]
    lines = [f"{tag}  - {line}\r\n" for tag, text in fields if (line := " ".join(text.split()))]
    return f"{''.join(lines)}ER  - \r\n\r\n"


def name(one: Name) -> str:
    """Return an author’s name: “von der Leyen, Ursula”; a body’s with two commas for the first of its own."""
    if one.literal:
        return one.literal.replace(",", ",,", 1)
    return ", ".join(filter(None, (one.last, one.given, one.suffix)))
