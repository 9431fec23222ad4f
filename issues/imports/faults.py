"""Why a file is not taken, in one sentence: the file, the place in it, and the remedy."""

from dataclasses import dataclass


class Refused(ValueError):
    """The file is not taken; the text names it, the place and the remedy, and nothing was written."""


class Overtaken(Refused):
    """The record was changed since the preview was made; nothing was written."""


@dataclass(frozen=True)
class File:
    """A file by its name and content. `refuse` says what is wrong with it."""

    name: str
    data: bytes

    def refuse(self, place: str, remedy: str) -> Refused:
        """Return what to raise: “talks.csv, line 3: …”; without a place “talks.csv: …”."""
        return Refused(f"{self.name}, {place}: {remedy}" if place else f"{self.name}: {remedy}")
