"""Searches beside the bare SQL that finds the same, in turn, and how they grow with ten times the record.

Fills one database with a tenth of the rows and one with all of them: briefings with long stored texts, and positions,
their words as unevenly frequent as in a language. Prints a line a goal, and ends with 1 if one is missed.
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
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from .servers import ROOT, environment, run

BESIDE, GROWTH, QUERIES = 2.0, 2.0, 4  # times the bare SQL; times per tenfold; SQL queries of one search
PASSES = 5  # over both databases, in turn
VOCABULARY, LENGTH = 20_000, 5_000  # words; words of a stored text
FIRST = date(2022, 2, 24)
# By the rank of their frequency: in nearly every text, in many, in few.
CASES = {
    "a common word": "{0}",
    "two common words": "{1} {2}",
    "a phrase of common words": '"{0} {1}"',
    "a common word without another": "{1} -{0}",
    "a word of some texts": "{800}",
    "a rare word": "siskin",
    "a rare and a common word": "siskin {0}",
    "a beginning": "{300:.3}",
    "a common word in stored texts": "{0} kind:text",
    "nothing, and what was meant": "{300}{300}",
}
# What is typed to keep a filter busy, 100 kB of it, and how long a page may take then beside the same page without.
HOSTILE = ("a", "a ", "%_", '"a ', "-a ", "e\u0301", "a-")
LENGTHY, EXTRA = 100_000, 50  # characters; milliseconds


def spelt(number: int) -> str:
    """Return a word of the vocabulary; none begins as another ends."""
    letters = []
    for _ in range(6):
        number, at = divmod(number * 7 + 5, 26)
        letters.append("abcdefghijklmnopqrstuvwxyz"[at])
    return "".join(letters) + str(number % 10)


def fill(texts: int, positions: int) -> None:
    """Make a process with so many briefings with long texts, and so many positions, past the write door."""
    from django.db import connection, transaction

    from issues.models import Briefing, Issue, Position, Process, Side
    from issues.search import keeping

    random = Random(20250212)
    words = list(dict.fromkeys(f"{spelt(number)}" for number in range(2 * VOCABULARY)))[:VOCABULARY]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))

    def said(number: int) -> str:
        return " ".join(random.choices(words, cum_weights=weights, k=number)) + "."

    with transaction.atomic():
        process = Process.objects.create(
            slug="many-words", name="Many words", question="Who says what?", started_on=FIRST, visibility="public"
        )
        side = Side.objects.create(
            process=process,
            slug="one",
            name="One",
            short_label="1",
            role="principal",
            order=1,
            marker="circle",
            colour=1,
        )
        issue = Issue.objects.create(process=process, slug="all", title="All", order=1, scale_low="0", scale_high="1")
        for start in range(0, texts, 100):
            Briefing.objects.bulk_create(
                Briefing(
                    process=process,
                    slug=f"text-{number}",
                    published_on=FIRST + timedelta(days=number % 1500),
                    kind="news",
                    title=said(8)[:200],
                    text=". ".join(said(20) for _ in range(LENGTH // 20)),
                )
                for number in range(start, min(texts, start + 100))
            )
        for start in range(0, positions, 1000):
            Position.objects.bulk_create(
                Position(
                    process=process,
                    slug=f"position-{number}",
                    issue=issue,
                    side=side,
                    held_from=FIRST + timedelta(days=number % 1500),
                    headline=said(8)[:200],
                    body=said(30) + (" siskin" if number % max(1, positions // 20) == 7 else ""),
                    commitment="law",
                )
                for number in range(start, min(positions, start + 1000))
            )
        keeping.rebuild(process)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def typed_in(case: str):
    """Return what a case types, and the kind it picks."""
    words = list(dict.fromkeys(f"{spelt(number)}" for number in range(2 * VOCABULARY)))[:VOCABULARY]
    typed, _, kind = CASES[case].partition(" kind:")
    return typed.format(*words), kind


def measure(rounds: int) -> dict:
    """Return {case: [milliseconds of the search, of the bare SQL, SQL queries, hits]} of one database."""
    from django.db import connection

    from issues.models import Process
    from issues.search import Filters, search

    process = Process.objects.get(slug="many-words")
    found: dict[str, dict] = {case: {"search": [], "bare": []} for case in CASES}
    for number in range(rounds + 1):
        for case in CASES:
            typed, kind = typed_in(case)
            filters = Filters({"kind": [kind]} if kind else {})
            asked: list[tuple] = []

            def note(execute, sql, params, many, context, asked=asked):
                asked.append((sql, params))
                return execute(sql, params, many, context)

            with connection.execute_wrapper(note):
                answer = search(process, typed, filters, edits=True)

            def as_we_do(typed=typed, filters=filters):
                search(process, typed, filters, edits=True)

            def bare(asked=asked):
                for sql, params in asked:
                    with connection.cursor() as cursor:
                        cursor.execute(sql, params)
                        cursor.fetchall()

            ways = [("search", as_we_do), ("bare", bare)]
            for way, does in ways if number % 2 else reversed(ways):
                began = time.perf_counter()
                does()
                if number:  # the first round warms up
                    found[case][way].append((time.perf_counter() - began) * 1000)
            found[case] |= {"queries": len(asked), "hits": sum(map(len, answer.hits.values())), "total": answer.total}
    return found


def endure() -> dict[str, list[float]]:
    """Return {page: [milliseconds that what is typed adds at worst, those of one word]} of pages with words."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("hostile"))
    slug = "many-words"
    pages = {
        "search": reverse("issues:search", args=[slug]),
        "briefings": reverse("issues:briefing-list", args=[slug]),
        "passages": reverse("issues:passage-list", args=[slug]),
        "many at once": reverse("issues:bulk-edit", args=[slug, "briefings"]),
        "the desk": reverse("admin:issues_position_changelist"),
        "what the record lacks": reverse("issues:upkeep-list", args=[slug]),
    }
    found = {}
    for name, address in pages.items():

        def asked(typed, address=address):
            took = []
            for _ in range(5):
                began = time.perf_counter()
                assert client.get(address, {"q": typed}, SERVER_NAME="localhost").status_code == 200
                took.append((time.perf_counter() - began) * 1000)
            return min(took)

        without = asked("water")
        found[name] = [max(asked(one * (LENGTHY // len(one))) for one in HOSTILE) - without, without]
    return found


def child(task: list[str], env: dict[str, str]) -> str:
    """Return what this module prints for a task, in a Python process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.searching", *task], cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode()


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.searching", description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000, help="briefings with a stored text of 5,000 words")
    parser.add_argument("--positions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--endure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fill or arguments.measure or arguments.endure:
        import django

        django.setup()
        if arguments.fill:
            fill(arguments.texts, arguments.positions)
        else:
            print(json.dumps(endure() if arguments.endure else measure(arguments.rounds)))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="peacetracker-searching-"))
    sides: list[dict[str, str]] = []
    tenth: dict[str, dict] = {}
    whole: dict[str, dict] = {}
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if arguments.database == "postgresql":
            from tests.cluster import Cluster

            cluster = Cluster()
            stack.callback(cluster.stop)
        for name, share in (("tenth", 10), ("whole", 1)):
            url = f"sqlite:///{folder / name}.sqlite3"
            if arguments.database == "postgresql":
                import psycopg

                with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                url = cluster.url(name)
            env = environment(folder, url, STATEMENT_TIMEOUT_MS="600000")
            run(["django", "migrate", "-v0"], env)
            began = time.monotonic()
            sizes = ["--texts", str(arguments.texts // share), "--positions", str(arguments.positions // share)]
            child(["--fill", *sizes], env)
            print(f"{name}: filled in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            sides.append(env)
        for _ in range(PASSES):
            for found, env in zip((tenth, whole), sides, strict=True):
                measured = json.loads(child(["--measure", "--rounds", str(arguments.rounds // PASSES)], env))
                for case, one in measured.items():
                    before = found.setdefault(case, {"search": [], "bare": []})
                    found[case] = one | {way: before[way] + one[way] for way in ("search", "bare")}
        run(["django", "collectstatic", "--noinput", "-v", "0"], sides[1])
        endured = json.loads(child(["--endure"], sides[1]))
    print(
        f"{arguments.database}, {arguments.texts:,} briefings with texts of {LENGTH:,} words, {arguments.positions:,} "
        f"positions, {arguments.rounds} rounds\n"
    )
    print("| Searched for | hits, of | ms, bare | p95 to p95 | of a tenth | SQL | |\n|---|---|---|---|---|---|---|")
    missed = 0
    for case in CASES:
        now, before = whole[case], tenth[case]
        took, bare = p95(now["search"]), p95(now["bare"])
        growth = statistics.median(now["search"]) / statistics.median(before["search"])
        met = growth <= GROWTH and now["queries"] <= QUERIES
        missed += not met
        print(
            f"| {case} | {now['hits']}, {now['total']:,} | {statistics.median(now['search']):.1f}, "
            f"{statistics.median(now['bare']):.1f} | {took / bare:.2f} | {growth:.2f} | {now['queries']} | "
            f"{'met' if met else '**missed**'} |"
        )
    print("\n| 100 kB typed in | ms more than a word, of a word | |\n|---|---|---|")
    for name, (more, without) in endured.items():
        missed += more > EXTRA
        print(f"| {name} | {more:.0f}, {without:.0f} | {'met' if more <= EXTRA else '**missed**'} |")
    print(
        f"\nGoals: p95 at most {BESIDE} times that of the bare SQL, {GROWTH} times of a tenth, {QUERIES} SQL queries, "
        f"{EXTRA} ms more for 100 kB."
    )
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
