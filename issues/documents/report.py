"""Say what loading a document did or would do."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from ..models import Briefing, Citation, Compromise, CompromiseLink, Issue, Position, Process, Side, StatusEvent
from .comparison import CHANGED, MISSING, NEW, RESTORED, Change
from .faults import SHOWN, Fault, quoted
from .fields import FIELDS

NOTED = 10  # notes that are listed; the rest are counted
WIDTH = 60  # characters of a text that are shown around a difference
NOUNS = {
    Process: ("process", "processes"),
    Side: ("side", "sides"),
    Issue: ("issue", "issues"),
    Briefing: ("briefing", "briefings"),
    Position: ("position", "positions"),
    Compromise: ("compromise", "compromises"),
    StatusEvent: ("step", "steps"),
    CompromiseLink: ("link", "links"),
    Citation: ("citation", "citations"),
}
WORDS = {NEW: "new", CHANGED: "changed", RESTORED: "back again", MISSING: "missing from the document"}


@dataclass
class Report:
    """What a load did: `written` tells whether it wrote, `changes` what it wrote or would write."""

    process: Process
    changes: list[Change]
    written: bool
    is_new: bool
    notes: list[Fault] = field(default_factory=list)

    def counts(self, kind: str = NEW) -> dict[type, int]:
        """Return {model: number of rows} of one kind of change."""
        return Counter(type(change.row) for change in self.changes if change.kind == kind)

    def lines(self) -> list[str]:
        """Return the report as lines of text: of a new process the counts, of one that is there each change."""
        slug = self.process.slug
        lines = [f"Note: {note}" for note in self.notes[:NOTED]]
        if len(self.notes) > NOTED:
            lines.append(f"… and {len(self.notes) - NOTED:,} more notes.")
        if not self.changes:
            return [*lines, f"{slug}: nothing to change."]
        if self.is_new:
            return [*lines, f"{slug}: {'loaded' if self.written else 'would load'} {self.summary(NEW)}."]
        for change in self.changes[:SHOWN]:
            lines += described(change)
        if len(self.changes) > SHOWN:
            lines.append(f"… and {len(self.changes) - SHOWN} more.")
        for kind, word in WORDS.items():
            if any(change.kind == kind for change in self.changes):
                lines.append(f"{word}: {self.summary(kind)}")
        lines.append(f"{slug}: {'updated' if self.written else 'nothing was written'}.")
        return lines

    def summary(self, kind: str) -> str:
        """Return the counts of one kind of change: 1 process, 4 sides and 5 issues."""
        counts = self.counts(kind)
        parts = [f"{counts[model]:,} {nouns[counts[model] > 1]}" for model, nouns in NOUNS.items() if counts[model]]
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def described(change: Change) -> list[str]:
    """Return a change in a line, and one more for each field that differs."""
    lines = [f"{WORDS[change.kind]}: {label(change.row)}"]
    if change.last_write:
        lines.append(f"    last written {change.last_write}")
    names = {attribute: name for name, attribute in FIELDS[type(change.row)].items()}
    for name, (old, new) in change.fields.items():
        lines.append(f"    {names.get(name, name)}: {difference(old, new)}")
    return lines


def label(row: Any) -> str:
    """Return how people would name a row."""
    if isinstance(row, StatusEvent):
        return f'step "{row.status}" of {row.occurred_on} of {row.compromise.code}'
    if isinstance(row, CompromiseLink):
        return f"link {row.source.code} {row.get_kind_display().lower()} {row.target.code}"
    if isinstance(row, Citation):
        return f"citation [{row.order}] of {label(row.position or row.compromise or row.status_event)}"
    if isinstance(row, Compromise):
        return f'compromise {row.code} "{row.slug}"'
    return f'{NOUNS[type(row)][0]} "{row.slug}"'


def difference(old: object, new: object) -> str:
    """Return two values side by side; of long texts the part around the first difference."""
    if isinstance(old, str) and isinstance(new, str):
        shorter = min(len(old), len(new))
        alike = next((i for i in range(shorter) if old[i] != new[i]), shorter)
        start = max(0, alike - WIDTH // 3) if max(len(old), len(new)) > WIDTH else 0
        old, new = (("…" if start else "") + text[start:] for text in (old, new))
    elif isinstance(old, dict) and isinstance(new, dict):
        return ", ".join(key for key in old | new if old.get(key) != new.get(key)) + " changed"
    return f"{shown(old)} → {shown(new)}"


def shown(value: object) -> str:
    """Return a value of the record in a few words."""
    if isinstance(value, Model):
        return label(value)
    if isinstance(value, dict | list):
        return f"{len(value)} entries"
    return "nothing" if value is None else quoted(value) if isinstance(value, str) else str(value)
