"""What can be wrong with a process document, and how it is said: the place, the fault, a hint."""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

SHOWN = 200  # faults (or changes) that are listed; the rest are counted
CUT = 60  # characters of a value that are quoted back


class DocumentError(ValueError):
    """A process document that cannot be loaded; its text says why, and nothing was written."""


class Unreadable(DocumentError):
    """The file is no JSON or YAML document that can be read."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where."""

    path: tuple[str | int, ...]
    sentence: str

    @property
    def place(self) -> str:
        """Return the path as people write it: positions[12].side; list items count from 0."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{cut(step)}" for step in self.path)
        return text.removeprefix(".") or "document"

    def __str__(self):
        return f"{self.place}: {self.sentence}"


class Faulty(DocumentError):
    """The document has faults: `faults`, in the order of the document."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = list(faults)
        count = len(self.faults)
        lines = [f"{count} fault{'s' if count > 1 else ''}; nothing was written.", *map(str, self.faults[:SHOWN])]
        if count > SHOWN:
            lines.append(f"… and {count - SHOWN} more.")
        super().__init__("\n".join(lines))


def near(word: object, known: Collection[str]) -> str:
    """Return “; did you mean …?” for the known word nearest to a wrong one, or nothing."""
    matches = difflib.get_close_matches(str(word)[:200], known, n=1)
    return f'; did you mean "{matches[0]}"?' if matches else ""


def cut(text: str) -> str:
    """Return a text fit to be quoted in one line: shortened, and without what no terminal should be sent."""
    text = "".join(sign if sign.isprintable() else "�" for sign in text[: CUT + 1])
    return text if len(text) <= CUT else text[:CUT] + "…"


def quoted(value: object) -> str:
    """Return a value of a document as a sentence would name it."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{cut(value)}"'
    if isinstance(value, int) and abs(value) >= 10**20:
        return "a number far too large"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    return "a set of fields" if isinstance(value, dict) else f"a {type(value).__name__}"
