"""Ask at the database's price: what every save asks is written once, where Django takes longer than the database."""

import json
from collections.abc import Callable, Collection
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

# A list of keys as one parameter: each of hundreds would cost more than what is done with it.
KEYS = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT value::bigint FROM json_array_elements_text(%s)",
}
PLACE = object()  # of the keys among the parameters


def among(keys: Collection[int], vendor: str) -> RawSQL:
    """Return a condition's right side: `pk__in=among(keys, connection.vendor)`."""
    return RawSQL(KEYS[vendor], [json.dumps([*keys])])  # noqa: S611


class Written:
    """A query of the rows with some keys, which Django writes when it is first asked, and never again.

    `make` is given what to put behind `pk__in=` and returns the query, as `values_list` makes one.
    """

    def __init__(self, make: Callable[[RawSQL], QuerySet]):
        self.make = make
        self.by_vendor: dict[str, tuple] = {}

    def of(self, keys: Collection[int]) -> list[tuple]:
        """Return the rows with these keys, in the order of the query. One SQL query."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor not in self.by_vendor:
            self.by_vendor[connection.vendor] = self._write(connection)
        sql, parameters, columns = self.by_vendor[connection.vendor]
        given = [json.dumps([*keys]) if one is PLACE else one for one in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        return [tuple(cell(value, connection) for cell, value in zip(columns, row, strict=True)) for row in rows]

    def _write(self, connection) -> tuple:
        """Return the query as SQL, its parameters, and for each column what makes a Python value of it."""
        query = self.make(RawSQL(KEYS[connection.vendor], [PLACE])).query  # noqa: S611
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([one for one, *_ in compiler.select])
        return sql, parameters, [_cell(*converters.get(at, ((), None))) for at in range(len(compiler.select))]


def _cell(functions, expression) -> Callable[[Any, Any], Any]:
    """Return the function that makes a value as Python has it of one as the database gives it."""

    def cell(value, connection):
        for one in functions:
            value = one(value, expression, connection)
        return value

    return cell
