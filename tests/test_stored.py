"""Answers to visitors are kept while nothing is written, and never hold what is one person's, or what is past."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from issues import history, stored
from issues.models import Compromise, Issue, Position, Process, Side
from issues.stored import Answer, Shelf

from . import valley
from .addresses import DATED, address

pytestmark = pytest.mark.django_db
HX = {"HTTP_HX_REQUEST": "true"}
OF_ONE = {"Content-Length", "ETag"}


@pytest.fixture
def visitor(settings) -> Client:
    """Return a browser before a site that keeps answers; each such site begins with none."""
    settings.PAGE_MEMORY_MB = 1
    return Client()


@pytest.fixture
def board(db):
    process = valley.create()
    of = {
        "process": process,
        "side": Side.objects.get(process=process, slug="hill"),
        "issue": Issue.objects.get(process=process, slug="grass"),
        "slug": "one",
        "headline": "First words",
    }
    valley.add(Position(**of, held_from=date(2024, 2, 1), commitment="spokesperson", confidence="high"))
    valley.add(Compromise(**of, number=1))
    return process


def write(process, **fields):
    """Write through the door, as another process of the site would: nothing in memory is told."""
    with history.changeset(Process.objects.get(pk=process.pk), reason="Meanwhile") as door:
        door.update(Position.objects.get(process=process), **fields)


@pytest.mark.parametrize("name", DATED)
def test_a_page_is_given_again_for_one_query_and_made_anew_after_a_write(
    name, visitor, board, django_assert_num_queries
):
    place = address(name, board)
    first = visitor.get(place)
    assert first.status_code == 200 and "content_version" in vars(first.context["process"])
    with django_assert_num_queries(1):
        again = visitor.get(place)
    assert (again.content, again.headers) == (first.content, first.headers)
    write(board, headline="Second words")
    anew = visitor.get(place)
    assert anew.context is not None
    if name in {"process-detail", "issue-detail", "timeline", "position-detail"}:
        assert "First words" in first.text and "Second words" in anew.text


def test_what_holds_for_every_answer_holds_for_one_given_again(visitor, board):
    for _ in range(2):
        headers = visitor.get(board.get_absolute_url()).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
        assert {"Cookie", "HX-Request", "HX-Boosted"} <= set(headers["Vary"].split(", "))


def test_nobody_is_shown_what_was_made_for_another(visitor, board, anna):
    place = board.get_absolute_url()
    visitor.force_login(anna.user)
    assert "anna" in visitor.get(place).text.lower()
    visitor.cookies.clear()
    assert "anna" not in visitor.get(place).text.lower()
    visitor.force_login(anna.user)
    assert "anna" in visitor.get(place).text.lower()
    visitor.cookies.clear()
    visitor.cookies["messages"] = "ofonesown"
    assert visitor.get(place).context is not None
    visitor.cookies.clear()
    assert visitor.get(place).context is None  # the control: it was kept all the while
    assert visitor.get(place, HTTP_AUTHORIZATION="Bearer of something").context is not None
    assert visitor.get(f"{place}?on=2024-03-01", HTTP_COOKIE="theme=dark").context is not None
    assert visitor.get(f"{place}?on=2024-03-01").context is not None, "kept though it was made with a cookie"


def test_parts_days_hosts_and_zipped_bytes_are_kept_apart(visitor, board, monkeypatch):
    place = board.get_absolute_url()
    asked = ({}, HX, HX | {"HTTP_HX_BOOSTED": "true"}, {"HTTP_ACCEPT_ENCODING": "gzip"})
    asked = (*asked, {"HTTP_HOST": "127.0.0.1"}, {"QUERY_STRING": "on=2024-01-01"})
    made = [visitor.get(place, **more) for more in asked]
    assert all(one.context is not None for one in made)
    for more, one in zip(asked, made, strict=True):
        assert visitor.get(place, **more).content == one.content
    assert len({one.content for one in made}) >= 4
    monkeypatch.setattr(stored, "localdate", lambda: date(2030, 1, 1))
    assert visitor.get(place).context is not None


def test_a_process_that_is_closed_to_all_is_gone_at_once(visitor, board):
    place = board.get_absolute_url()
    visitor.get(place)
    Process.objects.filter(pk=board.pk).update(visibility="members")  # at the same version
    assert visitor.get(place).status_code == 404
    Process.objects.filter(pk=board.pk).update(visibility="public")
    assert visitor.get(place).status_code == 200


def test_only_pages_of_the_record_as_it_is_now_are_kept(visitor, board):
    record = board.get_absolute_url()
    then = urlencode({"as_of": board.changesets.latest("pk").moment.isoformat()})
    assert hasattr(visitor.get(f"{record}?{then}").wsgi_request, "past")
    for place in (f"{record}?{then}", reverse("issues:change-list", args=[board.slug]), "/codebook/"):
        visitor.get(place)
        assert visitor.get(place).context is not None, place
    for _ in range(2):
        assert visitor.get(f"{record}issues/nowhere/").status_code == 404


def test_a_write_while_a_page_is_made_leaves_no_old_page_behind(visitor, board, monkeypatch):
    made = []

    def overtaken(*arguments):
        shown = drawn(*arguments)
        if not made:
            made.append(shown)
            write(board, headline="Second words")
        return shown

    from issues.views import boards

    drawn = boards.board
    monkeypatch.setattr(boards, "board", overtaken)
    place = board.get_absolute_url()
    assert "First words" in visitor.get(place).text
    assert "Second words" in visitor.get(place).text


def test_a_browser_that_has_the_page_is_told_so(visitor, board):
    place = board.get_absolute_url()
    tag = visitor.get(place).headers["ETag"]
    told = visitor.get(place, HTTP_IF_NONE_MATCH=tag)
    assert (told.status_code, told.content) == (304, b"")
    write(board, headline="Second words")
    assert visitor.get(place, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_what_was_asked_for_longest_ago_makes_room():
    shelf = Shelf(room=10)
    answers = {key: Answer(1, 1, {}, bytes(size)) for key, size in (("a", 4), ("b", 4), ("c", 4), ("d", 11))}
    shelf.put("a", answers["a"])
    shelf.put("b", answers["b"])
    shelf.get("a")
    shelf.put("c", answers["c"])
    assert list(shelf.answers) == ["a", "c"] and shelf.taken == 8
    shelf.put("c", answers["c"])
    assert shelf.taken == 8
    shelf.put("d", answers["d"])
    assert not shelf.answers and shelf.taken == 0


def test_it_can_be_turned_off(board, settings):
    settings.PAGE_MEMORY_MB = 0
    visitor = Client()
    visitor.get(board.get_absolute_url())
    assert visitor.get(board.get_absolute_url()).context is not None
