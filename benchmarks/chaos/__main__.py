"""Try whether the record can be made to lose anything: `python -m benchmarks.chaos`.

Makes everything it needs in temporary folders, on loopback, and removes it. Prints one line a goal; a goal that is
missed is printed as missed, and the command then ends with status 1.
"""

import argparse
import importlib.util
import os
import platform
import signal
import sqlite3
import time
from pathlib import Path

SAVED = Path(__file__).resolve().parent.parent / "CHAOS.md"
DATABASES = ("sqlite", "postgresql")
SHOWN = 10  # faults of a goal
SIZES = {
    "edits": (1000, "of each run"),
    "writers": (16, "processes that write"),
    "kills": (50, "of a worker and of a database"),
    "triples": (5000, "texts with two edits each, to be merged"),
    "examples": (100, "histories of some thirty steps each"),
    "tampered": (1000, "alterations of the record of changes"),
}


def main() -> int:
    if importlib.util.find_spec("granian") is None:
        print("The packages are missing here. Run `python3 manage.py test` once, then this with `.venv/bin/python`.")
        return 2
    from tests.cluster import NotInstalled

    from . import goals

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that SIGTERM clears up as Ctrl+C does
    arguments = parsed(goals.GOALS)
    sizes = goals.Sizes(**{name: getattr(arguments, name) for name in SIZES})
    lines, missed = [], 0

    def say(line: str = ""):
        lines.append(line)
        print(line, flush=True)

    say("# What was tried, and what was lost")
    say()
    say(f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; four workers of the site.")
    say("A control breaks a rule of the site on purpose; it is met if the checks notice.")
    for kind in arguments.databases:
        say()
        say(f"## {'SQLite ' + sqlite3.sqlite_version if kind == 'sqlite' else 'PostgreSQL'}")
        say()
        say("| Goal | Tried | Found | | s |")
        say("|---|---|---|---|---|")
        for name in arguments.goals:
            began = time.monotonic()
            try:
                for result in goals.GOALS[name](kind, sizes):
                    missed += not result.met
                    took, began = time.monotonic() - began, time.monotonic()
                    verdict = "met" if result.met else "**missed**"
                    say(f"| {result.goal} | {result.tried} | {result.found} | {verdict} | {took:.0f} |")
                    for fault in result.faults[:SHOWN]:
                        say(f"| | | {fault} | | |")
            except NotInstalled as error:
                say(f"| {name} | nothing | {error} | not tried | |")
    say()
    say(f"Goals missed: {missed}." if missed else "Every goal was met.")
    if arguments.save:
        SAVED.write_text("\n".join(lines) + "\n")
    return bool(missed)


def parsed(names):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--database", action="append", dest="databases", choices=DATABASES, help="default: both")
    parser.add_argument("--goal", action="append", dest="goals", choices=names, help="default: all of them")
    for name, (size, what) in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=size, help=f"{what} (default: {size:,})")
    parser.add_argument("--save", action="store_true", help=f"write the report to benchmarks/{SAVED.name}, too")
    arguments = parser.parse_args()
    arguments.databases = arguments.databases or list(DATABASES)
    arguments.goals = arguments.goals or list(names)
    return arguments


if __name__ == "__main__":
    raise SystemExit(main())
