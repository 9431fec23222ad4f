"""A file as a table: columns by their names, rows of texts, and the limits that every file keeps to."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..analysis.prose import UNPRINTABLE
from .faults import File

MOST = 50_000  # rows
WIDEST = 200  # columns
LONGEST = 1_000_000  # letters of a cell
NAME = re.compile(r"\s+")


@dataclass(frozen=True)
class Table:
    """What a file holds. `noun` is what it calls its rows, `numbers` are the lines, rows or entries that they begin at.

    Every row has as many cells as there are columns.
    """

    noun: str
    columns: list[str]
    numbers: list[int]
    rows: list[list[str]]

    def packed(self) -> list:
        """Return the table as JSON holds it."""
        return [self.noun, self.columns, self.numbers, self.rows]


def of_records(file: File, noun: str, records: Iterable[tuple[int, dict[str, Any]]]) -> Table:
    """Return records, each with its number, as a table; its columns are their fields in the order of first use."""
    places: dict[str, int] = {}
    numbers, rows = [], []
    for number, record in records:
        row = [""] * len(places)
        for name, value in record.items():
            text = value if isinstance(value, str) else text_of(value)
            at = places.setdefault(name, len(places))
            if len(places) > WIDEST:
                raise file.refuse(f"{noun} {number}", f"there are more than {WIDEST} fields. {FEWER}")
            if at >= len(row):
                row += [""] * (at + 1 - len(row))
            row[at] = text
        numbers.append(number)
        rows.append(row)
        if len(rows) > MOST:
            raise too_many(file)
    for row in rows:
        row += [""] * (len(places) - len(row))
    return checked(file, Table(noun, list(places), numbers, rows))


def of_lines(file: File, noun: str, lines: Iterable[tuple[int, list[str]]]) -> Table:
    """Return the lines of a spreadsheet, each with its number, as a table; the first with words is its head."""
    said = ((number, line) for number, line in lines if any(cell.strip() for cell in line))
    top, head = next(said, (1, []))
    if not head:
        raise file.refuse("", "the file is empty. Its first row names the columns, and each row after it is one entry.")
    columns = list(headed(file, noun, top, head))
    numbers, rows = [], []
    for number, line in said:
        if len(line) > len(columns):
            if any(cell.strip() for cell in line[len(columns) :]):
                sentence = f"there are {len(line)} cells under {len(columns)} column names. "
                raise file.refuse(f"{noun} {number}", sentence + "Put texts with separators in them between quotes.")
            del line[len(columns) :]
        numbers.append(number)
        rows.append(line + [""] * (len(columns) - len(line)))
        if len(rows) > MOST:
            raise too_many(file)
    return checked(file, Table(noun, columns, numbers, rows))


def headed(file: File, noun: str, number: int, head: list[str]) -> Iterator[str]:
    """Yield the names of the columns; those after the last name are none."""
    while head and not head[-1].strip():
        head.pop()
    if len(head) > WIDEST:
        raise file.refuse(f"{noun} {number}", f"there are {len(head):,} columns; at most {WIDEST} are read. {FEWER}")
    seen: set[str] = set()
    for place, cell in enumerate(head, start=1):
        name = NAME.sub(" ", cell).strip()
        if len(name) > 200:
            raise file.refuse(f"{noun} {number}", f"the name of column {place} has more than 200 letters. {SHORTER}")
        if name and name.casefold() in seen:
            raise file.refuse(f"{noun} {number}", f"two columns are named “{name[:60]}”. Give each its own name.")
        seen.add(name.casefold())
        yield name or f"Column {place}"


def checked(file: File, table: Table) -> Table:
    """Return a table, and refuse one without rows or with what no text needs."""
    if not table.rows:
        raise file.refuse(
            "", f"there is no {table.noun} in the file below the names. Add at least one, or take another."
        )
    for number, row in zip(table.numbers, table.rows, strict=True):
        for name, cell in zip(table.columns, row, strict=True):
            if len(cell) > LONGEST:
                sentence = f"“{name[:60]}” has {len(cell):,} letters; at most {LONGEST:,} are read. Shorten it."
                raise file.refuse(f"{table.noun} {number}", sentence)
            if sign := UNPRINTABLE.search(cell):
                sentence = (
                    f"“{name[:60]}” holds the character U+{ord(sign.group()):04X}, which no text needs. Take it out."
                )
                raise file.refuse(f"{table.noun} {number}", sentence)
    return table


def too_many(file: File):
    """Return what to raise for a file with too many rows."""
    return file.refuse("", f"there are more than {MOST:,} rows. Bring them in several files.")


def text_of(value: Any) -> str:
    """Return a value of a record as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


FEWER = "Keep the columns that are to be read, and delete the others."
SHORTER = "Make sure that the first row holds the names of the columns."
