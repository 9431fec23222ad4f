"""The timeline: its drawing, and the list of all events, on the shipped talks and on rows made to be awkward."""

import re
from collections import Counter
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history
from issues.models import Briefing, Citation, Compromise, Issue, Position, Side, StatusEvent
from issues.queries import events, timeline

HTMX = {"HX-Request": "true"}


def address(process, query=""):
    return reverse("issues:timeline", args=[process.slug]) + query


def shown(client, process, query="", **headers):
    response = client.get(address(process, query), headers=headers)
    assert response.status_code == 200
    return response


def listed(response):
    """Return (title of the group, what the row says) for every event on a page."""
    groups = response.context["timeline"].groups
    return [(group.title, "".join(event.line[:3])) for group in groups for event in group.events]


def places(found):
    return [event.place for group in found.groups for event in group.events]


def walked(client, process, query="", cursor=None, word="after"):
    """Return the places on each page from one page on, following the links to later (or, with before, earlier) ones."""
    pages = []
    while True:
        found = shown(client, process, f"?{query}&{word}={cursor}" if cursor else f"?{query}").context["timeline"]
        pages.append(places(found))
        cursor = found.next if word == "after" else found.previous
        if cursor is None:
            return pages


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(timeline, "SIZE", 7)


@pytest.fixture
def desk(back_channel):
    """Return a small public process with two sides and two issues, and a maker of its rows."""
    back_channel.visibility = "public"
    back_channel.save()
    return Desk(back_channel)


class Desk:
    def __init__(self, process):
        self.process = process
        self.north, self.south = (
            Side.objects.create(
                process=process,
                slug=name.lower(),
                name=name,
                short_label=name[0],
                role="principal",
                order=order,
                marker=marker,
                colour=order,
            )
            for order, (name, marker) in enumerate((("North", "circle"), ("South", "square")), 1)
        )
        self.water, self.border = (
            Issue.objects.create(process=process, slug=slug, order=n, title=slug.title(), scale_low="0", scale_high="9")
            for n, slug in enumerate(("water", "border"), 1)
        )
        self.number = 0

    def briefing(self, day=date(2025, 3, 1), **fields):
        self.number += 1
        fields = {"slug": f"memo-{self.number}", "title": f"Memo {self.number}", "kind": "news"} | fields
        return Briefing.objects.create(process=self.process, published_on=day, **fields)

    def position(self, day=date(2025, 3, 1), **fields):
        self.number += 1
        fields = {"slug": f"p-{self.number}", "headline": f"Holds {self.number}", "commitment": "leak"} | fields
        fields = {"issue": self.water, "side": self.north} | fields
        return Position.objects.create(process=self.process, held_from=day, **fields)

    def compromise(self, *steps, briefing=None, **fields):
        """Make a compromise with (status, day, more) steps."""
        self.number += 1
        fields = {"slug": f"c-{self.number}", "headline": f"Gives way {self.number}"} | fields
        fields = {"issue": self.water, "side": self.north, "number": self.number} | fields
        made = Compromise.objects.create(process=self.process, **fields)
        briefing = briefing or self.briefing(steps[0][1])
        for status, day, *more in steps:
            StatusEvent.objects.create(
                process=self.process,
                compromise=made,
                status=status,
                occurred_on=day,
                briefing=briefing,
                **(more[0] if more else {}),
            )
        return made


# The list


def test_it_lists_every_event_of_the_talks_once(vera, talks):
    found = [place for page in walked(vera, talks) for place in page]
    expected = Counter(
        briefing=Briefing.objects.live().filter(process=talks).count(),
        position=Position.objects.live().filter(process=talks).count(),
        compromise=StatusEvent.objects.live().filter(process=talks).count(),
    )
    assert len(found) == len(set(found)) == expected.total() == 194
    assert Counter(events.KINDS[-place.rank] for place in found) == expected


