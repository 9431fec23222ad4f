"""The list of briefings and the page of one, on the shipped talks and on rows made to be awkward."""

import re
from datetime import date
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from issues import history
from issues.analysis.links import link
from issues.models import Briefing, Citation, Compromise, Issue, Position, Side, StatusEvent
from issues.queries import briefings, passages
from issues.queries.briefings import Filters

from .conftest import Person

PLAN = "us-28-point-plan-2025-11-20"
HTMX = {"HX-Request": "true"}


def list_of(process, query=""):
    return reverse("issues:briefing-list", args=[process.slug]) + query


def page_of(process, slug, query=""):
    return reverse("issues:briefing-detail", args=[process.slug, slug]) + query


def words(response):
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)).replace(" ,", ",")


def titles(response):
    return [row.title for _, rows in response.context["listing"].groups for row in rows]


@pytest.fixture
def desk(back_channel):
    """Return a small public process: one side, two issues, and a maker of its rows."""
    back_channel.visibility = "public"
    back_channel.save()
    return Desk(back_channel)


class Desk:
    def __init__(self, process):
        self.process = process
        self.side = Side.objects.create(
            process=process,
            slug="north",
            name="North",
            short_label="N",
            role="principal",
            order=1,
            marker="circle",
            colour=1,
        )
        self.water, self.border = (
            Issue.objects.create(process=process, slug=slug, order=n, title=title, scale_low="0", scale_high="100")
            for n, (slug, title) in enumerate((("water", "Water"), ("border", "Border")), 1)
        )

    def briefing(self, slug="memo", **fields):
        fields = {"title": slug.title(), "kind": "news", "published_on": date(2025, 3, 1)} | fields
        return Briefing.objects.create(process=self.process, slug=slug, **fields)

    def position(self, slug, issue=None, held_from=date(2025, 3, 1), **fields):
        return Position.objects.create(
            process=self.process,
            slug=slug,
            issue=issue or self.water,
            side=self.side,
            held_from=held_from,
            headline=f"Holds {slug}",
            commitment="leak",
            **fields,
        )

    def compromise(self, number, *steps, issue=None):
        made = Compromise.objects.create(
            process=self.process,
            number=number,
            slug=f"c{number}",
            issue=issue or self.water,
            side=self.side,
            headline=f"Concession {number}",
        )
        for status, day, briefing in steps:
            StatusEvent.objects.create(
                process=self.process,
                compromise=made,
                status=status,
                occurred_on=day,
                briefing=briefing,
                rejected_by=self.side if status == "rejected" else None,
            )
        return made

    def cite(self, briefing, quote="", relation="supports", **fields):
        return Citation.objects.create(
            process=self.process, briefing=briefing, quote=quote, relation=relation, **fields
        )

    def retire(self, row):
        with history.changeset(self.process, reason="Recorded by mistake") as door:
            door.retire(row, "Recorded by mistake")


# The list


def test_it_lists_fifty_of_the_talks_by_month_and_the_rest_on_the_next_page(vera, talks):
    first = vera.get(list_of(talks))
    assert "<b>52 briefings</b>" in first.text
    assert "52 dated documents back the positions and compromises. One is not cited yet." in first.text
    months = re.findall(r'group-title">([^<]+)<', first.text)
    assert months[:3] == ["June 2026", "April 2026", "March 2026"]
    assert len(months) == len(set(months))
    assert "Aug, day not given" in first.text

    following = re.search(r'rel="next" href="([^"#]+)', first.text)[1]
    second = vera.get(list_of(talks) + following)
    assert (len(titles(first)), len(titles(second))) == (50, 2)
    everything = talks_titles(talks)
    assert titles(first) + titles(second) == everything
    assert 'rel="prev"' in second.text
    assert 'rel="next"' not in second.text


def talks_titles(talks):
    return list(Briefing.objects.filter(process=talks).order_by("-published_on", "-id").values_list("title", flat=True))


