"""Every fault of a process document, with the place, the sentence and the hint that it must be given."""

import datetime

import pytest

from issues import documents

from .conftest import ROOT

AMBER_PASS = ROOT / "tests" / "data" / "ceasefire-line.yaml"


# Faults. Each row: what is done to the small document, and the faults that it must give.

DEEP = []
for _ in range(60):
    DEEP = [DEEP]


def put(path, value):
    """Return a change of a document that puts a value at a path."""

    def change(document):
        *parents, last = path
        for step in parents:
            document = document[step]
        document[last] = value

    return change


def take(*path):
    """Return a change of a document that takes out what stands at a path."""

    def change(document):
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return change


def add(section, **row):
    """Return a change of a document that adds a row."""
    return lambda document: document.setdefault(section, []).append(row)


SIDE = {"slug": "x", "name": "X", "short_label": "X", "role": "party"}
STEP = ("compromises", 0, "status_changes", 0)
ADOPTED = ("compromises", 0, "status_changes", 1)
SUPERSEDED = ("compromises", 0, "status_changes", 2)
REJECTED = ("compromises", 1, "status_changes", 0)
CITATION = ("positions", 0, "citations", 0)
NOT_A_DAY = "is not a day of the calendar"

FAULTS = {
    "an unknown side": (
        put(("positions", 0, "side"), "nroth"),
        'positions[0].side: no side "nroth" in this process; did you mean "north"?',
    ),
    "an unknown issue": (
        put(("compromises", 1, "issue"), "borders"),
        'compromises[1].issue: no issue "borders" in this process',
    ),
    "an unknown briefing of a citation": (
        put((*CITATION, "briefing"), "herald-2024-05-04"),
        'positions[0].citations[0].briefing: no briefing "herald-2024-05-04" in this process; '
        'did you mean "herald-2024-05-03"?',
    ),
    "a citation without a briefing": (
        take(*CITATION, "briefing"),
        "positions[0].citations[0].briefing: is missing; every entry of “citations” has it",
    ),
    "an unknown briefing of a step's citation": (
        put((*ADOPTED, "citations", 0, "briefing"), "x"),
        'compromises[0].status_changes[1].citations[0].briefing: no briefing "x" in this process',
    ),
    "an unknown end of a link": (put(("links", 0, "from"), 7), "links[0].from: no compromise the number 7 in this"),
    "an unknown field": (
        put(("positions", 0, "headlin"), "x"),
        'positions[0].headlin: is not a field of this format; did you mean "headline"?',
    ),
    "an unknown section": (
        put(("position",), []),
        'position: is not a field of this format; did you mean "positions"?',
    ),
    "a missing field": (
        take("issues", 0, "title"),
        "issues[0].title: is missing; every entry of “issues” has it",
    ),
    "a missing section": (take("process"), "process: is missing; every document has it"),
    "a section that is no list": (put(("sides",), "north"), 'sides: should be a list, not "north"'),
    "no sides": (put(("positions",), 3), "positions: should be a list, not the number 3"),
    "a row that is no row": (put(("links", 0), "x"), 'links[0]: should be a set of fields, not "x"'),
    "a word for a number": (
        put(("positions", 0, "placement"), "ten"),
        'positions[0].placement: should be a whole number or null, not "ten". 0 to 100',
    ),
    "true for a number": (put(("positions", 0, "placement"), True), "should be a whole number or null, not true"),
    "null for a text": (put(("process", "name"), None), "process.name: should be a text, not nothing (null)"),
    "a placement off the scale": (
        put(("positions", 0, "placement"), 101),
        "positions[0].placement: the number 101 is not between 0 and 100",
    ),
    "an anchor off the scale": (
        put(("issues", 0, "scale_anchors"), [{"at": -1, "label": "x"}]),
        "issues[0].scale_anchors[0].at: the number -1 is not between 0 and 100",
    ),
    "two anchors at one point": (
        put(("issues", 0, "scale_anchors"), [{"at": 5, "label": "x"}, {"at": 5, "label": "y"}]),
        "issues[0].scale_anchors[1].at: the number 5 is taken by issues[0].scale_anchors[0]; give each its own",
    ),
    "an anchor without words": (
        put(("issues", 0, "scale_anchors"), [{"at": 5, "label": " "}]),
        "issues[0].scale_anchors[0].label: is empty; it needs a text",
    ),
    "a value off the vocabulary": (
        put(("positions", 0, "commitment"), "spokesman"),
        'positions[0].commitment: "spokesman" is not one of leak, spokesperson, leader_statement, formal_proposal, '
        'signed_text, law; did you mean "spokesperson"?',
    ),
    "30 February": (put(("positions", 0, "as_of"), "2025-02-30"), f'positions[0].as_of: "2025-02-30" {NOT_A_DAY}'),
    "the last year": (put(("positions", 0, "as_of"), "9999-01-01"), f'positions[0].as_of: "9999-01-01" {NOT_A_DAY}'),
    "a date in other digits": (put(("positions", 0, "as_of"), "٢٠٢٤-01-01"), NOT_A_DAY),
    "a date with a time": (put(("positions", 0, "as_of"), "2024-01-01T10:00"), NOT_A_DAY),
    "a month for a date": (
        put(("briefings", 0, "date"), "2024-05"),
        f'briefings[0].date: "2024-05" {NOT_A_DAY}; write "2024-05-01" and the precision "month"',
    ),
    "a year for a date": (
        put(("briefings", 0, "date"), "2024"),
        f'briefings[0].date: "2024" {NOT_A_DAY}; write "2024-01-01" and the precision "year"',
    ),
    "an unknown precision": (
        put((*STEP, "precision"), "week"),
        'compromises[0].status_changes[0].precision: "week" is not one of day, month, year',
    ),
    "an end before the start": (
        put(("process", "end_date"), "2024-04-30"),
        "process.end_date: 2024-04-30 is before the start, 2024-05-01",
    ),
    "an empty headline": (put(("positions", 0, "headline"), ""), "positions[0].headline: is empty; it needs a text"),
    "a blank headline": (put(("positions", 0, "headline"), " \t"), "positions[0].headline: is empty; it needs a text"),
    "a headline too long": (
        put(("positions", 0, "headline"), "x" * 212),
        "positions[0].headline: has 212 characters, 12 more than fit; at most 200",
    ),
    "a headline on two lines": (
        put(("positions", 0, "headline"), "x\ny"),
        "positions[0].headline: must stand on one line; take the line break out",
    ),
    "a slug with a line break": (
        put(("compromises", 1, "slug"), "empty-pass\n"),
        "compromises[1].slug: must stand on one line; take the line break out",
    ),
    "a slug with a blank": (
        put(("positions", 0, "slug"), "a b"),
        'positions[0].slug: "a b" does not fit. A slug has letters a–z, digits, hyphens and underscores only.',
    ),
    "a NUL": (put(("positions", 0, "body"), "a\0b"), "positions[0].body: holds the character U+0000"),
    "half a character": (put(("meta",), {"a": ["\ud800"]}), "meta.a[0]: holds the character U+D800"),
    "a NUL in a name": (put(("meta",), {"a\0": 1}), "is not a name that a field can have"),
    "NaN": (put(("meta",), {"a": float("nan")}), "meta.a: nan is not a number that can be stored"),
    "infinity": (put(("meta",), {"a": float("-inf")}), "meta.a: -inf is not a number that can be stored"),
    "a date object": (put(("process", "start_date"), datetime.date(2024, 5, 1)), "is not something that JSON can hold"),
    "endless depth": (put(("meta",), {"a": DEEP}), "is nested too deeply"),
    "a script for an address": (
        put(("briefings", 0, "url"), "javascript:alert(1)"),
        'briefings[0].url: "javascript:alert(1)" does not fit. An address begins with http:// or https://',
    ),
    "data for an address": (put((*CITATION, "quote_url"), "data:text/html,x"), "positions[0].citations[0].quote_url: "),
    "an address that is none": (
        put(("briefings", 0, "other_urls"), ["https://example.org", "http://[x/"]),
        'briefings[0].other_urls[1]: "http://[x/" is not an address that can be visited; look for a slip',
    ),
    "an address with a blank": (put(("briefings", 0, "archived_url"), "https://a.example/b c"), "archived_url: "),
    "a briefing in the place of a form": (
        add("briefings", slug="new", date="2024-06-01", title="A form", kind="news"),
        '.slug: "new" is the address of the form for a new briefing; choose another',
    ),
    "nine sides": (
        lambda d: d.update(sides=[SIDE | {"slug": f"s{i}", "order": i} for i in range(9)]),
        "sides: has 9 entries; at most 8. Who negotiates or is affected: one to eight, as each has a shape of its own.",
    ),
    "an empty list of sides": (put(("sides",), []), "sides: is empty. Who negotiates"),
    "two sides of one slug": (
        add("sides", **SIDE | {"slug": "north", "order": 3}),
        'sides[2].slug: "north" is taken by sides[0]; give each its own',
    ),
    "two sides at one place": (
        add("sides", **SIDE | {"order": 2}),
        "sides[2].order: the number 2 is taken by sides[1]; give each its own",
    ),
    "two sides of one shape": (
        put(("sides", 1, "marker"), "star"),
        'sides[1].marker: "star" is taken by sides[0]; give each its own',
    ),
    "two compromises of one number": (
        put(("compromises", 0, "number"), 2),
        "compromises[1].number: the number 2 is taken by compromises[0]; give each its own",
    ),
    "a status that is not the latest step's": (
        put(("compromises", 0, "status"), "adopted"),
        'compromises[0].status: is "adopted", but the latest step is "superseded", of 2024-06-01; make the two agree',
    ),
    "a stated refuser who is not the latest step's": (
        put(("compromises", 1, "rejected_by"), "north"),
        'compromises[1].rejected_by: is "north", but the latest step names "south"; make the two agree',
    ),
    "a stated refuser where nobody refused": (
        put(("compromises", 0, "rejected_by"), "north"),
        'compromises[0].rejected_by: is "north", but the latest step names no side; make the two agree',
    ),
    "a compromise without steps": (put(("compromises", 1, "status_changes"), []), "status_changes: is empty."),
    "a step without its briefing": (
        take(*ADOPTED, "briefing"),
        'compromises[0].status_changes[1].briefing: is missing; every step after "suggested" names the briefing',
    ),
    "a rejection by nobody": (
        take(*REJECTED, "rejected_by"),
        "compromises[1].status_changes[0].rejected_by: is missing; a rejection names the side that refused",
    ),
    "a refuser of a step that is no rejection": (
        put((*STEP, "rejected_by"), "north"),
        'compromises[0].status_changes[0].rejected_by: belongs to a step "rejected"; this one is "suggested"',
    ),
    "no successor": (
        take(*SUPERSEDED, "superseded_by"),
        "compromises[0].status_changes[2].superseded_by: is missing; name what replaces it",
    ),
    "a successor of a step that is none": (
        put((*STEP, "superseded_by"), 2),
        'compromises[0].status_changes[0].superseded_by: belongs to a step "superseded"; this one is "suggested"',
    ),
    "its own successor": (
        put((*SUPERSEDED, "superseded_by"), 1),
        "compromises[0].status_changes[2].superseded_by: a compromise cannot replace itself; name another",
    ),
    "an unknown successor": (
        put((*SUPERSEDED, "superseded_by"), "empty-pas"),
        'compromises[0].status_changes[2].superseded_by: no compromise or briefing "empty-pas" in this process; '
        'did you mean "empty-pass"?',
    ),
    "a briefing as successor that the step does not rest on": (
        put((*SUPERSEDED, "superseded_by"), "herald-2024-05-03"),
        'superseded_by: "herald-2024-05-03" is a briefing; then it must be the one that the step rests on',
    ),
    "implementation before adoption": (
        put((*STEP, "implementation"), 0),
        'implementation: is recorded from "adopted" on; this step is "suggested"',
    ),
    "a link to itself": (
        put(("links", 0, "to"), 2),
        "links[0].to: is where the link starts; a link joins two compromises",
    ),
    "a link twice": (
        add("links", **{"from": "empty-pass", "to": 1, "type": "follows", "basis": "logic"}),
        "links[1]: says the same as links[0]; keep one of the two",
    ),
    "a link whose source is missing": (
        put(("links", 0, "basis"), "source"),
        'links[0].briefing: is missing; name the briefing that states the link, or basis "logic"',
    ),
    "a circle": (
        add("links", **{"from": 1, "to": 2, "type": "follows", "basis": "logic"}),
        'closes a circle of "follows": empty-pass → mixed-guard → empty-pass; take one of these links out',
    ),
    "an option of no issue": (
        add("options", slug="a", issue="gards"),
        'options[0].issue: no issue "gards" in this process; did you mean "guards"?',
    ),
    "an option with an unknown compromise": (
        add("options", slug="a", issue="guards", compromises=[1, 9]),
        "options[0].compromises[1]: no compromise the number 9 in this process",
    ),
    "an assessment of no option": (
        add("assessments", option="a", side="north", analyst="b", acceptability=5),
        'assessments[0].analyst: no analyst "b" in this process',
        'assessments[0].option: no option "a" in this process',
    ),
    "a package with an unknown issue and option": (
        add("packages", slug="a", options={"gard": "b"}),
        'packages[0].options.gard: no issue "gard" in this process; did you mean "guards"?',
        'packages[0].options.gard: no option "b" in this process',
    ),
}


@pytest.mark.parametrize(("change", "expected"), [(row[0], row[1:]) for row in FAULTS.values()], ids=FAULTS)
def test_it_names_the_place_the_fault_and_a_hint(change, expected):
    document = documents.read(AMBER_PASS)
    change(document)
    found = list(map(str, documents.check(document)))
    assert len(found) == len(expected)
    for fault, sentence in zip(found, expected, strict=True):
        assert sentence in fault
