"""Insert rows at the database's price: Django's `bulk_create` takes twice the time."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.db import DEFAULT_DB_ALIAS, connections, models

PARAMETERS = 5_000  # of one statement; databases allow many more, and gain nothing by it


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
    types = ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)
    given = json.dumps([dict(zip(names, row, strict=True)) for row in values], default=in_json)
    return f"SELECT * FROM json_to_recordset(%s) AS given({types})", [given]  # noqa: S608


def in_json(value):
    """Return a date, a moment, or what stands in a column of JSON, as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value.obj


def columns(meta, names: Iterable[str]) -> list[str]:
    """Return the columns of fields, as SQL names them."""
    return [f'"{meta.get_field(name).column}"' for name in names]
