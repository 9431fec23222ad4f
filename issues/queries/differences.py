"""What differs in a row between two of its snapshots, field by field, as far as its reader may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from django.db import models

from ..analysis import dates, diff
from ..families import Key, targets
from ..models import RECORDED, Process
from .briefings import language_name
from .names import KINDS, Names, Reader

STATES = {
    "new": "New",
    "changed": "Changed",
    "retired": "Taken out",
    "restored": "Brought back",
    "same": "Saved as it was",
}
# Bookkeeping that the page says in other words, or that repeats another field.
LEFT_OUT = {"version", "created_at", "updated_at", "retired_at", "process_id", "text_sha256"}
# What no page shows to readers, so its history is not theirs either: notes and sources of the curators, and the whole
# text of a document, which analysts see as they cite from it.
CURATORS = {"provenance", "method", "later_sections"}
ANALYSTS = {"text"}
DATED = {"held_from", "occurred_on", "published_on"}  # known to the day, the month or the year
LABELS = {
    "held_from": "Since",
    "held_from_note": "Note on the date",
    "body": "Text",
    "placement": "Place on scale",
    "placement_note": "Note on the place",
    "test_sentence": "Counts as adopted when",
    "retired_reason": "Why it was taken out",
    "occurred_on": "Date",
    "published_on": "Date",
    "quote_url": "Where it was read",
    "url": "Address",
    "other_urls": "Other addresses",
    "archived_url": "Archived at",
    "scale_low": "What 0 means",
    "scale_high": "What 100 means",
    "scale_anchors": "Marks on the scale",
    "not_listed": "Left out of the scale",
    "order": "Place in the order",
    "slug": "Name in the address",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: its label and the segments (`analysis.diff`) of its two values."""

    label: str
    segments: list[diff.Segment]
    is_headline: bool

    @property
    def before(self) -> list[diff.Segment]:
        """Return the older value."""
        return diff.side(self.segments, diff.ADDED)

    @property
    def after(self) -> list[diff.Segment]:
        """Return the newer value."""
        return diff.side(self.segments, diff.REMOVED)


@dataclass(frozen=True, slots=True)
class Item:
    """One row between two moments. `withheld`: fields differ that the reader may not read.

    `hidden`: the row has since been taken out, and the reader may not see its words. `href` is empty where it has no
    page now, `history` where it has no history page.
    """

    kind: str
    name: str
    href: str
    history: str
    state: str
    hidden: bool
    differences: tuple[Difference, ...]
    withheld: bool

    @property
    def said(self) -> str:
        """Return what became of the row, in words."""
        return STATES[self.state]

    @property
    def aside(self) -> str:
        """Return what the reader is told of what they may not read; empty where they read it all."""
        if self.hidden:
            return "Its words are shown to those who may bring it back."
        if not self.withheld:
            return ""
        begins = "It also holds something" if self.state == "new" else "Something differs"
        return f"{begins} that is not shown to everyone: a note for curators, or a stored text."


def items(
    process: Process, pairs: Iterable[tuple[Key, Mapping | None, Mapping | None]], reader: Reader, *, is_folded=False
) -> list[Item]:
    """Return what differs in each row. At most four SQL queries.

    `pairs`: (key, data before, data after). `is_folded` cuts what stands far from a change.
    """
    pairs = list(pairs)
    wanted = {key for key, *_ in pairs}
    for (model, _), *both in pairs:
        wanted |= {target for data in both if data for target in targets(model, data)}
    names = Names(process, wanted, reader)
    found = [item(*pair, names) for pair in pairs]
    return [folded(one) for one in found] if is_folded else found


def folded(one: Item) -> Item:
    """Return an item whose long texts are cut around what changed."""
    return replace(
        one, differences=tuple(replace(each, segments=diff.folded(each.segments)) for each in one.differences)
    )


def item(key: Key, before: Mapping | None, after: Mapping | None, names: Names) -> Item:
    """Return what differs in a row between two snapshots' data; None stands for a row that was not there."""
    hidden = names.is_hidden(key)
    found, withheld = [], False
    for field in fields(RECORDED[key[0]]):
        name = field.attname
        if name in LEFT_OUT or field.primary_key or not any(name in data for data in (before, after) if data):
            continue
        then, now = (data.get(name) if data else None for data in (before, after))
        if then == now or (then in (None, "", [], {}) and now in (None, "", [], {})):
            continue
        if (name in CURATORS and not names.reader.curates) or (name in ANALYSTS and not names.reader.all_shown):
            withheld = True
        elif not hidden:
            found.append(difference(field, then, now, names))
    return Item(
        kind=KINDS[key[0]],
        name=names.name(key, after or before),
        href=names.href(key),
        history=names.history(key),
        state=state(before, after),
        hidden=hidden,
        differences=tuple(found),
        withheld=withheld and not hidden,
    )


@cache
def fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields of a kind of row as people read them: the precision after its date, the slug last."""
    found = list(model._meta.concrete_fields)
    day = next((place for place, field in enumerate(found) if field.name in DATED), 0)
    places = {"precision": day + 0.5, "slug": len(found)}
    return sorted(found, key=lambda field: places.get(field.name, found.index(field)))


def state(before: Mapping | None, after: Mapping | None) -> str:
    """Return what became of a row: new, changed, retired, restored or same."""
    was, is_now = (bool(data) and not data["retired_at"] for data in (before, after))
    if was and not is_now:
        return "retired"
    if is_now and not was:
        return "restored" if before else "new"
    if not before:
        return "new"
    ignored = {"version", "updated_at"}
    names = (before.keys() | after.keys()) - ignored  # a column that holds its default may be left out of either
    return "same" if all(before.get(name) == after.get(name) for name in names) else "changed"


def difference(field: models.Field, before, after, names: Names) -> Difference:
    """Return one field's two values, compared by words where it holds a text."""
    then, now = (said(field, value, names) for value in (before, after))
    is_text = isinstance(field, (models.TextField, models.CharField, models.JSONField)) and not field.choices
    segments = diff.words(then, now) if is_text else [(diff.REMOVED, then), (diff.ADDED, now)]
    shown = [segment for segment in segments if segment[1]]
    return Difference(label_of(field), shown, field.name in ("headline", "title"))


def label_of(field: models.Field) -> str:
    """Return what the pages of history call a field."""
    return LABELS.get(field.name) or str(field.verbose_name).capitalize()


def said(field: models.Field, value, names: Names) -> str:
    """Return a stored value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(field, models.ForeignKey):
        return names.name((str(field.related_model._meta.model_name), value))
    if field.name == "language":
        return language_name(value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateField):
        return dates.words(date.fromisoformat(value))
    if isinstance(field, models.JSONField):
        rows = value if isinstance(value, list) else [value]
        return "\n".join(line(row) for row in rows)
    return str(value)


def line(row) -> str:
    """Return one entry of a list as a line: 50: Half open."""
    if isinstance(row, dict):
        return ": ".join(str(value) for value in row.values())
    return str(row)
