"""The CSV of many positions beside csv.writer over a bare cursor that reads the same columns, in turn.

Every round sends the table twice, each time in a Python process of its own: once as the site does, through its address,
and once by executing the SQL of the same rows and handing them to csv.writer. Prints a line a goal, and ends with 1 if
one is missed.
"""

import argparse
import csv
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from .servers import ROOT, environment, run

FIRST, GROWTH = 100, 50  # ms, MB
SPEED = {"sqlite": 0.8, "postgresql": 0.2}  # of the bare cursor
SLUG = "many-valleys"


def make(count: int):
    """Make a process of so many positions."""
    from django.db import connection

    from issues.models import Issue, Position, Side
    from tests import valley

    process = valley.create(SLUG)
    issues, sides = (list(model.objects.filter(process=process)) for model in (Issue, Side))
    text = "They say that the crossing opens once the count is agreed, and that both sides keep a list of who passed. "
    for start in range(0, count, 5_000):
        Position.objects.bulk_create(
            Position(
                process=process,
                slug=f"p{n}",
                issue=issues[n % len(issues)],
                side=sides[n % len(sides)],
                held_from=date(2000, 1, 1) + timedelta(days=n % 9_000),
                headline=f"Open the crossing at kilometre {n % 170} for {n % 24} hours",
                body=text * (n % 5 + 1),
                placement=n % 101,
                commitment="law",
            )
            for n in range(start, min(start + 5_000, count))
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class Counted:
    """A place to write to that only counts."""

    def __init__(self):
        self.size = 0

    def write(self, text: str):
        self.size += len(text.encode())


def bare() -> dict:
    """Write the rows by a bare cursor, and return the seconds that the first row and all of them took."""
    from django.db import connection

    from issues import exports
    from issues.models import Process

    sheet = exports.position_sheet(Process.objects.get(slug=SLUG), exports.Picks(), "")
    rows = sheet.rows.order_by(*sheet.order).values_list(*(column.source for column in sheet.columns))
    (one, first), (sql, values) = (found.query.sql_with_params() for found in (rows[:1], rows))
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(one, first)
        cursor.fetchone()
        first_row = time.perf_counter() - began
        out, began, before = Counted(), time.perf_counter(), memory()
        cursor.execute(sql, values)
        csv.writer(out).writerows(cursor)
    return {"first": first_row, "all": time.perf_counter() - began, "size": out.size, "growth": memory() - before}


def export() -> dict:
    """Ask for the table as a visitor, and return the seconds to its first byte and to its last."""
    from django.test import Client

    client, url = Client(SERVER_NAME="localhost"), f"/processes/{SLUG}/export/positions.csv"
    next(iter(client.get(f"{url}?on=2000-01-01").streaming_content))  # what the first request of a worker loads
    began, before = time.perf_counter(), memory()
    pieces = iter(client.get(url).streaming_content)
    size = len(next(pieces))
    first = time.perf_counter() - began
    for piece in pieces:
        size += len(piece)
    return {"first": first, "all": time.perf_counter() - began, "size": size, "growth": memory() - before}


def memory() -> float:
    """Return the MB that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(way: str, count: int, env: dict[str, str]) -> dict:
    """Return what one way says in a Python process of its own."""
    arguments = [sys.executable, "-m", "benchmarks.exports", "--measure", way, "--rows", str(count)]
    return json.loads(subprocess.run(arguments, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True).stdout or "{}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        import django

        django.setup()
        print(json.dumps({"make": lambda: make(arguments.rows), "bare": bare, "export": export}[arguments.measure]()))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="peacetracker-exports-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder / 'one.sqlite3'}"
        if arguments.database == "postgresql":
            from tests.cluster import Cluster

            cluster = Cluster()
            stack.callback(cluster.stop)
            url = cluster.url("postgres")
        env = environment(folder, url) | {"ALLOWED_HOSTS": "localhost"}
        run(["django", "migrate", "-v0"], env)
        child("make", arguments.rows, env)
        found = {"bare": [], "export": []}
        for number in range(arguments.rounds):
            for way in ("bare", "export") if number % 2 else ("export", "bare"):
                found[way].append(child(way, arguments.rows, env))
    return report(arguments.rows, arguments.database, found["bare"], found["export"])


def report(rows: int, database: str, bare: list[dict], export: list[dict]) -> int:
    """Print a line a goal; return 1 if one is missed."""
    speeds = [one["all"] / other["all"] for one, other in zip(bare, export, strict=True)]
    late = [1_000 * (other["first"] - one["first"]) for one, other in zip(bare, export, strict=True)]
    growth = max(one["growth"] for one in export)
    speed, first = statistics.median(speeds), statistics.median(late)
    took = statistics.median(one["all"] for one in export)
    goals = (
        (
            f"a CSV of {rows:,} positions, {database}",
            f"{took:.1f} s, {export[0]['size'] / 1e6:.0f} MB; {speed:.2f} times as fast as the bare cursor "
            f"({min(speeds):.2f} to {max(speeds):.2f} in {len(speeds)} rounds)",
            f"{SPEED[database]} times as fast",
            speed >= SPEED[database],
        ),
        ("its first byte", f"{first:.0f} ms after the first row’s query", f"at most {FIRST} ms", first <= FIRST),
        ("its memory", f"grows by {growth:.0f} MB", f"under {GROWTH} MB", growth < GROWTH),
    )
    print("| Tried | Found | Goal | |\n|---|---|---|---|")
    for tried, said, goal, met in goals:
        print(f"| {tried} | {said} | {goal} | {'met' if met else '**missed**'} |")
    return not all(met for *_, met in goals)


if __name__ == "__main__":
    sys.exit(main())
