"""What can be imported: which fields each kind of row has, and by which names a file may call them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..documents.fields import FIELDS
from ..documents.shape import SCHEMA
from ..models import Briefing, Citation, Compromise, Position, StatusEvent
from ..models.base import Record

DEFS = SCHEMA["$defs"]
LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Field:
    """One field: its name in a process document, its label, other names that files give it, and its schema.

    `attribute` is the field of the model, or empty where it is not stored as it stands; `is_reference` tells that it
    names another row.
    """

    name: str
    label: str
    names: frozenset[str]
    schema: Mapping[str, Any]
    attribute: str
    is_required: bool
    is_reference: bool

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the values that the field may have, with their labels; none where it is free."""
        return list(self.labels.items())

    @property
    def labels(self) -> dict[str, str]:
        """Return {value: label} of the values that the field may have."""
        return {value: LABELS[self.name].get(value, value) for value in self.schema.get("enum", ())}


@dataclass(frozen=True)
class Kind:
    """One kind of row: `name` is its model’s in small letters, `head` names the field that people know a row by."""

    name: str
    plural: str
    model: type[Any]
    head: str
    date: str
    fields: dict[str, Field]

    @property
    def required(self) -> list[Field]:
        """Return the fields that every new row has."""
        return [field for field in self.fields.values() if field.is_required]


def flat(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a field with what it refers to written out."""
    found = dict(schema)
    if name := found.pop("$ref", "").rpartition("/")[2]:
        found = flat(DEFS[name]) | found
    if "items" in found:
        found["items"] = flat(found["items"])
    return found


def simple(text: str) -> str:
    """Return a name as names are compared: its letters and digits, in small letters."""
    return LETTERS.sub("", text).casefold()


def labels_of(model: type[Record], attribute: str) -> dict[str, str]:
    """Return {value: label} of a field of a model."""
    return {str(value): str(label) for value, label in model._meta.get_field(attribute).choices or ()}


def kind(name, plural, model, head, date, words, extra=()) -> Kind:
    """Return a kind; `words` are lines of “name = label: other names”, `extra` {name: schema} is beyond the model."""
    entry, extra, fields = DEFS[ENTRY[name]], dict(extra), {}
    for line in words.strip().splitlines():
        field, _, rest = line.strip().partition(" = ")
        label, _, others = rest.partition(": ")
        attribute = "" if field in extra else FIELDS[model].get(field, "")
        names = frozenset(map(simple, (field, label, *others.split(", "))))
        schema = flat(extra.get(field) or entry["properties"][field])
        required = (field in entry["required"] and field not in MADE) or field == date
        fields[field] = Field(field, label, names, schema, attribute, required, field in REFERENCES)
        if "enum" in schema:
            source = model if attribute else next(one for one in (StatusEvent, Citation) if field in FIELDS[one])
            LABELS[field] = labels_of(source, FIELDS[source][field])
    return Kind(name, plural, model, head, date, fields)


LABELS: dict[str, dict[str, str]] = {}
ENTRY = {"briefing": "briefing", "position": "position", "compromise": "compromise_row"}
REFERENCES = {"issue", "side", "briefing", "rejected_by", "cited"}
MADE = {"slug", "number"}  # what a new row gets where the file does not say
STEP = ("date", "precision", "status", "briefing", "rejected_by")  # of the first step of a new compromise
# What columns of its own say of a source of a claim; "cited" is its briefing, because a step has one of its own.
CITED = {"cited": DEFS["citation"]["properties"]["briefing"]} | {
    name: DEFS["citation"]["properties"][name] for name in ("relation", "quote", "locator", "credibility")
}
SOURCES = CITED | {"citations": DEFS["citations"]}
KINDS = {
    one.name: one
    for one in (
        kind(
            "briefing",
            "briefings",
            Briefing,
            "title",
            "date",
            """
            title = Title: name
            date = Published: published on, publication date, pubdate, issued, year, updated
            precision = Precision of the date: date precision
            kind = Type: item type, document type, genre
            author = Author: authors, creator, creators, byline
            publisher = Publisher: source, outlet, journal, publication title, container title, newspaper, website
            url = Address: link, href, web address, web page, uri
            doi = DOI: digital object identifier
            language = Language: lang
            abstract = Abstract: summary, description, abstract note
            text = Its text: full text, content, body
            reliability = Publisher’s reliability: grade
            reliability_reason = Why this grade: reason
            read_as = How it was read: read
            reading_note = Reading note: note, notes
            archived_url = Archived copy: archive, archived, archive url
            other_urls = Other addresses: other links, further addresses
            provenance = Provenance: checked
            slug = Name in the address: short name
            """,
            {"doi": {"type": "string", "maxLength": 300}},
        ),
        kind(
            "position",
            "positions",
            Position,
            "headline",
            "as_of",
            """
            issue = Issue: topic, subject
            side = Side: party, actor
            as_of = Held since: held from, date, since
            precision = Precision of the date: date precision
            as_of_note = Note on the date: date note
            headline = Headline: title, position
            body = Position: text, details, description
            placement = Place on the scale: place, scale
            placement_note = Why there: place note
            commitment = Commitment: form
            commitment_note = Note on the commitment: form note
            confidence = Confidence: certainty
            cited = Cited briefing: briefing, source, evidence
            relation = What the source does: bears
            quote = Quote: quotation, words
            locator = Where it stands: page number, pages, point
            credibility = Credibility of the quote: credible
            citations = Sources: all sources, quotes
            provenance = Provenance: checked
            slug = Name in the address: short name
            """,
            SOURCES,
        ),
        kind(
            "compromise",
            "compromises",
            Compromise,
            "headline",
            "date",
            """
            number = Number: no, code
            issue = Issue: topic, subject
            side = Proposed for: side, party, actor
            headline = Headline: title, compromise, concession
            body = Compromise: text, details, description
            test_sentence = Counts as adopted when: test, test sentence
            origin = Origin: from
            date = First put forward: suggested on, proposed on, since
            precision = Precision of the date: date precision
            status = First status: step
            briefing = In the briefing: source
            rejected_by = Rejected by: refused by
            cited = Cited briefing: evidence
            relation = What the source does: bears
            quote = Quote: quotation, words
            locator = Where it stands: page number, pages, point
            credibility = Credibility of the quote: credible
            citations = Sources: all sources, quotes
            provenance = Provenance: checked
            slug = Name in the address: short name
            """,
            {name: DEFS["status_change"]["properties"][name] for name in STEP} | SOURCES,
        ),
    )
}
