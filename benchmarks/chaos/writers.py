"""Writers, each a process of its own, that note what the site answered to every write in a file of their own.

`python -m benchmarks.chaos.writers` reads what to do as JSON from its standard input: see `Task`.
"""

import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from .browser import Answer, Browser, Program, compared_with, form, versions

PATIENCE = 60  # seconds that a writer goes on asking
PAUSE = 0.1
OUT = (0, 502, 503)  # statuses of a site that is out of reach, 0 being no answer
MOST_ATTEMPTS = 3  # with which a writer saves the proposal of a conflict
TOKEN = "{}w{:02}n{:04}"
COLUMNS = ("body", "body", "body", "commitment_note")


@dataclass
class Task:
    """What all writers of a run do. `behaviour` names the method by which each edit is made."""

    name: str
    behaviour: str
    edits: int
    writers: int
    port: int
    logs: str
    record: dict
    admins: int = 0


@dataclass
class Entry:
    """One write and its answer. `text` is what `column` of the row was to say, `base` the version it began with."""

    token: str
    path: str
    row: int = 0
    column: str = ""
    base: int | None = None
    text: str = ""
    status: int = 0
    asked: int = 1
    theirs: list = field(default_factory=list)  # [version, text], as the answer of a conflict shows them
    answers: list = field(default_factory=list)  # [status, location] of the same form sent more than once
    faults: list = field(default_factory=list)  # sentences: what was wrong with the answer itself

    @property
    def reason(self) -> str:
        """Return the reason that the write gave: what finds its changeset."""
        return f"chaos {self.token}"


