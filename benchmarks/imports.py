"""An import with its preview beside a bare bulk_create of the same rows with their revisions, in turn.

Every round writes the rows twice, each time into talks and a Python process of its own: once by reading them from a
file, comparing, keeping the preview, showing a page of it and writing what is ticked; once from the values in memory
with two bulk_create, of the rows and of their snapshots, unsealed. Prints a line a goal; ends with 1 if one is missed.
"""

import argparse
import csv
import io
import json
import os
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

MEMORY = 400  # MB
SPEED = 0.5  # of the bare writes
FIRST = date(2022, 2, 24)


def entries(count: int) -> list[dict[str, str]]:
    """Return so many briefings, as a file holds them."""
    return [
        {
            "title": f"Report {n} of the observers on the crossing at kilometre {n % 170}",
            "date": str(FIRST + timedelta(days=n % 1500)),
            "kind": ("news", "analysis", "official_statement")[n % 3],
            "author": f"Observer {n % 97}",
            "publisher": f"House {n % 41}",
            "url": f"https://example.org/reports/{n}",
            "language": "en",
            "abstract": f"On day {n} the crossing was open for some hours, and both sides counted who passed it. " * 3,
        }
        for n in range(count)
    ]


def table(rows: list[dict[str, str]]) -> bytes:
    """Return briefings as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def bare(process, user, rows: list[dict[str, str]]) -> float:
    """Return the seconds that the bare writes take, from values in memory to the end of the transaction."""
    from django.db import transaction
    from django.utils import timezone

    from issues import history
    from issues.models import Briefing, Changeset, Snapshot

    began = time.perf_counter()
    made = [
        Briefing(
            process=process,
            slug=f"report-{n}",
            published_on=date.fromisoformat(row["date"]),
            created_at=timezone.now(),
            updated_at=timezone.now(),
            **{name: value for name, value in row.items() if name != "date"},
        )
        for n, row in enumerate(rows)
    ]
    with transaction.atomic():
        Briefing.objects.bulk_create(made, batch_size=history.BATCH)
        change = Changeset.objects.create(process=process, number=99, moment=timezone.now(), reason="Bare", hash="")
        Snapshot.objects.bulk_create(
            [
                Snapshot(
                    changeset=change,
                    process=process,
                    model="briefing",
                    object_id=row.pk,
                    version=1,
                    data=history.data_of(row),
                )
                for row in made
            ],
            batch_size=history.BATCH,
        )
    return time.perf_counter() - began


def imported(process, user, rows: list[dict[str, str]]) -> float:
    """Return the seconds that an import takes, from the bytes of the file to the written change."""
    from issues import imports

    data = table(rows)
    del rows[:]  # the memory that is measured is that of the import
    began = time.perf_counter()
    one = imports.bring(process, user, imports.KINDS["briefing"], "reports.csv", data)
    imports.preview(one, "", 1)
    imports.write(one, reason="Read in", user=user)
    return time.perf_counter() - began


def measure(way: str, name: str, count: int) -> dict:
    """Write rows into talks of their own, and return the seconds it took and the rows that are there."""
    import django

    django.setup()
    from django.contrib.auth.models import User

    from issues.models import Briefing, Snapshot
    from tests import valley

    process = valley.create(name)
    user, _ = User.objects.get_or_create(username="curator")
    seconds = {"bare": bare, "import": imported}[way](process, user, entries(count))
    written = Briefing.objects.filter(process=process).exclude(slug="minutes").count()
    revisions = Snapshot.objects.filter(process=process, model="briefing").count() - 1
    return {"seconds": seconds, "rows": written, "revisions": revisions}


def child(way: str, name: str, count: int, env: dict[str, str]) -> tuple[dict, int]:
    """Return what `measure` says in a Python process of its own, and the MB that it took at most."""
    arguments = [sys.executable, "-m", "benchmarks.imports", "--measure", way, name, "--rows", str(count)]
    process = subprocess.Popen(arguments, cwd=ROOT, env=env, stdout=subprocess.PIPE)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"The {way} of {name} failed.")
    found = json.loads(said)
    if not found["rows"] == found["revisions"] == count:
        raise SystemExit(f"The {way} of {name} wrote {found}, not {count} rows: nothing to compare.")
    return found, used.ru_maxrss // 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "NAME"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure, arguments.rows)))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="peacetracker-imports-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder / 'one.sqlite3'}"
        if arguments.database == "postgresql":
            from tests.cluster import Cluster

            cluster = Cluster()
            stack.callback(cluster.stop)
            url = cluster.url("postgres")
        env = environment(folder, url)
        run(["django", "migrate", "-v0"], env)
        speeds, took, memory = [], {"bare": [], "import": []}, 0
        for number in range(arguments.rounds):
            order = ("bare", "import") if number % 2 else ("import", "bare")
            for way in order:
                found, used = child(way, f"{way}-{number}", arguments.rows, env)
                took[way].append(found["seconds"])
                memory = max(memory, used) if way == "import" else memory
            speeds.append(took["bare"][-1] / took["import"][-1])
    speed = statistics.median(speeds)
    bare_took, import_took = (statistics.median(took[way]) for way in ("bare", "import"))
    print("| Tried | Found | Goal | |\n|---|---|---|---|")
    for tried, said, goal, met in (
        (
            f"an import of {arguments.rows:,} briefings with its preview, {arguments.database}",
            f"{import_took:.1f} s; bare {bare_took:.1f} s; {speed:.2f} times as fast "
            f"({min(speeds):.2f} to {max(speeds):.2f} in {arguments.rounds} rounds)",
            f"{SPEED} times as fast as the bare writes",
            speed >= SPEED,
        ),
        ("its memory", f"{memory} MB", f"under {MEMORY} MB", memory < MEMORY),
    ):
        print(f"| {tried} | {said} | {goal} | {'met' if met else '**missed**'} |")
    return not (speed >= SPEED and memory < MEMORY)


if __name__ == "__main__":
    sys.exit(main())
