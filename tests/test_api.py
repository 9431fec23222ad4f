"""The API to who reads: the rows of the exports under the filters of the pages, of any day and any moment."""

import json
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from issues import history, people, tokens
from issues.api import door, reading
from issues.models import Issue, Position, Side, Tally, Token

from . import valley
from .addresses import PROGRAMS, address
from .everyone import Program

pytestmark = pytest.mark.django_db
V1 = "/api/v1/processes"
# {noun of the API: what its export is called}
EXPORTED = {"citations": "quotes"} | {
    name: name for name in ("briefings", "positions", "compromises", "steps", "issues", "sides", "links")
}
MORE = {"id", "version"}


def path(url):
    """Return an address without its host."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def walk(client, url):
    """Return the rows of all pages of a list, and how many pages those are."""
    items, pages = [], 0
    while url:
        answer = client.get(path(url))
        assert answer.status_code == 200, answer.text
        assert ('rel="next"' in answer.get("Link", "")) == bool(answer.json()["next"])
        items, url, pages = items + answer.json()["items"], answer.json()["next"], pages + 1
    return items, pages


@pytest.mark.parametrize("query", ["", "?issue=ceasefire&side=russia", "?on=2025-05-01&side=russia"])
def test_a_list_holds_the_rows_of_the_export_under_the_same_filters(query, talks, vera):
    of_talks = {"process": talks}
    query = query.replace("ceasefire", Issue.objects.filter(**of_talks).first().slug)
    query = query.replace("russia", Side.objects.filter(**of_talks).first().slug)
    for noun, what in EXPORTED.items():
        asked = query if noun in ("positions", "steps", "citations", "compromises") else ""
        items, _ = walk(vera, f"{V1}/{talks.slug}/{noun}{asked}")
        file = vera.get(f"/processes/{talks.slug}/export/{what}.json{asked}")
        rows = json.loads(b"".join(file.streaming_content))[what]
        more = MORE | ({"number"} if noun == "citations" else set())
        rows = [{name: value for name, value in row.items() if name != "citations"} for row in rows]
        assert rows and rows == [
            {name: value for name, value in item.items() if name not in more and value not in (None, "", [])}
            for item in items
        ], noun


def test_positions_of_two_days_and_of_two_moments(house, vera):
    url, process = f"{V1}/valley/positions", house.public
    valley.hold(process, "hill", "2024-06-01", 60)
    before = timezone.now().isoformat()
    held = Position.objects.get(process=process, held_from="2024-06-01")
    with history.changeset(process, reason="Closer") as door:
        door.update(held, placement=70)

    def placed(**query):
        found = vera.get(url, {"held": "yes"} | query)
        return [one["placement"] for one in found.json()["items"]], "ETag" in found

    assert placed(on="2024-03-01") == ([20], True)
    assert placed(on="2024-07-01") == ([70], True)
    assert placed(on="2024-07-01", as_of=before) == ([60], False)
    assert vera.get(f"{url}/{held.slug}", {"as_of": before}).json()["placement"] == 60
    assert vera.get(f"{V1}/valley", {"as_of": before}).json()["name"] == process.name
    early = vera.get(url, {"as_of": "2001-01-01"})
    assert early.status_code == 404 and "Nothing was recorded" in early.json()["detail"]


def test_every_page_follows_the_one_before_it(talks, vera, monkeypatch):
    whole, _ = walk(vera, f"{V1}/{talks.slug}/positions")
    monkeypatch.setattr(reading, "SIZE", 30)
    assert walk(vera, f"{V1}/{talks.slug}/positions") == (whole, 3) and len(whole) == 70
    for sort in ("number", "newest", "longest"):
        items, pages = walk(vera, f"{V1}/{talks.slug}/compromises?sort={sort}")
        assert pages == 2 and len({one["number"] for one in items}) == 40
    items, pages = walk(vera, f"{V1}/{talks.slug}/briefings?sort=title")
    assert pages == 2 and len({one["slug"] for one in items}) == 52


def test_one_row_has_what_belongs_to_it(house, vera):
    found = vera.get(f"{V1}/valley/compromises/1").json()
    assert [one["status"] for one in found["steps"]] == ["suggested"]
    assert [(one["from"], one["kind"], one["to"]) for one in found["links"]] == [(1, "follows", 2)]
    assert found["page"] == "http://testserver/processes/valley/compromises/1/"
    assert vera.get(found["page"]).status_code == 200
    assert vera.get(f"{V1}/valley/compromises/1?on=2024-01-01").status_code == 404  # not begun by then
    held = vera.get(f"{V1}/valley/positions").json()["items"][0]
    whole = vera.get(f"{V1}/valley/positions/{held['slug']}").json()
    assert [one["briefing"] for one in whole.pop("citations")] == ["minutes"] and whole == held


def test_an_answer_that_still_holds_is_not_sent_again(house, vera, django_assert_max_num_queries):
    for url in (f"{V1}/valley/positions", f"{V1}/valley/compromises/1", f"{V1}/valley/changes", V1):
        first = vera.get(url)
        weak = {"If-None-Match": f'"else", W/{first["ETag"]}'}  # as it comes from behind compression
        with django_assert_max_num_queries(10 if url.endswith("/1") else 5):
            again = vera.get(url, headers=weak)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"]), url
        valley.hold(house.public, "town", f"2024-03-{len(url) % 28 + 1:02}")
        assert vera.get(url, headers=weak).status_code == 200, url


NONSENSE = [
    ("sides=hill", "“sides” is no parameter"),
    ("side=moon", "“moon” is not one of the choices"),
    ("on=2024-02-30", "is not a day in the calendar"),
    ("as_of=3024-01-01", "lies in the future"),
    ("after=nowhere", "no place in this list"),
    (f"after={'0' * 401}", "no place in this list"),
    ("side=", "“side” is empty"),
    ("before=2024-01-01~1", "“before” is no parameter"),
]


def test_a_filter_that_makes_no_sense_is_refused(house, vera):
    for query, said in NONSENSE:
        answer = vera.get(f"{V1}/valley/positions?{query}")
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json"), query
        [fault] = answer.json()["errors"]
        assert fault["parameter"] == query.partition("=")[0] and said in fault["detail"]
        assert answer.json().keys() >= {"title", "status", "detail"} and answer["Cache-Control"] == "no-store"


def test_what_is_not_there_is_a_problem_in_a_sentence(house, vera):
    for url, status in ((f"{V1}/glen", 404), (f"{V1}/moon", 404), ("/api/v1/moon", 404), ("/api/v1/", 404)):
        answer = vera.get(url)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    hidden, absent = (vera.get(f"{V1}/{slug}").json()["detail"] for slug in ("glen", "moon"))
    assert hidden.replace("glen", "moon") == absent
    wrong = vera.delete(V1)
    assert (wrong.status_code, wrong["Content-Type"]) == (405, "application/problem+json")
    assert wrong["Allow"] == "GET, HEAD, POST, PATCH" and "PATCH" not in vera.put("/codebook/")["Allow"]


def test_a_failure_is_told_to_programs_as_a_problem(house, vera, monkeypatch):
    vera.raise_request_exception = False
    monkeypatch.setattr(reading, "records", lambda *args: 1 / 0)
    broken = vera.get(f"{V1}/valley/positions")
    assert (broken.status_code, broken["Content-Type"]) == (500, "application/problem+json")
    assert "nothing was written" in broken.json()["detail"]


def test_what_a_token_opened_is_kept_by_nobody(house, vera):
    program = house.people["program"]
    mine, all_see = program.get(f"{V1}/glen/positions"), vera.get(f"{V1}/valley/positions")
    assert {"private", "no-store"} <= set(mine["Cache-Control"].split(", "))
    assert "no-store" not in all_see["Cache-Control"]
    assert all("Authorization" in one["Vary"] for one in (mine, all_see, program.get(f"{V1}/moon")))


def test_who_is_signed_in_is_nobody_here(house):
    assert house.people["superuser"].get(f"{V1}/glen").status_code == 404
    seen = {who: {one["slug"] for one in house.people[who].get(V1).json()["items"]} for who in ("desk", "program")}
    assert seen == {"desk": {"elsewhere", "valley"}, "program": {"elsewhere", "valley", "glen"}}


def test_a_token_sees_what_its_person_does_now(house):
    process, curator = house.private, house.people["curator"].user
    program = Program(curator, "read")
    with history.changeset(process, reason="Rename", user=curator):
        pass
    people.give(process, house.people["stranger"].user, "reader", curator)
    assert "Give stranger" in program.get(f"{V1}/glen/changes").text
    assert "Give stranger" not in house.people["program"].get(f"{V1}/glen/changes").text
    process.memberships.filter(user=curator).update(suspended_at=timezone.now())
    assert program.get(f"{V1}/glen").status_code == 404
    type(curator).objects.filter(pk=curator.pk).update(is_active=False)
    gone = program.get(f"{V1}/valley")
    assert gone.status_code == 401 and gone["WWW-Authenticate"] == "Bearer" and "token" in gone.json()["detail"]


def test_a_token_that_ended_opens_nothing(house):
    for n, change in enumerate(({"expires_at": timezone.now()}, {"token_hash": "else"}, None)):
        program = Program(house.people["analyst"].user, "read")
        assert program.get(f"{V1}/glen").status_code == 200, n
        mine = Token.objects.filter(name="A program to read")
        assert mine.get().used_on == timezone.localdate()
        mine.update(name=f"Of old {n}", **change) if change else mine.delete()
        assert program.get(f"{V1}/glen").status_code == program.get(f"{V1}/valley").status_code == 401


def test_too_many_questions_are_refused(house, vera, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", {"token": 2, "address": 3})
    monkeypatch.setattr(tokens.time, "time", lambda: 60_000_010.5)
    program, other = house.people["program"], Program(house.people["reader"].user)
    assert [program.get(V1).status_code for _ in range(3)] == [200, 200, 429]
    assert other.get(V1).status_code == 200  # each token by itself
    statuses = [vera.get(V1, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(4)]
    assert statuses == [200, 200, 200, 429]  # whatever address it says it comes from
    refused = vera.get(V1)
    assert refused["Retry-After"] == "50" and "Wait 50 seconds" in refused.json()["detail"]
    assert vera.get(V1, REMOTE_ADDR="192.0.2.9").status_code == 200
    monkeypatch.setattr(tokens.time, "time", lambda: 60_000_060.5)
    assert program.get(V1).status_code == vera.get(V1).status_code == 200
    assert tokens.sweep() == 0 and Tally.objects.count() == 2  # of this minute


def test_counting_is_one_statement_that_counts_whatever_is_stored(db, django_assert_num_queries):
    assert Tally.objects.count_up("a", 7, 2)
    with django_assert_num_queries(1):
        assert Tally.objects.count_up("a", 7, 2)
    assert not Tally.objects.count_up("a", 7, 2) and Tally.objects.count_up("a", 8, 2)


def test_the_number_of_queries_does_not_grow_with_the_rows(house, vera, django_assert_max_num_queries):
    names = [name for name, rule in PROGRAMS.items() if rule.get not in ("", "404")]

    def asked():
        for name in names:
            with django_assert_max_num_queries(14) as queries:
                assert vera.get(address(name, house.public)).status_code == 200
            yield name, len(queries)

    vera.get(V1)
    few = list(asked())
    for n in range(8):
        valley.cite(valley.hold(house.public, "town", f"2024-04-{n + 1:02}"))
        valley.propose(house.public, 10 + n, ("2024-02-01", "suggested"))
        valley.create(f"more-{n}")
    assert list(asked()) == few


def test_a_browser_that_is_let_in_is_seen(house, monkeypatch):
    monkeypatch.setattr(door.Bearer, "__call__", lambda self, request: door.NOBODY)
    with pytest.raises(AssertionError):
        test_who_is_signed_in_is_nobody_here(house)