class Writer:
    """One person at work, and their log."""

    def __init__(self, task: Task, number: int):
        self.task, self.number = task, number
        self.random = Random(f"{task.name} {number}")
        self.browser = self.another_browser()
        self.program = Program(task.port, task.record["tokens"][number])
        self.log = (Path(task.logs) / f"{task.name}-{number:02}.jsonl").open("a", buffering=1)
        self.sent: list[tuple[str, dict, Entry]] = []

    def another_browser(self) -> Browser:
        return Browser(self.task.port, self.task.record["sessions"][self.number])

    def note(self, entry: Entry):
        self.log.write(json.dumps(asdict(entry)) + "\n")

    def work(self):
        """Make this writer's share of the edits, or as many as fit in until a file `stop` is laid beside the logs."""
        logs = Path(self.task.logs)
        share = len(range(self.number, self.task.edits, self.task.writers))
        edit, n = getattr(self, self.task.behaviour), 0
        while share > 0 and logs.exists() and not (logs / "stop").exists():
            share -= edit(TOKEN.format(self.task.name, self.number, n), n)
            n += 1
        self.send_again()

    def ask(self, address: str, fields: dict | None = None, *, htmx: bool = False) -> tuple[Answer, int]:
        return persist(self.browser, address, fields, htmx=htmx)

    # Edits of the same words

    def conflicting(self, token: str, n: int) -> int:
        """Add a word to a text of a position that everybody writes to; on a conflict, save the proposal or give up.

        Returns the number of edits that this took.
        """
        row = self.random.choice(self.task.record["positions"][: self.task.record["shared"]])
        if self.number < self.task.admins:
            return self.in_admin(token, row)
        if self.number % 4 == 3:
            return self.in_api(token, row, n)
        htmx, address = bool(self.number % 2), f"/positions/{row}/edit/"
        fields, column = self.open(address, htmx=htmx), self.random.choice(COLUMNS)
        if not fields:
            return 1
        without_version = n % 8 == 5
        before = fields[column]
        fields[column] = with_word(self.random, before, token)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            entry = Entry(f"{token}.{attempt}", "htmx" if htmx else "page", row, column, text=fields[column])
            fields["reason"] = entry.reason
            if without_version:
                entry.path = "no version"
                fields.pop("base_version")
            else:
                entry.base = int(fields["base_version"])
            answer, entry.asked = self.ask(address, fields, htmx=htmx)
            entry.status = answer.status
            again = self.read_conflict(entry, answer, before) if answer.status == 409 else {}
            self.note(entry)
            if not again or entry.faults or self.random.random() < 0.4:
                break
            fields, before = again, entry.theirs[1]
        return attempt

    def open(self, address: str, *, htmx: bool = False) -> dict[str, str]:
        """Return the form at an address; where the site does not answer, note that and return nothing."""
        answer, asked = self.ask(address, htmx=htmx)
        if answer.status in OUT:
            self.note(Entry(address, "open", status=answer.status, asked=asked))
            return {}
        if answer.status != 200 or not (fields := form(answer.text)):
            raise RuntimeError(f"{address} was answered with {answer.status}, and no form.")
        return fields

    def read_conflict(self, entry: Entry, answer: Answer, base: str) -> dict:
        """Note what the answer of a conflict shows and lacks; return its form, with the proposal in it."""
        again, shown = form(answer.text), versions(answer.text)
        if shown is None or not again:
            entry.faults.append("the answer does not show both texts against one base")
            return again
        if shown[0] != base:
            entry.faults.append("the base that is shown is not what the edit began with")
        if shown[2] != entry.text:
            entry.faults.append("mine is not shown as it was typed")
        if compared_with(answer.text) != entry.base:
            entry.faults.append("the version that the edit began with is not named")
        entry.theirs = [int(again["base_version"]), shown[1]]
        old, theirs, mine = ({*one.split()} for one in shown)
        if missing := ((mine | theirs) - old | (mine & theirs)) - {*again[entry.column].split()}:
            entry.faults.append(f"the proposal lacks {', '.join(sorted(missing))}")
        return again

    def in_admin(self, token: str, row: int) -> int:
        """Add a word in the curators' panel."""
        address = f"/admin/issues/position/{row}/change/"
        if not (fields := self.open(address)):
            return 1
        text = with_word(self.random, fields["body"], token)
        entry = Entry(f"{token}.1", "admin", row, "body", int(fields["base_version"]), text)
        answer, entry.asked = self.ask(address, fields | {"body": text, "reason": entry.reason})
        entry.status = answer.status
        if answer.status == 409:
            self.read_conflict(entry, answer, fields["body"])
        self.note(entry)
        return 1

    def in_api(self, token: str, row: int, n: int) -> int:
        """Add a word by a program; on a conflict, send the proposal or give up."""
        address = f"/api/v1/processes/{self.task.record['slug']}/positions/{self.task.record['slugs'][str(row)]}"
        answer, asked = self.ask_api(address)
        column, base = self.random.choice(COLUMNS), 0
        if answer.status == 200:
            read = json.loads(answer.text)
            base, before = read["version"], read[column]
            fields = {column: with_word(self.random, before, token)}
        else:
            self.note(Entry(address, "open", status=answer.status, asked=asked))
            return 1
        for attempt in range(1, MOST_ATTEMPTS + 1):
            entry = Entry(f"{token}.{attempt}", "api", row, column, base, fields[column])
            names = {"If_Match": f'"{base}"'}
            if n % 8 == 5:
                entry.path, entry.base, names = "no version", None, {}
            sent = fields | {"reason": entry.reason}
            answer, entry.asked = self.ask_api(address, sent, Idempotency_Key=f"chaos-{entry.token}", **names)
            entry.status = answer.status
            said = json.loads(answer.text) if answer.status == 412 else {}
            if said.get("conflicts"):
                self.read_parting(entry, said["conflicts"], said, before)
            self.note(entry)
            if "merged" not in said or entry.faults or self.random.random() < 0.4:
                break
            base, fields = said["version"], said["merged"]
            before = entry.theirs[1] if entry.theirs else before
        return attempt

    def read_parting(self, entry: Entry, conflicts: list[dict], said: dict, base: str):
        """Note what the answer of a conflict shows and lacks."""
        if [one["field"] for one in conflicts] != [entry.column]:
            entry.faults.append("the answer does not name the field that parts")
            return
        [one] = conflicts
        if (one["base"], one["mine"]) != (base, entry.text):
            entry.faults.append("base and mine are not shown as they were")
        entry.theirs = [said["version"], one["theirs"]]
        old, theirs, mine = ({*one[name].split()} for name in ("base", "theirs", "mine"))
        if missing := ((mine | theirs) - old | (mine & theirs)) - {*said["merged"][entry.column].split()}:
            entry.faults.append(f"the proposal lacks {', '.join(sorted(missing))}")

    def ask_api(self, address: str, fields: dict | None = None, **names: str) -> tuple[Answer, int]:
        """Return an answer of the API and how often it was asked for; who asks too often waits as long as it says."""
        while True:
            answer, asked = insist(lambda: self.program.ask(address, fields, **names))
            if answer.status != 429:
                return answer, asked
            time.sleep(answer.wait)

    # The same form more than once

    def repeating(self, token: str, n: int) -> int:
        """Send one form twice at the same moment; keep it, to be sent once more at the end."""
        record = self.task.record
        row = record["positions"][record["shared"] + self.number]
        number = record["compromises"][self.number]
        address, path = (
            (f"/positions/{row}/edit/", "edit"),
            (f"/processes/{record['slug']}/issues/grass/positions/new/?side=hill", "new position"),
            (f"/processes/{record['slug']}/compromises/{number}/status/", "new step"),
        )[n % 3]
        fields, entry = self.open(address), Entry(token, path)
        if not fields:
            return 1
        fields["reason"] = entry.reason
        if path == "edit":
            fields["body"] = with_word(self.random, fields["body"], token)
        elif path == "new position":
            fields |= {"headline": token, "held_from": "2024-05-01", "commitment": "law", "confidence": "high"}
        else:
            fields |= {"note": token, "status": "signalled", "briefing": record["briefing"]}
        answers: list[Answer] = []
        both = threading.Barrier(2)

        def send():
            browser = self.another_browser()
            browser.cookies = dict(self.browser.cookies)
            both.wait()
            answers.append(persist(browser, address, fields)[0])

        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entry.answers = [[one.status, one.location] for one in answers]
        self.sent.append((address, fields, entry))
        return 2  # as it is sent twice more than it should be

    def send_again(self):
        """Send every form that was kept once more."""
        for address, fields, entry in self.sent:
            answer, _ = self.ask(address, fields)
            entry.answers.append([answer.status, answer.location])
            self.note(entry)


def persist(browser: Browser, address: str, fields: dict | None = None, *, htmx=False) -> tuple[Answer, int]:
    """Return an answer and how often it was asked for: while the site is out of reach, the same is sent again."""
    return insist(lambda: browser.ask(address, fields, htmx=htmx))


def insist(ask: Callable[[], Answer]) -> tuple[Answer, int]:
    """Return an answer and how often it was asked for, while the site is out of reach."""
    end, asked = time.monotonic() + PATIENCE, 0
    while True:
        asked += 1
        answer = ask()
        if answer.status not in OUT or time.monotonic() > end:
            return answer, asked
        time.sleep(PAUSE)


def with_word(random: Random, text: str, word: str) -> str:
    """Return a text with a word put in at some place."""
    words = text.split(" ")
    at = random.randint(1, len(words))
    return " ".join([*words[:at], word, *words[at:]])


def entries(logs: Path) -> list[Entry]:
    """Return what all writers noted in a folder."""
    return [Entry(**json.loads(line)) for file in sorted(logs.glob("*.jsonl")) for line in file.open()]


def main():
    task = Task(**json.load(sys.stdin))
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=Writer(task, number).work) for number in range(task.writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("A writer ended with an error.")


if __name__ == "__main__":
    main()
