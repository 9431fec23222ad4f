"""Every address, every person, every method: who gets in, and that looking writes nothing."""

from itertools import pairwise

import pytest
from django.template.backends.django import Template
from django.urls import reverse

from .addresses import EVERYONE, PARAMETERS, PROGRAM, PROGRAMS, TABLE, address
from .conftest import Person
from .everyone import HTMX, ask, unguarded

pytestmark = pytest.mark.django_db

SIGNED_OUT = "You are signed out"
PANEL_PAGES = ("_changelist", "_add", "_change", "_delete", "_history")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
# What a GET may write: the visitor's own session, at these addresses, and why it must.
SESSION = {
    "mfa_activate_totp": "the secret that the page shows is the one that the code is checked against",
    "mfa_add_webauthn": "the challenge that the new passkey signs",
}
COUNTED = {"issues_tally", "issues_token"}  # how often the API is asked, and on which day a token was used last


def is_met(expected, response):
    """Tell whether an answer is what a word of the table means."""
    status, place = response.status_code, response.get("Location", "")
    signs_in = place.startswith(("/accounts/login/", "/admin/login/"))
    match expected:
        case "in":
            return status in (200, 204, 304, 400, 409, 412, 422, 428) or (status == 302 and not signs_in)
        case "login":  # an open form stays where it is, and says that one is signed out
            return signs_in or (status == 403 and SIGNED_OUT in response.text)
        case "away":
            return status == 302 and place == "/admin/"
    return status == int(expected)


def faults(house, process, name, asked):
    """Yield a line for every answer of an address that is not what the table says, or that wrote on being looked at."""
    is_public = process is house.public
    url = address(name, process, **house.known[process])
    for method, who, headers in asked:
        response, written = ask(house.people[who], method, url, headers=headers)
        expected = TABLE[name].expected(method, who, is_public)
        line = f"{method} {url} ({name}) as {who}{' by htmx' if headers else ''}"
        if not is_met(expected, response):
            yield f"{line}: {response.status_code} {response.get('Location', '')}, and not “{expected}”"
        if method not in ("POST", "PATCH") and written - ({"django_session"} if name in SESSION else COUNTED):
            yield f"{line} writes to {', '.join(sorted(written))}"
        yield from (f"{line} has {header}" for header in unguarded(response))


