"""Take a backup: one moment of the whole database, while others go on writing."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils import timezone

from . import archive, manifest, tables

COPY = "standing still"
SHOWN = 1_000  # rows between two signs of progress


def take(file: BinaryIO, folder: Path, progress: Callable[[int, int], None] = lambda done, total: None):
    """Write a backup of the database into an open file, and return its Manifest.

    `folder` has room for a copy of the database, which SQLite needs for as long as it takes. `progress` is called with
    (rows written, rows to write). Memory does not grow with the number of rows.
    """
    with standing_still(folder) as using, archive.writing(file) as box:
        models, parts, done = tables.held(), [], 0
        total = sum(model._base_manager.using(using).count() for model in models)
        for model in models:
            with box.open(archive.part(model._meta.label), "w", force_zip64=True) as part:

                def sink(line: bytes, write=part.write):
                    nonlocal done
                    write(line)
                    done += 1
                    if done % SHOWN == 0:
                        progress(done, total)

                parts.append(tables.measured(model, tables.lines(model, using), sink))
        found = manifest.Manifest(
            made_at=timezone.now().isoformat(),
            release=manifest.release(),
            database=connection.vendor,
            migrations=sorted(tables.migrations(using)),
            parts=parts,
            content=tables.content(parts),
        )
        box.writestr(archive.MANIFEST, found.as_json())
    progress(total, total)
    return found


@contextmanager
def standing_still(folder: Path) -> Iterator[str]:
    """Yield the alias of a database that nobody writes to: one moment of PostgreSQL, or a copy of a SQLite file.

    To read SQLite itself for so long would keep every writer waiting; its copy is made in one short step.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield DEFAULT_DB_ALIAS
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as beside:
        copy = Path(beside) / "copy.sqlite3"
        connection.ensure_connection()
        with closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)
        connections[COPY] = connection.copy()
        connections[COPY].settings_dict["NAME"] = str(copy)
        try:
            yield COPY
        finally:
            connections[COPY].close()
            del connections[COPY]
