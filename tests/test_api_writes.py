"""The API to who writes: the same door as the forms, with the same words, and nothing lost or written twice."""

import uuid
from itertools import count

import pytest
from django.utils import timezone

from issues import history
from issues.api import v1, writing
from issues.api.docs import described
from issues.models import Briefing, Changeset, Citation, Compromise, Position, Process, StatusEvent, Suggestion

from . import valley
from .addresses import PROGRAMS, address
from .everyone import Program
from .test_assignment import NEVER, stored

pytestmark = pytest.mark.django_db
VALLEY = "/api/v1/processes/valley"
keys = count(1)
POSITION = {
    "issue": "grass",
    "side": "plain",
    "headline": "Open the pass",
    "held_from": "2024-03-01",
    "placement": 40,
    "commitment": "law",
    "confidence": "high",
    "reason": "As heard",
}
SOURCES = [
    {"briefing": "minutes", "quote": "The pass is open.", "locator": "p. 2"},
    {"title": "A new letter", "date": "2024-02-20", "kind": "news", "url": "https://letters.example/1"},
]
KINDS = {"Position", "Compromise", "Briefing", "Citation"}
# What makes something new: its address, its body, and the model of what it makes.
NEW = {
    "position": (f"{VALLEY}/positions", POSITION | {"sources": SOURCES}, Position),
    "compromise": (
        f"{VALLEY}/compromises",
        {"issue": "water", "side": "hill", "headline": "Share", "date": "2024-03-01", "reason": "As heard"},
        Compromise,
    ),
    "step": (
        f"{VALLEY}/compromises/1/steps",
        {"status": "signalled", "date": "2024-03-01", "briefing": "minutes", "reason": "As heard"},
        StatusEvent,
    ),
    "citation": (
        f"{VALLEY}/citations",
        {"compromise": 2, "briefing": "minutes", "quote": "They may.", "reason": "As heard"},
        Citation,
    ),
    "briefing": (
        f"{VALLEY}/briefings",
        {"title": "Letter", "date": "2024-02-20", "kind": "news", "url": "https://a.example/", "reason": "As heard"},
        Briefing,
    ),
}


