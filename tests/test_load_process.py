"""Loading a process document: all or nothing, once, and what a changed document does to what is there."""

import hashlib
import io
import json
import subprocess
import sys
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from issues import documents, history
from issues.choices import Marker
from issues.documents import fields
from issues.management.commands.load_process import Progress
from issues.models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Side,
    Snapshot,
    StatusEvent,
)

from .conftest import ROOT, TALKS, WATER_TREATY
from .test_document_faults import AMBER_PASS

RECORDED = (Process, *fields.MODELS)
SECTIONS = {Side: "sides", Issue: "issues", Briefing: "briefings", Position: "positions", Compromise: "compromises"}


@pytest.fixture
def amber(db):
    """Return a small document that is loaded already."""
    document = documents.read(AMBER_PASS)
    documents.load(document, reason="Load it")
    return document


def run(*arguments, **options):
    """Run the command and return what it says."""
    out = io.StringIO()
    call_command("load_process", *arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def everything():
    """Return every row of the record and of its history."""
    return {model: list(model.objects.order_by("pk").values()) for model in (*RECORDED, Changeset, Snapshot)}


def in_file(tmp_path, document):
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(document))
    return file


# The first load


def test_the_shipped_set_is_loaded_whole(talks):
    document = json.loads(TALKS.read_text())
    compromises = document["compromises"]
    cited = [*document["positions"], *compromises]
    assert {model: model.objects.filter(process=talks).count() for model in fields.MODELS} == {
        Side: 4,
        Issue: 5,
        Briefing: 52,
        Position: 70,
        Compromise: 40,
        StatusEvent: sum(len(row["status_changes"]) for row in compromises),
        CompromiseLink: 26,
        Citation: sum(len(row["citations"]) for row in cited),
    }
    assert Citation.objects.exclude(quote="").count() == 95
    assert talks.visibility == "public"


def restored(model, row):
    """Return a row of the record as the row of a document that it came from, without what is empty."""
    found = {}
    for name, attribute in fields.FIELDS[model].items():
        value, field = getattr(row, attribute), model._meta.get_field(attribute)
        if isinstance(value, date):
            value = value.isoformat()
        elif field.is_relation and value is not None:
            value = value.slug
        elif name in ("credibility", "implementation") and value is not None:
            value = int(value)
        found[name] = value
    if model is StatusEvent and row.status == "superseded" and row.superseded_by is None:
        found["superseded_by"] = row.briefing.slug
    return found


DEFAULTS = {
    "precision": "day",
    "language": "en",
    "reliability": "F",
    "read_as": "not_read",
    "confidence": "unassessed",
    "basis": "source",
    "relation": "supports",
    "credibility": 6,
    "status": "open",
    "stalled_after_days": 180,
    "visibility": "public",
}


def full(model, row):
    """Return a document's row with the defaults that it leaves out, and without what is empty or stands elsewhere."""
    not_its_own = {"citations", "status_changes"} | ({"status", "rejected_by"} if model is Compromise else set())
    row = {name: DEFAULTS[name] for name in fields.FIELDS[model] if name in DEFAULTS} | row
    return {k: v for k, v in row.items() if k not in not_its_own and v not in (None, "", [])}


def known(model, row):
    return {name: value for name, value in restored(model, row).items() if value not in (None, "", [])}


