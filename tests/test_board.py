"""The board: who stands where on a day, what moved, and what the record lacks."""

from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from issues import history
from issues.choices import Marker
from issues.models import Briefing, Citation, Compromise, Issue, Position, Process, Side, StatusEvent
from issues.queries import gaps, tallies
from issues.queries.board import board

TODAY = date(2026, 11, 22)
HTMX = {"HX-Request": "true", "HX-Target": "board"}


@pytest.fixture
def river(db):
    """Return a process of three sides and two issues that a test can write to."""
    process = Process(
        slug="river",
        name="Sharing the river",
        question="Who gives water to whom?",
        started_on=date(2024, 1, 1),
        visibility="public",
    )
    with history.changeset(process, reason="Begin") as door:
        door.create(
            Side(process=process, slug=slug, name=name, short_label=slug, role=role, order=i, marker=marker, colour=i)
            for i, (slug, name, role, marker) in enumerate(
                (
                    ("up", "Upland", "principal", "circle"),
                    ("down", "Downland", "principal", "square"),
                    ("lake", "Lakeland", "party", "diamond"),
                ),
                start=1,
            )
        )
        door.create(
            Issue(process=process, slug=slug, title=slug.title(), order=i, scale_low="None", scale_high="All")
            for i, slug in enumerate(("flow", "fish"), start=1)
        )
        door.create(
            [Briefing(process=process, slug="minutes", title="Minutes", kind="news", published_on="2024-01-05")]
        )
    return process


def side(process, slug):
    return Side.objects.get(process=process, slug=slug)


def hold(process, slug, day, placement=None, issue="flow", headline="Says so", **fields):
    """Record that a side holds something on an issue from a day on."""
    with history.changeset(process, reason="A side speaks") as door:
        return door.create(
            [
                Position(
                    process=process,
                    slug=f"{issue}-{slug}-{day}",
                    issue=Issue.objects.get(process=process, slug=issue),
                    side=side(process, slug),
                    held_from=day,
                    placement=placement,
                    headline=headline,
                    commitment="law",
                    **{"confidence": "high"} | fields,
                )
            ]
        )[0]


def propose(process, number, *steps, slug="up", issue="flow", test_sentence="A law says so."):
    """Record a compromise with (day, status) steps."""
    briefing = Briefing.objects.get(process=process, slug="minutes")
    with history.changeset(process, reason="A compromise") as door:
        compromise = Compromise(
            process=process,
            number=number,
            slug=f"c{number}",
            issue=Issue.objects.get(process=process, slug=issue),
            side=side(process, slug),
            headline=f"Compromise {number}",
            test_sentence=test_sentence,
        )
        door.create([compromise])
        door.create(
            StatusEvent(
                process=process,
                compromise=compromise,
                occurred_on=day,
                status=status,
                briefing=briefing,
                rejected_by=side(process, "down") if status == "rejected" else None,
            )
            for day, status in steps
        )
    return compromise


def cite(process, relation="supports", quote="in so many words", **target):
    with history.changeset(process, reason="A source") as door:
        briefing = Briefing.objects.get(process=process, slug="minutes")
        door.create([Citation(process=process, briefing=briefing, relation=relation, quote=quote, **target)])


def read(process, day=None, since=None, between=None):
    return board(process, day, since, between, TODAY)


def address(process, query=""):
    return reverse("issues:process-detail", args=[process.slug]) + query


def text(response):
    return unescape(response.content.decode())


# What it shows of the talks


def test_it_says_how_many_compromises_became_policy(vera, talks):
    page = text(vera.get(address(talks)))
    assert "4 of the 40 compromises on file are adopted policy, 10 remain suggestions." in page
    assert talks.question in page
    assert "What the sides held on" not in page


def test_it_shows_what_each_side_holds_on_each_issue(vera, talks):
    page = text(vera.get(address(talks)))
    held = Position.objects.filter(process=talks).held()
    assert len(held) == 20
    for position in held.select_related("issue", "side"):
        dossier = reverse("issues:issue-detail", args=[talks.slug, position.issue.slug])
        assert f'<a class="stance-line" href="{dossier}#side-{position.side.slug}">{position.headline}</a>' in page


def test_it_shows_what_the_sides_held_on_a_day(vera, talks):
    page = text(vera.get(address(talks, "?on=2025-02-14")))
    assert "What the sides held on 14 February 2025." in page
    assert f"<title>{talks.name} on 14 February 2025 · Peacetracker</title>" in page
    assert "On 14 Feb 2025, 4 of the 25 compromises on file were adopted policy, 18 remained suggestions." in page
    assert "A return to the pre-2014 borders is unrealistic" in page
    assert "One issue left: Donbas" not in page
    assert page.count("No position recorded") == 8


