"""What holds on every page: it answers, it is bounded, it is safe, and bad input never breaks it."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from issues.models import Citation, Position

from . import addresses
from .addresses import DATED, NAMES, address
from .conftest import Person

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}
BAD_DAYS = [
    "2025-02-30",
    "9999-99-99",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "yesterday",
    "2025-2-3",
    "٢٠٢٥-٠٢-٠٣",
    "\x00",
    "1" * 10_000,
]
PARAMETERS = [
    "on",
    "since",
    "between",
    "status",
    "side",
    "issue",
    "kind",
    "sort",
    "from",
    "to",
    "q",
    "cursor",
    "before",
    "after",
    "page",
    "show",
]
BAD_VALUES = [
    "",
    "nonsense",
    "\x00",
    "ä\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "'; DROP TABLE issues_position; --",
    "-1",
    "9" * 30,
    "2025-02-30~1",
    "x" * 10_000,
    "<script>alert(1)</script>",
    "\u202e",
]


def test_every_address_that_the_resolver_knows_has_a_line_in_the_table():
    unlisted, gone = (
        addresses.PARAMETERS.keys() - addresses.TABLE.keys(),
        addresses.TABLE.keys() - addresses.PARAMETERS.keys(),
    )
    assert not unlisted, f"Say in tests/addresses.py who may ask these, one line each: {sorted(unlisted)}"
    assert not gone, f"Take these out of tests/addresses.py: {sorted(gone)}"
    names = [name for name, _ in addresses.named() if not name.startswith("admin:")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("person", ["vera", "anna"])
def test_a_page_answers_in_at_most_twelve_queries(
    name, person, talks, other_talks, request, django_assert_max_num_queries
):
    client = request.getfixturevalue(person)
    url = address(name, talks)
    with django_assert_max_num_queries(12):
        response = client.get(url)
    assert response.status_code == 200
    assert "<h1" in response.text and response.text.rstrip().endswith("</html>")


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_queries_does_not_grow_with_the_data(name, talks, other_talks, vera, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = address(name, talks)
    with CaptureQueriesContext(connection) as before:
        vera.get(url)
    double(talks)
    with django_assert_num_queries(len(before)):
        assert vera.get(url).status_code == 200


def double(process):
    """Record every position, with its citations, a second time."""
    for position in list(Position.objects.filter(process=process).prefetch_related("citations")):
        citations = list(position.citations.all())
        position.pk, position.slug = None, f"{position.slug}-again"
        position.save()
        for citation in citations:
            citation.pk, citation.position = None, position
        Citation.objects.bulk_create(citations)


@pytest.mark.parametrize("name", NAMES)
def test_a_second_quite_different_process_reads_as_well(name, talks, other_talks, vera):
    response = vera.get(address(name, other_talks))
    if name in {"compromise-detail", "compromise-history"}:
        assert response.status_code == 404 and (other_talks.name in response.text or name == "compromise-history")
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_process_reads_as_well(name, rita, back_channel):
    response = rita.get(address(name, back_channel))
    missing = name.endswith(("-detail", "-history")) and name not in {
        "process-detail",
        "process-history",
        "change-detail",
    }
    assert response.status_code == (404 if missing else 302 if name == "process-list" else 200)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"process-list", "codebook", "method"}])
def test_a_private_process_is_not_there_for_who_may_not_see_it(name, talks, vera, anna, rita):
    from issues import history

    with history.changeset(talks, reason="Close the doors") as door:
        door.update(talks, visibility="members")
    url = address(name, talks)
    response = vera.get(url)
    assert response.status_code == 404 and talks.name not in response.text
    assert [person.get(url).status_code for person in (rita, anna)] == [404, 200]


@pytest.fixture(scope="module")
def answers(loaded_talks, loaded_water_treaty, django_db_blocker):
    """Return what a visitor gets of each page, by its name and whether it is asked for by htmx; each asked for once."""
    with django_db_blocker.unblock(), transaction.atomic():
        talks, _ = loaded_talks.restore(), loaded_water_treaty.restore()
        asked = {
            (name, by_htmx): Person().get(address(name, talks), headers=FRAGMENT if by_htmx else {})
            for name in NAMES
            for by_htmx in (False, True)
        }
        transaction.set_rollback(True)
    return asked


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_carries_the_strict_policy_and_varies_by_htmx(name, answers):
    for by_htmx in (False, True):
        response = answers[name, by_htmx]
        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
        assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("frame-ancestors") == "'none'"
        assert set(policy.values()) == {"'self'"}
        assert "HX-Request" in response["Vary"] and response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_holds_nothing_inline_and_nothing_from_elsewhere(name, answers):
    text = answers[name, False].text
    assert not re.search(
        r"<script(?![^>]*\s(src=|type=.application/ld))|<style|\sstyle=|\son\w+=|hx-on|javascript:", text
    )
    assert not re.findall(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="(?:https?:)?//', text)


# A briefing's page has no control of its own for the day: it keeps the one it is asked with.
@pytest.mark.parametrize("name", [name for name in DATED if name != "briefing-detail"])
def test_a_part_is_less_than_the_page_and_stands_in_it(name, answers, talks, vera):
    url, part = address(name, talks), answers[name, True].text
    assert "<html" not in part and "</main>" not in part
    own = re.search(r'id="([\w-]+)"', part).group(1)
    assert f'id="{own}"' in answers[name, False].text
    for headers in (FRAGMENT | {"HX-Boosted": "true"}, FRAGMENT | {"HX-History-Restore-Request": "true"}):
        assert "<html" in vera.get(url, headers=headers).text


def dealt(name, values, share, pytestconfig):
    """Return what of some values is tried at a page: all in the long run, else one in so many, in turn."""
    return values if pytestconfig.getoption("long") else values[NAMES.index(name) % share :: share]


@pytest.mark.parametrize("name", DATED)
def test_a_day_that_is_none_is_named_and_ignored(name, talks, vera, pytestconfig):
    for day in dealt(name, BAD_DAYS, 3, pytestconfig):
        response = vera.get(address(name, talks), {"on": day})
        if day == "0001-01-01":
            assert response.status_code == 200
        else:
            assert response.status_code in (200, 400) and "is not a day" in response.text, day


@pytest.mark.parametrize("name", NAMES)
def test_no_query_string_breaks_a_page(name, talks, vera, pytestconfig):
    """With one value in all parameters, and with one in a single parameter; in the short run with some, in turn."""
    url, together = address(name, talks), [dict.fromkeys(PARAMETERS, value) for value in BAD_VALUES]
    alone = [{parameter: "\x00nonsense"} for parameter in PARAMETERS]
    for query in dealt(name, together, 3, pytestconfig) + dealt(name, alone, 12, pytestconfig):
        response = vera.get(url, query)
        assert response.status_code < 500, query
        assert "<script>alert" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/processes/no-such-talks/",
        "/processes/%00/",
        "/processes/" + "x" * 10_000 + "/",
        "/positions/0/",
        "/positions/99999999999999999999/",
        "/positions/-1/",
        "/nothing/",
        "/%ff/",
        "/processes/no-such-talks/compromises/99999999999999999999/",
    ],
)
def test_an_unknown_address_is_a_page_that_says_so(path, vera):
    response = vera.get(path)
    assert response.status_code == 404 and "<h1" in response.text


def test_unknown_rows_of_a_known_process_are_named(talks, vera):
    for name, argument in (
        ("issue-detail", "no-such-issue"),
        ("briefing-detail", "no-such-briefing"),
        ("compromise-detail", 4040),
    ):
        response = vera.get(reverse(f"issues:{name}", args=[talks.slug, argument]))
        assert response.status_code == 404
        assert str(argument) in response.text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_only_to_be_read(name, talks, other_talks, vera):
    url = address(name, talks)
    assert vera.head(url).status_code == 200
    assert [getattr(vera, method)(url).status_code for method in ("post", "put", "patch", "delete")] == [405] * 4


@pytest.mark.parametrize("name", NAMES)
def test_curators_notes_stay_with_curators(name, answers):
    text = answers[name, False].text
    assert "verified in http" not in text and "general knowledge; New START" not in text
