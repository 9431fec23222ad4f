"""JSON: what the file holds under `about`, and its rows under the name of their kind."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from .about import About
from .dossier import Dossier
from .tables import Column, Sheet, typed


def json_lines(about: About, sheet: Sheet, batches: Iterable[list[tuple]]) -> Iterator[bytes]:
    """Yield a table as JSON, a batch of rows at a time; what is empty is left out of a row."""
    yield f'{{"about": {text_of(about.data)},\n"{sheet.name}": ['.encode()
    between = "\n"
    for batch in batches:
        said = []
        for row in typed(sheet.columns, batch):
            said.append(between + text_of(record(sheet.columns, row)))
            between = ",\n"
        yield "".join(said).encode()
    yield b"\n]}\n"


def json_dossier(dossier: Dossier) -> bytes:
    """Return a dossier as JSON, part by part as it is read."""
    parts = asdict(dossier)
    del parts["about"]
    return f'{{"about": {text_of(dossier.about.data)},\n"dossier": {text_of(parts)}\n}}\n'.encode()


def record(columns: Iterable[Column], row: tuple) -> dict[str, Any]:
    """Return a row by the names of its columns, without what is empty."""
    found = {}
    for column, value in zip(columns, row, strict=True):
        if value is None or value in ("", []):
            continue
        found[column.name] = value
    return found


def text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)