def test_every_link_keeps_the_day(vera, talks):
    page = text(vera.get(address(talks, "?on=2025-02-14")))
    assert f"{reverse('issues:compromise-list', args=[talks.slug])}?status=adopted&on=2025-02-14" in page
    dossier = reverse("issues:issue-detail", args=[talks.slug, "territory"])
    assert f"{dossier}?on=2025-02-14#side-russia" in page


def test_the_note_on_whose_judgement_it_is_stands_beside_the_placements(vera, talks):
    assert talks.method["editorial_note"] in text(vera.get(address(talks)))


@pytest.mark.parametrize("on", ["0001-01-01", "2000-01-01", "2022-01-01", "2025-02-14", "9998-12-31"])
def test_it_stands_on_any_day(vera, talks, on):
    assert vera.get(address(talks, f"?on={on}")).status_code == 200


def test_it_reads_as_well_for_quite_different_talks(vera, other_talks):
    page = text(vera.get(address(other_talks)))
    assert "No compromise is on file yet." in page
    assert "Nothing has been put forward on these issues so far." in page
    assert page.count('<tr role="row">') == 1 + 7
    assert "day not given" in page


@pytest.mark.parametrize(
    ("sides", "issues", "words"),
    [
        (0, 0, "No sides and issues yet"),
        (2, 0, "No issues yet"),
        (0, 2, "No sides yet"),
    ],
)
def test_it_says_what_a_new_process_begins_with(vera, river, sides, issues, words):
    with history.changeset(river, reason="Begin again") as door:
        for rows, kept in ((Side.objects.filter(process=river), sides), (Issue.objects.filter(process=river), issues)):
            for row in rows[kept:]:
                door.retire(row, "Not yet")
    page = text(vera.get(address(river)))
    assert words in page
    assert "<table" not in page


# Changes


def test_it_marks_what_changed_since_a_day(river):
    hold(river, "up", date(2024, 3, 1), 10)
    hold(river, "down", date(2024, 6, 1), 90)
    marked = [cell.side.slug for cell in read(river, since=date(2024, 6, 1)).rows[0].cells if cell.changed]
    assert marked == ["down"]
    assert not any(cell.changed for cell in read(river, since=date(2024, 6, 2)).rows[0].cells)


def test_changes_are_marked_from_90_days_before_the_latest_one(river):
    hold(river, "up", date(2024, 3, 3), 10)
    hold(river, "down", date(2024, 6, 1), 90)
    shown = read(river)
    assert shown.since == date(2024, 3, 3)
    assert [choice.label for choice in shown.since_choices if choice.chosen] == ["3 Mar 2024, 90 days before"]
    assert read(river, day=date(2024, 3, 10)).since == date(2023, 12, 4)


def test_the_default_moves_along_with_the_day_and_a_chosen_day_stays(vera, river):
    hold(river, "up", date(2024, 3, 3), 10)
    default = text(vera.get(address(river)))
    assert '<option value="" selected>4 Dec 2023, 90 days before</option>' in default
    chosen = text(vera.get(address(river, "?since=2024-01-31")))
    assert '<option value="2024-01-31" selected>31 Jan 2024, chosen</option>' in chosen
    assert '<input type="hidden" name="since" value="2024-01-31">' in chosen


def test_a_side_that_spoke_twice_holds_the_later_position(river):
    hold(river, "up", date(2024, 3, 1), headline="Gives nothing")
    hold(river, "up", date(2024, 5, 1), headline="Gives a little")
    assert read(river).rows[0].cells[0].position.headline == "Gives a little"
    assert read(river, day=date(2024, 4, 30)).rows[0].cells[0].position.headline == "Gives nothing"


def test_the_latest_changes_are_told_newest_first(river):
    hold(river, "up", date(2024, 3, 1), headline="Gives a little")
    propose(river, 1, (date(2024, 2, 1), "suggested"), (date(2024, 4, 1), "offered"))
    told = [(item.day, item.title, item.told, item.was, item.became) for item in read(river).news]
    assert told == [
        (date(2024, 4, 1), "C1 Compromise 1", "moved from", "Suggested", "Offered"),
        (date(2024, 3, 1), "Upland on Flow", "now: Gives a little", "", ""),
        (date(2024, 2, 1), "C1 Compromise 1", "was put forward:", "", "Suggested"),
        (date(2024, 1, 5), "Minutes", "", "", ""),
    ]
    assert [item.day for item in read(river, day=date(2024, 2, 29)).news] == [date(2024, 2, 1), date(2024, 1, 5)]
    assert read(river, day=date(2024, 1, 4)).news == ()