def test_the_pages_run_from_the_newest_to_the_oldest_and_back_again(vera, talks, monkeypatch):
    monkeypatch.setattr(timeline, "SIZE", 21)
    there = walked(vera, talks)
    assert len(there) == 10
    assert all(len(page) == 21 for page in there[:-1])
    assert all(min(page) > max(earlier) for page, earlier in pairwise(there))
    everything = sorted((place for page in there for place in page), reverse=True)
    back = walked(vera, talks, cursor=everything[-1], word="before")
    assert sorted((place for page in back for place in page), reverse=True) == everything[:-1]
    assert all(min(later) > max(page) for page, later in pairwise(back))


def test_a_page_knows_the_page_on_either_side_of_it(vera, talks, monkeypatch):
    monkeypatch.setattr(timeline, "SIZE", 21)
    everything = sorted((place for page in walked(vera, talks) for place in page), reverse=True)
    for query, first, last in (("after", 21, 41), ("before", 21, 41)):
        cursor = everything[20] if query == "after" else everything[42]
        found = shown(vera, talks, f"?{query}={cursor}").context["timeline"]
        assert (found.previous, found.next) == (str(everything[first]), str(everything[last]))
    assert shown(vera, talks).context["timeline"].previous is None


def test_events_of_one_day_are_split_between_pages_without_loss(vera, desk, small_pages):
    day = date(2025, 3, 1)
    for _ in range(6):
        desk.briefing(day)
        desk.position(day)
        desk.compromise(("suggested", day))
    pages = walked(vera, desk.process)
    assert [len(page) for page in pages] == [7, 7, 7, 3]
    assert len({place for page in pages for place in page}) == 24


def test_a_page_tells_where_it_leads(vera, talks, small_pages):
    first = shown(vera, talks, "?kind=position")
    assert "Earlier events" in first.text and "Later events" not in first.text
    link = re.search(r'href="\?([^"#]+)#events"', first.text)[1].replace("&amp;", "&")
    assert link.startswith("kind=position&after=")
    second = shown(vera, talks, f"?{link}")
    assert "Later events" in second.text
    assert all(event.kind == "position" for group in second.context["timeline"].groups for event in group.events)


def test_a_page_beyond_the_end_says_so(vera, desk):
    desk.position()
    assert "The list ends before this page" in shown(vera, desk.process, "?after=1999-01-01~position~1").text


def test_what_is_known_to_the_month_follows_the_days_of_that_month(vera, desk):
    desk.position(date(2025, 2, 20), headline="Vague", precision="month")
    desk.position(date(2025, 2, 3), headline="Third")
    desk.position(date(2025, 2, 25), headline="Twenty-fifth")
    desk.position(date(2025, 1, 31), headline="January")
    desk.position(date(2025, 6, 1), headline="That year", precision="year")
    desk.position(date(2024, 12, 31), headline="Year before")
    assert listed(shown(vera, desk.process)) == [
        ("25 Feb 2025", "North: Twenty-fifth"),
        ("3 Feb 2025", "North: Third"),
        ("Feb 2025, day not given", "North: Vague"),
        ("31 Jan 2025", "North: January"),
        ("2025, month not given", "North: That year"),
        ("31 Dec 2024", "North: Year before"),
    ]


def test_a_step_says_how_long_it_took_from_the_first_one(vera, desk):
    desk.compromise(("suggested", date(2025, 1, 3)), ("adopted", date(2025, 2, 12)), number=5, headline="No cover")
    rows = [row for _, row in listed(shown(vera, desk.process, "?kind=compromise"))]
    assert rows == ["C5 adopted, 40 days after it was suggested: No cover", "C5 suggested: No cover"]


def test_a_length_of_time_from_a_vague_date_is_said_to_be_about_so_long(vera, desk):
    vague = {"precision": "month"}
    desk.compromise(("suggested", date(2025, 1, 3), vague), ("offered", date(2025, 2, 12)), number=5)
    assert ">C5</a> offered, about 40 days after it was suggested: " in shown(vera, desk.process).text


