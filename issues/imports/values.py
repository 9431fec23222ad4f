"""Turn cells into what a process document would hold, by the rules of its published schema."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import CharField
from jsonschema import Draft202012Validator

from ..documents.rules import is_address
from ..documents.shape import formats, is_date, sentences
from . import evidence
from .columns import ALWAYS
from .genres import GENRES
from .kinds import Field, Kind, simple

DATES = {"date", "as_of"}
ISO_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}.*")
PART_OF_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?")
DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>]+)", re.ASCII)
WORD = re.compile(r"\w+")
NUMBER = re.compile(r"C?([0-9]{1,10})(?:\.0)?", re.IGNORECASE)

Parse = Callable[[str], Any]


class Unfit(ValueError):
    """A cell does not fit its field; the text says why."""


class Reader:
    """Reads the rows of a table by a mapping. `names` are {field: {name of a row, in small letters: its slug}}."""

    def __init__(self, kind: Kind, mapping: Mapping[str, int | str], names: Mapping[str, Mapping[str, str]]):
        self.kind, self.steps, self.always = kind, [], {}
        for name, source in mapping.items():
            field = kind.fields[name]
            if isinstance(source, str):
                self.always[name] = source.removeprefix(ALWAYS)
            else:
                self.steps.append((source, field, parse_of(kind, field, names.get(name))))

    def read(self, row: list[str]) -> tuple[dict[str, Any], list[str]]:
        """Return what a row says, as a document would hold it and without what is empty, and its faults."""
        values: dict[str, Any] = dict(self.always)
        faults = []
        for source, field, parse in self.steps:
            if cell := row[source]:
                try:
                    value = parse(cell)
                except Unfit as error:
                    faults.append(f"{field.label} {error}")
                else:
                    if value not in (None, "", []):
                        values[field.name] = value
        if evidence.LIST in self.kind.fields and not faults and (fault := evidence.gather(values)):
            faults.append(fault)
        for name in DATES & values.keys():
            if len(day := values[name]) < 10:
                values[name] = f"{day}-01-01"[:10]
                values.setdefault("precision", "year" if len(day) == 4 else "month")
        return values, faults


def parse_of(kind: Kind, field: Field, names: Mapping[str, str] | None) -> Parse:
    """Return the function that turns a cell into a value of a field, or raises Unfit."""
    schema = field.schema
    if field.name == evidence.LIST:
        return lambda cell: sources(cell, names or {})
    if names is not None:
        return lambda cell: named(cell, names)
    if "enum" in schema:
        return chosen(field)
    if field.name in DATES:
        return day
    if field.name == "doi":
        return lambda cell: doi(cell) or unfit(f"“{cell[:60]}” is not one, such as 10.1000/182")
    if "integer" in schema["type"]:
        return fitting(schema, whole)
    if "array" in schema["type"]:
        return lambda cell: [address(one) for one in dict.fromkeys(cell.split())]
    if schema.get("pattern", "").startswith("^https"):
        return address
    column = kind.model._meta.get_field(field.attribute) if field.attribute else None
    return fitting(schema, line if isinstance(column, CharField) else text)


def fitting(schema: Mapping[str, Any], parse: Parse) -> Parse:
    """Return a parser that holds its values to a schema; what surely fits is not looked at twice."""
    validator = Draft202012Validator(schema, format_checker=formats)
    longest = schema.get("maxLength", 10**9)
    pattern = re.compile(schema.get("pattern", ""))

    def parse_and_check(cell: str):
        value = parse(cell)
        if isinstance(value, str) and (not value or (len(value) <= longest and pattern.search(value))):
            return value
        for error in validator.iter_errors(value):
            unfit(next(sentence for _, sentence in sentences(error)))
        return value

    return parse_and_check


def line(cell: str) -> str:
    """Return a cell as a text on one line."""
    return " ".join(cell.split())


def text(cell: str) -> str:
    """Return a cell as a text with the line ends that the record keeps; empty where it says nothing."""
    return cell.replace("\r\n", "\n").replace("\r", "\n") if not cell.isspace() else ""


def whole(cell: str) -> int:
    """Return the number in a cell; C12 is 12."""
    found = NUMBER.fullmatch(cell.strip())
    return int(found[1]) if found else unfit(f"“{cell[:60]}” is not a whole number")


def day(cell: str) -> str:
    """Return a day in a cell as 2025-02-14, a month as 2025-02, a year as 2025."""
    cell = cell.strip()
    if found := ISO_MOMENT.fullmatch(cell):
        cell = found[1]
    if is_day(cell) or not cell:
        return cell
    if (part := PART_OF_DAY.fullmatch(cell)) and is_day(f"{part[1]}-{part[2] or '01'}-01"):
        return cell
    for form in ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(cell[:40], form).date().isoformat()
        except ValueError:
            continue
    return unfit(f"“{cell[:60]}” is not a day of the calendar. Write it as 2025-02-14, or 2025-02 for a month")


def is_day(cell: str) -> bool:
    """Tell whether a text is a day of the calendar, 2025-02-14."""
    try:
        return is_date(cell)
    except ValueError:
        return False


def address(cell: str) -> str:
    """Return a web address."""
    cell = cell.strip()
    if not cell or (len(cell) <= 1000 and is_address(cell)):
        return cell
    return unfit(f"“{cell[:60]}” is not a web address of at most 1,000 letters. Write it in full, with https://")


def doi(cell: str) -> str:
    """Return the DOI in a text, in small letters, or nothing."""
    found = DOI.search(cell)
    return found[1].rstrip(".,;)").lower() if found else ""


def words_of(title: str) -> list[str]:
    """Return the words of a title, in small letters and without signs."""
    return WORD.findall(title.casefold())


def chosen(field: Field) -> Parse:
    """Return the function that finds a value by itself or by its label."""
    known = {simple(word): value for value, label in field.choices for word in (label.partition(",")[0], label, value)}
    known = (GENRES if field.name == "kind" else {}) | known

    def find(cell: str) -> str:
        word = simple(cell)
        if word and word not in known:
            unfit(f"“{cell[:60]}” is not one of: {', '.join(value for value, _ in field.choices)}")
        return known.get(word, "")

    return find


def named(cell: str, names: Mapping[str, str]) -> str:
    """Return the slug of the row that a cell names by its slug or its name."""
    word = line(cell).casefold()
    if word and word not in names:
        unfit(f"“{cell[:60]}” is not in this process. Write its name, short name or address as it stands there")
    return names.get(word, "")


def sources(cell: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the citations in a cell."""
    try:
        return evidence.parse(cell, lambda text: named(text, names)) if cell.strip() else []
    except Unfit as error:
        return unfit(f"cite what is not on record: {error}")
    except ValueError as error:
        return unfit(str(error))


def unfit(sentence: str) -> Any:
    """Raise Unfit."""
    raise Unfit(sentence)
