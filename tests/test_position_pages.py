"""The position page: everything one side has held on an issue, newest first."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse

from issues.models import Issue, Position, Side
from issues.queries import figures, pages, positions

from . import valley

HTMX = {"HX-Request": "true"}


@pytest.fixture
def process(db):
    """Return the small record, empty of positions."""
    return valley.create()


def url(position) -> str:
    return reverse("issues:position-detail", args=[position.pk])


def chronicle(position, day=None, **cursor):
    found = Position.objects.select_related("process", "issue", "side").get(pk=position.pk)
    day = date.fromisoformat(day) if day else None
    return positions.chronicle(found, day, cursor.get("after"), cursor.get("before"))


def headlines(shown) -> list[str]:
    return [entry.stance.position.headline for entry in shown.entries]


def text(response) -> str:
    """Return a page as its reader sees it: without markup and with single spaces."""
    body = response.content.decode().partition("</head>")[2]
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
    return re.sub(r" ([,.:])", r"\1", words)


# The list


def test_positions_of_the_cell_stand_newest_first(process, vera):
    old = valley.hold(process, "hill", "2024-02-01", headline="Old")
    valley.hold(process, "hill", "2024-05-01", headline="New")
    valley.hold(process, "plain", "2024-06-01", headline="Another side")
    valley.hold(process, "hill", "2024-06-01", issue="water", headline="Another issue")
    assert headlines(chronicle(old)) == ["New", "Old"]
    page = text(vera.get(url(old)))
    assert page.index("New") < page.index("Old") and "Another issue" not in page


def test_the_position_asked_for_and_the_one_held_are_marked(process):
    asked = valley.hold(process, "hill", "2024-02-01")
    valley.hold(process, "hill", "2024-03-01")
    valley.hold(process, "hill", "2024-05-01")
    marks = [(entry.addressed, [kind for kind, _ in entry.tags]) for entry in chronicle(asked).entries]
    assert marks == [(False, ["held"]), (False, []), (True, ["here"])]
    then = [[words for _, words in entry.tags] for entry in chronicle(asked, "2024-04-01").entries]
    assert then == [["After 1 Apr 2024"], ["Held on 1 Apr 2024"], ["This position"]]


def test_the_day_control_steps_through_the_days_of_this_side(process, vera):
    held = valley.hold(process, "hill", "2024-02-01")
    valley.hold(process, "plain", "2024-04-01")
    valley.hold(process, "hill", "2024-05-01")
    on = vera.get(url(held), {"on": "2024-05-01"}).context["on"]
    assert (on.previous, on.next, on.last) == (date(2024, 2, 1), None, date(2024, 5, 1))


def test_a_contested_position_says_so(process):
    held = valley.hold(process, "hill", "2024-02-01")
    valley.cite(held, relation="contradicts")
    assert ("contested", "Contested") in chronicle(held).entries[0].tags


def test_each_position_says_until_when_it_was_held(process):
    held = valley.hold(process, "hill", "2024-02-01")
    valley.hold(process, "hill", "2024-05-01", precision="month")
    assert [entry.until for entry in chronicle(held).entries] == ["", "May 2024, day not given"]


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (95, 80, "From 95 to 80: 15 points towards “All closed”."),
        (80, 81, "From 80 to 81: 1 point towards “All open”."),
        (40, 40, "No move on the scale: the position before it was placed at 40 too."),
        (None, 0, "The position before it was not placed; this one is, at 0."),
        (0, None, "The position before it was placed at 0; this one says nothing about the scale."),
        (None, None, "Neither this position nor the one before it says where it stands on the scale."),
    ],
)
def test_the_move_from_one_position_to_the_next_is_told(process, then, now, words):
    valley.hold(process, "hill", "2024-02-01", then)
    held = valley.hold(process, "hill", "2024-05-01", now)
    assert [entry.change for entry in chronicle(held).entries] == [words, "The first position recorded here."]


def test_positions_of_one_day_follow_the_order_of_their_recording(process):
    first = valley.hold(process, "hill", "2024-02-01", 10, n=1)
    valley.hold(process, "hill", "2024-02-01", 20, n=2)
    shown = chronicle(first)
    assert shown.entries[0].change.startswith("From 10 to 20")
    assert [entry.until for entry in shown.entries] == ["", "1 Feb 2024"]


def test_retired_positions_leave_no_trace(process, vera):
    first = valley.hold(process, "hill", "2024-02-01", 10)
    gone = valley.hold(process, "hill", "2024-03-01", 90, headline="Taken out")
    last = valley.hold(process, "hill", "2024-04-01", 20)
    valley.retire(gone)
    shown = chronicle(first)
    assert shown.entries[0].change.startswith("From 10 to 20") and shown.entries[1].until == "1 Apr 2024"
    assert "Taken out" not in text(vera.get(url(last)))
    assert vera.get(url(gone)).status_code == 404


@pytest.mark.parametrize("model", [Issue, Side])
def test_a_position_goes_with_its_issue_and_its_side(process, vera, model):
    held = valley.hold(process, "hill", "2024-02-01")
    valley.retire(held.issue if model is Issue else held.side)
    assert vera.get(url(held)).status_code == 404


def test_the_other_sides_are_a_step_away(process, vera):
    held = valley.hold(process, "hill", "2024-02-01")
    other = valley.hold(process, "plain", "2024-02-01", headline="Ours")
    page = vera.get(url(held), {"on": "2024-02-01"}).content.decode()
    assert f'href="{url(other)}?on=2024-02-01">Ours</a>' in page
    assert "No position recorded" in page  # the third side
    assert f'href="{reverse("issues:issue-detail", args=["valley", "grass"])}?on=2024-02-01#side-hill"' in page


# Pages


@pytest.fixture
def many(process):
    """Return the positions of a side that spoke every day for 120 days, oldest first."""
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + n) for n in range(120)]
    valley.add(*(valley.position(process, "hill", day.isoformat(), n % 100) for n, day in enumerate(days)))
    return list(Position.objects.order_by("held_from"))


def test_pages_follow_each_other_without_gap_or_repeat(many):
    newest, seen, after = many[-1], [], None
    while True:
        shown = chronicle(newest, after=after)
        seen += headlines(shown)
        after = shown.page.next
        if not after:
            break
    assert seen == [position.headline for position in reversed(many)]
    back = chronicle(newest, before=shown.page.previous)
    assert headlines(back) == seen[50:100]


def test_the_first_page_is_the_one_with_the_position_asked_for(many, vera):
    shown = chronicle(many[3])
    assert shown.entries[0].addressed and len(shown.entries) == 4
    assert headlines(chronicle(many[3], before=shown.page.previous))[-1] == many[4].headline
    assert not chronicle(many[100]).entries[0].addressed  # the newest page has it further down
    assert "stands on another page" in text(vera.get(url(many[3]), {"after": chronicle(many[-1]).page.next}))


def test_a_row_at_the_edge_of_a_page_knows_its_neighbours(many):
    first = chronicle(many[-1])
    second = chronicle(many[-1], after=first.page.next)
    assert first.entries[-1].change.startswith("From ")
    assert second.entries[0].until == positions.words(many[70].held_from)


@pytest.mark.parametrize("cursor", ["nonsense", "2024-13-45~3", "2024-01-05~x", "~", "2024-01-05", "\x00", "1" * 300])
def test_a_cursor_that_makes_no_sense_is_named_and_ignored(many, vera, cursor):
    response = vera.get(url(many[-1]), {"after": cursor})
    assert response.status_code == 200
    assert many[-1].headline in text(response) and "is-warn" in response.content.decode()


@pytest.mark.parametrize("bad", ["2025-02-30", "9999-99-99", "\x00"])
def test_a_bad_day_is_named_and_ignored(process, vera, bad):
    held = valley.hold(process, "hill", "2024-02-01")
    response = vera.get(url(held), {"on": bad})
    assert response.status_code == 200 and "is not a day" in text(response)


@pytest.fixture
def hundreds(process):
    """Return 300 positions of one cell and one day, oldest first."""
    valley.add(*(valley.position(process, "hill", "2024-02-01", n=n) for n in range(300)))
    return Position.objects.select_related("process", "issue", "side").order_by("id")


def test_a_later_page_costs_what_the_first_one_costs(hundreds, django_assert_num_queries):
    newest, deep = hundreds.last(), hundreds[120]
    for cursor in (None, f"{deep.held_from}~{deep.pk}"):
        with django_assert_num_queries(4):
            assert len(positions.chronicle(newest, None, cursor, None).entries) == 50


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what it has counted")
def test_every_page_is_entered_by_index(hundreds):
    deep = hundreds[120]
    rows = positions.neighbours(deep).filter(pages.beyond(positions.ORDER, [deep.held_from, deep.pk]))
    plan = rows.order_by(*positions.ORDER)[:51].explain()
    assert "position_latest" in plan
    assert "SCAN issues_position" not in plan and "TEMP B-TREE" not in plan


# The figure


def test_the_way_along_the_scale_has_a_step_for_every_move(process):
    for day, placement in (("2024-01-10", 90), ("2024-02-10", None), ("2024-03-10", 40), ("2024-04-10", 60)):
        held = valley.hold(process, "hill", day, placement)
    traces = positions.trail(held.issue, side=held.side)
    course = figures.course(traces, held.pk, date(2024, 6, 1), process.started_on)
    assert len(course.marks) == 3 and len(course.levels) == 3
    assert len(course.jumps) == 1  # none across the position that says nothing about the scale
    assert course.addressed == course.marks[-1]
    assert course.levels[-1][1] == 100.0
    assert course.label.startswith("Placement on the scale: 90 from 10 Jan 2024, then 40 from 10 Mar 2024")
    assert figures.height(100) < figures.height(0) <= course.height


def test_a_long_way_is_drawn_in_part_and_read_out_in_part(many, vera):
    course = figures.course(positions.trail(many[0].issue, side=many[0].side), 0, date(2024, 6, 1), date(2024, 1, 1))
    assert course.cut and len(course.marks) == figures.STEPS
    assert f"then {figures.STEPS - 2} more placements, then 19 from 29 Apr 2024" in course.label
    assert "Older positions are not drawn." in text(vera.get(url(many[-1])))


def test_one_placement_needs_no_figure(process, vera):
    held = valley.hold(process, "hill", "2024-01-10", 90)
    valley.hold(process, "hill", "2024-02-10")
    assert figures.course(positions.trail(held.issue, side=held.side), held.pk, date.today(), date.today()) is None
    assert "Placement over time" not in text(vera.get(url(held)))


# The page


def test_every_position_of_the_shipped_record_reads_well(talks, vera):
    for position in Position.objects.filter(process=talks):
        page = text(vera.get(url(position)))
        assert " ".join(position.headline.split()) in page and " ".join(position.placement_note.split()) in page


def test_htmx_gets_the_part_and_everyone_else_the_page(process, vera):
    held = valley.hold(process, "hill", "2024-02-01")
    part = vera.get(url(held), headers=HTMX)
    assert b"<!doctype" not in part.content and b'id="positions"' in part.content
    assert b"<!doctype" in vera.get(url(held)).content and "HX-Request" in part["Vary"]


def test_a_position_of_a_private_process_is_for_its_members(back_channel, rita, vera, anna):
    secret = valley.create("secret", visibility="members")
    held = valley.hold(secret, "hill", "2024-02-01")
    assert vera.get(url(held)).status_code == anna.get(url(held)).status_code == rita.get(url(held)).status_code == 404
    rita.joins(secret, "reader")
    assert rita.get(url(held)).status_code == 200


@pytest.mark.parametrize("key", [0, 999_999_999, 10**30])
def test_an_unknown_position_is_not_found(process, vera, key):
    assert vera.get(f"/positions/{key}/").status_code == 404


def test_only_reading_is_allowed(process, vera):
    assert vera.post(url(valley.hold(process, "hill", "2024-02-01"))).status_code == 405


def test_the_number_of_queries_never_grows(talks, anna, django_assert_num_queries):
    held = Position.objects.filter(process=talks).select_related("issue", "side").first()
    anna.get(url(held))
    with django_assert_num_queries(9):  # session, user with their roles, and the views of their menu among them
        anna.get(url(held))
    for n in range(40):
        valley.cite(
            valley.add(
                Position(
                    process=talks,
                    issue=held.issue,
                    side=held.side,
                    slug=f"more-{n}",
                    held_from=date(2026, 1, 1 + n % 28),
                    placement=n,
                    headline="More",
                    commitment="law",
                )
            ),
            "korybko-2025-01-03-energy-diplomacy",
        )
    with django_assert_num_queries(9):
        anna.get(url(held))
