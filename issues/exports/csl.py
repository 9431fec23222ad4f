"""CSL-JSON: what citation processors and reference managers read, after the schema of its version 1.0.2."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ..analysis.names import Name
from .about import About
from .references import Reference

TYPES = {
    "news": "article-newspaper",
    "official_statement": "document",
    "treaty_text": "treaty",
    "analysis": "report",
}


def csl_lines(about: About, batches: Iterable[list[Reference]]) -> Iterator[bytes]:
    """Yield references as a list of CSL-JSON items, a batch at a time; what the file holds stands in each."""
    between, source = "[\n", about.source
    for batch in batches:
        said = []
        for one in batch:
            said.append(between + json.dumps(item(one) | {"source": source}, ensure_ascii=False))
            between = ",\n"
        yield "".join(said).encode()
    yield b"\n]\n" if between != "[\n" else b"[]\n"


def item(one: Reference) -> dict[str, Any]:
    """Return a reference as an item, without what is empty."""
    found = {
        "id": one.key,
        "type": TYPES[one.kind],
        "title": one.title,
        "author": [name(each) for each in one.names],
        "container-title" if one.kind == "news" else "publisher": one.publisher,
        "issued": {"date-parts": [one.parts]},
        "genre": one.genre,
        "URL": one.url,
        "language": one.language,
        "abstract": one.abstract,
    }
    return {key: value for key, value in found.items() if value}


def name(one: Name) -> dict[str, str]:
    """Return an author’s name by its parts."""
    parts = {
        "literal": one.literal,
        "family": one.family,
        "given": one.given,
        "non-dropping-particle": one.particle,
        "suffix": one.suffix,
    }
    return {key: value for key, value in parts.items() if value}
