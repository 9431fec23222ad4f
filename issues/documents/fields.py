"""Which field of a document is which field of the record: the one table that loading and writing go by.

Not in it, because they are not stored as they stand: `citations`, `status_changes` (rows of their own), a
compromise's `status` and `rejected_by` (what its latest step says), a citation's `number` (mostly its place).
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from django.db import models

from ..models import Briefing, Citation, Compromise, CompromiseLink, Issue, Position, Process, Side, StatusEvent
from ..models.base import Record
from ..models.briefing import fingerprint

# In the order in which rows must be created: what is pointed to comes first.
MODELS = (Side, Issue, Briefing, Position, Compromise, StatusEvent, CompromiseLink, Citation)

_FIELDS = {
    Process: "slug name short_name question summary start_date=started_on end_date=ended_on status stalled_after_days "
    "visibility provenance",
    Side: "slug name short_label role order note marker colour",
    Issue: "slug order title question summary scale_low scale_high scale_question scale_anchors not_listed provenance",
    Briefing: "slug date=published_on precision kind title author publisher url other_urls archived_url language "
    "abstract text reliability reliability_reason read_as reading_note provenance",
    Position: "slug issue side as_of=held_from as_of_note=held_from_note precision headline body placement "
    "placement_note commitment commitment_note confidence provenance",
    Compromise: "number slug issue side origin headline body test_sentence provenance",
    StatusEvent: "date=occurred_on precision status briefing note rejected_by superseded_by implementation",
    CompromiseLink: "from=source to=target type=kind basis briefing reason",
    Citation: "briefing relation quote prefix suffix quote_url locator credibility",
}
# {model: {name in the document: name in the record}}
FIELDS = {
    model: {name: attribute or name for name, _, attribute in (word.partition("=") for word in words.split())}
    for model, words in _FIELDS.items()
}

# Texts in the record, numbers in a document.
NUMBERS = {"credibility", "implementation"}


@cache
def columns(model: type[Record]) -> list[tuple[str, str, Any]]:
    """Return (name in the document, name in the record, field) of what a document says of a row."""
    return [(name, attribute, model._meta.get_field(attribute)) for name, attribute in FIELDS[model].items()]


def values(model: type[Record], row: dict, find: Callable[[Any, object], object]) -> dict[str, Any]:
    """Return a document's row as {field of the model: value}; what the row leaves out has its default.

    `find(model, reference)` returns the row that a slug or number stands for. The row must have passed the checks.
    """
    found: dict[str, Any] = {}
    for name, attribute, field in columns(model):
        value = row.get(name)
        if value is None or value == "":
            value = None if field.null else field.get_default()
        elif field.is_relation:
            value = find(field.related_model, value)
        elif isinstance(field, models.DateField):
            value = date.fromisoformat(value)
        elif isinstance(field, models.IntegerField):
            value = int(value)
        elif isinstance(field, models.CharField):
            value = str(value)
        found[attribute] = value
    if model is Briefing:
        found["text_sha256"] = fingerprint(found["text"])
    return found


def written(row: Record) -> dict[str, Any]:
    """Return a row as a document holds it, without what is empty; rows that it points to stand by their slugs."""
    found: dict[str, Any] = {}
    for name, attribute in FIELDS[type(row)].items():
        value = getattr(row, attribute)
        if value is None or value in ("", []):
            continue
        if isinstance(value, models.Model):
            value = value.slug  # type: ignore[attr-defined]
        elif isinstance(value, date):
            value = value.isoformat()
        elif name in NUMBERS:
            value = int(value)
        found[name] = value
    return found
