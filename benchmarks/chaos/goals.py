"""What is tried, one function a goal: each returns what was found, with the sentences that should not be there."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from issues.analysis.merge import Merged

from ..servers import ROOT
from . import merging
from .check import Found
from .site import Site

LOCKING = 32  # writers
READY = 10.0  # seconds until the site answers again after a kill
BETWEEN = 0.5  # seconds from one kill to the next
FEW = 5  # kills of the control
SHOWN = 10  # lines of a failed test run
CONTROL = 100  # edits with a rule broken


@dataclass
class Result:
    """A goal, what was tried and found in words, and everything that went against it."""

    goal: str
    tried: str
    found: str
    faults: list[str] = field(default_factory=list)

    @property
    def met(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class Sizes:
    edits: int
    writers: int
    kills: int
    triples: int
    examples: int
    tampered: int


def noticed(tried: str, broken: list, what: str) -> Result:
    """Return the result of a negative control: a rule was broken, and the checks must have seen it."""
    faults = [] if broken else ["A rule was broken and nothing was noticed."]
    return Result("control", tried, f"{len(broken):,} {what} noticed", faults)


def said(found: Found, *more: str) -> str:
    """Return the counts of a comparison in words."""
    parts = [f"{found.saved:,} saved, {found.refused:,} refused with both texts, {len(found.lost)} lost"]
    return ", ".join([*parts, *more]) + f"; {agreed(found)}"


def agreed(found: Found) -> str:
    return f"{found.changes:,} changes and {found.rows} rows agree"


def conflicts(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R1: nobody's words are lost when all write to the same texts, through every door."""
    with Site(kind) as site:
        found = site.write("r1", "conflicting", sizes.edits, sizes.writers, admins=2, loader=True)
        refused = found.faults + [f"{found.unanswered} writes were not answered"] * bool(found.unanswered)
        more = f"{found.without_version} without a version refused", f"{found.replaced} put away by a loaded document"
        yield Result(
            "R1",
            f"{sizes.edits:,} edits of the same texts by {sizes.writers} processes: pages, htmx, API, admin, loads",
            said(found, *more) + f"; by door {found.paths}",
            refused,
        )
        site.serve(CHAOS_BREAKS="versions")
        found = site.write("r1x", "conflicting", CONTROL, sizes.writers)
        yield noticed("the same where the last one to save wins", found.lost, "lost words")
        site.serve(CHAOS_BREAKS="snapshots")
        found = site.write("r1y", "conflicting", CONTROL, sizes.writers)
        yield noticed("the same where rows change without a revision", found.replay + found.history, "rows")


def repetitions(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R3: a form that arrives more than once is written once, and answered alike."""
    with Site(kind) as site:
        found = site.write("r3", "repeating", sizes.edits, sizes.writers)
        yield Result(
            "R3",
            f"{found.repeated:,} forms sent again, at the same moment and later: edits, new positions, new steps",
            f"{len(found.doubled)} written twice or answered otherwise; {agreed(found)}",
            found.faults,
        )
        site.serve(CHAOS_BREAKS="keys")
        found = site.write("r3x", "repeating", CONTROL, sizes.writers)
        yield noticed("the same without the key of each form", found.doubled, "repetitions")


def kills(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R5: what was acknowledged survives the sudden end of any process."""
    with Site(kind) as site:
        yield killing(site, "worker", site.kill_worker, sizes)
    if kind == "postgresql":
        # fsync stays off: the machine goes on, so what a killed server wrote is there. A power cut is not tried.
        with Site(kind, synchronous_commit="on") as site:
            yield killing(site, "database", site.kill_database, sizes)
        with Site(kind, synchronous_commit="off", wal_writer_delay="10s") as site:
            result = killing(site, "database", site.kill_database, replace(sizes, kills=min(FEW, sizes.kills)))
            yield noticed("kills of a database with synchronous_commit off", result.faults, "losses")


def killing(site: Site, what: str, kill: Callable[[], float], sizes: Sizes) -> Result:
    """Kill something so many times while others write, then compare."""
    process = site.start_writers("r5", "conflicting", 10**9, sizes.writers // 2)
    took = []
    for _ in range(sizes.kills):
        time.sleep(BETWEEN)
        took.append(kill())
    site.say_stop(process)
    found = site.check()
    slow = [f"It took {seconds:.1f} s until it answered again." for seconds in took if seconds > READY]
    return Result(
        "R5",
        f"{sizes.kills} times kill -9 of a {what} while {sizes.writers // 2} processes write",
        said(found, f"{found.again} sent again until answered", f"ready again in {max(took):.1f} s at most"),
        found.faults + slow,
    )


def locks(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R8: no writer is sent away because the database is locked."""
    with Site(kind, people=LOCKING, threads=8) as site:
        found = site.write("r8", "conflicting", sizes.edits, LOCKING)
        errors = site.errors()
        faults = found.faults + [f"{errors} errors of locks in the log"] * bool(errors)
        faults += [f"{found.unanswered} writes were not answered"] * bool(found.unanswered)
        tried = f"{sizes.edits:,} edits by {LOCKING} processes"
        yield Result("R8", tried, f"{errors} lock errors, " + said(found), faults)
    if kind == "sqlite":
        with Site(kind, people=LOCKING, threads=8, breaks="locks") as site:
            site.write("r8x", "conflicting", CONTROL, LOCKING)
            yield noticed(
                "the same with deferred transactions that wait for no lock", [""] * site.errors(), "lock errors"
            )


def merges(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R2: two edits of one text lose no word."""
    faults = merging.missing(sizes.triples)
    yield Result("R2", f"{sizes.triples:,} texts with two edits each", f"{len(faults)} words missing", faults)
    broken = merging.missing(CONTROL, lambda base, theirs, mine: Merged(mine, True))
    yield noticed("the same where mine is taken for the merged text", broken, "triples with missing words")


def histories(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R14: the record agrees with itself whatever is done to it; R14 is part of every other goal here, too."""
    env = os.environ | {"HISTORY_EXAMPLES": str(sizes.examples)}
    command = [
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
        "--database",
        kind,
        "tests/test_history_machine.py",
    ]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True)
    faults = done.stdout.splitlines()[-SHOWN:] if done.returncode else []
    tried = f"{sizes.examples:,} histories of up to 30 steps, looked back at, undone, restored"
    yield Result("R14", tried, "differs from what was noted along the way" if faults else "nothing differs", faults)


def tamperings(kind: str, sizes: Sizes) -> Iterator[Result]:
    """R15: the database refuses to alter the record, and what is altered all the same is found."""
    with Site(kind, people=6, serve=False) as site:
        found = site.ask("tampering", str(sizes.tampered))
    unseen = [f"{what}, and nothing was noticed" for what in found["unseen"]]
    tried = f"{found['tried']:,} alterations, removals and reorderings"
    yield Result("R15", tried, f"{len(unseen)} not found", unseen)
    yield Result(
        "R15", "UPDATE, DELETE and TRUNCATE of the record", f"{len(found['guarded'])} let through", found["guarded"]
    )
    yield noticed("the same without the database's guards", found["unguarded"], "statements let through")


GOALS = {
    "R1": conflicts,
    "R2": merges,
    "R3": repetitions,
    "R5": kills,
    "R8": locks,
    "R14": histories,
    "R15": tamperings,
}
