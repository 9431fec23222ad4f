"""Exporting a process as a document: load(export(x)) = x, in a file that is whole or not there."""

import io
import json
import os
import stat
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from issues import documents, files, history, people
from issues.choices import LinkKind, Marker, Status
from issues.documents import fields, past
from issues.documents.comparison import stored_rows
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

from . import valley
from .conftest import TALKS, WATER_TREATY, Person
from .test_document_faults import AMBER_PASS
from .test_load_process import DEFAULTS

NOT_COMPARED = {"id", "version", "created_at", "updated_at", "content_version", "process_id"}


@contextmanager
def alone():
    """Take back what is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows(process):
    """Return every row of a process by its columns, each pointer as the place of the row that it points to."""
    stored = {Process: [process], **stored_rows(process)}
    # A document has the citations of a claim in the order of their numbers, whatever order they were recorded in.
    stored[Citation].sort(
        key=lambda row: (row.position_id or 0, row.compromise_id or 0, row.status_event_id or 0, row.order)
    )
    places = {(model, row.pk): place for model, found in stored.items() for place, row in enumerate(found)}
    return {
        model.__name__: [
            {
                field.attname: places.get((field.related_model, value), value) if field.is_relation else value
                for field in model._meta.concrete_fields
                if field.attname not in NOT_COMPARED
                for value in [getattr(row, field.attname)]
            }
            for row in found
        ]
        for model, found in stored.items()
    }


def loaded(document):
    """Load a document and return (the rows that it makes, the document that they make)."""
    documents.load(document, reason="Load it")
    process = Process.objects.get(slug=document["process"]["slug"])
    return rows(process), documents.export(process)


def goes_round(document):
    """Return the document that a document comes back as, sure that both make the same rows."""
    with alone():
        first, written = loaded(document)
    with alone():
        again, rewritten = loaded(json.loads(documents.text_of(written)))
    assert documents.check(written) == []
    assert again == first
    assert documents.text_of(rewritten) == documents.text_of(written)
    assert documents.fingerprint(rewritten) == documents.fingerprint(written)
    return written


def in_full(document):
    """Return a document with its defaults written out, compromises by their slugs, and nothing that is empty."""
    slugs = {row["number"]: row["slug"] for row in document["compromises"]}

    def full(model, row):
        given = {name: DEFAULTS[name] for name in fields.FIELDS[model] if name in DEFAULTS} | row
        given = {name: value for name, value in given.items() if value not in (None, "", [])}
        if "superseded_by" in given and given["superseded_by"] == given["briefing"]:
            given["superseded_by"] = "the briefing"
        for name in ("from", "to", "superseded_by"):
            if name in given:
                given[name] = slugs.get(given[name], given[name])
        if cited := given.pop("citations", None):
            numbered = [full(Citation, {"number": place} | one) for place, one in enumerate(cited, 1)]
            given["citations"] = sorted(numbered, key=lambda one: one["number"])
        return given

    def of_compromise(row):
        steps = [full(StatusEvent, step) for step in row["status_changes"]]
        return full(Compromise, row) | {"status_changes": steps, "status": None, "rejected_by": None}

    found = {"meta": {}} | document | {"process": full(Process, document["process"])}
    for section, model in {"briefings": Briefing, "issues": Issue, "positions": Position}.items():
        found[section] = [full(model, row) for row in document[section]]
    found["sides"] = [full(Side, row) | {"marker": None, "colour": None} for row in document["sides"]]
    found["compromises"] = [of_compromise(row) for row in document["compromises"]]
    found["links"] = [full(CompromiseLink, row) for row in document["links"]]
    return found


@pytest.mark.parametrize("file", [TALKS, WATER_TREATY, AMBER_PASS], ids=lambda file: file.name)
def test_a_document_comes_back_in_every_field_that_the_format_knows(db, file):
    document = documents.read(file)
    written = goes_round(document)
    assert in_full(written) == in_full(document)
    stated = {row["slug"]: row.get("status") for row in written["compromises"]}
    assert all(stated[row["slug"]] == row["status"] for row in document["compromises"] if row.get("status"))


# Documents of any kind

TEXT = some.text(some.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cc", "Cs"]), max_size=20)
LINE = TEXT.map(lambda text: " ".join(text.split())).filter(bool)
DAY = some.dates(date(1, 1, 1), date(9998, 12, 31)).map(date.isoformat)


@some.composite
def process_documents(draw):
    """Return a sound document with up to a few rows of every kind, and some of the fields that may be left out."""

    def row(required, **more):
        given = {name: draw(value) if hasattr(value, "example") else value for name, value in required.items()}
        return given | {name: draw(value) for name, value in more.items() if draw(some.booleans())}

    def several(most, make, least=0):
        return [make(n) for n in range(1, draw(some.integers(least, most)) + 1)]

    def one_of(section):
        return some.sampled_from([found["slug"] for found in section])

    def citation(n):
        credibility = some.integers(1, 6)
        return row({"briefing": one_of(briefings)}, quote=TEXT, credibility=credibility, number=some.integers(1, 9))

    def claim(n, **required):
        common = {"slug": f"s{n}", "issue": one_of(issues), "side": one_of(sides), "headline": LINE}
        return row(common | required, body=TEXT, provenance=TEXT) | {"citations": several(2, citation)}

    def step(of, n):
        status = draw(some.sampled_from(Status.values))
        found = row({"date": DAY, "status": status, "briefing": one_of(briefings)}, note=TEXT)
        if status == Status.REJECTED:
            found["rejected_by"] = draw(one_of(sides))
        if status == Status.SUPERSEDED:
            others = [found["briefing"], *({7, 14, 21} - {of})]
            found["superseded_by"] = draw(some.sampled_from(others))
        if status == Status.ADOPTED:
            found |= row({}, implementation=some.integers(0, 3))
        return found | {"citations": several(1, citation)}

    sides = several(
        3,
        lambda n: row({"slug": f"s{n}", "name": LINE, "short_label": "S", "role": "party", "order": 9 - n}, note=TEXT),
        1,
    )
    for side, marker in zip(sides, draw(some.permutations(Marker.values)), strict=False):
        side |= row({}, marker=some.just(marker), colour=some.integers(1, 8))
    issues = several(
        2,
        lambda n: row(
            {"slug": f"s{n}", "order": n, "title": LINE, "scale_low": LINE, "scale_high": LINE}, summary=TEXT
        ),
        1,
    )
    briefings = several(2, lambda n: row({"slug": f"s{n}", "date": DAY, "title": LINE, "kind": "news"}, text=TEXT), 1)
    positions = several(
        3, lambda n: claim(n, as_of=DAY, commitment="law") | row({}, placement=some.none() | some.integers(0, 100))
    )
    compromises = [claim(n, number=7 * n) for n in range(1, draw(some.sampled_from([1, 4])))]
    for one in compromises:
        one["status_changes"] = several(3, partial(step, one["number"]), 1)
    kinds = draw(some.lists(some.sampled_from(LinkKind.values), unique=True)) if len(compromises) > 1 else []
    links = [row({"from": 7, "to": "s2", "type": kind, "basis": "logic"}, reason=TEXT) for kind in kinds]
    process = row(
        {"slug": "made-up", "name": LINE, "question": LINE, "start_date": "0001-01-01"}, summary=TEXT, end_date=DAY
    )
    meta = draw(some.dictionaries(LINE, TEXT | some.integers() | some.booleans() | some.lists(TEXT), max_size=2))
    found = {"meta": meta, "process": process, "sides": sides, "issues": issues, "briefings": briefings}
    return found | {"positions": positions, "compromises": compromises, "links": links}


@settings(
    phases=[Phase.generate],
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=process_documents())
def test_any_document_comes_back(db, document):
    assert documents.check(document) == []
    assert in_full(goes_round(document)) == in_full(document)


# What people have written since


@pytest.fixture
def process(db):
    """Return a small process that a document can hold."""
    process = valley.create()
    with history.changeset(process, reason="Leave out what is no scale") as door:
        for issue in Issue.objects.all():
            door.update(issue, scale_anchors=issue.scale_anchors[:1])
    return process


def test_what_was_edited_and_taken_out_goes_round_too(process):
    held = valley.hold(process, "hill", "2024-02-01", 0)
    valley.retire(valley.hold(process, "plain", "2024-02-01", 60))
    first, second, third = (valley.cite(held, order=n, quote=f"Words {n}") for n in (1, 2, 3))
    valley.retire(second)
    valley.add(valley.briefing(process, "letter", "2024-01-09"))
    valley.retire(valley.Briefing.objects.get(pk=valley.cite(held, "letter", order=4).briefing_id))
    valley.propose(process, 2, ("2024-01-05", "suggested"), ("2024-01-05", "superseded"))
    written = documents.export(process)
    assert [row["slug"] for row in written["positions"]] == [held.slug]
    assert [(row["quote"], row.get("number")) for row in written["positions"][0]["citations"]] == [
        (first.quote, None),
        (third.quote, 3),
    ]
    assert written["positions"][0]["placement"] == 0
    assert written["compromises"][0]["status_changes"][1]["superseded_by"] == "minutes"
    with alone():
        written["process"]["slug"] = "another"
        assert loaded(written)[1] == written


def test_it_asks_one_query_a_model(talks, django_assert_num_queries):
    with django_assert_num_queries(len(fields.MODELS)):
        documents.export(talks)


# With its history


def with_history(process):
    """Return the document of a process with its history, as it is read from its file."""
    document = documents.export(process) | {"history": documents.export_history(process)}
    return json.loads(documents.text_of(document))


@pytest.fixture
def lived(process):
    """Return a small process that was written to in every way, by people and from a shell."""
    alma, cora = (Person.called(name).joins(process, role) for name, role in (("alma", "analyst"), ("cora", "curator")))
    held = valley.hold(process, "hill", "2024-02-01", 0)
    valley.retire(valley.hold(process, "plain", "2024-02-01", 60))
    valley.cite(held, quote="Words «in» full\n\tand lines")
    first, second = (valley.propose(process, number, ("2024-02-01", "suggested")) for number in (1, 2))
    valley.add(CompromiseLink(process=process, source=first, target=second, kind="follows", basis="logic"))
    with history.changeset(process, reason="Heard «anew»", user=alma.user, accepted_by=cora.user, key="0" * 32) as door:
        door.update(held, headline="Close the slope")
    people.give(process, alma.user, "reader", cora.user)
    return Process.objects.get(pk=process.pk)


def test_a_document_with_its_history_proves_it_and_makes_the_same_rows(lived, tmp_path):
    file = tmp_path / "valley.json"
    said, err = run("valley", str(file), history=True)
    assert not err and documents.fingerprint(with_history(lived)) in said
    document = documents.read(file)
    changes = document["history"]["changes"]
    assert len(changes) == lived.content_version == lived.changesets.count()
    assert documents.check(document) == []
    assert [one["reason"] for one in changes[-2:]] == ["Heard «anew»", "Give alma the role reader"]
    out = io.StringIO()
    call_command("load_process", str(file), stdout=out)  # over the record itself
    assert f"history: holds together: {len(changes)} changes, last seal {changes[-1]['hash']}" in out.getvalue()
    assert "nothing to change" in out.getvalue()
    # Into a database that has no such process: it makes what a document without a history makes.
    bare = {name: section for name, section in document.items() if name != "history"}
    made = []
    for each in (bare, document):
        with alone():
            Process.objects.filter(pk=lived.pk).update(slug="moved")
            made.append(loaded(each))
            assert Process.objects.get(slug="valley").changesets.count() == 1
    assert made[0] == made[1] and made[1][1] == bare


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda changes: changes[3].update(reason="Nothing of note"), "changes[3]: was altered"),
        (lambda changes: changes[2].update(user_name="otto"), "changes[2]: was altered"),
        (lambda changes: changes[-2].pop("accepted_by_name"), ": was altered"),
        (lambda changes: changes[1].update(moment="2026-01-01T00:00:00+00:00"), "changes[1]: was altered"),
        (lambda changes: changes[1].update(moment="lately"), "changes[1].moment: is no moment"),
        (lambda changes: changes[0]["rows"][0].update(version=2), "changes[0]: was altered"),
        (lambda changes: changes[0]["rows"].pop(), "changes[0]: was altered"),
        (lambda changes: changes[2]["rows"][0].update(data="{}"), "changes[2]: was altered"),
        (lambda changes: changes.pop(3), "changes[3]: does not follow"),
        (lambda changes: changes.pop(0), "changes[0]: does not follow"),
        (lambda changes: changes.insert(2, changes.pop(3)), "changes[2]: does not follow"),
        (lambda changes: changes.pop() and changes.pop(), "history: does not end with what the document says"),
        (lambda changes: changes.clear(), "history.changes: is empty"),
        (lambda changes: changes[0].pop("hash"), "changes[0].hash: is missing"),
    ],
)
def test_a_history_that_does_not_hold_together_is_refused(alter, said, lived):
    document = with_history(lived)
    alter(document["history"]["changes"])
    with pytest.raises(documents.Faulty) as refused:
        documents.load(document, reason="Load it", update=True)
    assert said in str(refused.value)


def test_a_history_under_sound_seals_that_says_something_else_is_refused(lived):
    document = with_history(lived)
    document["positions"][0]["headline"] = "Open it after all"
    assert ["history: does not end" in str(fault) for fault in documents.check(document)] == [True]
    # Seals can be made by anyone: what is no row is refused all the same.
    for data in ('{"headline": []}', "[" * 100_000, "{}", "null", '{"retired_at": 7}', '{"held_from": "soon"}'):
        document = with_history(lived)
        (last,) = (one for one in document["history"]["changes"] if one["reason"] == "Heard «anew»")
        del document["history"]["changes"][document["history"]["changes"].index(last) + 1 :]
        last["rows"][0]["data"] = data
        signed = {name: value for name, value in last.items() if name not in ("rows", "moment")}
        change = Changeset(process_id=lived.pk, moment=datetime.fromisoformat(last["moment"]), **signed)
        last["hash"] = history.seal(change, [Snapshot(**row) for row in last["rows"]])
        assert [str(fault) for fault in documents.check(document)] == [f"history: {past.ENDS_OTHERWISE}"], data[:20]


# The command and its file


def run(*arguments, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("export_process", *arguments, stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    return out.getvalue(), err.getvalue()


def test_it_writes_to_the_terminal_or_to_a_file_of_its_owner_alone(process, tmp_path):
    file = tmp_path / "valley.json"
    out, err = run("valley")
    assert json.loads(out) == documents.export(process) and not err
    said, err = run("valley", str(file))
    assert file.read_text() == out and documents.fingerprint(json.loads(out)) in said and not err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["valley.json"]


def test_it_says_what_is_wrong_and_leaves_what_is_there(process, tmp_path):
    file = tmp_path / "valley.json"
    file.write_text("of old")
    assert "The processes are: valley." in run("vally")[1]
    assert "is there already" in run("valley", str(file))[1]
    assert "is a folder" in run("valley", str(tmp_path))[1]
    assert "No such file" in run("valley", str(tmp_path / "no" / "valley.json"))[1]
    assert file.read_text() == "of old"
    assert not run("valley", str(file), force=True)[1]
    assert documents.read(file)["process"]["slug"] == "valley"


def test_a_file_that_breaks_off_never_takes_the_name(tmp_path):
    file = tmp_path / "valley.json"
    file.write_text("of old")
    with pytest.raises(files.NotWritten, match="No space left"), files.whole(file, force=True) as place:
        place.write(b"new")
        raise OSError(28, "No space left on device")
    with pytest.raises(KeyboardInterrupt), files.whole(file, force=True) as place:
        place.write(b"new")
        raise KeyboardInterrupt
    assert file.read_text() == "of old" and os.listdir(tmp_path) == ["valley.json"]


def test_what_load_process_would_refuse_is_written_and_named(process):
    valley.propose(process, 1, ("2024-01-05", "suggested"))
    valley.retire(StatusEvent.objects.get())
    out, err = run("valley")
    assert json.loads(out)["compromises"][0]["status_changes"] == []
    assert "compromises[0].status_changes: is empty" in err and "would find a fault" in err