@pytest.mark.parametrize("file", [TALKS, WATER_TREATY, AMBER_PASS], ids=lambda file: file.name)
def test_every_word_of_a_document_stands_in_the_record(db, file):
    document = documents.read(file)
    documents.load(document, reason="Load it")
    process = Process.objects.get()
    assert known(Process, process) == full(Process, document["process"])
    assert process.method == document.get("meta", {})
    shown_elsewhere = {"meta", "process", "links", *SECTIONS.values()}
    assert process.later_sections == {k: v for k, v in document.items() if k not in shown_elsewhere}
    slug_of = {row["number"]: row["slug"] for row in document["compromises"]}
    claims = []
    for model, section in SECTIONS.items():
        rows = list(model.objects.order_by("pk"))
        for row, wanted in zip(rows, document.get(section, ()), strict=True):
            dress = {"marker": row.marker, "colour": row.colour} if model is Side else {}
            assert known(model, row) == dress | full(model, wanted)
            claims.append((row, wanted.get("citations", ())))
    for compromise, wanted in zip(Compromise.objects.order_by("pk"), document["compromises"], strict=True):
        events = compromise.status_events.order_by("pk")
        for event, step in zip(events, wanted["status_changes"], strict=True):
            successor = step.get("superseded_by")
            step = full(StatusEvent, step | {"superseded_by": slug_of.get(successor, successor)})
            assert known(StatusEvent, event) == step
        claims += [(e, s.get("citations", ())) for e, s in zip(events, wanted["status_changes"], strict=True)]
    for link, wanted in zip(CompromiseLink.objects.order_by("pk"), document["links"], strict=True):
        ends = {end: slug_of.get(wanted[end], wanted[end]) for end in ("from", "to")}
        assert known(CompromiseLink, link) == full(CompromiseLink, wanted | ends)
    for claim, wanted in claims:
        cited = list(claim.citations.order_by("order")) if wanted else []
        assert [citation.order for citation in cited] == list(range(1, len(wanted) + 1))
        assert [known(Citation, one) for one in cited] == [full(Citation, one) for one in wanted]
    assert Citation.objects.count() == sum(len(wanted) for _, wanted in claims)


def test_each_compromise_has_the_status_that_the_document_states(talks):
    stated = {row["slug"]: row["status"] for row in json.loads(TALKS.read_text())["compromises"]}
    assert dict(Compromise.objects.with_status().values_list("slug", "status")) == stated


def test_every_row_gets_a_snapshot_in_one_changeset(talks):
    changeset = Changeset.objects.get()
    assert (changeset.process, changeset.number) == (talks, 1)
    assert (changeset.reason, changeset.user_name) == ("Load us-russia-talks.json", "")
    for model in RECORDED:
        keys = model.objects.values_list("pk", flat=True)
        snapshots = Snapshot.objects.filter(model=model._meta.model_name).values_list("object_id", flat=True)
        assert sorted(keys) == sorted(snapshots)
    assert list(history.verify(talks)) == []


def test_a_second_quite_different_process_loads_beside_the_first(talks, other_talks):
    assert Side.objects.filter(process=other_talks).count() == 3
    assert Issue.objects.filter(process=other_talks).count() == 7
    assert not Compromise.objects.filter(process=other_talks).exists()
    assert other_talks.stalled_after_days == 365
    draft = Briefing.objects.get(slug="commission-draft-2023-03")
    assert draft.text_sha256 == hashlib.sha256(draft.text.encode()).hexdigest()


def test_shapes_and_colours_follow_the_order_of_the_sides(talks):
    shapes = list(Side.objects.filter(process=talks).values_list("marker", "colour"))
    assert shapes == [(marker, i) for i, marker in enumerate(Marker.values[:4], 1)]


def test_shapes_and_colours_are_given_among_those_still_free(amber):
    assert list(Side.objects.values_list("slug", "marker", "colour")) == [("north", "star", 7), ("south", "circle", 1)]


def test_a_document_of_faults_writes_nothing(db, tmp_path):
    document = documents.read(AMBER_PASS)
    document["positions"][0] |= {"side": "nobody", "as_of": "2025-02-30"}
    with pytest.raises(CommandError) as caught:
        run(in_file(tmp_path, document))
    assert str(caught.value).splitlines() == [
        "2 faults; nothing was written.",
        'positions[0].as_of: "2025-02-30" is not a day of the calendar; write it YYYY-MM-DD',
        'positions[0].side: no side "nobody" in this process',
    ]
    assert not any(everything().values())


@pytest.mark.parametrize("model", fields.MODELS[1:], ids=lambda model: model.__name__)
def test_a_load_that_breaks_off_leaves_nothing_behind(db, monkeypatch, model):
    create = history.Door.create

    def fail(self, rows):
        if rows and isinstance(rows[0], model):
            raise IntegrityError("the disk is on fire")
        return create(self, rows)

    monkeypatch.setattr(history.Door, "create", fail)
    with pytest.raises(documents.DocumentError):
        documents.load(documents.read(AMBER_PASS), reason="Load it")
    assert not any(everything().values())


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(db):
    assert run(AMBER_PASS, dry_run=True) == (
        "amber-pass: would load 1 process, 2 sides, 1 issue, 2 briefings, 1 position, 2 compromises, 4 steps, 1 link "
        "and 2 citations.\nThis was a dry run.\n"
    )
    assert not any(everything().values())