def test_a_rejection_names_who_refused_and_a_successor_is_named(vera, desk):
    other = desk.compromise(("suggested", date(2025, 5, 1)), number=9)
    desk.compromise(("rejected", date(2025, 4, 1), {"rejected_by": desk.south}), number=7, headline="Pull back")
    desk.compromise(("superseded", date(2025, 4, 2), {"superseded_by": other}), number=8, headline="Stand")
    page = shown(vera, desk.process).text
    assert "rejected by South: Pull back" in page
    assert "superseded by C9: Stand" in page


def test_every_row_of_the_list_leads_to_its_page(vera, desk):
    briefing, position = desk.briefing(), desk.position()
    compromise = desk.compromise(("suggested", date(2025, 3, 1)), briefing=briefing)
    text = shown(vera, desk.process).text
    listed_rows = text.partition('<ol class="events">')[2]
    for row in (briefing, position, compromise):
        assert f'href="{row.get_absolute_url()}"' in listed_rows


def test_it_shows_nothing_that_was_retired(vera, desk):
    gone = desk.position(headline="Taken back")
    whole = desk.compromise(("suggested", date(2025, 3, 1)), headline="Struck out")
    desk.position(issue=desk.border, headline="On a retired issue")
    desk.position(side=desk.south, headline="Of a retired side")
    desk.position(headline="Stays")
    with history.changeset(desk.process, reason="Clear the desk") as door:
        for row in (gone, whole, desk.border, desk.south):
            door.retire(row, "No longer wanted")
    text = shown(vera, desk.process).text
    assert "Stays" in text
    for word in ("Taken back", "Struck out", "On a retired issue", "Of a retired side", "Border", "South"):
        assert word not in text, word


def test_another_process_does_not_show(vera, talks, desk):
    desk.position(headline="Elsewhere")
    assert "Elsewhere" not in shown(vera, talks).text
    assert len(listed(shown(vera, desk.process))) == 1


def test_what_people_wrote_is_shown_as_text(vera, desk):
    wild = '<svg onload="x()">&amp;"\''
    desk.position(headline=wild)
    desk.briefing(title=wild)
    desk.compromise(("suggested", date(2025, 3, 1)), headline=wild)
    text = shown(vera, desk.process).text
    assert "<svg onload" not in text
    assert text.count("&lt;svg onload=&quot;x()&quot;&gt;&amp;amp;") >= 6  # in the list and in the titles of the marks


# Filters


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=briefing", {"briefing"}),
        ("kind=position", {"position"}),
        ("kind=compromise&kind=position", {"compromise", "position"}),
        ("", {"briefing", "position", "compromise"}),
    ],
)
def test_it_shows_only_the_kinds_chosen(vera, talks, query, kinds):
    found = [place for page in walked(vera, talks, query) for place in page]
    assert {events.KINDS[-place.rank] for place in found} == kinds


def test_it_shows_only_the_sides_and_the_issue_chosen(vera, talks):
    found = [p for page in walked(vera, talks, "side=ukraine&side=russia&issue=territory") for p in page]
    keys = {kind: {p.pk for p in found if events.KINDS[-p.rank] == kind} for kind in events.KINDS}
    sides = ["ukraine", "russia"]
    positions = Position.objects.filter(process=talks, side__slug__in=sides, issue__slug="territory")
    compromises = Compromise.objects.filter(process=talks, side__slug__in=sides, issue__slug="territory")
    steps = StatusEvent.objects.filter(compromise__in=compromises)
    assert keys["position"] == set(positions.values_list("pk", flat=True))
    assert keys["compromise"] == set(steps.values_list("pk", flat=True))
    assert keys["position"] and keys["compromise"] and keys["briefing"]


