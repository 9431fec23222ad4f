"""What every file says of itself: what it holds, of which day and version, and where it came from."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class About:
    """What a file holds. `filters` are (label, value) in words; `as_of` is a moment as an address writes it, or empty.

    `address` is where the file came from, `page` where people read the same, `made` the day it was written on; None
    where that is not to be part of it. `more` are further (name, text), for people.
    """

    title: str
    process: str
    address: str
    page: str
    version: int
    made: date | None
    filters: tuple[tuple[str, str], ...] = ()
    on: date | None = None
    as_of: str = ""
    note: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return it as (name, text), each text on one line."""
        pairs = [("Holds", self.title if self.process in self.title else f"{self.title}, from {self.process}")]
        pairs += [(f"Filter, {label.lower()}", value) for label, value in self.filters]
        if self.on:
            pairs.append(("On", f"{self.on}: what was held, or had happened, by that day"))
        if self.as_of:
            pairs.append(("As of", f"{self.as_of}: what this tracker had recorded by that moment"))
        pairs.append(("Data version", str(self.version)))
        if self.made:
            pairs.append(("Written on", str(self.made)))
        pairs += [("Address", self.address), ("Page", self.page), *self.more]
        if self.note:
            pairs.append(("Note", self.note))
        return [(name, " ".join(text.split())) for name, text in pairs]

    @property
    def source(self) -> str:
        """Return it as one sentence, for a field of a reference."""
        said = "; ".join(f"{name.lower()} {text}" for name, text in self.pairs[1:] if name != "Page")
        return f"{self.pairs[0][1]}; {said}"

    @property
    def data(self) -> dict:
        """Return it as JSON holds it."""
        found = {"title": self.title, "process": self.process, "filters": [list(pair) for pair in self.filters]}
        found |= {"on": str(self.on) if self.on else None, "as_of": self.as_of or None, "version": self.version}
        found |= {"written_on": str(self.made)} if self.made else {}
        return found | {"address": self.address, "page": self.page}
