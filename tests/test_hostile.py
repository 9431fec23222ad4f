"""Input made to break or to mislead: no address answers with a fault, and none sends a browser to another host."""

import random
from urllib.parse import quote_plus

import pytest
from django.urls import reverse

from issues.models import Position

from .addresses import ACCOUNTS, ADMIN, ROUTES, address
from .everyone import HTMX, ask
from .test_accounts import PAYLOADS, leaves
from .test_editing import typed

pytestmark = pytest.mark.django_db

PLACES = ("Location", "HX-Location", "HX-Redirect", "HX-Push-Url", "HX-Replace-Url")
STEERING = ("next", "place", "address", "url", "from")
# Percent-encoded, for not all of it can be written as text.
NASTY = (
    *("", "%00", "a%00b", "%ed%a0%80", "%ff%fe", "%e2%80%ae", "%f0%9f%92%a9", "9223372036854775808", "-1", "0"),
    *("1e999", "9" * 400, "-9223372036854775809", "NaN", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01"),
    *("9999-12-31T23%3A59%3A59.999999%2B00%3A00", "0001-01-01T00%3A00%3A00%2B14%3A00", "2024-01-01~9999-12-31"),
    *("2024-02-30", "%5B%5D", "%7B%22a%22%3A1%7D", "null", "True", "on", "%27%3B--", "%25", "%0D%0ASet-Cookie%3A+a"),
    *("x" * 100_000, "%5B" * 2_000, "*" * 2_000, "%3E" * 2_000, "1.", "٣", "1_000", "+1", "0x10", "quote-0", ".."),
    *("text-1-2-3-4", "%2F"),
)
NAMES = """
on as_of since between status side issue kind sort from to q cursor before after page show layout who origin stalled
contested seen address place next source key base_version reason role email headline body title text summary question
held_from precision placement commitment confidence occurred_on briefing rejected_by superseded_by number published_on
url other_urls archived_url language reliability read_as quote locator prefix suffix relation credibility target basis
grounds scale_low scale_high scale_anchors name short_name version login password username code credential
source-0-briefing source-0-quote source-0-place source-0-published_on source-0-kind source-0-url source-0-relation
of query shared seen started_on ended_on stalled_after_days visibility seen_at started order test_sentence
"""


def asked(house):
    """Yield (rule, address) of everything that is not the admin panel, in the public process."""
    for name, rule in (ROUTES | ACCOUNTS).items():
        yield rule, address(name, house.public, **house.known[house.public])


def test_no_input_breaks_an_address(house, pytestconfig):
    """As somebody who may change everything and is let in everywhere: what is refused at the door breaks nothing."""
    chance = random.Random(20250212)
    times = 1_000 if pytestconfig.getoption("long") else 1
    person, fields, wrong = house.people["desk"], NAMES.split(), []
    for at, (rule, url) in enumerate(asked(house)):
        for turn in range(at, at + times):
            chosen = chance.sample(fields, chance.choice((3, 12, len(fields))))
            pairs = [f"{one}={chance.choice(NASTY)}" for one in chosen for _ in range(chance.choice((1, 1, 2)))]
            query = "&".join(pairs)
            headers = (HTMX, {})[turn % 2]
            if rule.get:
                short = "&".join(pair for pair in pairs if len(pair) < 1_000)
                whole = f"{url}{'&' if '?' in url else '?'}{short}"
                answers = [("GET", whole, ask(person, "GET", whole, headers=headers)[0])]
            else:
                answers = []
            if rule.post:
                form = {"content_type": "application/x-www-form-urlencoded"}
                sent = ask(person, "POST", url, body=query, headers=headers, **form)[0]
                answers.append(("POST", f"{url} {query[:2_000]}", sent))
            wrong += [f"{method} {what}: {got.status_code}" for method, what, got in answers if got.status_code >= 500]
    assert not wrong, "\n".join(wrong)


DESK = """
action _selected_action select_across index apply _save _continue _addanother _popup _to_field _changelist_filters
_facets p all o e q state term app_label model_name field_name process__id__exact side__id__exact kind__exact id__in
published_on__year published_on__month published_on__day held_from__year occurred_on__gte started_on__year
process slug order marker colour implementation citations-TOTAL_FORMS citations-INITIAL_FORMS citations-0-id
citations-0-briefing citations-0-quote citations-0-base_version citations-0-DELETE citations-0-position
status_events-TOTAL_FORMS status_events-INITIAL_FORMS status_events-0-id status_events-0-occurred_on user
"""


def test_no_input_breaks_the_desk(house, pytestconfig):
    """As somebody who curates the process; once an address, or in the long run a hundred times."""
    chance = random.Random(20250212)
    times = 100 if pytestconfig.getoption("long") else 1
    person, fields, wrong = house.people["desk"], f"{NAMES} {DESK}".split(), []
    managed = {f"{name}-{count}_FORMS": 1 for name in ("citations", "status_events") for count in ("TOTAL", "INITIAL")}
    for at, (name, rule) in enumerate(ADMIN.items()):
        url = address(name, house.public)
        for turn in range(at, at + times):
            chosen = chance.sample(fields, chance.choice((3, 12, len(fields))))
            pairs = [f"{one}={chance.choice(NASTY)}" for one in chosen]
            answers = []
            if rule.get:
                short = "&".join(pair for pair in pairs if len(pair) < 1_000)
                answers.append(("GET", short, ask(person, "GET", f"{url}?{short}")[0]))
            if rule.post:
                whole = [f"{one}={n}" for one, n in managed.items()] * (turn % 2) + pairs
                form = {"content_type": "application/x-www-form-urlencoded"}
                answers.append(("POST", whole, ask(person, "POST", url, body="&".join(whole), **form)[0]))
            wrong += [
                f"{method} {url} {str(sent)[:1500]}: {got.status_code}"
                for method, sent, got in answers
                if got.status_code >= 500
            ]
    assert not wrong, "\n".join(wrong)


def test_a_body_that_is_too_large_or_no_form_is_refused(house):
    person, url = house.people["analyst"], address("position-edit", house.public)
    urlencoded, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
    for body, kind in (
        ("body=" + "x" * 1_000_001, urlencoded),
        ("a=1&" * 5_000, urlencoded),
        ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + "x" * 500, parts),
        ("no parts", parts),
        ("{}", "application/json"),
        ("a=1", "text/plain; charset=nonsense"),
    ):
        response, written = ask(person, "POST", url, body=body, content_type=kind)
        assert 400 <= response.status_code < 500 and not written, (kind, response.status_code)


