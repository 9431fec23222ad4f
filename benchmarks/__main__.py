"""Measure the site against its goals: `python -m benchmarks`.

Makes everything it needs in a temporary folder, on loopback, and removes it. Goals that are missed are printed as
missed, and the command then ends with status 1.
"""

import argparse
import importlib.util
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from . import data, measure, revisions, visits
from .measure import Case, Spread, compared
from .servers import ROOT, Server, environment, free_port, run

RESULTS = Path(__file__).parent / "RESULTS.md"
BESIDE, FLAT = 1.3, 1.3  # times
LOOKING_BACK, OUTSIDE = 3.0, 1.1  # times the live board; times with revisions outside the process
TEXTS, FONTS, REQUESTS = 60_000, 160_000, 10
KEPT = 0.35  # of the anchor’s requests a second: ten times the quickest peer, whose list came at 0.035 of it
SECOND_START = 3.0  # seconds
SAVES, BARE, QUERIES = 100, 1.5, 25  # saves measured; times; of one save
WHEN = {"now": "", "then": " as of a moment"}
DATABASES = ("sqlite", "postgresql")


class Report:
    """Lines of Markdown, printed as they come; remembers whether a goal was missed."""

    def __init__(self):
        self.lines, self.missed = [], 0

    def say(self, *lines: str):
        for line in lines or ("",):
            self.lines.append(line)
            print(line, flush=True)

    def table(self, head: str, rows: list[str]):
        self.say("", head, "|".join(["", *["---"] * (head.count("|") - 1), ""]), *rows)

    def goal(self, met: bool) -> str:
        self.missed += not met
        return "met" if met else "**missed**"


def main() -> int:
    arguments = parsed()
    if importlib.util.find_spec("django") is None:
        print(
            "The packages are missing here. Run `python3 manage.py test` once, then `.venv/bin/python -m benchmarks`."
        )
        return 2
    report = Report()
    report.say("# What was measured", "", description())
    busy, cores = os.getloadavg()[0], os.cpu_count() or 1
    if busy > cores / 2:
        report.say("", f"**The machine was busy with other work** (load {busy:.1f}): times are unsteady, CPU less so.")
    budget = arguments.seconds / (len(arguments.databases) + 0.5)
    folder = Path(tempfile.mkdtemp(prefix="peacetracker-benchmarks-"))
    try:
        run(["django", "collectstatic", "--noinput", "-v", "0"], environment(folder, None))
        for kind in arguments.databases:
            with ExitStack() as stack:
                measure_database(report, kind, folder, budget, stack)
        measure_start(report, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.say("", f"Goals missed: {report.missed}." if report.missed else "Every goal was met.")
    if arguments.save:
        RESULTS.write_text("\n".join(report.lines) + "\n")
    return bool(report.missed)


def parsed():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="about how long it may take in all (default: 120)")
    parser.add_argument("--save", action="store_true", help=f"write the figures to benchmarks/{RESULTS.name}, too")
    parser.add_argument(
        "--database",
        action="append",
        dest="databases",
        choices=DATABASES,
        help="measure on this one only (default: on SQLite, and on PostgreSQL where there is one)",
    )
    arguments = parser.parse_args()
    arguments.databases = arguments.databases or list(DATABASES)
    return arguments


def description() -> str:
    import django
    import granian

    versions = f"Python {platform.python_version()}, Django {django.__version__}, Granian {granian.__version__}"
    return (
        f"{os.cpu_count()} cores, {platform.system()}, {versions} with one worker of four threads, one connection that "
        "asks for one page after another. The anchor is a view that answers with a constant of 20 KB through the same "
        "middleware. A case and the anchor are measured by turns, in rounds; of each, the quickest request of a round "
        "counts; figures are medians over the rounds, with their quartiles. “Beside many rows” is the same database "
        f"with a second process in it: {data.POSITIONS:,} positions, {data.BRIEFINGS:,} briefings, "
        f"{data.COMPROMISES:,} compromises with {3 * data.COMPROMISES:,} steps and {data.CITATIONS:,} citations. "
        f"“Among many revisions” is the same database with {revisions.REVISIONS:,} more revisions, of rows of another "
        "process or of the talks themselves."
    )


