"""Compare what the writers noted with the rows and the revisions: prints what was found as JSON.

`python -m benchmarks.chaos.check LOGS`, on the database that DATABASE_URL names.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .record import SLUG
from .writers import OUT, Entry, entries

SAVED, REFUSED = {200, 302}, {409, 412, 428}  # 200 and 412 from the API


@dataclass
class Found:
    """What a comparison found. Lists hold sentences; a record that lost nothing has none in any of them."""

    saved: int = 0
    refused: int = 0
    without_version: int = 0  # of the refused
    again: int = 0  # writes that had to be sent again before they were answered
    unanswered: int = 0
    repeated: int = 0  # forms that were sent again, beyond the first time
    replaced: int = 0  # words that a load of a document put away, on record
    paths: dict = field(default_factory=dict)  # {path: saved}
    changes: int = 0
    rows: int = 0
    lost: list = field(default_factory=list)  # saved words that are gone
    unrecorded: list = field(default_factory=list)  # saved writes without a change, or with another text on record
    doubled: list = field(default_factory=list)  # writes that made more than one change, or got different answers
    phantom: list = field(default_factory=list)  # refused writes that were made
    unfair: list = field(default_factory=list)  # answers that show something wrong or nothing, or no refusal
    history: list = field(default_factory=list)  # what `verify` says
    replay: list = field(default_factory=list)  # rows that differ from what their revisions add up to

    @property
    def faults(self) -> list[str]:
        """Return every sentence that should not be there."""
        return [
            f"{name}: {sentence}"
            for name in ("lost", "unrecorded", "doubled", "phantom", "unfair", "history", "replay")
            for sentence in getattr(self, name)
        ]


def compare(log: list[Entry]) -> Found:
    """Return what differs between a log, the rows and the revisions of the record."""
    from issues import history
    from issues.models import Changeset, Process, Snapshot

    process = Process.objects.get(slug=SLUG)
    found = Found(changes=Changeset.objects.filter(process=process).count())
    numbers, by_reason = {}, defaultdict(list)
    written = Changeset.objects.filter(process=process).order_by("number")
    for pk, number, reason in written.values_list("pk", "number", "reason"):
        numbers[pk] = number
        by_reason[reason].append(number)
    texts: dict[int, dict[int, dict]] = defaultdict(dict)  # {position: {number of the change: its columns}}
    for pk, change, data in Snapshot.objects.filter(process=process, model="position").values_list(
        "object_id", "changeset_id", "data"
    ):
        texts[pk][numbers[change]] = json.loads(data)
    loads = {numbers for entry in log if entry.path == "load" for numbers in by_reason[entry.reason]}
    paths: Counter = Counter()
    for entry in log:
        changes = by_reason[entry.reason]
        if len(changes) > 1:
            found.doubled.append(f"{entry.token} made {len(changes)} changes")
        if entry.answers:
            compare_repeated(entry, changes, found)
            continue
        found.again += entry.asked > 1
        found.unfair += [f"{entry.token}: {fault}" for fault in entry.faults]
        if entry.status in SAVED:
            paths[entry.path] += 1
            compare_saved(entry, changes, texts[entry.row], loads, found)
        elif entry.status in REFUSED:
            compare_refused(entry, changes, texts[entry.row], found)
        elif entry.status in OUT:
            found.unanswered += 1
        else:
            found.unfair.append(f"{entry.token} ({entry.path}) was answered with {entry.status}")
    found.paths = dict(paths)
    found.history = list(history.verify(process))
    found.rows, found.replay = replay(process)
    return found


def compare_saved(entry: Entry, changes: list[int], texts: dict[int, dict], loads: set[int], found: Found):
    """Note whether a saved write is on record, and whether its word is still there."""
    found.saved += 1
    if entry.path == "no version":
        found.unfair.append(f"{entry.token} was saved although it named no version")
    if not changes or changes[0] not in texts:
        found.unrecorded.append(f"{entry.token} was saved, but no revision says so")
        return
    if texts[changes[0]][entry.column] != entry.text:
        found.unrecorded.append(f"{entry.token} was saved, but the revision says something else")
    word = entry.token.partition(".")[0]
    for number in sorted(number for number in texts if number >= changes[0]):
        if word not in texts[number][entry.column].split():
            if number in loads:
                found.replaced += 1
            else:
                found.lost.append(f"{word}, saved by change {changes[0]}, is gone with change {number}")
            return


def compare_refused(entry: Entry, changes: list[int], texts: dict[int, dict], found: Found):
    """Note whether a refused write was made all the same, and whether its answer showed what was stored."""
    found.refused += 1
    found.without_version += entry.status == 428
    if (entry.status == 428) != (entry.path == "no version"):
        found.unfair.append(f"{entry.token} ({entry.path}) was answered with {entry.status}")
    if changes:
        found.phantom.append(f"{entry.token} was refused, but change {changes[0]} made it")
    if entry.theirs:
        version, text = entry.theirs
        stored = next((columns for columns in texts.values() if columns["version"] == version), {})
        if stored.get(entry.column) != text:
            found.unfair.append(f"{entry.token}: what the answer shows as theirs was never stored as version {version}")


def compare_repeated(entry: Entry, changes: list[int], found: Found):
    """Note whether a form that was sent several times made one change and was answered alike."""
    found.repeated += len(entry.answers) - 1
    if len({tuple(answer) for answer in entry.answers}) > 1 or entry.answers[0][0] not in SAVED:
        found.doubled.append(f"{entry.token} ({entry.path}) was answered with {entry.answers}")
    elif not changes:
        found.unrecorded.append(f"{entry.token} ({entry.path}) was saved, but no revision says so")


def replay(process) -> tuple[int, list[str]]:
    """Return (number of rows, sentences) of a comparison of every row with what its revisions add up to in order.

    It reads the tables by itself and uses nothing of `issues.history`.
    """
    from django.apps import apps

    from issues.models.base import Record

    faults, state = [], {}
    columns = "changeset__number", "model", "object_id", "version", "data"
    written = process.changesets.model.objects.filter(process=process).order_by("number")
    before = None
    for expected, (number, moment) in enumerate(written.values_list("number", "moment"), start=1):
        if number != expected:
            faults.append(f"change {expected} is not there")
            break
        if before and moment <= before:
            faults.append(f"change {number} is not dated after the one before it")
        before = moment
    snapshots = process.changesets.model.snapshots.rel.related_model.objects
    for number, model, key, version, data in (
        snapshots.filter(changeset__process=process).order_by("changeset__number", "id").values_list(*columns)
    ):
        before = state.get((model, key), {"version": 0})
        after = json.loads(data)
        if not version == after["version"] == before["version"] + 1:
            faults.append(f"{model} {key} goes from version {before['version']} to {version} with change {number}")
        state[model, key] = after
    kinds = [model for model in apps.get_models() if issubclass(model, Record)]
    stored = dict(rows(kinds, process))
    # A snapshot leaves out a column that is younger than itself, or than the first ones, where it has its default.
    usual = {
        kind._meta.model_name: {one.attname: plain(one.get_default()) for one in kind._meta.concrete_fields}
        for kind in kinds
    }
    for key in sorted(state.keys() | stored.keys()):
        if key not in stored:
            faults.append(f"{key[0]} {key[1]} is on record but not stored")
        elif key not in state:
            faults.append(f"{key[0]} {key[1]} is stored without a revision")
        elif differing := sorted(
            name for name in stored[key] if stored[key][name] != state[key].get(name, usual[key[0]][name])
        ):
            faults.append(f"{key[0]} {key[1]} differs from its revisions: {', '.join(differing)}")
    return len(stored), faults


def rows(models, process) -> Iterator[tuple[tuple[str, int], dict]]:
    """Yield ((model, key), columns) of every stored row of a process, in the form in which JSON has them."""
    for model in models:
        own = {"pk": process.pk} if isinstance(process, model) else {"process": process}
        for columns in model.objects.filter(**own).values():
            key = model._meta.model_name, columns.pop("id")
            columns.pop("content_version", None)
            yield key, {name: plain(value) for name, value in columns.items()}


def plain(value):
    return value.isoformat() if isinstance(value, date) else value


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(vars(compare(entries(Path(sys.argv[1]))))))
