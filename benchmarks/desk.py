"""The curators' desk over very many rows beside over few, in turn: SQL queries and time of every list.

Fills one database with 1,000 rows of each noun and one with all of them, and asks both for the start pages of the desk,
every list of it with its searches and filters, and the queue of what the record lacks. Prints a line a page, and ends
with 1 if a goal is missed.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from .servers import ROOT, environment, run

FEW, MANY = 1_000, 100_000  # of few, every page is full, too
STEPS = 3  # of each compromise, so that there are as many steps as of the other nouns
QUERIES, FLAT = 15, 1.5  # SQL queries of a page; times the time over few rows
BATCH = 2_000
CURATOR = "desk"
LISTS = {
    "position": (
        "q=water",
        "commitment__exact=leader_statement",
        "confidence__exact=high",
        "held_from__year=2010",
    ),
    "briefing": ("q=water", "kind__exact=news", "published_on__year=2010"),
    "compromise": ("q=water", "q=ports"),
    "statusevent": ("q=water", "status__exact=offered", "status__exact=rejected", "occurred_on__year=2010"),
    "compromiselink": ("q=water", "kind__exact=requires", "kind__exact=alternative"),
    "citation": ("q=water", "relation__exact=supports", "relation__exact=contradicts"),
    "changeset": ("q=round",),
    "snapshot": ("q=17", "model=side"),
    "side": ("q=side",),
    "issue": ("q=issue",),
    "process": ("q=many",),
    "membership": ("q=desk",),
    "invitation": ("q=desk",),
}
KEPT = ("changeset", "snapshot", "membership", "invitation")  # which nobody takes out


def fill(rows: int) -> None:
    """Make a process with so many rows of each noun, past the write door, and who curates it."""
    from django.contrib.auth import get_user_model
    from django.db import connection, transaction
    from django.utils import timezone

    from issues.models import (
        Changeset,
        Citation,
        Compromise,
        CompromiseLink,
        Membership,
        Position,
        Snapshot,
        StatusEvent,
    )
    from issues.search import keeping

    from . import data

    now = timezone.now()
    with transaction.atomic():
        if connection.vendor == "postgresql":  # which would end a transaction that thinks for long between statements
            connection.cursor().execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        copies = data.COPIES if rows > FEW else 1
        counts = {"positions": rows, "briefings": rows, "compromises": rows // STEPS, "citations": rows}
        process = data.fill(**counts, copies=copies)
        curator = get_user_model().objects.create_user(CURATOR)
        Membership.objects.create(process=process, user=curator, role="curator")
        compromises = list(Compromise.objects.filter(process=process).order_by("pk"))
        links = (
            CompromiseLink(process=process, source=one, target=compromises[at - n], kind="requires", reason="Water")
            for at, one in enumerate(compromises)
            for n in range(1, STEPS + 1)
        )
        CompromiseLink.objects.bulk_create(links, BATCH)
        changes = Changeset.objects.bulk_create(
            (Changeset(process=process, number=n, moment=now, reason=f"Round {n}") for n in range(1, rows + 1)), BATCH
        )
        keys = list(Position.objects.filter(process=process).values_list("pk", flat=True)[:rows])
        Snapshot.objects.bulk_create(
            (
                Snapshot(process=process, changeset=change, model="position", object_id=pk, version=1, data="{}")
                for change, pk in zip(changes, keys, strict=False)
            ),
            BATCH,
        )
        for model in (Position, Compromise, StatusEvent, CompromiseLink, Citation):
            first = model.objects.filter(process=process).order_by("pk").values_list("pk", flat=True)[:10]
            model.objects.filter(pk__in=list(first)).update(retired_at=now, retired_reason="Water")
        keeping.rebuild(process)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def pages() -> dict[str, str]:
    """Return the address of each page by its name."""
    from django.urls import reverse

    from issues.models import Process

    process = Process.objects.get(slug="many-rows")
    found = {
        "the desk": reverse("admin:index"),
        "the desk of a process": reverse("admin:process", args=[process.slug]),
        "what the record lacks": reverse("issues:upkeep-list", args=[process.slug]),
        "what the record lacks, stale": reverse("issues:upkeep-list", args=[process.slug]) + "?kind=stale",
    }
    for name, queries in LISTS.items():
        address = reverse(f"admin:issues_{name}_changelist")
        own = "" if name == "process" else f"process__id__exact={process.pk}"
        found[f"{name}, of all"] = address
        for query in ("", *queries, *(() if name in KEPT else ("state=retired", "state=all"))):
            asked = "&".join(filter(None, (own, query)))
            found[f"{name}: {query}" if query else name] = f"{address}?{asked}"
    field = {"app_label": "issues", "model_name": "citation", "field_name": "position"}
    found["to choose a position"] = reverse("admin:autocomplete", query=field)
    found["to choose a position: water"] = reverse("admin:autocomplete", query=field | {"term": "water"})
    return found


def serve() -> None:
    """Answer each address on a line of the standard input with the milliseconds and the SQL queries that it takes."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=CURATOR))
    print(json.dumps(pages()), flush=True)
    for line in sys.stdin:
        asked = []

        def note(execute, sql, params, many, context, asked=asked):
            asked.append(sql)
            return execute(sql, params, many, context)

        began = time.perf_counter()
        with connection.execute_wrapper(note):
            response = client.get(line.strip(), SERVER_NAME="localhost")
        took = (time.perf_counter() - began) * 1000
        print(json.dumps([took, len(asked), response.status_code]), flush=True)


