"""The queue of what the record lacks: what stands in it, and what people do about it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from issues import history
from issues.choices import LackKind
from issues.models import Briefing, Citation, Issue, Position, Side, Task
from issues.queries import shelves
from issues.queries.board import board
from issues.queries.upkeep import queue, scope

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def process():
    return valley.create()


@pytest.fixture
def alma(process):
    return Person.called("alma").joins(process, "analyst")


def listed(process, *, now=None, after=None, before=None, **filters):
    who = {"user": AnonymousUser(), "curates": False}
    page = {"after": after, "before": before}
    return queue(process, *scope(process), shelves.Filters(**filters), now or timezone.now(), **who, **page)


def rows(process, **filters):
    return [(row.kind, row.name) for row in listed(process, **filters).rows]


def url(process, verb="list"):
    return reverse(f"issues:upkeep-{verb}", args=[process.slug])


def post(person, process, verb, *tokens, **more):
    return person.post(url(process, verb), {"row": tokens, **more})


def told(person, process, verb, *tokens, **more) -> str:
    """Return what somebody is told where a post leads to."""
    return person.get(post(person, process, verb, *tokens, **more)["Location"]).text


def token(process, kind, **filters):
    """Return how a form names the first row of a kind."""
    return listed(process, kind=kind, **filters).rows[0].token


def touch(row, **fields):
    with history.changeset(row.process, reason="Touch it") as door:
        door.update(type(row).objects.get(pk=row.pk), **fields)


def test_every_kind_stands_in_the_queue(process):
    valley.add(valley.briefing(process, "letter", "2024-01-09", text="They share the well.", url="https://a.example/1"))
    bare = valley.hold(process, "hill", "2024-02-01", None, confidence="low", headline="Bare")
    single = valley.hold(process, "plain", "2024-02-01", 40, headline="Single")
    valley.cite(single, "letter", quote="They share")
    valley.cite(single, "letter", quote="They fight", relation="contradicts")
    valley.propose(process, 1, ("2024-02-01", "suggested"))
    two = valley.propose(process, 2, ("2024-02-01", "suggested"), test_sentence="A signed text")
    valley.cite(two)
    valley.cite(two.status_events.get(), "letter", quote="the well", relation="contradicts")
    Task.objects.create(
        process=process,
        kind="dead-link",
        model="briefing",
        object_id=Briefing.objects.get(slug="letter").pk,
        flagged_at=timezone.now(),
        note="404",
        about="https://a.example/1",
    )
    expected = {
        ("No position", "Townspeople on Grass"),
        ("No position", "Hill farmers on Water"),
        ("No position", "Plain farmers on Water"),
        ("No position", "Townspeople on Water"),
        ("No source", bare.headline),
        ("No source", "C1 Concession 1"),
        ("A single source", single.headline),
        ("A single source", "C2 Concession 2"),
        ("Contested", single.headline),
        ("Contested", "C2 Concession 2"),
        ("No test sentence", "C1 Concession 1"),
        ("Low or no confidence", bare.headline),
        ("Not on the scale", bare.headline),
        ("No quote", "Minutes"),
        ("Quote not in the text", "Letter"),
        ("Dead link", "Letter"),
    }
    found = rows(process)
    assert set(found) == expected and len(found) == len(expected)
    later = timezone.now() + timedelta(days=181)
    assert set(rows(process, now=later)) - expected == {
        ("Not checked lately", name) for name in (bare.headline, single.headline, "C1 Concession 1", "C2 Concession 2")
    }
    counts = listed(process).counts
    assert counts == {kind: sum(label == LackKind(kind).label for label, _ in found) for kind in LackKind.values}


def test_what_is_put_right_settled_or_superseded_leaves_the_queue(process):
    old = valley.hold(process, "hill", "2024-02-01", 20)
    assert ("No source", old.headline) in rows(process)
    valley.cite(valley.hold(process, "hill", "2024-03-01", 20, headline="New"))
    assert not [name for kind, name in rows(process) if kind == "No source"]
    valley.propose(process, 1, ("2024-02-01", "suggested"), ("2024-03-01", "lapsed"))
    assert ("Not checked lately", "C1 Concession 1") not in rows(process, now=timezone.now() + timedelta(days=999))


def test_the_boards_counts_agree_with_the_queues(talks):
    counted = {}
    for lack in board(talks, None, None, None, timezone.localdate()).lacks:
        counted[lack.kind] = counted.get(lack.kind, 0) + lack.count
    assert sum(counted.values()) > 20
    counts = listed(talks).counts
    assert {kind: counts[kind] for kind in counted} == counted


def test_it_is_filtered_by_kind_issue_side_and_who_claimed(process, alma):
    valley.hold(process, "hill", "2024-02-01", 20)
    valley.propose(process, 1, ("2024-02-01", "suggested"), side="plain", issue="water")
    hill, water = Side.objects.get(slug="hill", process=process), Issue.objects.get(slug="water", process=process)
    assert rows(process, kind="no-source") == [("No source", "hill on 2024-02-01"), ("No source", "C1 Concession 1")]
    assert rows(process, side=hill) == [("No position", "Hill farmers on Water"), ("No source", "hill on 2024-02-01")]
    assert ("No source", "C1 Concession 1") in rows(process, issue=water)
    assert ("No source", "hill on 2024-02-01") not in rows(process, issue=water)
    post(alma, process, "claim", token(process, "no-test"))
    assert rows(process, mine=alma.user) == [("No test sentence", "C1 Concession 1")]
    page = alma.get(url(process), {"kind": "nothing", "side": "hill", "mine": "yes", "after": "x~y"})
    assert page.status_code == 200 and "“nothing” is not one of the choices" in page.text
    assert "Nothing is lacking here" in page.text and "is not a place in this list" in page.text


def test_it_is_read_page_by_page_forth_and_back(process, monkeypatch):
    for number in range(1, 9):
        valley.propose(process, number, ("2024-02-01", "suggested"))
    everything = rows(process)
    monkeypatch.setattr(shelves, "SIZE", 5)
    monkeypatch.setattr("issues.queries.upkeep.SIZE", 5)
    seen, pages, after = [], [], None
    while True:
        page = listed(process, after=after)
        pages.append([row.token for row in page.rows])
        seen += [(row.kind, row.name) for row in page.rows]
        if not (after := page.page.next):
            break
    assert seen == everything and len(pages) > 3
    for earlier in reversed(pages[:-1]):
        page = listed(process, before=page.page.previous)
        assert [row.token for row in page.rows] == earlier
    assert page.page.previous is None


def test_one_claims_and_another_cannot_until_it_is_released(process, alma):
    otto = Person.called("otto").joins(process, "analyst")
    carl = Person.called("carl").joins(process, "curator")
    valley.hold(process, "hill", "2024-02-01", 20)
    wanted = token(process, "no-source")
    assert "1 row is claimed." in told(alma, process, "claim", wanted)
    assert "Claimed by you" in alma.get(url(process)).text and "Claimed by alma" in otto.get(url(process)).text
    other = token(process, "no-position")
    assert "alma has claimed one of the rows" in told(otto, process, "claim", other, wanted)
    assert Task.objects.filter(claimed_by__isnull=False).count() == 1  # all or none
    assert "alma has claimed one of the rows" in told(otto, process, "release", wanted)
    assert Task.objects.get(kind="no-source").claimed_by == alma.user
    assert "1 row is released." in told(carl, process, "release", wanted)
    assert "1 row is claimed." in otto.post(url(process, "claim"), {"one": wanted, "row": other}, follow=True).text
    assert Task.objects.get(claimed_by__isnull=False).kind == "no-source"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("no-source", lambda held: touch(held, headline="Said again")),
        ("single-source", lambda held: touch(held.citations.get(), locator="page 7")),
        ("contested", lambda held: valley.cite(held, relation="contradicts")),
    ],
)
def test_a_dismissal_holds_until_the_thing_changes(kind, change, process, alma):
    held = valley.hold(process, "hill", "2024-02-01", 20)
    if kind != "no-source":
        valley.cite(held, relation="contradicts" if kind == "contested" else "supports")
    label, wanted = LackKind(kind).label, token(process, kind)
    assert "Say in one line why" in told(alma, process, "dismiss", wanted, reason=" ")
    assert not Task.objects.filter(dismissed_at__isnull=False).exists()
    post(alma, process, "dismiss", wanted, reason="It is <b>known</b>")
    assert label not in dict(rows(process)) and label in dict(rows(process, dismissed=True))
    assert "Dismissed by you" in (text := alma.get(url(process), {"state": "dismissed"}).text)
    assert "It is &lt;b&gt;known&lt;/b&gt;" in text
    touch(Position.objects.get(pk=held.pk).issue, summary="Something else")
    assert label not in dict(rows(process))
    change(held)
    assert label in dict(rows(process)) and label not in dict(rows(process, dismissed=True))


def test_what_was_dismissed_is_put_back(process, alma):
    wanted = token(process, "no-position")
    post(alma, process, "dismiss", wanted, reason="Not asked yet")
    assert len(rows(process, kind="no-position")) == 5
    assert "1 row is back in the queue." in told(alma, process, "reopen", wanted, query="state=dismissed")
    assert len(rows(process, kind="no-position")) == 6 and not rows(process, dismissed=True)


def test_to_dismiss_what_is_stale_is_to_have_checked_it(process, alma):
    held = valley.hold(process, "hill", "2024-02-01", 20)
    later = timezone.now() + timedelta(days=181)
    wanted = token(process, "stale", now=later)
    post(alma, process, "dismiss", wanted, reason="Read again, it stands")
    Task.objects.filter(kind="stale").update(dismissed_at=later)
    assert not rows(process, kind="stale", now=later + timedelta(days=180))
    assert rows(process, kind="stale", now=later + timedelta(days=181)) == [("Not checked lately", held.headline)]


def test_what_changed_since_it_was_seen_is_not_dismissed(process, alma):
    held = valley.hold(process, "hill", "2024-02-01", 20)
    wanted, other = token(process, "no-source"), token(process, "no-position")
    touch(held, headline="Said again")
    assert "One of the rows was changed meanwhile" in told(alma, process, "dismiss", other, wanted, reason="x")
    assert not Task.objects.exists()
    valley.retire(held)
    assert "changed meanwhile" in told(alma, process, "claim", wanted)


def test_a_row_of_another_process_is_not_there(process, alma):
    other = valley.create("glen", visibility="members")
    valley.hold(other, "hill", "2024-02-01", 20)
    for verb in ("claim", "dismiss"):
        assert "changed meanwhile" in told(alma, process, verb, token(other, "no-source"), reason="x")
    assert not Task.objects.exists()


NONE = ("", "x", "no-source.position.1", "no-source.user.1.0.0", "x.position.1.0.0", "no-source.position.1.0.٣", "\x00")


def test_a_row_that_is_none_is_refused_in_words(process, alma, pytestconfig):
    """By one verb each, in turn, or in the long run by all."""
    verbs, typed = ("claim", "release", "dismiss", "reopen"), {"reason": "x", "query": "a\r\nb=%00&state=\x00"}
    for turn, row in enumerate([*NONE, f"no-source.position.{10**18}.0.0"]):
        for verb in verbs if pytestconfig.getoption("long") else (verbs[turn % 4],):
            assert "Nothing was done." in told(alma, process, verb, row, **typed), (verb, row)
    assert not Task.objects.exists()


def test_a_member_flags_a_dead_link_and_a_new_address_clears_it(process, alma):
    rita = Person.called("rita").joins(process, "reader")
    letter = valley.add(valley.briefing(process, "letter", "2024-01-09", url="https://a.example/1"))
    flag, page = (reverse(f"issues:briefing-{verb}", args=[process.slug, "letter"]) for verb in ("flag", "detail"))
    assert "Flag as dead" in rita.get(page).text and "Flag as dead" not in Person().get(page).text
    assert "Say in one line" in rita.post(flag, {"note": ""}, follow=True).text
    assert "is flagged as dead" in rita.post(flag, {"note": "404 <i>"}, follow=True).text
    assert "Flagged as dead by rita: 404 &lt;i&gt;" in rita.get(page).text
    assert "Flagged" not in Person().get(page).text
    assert "Flagged by rita" in alma.get(url(process), {"kind": "dead-link"}).text
    post(alma, process, "dismiss", token(process, "dead-link"), reason="It works again")
    assert not rows(process, kind="dead-link") and "Flag as dead" in rita.get(page).text
    rita.post(flag, {"note": "Gone again"})
    assert rows(process, kind="dead-link") == [("Dead link", "Letter")]
    touch(letter, url="https://a.example/2")
    assert not rows(process, kind="dead-link")
    touch(letter, url=None)
    assert "no address any more" in rita.post(flag, {"note": "404"}, follow=True).text


def test_it_costs_the_same_queries_however_much_is_lacking(process, alma):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert alma.get(url(process)).status_code == 200
        return len(queries)

    valley.cite(valley.hold(process, "hill", "2024-02-01", 20))
    valley.propose(process, 1, ("2024-02-01", "suggested"))
    few = asked()
    for number in range(2, 60):
        valley.propose(process, number, ("2024-02-01", "suggested"))
    claims = [valley.position(process, "hill", "2024-02-02", n=n) for n in range(60)]
    valley.add(*claims)
    minutes = Briefing.objects.get(process=process)
    valley.add(*(Citation(process=process, position=claim, briefing=minutes) for claim in claims))
    assert asked() == few <= 15


@pytest.mark.parametrize("kind", ["no-source", "single-source", "stale"])
def test_citations_of_a_compromise_are_looked_up_even_where_almost_all_are_of_positions(kind, process):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL counts what stands in an index by itself")
    held, briefing = valley.hold(process, "hill", "2024-02-01"), Briefing.objects.filter(process=process).first()
    own = {"process": process, "position": held, "briefing": briefing}
    Citation.objects.bulk_create(Citation(**own, quote=f"Quote {n}") for n in range(300))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = shelves.shelf(process, kind, "compromise", shelves.Filters(), timezone.now()).order_by().explain()
    assert "citation_of_compromise (compromise_id=?)" in plan, plan
