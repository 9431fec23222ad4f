"""Triggers that hold what constraints cannot: rows point only into their own process, and history is append-only.

They are dropped before migrations (SQLite rebuilds tables and would trip over them) and installed again after.
"""

from django.db import connections

# (table, column, the table it points to); `issues_` in front of each table.
SAME_PROCESS = (
    ("position", "issue_id", "issue"),
    ("position", "side_id", "side"),
    ("compromise", "issue_id", "issue"),
    ("compromise", "side_id", "side"),
    ("statusevent", "compromise_id", "compromise"),
    ("statusevent", "briefing_id", "briefing"),
    ("statusevent", "rejected_by_id", "side"),
    ("statusevent", "superseded_by_id", "compromise"),
    ("compromiselink", "source_id", "compromise"),
    ("compromiselink", "target_id", "compromise"),
    ("compromiselink", "briefing_id", "briefing"),
    ("briefing", "merged_into_id", "briefing"),
    ("citation", "briefing_id", "briefing"),
    ("citation", "position_id", "position"),
    ("citation", "compromise_id", "compromise"),
    ("citation", "status_event_id", "statusevent"),
)

# Tables in which rows are only ever added.
SEALED = ("changeset", "snapshot", "removal", "brief", "brieffile")
APPEND_ONLY = SEALED


def install(using="default", **kwargs):
    """Create the triggers on the database `using`, replacing any that are there."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    drop(using)
    with connection.cursor() as cursor:
        for table, column, target in SAME_PROCESS:
            # An earlier release, into which a backup of it goes first, lacks some of them.
            if {f"issues_{table}", f"issues_{target}"} <= tables and has(cursor, f"issues_{table}", column):
                for statement in creation(connection.vendor, table, column, target):
                    cursor.execute(statement)
        for table in APPEND_ONLY:
            if f"issues_{table}" in tables:
                for statement in sealing(connection.vendor, table):
                    cursor.execute(statement)


def has(cursor, table: str, column: str) -> bool:
    """Tell whether a table has a column. One SQL query."""
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608
    return column in {name for name, *_ in cursor.description}


def drop(using="default", **kwargs):
    """Remove the triggers from the database `using`."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, column, _ in SAME_PROCESS:
            if f"issues_{table}" not in tables:
                continue
            name = f"same_process_{table}_{column}"
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON issues_{table}")
            else:
                for event in ("insert", "update"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}_{event}")
        for table in SEALED:
            on = f" ON issues_{table}" if connection.vendor == "postgresql" else ""
            for event in ("update", "delete", "truncate"):
                if f"issues_{table}" in tables:
                    cursor.execute(f"DROP TRIGGER IF EXISTS append_only_{table}_{event}{on}")


def creation(vendor, table, column, target):
    """Return the statements that create one guard; every name in them stands in `SAME_PROCESS`."""
    name = f"same_process_{table}_{column}"
    message = f"issues_{table}.{column} points into another process"
    if vendor == "postgresql":
        return (
            f"""
            CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF NEW.{column} IS NOT NULL AND NEW.process_id IS DISTINCT FROM
                (SELECT process_id FROM issues_{target} WHERE id = NEW.{column})
              THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF;
              RETURN NEW; END $$""",  # noqa: S608
            f"""
            CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {column}, process_id ON issues_{table}
            FOR EACH ROW EXECUTE FUNCTION {name}()""",
        )
    return tuple(
        f"""
        CREATE TRIGGER {name}_{event} BEFORE {clause} ON issues_{table}
        WHEN NEW.{column} IS NOT NULL AND NEW.process_id IS NOT
          (SELECT process_id FROM issues_{target} WHERE id = NEW.{column})
        BEGIN SELECT RAISE(ABORT, '{message}'); END"""  # noqa: S608
        for event, clause in (("insert", "INSERT"), ("update", f"UPDATE OF {column}, process_id"))
    )


def sealing(vendor, table):
    """Return the statements that make one table append-only."""
    message = f"issues_{table} is append-only: what was recorded stays as it was"
    if vendor == "postgresql":
        yield f"""
            CREATE OR REPLACE FUNCTION append_only_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"""
        for event in ("update", "delete", "truncate"):
            yield f"""
                CREATE TRIGGER append_only_{table}_{event} BEFORE {event} ON issues_{table}
                FOR EACH STATEMENT EXECUTE FUNCTION append_only_{table}()"""
    else:
        for event in ("update", "delete"):
            yield f"""
                CREATE TRIGGER append_only_{table}_{event} BEFORE {event} ON issues_{table}
                BEGIN SELECT RAISE(ABORT, '{message}'); END"""
