"""Write a file whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


class NotWritten(Exception):
    """The file could not be written; the text says why, and what stood there stands there still."""


@contextmanager
def whole(path: str | os.PathLike, *, force: bool = False) -> Iterator[BinaryIO]:
    """Open a file for its owner alone that takes its name when the block ends without a fault, and only then.

    Raises NotWritten where a file of that name is there and `force` is not given, and where the disk refuses.
    """
    target = Path(path)
    if target.is_dir():
        raise NotWritten(f"{target} is a folder. Name the file to write inside it.")
    if target.exists() and not force:
        raise NotWritten(f"{target} is there already. Choose another name, or write over it with --force.")
    try:
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise refused(target, error) from None
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise refused(target, error) from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def refused(target: Path, error: OSError) -> NotWritten:
    """Return what to say when the disk refuses."""
    return NotWritten(f"{target} cannot be written: {error.strerror or error}.")