def test_every_count_of_a_facet_is_what_picking_it_shows(talks):
    scope = briefings.scope(talks)
    values = {
        "kind": ["analysis", "official_statement", "treaty_text", "news"],
        "issue": [slug for slug, _ in scope.issues],
        "used": ["cited", "uncited"],
        "reliability": list("ABCDEF"),
        "read": ["whole", "part", "report", "not_read"],
        "language": [tag for tag, _ in scope.languages],
    }
    others = [
        {},
        {"kind": ["analysis", "news"]},
        {"issue": ["territory"], "used": ["cited"]},
        {"reliability": ["B"], "read": ["part"], "issue": ["sanctions-relief", "territory"]},
        {"kind": ["treaty_text"], "used": ["uncited"]},
    ]
    checked = 0
    for picked, (name, options) in product(others, values.items()):
        counts = briefings.listing(talks, Filters(picked=picked)).counts
        for value in options:
            only = briefings.listing(talks, Filters(picked=picked | {name: [value]}))
            rows = sum(len(rows) for _, rows in only.groups)
            assert counts[name][value] == only.total, (picked, name, value)
            assert rows == min(only.total, 50), (picked, name, value)
            checked += only.total
    assert checked > 300


def test_the_issue_of_a_briefing_comes_from_claims_and_steps_of_either_kind(desk):
    by_position, by_compromise, by_step, by_cited_step, by_none = (
        desk.briefing(slug) for slug in ("position", "compromise", "step", "cited-step", "none")
    )
    desk.cite(by_position, position=desk.position("dams", desk.water))
    desk.cite(by_compromise, compromise=desk.compromise(1, issue=desk.water))
    taken = desk.compromise(2, ("offered", date(2025, 3, 1), by_step), issue=desk.water)
    desk.cite(by_cited_step, status_event=taken.status_events.get())
    desk.cite(by_none, position=desk.position("posts", desk.border))

    listing = briefings.listing(desk.process, Filters(picked={"issue": ["water"]}))
    assert listing.total == 4
    assert {row.title for _, rows in listing.groups for row in rows} == {"Position", "Compromise", "Step", "Cited-Step"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=MEMORANDUM", 2),
        ("?q=putin+anchorage", 1),
        ("?q=100%25", 0),
        ("?q=kellogg&kind=analysis", 0),
        ("?from=2026-01-01", 8),
        ("?to=2021-12-31", 2),
        ("?from=2025-02-13&to=2025-02-13", 1),
        ("?on=2021-12-31", 2),
        ("?kind=analysis&kind=treaty_text", 16),
        ("?kind=analysis&used=uncited", 1),
        ("?used=cited&used=uncited", 52),
    ],
)
def test_it_filters_by_what_the_address_says(vera, talks, query, expected):
    response = vera.get(list_of(talks, query))
    assert response.context["listing"].total == expected
    assert len(titles(response)) == min(expected, 50)
    assert response.context["ignored"] == []


def test_it_sorts_by_date_either_way_or_by_title(vera, talks):
    oldest, by_title = (titles(vera.get(list_of(talks, f"?sort={sort}"))) for sort in ("oldest", "title"))
    assert oldest == talks_titles(talks)[::-1][:50]
    assert by_title == list(
        Briefing.objects.filter(process=talks).order_by("title", "id").values_list("title", flat=True)[:50]
    )
    assert "group-title" not in vera.get(list_of(talks, "?sort=title")).text