def measure_database(report: Report, kind: str, folder: Path, budget: float, stack: ExitStack):
    """Make the two databases, serve each, measure, and report."""
    end = time.perf_counter() + budget
    made = make(kind, folder, stack, report)
    if made is None:
        return
    version, (plain_url, full_url, revised_url), pages, lists, boards = made
    plain = stack.enter_context(Server.granian(environment(folder, plain_url)))
    full = stack.enter_context(Server.granian(environment(folder, full_url)))
    revised = stack.enter_context(Server.granian(environment(folder, revised_url)))
    keeping = stack.enter_context(Server.granian(environment(folder, plain_url, PAGE_MEMORY_MB="32")))
    alone = [Case(name, plain, *page) for name, page in pages.items()]
    kept = [Case(f"{name}, kept for visitors", keeping, *page) for name, page in pages.items()]
    beside = [Case(name, full, *page) for name, page in pages.items()]
    first = [Case(f"{name}, first page", full, *page) for name, (page, _) in lists.items()]
    deep = [Case(f"{name}, deep inside", full, *page) for name, (_, page) in lists.items()]
    style = json.loads((folder / "static" / "staticfiles.json").read_text())["paths"]["css/components.css"]
    places = zip(("", ", revisions outside", ", revisions inside"), (plain, full, revised), boards, strict=True)
    back = [
        [Case(f"board{what}{place}", server, board[when], pages["board"][1]) for when, what in WHEN.items()]
        for place, server, board in places
    ]
    static = Case("static file (WhiteNoise)", plain, f"/static/{style}", "layer")
    cases = [*alone, *kept, *beside, *first, *deep, static, *chain(*back)]
    done = measure.rounds(cases, max(end - time.perf_counter(), 0))

    report.say("", f"## {version}", "", f"{done} rounds.")
    rows = [line(case) for case in [*alone, *kept, static, *first, *deep, *(then for _, then in back)]]
    report.table("| Page | ms | requests/s against the anchor (quartiles) | CPU ms |", rows)
    rows = [against(report, f"{a.name}, beside many rows", a, b, BESIDE) for a, b in zip(alone, beside, strict=True)]
    rows += [against(report, b.name, a, b, FLAT) for a, b in zip(first, deep, strict=True)]
    rows += [against(report, f"{then.name}, beside the live one", now, then, LOOKING_BACK) for now, then in back]
    rows.append(against(report, f"{back[1][1].name}, beside without", back[0][1], back[1][1], OUTSIDE))
    slowest = min(1 / Spread.of(case.costs).middle for case in kept)
    met = report.goal(slowest >= KEPT)
    report.say("", f"The slowest of the pages kept for visitors: {slowest:.2f} of the anchor; goal ≥ {KEPT}, {met}.")
    report.table("| Growth | times the time (quartiles) | times the CPU | goal for the time | |", rows)
    report_saves(report, environment(folder, plain_url))
    if kind == "sqlite":
        report_visits(report, plain, {name: address for name, (address, _) in pages.items()})


def line(case: Case) -> str:
    ratio = Spread.of([1 / cost for cost in case.costs])
    cpu = f"{1000 * case.cpu / case.asked:.1f}" if case.cpu else "–"
    milliseconds = 1000 * Spread.of(case.times).middle
    spread = f"{ratio.middle:.3f} ({ratio.low:.3f}–{ratio.high:.3f})"
    return f"| {case.name} | {milliseconds:.1f} | {spread} | {cpu} |"


def against(report: Report, name: str, base: Case, case: Case, limit: float) -> str:
    cost = compared(case, base)
    cpu = f"{case.cpu / base.cpu:.2f}" if base.cpu else "–"
    met = report.goal(cost.middle <= limit)
    return f"| {name} | {cost.middle:.2f} ({cost.low:.2f}–{cost.high:.2f}) | {cpu} | ≤ {limit} | {met} |"