class Side:
    """A database and the process that asks it."""

    def __init__(self, env: dict[str, str]):
        command = [sys.executable, "-m", "benchmarks.desk", "--serve"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pages = json.loads(self.process.stdout.readline())

    def ask(self, name: str) -> tuple[float, int]:
        """Return the milliseconds and the SQL queries of a page."""
        self.process.stdin.write(self.pages[name] + "\n")
        self.process.stdin.flush()
        took, queries, status = json.loads(self.process.stdout.readline())
        if status != 200:
            raise RuntimeError(f"{self.pages[name]} answered {status}")
        return took, queries

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def made(name: str, rows: int, folder: Path, stack: ExitStack, cluster) -> Side:
    """Fill a database with so many rows of each noun and return who asks it."""
    url = f"sqlite:///{folder / name}.sqlite3"
    if cluster:
        import psycopg

        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = cluster.url(name)
    env = environment(folder, url, STATEMENT_TIMEOUT_MS="600000")
    run(["django", "migrate", "-v0"], env)
    began = time.monotonic()
    run(["benchmarks.desk", "--fill", str(rows)], env)
    print(f"{name}: filled in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    side = Side(env)
    stack.callback(side.stop)
    return side


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--rows", type=int, default=MANY, help="of each noun")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fill or arguments.serve:
        import django

        django.setup()
        fill(arguments.fill) if arguments.fill else serve()
        return 0
    folder = Path(tempfile.mkdtemp(prefix="peacetracker-desk-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        run(["django", "collectstatic", "--noinput", "-v", "0"], environment(folder, None))
        cluster = None
        if arguments.database == "postgresql":
            from tests.cluster import Cluster

            cluster = Cluster()
            stack.callback(cluster.stop)
        few = made("few", FEW, folder, stack, cluster)
        many = made("many", arguments.rows, folder, stack, cluster)
        found = {name: [(few.ask(name), many.ask(name)) for _ in range(arguments.rounds + 1)] for name in few.pages}
    print(f"{arguments.database}, {arguments.rows:,} rows of each noun beside {FEW:,}, {arguments.rounds} rounds\n")
    print("| Page | ms, of few | times the time | SQL, of few | |\n|---|---|---|---|---|")
    missed = 0
    for name, (_, *rounds) in found.items():  # the first warms up
        little, much = (statistics.median(one[at][0] for one in rounds) for at in (0, 1))
        growth = statistics.median(after[0] / before[0] for before, after in rounds)
        (_, before), (_, after) = rounds[-1]
        met = growth <= FLAT and after <= QUERIES and after <= before
        missed += not met
        said = "met" if met else "**missed**"
        print(f"| {name} | {much:.0f}, {little:.0f} | {growth:.2f} | {after}, {before} | {said} |")
    print(f"\nGoals: at most {FLAT} times the time, {QUERIES} SQL queries, and no more than over few rows.")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