def test_the_sorts_on_offer_have_an_index(talks):
    indexes = {tuple(index.fields) for index in Briefing._meta.indexes}
    for order in briefings.ORDERS.values():
        rising = ("process", *(name.removeprefix("-") for name in order))
        assert rising in indexes or (rising[0], *(f"-{name}" for name in rising[1:])) in indexes


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("?kind=gossip", "Type"),
        ("?kind=news&kind=gossip", "Type"),
        ("?issue=weather", "Issue"),
        ("?from=2025-02-30", "Published from"),
        ("?to=9999-99-99", "Published to"),
        ("?on=yesterday", "Date"),
        ("?from=2025-03-01&to=2025-02-01", "Published to"),
        ("?sort=random", "Sort"),
        ("?after=elsewhere", "Page"),
        ("?before=2025-02-30~1", "Page"),
        ("?q=" + "a" * 5000, "Title or author"),
        ("?q=%00", "Title or author"),
        ("?after=" + "9" * 5000, "Page"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_ignored(vera, talks, query, label):
    response = vera.get(list_of(talks, query))
    assert response.status_code == 200
    assert [name for name, _, _ in response.context["ignored"]] == [label]
    assert f"<b>{label}:</b>" in response.text
    assert "[&#x27;" not in response.text
    since = date(2025, 3, 1) if "from=2025-03-01" in query else date.min
    assert response.context["listing"].total == Briefing.objects.filter(process=talks, published_on__gte=since).count()


def test_htmx_gets_the_results_and_the_counts_beside_them_with_a_clean_address(vera, talks):
    query = "?q=&kind=news&from=&to=&sort=newest"
    whole, part = vera.get(list_of(talks, query)), vera.get(list_of(talks, query), headers=HTMX)
    assert "<html" in whole.text
    assert part.text.lstrip().startswith('<div id="results"')
    assert "<form" not in part.text
    assert 'id="n-kind-news" hx-swap-oob="innerHTML">13<' in part.text
    assert '<p id="count" hx-swap-oob="innerHTML"><b>13 briefings</b></p>' in part.text
    assert part["HX-Push-Url"] == list_of(talks, "?kind=news")
    assert "HX-Request" in part["Vary"]
    swapped = set(re.findall(r'id="(n-[^"]+)"', part.text))
    assert swapped == set(re.findall(r'id="(n-[^"]+)"', whole.text))


def test_each_filter_in_use_has_a_link_that_takes_it_away(vera, talks):
    query = "?q=plan&kind=news&kind=analysis&kind=news&from=2025-01-01&sort=title"
    chips = vera.get(list_of(talks, query)).context["chips"]
    assert [said for said, _ in chips] == ["“plan”", "News", "Analysis", "Since 1 Jan 2025"]
    for said, rest in chips:
        kept = {other for other, _ in chips} - {said}
        again = vera.get(list_of(talks), dict(groups(rest)))
        assert {other for other, _ in again.context["chips"]} == kept
        assert again.context["filters"].sort == "title"


def groups(pairs):
    return parse_qs("&".join(f"{name}={value}" for name, value in pairs))


def test_an_empty_result_says_so_and_leads_back(vera, talks):
    response = vera.get(list_of(talks, "?q=zeppelin"))
    assert "No briefing passes these filters" in response.text
    assert "<b>0 briefings</b>" in response.text


def test_a_page_past_the_end_leads_to_the_first(vera, talks):
    assert "The list ends before this page" in vera.get(list_of(talks, "?after=1900-01-01~1")).text


def test_a_process_without_briefings_says_what_one_is(vera, desk):
    text = vera.get(list_of(desk.process)).text
    assert "No briefings are recorded yet." in text
    assert "A briefing is a dated document" in text


def test_above_a_limit_it_names_no_count_instead_of_a_wrong_one(vera, talks, monkeypatch):
    monkeypatch.setattr(briefings, "COUNTED", 20)
    everything, few = vera.get(list_of(talks)), vera.get(list_of(talks, "?kind=analysis"))
    assert "<b>More than 20 briefings</b>" in everything.text
    assert "More than 20 dated documents back" in everything.text
    assert 'id="n-kind-news"></span>' in everything.text
    assert "<b>9 briefings</b>" in few.text
    assert 'id="n-kind-news"></span>' in few.text


def test_languages_are_a_facet_only_when_there_are_several(vera, desk):
    desk.briefing("one")
    assert "<legend>Language" not in vera.get(list_of(desk.process)).text
    desk.briefing("two", language="uk")
    desk.briefing("three", language="x-klingon")
    text = vera.get(list_of(desk.process)).text
    assert "<legend>Language" in text
    assert "<span>Ukrainian</span>" in text
    assert "<span>x-klingon</span>" in text
    assert titles(vera.get(list_of(desk.process, "?language=uk"))) == ["Two"]


def test_a_year_is_all_that_is_said_of_a_date_known_to_the_year(vera, desk):
    desk.briefing("one", precision="year", published_on=date(2022, 4, 15))
    text = vera.get(list_of(desk.process)).text
    assert 'group-title">2022, month not given<' in text
    assert "April" not in text


def test_a_count_begins_the_sentence_in_words_and_agrees_with_it(desk):
    assert briefings.lede(1, 0) == "One dated document backs the positions and compromises."
    assert briefings.lede(1, 1) == "One dated document is on file, not cited yet."
    assert briefings.lede(12, 2) == "12 dated documents back the positions and compromises. Two are not cited yet."


# One briefing


def test_it_shows_each_passage_once_with_everything_that_rests_on_it(vera, talks):
    briefing = Briefing.objects.get(process=talks, slug="hegseth-udcg-2025-02-12")
    response = vera.get(page_of(talks, briefing.slug))
    quotes = [q for q in briefing.citations.values_list("quote", flat=True) if q]
    assert len(set(quotes)) < len(quotes)
    assert response.text.count("<mark>") == len(set(quotes))
    assert len(re.findall(r"<li[^>]*><a[^>]*>[^<]+</a> <span class=\"relation", response.text)) >= len(quotes)
    for part, shown in response.context["resting"].parts:
        assert part in set(talks_issues(talks))
        assert shown


def talks_issues(talks):
    return Issue.objects.filter(process=talks).values_list("title", flat=True)


def test_it_shows_every_claim_and_step_of_every_briefing_of_the_talks(talks):
    seen = 0
    for briefing in Briefing.objects.filter(process=talks):
        resting = passages.of(talks, briefing)
        noted = sum(len(passage.notes) for _, shown in resting.parts for passage in shown) + len(resting.whole)
        assert noted == briefing.citations.count()
        assert len(resting.steps) == briefing.status_events.count()
        claims = briefing.citations.values_list("position", "compromise", "status_event").distinct().order_by()
        assert len(resting.citing) == claims.count()
        seen += noted
    assert seen == 173


def test_a_contradicting_passage_says_so_in_words_and_by_a_mark(vera, talks):
    text = vera.get(page_of(talks, PLAN)).text
    note = re.search(r'<li class="is-contradicts">.*?</li>', text, re.S)[0]
    assert "Contradicts" in note
    assert "#i-alert" in note


def test_a_citation_without_a_quote_says_that_it_cites_the_whole(vera, desk):
    briefing = desk.briefing()
    desk.cite(briefing, position=desk.position("dams"), locator="third page")
    said = words(vera.get(page_of(desk.process, "memo")))
    assert "No passage of this briefing is quoted." in said
    assert re.search(r"What cites this \S.* Water North Supports Cited as a whole: third page", said)


def test_a_step_that_rests_on_it_is_named_with_its_status_and_who_refused(vera, desk):
    briefing = desk.briefing()
    desk.compromise(4, ("suggested", date(2025, 2, 1), None), ("rejected", date(2025, 3, 1), briefing))
    said = words(vera.get(page_of(desk.process, "memo")))
    assert re.search(r"Steps that rest on this C4 Concession 4 1 Mar 2025 Rejected by North", said)


def test_it_names_the_status_of_a_compromise_and_the_date_of_a_step(vera, desk):
    briefing = desk.briefing()
    made = desk.compromise(4, ("suggested", date(2025, 2, 1), None), ("offered", date(2025, 3, 1), briefing))
    desk.cite(briefing, "we offer it", compromise=made)
    desk.cite(briefing, "we offer it", status_event=made.status_events.get(status="offered"), credibility="2")
    said = words(vera.get(page_of(desk.process, "memo")))
    assert "C4, offered Supports" in said
    assert "C4, offered on 1 Mar 2025 Supports; passage 2, probably true" in said
    assert said.count("we offer it") == 1


def test_it_shows_the_facts_of_the_document_but_not_the_curators_notes(vera, talks):
    for briefing in Briefing.objects.filter(process=talks).exclude(provenance="")[:12]:
        text = vera.get(page_of(talks, briefing.slug)).text
        assert briefing.provenance[:40] not in text.replace("&#x27;", "'")
    said = words(vera.get(page_of(talks, PLAN)))
    for fact in (
        "Type Treaty text",
        "Published 20 Nov 2025",
        "Language English",
        "Original Read at news.liga.net",
        "Publisher’s reliability B, usually reliable Established Ukrainian business news site",
        "How it was read Read in part",
        "Recorded ",
    ):
        assert fact in said, fact
    assert "Nov 2025, day not given" in words(vera.get(page_of(talks, "korybko-2025-11-28-points")))


def test_the_words_link_to_where_they_were_read_and_name_the_host_when_it_is_another(vera, desk):
    briefing = desk.briefing(url="https://origin.example/memo")
    position = desk.position("dams")
    desk.cite(briefing, "one", position=position, quote_url="https://origin.example/memo")
    desk.cite(briefing, "two", position=position, quote_url="https://www.copy.example/p/2", locator="page 2")
    said = words(vera.get(page_of(desk.process, "memo")))
    assert "Where the words were read page 2" not in said
    assert "page 2. Where the words were read: copy.example" in said
    assert said.count("Where the words were read") == 2
    assert "Where the words were read: origin.example" not in said


def test_a_missing_address_is_said_to_be_missing(vera, talks):
    assert "No address on file" in vera.get(page_of(talks, "korybko-2025-02-07-special-envoy")).text


HOSTILE = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/x",
    "https:evil.example",
    "http://[",
    "https://good.example\\@evil.example/",
    "https://a.example/\tb",
    "https://",
)


