"""What a backup says of itself: which format, which release, which tables, and the hash of it all."""

import json
import tomllib
from dataclasses import asdict, dataclass

from django.conf import settings

from .faults import Refused
from .tables import Part

FORMAT, VERSION = "peacetracker backup", 1


@dataclass(frozen=True)
class Manifest:
    """`content` is the hash of all rows, the same on every database; `migrations`, those that made the tables."""

    made_at: str
    release: str
    database: str
    migrations: list[tuple[str, str]]
    parts: list[Part]
    content: str

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables."""
        return sum(part.rows for part in self.parts)

    def as_json(self) -> bytes:
        """Return the text that the backup holds."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1).encode()


def read(text: bytes) -> Manifest:
    """Return the manifest that a text holds; raise Refused where it is of another format."""
    try:
        found = json.loads(text)
        if found.pop("format") != FORMAT:
            raise Refused("This is no backup of Peacetracker.")
        if (version := found.pop("version")) != VERSION:
            raise Refused(
                f"This backup has the format {version}, and this release reads format {VERSION}. "
                f"Restore it with the release that made it: {found.get('release')}."
            )
        parts = [Part(**part) for part in found.pop("parts")]
        applied = [(label, name) for label, name in found.pop("migrations")]
        return Manifest(**found, parts=parts, migrations=applied)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(f"The manifest of this backup cannot be read: {error}.") from error


def release() -> str:
    """Return the version of this program."""
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
