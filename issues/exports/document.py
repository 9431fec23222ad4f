"""The process document, as far as its reader may read it."""

from collections.abc import Iterator
from typing import Any

from .. import documents
from ..models import Process
from .about import About

NOTES = "provenance"  # for curators


def document_pieces(process: Process, about: About, *, edits: bool, curates: bool) -> Iterator[bytes]:
    """Yield a process as the document that `load_process` reads.

    For those who do not edit it, without the documents’ own words; for those who do not curate it, without curators’
    notes and without what waits for rooms to come. Ten SQL queries.
    """
    found = documents.export(process)
    if not curates:
        found = {name: section for name, section in found.items() if name not in process.later_sections}
        found = without(found, {NOTES})
    if not edits:
        found["briefings"] = without(found["briefings"], {"text"})
    yield documents.text_of({"$comment": about.source} | found).encode()


def without(value: Any, names: set[str]) -> Any:
    """Return a value of a document without some fields of its rows; how it was made stays as it is."""
    if isinstance(value, list):
        return [without(one, names) for one in value]
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if name not in names}
        return {name: one if name == "meta" else without(one, names) for name, one in kept.items()}
    return value