# Gaps


def test_the_gap_is_measured_between_the_principals(river):
    hold(river, "up", date(2024, 3, 1), 40)
    hold(river, "down", date(2024, 3, 1), 60)
    hold(river, "lake", date(2024, 3, 1), 100)
    scale = read(river).rows[0].scale
    assert (scale.gap, scale.distance, scale.x1, scale.x2) == ("Narrow gap", 20, 40, 60)
    assert [mark.side.slug for mark in scale.marks] == ["up", "down", "lake"]
    scale = read(river, between="all").rows[0].scale
    assert (scale.gap, scale.distance, scale.x1, scale.x2) == ("Wide gap", 60, 40, 100)


def test_with_fewer_than_two_principals_the_gap_is_that_of_all_sides(river):
    with history.changeset(river, reason="A change of roles") as door:
        door.update(side(river, "down"), role="party")
    hold(river, "down", date(2024, 3, 1), 60)
    hold(river, "lake", date(2024, 3, 1), 100)
    shown = read(river)
    assert shown.rows[0].scale.distance == 40
    assert shown.between_choices == ()


def test_a_missing_placement_is_named_and_never_counted_as_0(river):
    hold(river, "up", date(2024, 3, 1), None)
    hold(river, "down", date(2024, 3, 1), 60)
    scale = read(river).rows[0].scale
    assert (scale.gap, scale.remarks, scale.distance) == ("Gap not measured", "Upland not placed", None)
    assert [mark.placement for mark in scale.marks] == [60]
    assert "Not placed: Upland, Lakeland." in scale.label
    assert read(river).rows[1].scale.remarks == "Upland and Downland not placed"
    assert read(river, between="all").rows[1].scale.remarks == "three sides not placed"


@pytest.mark.parametrize(
    ("later", "words"),
    [(50, "narrower since 1 May 2024"), (90, "wider since 1 May 2024"), (70, "unchanged since 1 May 2024"), (None, "")],
)
def test_the_gap_says_how_it_moved(river, later, words):
    hold(river, "up", date(2024, 3, 1), 0)
    hold(river, "down", date(2024, 3, 1), 70)
    hold(river, "down", date(2024, 5, 1), later)
    assert read(river, since=date(2024, 5, 1)).rows[0].scale.remarks.replace("Downland not placed", "") == words


PLACES = (50, 50, 51, 58, 60, 0, 100, 50)


def test_marks_never_stand_upon_each_other():
    sides = [
        Side(pk=i, slug=str(i), name=str(i), role="party", marker=marker, colour=i)
        for i, marker in enumerate(Marker.values, start=1)
    ]
    held = {
        side.pk: Position(placement=place) for side, place in zip(sides, (50, 50, 51, 58, 60, 0, 100, 50), strict=True)
    }
    scale = gaps.scale_marks(Issue(scale_low="None", scale_high="All"), held, sides)
    assert len(scale.marks) == 8
    assert all(mark.x == mark.placement for mark in scale.marks)
    for one in scale.marks:
        assert 7 <= one.y <= scale.axis <= scale.height
        for other in scale.marks:
            assert one is other or one.row != other.row or abs(one.x - other.x) >= gaps.CLEARANCE


# Compromises


def test_the_tally_draws_a_mark_for_each_up_to_a_limit(river, vera):
    for number in range(1, tallies.MARKS + 6):
        propose(river, number, (date(2024, 2, 1), "suggested"))
    page = text(vera.get(address(river)))
    suggested = page.partition('class="tally-marks"')[2].partition("</li>")[0]
    assert suggested.count("<svg") == tallies.MARKS
    assert '<span class="tally-more">+5</span>' in suggested
    assert f"Suggested <b>{tallies.MARKS + 5}</b>" in suggested


