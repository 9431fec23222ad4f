"""Restore a backup: all of it or nothing, and only what it held."""

import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from ..models import guards
from . import archive, tables
from .faults import Refused
from .manifest import Manifest, read

BATCH = 200


def restore(
    path: str | os.PathLike,
    *,
    replace: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Load a backup into a database without any row of its own, or without tables, and return its Manifest.

    With `replace`, all that the database holds is deleted first, in the same transaction. Afterwards the rows are read
    again, and must have the hash that the backup was made with. Where there are no tables, they are made as they were
    when the backup was, and brought up to date at the end. `progress` is called with (rows, rows to write).

    Raises Refused where the file is damaged or does not fit, and where the database is not empty and `replace` is not
    given; nothing is written then.
    """
    with archive.reading(path) as box:
        try:
            found = read(box.read(archive.MANIFEST))
        except KeyError:
            raise Refused(f"{path} is no backup: it has no manifest.") from None
        order = fitting(found)
        try:
            load(box, order, found, replace, progress)
        except DatabaseError as error:
            raise Refused(f"The database refused, and nothing was written: {error}") from error
    call_command("migrate", verbosity=0)
    return found


def fitting(found: Manifest) -> list[type[models.Model]]:
    """Return the models that a backup was made of, as its migrations know them; make their tables if there are none.

    Raises Refused where the tables are those of another release.
    """
    loader = tables.steps()
    # An earlier release names those, too, that replace several, where a later one was at its tables before.
    theirs, ours = set(found.migrations) - loader.replacements.keys(), tables.migrations()
    missing, further = sorted(theirs - ours), sorted(ours - theirs)
    if newer := [node for node in missing if node not in loader.graph.nodes]:
        name = ".".join(newer[0])
        raise Refused(
            f"This backup is of a newer release, {found.release} ({name}). Install that release, then restore it."
        )
    if further:
        name = ".".join(further[0])
        raise Refused(
            f"This backup is of an earlier release, {found.release}, before {name}. Restore it into a new database "
            "without tables: they are made as they were then, and brought up to date."
        )
    if ours and missing:
        name = ".".join(missing[-1])
        raise Refused(f"The tables here are older than this backup ({name}). Run migrate, then restore it.")
    last = [
        node
        for node in sorted(theirs)
        if not any(child.key in theirs and child.key[0] == node[0] for child in loader.graph.node_map[node].children)
    ]
    order = tables.held(loader.project_state(last).apps)
    if {part.table for part in found.parts} != {model._meta.label for model in order}:
        raise Refused(f"This backup holds other tables than release {found.release} has.")
    if missing:
        make(last, {node for node in loader.graph.leaf_nodes() if node[0] in {label for label, _ in theirs}})
    return order


def make(last: list[tuple[str, str]], present: set[tuple[str, str]]) -> None:
    """Make the tables as the last migrations of a backup left them, where there are none; `present` are those of today.

    Where nothing was applied Django takes one migration in place of the several that it replaces, and knows no way to
    some of them.
    """
    if set(last) == present:
        call_command("migrate", verbosity=0)
        return
    executor = MigrationExecutor(connection)
    executor.loader = tables.steps(connection)
    executor.migrate(last)
    call_command("migrate", *last[0], verbosity=0)  # for what follows migrations: permissions, guards


def load(
    box: zipfile.ZipFile,
    order: list[type[models.Model]],
    found: Manifest,
    replace: bool,
    progress: Callable[[int, int], None],
) -> None:
    """Write what an archive holds in one transaction, and read it again to be sure."""
    done = 0
    with transaction.atomic():
        alone(order)
        if occupied := [model for model in order if model._base_manager.exists()]:
            if not replace:
                names = ", ".join(str(model._meta.verbose_name_plural) for model in occupied[:4])
                raise Refused(
                    f"The database is not empty: it holds {names}. Restore into a new one, or give --replace to delete "
                    "all that it holds."
                )
            empty(order)
        for model in order:
            label = model._meta.label
            try:
                with box.open(archive.part(label)) as lines:
                    for rows in insert(model, lines):
                        done += rows
                        progress(done, found.rows)
            except (ValueError, KeyError, ValidationError, zipfile.BadZipFile) as error:
                raise Refused(f"The rows of {label} cannot be read: {error}. Nothing was written.") from error
        connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), order):
                cursor.execute(statement)
        stored = [tables.measured(model, tables.lines(model), lambda line: None) for model in order]
        if tables.content(stored) != found.content:
            wrong = ", ".join(part.table for part in stored if part not in found.parts) or "its content"
            raise Refused(f"This backup is damaged: {wrong} is not what its manifest says. Nothing was written.")
    progress(found.rows, found.rows)


def insert(model: type[models.Model], lines: Iterable[bytes]) -> Iterator[int]:
    """Write lines into a table, in batches, and yield the number of each after it was written."""
    names = [connection.ops.quote_name(field.column) for field in tables.columns(model)]
    table, places = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
    read, lines = tables.reader(model), iter(lines)
    with connection.cursor() as cursor:
        while batch := [read(line) for line in islice(lines, BATCH)]:
            cursor.executemany(statement, batch)
            yield len(batch)


def alone(order: list[type[models.Model]]) -> None:
    """Keep writers out until the transaction ends; SQLite has let nobody else in since it began."""
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in order)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def empty(order: list[type[models.Model]]) -> None:
    """Delete every row that a backup holds, and who is signed in.

    The one place where the record of changes is deleted: the guards go and come back in the transaction of the restore.
    """
    guards.drop()
    with connection.cursor() as cursor:
        for model in [*tables.passing(), *reversed(order)]:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
    connection.check_constraints()  # which PostgreSQL has put off so far, and asks for before it makes a trigger
    guards.install()
