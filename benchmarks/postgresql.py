"""Databases on the server that DATABASE_URL names, or on a throwaway one."""

import os
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

NAMES = tuple(f"peacetracker_benchmark_{name}" for name in ("plain", "full", "revised"))
# As in production: a commit is on the disk when it is answered.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def databases(stack: ExitStack):
    """Return (version, three addresses, a function that copies the first to the others), or a sentence why not.

    The databases are dropped when the stack closes; all but the first are there only after the copy.
    """
    import psycopg

    from tests.cluster import Cluster, NotInstalled

    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):

        def url(name):
            parts = urlsplit(given)
            return urlunsplit(parts._replace(path=f"/{name}"))

        admin = given
    else:
        try:
            cluster = Cluster(**DURABLE)
        except NotInstalled as error:
            return str(error)
        stack.callback(cluster.stop)
        url, admin = cluster.url, cluster.url("postgres")

    def execute(*statements):
        with psycopg.connect(admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    drops = [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in NAMES]
    execute(*drops, f"CREATE DATABASE {NAMES[0]}")
    stack.callback(execute, *drops)
    with psycopg.connect(admin) as connection:
        version = connection.info.server_version // 10_000

    def copy():
        execute(*(f"CREATE DATABASE {name} TEMPLATE {NAMES[0]}" for name in NAMES[1:]))

    return f"PostgreSQL {version}", [url(name) for name in NAMES], copy