def send(program, method, url, body, **headers):
    """Return the answer to a body sent to an address, with a key of its own where none is given."""
    names = {"Idempotency-Key": f"test-{next(keys):08}"} if method == "POST" else {}
    names |= {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(program, method.lower())(url, body, content_type="application/json", headers=names)


@pytest.fixture
def program(house):
    """Return a program with the token of an analyst of the valley."""
    return house.people["program"]


@pytest.fixture
def held(house):
    """Return the address of a position of the valley."""
    return f"{VALLEY}/positions/{Position.objects.get(process=house.public).slug}"


def new(kind):
    """Return what makes something new; a step follows the last one."""
    url, body, model = NEW[kind]
    after = StatusEvent.objects.filter(compromise__process__slug="valley", compromise__number=1).latest("pk").pk
    return url, body | ({"after": after} if kind == "step" else {}), model


@pytest.mark.parametrize("kind", NEW)
def test_what_is_sent_twice_is_written_once_and_answered_alike(kind, program, house):
    url, body, model = new(kind)
    before, changes = model.objects.count(), Changeset.objects.count()
    answers = [send(program, "POST", url, body, Idempotency_Key="the-same-one") for _ in range(2)]
    aside = send(program, "PATCH", f"{VALLEY}/compromises/2", {"body": "Else", "reason": "x"}, If_Match='"1"')
    changes += aside.status_code == 200
    answers.append(send(program, "POST", url, body, Idempotency_Key="the-same-one"))
    assert {(one.status_code, one.content, one["Location"], one["ETag"]) for one in answers} == {
        (201, answers[0].content, answers[0].json()["url"], '"1"')
    }
    made = answers[0].json()
    assert (model.objects.count(), Changeset.objects.count()) == (before + 1, changes + 1)
    written = Changeset.objects.get(reason="As heard")
    assert (written.user_name, written.process) == ("analyst", house.public)
    shown = program.get(made["url"]).json()
    assert made["name"] in (shown.get("slug"), shown.get("number"), shown.get("id")) and shown["version"] == 1
    assert house.people["visitor"].get(made["page"]).status_code == 200
    nameless = send(program, "POST", url, body, Idempotency_Key="")
    assert nameless.status_code == 400 and "Idempotency-Key" in nameless.json()["detail"]
    assert list(history.verify(house.public)) == []


def test_a_new_position_is_the_one_that_the_form_would_have_made(program, house):
    answer = send(program, "POST", f"{VALLEY}/positions", POSITION | {"sources": SOURCES})
    made = Position.objects.get(slug=answer.json()["name"], process=house.public)
    assert (made.issue.slug, made.side.slug, made.placement, made.precision) == ("grass", "plain", 40, "day")
    cited = [(one.briefing.title, one.quote, one.relation) for one in made.citations.all()]
    assert cited == [("Minutes", "The pass is open.", "supports"), ("A new letter", "", "supports")]
    assert Briefing.objects.get(title="A new letter").url == "https://letters.example/1"
    again = send(program, "POST", f"{VALLEY}/positions", POSITION | {"sources": SOURCES[1:]})
    assert again.status_code == 422 and "is on file with this address" in again.json()["detail"]


def test_a_correction_changes_what_it_names_over_the_version_that_it_names(program, held):
    before = program.get(held)
    answer = send(program, "PATCH", held, {"placement": None, "reason": "Unclear"}, If_Match=before["ETag"])
    assert (answer.status_code, answer.json()["version"], answer["ETag"]) == (200, 2, '"2"')
    after = program.get(held).json()
    changed = {name for name, value in before.json().items() if after[name] != value}
    assert changed == {"placement", "version"} and after["placement"] is None
    same = send(program, "PATCH", held, {"placement": None, "reason": "Unclear"}, If_Match='"1"')
    assert (same.status_code, same.json()["version"]) == (200, 2)  # it is so already
    assert send(program, "PATCH", held, {"placement": 101, "reason": "x"}, If_Match='"2"').status_code == 422


def test_a_correction_that_names_no_version_is_refused(program, held):
    for given in ("", "*", "2", '"x"', '"1", "2"', '"99999999999"'):
        answer = send(program, "PATCH", held, {"body": "Else", "reason": "x"}, If_Match=given)
        assert answer.status_code == 428 and "If-Match" in answer.json()["detail"], given
    assert send(program, "PATCH", held, {"body": "Else", "reason": "x"}, If_Match='"7"').status_code == 412


def test_nobody_overwrites_anybody(program, held, house):
    started = program.get(held)["ETag"]
    send(program, "PATCH", held, {"body": "They say so, in part.", "reason": "First"}, If_Match=started)
    mine = {"body": "They say so today.", "headline": "Today", "reason": "Second"}
    lost = send(program, "PATCH", held, mine, If_Match=started)
    assert (lost.status_code, lost["ETag"]) == (412, '"2"')
    said = lost.json()
    assert said["conflicts"] == [
        {
            "field": "body",
            "base": "They say so.",
            "theirs": "They say so, in part.",
            "mine": "They say so today.",
            "proposal": said["merged"]["body"],
        }
    ]
    assert {"part.", "today."} <= {*said["merged"]["body"].split()} and said["merged"]["headline"] == "Today"
    assert "analyst has saved version 2" in said["detail"]
    kept = send(program, "PATCH", held, said["merged"] | {"reason": "Both"}, If_Match=lost["ETag"])
    assert (kept.status_code, kept.json()["version"]) == (200, 3)
    # Others touched other fields: nothing parts, and still nothing is written unseen.
    beside = send(program, "PATCH", held, {"placement": 5, "reason": "x"}, If_Match='"2"')
    assert (beside.status_code, beside.json()["conflicts"], beside.json()["merged"]) == (412, [], {"placement": 5})
    again = send(program, "PATCH", held, beside.json()["merged"] | {"reason": "x"}, If_Match=beside["ETag"])
    assert again.status_code == 200 and program.get(held).json()["headline"] == "Today"
    assert list(history.verify(house.public)) == []


def test_a_refusal_shows_the_version_that_it_names_whoever_writes_meanwhile(program, held, monkeypatch):
    """Or else who sends the proposal over that version would put away words that it never saw."""
    answer = writing.parted

    def overtaken(*arguments):
        monkeypatch.undo()
        send(program, "PATCH", held, {"body": "They say so, later.", "reason": "Third"}, If_Match='"2"')
        return answer(*arguments)

    send(program, "PATCH", held, {"body": "They say so, in part.", "reason": "First"}, If_Match='"1"')
    monkeypatch.setattr(writing, "parted", overtaken)
    lost = send(program, "PATCH", held, {"body": "They say so today.", "reason": "Second"}, If_Match='"1"')
    assert program.get(held).json()["version"] == 3
    assert (lost["ETag"], lost.json()["conflicts"][0]["theirs"]) == ('"2"', "They say so, in part.")
    kept = send(program, "PATCH", held, lost.json()["merged"] | {"reason": "Both"}, If_Match=lost["ETag"])
    assert kept.status_code == 412 and program.get(held).json()["body"] == "They say so, later."


def test_the_same_correction_is_answered_alike_after_others_have_written(program, held):
    sent = {"headline": "Anew", "reason": "x"}
    first = send(program, "PATCH", held, sent, If_Match='"1"', Idempotency_Key="correct-once")
    send(program, "PATCH", held, {"headline": "Else", "reason": "x"}, If_Match='"2"')
    again = send(program, "PATCH", held, sent, If_Match='"1"', Idempotency_Key="correct-once")
    assert (again.status_code, again.content) == (200, first.content)
    assert send(program, "PATCH", held, sent, If_Match='"1"').status_code == 412  # without the key, or with another
    assert program.get(held).json()["headline"] == "Else"


def test_citations_steps_and_briefings_are_corrected_and_follow_on(program, house):
    cited = send(program, "POST", *new("citation")[:2]).json()["url"]
    moved = send(
        program, "PATCH", cited, {"quote": "They may not.", "relation": "contradicts", "reason": "x"}, If_Match='"1"'
    )
    assert (moved.status_code, program.get(cited).json()["quote"]) == (200, "They may not.")
    assert program.get(f"{VALLEY}/compromises/2").json()["contested"] is True
    both = send(program, "POST", f"{VALLEY}/citations", {"briefing": "minutes", "reason": "x"})
    assert both.status_code == 422 and "either a position or a compromise" in both.json()["detail"]
    late = send(program, "POST", f"{VALLEY}/compromises/1/steps", new("step")[1] | {"after": 0})
    assert late.status_code == 409 and late.json()["after"] == new("step")[1]["after"]
    refused = send(program, "POST", f"{VALLEY}/compromises/1/steps", new("step")[1] | {"status": "rejected"})
    assert refused.json()["errors"] == [{"pointer": "#/rejected_by", "detail": "Name the side that rejects it."}]
    taken = new("step")[1] | {"status": "rejected", "rejected_by": "plain"}
    assert send(program, "POST", f"{VALLEY}/compromises/1/steps", taken).status_code == 201
    text = send(program, "PATCH", f"{VALLEY}/compromises/1", {"body": "In full", "reason": "x"}, If_Match='"1"')
    paper = send(
        program,
        "PATCH",
        f"{VALLEY}/briefings/minutes",
        {"text": "All of it", "date": "2024-01-06", "reason": "x"},
        If_Match='"1"',
    )
    assert (text.status_code, paper.status_code) == (200, 200)
    assert "text" not in program.get(f"{VALLEY}/briefings/minutes").json()  # stored texts are not given away


def test_another_briefing_with_the_address_is_named_first(program, house):
    url, body, _ = NEW["briefing"]
    first = send(program, "POST", url, body).json()
    twin = send(program, "POST", url, body | {"title": "Copy"})
    assert twin.status_code == 422 and "“Letter”" in twin.json()["detail"]
    assert twin.json()["errors"][0]["pointer"] == "#/url"
    assert send(program, "POST", url, body | {"title": "Copy", "known": body["url"]}).status_code == 201
    kept = send(program, "PATCH", first["url"], {"url": body["url"], "title": "L", "reason": "x"}, If_Match='"1"')
    assert kept.status_code == 200


FAULTY = [
    ({"headline": " "}, {"#/headline": "Give the position in one line."}),
    ({"held_from": "2024-02-30"}, {"#/held_from": "This is not a day in the calendar; write one as 2025-02-14."}),
    ({"side": "moon"}, {"#/side": "There is no side “moon” here."}),
    ({"sources": [{"briefing": "moon"}]}, {"#/sources/0/briefing": "There is no briefing “moon” here."}),
    (
        {"sources": [{"title": "T", "date": "2024-01-01"}]},
        {"#/sources/0/kind": "Fill this in, or remove the source."},
    ),
    ({"body": "a\x07"}, {"#/body": "This holds the character U+0007, which no text needs. Take it out."}),
    ({"shape": "round"}, {"#/shape": "“shape” is not asked for here."}),
    ({"reason": None}, {"#/reason": "“reason” is not as it should be: Input should be a valid string."}),
]


def test_every_fault_is_named_where_it_is(program):
    for body, faults in FAULTY:
        answer = send(program, "POST", f"{VALLEY}/positions", POSITION | body)
        assert answer.status_code == 422 and not Position.objects.filter(side__slug="plain").exists()
        assert {one["pointer"]: one["detail"] for one in answer.json()["errors"]} == faults


def test_what_is_reviewed_waits_as_the_suggestion_of_the_form(program, held, house):
    process = Process.objects.get(slug="valley")
    with history.changeset(process, reason="Ask for review") as door:
        door.update(process, asks_review=True)
    version = program.get(held)["ETag"]
    answers = [
        send(
            program,
            "PATCH",
            held,
            {"headline": "In review", "reason": "x"},
            If_Match=version,
            Idempotency_Key="reviewed-1",
        )
        for _ in range(2)
    ]
    assert {(one.status_code, one.content) for one in answers} == {(202, answers[0].content)}
    said = answers[0].json()
    waiting = Suggestion.objects.get(pk=said["suggestion"])
    assert said["state"] == "pending" and waiting.author_name == "analyst"
    assert program.get(held).json()["headline"] != "In review"
    curator = house.people["curator"]
    assert "In review" in curator.get(said["page"]).text
    curator.post(f"{said['page']}accept/", {})
    assert program.get(held).json()["headline"] == "In review"
    assert Changeset.objects.latest("pk").accepted_by_name == "curator"
    made = send(program, "POST", f"{VALLEY}/positions", POSITION)
    assert made.status_code == 202 and "page" in made.json()


def test_only_who_may_edit_writes_and_only_what_is_open(program, held, house):
    body = {"headline": "Mine", "reason": "x"}
    reader, stranger = (Program(house.people[who].user) for who in ("reader", "stranger"))
    assert send(reader, "PATCH", held, body, If_Match='"1"').status_code == 403
    assert send(stranger, "PATCH", held, body, If_Match='"1"').status_code == 403
    assert send(stranger, "PATCH", held.replace("valley", "glen"), body, If_Match='"1"').status_code == 404
    # Nobody who is signed in, and no token that only reads.
    assert send(house.people["desk"], "PATCH", held, body, If_Match='"1"').status_code == 401
    reads = Program(house.people["curator"].user, "read")
    refused = send(reads, "PATCH", held, body, If_Match='"1"')
    assert refused.status_code == 403 and "may only read" in refused.json()["detail"]
    assert send(program, "PATCH", f"{held}?as_of=2025-01-01", body, If_Match='"1"').status_code == 403
    Process.objects.filter(slug="valley").update(archived_at=timezone.now())
    closed = send(program, "PATCH", held, body, If_Match='"1"')
    assert closed.status_code == 403 and "archived" in closed.json()["detail"]
    Process.objects.filter(slug="valley").update(archived_at=None)
    valley.retire(Position.objects.get(process=house.public))
    assert send(program, "PATCH", held, body, If_Match='"1"').status_code == 404
    house.public.memberships.filter(user__username="analyst").update(suspended_at=timezone.now())
    assert send(program, "POST", f"{VALLEY}/positions", POSITION).status_code == 403


def test_a_curator_writes_with_a_second_factor_where_one_is_asked_for(program, held, house, settings):
    settings.REQUIRE_MFA = True
    body = {"headline": "Mine", "reason": "x"}
    curator, desk = (Program(house.people[who].user) for who in ("curator", "desk"))
    refused = send(curator, "PATCH", held, body, If_Match='"1"')
    assert refused.status_code == 403 and "second factor" in refused.json()["detail"]
    assert curator.get(held).status_code == 200  # who only reads is asked for nothing
    assert send(desk, "PATCH", held, body, If_Match='"1"').status_code == 200
    assert send(program, "PATCH", held, {"body": "B", "reason": "x"}, If_Match='"2"').status_code == 200


def test_nothing_is_written_that_a_body_does_not_name(program, house):
    schemas = described(v1)["components"]["schemas"]
    closed = {name for name, one in schemas.items() if one.get("additionalProperties") is False}
    assert closed == {"Source", *(f"New{one}" for one in KINDS | {"Step"}), *(f"{one}Change" for one in KINDS)}
    assert not any(NEVER & schemas[name]["properties"].keys() for name in closed)
    before = stored()
    for name, rule in PROGRAMS.items():
        for method in ("post", "patch"):
            if getattr(rule, method) and name != "api:api-root":
                forged = dict.fromkeys(NEVER, "forged")
                answer = send(program, method.upper(), address(name, house.public), forged, If_Match='"1"')
                assert answer.status_code == 422, name
                assert {f"#/{field}" for field in NEVER} <= {one["pointer"] for one in answer.json()["errors"]}, name
    after = stored()
    assert {key[0] for key in after if after[key] != before.get(key)} <= {"token", "tally"}


NO_BODIES = ("", "{", "[]", "null", '"x"', "1e999", '{"reason": "\\ud800"}', "[" * 3_000, "\x00")


def test_a_body_that_is_none_is_refused(program):
    headers = {"Idempotency-Key": "hostile-body", "If-Match": '"1"'}
    for body in NO_BODIES:
        for method, url in (("POST", f"{VALLEY}/positions"), ("PATCH", f"{VALLEY}/compromises/1")):
            answer = program.generic(method, url, body, content_type="application/json", headers=headers)
            assert 400 <= answer.status_code < 500, body[:20]
            assert answer["Content-Type"] == "application/problem+json"
    large = program.generic("PATCH", f"{VALLEY}/compromises/1", "x" * 5_000_001, content_type="application/json")
    assert large.status_code == 413 and large["Content-Type"] == "application/problem+json"
    writes = [way for ways in described(v1)["paths"].values() for name, way in ways.items() if name != "get"]
    assert all("413" in way["responses"] for way in writes)


def test_a_broken_rule_is_seen(program, held, house, monkeypatch):
    """As if the last one to write won, and as if every request were another."""
    with monkeypatch.context() as patch:
        patch.setattr(writing, "version_named", lambda request: Position.objects.get(process=house.public).version)
        with pytest.raises(AssertionError):
            test_nobody_overwrites_anybody(program, held, house)
    monkeypatch.setattr(writing, "key_of", lambda request, must: uuid.uuid4().hex)
    with pytest.raises(AssertionError):
        test_what_is_sent_twice_is_written_once_and_answered_alike("compromise", program, house)