@pytest.mark.parametrize("url", [*HOSTILE, "", None])
def test_only_web_addresses_become_links(url):
    assert link(url) is None


def test_a_web_address_keeps_its_text_and_shows_its_host():
    assert link("https://www.example.org/a?b=c#d").url == "https://www.example.org/a?b=c#d"
    assert link("https://www.example.org/a").host == "example.org"
    assert link("https://bank.example@evil.example/").host == "evil.example"


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_reaches_no_attribute_of_the_page(vera, desk, url):
    briefing = desk.briefing(url=url, archived_url=url, other_urls=[url, 7, None, {"a": url}])
    desk.cite(briefing, "a word", position=desk.position("dams"), quote_url=url)
    text = vera.get(page_of(desk.process, "memo")).text
    assert "The address on file is not a web address" in text
    for address in re.findall(r'(?:href|cite|src|action)="([^"]*)"', text):
        assert urlsplit(address).scheme in ("", "http", "https")
        assert "evil.example" not in address
        assert "passwd" not in address


def test_what_people_wrote_is_shown_as_text(vera, desk):
    bad = "<img src=x onerror=alert(1)>"
    briefing = desk.briefing(
        title=bad,
        abstract=bad,
        author=bad,
        publisher=bad,
        reliability_reason=bad,
        reading_note=bad,
        text=f"{bad} before {bad}quote after {bad}",
    )
    desk.cite(briefing, f"{bad}quote", position=desk.position("dams"), locator=bad)
    for text in (vera.get(page_of(desk.process, "memo")).text, vera.get(list_of(desk.process)).text):
        assert "<img" not in text
        assert "&lt;img" in text