def test_reason_user_and_visibility_may_be_given(db):
    User.objects.create_user("carl")
    run(AMBER_PASS, reason="  Begin\n again ", user="carl", visibility="members")
    changeset = Changeset.objects.get()
    assert (changeset.reason, changeset.user_name) == ("Begin again", "carl")
    assert Process.objects.get().visibility == "members"
    assert run(AMBER_PASS) == "amber-pass: nothing to change.\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"user": "nobody"}, "There is no user “nobody”."),
        ({"user": "a\0b"}, "There is no user “a�b”."),
        ({"reason": " "}, "The reason must be one line of 1 to 500 characters."),
        ({"reason": "x" * 501}, "The reason must be one line of 1 to 500 characters."),
        ({"file": "nowhere.json"}, "There is no file nowhere.json. Check the path."),
    ],
)
def test_what_the_command_cannot_use_gets_one_sentence(db, options, sentence):
    with pytest.raises(CommandError) as caught:
        run(options.pop("file", AMBER_PASS), **options)
    assert str(caught.value).startswith(sentence)
    assert caught.value.returncode == 1
    assert not any(everything().values())


def test_the_shell_gets_exit_code_1_and_the_sentence_on_stderr():
    done = subprocess.run(
        [sys.executable, "manage.py", "load_process", "nowhere.json"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "CommandError: There is no file nowhere.json. Check the path.\n"


# Many rows


def large(positions):
    document = documents.read(AMBER_PASS)
    document["positions"] = [document["positions"][0] | {"slug": f"p{i}"} for i in range(positions)]
    return document


def queries(document, **options):
    with CaptureQueriesContext(connection) as captured:
        documents.load(document, reason="Try", **options)
    return len(captured)


def test_the_number_of_queries_grows_with_batches_not_with_rows(db):
    counted = {}
    for rows in (10, 490, 990):
        with transaction.atomic():
            counted[rows] = queries(large(rows)), queries(large(rows))
            transaction.set_rollback(True)
    (few, again), (more, more_again), (most, most_again) = counted.values()
    # For each position a citation and two snapshots; SQLite takes some forty rows at a time, PostgreSQL 500.
    assert (more - few) * 20 < 480 * 4
    assert (most - few) * 20 < 980 * 4
    assert again == more_again == most_again <= 12


def test_a_long_list_of_notes_is_cut_and_the_rest_counted(db, tmp_path):
    lines = run(in_file(tmp_path, large(30)), dry_run=True).splitlines()
    assert lines[0].startswith("Note: positions[1]: has the issue, side and date of positions[0]")
    assert lines[10] == "… and 19 more notes."
    assert lines[11].startswith("amber-pass: would load")


class Terminal(io.StringIO):
    def __init__(self, is_terminal):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal


def shown(total, is_terminal):
    from django.core.management.base import OutputWrapper

    stream = Terminal(is_terminal)
    progress = Progress(OutputWrapper(stream))
    for done in (*range(500, total, 500), total):
        progress.show(done, total)
    return stream.getvalue()


def test_a_long_load_shows_its_progress():
    assert shown(999, True) == shown(999, False) == ""
    bar = shown(2000, True)
    assert bar.count("\r") == 4
    assert bar.endswith("\r██████████████████████████████ 100% of 2,000 rows\n")
    assert shown(2000, False) == " 25% of 2,000 rows\n 50% of 2,000 rows\n 75% of 2,000 rows\n100% of 2,000 rows\n"


def test_a_load_of_a_thousand_rows_reports_each_batch(db):
    steps = []
    documents.load(large(600), reason="Try", progress=lambda done, total: steps.append((done, total)))
    done, totals = zip(*steps, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {done[-1]}
    assert len(steps) >= 9
