"""The list of compromises and the page of one, on the shipped talks and on rows made to be awkward."""

import re
from datetime import date, timedelta
from random import Random

import pytest
from django.urls import reverse
from django.utils import timezone

from issues.analysis import travel
from issues.models import (
    Briefing,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Side,
    StatusEvent,
)
from issues.queries import compromises, courses

HTMX = {"HX-Request": "true"}
DAY = date(2025, 3, 1)


def list_of(process, query=""):
    return reverse("issues:compromise-list", args=[process.slug]) + query


def page_of(process, number, query=""):
    return reverse("issues:compromise-detail", args=[process.slug, number]) + query


def words(response):
    """Return what a page says, without its marks."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))
    return re.sub(r" ([,.:])", r"\1", text)


def codes(response):
    return [row.code for row in response.context["listing"].rows]


def counts(response):
    """Return what each box of each facet says: (facet, value) → number."""
    return {
        (name, value): count for _, options in response.context["facets"] for name, value, _, count, _, _ in options
    }


class Desk:
    """A small public process, and a maker of its rows."""

    def __init__(self, process):
        self.process = process
        self.north, self.south = (
            Side.objects.create(
                process=process,
                slug=slug,
                name=slug.title(),
                short_label=slug[0].upper(),
                role="principal",
                order=order,
                marker=marker,
                colour=order,
            )
            for order, (slug, marker) in enumerate((("north", "circle"), ("south", "square")), 1)
        )
        self.water, self.border = (
            Issue.objects.create(process=process, slug=slug, order=n, title=slug.title(), scale_low="0", scale_high="1")
            for n, slug in enumerate(("water", "border"), 1)
        )
        self.memo = Briefing.objects.create(
            process=process, slug="memo", title="A memo", kind="news", published_on=date(2020, 1, 1)
        )

    def compromise(self, number, *steps, **fields):
        """Make a compromise with steps, each (status, day) or (status, day, precision)."""
        fields = {"side": self.north, "issue": self.water, "headline": f"Headline {number}"} | fields
        made = Compromise.objects.create(process=self.process, number=number, slug=f"c-{number}", **fields)
        for step in steps:
            self.step(made, *step)
        return made

    def step(self, compromise, status, day, precision="day", **fields):
        fields = {"briefing": self.memo} | fields
        return StatusEvent.objects.create(
            process=self.process, compromise=compromise, status=status, occurred_on=day, precision=precision, **fields
        )

    def cite(self, **fields):
        return Citation.objects.create(process=self.process, **({"briefing": self.memo} | fields))

    def link(self, source, target, kind, **fields):
        return CompromiseLink.objects.create(process=self.process, source=source, target=target, kind=kind, **fields)


@pytest.fixture
def desk(back_channel):
    back_channel.visibility = "public"
    back_channel.save()
    return Desk(back_channel)


# The list


def test_it_answers_which_compromises_became_policy(vera, talks):
    page = words(vera.get(list_of(talks, "?on=2026-06-30")))
    assert "4 of the 40 compromises on file have become policy: C1, C5, C13 and C14." in page
    assert "Closed without becoming policy: 5 rejected, 1 superseded." in page
    before = words(vera.get(list_of(talks, "?on=2025-02-11")))
    assert "By 11 Feb 2025, none of the 12 compromises on file had become policy." in before


def test_a_row_says_what_how_far_since_when_and_what_would_count(vera, talks):
    page = words(vera.get(list_of(talks, "?status=adopted&on=2025-03-01")))
    assert "C5 Adopted since 12 Feb 2025, 17 days No Article 5 cover for European forces deployed in Ukraine" in page
    assert "Counts as adopted when: The US President or a cabinet member states as policy" in page


def test_every_filter_narrows_the_list_and_the_url_holds_them(vera, desk):
    desk.compromise(1, ("suggested", DAY), origin="memo")
    desk.compromise(2, ("offered", DAY), side=desk.south)
    desk.compromise(3, ("offered", DAY), issue=desk.border)
    assert codes(vera.get(list_of(desk.process))) == ["C1", "C2", "C3"]
    for query, found in {
        "?status=offered": ["C2", "C3"],
        "?status=offered&status=suggested": ["C1", "C2", "C3"],
        "?side=south": ["C2"],
        "?issue=border": ["C3"],
        "?origin=memo": ["C1"],
        "?status=offered&issue=water": ["C2"],
        "?status=offered&origin=memo": [],
    }.items():
        assert codes(vera.get(list_of(desk.process, query))) == found, query


def test_counts_of_a_facet_consider_the_other_filters_but_not_its_own(vera, talks):
    shown = counts(vera.get(list_of(talks, "?status=rejected&on=2026-06-30")))
    assert (shown["status", "rejected"], shown["status", "signalled"]) == (5, 11)
    assert sum(count for (name, _), count in shown.items() if name == "side") == 5
    assert sum(count for (name, _), count in shown.items() if name == "issue") == 5


def test_each_count_is_the_length_of_the_list_that_the_box_leads_to(vera, talks):
    for base in ("?on=2025-12-31", "?on=2025-12-31&side=russia", "?on=2025-12-31&contested=yes&issue=territory"):
        for (name, value), count in counts(vera.get(list_of(talks, base))).items():
            if f"{name}=" not in base:
                response = vera.get(list_of(talks, f"{base}&{name}={value}"))
                assert (len(codes(response)), response.context["listing"].total) == (count, count), (base, name, value)


def test_a_facet_without_any_match_shows_zeros(vera, talks):
    shown = counts(vera.get(list_of(talks, "?status=lapsed")))
    assert {count for (name, _), count in shown.items() if name != "status"} == {0}


def test_days_in_status_count_from_when_it_began_not_from_a_repeated_step(vera, desk):
    desk.compromise(1, ("suggested", DAY), ("signalled", date(2025, 3, 11)), ("signalled", date(2025, 3, 21)))
    desk.compromise(2, ("suggested", date(2025, 3, 15)))
    page = vera.get(list_of(desk.process, "?on=2025-03-31&sort=longest"))
    assert codes(page) == ["C1", "C2"]
    assert "Signalled since 11 Mar 2025, 20 days" in words(page)


def test_a_status_begun_in_a_month_is_about_so_many_days_old(vera, desk):
    desk.compromise(1, ("suggested", DAY, "month"))
    assert "since Mar 2025, day not given, about 10 days" in words(vera.get(list_of(desk.process, "?on=2025-03-11")))


def test_it_shows_the_statuses_of_the_day_and_leaves_out_what_came_later(vera, desk):
    first = desk.compromise(1, ("suggested", DAY), ("offered", date(2025, 5, 1)))
    desk.compromise(2, ("suggested", date(2025, 4, 1)))
    early = vera.get(list_of(desk.process, "?on=2025-03-15"))
    assert [(row.code, row.status) for row in early.context["listing"].rows] == [("C1", "suggested")]
    assert "1 compromise on 15 Mar 2025" in words(early)
    assert f'href="{page_of(desk.process, first.number)}?on=2025-03-15"' in early.text
    late = vera.get(list_of(desk.process, "?on=2025-05-01"))
    assert [(row.code, row.status) for row in late.context["listing"].rows] == [("C1", "offered"), ("C2", "suggested")]


def test_stalled_is_no_step_for_so_many_days_and_never_what_is_settled(vera, desk):
    desk.process.stalled_after_days = 30
    desk.process.save()
    desk.compromise(1, ("suggested", DAY))
    desk.compromise(2, ("suggested", DAY), ("suggested", DAY + timedelta(days=10)))
    desk.compromise(3, ("adopted", DAY))
    desk.compromise(4, ("lapsed", DAY))
    day = DAY + timedelta(days=30)
    assert codes(vera.get(list_of(desk.process, f"?stalled=yes&on={day}"))) == ["C1"]
    assert codes(vera.get(list_of(desk.process, f"?stalled=yes&on={day - timedelta(days=1)}"))) == []
    assert "Stalled" in words(vera.get(page_of(desk.process, 1, f"?on={day}"))).split("Counts")[0]
    assert "Stalled" not in words(vera.get(page_of(desk.process, 2, f"?on={day}")))


def test_a_very_long_wait_before_stalling_breaks_nothing(vera, desk):
    desk.process.stalled_after_days = 2_000_000_000
    desk.process.save()
    desk.compromise(1, ("suggested", DAY))
    assert codes(vera.get(list_of(desk.process, "?stalled=yes"))) == []
    assert codes(vera.get(list_of(desk.process))) == ["C1"]


def test_contested_is_a_live_contradicting_citation_of_it_or_of_one_of_its_steps(vera, desk):
    by_itself, by_step, retired, supported = (desk.compromise(n, ("suggested", DAY)) for n in (1, 2, 3, 4))
    desk.cite(compromise=by_itself, relation="contradicts")
    desk.cite(status_event=by_step.status_events.get(), relation="contradicts")
    desk.cite(compromise=retired, relation="contradicts", retired_at=timezone.now())
    desk.cite(compromise=supported, relation="supports")
    assert codes(vera.get(list_of(desk.process, "?contested=yes"))) == ["C1", "C2"]
    assert [n for n in (1, 2, 3, 4) if "Contested" in words(vera.get(page_of(desk.process, n)))] == [1, 2]


def test_it_names_each_bad_filter_and_ignores_it(vera, talks):
    response = vera.get(list_of(talks, "?status=nonsense&side=rusia&on=2025-02-30&sort=best&after=zzz&stalled=maybe"))
    page = words(response)
    assert response.status_code == 200
    for said in (
        "Status: “nonsense” is not one of the choices",
        "Side: “rusia” is not one of the choices",
        "Date: “2025-02-30” is not a day in the calendar",
        "Sort: “best” is not one of the choices",
        "Stalled: “maybe” is not one of the choices",
        "Page: “zzz” is not a place in this list",
    ):
        assert said in page
    assert len(codes(response)) == 40


def test_a_chip_takes_away_one_filter_and_clearing_keeps_the_day(vera, talks):
    response = vera.get(list_of(talks, "?status=in_force&status=lapsed&side=ukraine&on=2025-12-31"))
    assert [label for label, _ in response.context["chips"]] == ["In force", "Lapsed", "Ukraine"]
    assert ("In force", [("status", "lapsed"), ("side", "ukraine"), ("on", "2025-12-31")]) in response.context["chips"]
    page = words(response)
    assert "No compromise passes these filters" in page
    assert "3 filters are on: In force, Lapsed, Ukraine." in page
    assert f'href="{list_of(talks)}?on=2025-12-31">Clear filters' in response.text


def test_a_process_without_compromises_says_so_kindly(vera, other_talks):
    page = words(vera.get(list_of(other_talks)))
    assert "No compromise is on file yet." in page
    assert "None is recorded in this process." in page


def test_htmx_gets_the_results_and_what_changes_beside_them(vera, talks):
    part = vera.get(list_of(talks, "?status=rejected&after=&side="), headers=HTMX)
    assert "<html" not in part.text
    assert '<div id="results"' in part.text
    assert part["HX-Push-Url"] == list_of(talks, "?status=rejected")
    for swapped in ("answer", "day", "count", "chips", "n-1-1"):
        assert f'id="{swapped}" hx-swap-oob="innerHTML"' in part.text
    page = vera.get(list_of(talks, "?status=rejected"))
    assert "HX-Request" in page["Vary"]
    for name in re.findall(r'id="([^"]+)" hx-swap-oob', part.text):
        assert page.text.count(f'id="{name}"') == 1, name


def test_the_count_is_announced_and_stands_outside_what_is_swapped(vera, talks):
    page = vera.get(list_of(talks)).text
    assert '<p id="count" role="status">' in page
    assert page.index('id="count"') < page.index('id="results"')


def test_pages_follow_each_other_in_every_order_and_none_is_lost(vera, desk, monkeypatch):
    monkeypatch.setattr("issues.queries.pages.keyset.__kwdefaults__", {"after": None, "before": None, "size": 3})
    for n in range(1, 12):
        steps = [("suggested", DAY + timedelta(days=n % 4)), ("signalled", DAY + timedelta(days=n % 4))][: 1 + n % 2]
        desk.compromise(n, *steps)
    for sort in ("number", "newest", "longest"):
        found, address = [], list_of(desk.process, f"?sort={sort}")
        while address:
            response = vera.get(address)
            found.append(codes(response))
            cursor = response.context["listing"].page.next
            address = cursor and list_of(desk.process, f"?sort={sort}&after={cursor}")
        assert sorted(code for page in found for code in page) == sorted(f"C{n}" for n in range(1, 12)), sort
        assert [len(page) for page in found] == [3, 3, 3, 2], sort
        back = vera.get(list_of(desk.process, f"?sort={sort}&before={response.context['listing'].page.previous}"))
        assert codes(back) == found[-2], sort


def test_above_its_limit_it_counts_no_further_and_says_so(vera, desk, monkeypatch):
    monkeypatch.setattr(compromises, "COUNTED", 3)
    for n in range(1, 6):
        desk.compromise(n, ("suggested" if n < 5 else "offered", DAY))
    response = vera.get(list_of(desk.process))
    assert "More than 3 compromises are on file." in words(response)
    assert set(counts(response).values()) == {None}
    assert codes(response) == ["C1", "C2", "C3", "C4", "C5"]
    assert "1 compromise" in words(vera.get(list_of(desk.process, "?status=offered")))


def test_the_present_status_found_in_sql_is_the_one_found_in_python(desk):
    chance = Random(7)
    statuses = ("suggested", "signalled", "offered")
    for n in range(1, 60):
        days = [DAY + timedelta(days=chance.randrange(6)) for _ in range(chance.randrange(1, 6))]
        desk.compromise(n, *((chance.choice(statuses), day) for day in days))
    for shift in range(7):
        day = DAY + timedelta(days=shift)
        expected = {}
        for compromise in Compromise.objects.filter(process=desk.process):
            steps = list(compromise.status_events.on(day).order_by("occurred_on", "id"))
            if steps:
                expected[compromise.number] = travel.entry(steps).pk
        found = compromises.entries(desk.process, day, day).values_list("number", "pk")
        assert dict(found) == expected
        assert len(found) == len(expected)


# One compromise


def test_it_tells_the_course_with_the_briefing_of_each_step(vera, talks):
    page = words(vera.get(page_of(talks, 5, "?on=2025-03-01")))
    assert "Adopted since 12 Feb 2025, 17 days" in page
    assert "Became policy 12 Feb 2025, after 40 days" in page
    assert "Suggested 3 Jan 2025 Proposed, according to the 13 February article." in page
    assert "Creative Energy Diplomacy Can Lay The Basis For A Grand Russian-American Deal, 3 Jan 2025" in page
    assert "Adopted 12 Feb 2025, after 40 days US Defense Secretary" in page
    assert "Counts as adopted when: The US President" in page


def test_a_rejection_names_who_refused_and_a_month_is_a_month(vera, talks):
    page = words(vera.get(page_of(talks, 27)))
    assert "Rejected Mar 2025, day not given, after about 3 days, by European states, EU and NATO" in page


def test_a_superseded_one_leads_to_its_successor_unless_that_is_retired(vera, desk):
    later = desk.compromise(2, ("offered", DAY))
    first = desk.compromise(1, ("offered", DAY))
    desk.step(first, "superseded", date(2025, 4, 1), superseded_by=later)
    assert "Replaced by C2 Headline 2" in words(vera.get(page_of(desk.process, 1)))
    Compromise.objects.filter(pk=later.pk).update(retired_at=timezone.now())
    assert "Replaced by" not in words(vera.get(page_of(desk.process, 1)))


def test_implementation_is_shown_from_adoption_on(vera, desk):
    made = desk.compromise(1)
    desk.step(made, "in_force", DAY, implementation="2")
    assert "Implementation Intermediate" in words(vera.get(page_of(desk.process, 1)))


@pytest.mark.parametrize(
    ("kind", "out", "back"),
    [
        ("requires", "Requires", "Required by"),
        ("excludes", "Excludes", "Excludes"),
        ("in_exchange_for", "In exchange for", "In return for it"),
        ("follows", "Follows", "Followed by"),
    ],
)
def test_a_link_reads_from_both_ends_with_the_status_of_the_other(vera, desk, kind, out, back):
    source = desk.compromise(1, ("suggested", DAY))
    target = desk.compromise(2, ("offered", DAY), side=desk.south)
    desk.link(source, target, kind, reason="It is said so.", briefing=desk.memo)
    assert f"{out} Offered South C2 Headline 2 It is said so. A source says so: A memo, 1 Jan 2020" in words(
        vera.get(page_of(desk.process, 1))
    )
    assert f"{back} Suggested North C1 Headline 1" in words(vera.get(page_of(desk.process, 2)))


def test_two_that_exclude_each_other_from_both_ends_are_named_once(vera, desk):
    one, two = desk.compromise(1, ("suggested", DAY)), desk.compromise(2, ("suggested", DAY))
    desk.link(one, two, "excludes", basis="logic")
    desk.link(two, one, "excludes", basis="logic")
    page = words(vera.get(page_of(desk.process, 1)))
    assert page.count("Excludes") == 1
    assert "It follows from the two texts" in page


def test_before_its_first_step_it_says_that_it_was_not_on_file(vera, talks):
    response = vera.get(page_of(talks, 5, "?on=2025-01-02"))
    assert response.status_code == 200
    assert "C5 was not yet on file on 2 Jan 2025. Its first step is dated 3 Jan 2025" in words(response)
    assert "How far it has travelled" not in response.text


def test_looking_back_leaves_out_later_steps_and_links_to_what_was_not_on_file(vera, desk):
    first = desk.compromise(1, ("suggested", DAY), ("adopted", date(2025, 6, 1)))
    later = desk.compromise(2, ("suggested", date(2025, 5, 1)))
    desk.link(first, later, "requires")
    page = words(vera.get(page_of(desk.process, 1, "?on=2025-04-01")))
    assert "What was on file on 1 Apr 2025." in page
    assert "Suggested since 1 Mar 2025, 31 days" in page
    assert "Became policy Not so far" in page
    assert "Adopted" not in page
    assert "C2" not in page.split("Links to other compromises")[1].split("Sources")[0]


def test_what_was_retired_appears_nowhere(vera, desk):
    gone = {"retired_at": timezone.now()}
    shown, hidden = desk.compromise(1, ("suggested", DAY)), desk.compromise(2, ("suggested", DAY), **gone)
    desk.link(shown, hidden, "requires")
    desk.step(shown, "adopted", date(2025, 4, 1), **gone)
    Briefing.objects.filter(pk=desk.memo.pk).update(**gone)
    assert codes(vera.get(list_of(desk.process))) == ["C1"]
    assert vera.get(page_of(desk.process, 2)).status_code == 404
    page = words(vera.get(page_of(desk.process, 1)))
    assert "Suggested since 1 Mar 2025" in page
    for absent in ("Headline 2", "A memo", "1 Apr 2025"):
        assert absent not in page


def test_one_without_a_step_has_a_page_but_no_status(vera, desk):
    desk.compromise(1)
    assert codes(vera.get(list_of(desk.process))) == []
    assert "No step is recorded yet" in words(vera.get(page_of(desk.process, 1)))


def test_an_unknown_number_is_refused_by_name(vera, talks):
    for number in (999, 10**30):
        response = vera.get(page_of(talks, number))
        assert response.status_code == 404
        assert f"There is no compromise C{number} in “{talks.name}”." in words(response)


def test_the_pager_leads_to_the_neighbours_and_keeps_the_day(vera, desk):
    for n in (1, 4, 9):
        desk.compromise(n, ("suggested", DAY))
    page = vera.get(page_of(desk.process, 4, "?on=2025-03-05")).text
    assert f'href="{page_of(desk.process, 1)}?on=2025-03-05"' in page
    assert f'href="{page_of(desk.process, 9)}?on=2025-03-05"' in page


def test_its_text_is_escaped_and_its_marks_lead_to_its_sources(vera, desk):
    made = desk.compromise(1, ("suggested", DAY), body="<b>Bold</b> [1]", test_sentence="<script>x</script>")
    source = desk.cite(compromise=made, quote="exact <i>words</i>")
    page = vera.get(page_of(desk.process, 1)).text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert f'href="#source-{source.pk}"' in page
    assert "exact &lt;i&gt;words&lt;/i&gt;" in page


def test_a_step_shows_its_own_sources(vera, desk):
    made = desk.compromise(1, ("suggested", DAY))
    desk.cite(status_event=made.status_events.get(), quote="the step’s own words")
    assert "the step’s own words" in vera.get(page_of(desk.process, 1)).text


def test_htmx_gets_the_page_of_a_day_without_its_frame(vera, talks):
    part = vera.get(page_of(talks, 5, "?on=2025-02-20"), headers=HTMX)
    assert "<html" not in part.text
    assert part.text.strip().startswith('<div id="compromise">')
    assert "Shown: 20 Feb 2025, 2 steps on file" in words(part)


# What they cost


def grow(desk, first, number):
    """Make compromises with steps, sources and links, all bearing on C1."""
    one = Compromise.objects.filter(process=desk.process, number=1).first()
    for n in range(first, first + number):
        made = desk.compromise(
            n, ("suggested", DAY), ("offered", date(2025, 4, 1)), side=(desk.north, desk.south)[n % 2]
        )
        one = one or made
        desk.cite(compromise=one, quote=f"Words {n}")
        desk.step(one, "signalled", DAY + timedelta(days=n))
        if made != one:
            desk.link(one, made, "requires")


def test_the_queries_of_both_pages_stay_the_same_when_the_record_doubles(
    vera, desk, django_assert_num_queries, django_assert_max_num_queries
):
    addresses = {
        list_of(desk.process): 7,
        list_of(desk.process, "?status=offered&side=north&stalled=yes&contested=yes&sort=newest&on=2025-05-01"): 7,
        page_of(desk.process, 1): 9,
        page_of(desk.process, 1, "?on=2025-05-01"): 9,
    }
    for first, number in ((1, 8), (9, 8), (17, 60)):
        grow(desk, first, number)
        for address, queries in addresses.items():
            with django_assert_num_queries(queries):
                assert vera.get(address).status_code == 200


def test_a_signed_in_reader_costs_two_queries_more(anna, talks, django_assert_max_num_queries):
    for address in (list_of(talks), page_of(talks, 21)):
        with django_assert_max_num_queries(12):
            assert anna.get(address).status_code == 200


def test_the_course_reads_four_times_from_the_database(talks, django_assert_num_queries):
    compromise = courses.find(talks, 21)
    with django_assert_num_queries(4):
        courses.course(compromise, None, date(2026, 6, 30))
