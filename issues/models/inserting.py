"""Insert rows that nobody needs the keys of, at the database's price: Django's `bulk_create` takes twice the time."""

from collections.abc import Iterable, Sequence

from django.db import connection, models

PARAMETERS = 5_000  # of one statement; databases allow many more, and gain nothing by it


def insert(rows: Sequence[models.Model], *, once: Sequence[str] = (), anew: Iterable[str] = ()) -> None:
    """Insert rows of one model, with every column as it stands in them. One SQL statement for some hundreds.

    No two rows may be equal in the fields `once`: of one that stands already only the fields `anew` are written.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    conflict = ""
    if once:
        written = ", ".join(f"{one} = excluded.{one}" for one in columns(meta, anew))
        does = f"UPDATE SET {written}" if written else "NOTHING"
        conflict = f" ON CONFLICT ({', '.join(columns(meta, once))}) DO {does}"
    into = f'INSERT INTO "{meta.db_table}" ({", ".join(columns(meta, (field.name for field in fields)))}) VALUES '  # noqa: S608
    size = PARAMETERS // len(fields)
    holders = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        for at in range(0, len(rows), size):
            batch = rows[at : at + size]
            values = [
                field.get_db_prep_save(getattr(row, field.attname), connection) for row in batch for field in fields
            ]
            cursor.execute(into + ", ".join([holders] * len(batch)) + conflict, values)


def columns(meta, names: Iterable[str]) -> list[str]:
    """Return the columns of fields, as SQL names them."""
    return [f'"{meta.get_field(name).column}"' for name in names]