def test_a_cell_counts_its_compromises_furthest_first(river):
    propose(river, 1, (date(2024, 2, 1), "suggested"))
    propose(river, 2, (date(2024, 2, 1), "suggested"), (date(2024, 3, 1), "rejected"))
    propose(river, 3, (date(2024, 2, 1), "adopted"))
    propose(river, 4, (date(2024, 2, 1), "suggested"))
    propose(river, 5, (date(2024, 2, 1), "suggested"), slug="down")
    up, down, lake = read(river).rows[0].cells
    assert [(group.status, group.count) for group in up.counts] == [("adopted", 1), ("suggested", 2), ("rejected", 1)]
    assert [(group.status, group.count) for group in down.counts] == [("suggested", 1)]
    assert lake.counts == ()


def test_what_became_policy_is_drawn_first_and_what_is_suggested_not_at_all(river):
    propose(river, 1, (date(2024, 2, 1), "suggested"), (date(2024, 5, 1), "rejected"))
    propose(river, 2, (date(2024, 2, 1), "suggested"), (date(2024, 3, 12), "adopted"))
    propose(river, 3, (date(2024, 2, 1), "suggested"))
    propose(river, 4, (date(2024, 4, 1), "offered"))
    journeys = read(river).journeys
    assert [row.course.code for row in journeys.rows] == ["C2", "C4", "C1"]
    assert [row.note for row in journeys.rows] == [
        "12 Mar 2024, after 40 days",
        "1 Apr 2024, the first step on file",
        "1 May 2024, after 3 months",
    ]
    assert (journeys.moved, journeys.total) == (3, 4)
    (start, _), (end, _) = journeys.rows[0].line.marks
    assert 0 <= start < end <= 100


def test_of_many_that_moved_twelve_are_drawn_and_the_rest_is_counted(river):
    for number in range(1, 16):
        propose(river, number, (date(2024, 2, number), "adopted"))
    journeys = read(river).journeys
    assert len(journeys.rows) == 12
    assert journeys.intro.startswith("15 of the 15 have moved past suggestion. The 12 furthest along are shown.")


@pytest.mark.parametrize(
    ("statuses", "now", "then"),
    [
        ([], "No compromise is on file yet.", "On 1 Jun 2024, no compromise was on file."),
        (
            ["signalled"],
            "One compromise is on file; its status: signalled.",
            "On 1 Jun 2024, one compromise was on file; its status: signalled.",
        ),
        (
            ["adopted", "suggested"],
            "1 of the 2 compromises on file is adopted policy, 1 remains a suggestion.",
            "On 1 Jun 2024, 1 of the 2 compromises on file was adopted policy, 1 remained a suggestion.",
        ),
        (
            ["rejected", "in_force", "adopted"],
            "2 of the 3 compromises on file are adopted policy, none remains a suggestion.",
            "On 1 Jun 2024, 2 of the 3 compromises on file were adopted policy, none remained a suggestion.",
        ),
    ],
)
def test_the_sentence_fits_the_figures(river, statuses, now, then):
    for number, status in enumerate(statuses, start=1):
        propose(river, number, (date(2024, 2, 1), status))
    hold(river, "up", date(2024, 7, 1))
    assert read(river).figures == now
    assert read(river, day=date(2024, 6, 1)).figures == then


# What the record lacks


def test_it_counts_what_the_record_lacks(river):
    sure = hold(river, "up", date(2024, 3, 1), 10)
    hold(river, "down", date(2024, 3, 1), None, confidence="low")
    cite(river, position=sure)
    cite(river, position=sure, relation="contradicts", quote="")
    propose(river, 1, (date(2024, 2, 1), "suggested"), test_sentence="")
    found = {lack.words: (lack.count, lack.of) for lack in read(river).lacks}
    assert found == {
        "pairs of a side and an issue have no position on file.": (4, 6),
        "positions are held with low confidence, or nobody has assessed it.": (1, 2),
        "positions have no place on their issue’s scale.": (1, 2),
        "positions cite no briefing.": (1, 2),
        "positions rest on a single briefing.": (1, 2),
        "positions are contested by a briefing that says otherwise.": (1, 2),
        "compromises are contested by a briefing that says otherwise.": (0, 1),
        "compromises cite no briefing.": (1, 1),
        "compromises rest on a single briefing.": (0, 1),
        "compromises have no test for when they count as adopted.": (1, 1),
        "citations refer to a whole document, without a quote.": (1, 2),
    }
    cells = read(river).rows[0].cells
    assert [cell.contested for cell in cells] == [True, False, False]


def test_a_mediator_without_positions_is_no_lack(river):
    with history.changeset(river, reason="A change of roles") as door:
        door.update(side(river, "lake"), role="mediator")
    assert (read(river).lacks[0].count, read(river).lacks[0].of) == (4, 4)


