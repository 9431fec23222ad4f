"""A file that was brought, kept as rows to look at: what each would do, which are ticked, what is written of them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..analysis.dates import words
from ..history import once
from ..models import Changeset, Import, Process
from . import evidence
from .applying import MOVED, Chosen, Progress, apply, version_of
from .columns import guess
from .comparison import CHANGED, FAULTY, NEW, SAME, Finding, compare
from .faults import Overtaken
from .kinds import KINDS, Kind
from .reading import cut, read
from .tables import Table

SIZE = 100  # rows of a page
SAID = 120  # letters of a value that are shown
WORDS = {NEW: "New", CHANGED: "Changed", SAME: "Same", FAULTY: "Faulty"}


@dataclass(frozen=True)
class Line:
    """One row as it is shown: `changes` are (field, old, new); `is_ticked` is None where it cannot be."""

    index: int
    place: str
    kind: str
    word: str
    title: str
    date: str
    notes: list[str]
    changes: list[tuple[str, str, str]]
    is_ticked: bool | None


@dataclass(frozen=True)
class Preview:
    """A page of the rows of an import. `counts` are {kind: rows}, `ticked` counts the rows that are to be written."""

    lines: list[Line]
    counts: dict[str, int]
    ticked: int
    total: int
    show: str
    page: int
    pages: int


def bring(process: Process, user, kind: Kind, name: str, data: bytes) -> Import:
    """Read a file and keep what its rows would do. Raises Refused, with nothing kept."""
    table = read(kind, name, data)
    made = Import(process=process, user=user, file_name=cut(name), kind=kind.name)
    return match(made.keep(table=table.packed()), guess(kind, table), table)


def match(one: Import, mapping: Mapping[str, int | str], table: Table | None = None) -> Import:
    """Compare the rows of an import with the record by a mapping, tick what is beyond doubt, and keep that."""
    kind, table = KINDS[one.kind], table or table_of(one)
    one.seen = version_of(one.process)
    found, ticked = [], []
    for index, finding in enumerate(compare(one.process, kind, table, dict(mapping))):
        found.append([*packed(kind, finding), f"{table.noun.capitalize()} {table.numbers[index]}"])
        if finding.is_ticked:
            ticked.append(index)
    one.keep(mapping=dict(mapping), findings=found, ticked=ticked).save()
    return one


def packed(kind: Kind, finding: Finding) -> list:
    """Return what is kept of a finding: its kind, key and what it says; for people its notes, changes, head, date."""
    changes = [
        (kind.fields[name].label, said(old, kind, name), said(new, kind, name))
        for name, (old, new) in finding.changes.items()
    ]
    if finding.kind == NEW and (sources := finding.values.get(evidence.LIST)):
        changes.append(
            (kind.fields[evidence.LIST].label, said("", kind, evidence.LIST), said(sources, kind, evidence.LIST))
        )
    known = finding.values.get
    head, day, precision = str(known(kind.head, ""))[:300], known(kind.date, ""), known("precision", "day")
    says = finding.says if finding.is_open else {}
    return [finding.kind, finding.pk, says, finding.notes, changes, head, day, precision]


def said(value: Any, kind: Kind, name: str) -> str:
    """Return a value in a few words."""
    if isinstance(value, list):
        value = " ".join(one if isinstance(one, str) else evidence.worded(one) for one in value)
    text = kind.fields[name].labels.get(str(value), str(value)) if value not in (None, "") else "nothing"
    return text if len(text) <= SAID else f"{text[:SAID]}…"


def table_of(one: Import) -> Table:
    """Return the table of an import."""
    return Table(*json.loads(one.table))


def preview(one: Import, show: str, page: int) -> Preview:
    """Return a page of what the rows of an import would do; `show` is a kind of finding, or empty for all."""
    found, ticked = json.loads(one.findings), set(json.loads(one.ticked))
    counts = Counter(kind for kind, *_ in found)
    shown = [index for index, finding in enumerate(found) if show in ("", finding[0])]
    pages = max(1, -(-len(shown) // SIZE))
    page = min(max(page, 1), pages)
    lines = []
    for index in shown[(page - 1) * SIZE : page * SIZE]:
        kind, _, _, notes, changes, title, day, precision, place = found[index]
        is_ticked = index in ticked if kind in (NEW, CHANGED) else None
        dated = words(date.fromisoformat(day), precision) if day else ""
        lines.append(Line(index, place, kind, WORDS[kind], title or "No title", dated, notes, changes, is_ticked))
    return Preview(lines, counts, len(ticked), len(found), show, page, pages)


def tick(one: Import, shown: Iterable[int], picked: Iterable[int]) -> int:
    """Tick the rows that were picked among those shown, leave the others, and return how many are ticked."""
    findings, ticked = json.loads(one.findings), set(json.loads(one.ticked))
    shown = {index for index in shown if index < len(findings) and findings[index][0] in (NEW, CHANGED)}
    after = sorted((ticked - shown) | (shown & set(picked)))
    if after != sorted(ticked):
        one.keep(ticked=after).save(update_fields=["ticked"])
    return len(after)


def write(one: Import, *, reason: str, user, progress: Progress = lambda done, total: None) -> Changeset:
    """Write the ticked rows of an import in one changeset, once, and return it.

    Raises Overtaken if one would by now do something else than the preview says; then the preview is made anew.
    """
    if one.changeset:
        return one.changeset
    process = one.process
    if version_of(process) != one.seen:
        compare_again(one)
    findings = json.loads(one.findings)
    chosen = [Chosen(*findings[index][:3]) for index in json.loads(one.ticked)]
    key = once(f"import {one.pk}", one.made_at)
    written = apply(process, KINDS[one.kind], chosen, one.seen, reason=reason, user=user, key=key, progress=progress)
    one.changeset = written
    one.save(update_fields=["changeset"])
    return written


def compare_again(one: Import):
    """Compare the rows of an import with the record anew; raise Overtaken if a ticked one would do otherwise now."""
    before, ticked = json.loads(one.findings), json.loads(one.ticked)
    match(one, json.loads(one.mapping))
    after = json.loads(one.findings)
    if any(before[index][:3] != after[index][:3] for index in ticked):
        raise Overtaken(MOVED)
    one.keep(ticked=ticked).save(update_fields=["ticked"])


def sweep() -> int:
    """Delete the files that were brought more than seven days ago, and return how many."""
    return Import.objects.stale().delete()[0]
