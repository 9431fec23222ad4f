"""Back up and restore a long record, under load and damaged: `python -m benchmarks.safekeeping`.

Makes a record with very many sealed revisions, backs it up, restores it on the other database and from there on the
first; takes backups while somebody writes without a pause; and restores from files that are cut or have one bit
flipped. Prints one line a goal, and ends with 1 if one is missed.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.cluster import Cluster

from .servers import ROOT, environment, run

MINUTES = 5
ROWS = 20  # of a change
MEMORY = 400  # MB
WRITE = """
import sys, django
django.setup()
from issues import history
from issues.models import Position, Process
process, changes, together = Process.objects.get(), int(sys.argv[1]), int(sys.argv[2])
rows = list(Position.objects.order_by("pk"))
for n in range(changes):
    with history.changeset(process, reason=f"Round {n}") as door:
        for i in range(together):
            door.update(rows[(n * together + i) % len(rows)], headline=f"As it stands in round {n}")
"""


class Place:
    """A database of one kind, in a folder."""

    def __init__(self, kind: str, folder: Path, stack: ExitStack):
        self.kind, url = kind, f"sqlite:///{folder / 'one.sqlite3'}"
        if kind == "postgresql":
            cluster = Cluster()
            stack.callback(cluster.stop)
            url = cluster.url("postgres")
        self.env = environment(folder, url, DJANGO_SETTINGS_MODULE="peacetracker.settings")

    def do(self, *arguments: str) -> tuple[int, str, float, int]:
        """Run a command of the site; return its exit code, what it said, how many seconds and how many MB it took."""
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, stdout=-1, stderr=subprocess.STDOUT
        )
        said = process.stdout.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, said, time.perf_counter() - began, used.ru_maxrss // 1024

    def write(self, changes: int) -> subprocess.Popen:
        """Start to write so many changes."""
        return subprocess.Popen([sys.executable, "-c", WRITE, str(changes), str(ROWS)], cwd=ROOT, env=self.env)


def content(said: str) -> str:
    """Return the hash that a command printed, or nothing."""
    return said.partition("Content: SHA-256 ")[2][:64]


class Report:
    def __init__(self):
        self.missed = 0
        print("| Tried | Found | Goal | |\n|---|---|---|---|")

    def say(self, tried: str, found: str, goal: str, met: bool):
        self.missed += not met
        print(f"| {tried} | {found} | {goal} | {'met' if met else '**missed**'} |", flush=True)


def goes_round(report: Report, first: Place, other: Place, folder: Path, revisions: int):
    """Back a long record up and restore it on the other database, and from there on the first."""
    if first.write(revisions // ROWS).wait():
        raise SystemExit("The record could not be written.")
    hashes = []
    for source, target, name in ((first, other, "there.zip"), (other, first, "back.zip")):
        code, said, took, memory = source.do("backup", str(folder / name))
        rows = said.partition(": ")[2].partition(" of")[0]
        again, restored, longer, more = target.do("restore", str(folder / name), "--replace")
        hashes += [content(said), content(restored)]
        report.say(
            f"{revisions:,} revisions, {source.kind} to {target.kind}",
            f"{rows}: {took:.0f} s and {memory} MB to back up ({(folder / name).stat().st_size >> 20} MB), "
            f"{longer:.0f} s and {more} MB to restore and verify",
            f"both in {MINUTES} minutes, each in {MEMORY} MB, verified",
            took + longer < MINUTES * 60 and max(memory, more) < MEMORY and code == again == 0,
        )
    report.say(
        "the content hash before and after", f"{len(set(hashes))} hash", "1", len(set(hashes)) == 1 and hashes[0]
    )


def under_load(report: Report, place: Place, other: Place, folder: Path, backups: int):
    """Take backups while somebody writes, and restore each elsewhere."""
    writer, sound, seen = place.write(10**9), 0, set()
    for n in range(backups):
        place.do("backup", str(folder / f"{n}.zip"))
    still = writer.poll() is None
    writer.terminate()
    writer.wait()
    for n in range(backups):
        code, said, *_ = other.do("restore", str(folder / f"{n}.zip"), "--replace")
        sound += code == 0
        seen.add(content(said))
    report.say(
        f"{backups} backups of {place.kind} while somebody writes",
        f"{sound} restore and verify; {len(seen)} different ones",
        f"{backups}, all different",
        still and sound == len(seen) == backups,
    )


def damaged(report: Report, place: Place, folder: Path, tries: int):
    """Restore from files of which a bit is flipped, or the end is missing."""
    dice, whole, refused = random.Random(7), (folder / "0.zip").read_bytes(), 0
    before = content(place.do("backup", str(folder / "before.zip"))[1])
    for n in range(tries):
        spoilt = bytearray(whole)
        at = dice.randrange(len(whole))
        if n % 2:
            spoilt[at] ^= 1 << dice.randrange(8)
        (folder / "spoilt.zip").write_bytes(spoilt if n % 2 else spoilt[:at])
        code, said, *_ = place.do("restore", str(folder / "spoilt.zip"), "--replace")
        refused += code == 1 and said.count("\n") == 1
    same = content(place.do("backup", str(folder / "after.zip"))[1]) == before
    found = f"{refused} refused; the database is {'as it was' if same else 'another'}"
    report.say(f"{tries} damaged files, {place.kind}", found, f"{tries}, as it was", same and refused == tries)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safekeeping", description=__doc__)
    parser.add_argument("--revisions", type=int, default=100_000)
    parser.add_argument("--backups", type=int, default=20)
    parser.add_argument("--damaged", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="where it begins")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="peacetracker-safekeeping-"))
    report = Report()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        kinds = sorted(("sqlite", "postgresql"), key=lambda kind: kind != arguments.database)
        first, other = (Place(kind, folder, stack) for kind in kinds)
        run(["benchmarks.chaos.record", "20"], first.env)
        other.do("migrate", "-v0")
        under_load(report, first, other, folder, arguments.backups)
        damaged(report, other, folder, arguments.damaged)
        goes_round(report, first, other, folder, arguments.revisions)
    return bool(report.missed)


if __name__ == "__main__":
    sys.exit(main())