def test_a_briefing_counts_for_a_side_when_something_of_that_side_rests_on_it(vera, desk):
    quoted, stepped, other, alone = (desk.briefing(title=f"Paper {name}") for name in ("one", "two", "three", "four"))
    Citation.objects.create(process=desk.process, position=desk.position(), briefing=quoted)
    desk.compromise(("suggested", date(2025, 3, 1)), briefing=stepped)
    Citation.objects.create(process=desk.process, position=desk.position(side=desk.south), briefing=other)
    retired = desk.position(headline="Retired")
    Citation.objects.create(process=desk.process, position=retired, briefing=alone)
    with history.changeset(desk.process, reason="Take it back") as door:
        door.retire(retired, "Wrong")
    text = shown(vera, desk.process, "?side=north").text
    assert [word for word in ("Paper one", "Paper two", "Paper three", "Paper four") if word in text] == [
        "Paper one",
        "Paper two",
    ]


def test_it_shows_what_had_happened_by_a_day_and_says_that_more_followed(vera, talks):
    response = shown(vera, talks, "?on=2025-02-12")
    found = response.context["timeline"]
    assert found.past
    assert "Up to 12 February 2025." in response.text
    drawn = [event.day for lane in found.drawing.lanes for one in lane.marks for event in one.mark.key.events]
    assert max(drawn) == max(event.day for group in found.groups for event in group.events) == date(2025, 2, 12)
    assert found.drawing.now == 100