def test_a_lack_leads_to_where_it_can_be_seen(river):
    hold(river, "up", date(2024, 3, 1), 10, confidence="low")
    lacks = read(river).lacks
    assert lacks[0].links == (("See the table", "#matrix"),)
    dossier = reverse("issues:issue-detail", args=["river", "flow"])
    assert lacks[1].links == (("up: Flow", f"{dossier}#side-up"),)
    assert lacks[2].links == ()


# The page itself


@pytest.mark.parametrize(
    ("query", "label", "words"),
    [
        ("on=2025-02-30", "Date", "“2025-02-30” is not a day in the calendar"),
        ("on=9999-99-99", "Date", "“9999-99-99” is not a day in the calendar"),
        ("since=soon", "Highlight changes since", "“soon” is not a day; write one as 2025-02-14"),
        ("since=2025-02-15&on=2025-02-14", "Highlight changes since", "“2025-02-15” lies after the day shown"),
        ("between=nobody", "Gaps between", "“nobody” is not one of the choices"),
        ("on=%00", "Date", "is not a day"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_ignored(vera, talks, query, label, words):
    response = vera.get(address(talks, f"?{query}"))
    assert response.status_code == 200
    assert f"<b>{label}:</b>" in text(response)
    assert words in text(response)
    assert "Territorial parameters" in text(response)


def test_htmx_gets_the_part_with_the_new_title_and_a_clean_address(vera, talks):
    response = vera.get(address(talks, "?on=2025-02-14&since=&between="), headers=HTMX)
    part = text(response)
    assert part.startswith(f"<title>{talks.name} on 14 February 2025 · Peacetracker</title>")
    assert '<div id="board"' in part
    assert "<html" not in part
    assert response["HX-Push-Url"] == address(talks, "?on=2025-02-14")
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_visit_and_the_way_back_get_the_whole_page(vera, talks, header):
    whole = text(vera.get(address(talks), headers=HTMX | {header: "true"}))
    assert "<html" in whole
    assert whole.count("<title>") == 1
    assert whole.count('id="board"') == 1


def test_words_of_the_record_never_become_markup(vera, river):
    hold(river, "up", date(2024, 3, 1), headline="<script>alert(1)</script>")
    propose(river, 1, (date(2024, 3, 1), "adopted"))
    with history.changeset(river, reason="Rename") as door:
        for row, field in (
            (side(river, "up"), "name"),
            (Issue.objects.get(process=river, slug="flow"), "scale_low"),
            (Compromise.objects.get(process=river), "headline"),
        ):
            door.update(row, **{field: "<script>\"'&"})
    page = vera.get(address(river)).content.decode()
    assert "<script>alert" not in page
    assert '<script>"' not in page
    assert page.count("&lt;script&gt;&quot;") >= 3


def test_a_private_board_is_there_for_its_reader_only(vera, rita, anna, back_channel):
    assert vera.get(address(back_channel)).status_code == 404
    assert anna.get(address(back_channel)).status_code == 404
    assert rita.get(address(back_channel)).status_code == 200


def test_it_can_only_be_read(vera, talks):
    assert vera.post(address(talks)).status_code == 405


def test_its_number_of_queries_is_constant(vera, anna, talks, django_assert_num_queries):
    with django_assert_num_queries(8):
        vera.get(address(talks))
    with django_assert_num_queries(11):
        anna.get(address(talks))
    issue = Issue.objects.filter(process=talks).first()
    with history.changeset(talks, reason="Twice as much") as door:
        door.create(
            Position(
                process=talks,
                slug=f"more-{i}",
                issue=issue,
                side=Side.objects.filter(process=talks)[i % 4],
                held_from=date(2025, 3, 1) + timedelta(i),
                headline="More",
                commitment="law",
            )
            for i in range(70)
        )
    for number in range(41, 81):
        compromise = Compromise(
            process=talks, number=number, slug=f"more-{number}", issue=issue, side=Side.objects.filter(process=talks)[0]
        )
        with history.changeset(talks, reason="One more") as door:
            door.create([compromise])
            door.create(
                [StatusEvent(process=talks, compromise=compromise, occurred_on="2025-03-01", status="suggested")]
            )
    with django_assert_num_queries(8):
        vera.get(address(talks, "?on=2025-12-31&between=all"))
    with django_assert_num_queries(17):  # with what is new to her
        anna.get(address(talks))
    talks.memberships.see(10**9)
    with django_assert_num_queries(11):
        anna.get(address(talks))