def make(kind: str, folder: Path, stack: ExitStack, report: Report):
    """Make a database with the shipped talks, one with many rows and revisions beside them, and one where they have
    many revisions themselves; return None where it cannot be.

    Returns (version, addresses, pages, lists, boards): the addresses of the three, and of what to ask for.
    """
    if kind == "sqlite":
        files = [folder / f"{name}.sqlite3" for name in ("plain", "full", "revised")]
        urls = [f"sqlite:///{file}" for file in files]
        version = f"SQLite {sqlite3.sqlite_version}"

        def copy():
            for file in files[1:]:
                shutil.copyfile(files[0], file)
    else:
        from . import postgresql

        found = postgresql.databases(stack)
        if isinstance(found, str):
            report.say("", "## PostgreSQL", "", f"Not measured: {found}")
            return None
        version, urls, copy = found
    pages = json.loads(run(["benchmarks.data", "real"], environment(folder, urls[0])))
    copy()
    lists = json.loads(run(["benchmarks.data", "big"], environment(folder, urls[1], STATEMENT_TIMEOUT_MS="60000")))
    written = [("0", "talks"), (str(revisions.REVISIONS), "beside"), (str(revisions.REVISIONS), "talks")]
    boards = [
        json.loads(run(["benchmarks.revisions", *how], environment(folder, url)))
        for url, how in zip(urls, written, strict=True)
    ]
    return version, urls, pages, lists, boards


def report_saves(report: Report, settings: dict[str, str]):
    """Report what a save costs beside the bare transaction."""
    found = json.loads(run(["benchmarks.saves", str(SAVES)], settings))
    times = {
        (way, base): Spread.of([one / other for one, other in zip(found[way], found[base], strict=True)])
        for way, base in (("unsearched", "models"), ("unsearched", "sql"), ("save", "models"))
    }
    cost = times["unsearched", "models"]
    met = report.goal(cost.middle <= BARE and found["queries"] <= QUERIES)
    rows = [
        ("through the door, what searches look through left alone", "unsearched"),
        ("through the door, whole", "save"),
        ("bare, with Django’s models", "models"),
        ("bare, in SQL", "sql"),
    ]
    report.table("| A save | ms |", [f"| {words} | {1000 * Spread.of(found[way]).middle:.1f} |" for words, way in rows])
    report.say(
        "",
        f"Through the door it takes {cost.middle:.2f} ({cost.low:.2f}–{cost.high:.2f}) times as long as the bare"
        f" transaction with Django’s models, {times['unsearched', 'sql'].middle:.2f} times as long as in SQL, and with"
        f" what searches look through {times['save', 'models'].middle:.2f} times; the request asks"
        f" {found['queries']} SQL queries. Goals: at most {BARE} times the bare transaction with Django’s models, and"
        f" {QUERIES} queries: {met}. {SAVES} saves of each, on a server that waits for the disk at every commit.",
    )


def report_visits(report: Report, server: Server, pages: dict[str, str]):
    """Report what a first visit to each page transfers."""
    try:
        found = visits.first_visits(server.port, pages)
    except visits.NoBrowser as error:
        report.say("", f"First visits were not measured: {error}.")
        return
    rows = []
    for one in found:
        met = one.requests <= REQUESTS and one.texts <= TEXTS and one.fonts <= FONTS and not one.hosts
        elsewhere = ", ".join(one.hosts) or "none"
        rows.append(
            f"| {one.name} | {one.requests} | {one.texts:,} | {one.fonts:,} | {elsewhere} | {report.goal(met)} |"
        )
    report.table("| First visit | requests | bytes of HTML, CSS and scripts | bytes of fonts | other hosts | |", rows)
    report.say("", f"Goals: at most {REQUESTS} requests, {TEXTS:,} and {FONTS:,} bytes, and no other host.")


def measure_start(report: Report, folder: Path):
    """Report how long `manage.py demo` takes to answer, from nothing and again."""
    data, times = folder / "demo", []
    data.mkdir()
    for _ in range(2):
        port = free_port()
        command = [sys.executable, str(ROOT / "manage.py"), "demo", "--port", str(port), "--password", "bench and mark"]
        env = environment(data, None, DJANGO_SETTINGS_MODULE="peacetracker.settings")
        server = Server(command, env, port)
        try:
            times.append(server.wait())
        finally:
            server.stop()
    met = report.goal(times[1] <= SECOND_START)
    report.say(
        "", "## The demo", "", f"From an empty folder to the first answer: {times[0]:.1f} s (packages installed)."
    )
    report.say(f"Started again: {times[1]:.1f} s; goal ≤ {SECOND_START:.0f} s, {met}.")


if __name__ == "__main__":
    raise SystemExit(main())