def test_nothing_that_is_asked_for_leads_to_another_host(house, pytestconfig):
    """In the short run one payload an address, in turn, by GET or POST; by a visitor at every fourth."""
    wrong, long = [], pytestconfig.getoption("long")
    for turn, (rule, url) in enumerate(asked(house)):
        methods = ("GET",) * bool(rule.get) + ("POST",) * bool(rule.post)
        for payload in PAYLOADS if long else [PAYLOADS[turn % len(PAYLOADS)]]:
            steered = "&".join(f"{one}={quote_plus(payload)}" for one in STEERING)
            whole = f"{url}{'&' if '?' in url else '?'}{steered}"
            for who in ("visitor", "desk") if long or turn % 4 == 0 else ("desk",):
                for method in methods if long else methods[turn % len(methods) :][:1]:
                    form = {"content_type": "application/x-www-form-urlencoded"} if method == "POST" else {}
                    body = steered if method == "POST" else ""
                    response, _ = ask(house.people[who], method, whole, body=body, headers=HTMX, **form)
                    if response.status_code >= 500:
                        wrong.append(f"{method} {whole} as {who}: {response.status_code}")
                    wrong += [f"{method} {whole} as {who}: {response[at]}" for at in PLACES if leads_away(response, at)]
    assert not wrong, "\n".join(wrong)


def leads_away(response, header):
    place = response.get(header, "false")
    return place not in ("true", "false") and leaves(place)


def test_a_saved_form_never_leads_to_another_host(house, pytestconfig):
    analyst, position = house.people["analyst"], Position.objects.get(process=house.public)
    url, forget = reverse("issues:position-edit", args=[position.pk]), address("draft-delete", house.public)
    for n, payload in enumerate(PAYLOADS[:: 1 if pytestconfig.getoption("long") else 4]):
        response, _ = ask(analyst, "POST", url, typed(position, headline=f"Turn {n}", place=payload))
        # What holds a NUL is no text, and is refused with the form.
        assert response.status_code == (422 if "\x00" in payload else 302), payload
        assert not leads_away(response, "Location"), payload
        response, _ = ask(analyst, "POST", forget, {"address": payload})
        assert response.status_code in (302, 400) and not leads_away(response, "Location"), payload


def test_a_place_elsewhere_is_seen():
    assert leads_away({"HX-Location": "//elsewhere.example/"}, "HX-Location")
    assert not leads_away({"HX-Push-Url": "false"}, "HX-Push-Url") and not leads_away({}, "Location")
