"""Write what many tests need once, keep its rows in tables beside the real ones, and copy them back in milliseconds."""

import time
from copy import deepcopy
from graphlib import TopologicalSorter

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

# Rows that Django makes itself whenever the tables were emptied.
MADE_BY_DJANGO = ("contenttypes.contenttype", "auth.permission")
WAITS = 50  # tenths of a second that a request may still take after its test


class Loaded:
    """What `make` returns and the rows that it writes into empty tables, with keys of their own from `first_key` on."""

    def __init__(self, make, first_key: int):
        if connection.in_atomic_block:
            raise RuntimeError("Ask for the fixture as a test's argument: it must load outside the test's transaction.")
        self.prefix = f"loaded_{first_key}_"
        models = _targets_first([model for model in apps.get_models(include_auto_created=True) if _holds_data(model)])
        with transaction.atomic(), connection.cursor() as cursor:
            _start_keys(cursor, models, first_key)
            self.made = make()
            self.models = [model for model in models if model._base_manager.exists()]
            for model in self.models:
                cursor.execute(f"CREATE TABLE {self._copy_of(model)} AS SELECT * FROM {_table(model)}")
            for model in reversed(self.models):
                cursor.execute(f"DELETE FROM {_table(model)}")
            _start_keys(cursor, models, 1)

    def restore(self):
        """Copy the rows back into the real tables, and return a copy of what was made with them."""
        statements = [*map(self._copied_back, self.models)]
        statements += connection.ops.sequence_reset_sql(no_style(), self.models)
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # What was written once through all checks need not be checked again, nor sent bit by bit.
                role = "SET LOCAL session_replication_role"
                cursor.execute("; ".join([f"{role} = replica", *statements, f"{role} = origin"]))
            else:
                for statement in statements:
                    cursor.execute(statement)
        return deepcopy(self.made)

    def _copied_back(self, model):
        columns = [field.column for field in model._meta.concrete_fields if not field.generated]
        names = ", ".join(map(connection.ops.quote_name, columns))
        return f"INSERT INTO {_table(model)} ({names}) SELECT {names} FROM {self._copy_of(model)}"

    def _copy_of(self, model):
        return connection.ops.quote_name(self.prefix + model._meta.db_table)


def empty_tables(case):
    """Empty what a test may have filled; a test case's own way also makes again what Django made with the tables.

    That takes nine tenths of its time, and no test changes those rows.
    """
    kept = {apps.get_model(label)._meta.db_table for label in MADE_BY_DJANGO}
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = [table for table in tables if table not in kept]
    if connection.vendor != "postgresql":
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), emptied))
        return
    # Not TRUNCATE, which waits for every reader and makes a new file for each table and index.
    _end_other_transactions()
    deletes = "; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in emptied)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; {deletes}")


def _end_other_transactions():
    """Let nothing that a closed page has left running at the live server stand in the way of emptying the tables."""
    others = """
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
          AND state <> 'idle'
    """
    with connection.cursor() as cursor:
        for _ in range(WAITS):
            cursor.execute(others)
            if not cursor.fetchall():
                return
            time.sleep(0.1)
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({others}) AS other")


def _holds_data(model):
    return model._meta.managed and not model._meta.proxy and model._meta.label_lower not in MADE_BY_DJANGO


def _targets_first(models):
    """Return the models in an order in which rows come after the rows that they point to."""
    targets = {
        model: {field.related_model for field in model._meta.concrete_fields if field.is_relation} - {model}
        for model in models
    }
    return [model for model in TopologicalSorter(targets).static_order() if model in targets]


def _table(model):
    return connection.ops.quote_name(model._meta.db_table)


def _start_keys(cursor, models, key):
    """Make the next row of each table get this key."""
    for model in models:
        table = model._meta.db_table
        if not model._meta.auto_field:
            continue
        if connection.vendor == "postgresql":
            column = model._meta.auto_field.column
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)", [f'"{table}"', column, key])
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key - 1])
