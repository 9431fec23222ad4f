"""Read a process document from a file. The content is untrusted: nothing in it is run, built or expanded."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import yaml

from .faults import Unreadable

LARGEST = 50 * 1024 * 1024
DEEPEST = 50  # levels; a real document has six
SCALARS = (
    (re.compile(r"|~|null|Null|NULL"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


class Repeating(dict):
    """A mapping whose source gave some fields twice; `repeated` names them. The checks report it."""

    def __init__(self, pairs):
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.repeated = [name for name, count in counts.items() if count > 1]


def mapping(pairs: list) -> dict:
    """Return the pairs as a dict, one that remembers repeated names where there are any."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeating(pairs)


def read(path: str | os.PathLike) -> object:
    """Return what a JSON or YAML file holds, as dicts, lists, texts and numbers; dates stay texts.

    What begins with { or [ is JSON, anything else YAML (1.2: yes, no, on and off are texts). Raises Unreadable with
    one sentence that names the file and, for a slip in its syntax, the line and column.
    """
    name = shown(path)
    return parse(fetch(path, name), name)


def parse(data: bytes, name: str) -> object:
    """Return what the bytes of a JSON or YAML file hold, as `read` does; `name` is what faults call it."""
    text = decode(data, name)
    if not text.strip():
        raise Unreadable(f"{name} is empty. A process document begins with the section “process”.")
    return from_json(text, name) if text.lstrip()[0] in "{[" else from_yaml(text, name)


def shown(path: str | os.PathLike) -> str:
    """Return a path as text that any terminal and database can take."""
    return os.fsencode(path).decode("utf-8", "replace").replace("\0", "�")


def fetch(path, name: str) -> bytes:
    """Return the bytes of a file, at most LARGEST."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise Unreadable(f"There is no file {name}. Check the path.") from None
    except IsADirectoryError:
        raise Unreadable(f"{name} is a folder. Name the file inside it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unreadable(f"{name} cannot be read: {reason}.") from None
    if len(data) > LARGEST:
        raise Unreadable(f"{name} is larger than {LARGEST // 1024**2} MB, the most that is read.")
    return data


def decode(data: bytes, name: str) -> str:
    """Return the bytes as text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"{name} is not UTF-8 text: see line {line}. Save it with the encoding UTF-8.") from None


def from_json(text: str, name: str) -> object:
    """Return what a JSON text holds."""
    try:
        return json.loads(text, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"{name} is not valid JSON: {place}: {error.msg[0].lower()}{error.msg[1:]}.") from None
    except RecursionError:
        raise Unreadable(too_deep(name)) from None
    except ValueError:  # the one other fault of the parser: digits beyond what Python turns into a number
        raise Unreadable(f"{name} holds a number with too many digits.") from None


def from_yaml(text: str, name: str) -> object:
    """Return what a YAML text holds, built from the parser's events, which never run or expand anything."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return build(yaml.parse(text, Loader=loader), name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{position(mark)}: " if mark else ""
        start = f" ({error.context} from {position(error.context_mark)} on)" if error.context_mark else ""
        raise Unreadable(f"{name} is not valid YAML: {place}{error.problem or 'it breaks off'}{start}.") from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise Unreadable(f"{name} is not valid YAML: {reason}.") from None


def build(events, name: str) -> object:
    """Return the one value that YAML events describe. A stack of open containers stands in for recursion."""
    roots: list = []
    stack: list[tuple[type, list]] = [(list, roots)]  # a mapping is first a list of names and values by turns
    for event in events:
        kind, parts = stack[-1]
        if isinstance(event, yaml.NodeEvent):
            plain(event, name)
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(stack) > DEEPEST:
                raise Unreadable(too_deep(name))
            stack.append((list if isinstance(event, yaml.SequenceStartEvent) else dict, []))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            stack.pop()
            stack[-1][1].append(parts if kind is list else pairs(parts, event, name))
        elif isinstance(event, yaml.ScalarEvent):
            names_field = kind is dict and len(parts) % 2 == 0
            parts.append(event.value if names_field else scalar(event, name))
    if len(roots) != 1:
        raise Unreadable(f"{name} holds {len(roots)} YAML documents. Give each process a file of its own.")
    return roots[0]


def pairs(parts: list, event, name: str) -> dict:
    """Return a mapping from its names and values by turns."""
    if not all(isinstance(part, str) for part in parts[::2]):
        raise Unreadable(f"{name}: {position(event.start_mark)}: the name of a field must be a text.")
    return mapping(list(zip(parts[::2], parts[1::2], strict=True)))


def plain(event, name: str):
    """Refuse what a process document has no use for and what could make a small file expand without end."""
    if getattr(event, "anchor", None):
        feature = f"the anchor or alias “{event.anchor}”; write the value out"
    elif getattr(event, "tag", None) not in (None, "!"):
        feature = f"the tag “{event.tag}”; write the value without it"
    else:
        return
    raise Unreadable(f"{name}: {position(event.start_mark)}: a process document cannot hold {feature}.")


def scalar(event, name: str):
    """Return the value of an unquoted YAML word, by the core rules of YAML 1.2; anything quoted is a text."""
    if event.implicit[0]:
        for pattern, make in SCALARS:
            if pattern.fullmatch(event.value):
                try:
                    return make(event.value)
                except ValueError:
                    place = position(event.start_mark)
                    raise Unreadable(f"{name}: {place}: a number with too many digits.") from None
    return event.value


def position(mark) -> str:
    """Return where a YAML mark points, counted from 1."""
    return f"line {mark.line + 1}, column {mark.column + 1}"


def too_deep(name: str) -> str:
    return f"{name} is nested too deeply: a process document has no more than {DEEPEST} levels."
