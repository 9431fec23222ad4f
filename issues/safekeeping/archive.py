"""The file: a ZIP archive with a manifest and one part a table, and at its very end the SHA-256 of all before it."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .faults import Refused

MANIFEST = "manifest.json"
MARK = b"SHA-256 of all before: "
LENGTH = 64
PIECE = 1 << 20


@contextmanager
def writing(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open an archive to be written into an open file, and seal it when the block ends."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        yield archive
        archive.comment = MARK + b"0" * LENGTH
    seal = sealed(file)
    file.seek(-LENGTH, os.SEEK_END)
    file.write(seal)


@contextmanager
def reading(path: str | os.PathLike) -> Iterator[zipfile.ZipFile]:
    """Open an archive of which every byte is as it was written; raise Refused otherwise."""
    try:
        with Path(path).open("rb") as file:
            start, size = file.read(2), file.seek(0, os.SEEK_END)
            if start != b"PK" or size < LENGTH:
                raise Refused(f"{path} is no backup, or its beginning is lost.")
            seal = sealed(file)
            if file.read() != seal:
                raise Refused(f"{path} is damaged: its content does not fit its seal. Take another copy of it.")
            with zipfile.ZipFile(file) as archive:
                yield archive
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from None
    except (zipfile.BadZipFile, NotImplementedError) as error:  # the second: packed in a way zipfile knows not
        raise Refused(f"{path} is no backup: {error}.") from None


def sealed(file: BinaryIO) -> bytes:
    """Return the seal that belongs at the end of a file, and leave the file at that place."""
    left = file.seek(0, os.SEEK_END) - LENGTH
    file.seek(0)
    digest = hashlib.sha256()
    while left:
        piece = file.read(min(PIECE, left))
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest().encode()


def part(table: str) -> str:
    """Return the name under which an archive holds a table."""
    return f"{table}.jsonl"
