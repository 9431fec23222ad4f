"""Shadows: what the tables of the record held after an earlier change, put before a query under the tables' own names.

A name that a query defines for itself (`WITH "issues_position" AS …`) hides the table of that name, so that the query
needs no word changed. No row is ever deleted, so every row of the past is found from the row that stands there now,
by one step into the index `snapshot_latest`: however many revisions there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models

from .changeset import Changeset
from .process import Process

# Whether a process may be seen, where, and whether it is closed, is asked of the present.
OF_THE_PRESENT = {"slug", "visibility", "archived_at", "retired_at", "retired_reason"}


@dataclass(frozen=True)
class Cut:
    """The state of a process after one of its changes; `withheld`: what has been retired since counts as retired."""

    changeset: Changeset
    withheld: bool

    def cast(self, connection, sql: str, params, recorded: Mapping[str | None, type[models.Model]]):
        """Return a query and its parameters such that it reads the tables of `recorded` as they were."""
        shadows, values = [], []
        for name, model in recorded.items():
            if f'"{model._meta.db_table}"' in sql:
                shadow, own = self.shadow(connection, name, model, sql)
                shadows.append(shadow)
                values += own
        if not shadows:
            return sql, params
        if params is None:  # then a percent sign meant itself
            sql = sql.replace("%", "%%")
        return f"WITH {', '.join(shadows)} {sql}", (*values, *(params or ()))

    def shadow(self, connection, name: str | None, model: type[models.Model], sql: str) -> tuple[str, list]:
        """Return the definition of one table's shadow, with the columns that the query names, and its parameters."""
        table, snapshots = model._meta.db_table, "issues_snapshot"
        columns: list[str] = []
        values: list = []
        types: list[str] = []
        for field in model._meta.concrete_fields:
            if f'"{field.column}"' in sql:
                column, own = self.column(connection, model, field)
                columns.append(f'{column} AS "{field.column}"')
                values += own
                if not field.primary_key:
                    types.append(f'"{field.attname}" {field.db_type(connection)}')
        found = "WHERE process_id = %s AND model = %s AND object_id = t.id AND changeset_id <= %s"
        latest = f'FROM "{snapshots}" {found} ORDER BY changeset_id DESC LIMIT 1'
        if connection.vendor == "postgresql":
            source = f'"{table}" AS t CROSS JOIN LATERAL (SELECT data {latest}) AS s'
            if types:
                source += f" CROSS JOIN LATERAL jsonb_to_record(s.data::jsonb) AS r({', '.join(types)})"
        else:
            source = f'main."{table}" AS t JOIN "{snapshots}" AS s ON s.id = (SELECT id {latest})'
        process, key = self.changeset.process_id, "id" if model is Process else "process_id"
        values += [process, name, self.changeset.pk, process]
        rows = f"SELECT {', '.join(columns) or '1'} FROM {source} WHERE t.{key} = %s"  # noqa: S608
        # Read once, however often the query comes back to it; PostgreSQL would read it anew for every row compared.
        return f'"{table}" AS MATERIALIZED ({rows})', values

    def column(self, connection, model: type[models.Model], field: models.Field) -> tuple[str, list]:
        """Return the expression for one column of a shadow, and its parameters."""
        if field.primary_key or (model is Process and field.name in OF_THE_PRESENT):
            return f't."{field.column}"', []
        if field.name == "content_version":
            return "CAST(%s AS bigint)", [self.changeset.number]
        column, values = extracted(connection, field), []
        if field.name == "retired_at" and self.withheld:
            column = f'COALESCE({column}, t."retired_at")'
        if not field.null and (field.has_default() or field.empty_strings_allowed):
            # A snapshot older than the column has nothing under its name.
            column = f"COALESCE({column}, %s)"
            values = [field.get_db_prep_save(field.get_default(), connection)]
        return column, values


def extracted(connection, field: models.Field) -> str:
    """Return the expression that takes one column out of a snapshot, in the form in which the database stores it."""
    if connection.vendor == "postgresql":
        return f'r."{field.attname}"'
    column = f"json_extract(s.data, '$.{field.attname}')"
    if isinstance(field, models.DateTimeField):
        return f"replace(replace({column}, 'T', ' '), '+00:00', '')"
    return f"NULLIF(json_quote({column}), 'null')" if isinstance(field, models.JSONField) else column