def test_a_day_after_the_last_event_is_no_look_back(vera, talks):
    found = shown(vera, talks, "?on=2031-01-01").context["timeline"]
    assert not found.past and found.drawing.now is None
    assert len(found.groups) == len(shown(vera, talks).context["timeline"].groups)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("on=2025-02-30", "“2025-02-30” is not a day in the calendar"),
        ("on=9999-99-99", "“9999-99-99” is not a day in the calendar"),
        ("kind=rumour", "“rumour” is not one of the choices"),
        ("side=atlantis&side=russia", "“atlantis russia” is not one of the choices"),
        ("issue=%00", "is not one of the choices"),
        ("after=junk", "“junk” is not a place in this list"),
        ("after=2025-02-30~position~1", "is not a place in this list"),
        ("after=2025-02-01~position~99999999999999999999", "is not a place in this list"),
        ("after=2025-02-01~rumour~1", "is not a place in this list"),
        ("before=" + "9" * 5000, "is too long"),
        ("after=%00", "“�”"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_ignored(vera, talks, query, said):
    response = shown(vera, talks, f"?{query}")
    assert said in response.text
    assert len(listed(response)) == timeline.SIZE


@pytest.mark.parametrize("query", ["on=2020-01-01", "on=2020-01-01&kind=position", "side=north&kind=briefing"])
def test_a_filter_that_leaves_nothing_says_what_to_do(vera, desk, query):
    desk.position(date(2025, 3, 1))
    text = shown(vera, desk.process, f"?{query}").text
    assert 'class="empty"' in text
    assert "No events yet" not in text
    assert "By issue" not in text


def test_a_process_without_events_says_so(vera, desk):
    text = shown(vera, desk.process).text
    assert "No events yet" in text
    assert "No event is recorded." in text


def test_a_process_that_one_may_not_see_is_not_found(vera, rita, back_channel):
    assert vera.get(address(back_channel)).status_code == 404
    assert rita.get(address(back_channel)).status_code == 200


# Pages and parts


def test_a_filter_swaps_the_part_and_the_sentence_above_it(vera, talks):
    response = shown(vera, talks, "?side=ukraine&on=&issue=", **HTMX)
    assert "<html" not in response.text and "<form" not in response.text
    assert response.text.lstrip().startswith('<div id="timeline"')
    assert '<p id="lede" hx-swap-oob="innerHTML">' in response.text
    assert response["HX-Push-Url"] == address(talks, "?side=ukraine")


def test_the_whole_page_has_every_id_once(vera, talks):
    class Ids(HTMLParser):
        found: Counter = Counter()

        def handle_starttag(self, tag, attrs):
            self.found.update(value for name, value in attrs if name == "id")

    parser = Ids()
    parser.feed(shown(vera, talks).text)
    assert {"timeline", "lede", "filters", "on"} <= parser.found.keys()
    assert not [name for name, times in parser.found.items() if times > 1]


def test_the_form_shows_what_was_chosen(vera, talks):
    text = shown(vera, talks, "?kind=position&side=russia&issue=territory&on=2025-06-02").text
    assert set(re.findall(r'name="(\w+)" value="([\w-]+)" checked', text)) == {("kind", "position"), ("side", "russia")}
    assert '<option value="territory" selected>' in text
    assert 'form="filters" value="2025-06-02"' in text


def test_it_can_be_sent_without_javascript(vera, talks):
    text = shown(vera, talks).text
    assert "<noscript><button" in text
    assert "style=" not in text and "<script>" not in text


# The sentence above


def test_the_sentence_names_the_busiest_day(vera, desk):
    for day in (1, 2, 2, 2, 9):
        desk.position(date(2025, 3, day))
    lede = shown(vera, desk.process).context["timeline"].lede
    assert lede == (
        "3 of 5 events fall on 2 Mar 2025, more than on any other day. They run from 1 Mar 2025 to 9 Mar 2025."
    )


def test_the_sentence_names_no_day_when_several_are_as_busy(vera, desk):
    for day in (1, 2, 9):
        desk.position(date(2025, 3, day))
    assert shown(vera, desk.process).context["timeline"].lede == "3 events, from 1 Mar 2025 to 9 Mar 2025."


def test_a_date_without_a_day_is_not_the_busiest_day(vera, desk):
    for _ in range(3):
        desk.position(date(2025, 3, 15), precision="month")
    desk.position(date(2025, 3, 20))
    desk.position(date(2025, 3, 20))
    assert shown(vera, desk.process).context["timeline"].lede.startswith("2 of 5 events fall on 20 Mar 2025")


# The drawing


def test_every_event_of_the_talks_is_drawn(vera, talks):
    drawing = shown(vera, talks).context["timeline"].drawing
    drawn = [event.place for lane in drawing.lanes for one in lane.marks for event in one.mark.key.events]
    assert len(drawn) == len(set(drawn)) == 194
    assert not drawing.left_out and not drawing.cut
    assert drawing.lanes[0].title == "Briefings"
    assert len(drawing.lanes) == 6


def test_a_compromise_is_one_line_with_a_ring_for_every_step(vera, desk):
    steps = (("suggested", date(2025, 1, 1)), ("offered", date(2025, 3, 1)), ("adopted", date(2025, 3, 2)))
    desk.compromise(*steps, number=5, headline="No cover")
    text = shown(vera, desk.process, "?kind=compromise").text
    drawing = text.partition('class="lanes"')[2].partition("</section>")[0]
    assert re.findall(r'href="#st-(\w+)"', drawing) == ["suggested", "offered", "adopted"]
    assert drawing.count('class="path"') == 1
    assert "<title>C5 No cover: suggested 1 Jan 2025, offered 1 Mar 2025, adopted 2 Mar 2025</title>" in drawing
    rings = [float(x) for x in re.findall(r'<svg x="([\d.]+)%"', drawing)]
    assert rings == sorted(rings) and rings[2] - rings[1] > 2  # a day apart, moved so that both can be seen


def test_a_date_known_to_the_month_is_drawn_as_a_dotted_range(vera, desk):
    desk.position(date(2025, 1, 1))
    desk.position(date(2025, 2, 10), precision="month")
    desk.position(date(2025, 4, 11))
    text = shown(vera, desk.process).text
    (found,) = re.findall(r'class="range" x1="([\d.]+)%" x2="([\d.]+)%"', text)
    assert (float(found[0]), float(found[1])) == (31.0, 58.0)  # 31 and 58 of 100 days


def test_marks_in_the_drawing_are_out_of_the_tab_order_and_hidden_from_readers(vera, talks):
    text = shown(vera, talks).text
    drawing = text.partition('class="lanes"')[2].partition("</section>")[0]
    marks = re.findall(r"<a [^>]*><title>", drawing)
    assert len(marks) == 52 + 70 + 40
    assert all('tabindex="-1"' in mark for mark in marks)
    assert drawing.count('aria-hidden="true"') == 7
    assert "52 briefings from Dec 2021 to Jun 2026." in drawing


def test_lanes_follow_the_kinds_and_the_issue_chosen(vera, talks):
    def lanes(query):
        return [lane.title for lane in shown(vera, talks, query).context["timeline"].drawing.lanes]

    assert lanes("?kind=briefing") == ["Briefings"]
    assert "Briefings" not in lanes("?kind=position&kind=compromise")
    assert lanes("?kind=position&issue=territory") == ["Territorial parameters"]


def test_a_drawing_of_many_events_holds_the_latest_and_says_so(vera, desk, monkeypatch):
    monkeypatch.setattr(timeline, "DRAWN", 10)
    for day in range(1, 16):
        desk.position(date(2025, 3, day), headline=f"Day {day}.")
    response = shown(vera, desk.process)
    text = response.text
    assert "Drawn are the latest 10 events." in text
    drawing = text.partition('class="lanes"')[2].partition("</section>")[0]
    assert "Day 6." in drawing and "Day 5." not in drawing
    assert "Day 5." in text.partition('<ol class="events">')[2]
    assert response.context["timeline"].lede == "The latest 10 events, from 6 Mar 2025 to 15 Mar 2025."


def test_events_that_find_no_room_are_counted(vera, desk):
    for _ in range(30):
        desk.position(date(2025, 3, 1))
    response = shown(vera, desk.process)
    assert response.context["timeline"].drawing.left_out == 8
    assert "8 events found no room." in response.text


def test_a_process_before_or_long_after_its_start_is_drawn_too(vera, desk):
    desk.position(date(1, 1, 1), precision="year")
    desk.position(date(9998, 12, 31), precision="month")
    desk.position(date(9998, 12, 31), precision="year")
    assert len(listed(shown(vera, desk.process))) == 3


# What it costs


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("", 6),
        ("?side=russia&issue=territory", 6),
        ("?on=2025-06-02&after=2025-03-02~position~1", 10),
        ("?on=2025-06-02&before=2025-03-02~position~1", 10),
    ],
)
def test_the_number_of_queries_stays_the_same_when_the_data_doubles(vera, anna, talks, query, most):
    def counted(client):
        with CaptureQueriesContext(connection) as captured:
            shown(client, talks, query)
        return len(captured)

    before = counted(vera), counted(anna)
    assert before == (most, most + 3)  # who is signed in, what they may do, the views that the menu names
    doubled(talks)
    assert (counted(vera), counted(anna)) == before


