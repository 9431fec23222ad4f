"""Write at the database's price: Django's `bulk_create` takes twice the time, and each statement is a way there."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

PARAMETERS = 5_000  # of one statement; databases allow many more, and gain nothing by it


@contextmanager
def sent_together() -> Iterator[None]:
    """Send statements to PostgreSQL without waiting for the answer of each: only what is read is waited for.

    What fails is raised at the next reading, or at the end. Inside, a statement does not know how many rows it changed.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql" or not connection.Database.capabilities.has_pipeline():
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def insert(rows: Sequence[models.Model], *, once: Sequence[str] = (), anew: Iterable[str] = ()) -> None:
    """Insert rows of one model as they stand, without their keys. One SQL statement for some hundreds.

    No two rows may be equal in the fields `once`: of one that is there already only the fields `anew` are written.
    """
    conflict = ""
    if once and rows:
        meta = rows[0]._meta
        written = ", ".join(f"{one} = excluded.{one}" for one in columns(meta, anew))
        does = f"UPDATE SET {written}" if written else "NOTHING"
        conflict = f" ON CONFLICT ({', '.join(columns(meta, once))}) DO {does}"
    for _ in executed(rows, conflict):
        pass


def create(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model as they stand, and give them their keys. One SQL statement for some hundreds."""
    for field in rows[0]._meta.concrete_fields if rows else ():
        if field.is_relation:  # to what may have got its own key only since
            for row in rows:
                if field.is_cached(row) and (other := getattr(row, field.name)):
                    setattr(row, field.attname, other.pk)
    keys = (key for found in executed(rows, " RETURNING id") for (key,) in found)
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, DEFAULT_DB_ALIAS


def update(row: models.Model, version: int, changes: Mapping[str, Any]) -> bool:
    """Set fields of a row, by their names, and count its version up, if that is `version`; tell whether it was."""
    connection, meta = connections[DEFAULT_DB_ALIAS], row._meta
    given = []
    for name, value in changes.items():
        given.append(meta.get_field(name).get_db_prep_save(getattr(value, "pk", value), connection))
    names = ", ".join(f"{one} = %s" for one in columns(meta, changes))
    statement = f'UPDATE "{meta.db_table}" SET {names}, version = version + 1 WHERE id = %s AND version = %s'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, row.pk, version])
        return cursor.rowcount == 1


def executed(rows: Sequence[models.Model], ending: str) -> Iterator[list[tuple]]:
    """Insert rows by statements with an ending, and yield what each of them returns."""
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    names = ", ".join(columns(meta, (field.name for field in fields)))
    size = PARAMETERS // len(fields)
    with connection.cursor() as cursor:
        for at in range(0, len(rows), size):
            values = zip(*(prepared(rows[at : at + size], field, connection) for field in fields), strict=True)
            source, given = (of_json if connection.vendor == "postgresql" else of_values)(fields, values, connection)
            cursor.execute(f'INSERT INTO "{meta.db_table}" ({names}) {source}{ending}', given)
            yield cursor.fetchall() if cursor.description else []


def prepared(rows: Sequence[models.Model], field: models.Field, connection) -> list:
    """Return the values of a field as its database takes them; most are so already."""
    if isinstance(field, models.CharField | models.TextField):
        native = str
    else:
        native = int if isinstance(field, models.IntegerField | models.ForeignKey) else type(None)
    found = (getattr(row, field.attname) for row in rows)
    return [one if one is None or type(one) is native else field.get_db_prep_save(one, connection) for one in found]


def of_values(fields: Sequence[models.Field], values: Iterable[tuple], connection) -> tuple[str, list]:
    """Return rows of values as a part of a statement, with its parameters."""
    given = [value for row in values for value in row]
    one = f"({', '.join(['%s'] * len(fields))})"
    return f"VALUES {', '.join([one] * (len(given) // len(fields)))}", given


def of_json(fields: Sequence[models.Field], values: Iterable[tuple], connection) -> tuple[str, list]:
    """Return the same as one parameter: PostgreSQL's driver spends more on a thousand than the database on its rows."""
    names = [field.column for field in fields]
    given = json.dumps([dict(zip(names, row, strict=True)) for row in values], default=in_json)
    return f"SELECT * FROM json_to_recordset(%s) AS given({typed(*fields)})", [given]  # noqa: S608


@cache
def typed(*fields: models.Field) -> str:
    """Return the columns of fields with their types, as SQL names them; asking Django takes a tenth of a save."""
    connection = connections[DEFAULT_DB_ALIAS]
    return ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)


def in_json(value):
    """Return a date, a moment, or what stands in a column of JSON, as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value.obj


def columns(meta, names: Iterable[str]) -> list[str]:
    """Return the columns of fields, as SQL names them."""
    return [f'"{meta.get_field(name).column}"' for name in names]
