"""Process documents: reading a file, the published format, and every fault named with its place."""

import copy
import json

import pytest
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from issues import documents
from issues.documents import fields, reading, rules, shape
from issues.models import Briefing, Citation, Compromise, CompromiseLink, Issue, Position, Process, Side, StatusEvent

from .conftest import TALKS, WATER_TREATY
from .test_document_faults import AMBER_PASS, put, take

DEFINITIONS = {
    Process: "process",
    Side: "side",
    Issue: "issue",
    Briefing: "briefing",
    Position: "position",
    Compromise: "compromise_row",
    StatusEvent: "status_change",
    CompromiseLink: "link",
    Citation: "citation",
}


@pytest.fixture
def amber():
    """Return a small document with a row of every kind."""
    return documents.read(AMBER_PASS)


def faults(document):
    return [str(fault) for fault in documents.check(document)]


# The format


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(shape.SCHEMA)


@pytest.mark.parametrize("file", [TALKS, WATER_TREATY, AMBER_PASS], ids=lambda file: file.name)
def test_every_document_here_fits_the_published_schema(file):
    document = documents.read(file)
    assert list(Draft202012Validator(shape.SCHEMA).iter_errors(document)) == []
    assert faults(document) == []


def resolved(schema):
    """Return a property's schema with what it refers to."""
    if "$ref" in schema:
        return resolved(shape.SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]) | schema
    return schema


@pytest.mark.parametrize("model", DEFINITIONS, ids=lambda model: model.__name__)
def test_the_schema_and_the_table_of_fields_name_the_same(model):
    not_stored_as_they_stand = {"citations", "status_changes"} | {
        Compromise: {"status", "rejected_by"},
        Citation: {"number"},
    }.get(model, set())
    properties = shape.SCHEMA["$defs"][DEFINITIONS[model]]["properties"]
    assert set(properties) - not_stored_as_they_stand == set(fields.FIELDS[model])


@pytest.mark.parametrize("model", DEFINITIONS, ids=lambda model: model.__name__)
def test_a_document_can_hold_every_field_of_the_record(model):
    kept = {"id", "version", "created_at", "updated_at", "retired_at", "retired_reason", "content_version", "process"}
    given_by_place = {
        # What is a matter of the desk that keeps the record, not of the record.
        Process: {"method", "later_sections", "asks_review", "own_rules", "archived_at"},
        Briefing: {"text_sha256", "merged_into"},
        StatusEvent: {"compromise"},
        Citation: {"position", "compromise", "status_event", "order", "places"},
    }.get(model, set())
    stored = {field.name for field in model._meta.concrete_fields}
    assert stored - kept - given_by_place == set(fields.FIELDS[model].values())


@pytest.mark.parametrize("model", DEFINITIONS, ids=lambda model: model.__name__)
def test_the_schema_allows_what_the_record_can_store_and_no_more(model):
    properties = shape.SCHEMA["$defs"][DEFINITIONS[model]]["properties"]
    for name, attribute in fields.FIELDS[model].items():
        field, rule = model._meta.get_field(attribute), resolved(properties[name])
        if field.choices and "integer" not in rule["type"]:
            assert rule["enum"] == [value for value, _ in field.choices], name
        elif field.choices:
            values = [int(value) for value, _ in field.choices]
            assert (rule["minimum"], rule["maximum"]) == (min(values), max(values)), name
        elif isinstance(field, models.CharField) and not field.is_relation:
            assert rule["maxLength"] == field.max_length, name
        elif isinstance(field, models.IntegerField):
            assert 0 <= rule["minimum"] < rule["maximum"] < 2**31, name
        if not field.null and not field.blank and not field.has_default() and name not in ("marker", "colour"):
            assert name in shape.SCHEMA["$defs"][DEFINITIONS[model]]["required"], name
            assert "null" not in rule["type"], name


# Reading


def written(tmp_path, content, name="process.yaml"):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_yaml_and_json_of_one_document_read_the_same(tmp_path, amber):
    assert documents.read(written(tmp_path, json.dumps(amber, indent=1), "amber.json")) == amber


def test_yaml_dates_and_country_codes_stay_texts(amber):
    assert amber["process"]["start_date"] == "2024-05-01"
    assert amber["briefings"][0]["language"] == "no"
    assert amber["positions"][0]["placement"] == 10


