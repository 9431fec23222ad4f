"""What databases look words up in, each in its own way: FTS5 in SQLite, a GIN index in PostgreSQL.

SQLite's follows its table by triggers, which give way to migrations as the guards do.
"""

from django.db import connections

TABLE, LOOKUP = "issues_searchentry", "issues_search"
COLUMNS = ("title_words", "words", "scope")


def install(using="default", **kwargs):
    """Make the lookup on the database `using`, and its triggers."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if TABLE not in tables:
        return
    drop(using)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {TABLE}_vector ON {TABLE} USING gin (vector)")
            return
        names = ", ".join(COLUMNS)
        if LOOKUP not in tables:
            # What is looked up is folded already: to this tokenizer a word is all that stands between spaces.
            cursor.execute(
                f"CREATE VIRTUAL TABLE {LOOKUP} USING fts5({names}, content='{TABLE}', content_rowid='id', "
                "tokenize='ascii', columnsize=0)"
            )
            cursor.execute(f"INSERT INTO {LOOKUP}({LOOKUP}) VALUES ('rebuild')")  # noqa: S608
        new, old = (", ".join(f"{side}.{name}" for name in COLUMNS) for side in ("new", "old"))
        adding = f"INSERT INTO {LOOKUP}(rowid, {names}) VALUES (new.id, {new});"  # noqa: S608
        removing = f"INSERT INTO {LOOKUP}({LOOKUP}, rowid, {names}) VALUES ('delete', old.id, {old});"  # noqa: S608
        differing = " OR ".join(f"old.{name} IS NOT new.{name}" for name in ("id", *COLUMNS))
        for event, does in (
            ("INSERT", adding),
            ("DELETE", removing),
            ("UPDATE", f"{removing} {adding}"),
        ):
            when = f"WHEN {differing}" if event == "UPDATE" else ""
            cursor.execute(f"CREATE TRIGGER {LOOKUP}_{event} AFTER {event} ON {TABLE} {when} BEGIN {does} END")


def drop(using="default", **kwargs):
    """Remove the triggers from the database `using`."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for event in ("INSERT", "DELETE", "UPDATE"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {LOOKUP}_{event}")