def doubled(process):
    """Copy every briefing, position and compromise of a process, with what hangs on them."""
    for model in (Briefing, Position):
        rows = list(model.objects.filter(process=process))
        for row in rows:
            row.pk, row.slug = None, f"{row.slug[:100]}-again"
        model.objects.bulk_create(rows)
    for compromise in list(Compromise.objects.filter(process=process)):
        steps = list(compromise.status_events.all())
        compromise.pk, compromise.number = None, compromise.number + 1000
        compromise.slug = f"{compromise.slug[:100]}-again"
        compromise.save()
        for step in steps:
            step.pk, step.compromise = None, compromise
        StatusEvent.objects.bulk_create(steps)


@pytest.mark.parametrize("kind", events.KINDS)
def test_a_page_enters_the_index_of_its_kind_at_its_place(desk, kind):
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's query plan")
    desk.briefing(date(2025, 3, 1) - timedelta(days=1))
    chosen = events.Chosen(kinds=(kind,))
    agenda = events.agenda(desk.process)
    place = events.Place(date(2025, 3, 1), -events.KINDS.index(kind), 1)
    with CaptureQueriesContext(connection) as captured:
        events.events(desk.process, agenda, chosen, place, size=100)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {captured.captured_queries[0]['sql']}")
        plan = " / ".join(row[3] for row in cursor.fetchall())
    assert "_newest (process_id=? AND" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan
