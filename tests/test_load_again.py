"""Loading a document again: what it changes in a process that is there, and what it leaves alone."""

import copy
import json
import random

import pytest
from django.contrib.auth.models import User

from issues import documents, history
from issues.documents import fields, loading
from issues.models import Changeset, Citation, Compromise, Position, Process, Side, StatusEvent

from .conftest import TALKS, WATER_TREATY
from .test_document_faults import AMBER_PASS
from .test_load_process import SECTIONS, everything, in_file, run


@pytest.fixture
def amber(db):
    """Return a small document that is loaded already."""
    document = documents.read(AMBER_PASS)
    documents.load(document, reason="Load it")
    return document


def update(document, reason="Correct it"):
    return documents.load(document, reason=reason, update=True)


def kinds(report):
    """Return (kind, model) of each change of a report, sorted."""
    return sorted((change.kind, type(change.row).__name__) for change in report.changes)


@pytest.mark.parametrize("file", [TALKS, WATER_TREATY, AMBER_PASS], ids=lambda file: file.name)
def test_the_same_file_again_changes_nothing(db, file):
    run(file)
    before = everything()
    assert run(file).endswith(": nothing to change.\n")
    assert run(file, update=True).endswith(": nothing to change.\n")
    assert everything() == before


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_sections_and_rows_does_not_matter(talks, seed):
    document, chance = json.loads(TALKS.read_text()), random.Random(seed)
    for section in (*SECTIONS.values(), "links", "options", "assessments"):
        chance.shuffle(document[section])
    later = {section: document.pop(section) for section in ("options", "assessments")}
    sections = list(document.items())
    chance.shuffle(sections)
    report = documents.load(dict(sections) | later, reason="Try", update=True)
    assert [list(change.fields) for change in report.changes] in ([], [["later_sections"]])


def test_a_changed_file_shows_what_would_change_and_writes_nothing(amber, tmp_path):
    before = everything()
    amber["positions"][0]["headline"] = "Northern guards leave"
    amber["briefings"].append({"slug": "later", "date": "2024-07-01", "title": "New", "kind": "news"})
    del amber["links"][0]
    amber["meta"] = {"method": "By hand."}
    assert run(in_file(tmp_path, amber)).splitlines() == [
        'changed: process "amber-pass"',
        "    method: method changed",
        'new: briefing "later"',
        'changed: position "north-2024-05"',
        '    headline: "Northern guards stay" → "Northern guards leave"',
        "missing from the document: link C2 follows C1",
        "new: 1 briefing",
        "changed: 1 process and 1 position",
        "missing from the document: 1 link",
        "amber-pass: nothing was written.",
        "To make these changes, run the same command with --update.",
    ]
    assert everything() == before


def test_an_update_is_one_changeset_of_the_rows_that_differ(amber, tmp_path):
    position = Position.objects.get()
    amber["positions"][0]["headline"] = "Northern guards leave"
    amber["positions"][0]["citations"][0]["quote"] = "Our guards leave tomorrow"
    assert run(in_file(tmp_path, amber), update=True).endswith("amber-pass: updated.\n")
    assert Position.objects.values_list("pk", "headline", "version").get() == (position.pk, "Northern guards leave", 2)
    changeset = Changeset.objects.get(number=2)
    assert changeset.reason == "Load changed.json"
    assert sorted(changeset.snapshots.values_list("model", "version")) == [("citation", 2), ("position", 2)]
    assert list(history.verify(Process.objects.get())) == []
    assert run(in_file(tmp_path, amber), update=True) == "amber-pass: nothing to change.\n"


def test_a_dry_run_with_update_writes_nothing(amber, tmp_path):
    before = everything()
    amber["positions"][0]["headline"] = "Northern guards leave"
    assert run(in_file(tmp_path, amber), update=True, dry_run=True).endswith("This was a dry run.\n")
    assert everything() == before


def test_a_missing_row_is_retired_with_the_reason_and_comes_back_as_the_same_row(amber):
    without = copy.deepcopy(amber)
    position, without["positions"] = Position.objects.get(), []
    assert kinds(update(without, "Not theirs")) == [("missing", "Citation"), ("missing", "Position")]
    retired = Position.objects.get()
    assert (retired.pk, retired.retired_reason, retired.version) == (position.pk, "Not theirs", 2)
    assert not Position.objects.live().exists()
    assert update(without).changes == []
    amber["positions"][0]["headline"] = "Northern guards stay on"
    assert kinds(update(amber)) == [("restored", "Citation"), ("restored", "Position")]
    again = Position.objects.live().get()
    assert (again.pk, again.headline, again.retired_reason, again.version) == (
        position.pk,
        "Northern guards stay on",
        "",
        3,
    )


def test_a_missing_compromise_takes_its_steps_links_and_citations_with_it(amber):
    amber["compromises"][0]["status_changes"][2:] = []
    amber["compromises"][0]["status"] = "adopted"
    del amber["compromises"][1]
    amber["links"] = []
    assert kinds(update(amber)) == [
        ("missing", "Compromise"),
        ("missing", "CompromiseLink"),
        ("missing", "StatusEvent"),
        ("missing", "StatusEvent"),
    ]
    assert list(Compromise.objects.live().with_status().values_list("number", "status")) == [(1, "adopted")]


def step(day, status, **more):
    return {"date": day, "status": status, "briefing": "terms-2024-06", **more}


def test_a_corrected_step_stays_the_same_row(amber):
    steps = amber["compromises"][0]["status_changes"]
    before = list(StatusEvent.objects.filter(compromise__number=1).order_by("pk").values_list("pk", flat=True))
    steps[0] |= {"note": "Said in passing.", "date": "2024-05-02"}
    steps[1]["implementation"] = 3
    assert kinds(update(amber)) == [("changed", "StatusEvent"), ("changed", "StatusEvent")]
    assert list(StatusEvent.objects.filter(compromise__number=1).order_by("pk").values_list("pk", flat=True)) == before


def test_a_step_put_between_two_of_one_day_keeps_the_order_of_the_document(amber):
    steps = amber["compromises"][0]["status_changes"]
    steps.insert(2, step("2024-06-01", "in_force"))
    update(amber)
    events = StatusEvent.objects.live().filter(compromise__number=1).order_by("occurred_on", "pk")
    assert list(events.values_list("status", flat=True)) == ["suggested", "adopted", "in_force", "superseded"]
    assert Compromise.objects.with_status().get(number=1).status == "superseded"
    steps.append(steps.pop(2))
    amber["compromises"][0]["status"] = "in_force"
    update(amber)
    assert Compromise.objects.with_status().get(number=1).status == "in_force"
    assert update(amber).changes == []


def test_citations_of_one_briefing_are_told_apart_by_their_words(amber):
    cited = amber["positions"][0]["citations"]
    cited.append({"briefing": "herald-2024-05-03", "quote": "No shots since Friday"})
    update(amber)
    first, second = Citation.objects.filter(position__isnull=False).order_by("order").values_list("pk", flat=True)
    cited[:] = [cited[1] | {"locator": "title"}, cited[0]]
    assert kinds(update(amber)) == [("changed", "Citation"), ("changed", "Citation")]
    assert list(Citation.objects.filter(position__isnull=False).order_by("order").values_list("pk", flat=True)) == [
        second,
        first,
    ]


def test_a_compromise_keeps_its_row_when_its_slug_changes(amber):
    pk = Compromise.objects.get(number=2).pk
    amber["compromises"][1]["slug"] = "no-guards"
    assert kinds(update(amber)) == [("changed", "Compromise")]
    assert Compromise.objects.get(number=2).pk == pk


def refused(document):
    """Return the faults for which an update is refused; nothing may be written."""
    before = everything()
    with pytest.raises(documents.Faulty) as caught:
        update(document)
    assert everything() == before
    return list(map(str, caught.value.faults))


def test_the_number_of_a_compromise_never_changes(amber):
    amber["compromises"][1]["number"] = 3
    amber["links"][0]["from"] = amber["compromises"][0]["status_changes"][2]["superseded_by"] = 3
    assert refused(amber) == ["compromises[1].number: is 3, but this compromise is C2 and numbers never change"]


def test_the_number_of_a_retired_compromise_is_not_given_again(amber):
    amber["compromises"][0]["status_changes"][2]["superseded_by"] = "terms-2024-06"
    row, amber["links"] = amber["compromises"].pop(), []
    update(amber)
    amber["compromises"].append(row | {"slug": "another"})
    assert refused(amber) == ['compromises[1].number: 2 is the number of "empty-pass"; take one from 3 on']


def test_a_side_keeps_its_shape_and_a_new_one_takes_none_that_was_used(amber):
    amber["sides"][1] |= {"order": 3}
    amber["sides"].append({"slug": "east", "name": "East", "short_label": "E", "role": "party", "order": 2})
    update(amber)
    assert set(Side.objects.values_list("slug", "marker")) == {
        ("north", "star"),
        ("south", "circle"),
        ("east", "square"),
    }
    amber["sides"].pop()
    update(amber)
    amber["sides"].append({"slug": "west", "name": "W", "short_label": "W", "role": "party", "order": 2})
    update(amber)
    assert Side.objects.get(slug="west").marker == "diamond"
    amber["sides"][2]["marker"] = "square"
    assert refused(amber) == ['sides[2].marker: "square" is the shape of the side "east"; take another']


def test_visibility_stays_as_it_was_set_unless_the_document_says(amber):
    process = Process.objects.get()
    with history.changeset(process, reason="Close it") as door:
        door.update(process, visibility="members")
    assert update(amber).changes == []
    amber["process"]["visibility"] = "public"
    assert kinds(update(amber)) == [("changed", "Process")]


def test_what_was_written_on_the_site_since_is_named_before_it_is_overwritten(amber, tmp_path):
    anna = User.objects.create_user("anna")
    position = Position.objects.get()
    with history.changeset(position.process, reason="They said so", user=anna) as door:
        door.update(position, headline="Northern guards go")
        own = {"slug": "x", "name": "X", "short_label": "X", "role": "party", "order": 9, "marker": "plus", "colour": 6}
        door.create([Side(process=position.process, **own)])
    lines = run(in_file(tmp_path, amber)).splitlines()
    today = Changeset.objects.get(number=2).moment.date()
    assert lines[:5] == [
        'changed: position "north-2024-05"',
        f"    last written {today} by anna: They said so",
        '    headline: "Northern guards go" → "Northern guards stay"',
        'missing from the document: side "x"',
        f"    last written {today} by anna: They said so",
    ]


def test_another_process_is_left_alone(amber, other_talks):
    def others():
        return [list(model.objects.filter(process=other_talks).values()) for model in fields.MODELS]

    before = others()
    amber["positions"] = []
    update(amber)
    assert others() == before
    other_talks.refresh_from_db()
    assert other_talks.content_version == 1


def test_a_write_that_comes_in_between_stops_the_load(amber, monkeypatch):
    compare = loading.compare

    def compare_while_someone_writes(*arguments):
        plan = compare(*arguments)
        position = Position.objects.get()
        with history.changeset(position.process, reason="Meanwhile") as door:
            door.update(position, body="Meanwhile")
        return plan

    monkeypatch.setattr(loading, "compare", compare_while_someone_writes)
    amber["process"]["summary"] = "Changed"
    with pytest.raises(documents.DocumentError, match="was changed while the document was being compared"):
        update(amber)
    assert (Process.objects.get().summary, Position.objects.get().body) == ("", "Meanwhile")
    assert Changeset.objects.count() == 2