def test_a_stored_text_gives_a_quote_its_surroundings(vera, desk):
    text = "Alpha " * 100 + "we met in the spring and THE WORDS THEMSELVES were said aloud " + "omega " * 100
    briefing = desk.briefing(text=text)
    desk.cite(briefing, "THE WORDS THEMSELVES", position=desk.position("dams"))
    shown = re.search(r"<blockquote[^>]*><p>(.*?)</p>", vera.get(page_of(desk.process, "memo")).text)[1]
    assert shown.startswith("… Alpha")
    assert "in the spring and <mark>THE WORDS THEMSELVES</mark> were said aloud omega" in shown
    assert shown.endswith("omega …")
    assert len(shown) < 600


def test_a_prefix_tells_two_places_of_the_same_words_apart_and_passages_follow_the_text(desk):
    briefing = desk.briefing(text="First we agree. Then later we agree again. Last comes this.")
    position = desk.position("dams")
    desk.cite(briefing, "Last comes this", position=position)
    desk.cite(briefing, "we agree", position=position, prefix="later ")
    ((_, shown),) = passages.of(desk.process, briefing).parts
    assert [(p.before, p.quote, p.after) for p in shown] == [
        ("First we agree. Then later ", "we agree", " again. Last comes this."),
        ("First we agree. Then later we agree again. ", "Last comes this", "."),
    ]


