"""Write a process as its document: the inverse of loading."""

import hashlib
import json
from collections import defaultdict
from typing import Any

from ..choices import Status
from ..models import Briefing, Citation, Compromise, CompromiseLink, Issue, Position, Process, Side, StatusEvent
from .comparison import stored_rows
from .fields import written
from .rules import latest
from .shape import SCHEMA
from .wanted import SECTIONS


def export(process: Process) -> dict[str, Any]:
    """Return a process as a document that `load` reads: what is live of it, in the order in which it was recorded.

    Fields that are empty are left out. Loaded into an empty database, the document makes the same rows, and those make
    the same document. Retired rows have no place in the format. One SQL query a model.
    """
    return document_of(process, stored_rows(process))


def document_of(process: Process, rows: dict[type, list]) -> dict[str, Any]:
    """Return the document of a process and its rows, which are joined to each other; retired ones are left out."""
    live = {model: [row for row in found if row.retired_at is None] for model, found in rows.items()}
    cited, steps = defaultdict(list), defaultdict(list)
    for row in sorted(live[Citation], key=lambda row: row.order):
        if row.briefing.retired_at is None:
            cited[row.position or row.compromise or row.status_event].append(row)
    for row in live[StatusEvent]:
        steps[row.compromise].append(with_citations(step(row), cited[row]))
    sections: dict[str, Any] = {"meta": process.method} if process.method else {}
    sections["process"] = written(process)
    for model in (Side, Issue, Briefing):
        sections[SECTIONS[model]] = [written(row) for row in live[model]]
    sections[SECTIONS[Position]] = [with_citations(written(row), cited[row]) for row in live[Position]]
    sections[SECTIONS[Compromise]] = [
        with_citations(written(row) | stated(steps[row]), cited[row]) for row in live[Compromise]
    ]
    sections["links"] = [
        written(row) for row in live[CompromiseLink] if not (row.source.retired_at or row.target.retired_at)
    ]
    sections |= process.later_sections
    return {name: sections[name] for name in SCHEMA["properties"] if name in sections}


def step(row: StatusEvent) -> dict[str, Any]:
    """Return a step; one superseded by no compromise in particular is superseded by its briefing."""
    found = written(row)
    if row.status == Status.SUPERSEDED and row.superseded_by is None and row.briefing:
        found["superseded_by"] = row.briefing.slug
    elif row.superseded_by and row.briefing and row.superseded_by.slug == row.briefing.slug:
        found["superseded_by"] = row.superseded_by.number  # by its slug it would be taken for the briefing
    return found


def stated(steps: list[dict]) -> dict[str, Any]:
    """Return what a compromise repeats of its steps, and these."""
    last = latest(steps) if steps else {}
    return {name: last[name] for name in ("status", "rejected_by") if name in last} | {"status_changes": steps}


def with_citations(row: dict[str, Any], citations: list[Citation]) -> dict[str, Any]:
    """Return a claim with its citations; one whose number is not its place in the list says so."""
    found = [
        written(one) | ({"number": one.order} if one.order != place else {}) for place, one in enumerate(citations, 1)
    ]
    return row | {"citations": found} if found else row


def text_of(document: dict[str, Any]) -> str:
    """Return a document as JSON text: the same document, the same text."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def fingerprint(document: dict[str, Any]) -> str:
    """Return the SHA-256 of a document's text, in hexadecimal."""
    return hashlib.sha256(text_of(document).encode()).hexdigest()
