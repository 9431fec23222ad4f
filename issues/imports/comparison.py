"""What each row of a file would do to the record: new, changed, same, or faulty, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..models import Process
from .columns import Mapping
from .kinds import Kind
from .matching import Match, Stored
from .tables import Table
from .values import Reader

NEW, CHANGED, SAME, FAULTY = "new", "changed", "same", "faulty"
MOST_FAULTS = 5  # of a row that are said


@dataclass
class Finding:
    """What one row would do. `values` is what it says, `changes` {field: (what is stored, what it says)}.

    `pk` is the key of the row on record that it stands for; `notes` are sentences on why. A row that is `doubtful` may
    be another one on record, and is not ticked by itself.
    """

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    pk: int | None = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    doubtful: bool = False

    @property
    def says(self) -> dict[str, Any]:
        """Return what is written of the row: all that it says if it is new, else what differs."""
        return self.values if self.kind == NEW else {name: new for name, (_, new) in self.changes.items()}

    @property
    def is_open(self) -> bool:
        """Tell whether the row can be written."""
        return self.kind in (NEW, CHANGED)

    @property
    def is_ticked(self) -> bool:
        """Tell whether the row is to be written unless a person says otherwise."""
        return self.is_open and not self.doubtful


def compare(process: Process, kind: Kind, table: Table, mapping: Mapping) -> Iterator[Finding]:
    """Yield what each row of a table would do, in its order. The number of SQL queries is fixed."""
    stored = Stored(process, kind, mapping)
    reader = Reader(kind, mapping, stored.names)
    for number, row in zip(table.numbers, table.rows, strict=True):
        yield find(kind, stored, table.noun, number, *reader.read(row))


def find(kind: Kind, stored: Stored, noun: str, number: int, values: dict, faults: list[str]) -> Finding:
    """Return what one row would do."""
    said = f"{noun} {number}"
    match = stored.match(values, said) if not faults else Match()
    if match.fault:
        faults = [match.fault]
    elif not faults and match.pk is None and not match.twin:
        faults = [f"{one.label} is missing" for one in kind.required if one.name not in values]
        faults += stored.lacks(values)
    if faults:
        return Finding(FAULTY, values, notes=[f"{fault.rstrip('.')}." for fault in faults[:MOST_FAULTS]])
    if match.twin:
        return Finding(SAME, values, notes=[f"{match.why} as {match.twin}; only the first of them counts."])
    if match.pk is None:
        return Finding(NEW, values, notes=match.notes, doubtful=match.doubtful)
    if fault := stored.moved(match, values):
        return Finding(FAULTY, values, notes=[f"{fault}."])
    changes = stored.changes(match, values)
    why = [f"{match.why} as on record."] if match.why else []
    return Finding(CHANGED if changes else SAME, values, match.pk, changes, why + match.notes)