def asked(name, is_public, long=False):
    """Return (method, person, headers) of what an address is asked: everything in the long run, else a share of it.

    In the short run those next to whom the answer changes come to both processes, to one by GET and to the other by
    POST, or by both where there is but one; and everyone else comes once, as a fixed turn deals them over the methods
    and processes where the table tells people apart. Where it does not, two people come. Every second request is by
    htmx. HEAD, DELETE and what is not answered at all are asked of one of the two processes, by one person.
    """
    if long:
        return [(method, who, headers) for method in METHODS for who in EVERYONE for headers in ({}, HTMX)]
    turn, rule, levels = list(TABLE).index(name), TABLE[name], levels_of(name)
    methods = [method for method in ("GET", "POST", "PATCH") if getattr(rule, method.lower())]
    rest = [who for who in EVERYONE if who not in levels]
    if name in PROGRAMS or name.endswith(PANEL_PAGES):  # there the others are nobody
        rest = [rest[turn % len(rest)]]
    found = [
        (method, who)
        for method in ([methods[(turn + is_public) % len(methods)]] if PARAMETERS[name] else methods)
        for who in beside_a_change(rule, method, levels, is_public) or [levels[0], rest[turn % len(rest)]]
    ]
    telling = {who for _, who in found}
    cells = [
        (method, public)
        for method in methods
        for public in (True, False)
        if (public or PARAMETERS[name]) and beside_a_change(rule, method, levels, public)
    ]
    for at, who in enumerate([*levels, *rest] if cells else []):
        method, public = cells[(turn + at) % len(cells)]
        if public == is_public and who not in telling:
            found.append((method, who))
    closed = sorted({"GET", "POST", "HEAD", "DELETE"} - {*methods})
    found += [
        (method, ("visitor", "desk")[turn // 2 % 2])
        for at, method in enumerate(closed)
        if not PARAMETERS[name] or (turn + at) % 2 == is_public
    ]
    plain = ("HEAD", "DELETE")
    return [(method, who, {} if (turn + at) % 2 or method in plain else HTMX) for at, (method, who) in enumerate(found)]


def levels_of(name):
    """Return who may do more and more, in that order: whoever is signed in is nobody for the API."""
    if name in PROGRAMS:
        return ["visitor", PROGRAM]
    if name.endswith(PANEL_PAGES):
        return ["reader", "neighbour", "desk", "superuser"]
    return ["visitor", "reader", "analyst", "curator"]


def beside_a_change(rule, method, levels, is_public):
    """Return the last who get one answer and the first who get another: whom a wider or narrower permission reaches."""
    words = [rule.expected(method, who, is_public) for who in levels]
    changes = [at for at, (one, next_one) in enumerate(pairwise(words)) if one != next_one]
    return [who for at, who in enumerate(levels) if at in changes or at - 1 in changes]


@pytest.fixture
def wordless(monkeypatch):
    """Answer without rendering a page: who gets in does not hang on its words."""
    monkeypatch.setattr(Template, "render", lambda *args, **kwargs: SIGNED_OUT)


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_every_address_answers_everyone_as_the_table_says(visibility, house, wordless, pytestconfig):
    process, is_public = getattr(house, visibility), visibility == "public"
    long = pytestconfig.getoption("long")
    names = [name for name in TABLE if is_public or PARAMETERS[name]]
    found = [line for name in names for line in faults(house, process, name, asked(name, is_public, long))]
    assert not found, "\n".join(found)


def test_the_short_run_leaves_out_no_word_of_the_table_and_nobody_whom_it_tells_apart():
    for name, rule in TABLE.items():
        people = levels_of(name) if name in PROGRAMS or name.endswith(PANEL_PAGES) else EVERYONE
        expected, heard, came = set(), set(), set()
        for is_public in (True, False) if PARAMETERS[name] else (True,):
            short = asked(name, is_public)
            expected |= {rule.expected(how, who, is_public) for how in ("GET", "POST", "PATCH") for who in EVERYONE}
            heard |= {rule.expected(method, who, is_public) for method, who, _ in short}
            came |= {who for _, who, _ in short}
        assert heard >= expected, name
        assert came >= {*people} or len(expected - {"405"}) == 1, name


def test_an_open_door_is_seen(house, wordless, monkeypatch):
    monkeypatch.setattr("issues.views.gate.can", lambda *args: True)
    found = "\n".join(faults(house, house.public, "position-edit", asked("position-edit", True)))
    assert "as reader" in found and "as staff" in found and "as analyst" not in found


def test_a_look_that_writes_is_seen(house, wordless, monkeypatch):
    monkeypatch.setattr("issues.views.processes.entries", lambda found: found.update(summary="Looked at") and [])
    found = "\n".join(faults(house, house.public, "process-list", asked("process-list", True)))
    assert "HEAD / (process-list) as visitor writes to issues_process" in found


def test_the_challenge_of_a_passkey_is_all_that_a_visitors_session_keeps(house):
    response, written = ask(
        Person(), "GET", reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}
    )
    assert response.status_code == 200 and written == {"django_session"}


def test_every_write_needs_the_token_of_its_visit(house, pytestconfig):
    strict = {name: Person(enforce_csrf_checks=True) for name in ("visitor", "superuser")}
    strict["superuser"].force_login(house.people["superuser"].user)
    writes = [name for name, rule in TABLE.items() if rule.post and name not in PROGRAMS]  # which know no session
    answers = {
        (name, who): ask(person, "POST", address(name, house.public, **house.known[house.public]))[0]
        for turn, name in enumerate(writes)
        for who, person in ([*strict.items()] if pytestconfig.getoption("long") else [[*strict.items()][turn % 2]])
    }
    assert not [asked for asked, answer in answers.items() if answer.status_code != 403]
    assert all("reload the page and send the form again" in answer.text for answer in answers.values())
