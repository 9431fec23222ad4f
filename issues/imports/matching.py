"""Which row on record, or further up in the file, a row of a file stands for."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..analysis.links import page
from ..choices import Status
from ..documents.rules import step_alone
from ..models import Briefing, Issue, Process, Side
from ..models.briefing import RESERVED, fingerprint
from . import evidence
from .columns import Mapping
from .identity import IDENTITIES, SPAN, addresses
from .kinds import MADE, SOURCES, STEP, Kind

ADDRESSES = ("url", "other_urls")
# By what a field may name a row, beside its slug.
REFERENCES: dict[str, tuple] = {
    "issue": (Issue, "title"),
    "side": (Side, "name", "short_label"),
    "rejected_by": (Side, "name", "short_label"),
    "briefing": (Briefing, "url"),
    "cited": (Briefing, "url"),
    "citations": (Briefing, "url"),
}


@dataclass
class Match:
    """The row on record that a row stands for (`pk`), or the one further up in the file (`twin`), and why.

    `notes` say what else is worth knowing; a row that is `doubtful` may be another one on record.
    """

    pk: int | None = None
    twin: str = ""
    why: str = ""
    fault: str = ""
    notes: list[str] = field(default_factory=list)
    doubtful: bool = False


class Stored:
    """The rows of one kind on record, by what tells them apart; rows of the file join them as they are matched.

    `rows` are {key: what a document would say of it}, of the fields that a file fills or a row is recognised by.
    `names` are {field: {name of a row in small letters: its slug}}.
    """

    def __init__(self, process: Process, kind: Kind, mapping: Mapping):
        self.kind, self.identity = kind, IDENTITIES[kind.name]
        self.names = names_of(process, kind, mapping)
        self.cited = evidence.known(process, kind.name) if mapping.keys() & SOURCES.keys() else {}
        self.rows: dict[int, dict[str, Any]] = {}
        self.retired: set[int] = set()
        self.sure: dict[Any, int | str] = {}
        self.near: dict[Any, dict[int, int | str]] = {}
        self.claimed: dict[int, str] = {}
        fields = [kind.fields[name] for name in kind.fields if name in mapping or name in self.identity.needs]
        columns = {
            one.name: f"{one.attribute}__slug" if one.is_reference else one.attribute for one in fields if one.attribute
        }
        if "text" in columns:
            columns["text"] = "text_sha256"
        merged = "merged_into" if kind.name == "briefing" else "retired_at"
        # Those taken out come first, so that a key which they share leads to the live row.
        found = kind.model.objects.filter(process=process).order_by("pk")
        found = found.values_list("pk", "retired_at", merged, *columns.values())
        rows = sorted(found.iterator(2000), key=lambda row: row[1] is None)
        into = {pk: other for pk, retired_at, other, *_ in rows if retired_at and merged == "merged_into" and other}
        for pk, retired_at, _, *values in rows:
            row = {name: said(value) for name, value in zip(columns, values, strict=True)}
            self.rows[pk] = row
            self.sure |= {key: last(pk, into) for key, _ in self.identity.sure(row)}
            if retired_at:
                self.retired.add(pk)
            else:
                self.perhaps(row, Match(), pk)

    def match(self, values: dict[str, Any], place: str) -> Match:
        """Return what a row of the file stands for, and note that it does; `place` is what to call the row."""
        self.identity.settle(values)
        keys = list(self.identity.sure(values))
        found = Match()
        for key, why in keys:
            holder = self.sure.get(key)
            if isinstance(holder, str):
                return Match(twin=holder, why=why)
            if holder in self.retired:
                if key[0] in MADE:
                    return Match(
                        fault=f"“{key[1]}” is that of a row taken out of the record; bring that back, or rename this"
                    )
                found = Match(notes=[f"{why} as one that was taken out of the record."], doubtful=True)
            elif holder is not None:
                if holder in self.claimed:
                    return Match(twin=self.claimed[holder], why=why)
                self.claimed[holder] = place
                found = Match(holder, why=why)
                break
        if found.pk is None:
            found = self.perhaps(values, found, place)
        for key, _ in keys:
            self.sure.setdefault(key, found.pk or place)
        return found

    def perhaps(self, values: dict[str, Any], found: Match, own: int | str) -> Match:
        """Return a match that also says which row it may be, and note the row as `own` for those that come after."""
        day = date.fromisoformat(values[name]).toordinal() if (name := self.identity.date) and values.get(name) else 0
        other: int | str | None = None
        for key in self.identity.near(values):
            if known := self.near.get(key):
                for offset in self.identity.days:
                    other = other or known.get(day + offset)
                known.setdefault(day, own)
            else:
                self.near[key] = {day: own}
        if other is None:
            return found
        said = other if isinstance(other, str) else f"“{self.rows[other][self.kind.head][:100]}”, on record"
        note = f"{self.identity.doubt} as {said}: tick it if it is another."
        return Match(notes=[*found.notes, note], doubtful=True)

    def lacks(self, values: dict[str, Any]) -> list[str]:
        """Return what keeps a new row from being written, beyond fields that are missing."""
        if self.kind.name == "briefing" and values.get("slug") == RESERVED:
            return [f"“{RESERVED}” is the address of the form for a new briefing; choose another"]
        if self.kind.name == "compromise":
            return [f"{fault.place} {fault.sentence}" for fault in step_alone((), step_of(values))]
        return []

    def moved(self, match: Match, values: dict[str, Any]) -> str:
        """Return what is wrong where a row would change the number of a compromise, or nothing."""
        stored = self.rows[match.pk].get("number")
        if stored is None or values.get("number") in (None, stored):
            return ""
        return f"Number is {values['number']}, but this compromise is C{stored} and numbers never change"

    def changes(self, match: Match, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return {field: (what is stored, what the row says)} where the two differ; what the row leaves out stays."""
        stored, found = self.rows[match.pk], {}
        for name, new in (values | self.addresses(stored, values, match.why)).items():
            if name not in stored or (name == self.kind.date and self.same_day(stored, values)):
                continue  # of a step, or what says no more than is known
            old, said = ("", fingerprint(new)) if name == "text" else (stored[name], new)
            if stored[name] != said:
                found[name] = old, new
        if new := evidence.added(values.get(evidence.LIST, ()), self.cited.get(match.pk or 0, set())):
            found[evidence.LIST] = "", new
        if self.kind.date in found and "precision" not in values and stored["precision"] != "day":
            found["precision"] = stored["precision"], "day"
        return found

    def same_day(self, stored: dict[str, Any], values: dict[str, Any]) -> bool:
        """Tell whether two dates agree in what is known of both."""
        known = SPAN[values.get("precision", "day")]
        return known == SPAN[stored["precision"]] and stored[self.kind.date][:known] == values[self.kind.date][:known]

    def addresses(self, stored: dict[str, Any], values: dict[str, Any], why: str) -> dict[str, Any]:
        """Return the addresses of a document with those that a row adds; only a name in the address lets one go."""
        if not any(name in values for name in ADDRESSES):
            return {}
        known = {page(one) for one in addresses(stored)}
        added = [one for one in addresses({name: values.get(name) for name in ADDRESSES}) if page(one) not in known]
        url = stored["url"]
        if added and added[0] == values.get("url") and (not url or "name" in why):
            url = added.pop(0)
        return {"url": url, "other_urls": [*stored["other_urls"], *added]}


def last(pk: int, into: dict[int, int]) -> int:
    """Return the row that a row was merged into in the end, or itself."""
    seen: set[int] = set()
    while pk in into and pk not in seen:
        seen.add(pk)
        pk = into[pk]
    return pk


def step_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the first step of a new compromise."""
    return {"status": Status.SUGGESTED} | {name: values[name] for name in STEP if name in values}


def names_of(process: Process, kind: Kind, mapping: Mapping) -> dict[str, dict[str, str]]:
    """Return {field: {name in small letters: slug}} for the fields that name other rows. One SQL query each."""
    found = {}
    for name, (model, *columns) in REFERENCES.items():
        if name in mapping and name in kind.fields:
            rows = model.objects.live().filter(process=process).values_list("slug", *columns)
            words = {" ".join(word.split()).casefold(): slug for slug, *more in rows for word in more if word}
            found[name] = words | {slug.casefold(): slug for slug, *_ in rows}
    return found


def said(value: Any) -> Any:
    """Return a stored value as a document says it."""
    return value.isoformat() if isinstance(value, date) else value