SAYINGS = ("Not found in the stored text", "Stands more than once in the stored text", "No text of this document")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("They agreed to open the well.", []),
        ("They agree to open the well.", [SAYINGS[0]]),
        ("They disagreed to open the well.", [SAYINGS[0]]),
        ("They agreed. Later they agreed again.", [SAYINGS[1]]),
        ("", [SAYINGS[2]]),
    ],
)
def test_a_quote_that_is_not_anchored_says_so_and_is_attached_to_no_lookalike(vera, desk, text, said):
    desk.cite(desk.briefing(text=text), "agreed", position=desk.position("dams"))
    shown = vera.get(page_of(desk.process, "memo")).text
    assert [one for one in SAYINGS if one in shown] == said
    assert ("They <mark>agreed</mark> to open" in shown) == (not said)


def test_the_whole_stored_text_is_for_those_who_may_cite_from_it(vera, desk):
    claim = desk.position("dams")
    briefing = desk.briefing(
        text="We met. <b>The words</b> were said. " + "Much followed. " * 40 + "Nobody quotes this."
    )
    desk.cite(briefing, "The words", position=claim)
    desk.cite(briefing, "The words</b> were", position=claim)
    anna = Person.called("anna").joins(desk.process, "analyst")
    assert "Nobody quotes this" not in vera.get(page_of(desk.process, "memo")).text
    page = anna.get(page_of(desk.process, "memo")).text
    shown = re.search(r'<div class="whole-text".*?</div>', page, re.DOTALL)[0]
    assert shown.count("<mark>") == 1
    assert "We met. &lt;b&gt;<a" in shown and "<mark>The words&lt;/b&gt; were</mark></a> said." in shown
    assert "whole-text" not in anna.get(page_of(desk.process, "memo") + "?on=2025-03-02").text


def test_without_a_text_the_citation_gives_its_own_surroundings(desk):
    briefing = desk.briefing()
    desk.cite(briefing, "we agree", position=desk.position("dams"), prefix="Then ", suffix=" again")
    ((_, (passage,)),) = passages.of(desk.process, briefing).parts
    assert (passage.before, passage.quote, passage.after) == ("Then ", "we agree", " again")


def test_a_day_hides_what_came_later(vera, desk):
    briefing = desk.briefing(published_on=date(2025, 1, 1))
    early, late = desk.position("early", held_from=date(2025, 2, 1)), desk.position("late", held_from=date(2025, 4, 1))
    begun = desk.compromise(1, ("offered", date(2025, 2, 1), briefing), ("adopted", date(2025, 4, 1), briefing))
    later = desk.compromise(2, ("offered", date(2025, 4, 1), briefing))
    for n, target in enumerate(({"position": early}, {"position": late}, {"compromise": begun}, {"compromise": later})):
        desk.cite(briefing, f"quote {n}", **target)
    desk.cite(briefing, "quote 4", status_event=begun.status_events.get(status="adopted"))

    response = vera.get(page_of(desk.process, "memo", "?on=2025-03-01"))
    quotes = [passage.quote for _, shown in response.context["resting"].parts for passage in shown]
    assert quotes == ["quote 0", "quote 2"]
    assert "C1, offered" in response.text
    assert "?on=2025-03-01" in response.text
    assert [step.status for step in response.context["resting"].steps] == ["offered"]
    assert len(passages.of(desk.process, briefing).citing) == 5
    before = vera.get(page_of(desk.process, "memo", "?on=2024-12-31"))
    assert "This briefing is dated later than that day." in before.text
    assert "rests on this briefing by this day" in before.text


def test_a_bad_day_is_named_and_ignored(vera, talks):
    response = vera.get(page_of(talks, PLAN, "?on=2025-02-30"))
    assert response.status_code == 200
    assert "is not a day in the calendar" in response.text


# What both hold to