def test_yaml_words_mean_what_yaml_1_2_says(tmp_path):
    text = "a: [null, ~, true, 12, -3, 1.5, 1e3, 12:30, 0x10, 1_000, .inf, yes, '7', \"\"]\nb:\n1: x\n"
    assert documents.read(written(tmp_path, text)) == {
        "a": [None, None, True, 12, -3, 1.5, 1000.0, "12:30", "0x10", "1_000", ".inf", "yes", "7", ""],
        "b": None,
        "1": "x",
    }


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert documents.read(written(tmp_path, b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}


LAUGHS = "a: &a [x, x]\nb: [*a, *a]\n"
UNREADABLE = {
    "a slip in JSON": ('{\n "a": 1,\n "b" 2}', "is not valid JSON: line 3, column 6: expecting ':' delimiter."),
    "a slip in YAML": ("a: 1\nb: [1,\nc: 2\n", "(while parsing a flow sequence from line 2, column 4 on)."),
    "a tab in YAML": ("a:\n\tb: 1\n", "is not valid YAML: line 2, column 1:"),
    "nothing": ("", "is empty. A process document begins with the section “process”."),
    "blanks": (" \n\n", "is empty."),
    "only a comment": ("# a comment\n", "holds 0 YAML documents."),
    "two documents": ("a: 1\n---\na: 2\n", "holds 2 YAML documents. Give each process a file of its own."),
    "Latin-1": (b"a: 1\nb: caf\xe9\n", "is not UTF-8 text: see line 2. Save it with the encoding UTF-8."),
    "UTF-16": ("a: 1".encode("utf-16"), "is not UTF-8 text: see line 1."),
    "NUL in YAML": (b"a: \0", "is not valid YAML:"),
    "deep JSON": ("[" * 100_000, "is nested too deeply"),
    "deep YAML": ("a: " + "[" * 100_000, "is nested too deeply"),
    "deep YAML in blocks": ("- " * 10_000 + "a", "is nested too deeply"),
    "an alias": (LAUGHS, "line 1, column 4: a process document cannot hold the anchor or alias “a”"),
    "an unknown alias": ("a: *b\n", "line 1, column 4: a process document cannot hold the anchor or alias “b”"),
    "a tag": (
        "a: !!python/object/apply:os.system [ls]\n",
        "cannot hold the tag “tag:yaml.org,2002:python/object/apply",
    ),
    "a list as a name": ("? [a, b]\n: 1\n", "the name of a field must be a text."),
    "too many digits in JSON": ('{"a": ' + "9" * 5000 + "}", "holds a number with too many digits."),
    "too many digits in YAML": ("a: " + "9" * 5000, "line 1, column 4: a number with too many digits."),
}


@pytest.mark.parametrize(("content", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_gets_one_sentence(tmp_path, content, sentence):
    with pytest.raises(documents.Unreadable) as caught:
        documents.read(written(tmp_path, content))
    assert str(caught.value).startswith(str(tmp_path / "process.yaml"))
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder_or_too_large_is_named(tmp_path):
    with pytest.raises(documents.Unreadable, match=r"There is no file .*nowhere\.json\. Check the path\."):
        documents.read(tmp_path / "nowhere.json")
    with pytest.raises(documents.Unreadable, match="is a folder"):
        documents.read(tmp_path)
    with pytest.raises(documents.Unreadable, match="cannot be read: embedded null byte"):
        documents.read("a\0b")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(reading.LARGEST + 1)
    with pytest.raises(documents.Unreadable, match="is larger than 50 MB"):
        documents.read(tmp_path / "huge.json")


def test_a_field_given_twice_is_a_fault_in_json_and_yaml(tmp_path, amber):
    text = json.dumps(amber).replace('"slug": "guards"', '"slug": "guards", "slug": "guards"', 1)
    assert faults(documents.read(written(tmp_path, text))) == ["issues[0].slug: is given twice; keep one of the two"]
    text = AMBER_PASS.read_text().replace("  - slug: guards\n", "  - slug: guards\n    slug: guards\n")
    assert faults(documents.read(written(tmp_path, text))) == ["issues[0].slug: is given twice; keep one of the two"]


# Faults: test_document_faults.py has them one by one


@pytest.mark.parametrize("root", [None, [], "x", 5, [1, 2]], ids=str)
def test_a_document_that_is_no_set_of_fields_is_a_fault(root):
    assert faults(root)[0].startswith("document: should be a set of fields, not ")


def test_every_fault_is_reported_in_the_order_of_the_document(amber):
    amber["links"][0]["to"] = "x"
    amber["positions"][0] |= {"side": "x", "placement": 900, "colour": 1}
    amber["process"]["start_date"] = "soon"
    assert [fault.partition(":")[0] for fault in faults(amber)] == [
        "process.start_date",
        "positions[0].colour",
        "positions[0].placement",
        "positions[0].side",
        "links[0].to",
    ]


def test_a_row_with_one_fault_is_still_read_for_the_others(amber):
    amber["sides"][0]["order"] = "first"
    amber["positions"][0]["slug"] = 5
    amber["positions"].append(amber["positions"][0] | {"side": "nobody"})
    assert [fault.partition(":")[0] for fault in faults(amber)] == [
        "sides[0].order",
        "positions[0].slug",
        "positions[1].side",
        "positions[1].slug",
    ]


def test_a_long_list_of_faults_is_cut_and_the_rest_counted(amber):
    amber["positions"] = [amber["positions"][0] | {"slug": f"p{i}", "side": "nobody"} for i in range(250)]
    lines = str(documents.Faulty(documents.check(amber))).splitlines()
    assert lines[0] == "250 faults; nothing was written."
    assert len(lines) == 202
    assert lines[-1] == "… and 50 more."


def test_two_positions_of_one_day_are_worth_a_note_but_no_fault(amber):
    amber["positions"].append(amber["positions"][0] | {"slug": "another"})
    assert faults(amber) == []
    note = str(next(rules.notes(amber)))
    assert (
        note == "positions[1]: has the issue, side and date of positions[0]; the one recorded later counts as the newer"
    )


def test_a_hostile_document_is_not_searched_for_hints_without_end(amber, monkeypatch):
    compared = []
    monkeypatch.setattr(rules, "near", lambda word, known: compared.append(len(known)) or "")
    amber["briefings"] += [amber["briefings"][0] | {"slug": f"briefing-number-{i}"} for i in range(1000)]
    amber["positions"][0]["citations"] = [{"briefing": f"briefing-nmber-{i}"} for i in range(1000)]
    assert len(documents.check(amber)) == 1000
    assert 0 < sum(compared) <= rules.HINTING


# One value changed at random


def places(value, path=()):
    """Yield the path of everything in a document."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


PLACES = {file: list(places(documents.read(file))) for file in (TALKS, AMBER_PASS)}
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(some.characters(), max_size=12),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def corrupted(document, path, value, removed):
    """Return a document with one value replaced or taken out."""
    document = copy.deepcopy(document)
    (take(*path) if removed else put(path, value))(document)
    return document


def outcomes(document):
    """Return the faults of a document, each checked to have a place and a sentence."""
    found = documents.check(document)
    for fault in found:
        assert fault.place
        assert fault.sentence
        assert str(fault).encode()  # can be printed, whatever the document held
    return found


WHOLE, SMALL = documents.read(TALKS), documents.read(AMBER_PASS)


@settings(max_examples=10, deadline=None)
@given(some.sampled_from(PLACES[TALKS]), ANYTHING, some.booleans())
def test_one_corrupt_value_in_the_shipped_document_never_breaks_the_checks(path, value, removed):
    outcomes(corrupted(WHOLE, path, value, removed))


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=some.sampled_from(PLACES[AMBER_PASS]), value=ANYTHING, removed=some.booleans())
def test_one_corrupt_value_is_a_located_fault_or_a_clean_load(path, value, removed):
    from django.db import transaction

    document = corrupted(SMALL, path, value, removed)  # a copy of it
    with transaction.atomic():
        if outcomes(document):
            with pytest.raises(documents.Faulty):
                documents.load(document, reason="Try")
            assert not Process.objects.exists()
        else:
            assert documents.load(document, reason="Try").written
            assert Position.objects.count() == len(document.get("positions", ()))
            assert documents.load(document, reason="Try", update=True).changes == []
        transaction.set_rollback(True)
