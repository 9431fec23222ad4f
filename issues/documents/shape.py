"""Compare a document with the published schema, and say every difference in words."""

import copy
import json
import math
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from ..analysis.prose import UNPRINTABLE
from .faults import Fault, near, quoted
from .reading import DEEPEST

SCHEMA = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
LAST_YEAR = 9998  # so that pages can count on a next day

KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "object": "a set of fields",
    "array": "a list",
    "null": "null",
}
TWICE = "is given twice; keep one of the two"
NO_NAME = "is not a name that a field can have"
TOO_DEEP = f"is nested too deeply: a process document has no more than {DEEPEST} levels"

formats = FormatChecker(())


@formats.checks("date", raises=ValueError)
def is_date(value) -> bool:
    """Tell whether a text is a day of the calendar, YYYY-MM-DD."""
    if not isinstance(value, str):
        return True
    return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)) and date.fromisoformat(value).year <= LAST_YEAR


VALIDATOR = Draft202012Validator(SCHEMA, format_checker=formats)


def compare(document: Any) -> tuple[list[Fault], dict]:
    """Return the faults of a document's shape, and the document without what is faulty.

    What the second holds has the types that the schema asks for, so that later checks can rely on them.
    """
    found = list(unstorable(document, ()))
    if any(fault.sentence in (TOO_DEEP, NO_NAME) for fault in found):
        return found, {}
    bad = {fault.path for fault in found if fault.sentence != TWICE}
    reported = frozenset(bad)
    for error in VALIDATOR.iter_errors(document):
        path = tuple(error.absolute_path)
        if path in reported:
            continue
        if error.validator not in ("required", "additionalProperties"):
            bad.add(path)
        found += [Fault(path + extra, sentence) for extra, sentence in sentences(error)]
    return list(dict.fromkeys(found)), without(document, bad) if bad else document


def unstorable(value: object, path: tuple) -> Iterator[Fault]:
    """Yield what no field can hold, wherever it is: control characters, half characters, NaN, a field given twice."""
    if isinstance(value, str):
        if sign := UNPRINTABLE.search(value):
            yield Fault(path, f"holds the character U+{ord(sign.group()):04X}, which no text needs; take it out")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield Fault(path, f"{value} is not a number that can be stored")
    elif isinstance(value, dict | list):
        if len(path) >= DEEPEST:
            yield Fault(path[:6], TOO_DEEP)
            return
        for name in getattr(value, "repeated", ()):
            yield Fault((*path, name), TWICE)
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(value, dict) and (not isinstance(key, str) or UNPRINTABLE.search(key)):
                yield Fault((*path, str(key)), NO_NAME)
            else:
                yield from unstorable(inner, (*path, key))
    elif value is not None and not isinstance(value, int):
        yield Fault(path, f"{quoted(value)} is not something that JSON can hold")


def sentences(error) -> Iterator[tuple[tuple, str]]:
    """Yield what a schema error means: (the rest of its path, the sentence)."""
    value, rule, schema = error.instance, error.validator_value, error.schema
    about = schema.get("description", "")
    match error.validator:
        case "required":
            for name in rule:
                if name not in value:
                    yield (name,), f"is missing; every {noun(error)} has it"
        case "additionalProperties":
            for name in value:
                if name not in schema["properties"]:
                    yield (name,), "is not a field of this format" + near(name, schema["properties"])
        case "type":
            allowed = " or ".join(KINDS[kind] for kind in ([rule] if isinstance(rule, str) else rule))
            yield (), f"should be {allowed}, not {quoted(value)}" + (f". {about}" if about else "")
        case "enum":
            yield (), f"{quoted(value)} is not one of {', '.join(rule)}{near(value, rule)}"
        case "pattern":
            empty = isinstance(value, str) and not value.strip()
            remedy = "leave it out or write null" if "null" in schema["type"] else "it needs a text"
            yield (), f"is empty; {remedy}" if empty else f"{quoted(value)} does not fit. {about}"
        case "format":
            yield (), f"{quoted(value)} is not a day of the calendar{day_hint(value)}"
        case "maxLength":
            yield (), f"has {len(value)} characters, {len(value) - rule} more than fit; at most {rule}"
        case "minimum" | "maximum":
            low, high = schema.get("minimum"), schema.get("maximum")
            yield (), f"{quoted(value)} is not between {low} and {high}"
        case "minItems":
            yield (), f"is empty. {about}"
        case "maxItems":
            yield (), f"has {len(value)} entries; at most {rule}. {about}"
        case _:
            yield (), f"{quoted(value)} does not fit the published format"


def noun(error) -> str:
    """Return what has the fields that an error is about: the document, or an entry of a section."""
    steps = [step for step in error.absolute_path if isinstance(step, str)]
    return f"entry of “{steps[-1]}”" if steps else "document"


def day_hint(text: str) -> str:
    """Return how to write a date that was not understood."""
    if match := re.fullmatch(r"([0-9]{4})(?:-([0-9]{2}))?", text):
        precision = "month" if match[2] else "year"
        return f'; write "{match[1]}-{match[2] or "01"}-01" and the precision "{precision}"'
    return "; write it YYYY-MM-DD"


def without(document: object, paths: set[tuple]) -> dict:
    """Return a copy of a document with None in place of the values at some paths."""
    if () in paths or not isinstance(document, dict):
        return {}
    document = copy.deepcopy(document)
    for path in sorted(paths, key=len, reverse=True):
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = None
    return document
