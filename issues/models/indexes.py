"""What databases look words up in, each in its own way: FTS5 in SQLite, a GIN index in PostgreSQL.

SQLite's follows its table by triggers, which give way to migrations as the guards do.
"""

from django.db import connections, transaction

TABLE, LOOKUP, WORDS = "issues_searchentry", "issues_search", "issues_searchword"
COLUMNS = ("title_words", "words", "scope")
# PostgreSQL looks through some blocks at a time, each of 1,024 entries at most, all of one process.
BLOCK = "(process_id << 32) + (id >> 10)"


def install(using="default", **kwargs):
    """Make the lookup on the database `using`, and its triggers."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if TABLE not in tables:
        return
    drop(using)
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(f"DROP INDEX IF EXISTS {TABLE}_vector")  # of an earlier release
            # What is not sorted into the index yet is read through again with every span of blocks: keep it short.
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS {LOOKUP} ON {TABLE} USING gin (vector, (ARRAY[{BLOCK}]))"
                " WITH (gin_pending_list_limit = 256)"
            )
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS {WORDS}_begun ON {WORDS} (process_id, word varchar_pattern_ops)"
            )
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