def test_what_was_retired_is_not_shown_and_not_counted(vera, desk):
    briefing, gone = desk.briefing(), desk.briefing("withdrawn-paper")
    keep = desk.position("kept")
    desk.cite(briefing, "kept words", position=keep)
    position, compromise = (
        desk.position("retired-position"),
        desk.compromise(1, ("offered", date(2025, 3, 1), briefing)),
    )
    stepped = desk.compromise(2, ("offered", date(2025, 3, 1), briefing))
    event = stepped.status_events.get()
    desk.cite(briefing, "words of a retired position", position=position)
    desk.cite(briefing, "words of a retired compromise", compromise=compromise)
    desk.cite(briefing, "words of a step of a retired compromise", status_event=compromise.status_events.get())
    desk.cite(briefing, "words of a retired step", status_event=event)
    citation = desk.cite(briefing, "retired words", position=keep)
    for row in (gone, position, compromise, event, citation):
        desk.retire(row)

    text = vera.get(page_of(desk.process, "memo")).text
    assert "kept words" in text
    assert "retired" not in text
    assert "Steps that rest on this" not in text
    listed = vera.get(list_of(desk.process))
    assert titles(listed) == ["Memo"]
    assert "1 citation<" in listed.text
    assert listed.context["listing"].counts["issue"] == {"water": 1}

    desk.retire(Citation.objects.get(quote="kept words"))
    listed = vera.get(list_of(desk.process, "?used=uncited"))
    assert titles(listed) == ["Memo"]
    assert "Not cited yet" in words(listed)
    assert "One dated document is on file, not cited yet." in listed.text


@pytest.mark.parametrize("slug", ["nothing-here", "retired", "elsewhere"])
def test_a_briefing_that_is_not_there_is_not_found(vera, desk, talks, slug):
    desk.retire(desk.briefing("retired"))
    Briefing.objects.create(process=talks, slug="elsewhere", title="E", kind="news", published_on=date(2025, 1, 1))
    assert vera.get(page_of(desk.process, slug)).status_code == 404


def test_a_private_process_looks_missing_to_all_but_its_members(vera, rita, back_channel):
    Briefing.objects.create(
        process=back_channel, slug="memo", title="Canary", kind="news", published_on=date(2025, 1, 1)
    )
    for address in (list_of(back_channel), page_of(back_channel, "memo")):
        hidden = vera.get(address)
        assert hidden.status_code == 404
        assert "Canary" not in hidden.text
        assert "Canary" in rita.get(address).text


def test_neither_page_takes_a_post(anna, talks):
    assert anna.post(list_of(talks)).status_code == 405
    assert anna.post(page_of(talks, PLAN)).status_code == 405


@pytest.mark.parametrize("query", ["", "?kind=news&issue=territory&used=cited&q=the&sort=title"])
def test_the_list_asks_as_many_queries_for_twice_the_data(anna, talks, query, django_assert_num_queries):
    with django_assert_num_queries(11):
        anna.get(list_of(talks, query))
    double(talks)
    with django_assert_num_queries(11):
        assert anna.get(list_of(talks, query)).context["listing"].total > 0


def test_the_page_asks_as_many_queries_for_twice_the_data(anna, talks, django_assert_num_queries):
    with django_assert_num_queries(10):
        before = anna.get(page_of(talks, PLAN))
    double(talks)
    with django_assert_num_queries(10):
        after = anna.get(page_of(talks, PLAN))
    assert len(after.context["resting"].citing) == 2 * len(before.context["resting"].citing)


def double(process):
    """Repeat every position and its citations, on the same briefings and on a second copy of each briefing."""
    copies = {}
    for briefing in Briefing.objects.filter(process=process):
        old, briefing.pk, briefing.slug = briefing.pk, None, f"{briefing.slug}-again"
        briefing.save()
        copies[old] = briefing
    twins = {}
    for model in (Position, Compromise, StatusEvent):
        for row in model.objects.filter(process=process):
            old, row.pk = row.pk, None
            if model is StatusEvent:
                row.compromise = twins[Compromise, row.compromise_id]
            else:
                row.slug = f"{row.slug}-again"
            if model is Compromise:
                row.number += 1000
            row.save()
            twins[model, old] = row
    for citation in Citation.objects.filter(process=process):
        for briefing in (citation.briefing, copies[citation.briefing_id]):
            Citation.objects.create(
                process=process,
                briefing=briefing,
                quote=citation.quote,
                position=twins.get((Position, citation.position_id)),
                compromise=twins.get((Compromise, citation.compromise_id)),
                status_event=twins.get((StatusEvent, citation.status_event_id)),
            )
