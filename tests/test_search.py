"""Searching a process: the same words on every database, kept in step with the record, told to those who may know."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from issues import history, search
from issues.analysis import words
from issues.models import Briefing, Citation, Compromise, Issue, Position, SearchEntry, SearchWord, Side, StatusEvent
from issues.search import Filters, keeping, matching

from . import valley
from .conftest import Person

SEARCHES = Path(__file__).parent / "data" / "searches.json"
TEXT = """First came the greetings. Both sides spoke of the upper well, and Dr. Noé said: “No goat drinks here.”

The Water Board met again in May. It has no mandate for the lower meadow."""


@pytest.fixture(scope="module")
def loaded_process(loaded):
    return loaded(small_record)


@pytest.fixture
def process(loaded_process, db):
    """Return a small record with something of every kind."""
    return loaded_process.restore()


def small_record():
    process = valley.create()
    valley.add(
        valley.briefing(process, "board", "2024-03-01", title="The Water Board", author="Noé Ødegård", text=TEXT),
        valley.briefing(process, "letter", "2024-02-01", abstract="They ask for water. The Board must give a mandate."),
        valley.briefing(process, "kyiv", "2024-02-03", title="Заява про кордон", abstract="Ёлка, «северный» водопой."),
    )
    held = valley.hold(
        process, "hill", "2024-02-01", headline="No mandate, no water", body="**Goats** drink first [1]."
    )
    valley.cite(held, "letter", quote="a mandate for the whole valley")
    step = ("2024-02-10", "signalled", {"note": "The farmers’ letter hints at it"})
    proposed = valley.propose(process, 4, ("2024-02-01", "suggested"), step, test_sentence="The gate stands open.")
    valley.cite(proposed.status_events.last(), "letter", quote="open the gate at dawn")
    return process


def names(found):
    return [f"{kind} {hit.entry.place}" for kind, hits in found.hits.items() for hit in hits]


def marked(pieces):
    return "".join(f"[{words}]" if match else words for words, match in pieces)


def table():
    """Return every entry as it is looked through and shown, without its key."""
    rows = SearchEntry.objects.order_by("kind", "object_id", "part").defer("id")
    left_out = {"id", "since"}
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows.values()]


# What was typed


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("Mandate", "mandate*"),
        ('"Security  Council" mandate', '"security council" mandate*'),
        ("troops -border", "troops -border"),
        ('well -"water board"', 'well -"water board"'),
        ("Russia’s", '"russia s"'),
        ("non-western x", '"non western" x'),
        ("“upper well” «Северный»", '"upper well" северныи'),
        ("Noé ﬁne ½", 'noe fine "1 2"'),
        ("e\u0301te\u0301", "ete*"),
        ("' - -- * () : ^ NEAR", "near*"),
        ("-only", "-only"),
        ('"never closed', '"never closed"'),
        ("\x00\ud800🙂", ""),
    ],
)
def test_what_was_typed_is_read_as_phrases_words_and_minus_words(typed, query):
    read = words.parse(typed)
    shown = str(read)
    last = read.wanted[-1] if read.wanted else None
    if last and last.is_prefix:
        shown = f'{shown[:-1]}*"' if shown.endswith('"') else f"{shown}*"
    assert shown == query


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("The Noe\u0301 ﬁnest", "noé fines", "The [Noe\u0301] [ﬁnes]t"),
        ("Mandates and a mandate", '"mandate"', "Mandates and a [mandate]"),
        ("Straße, STRASSE", '"strasse"', "[Straße], [STRASSE]"),
        ("Северный", "севернЫЙ", "[Северный]"),
        ("שלום לכולם", "שלום", "[שלום] לכולם"),
    ],
)
def test_marks_stand_on_the_words_as_they_are_written(text, typed, shown):
    assert marked(words.pieces(text, words.parse(typed))) == shown


def test_the_sentence_with_most_of_the_words_is_shown():
    text = "The board met. " * 30 + "It rained. The board has no mandate here. " + "The mandate ended. " * 900
    assert marked(words.passage(text, words.parse("board mandate"))) == "The [board] has no [mandate] here."
    assert marked(words.passage("word " * 200, words.parse("zebra"))).endswith("word …")


# What is found


@pytest.mark.parametrize(
    ("typed", "edits", "found"),
    [
        ("mandate", False, ["position +", "quote letter", "briefing letter"]),
        ("mandate", True, ["position +", "quote letter", "briefing letter", "text board"]),
        ("gate", False, ["compromise 4", "quote letter"]),
        ("c4", False, ["compromise 4"]),
        ("hints", False, ["step 4"]),
        ("odegard", False, []),
        ("ødegård noe", False, ["briefing board"]),
        ("goats", False, ["position +"]),
        ("goat", True, ["position +", "text board"]),
        ('"goat"', True, ["text board"]),
        ('"upper well"', True, ["text board"]),
        ('"well upper"', True, []),
        ('"water goats"', False, []),
        ("water -mandate", False, ["issue water", "briefing board"]),
        ("елка", False, ["briefing kyiv"]),
        ("ЗАЯВА корд", False, ["briefing kyiv"]),
        ("begin", False, ["change 1"]),
        ("letter", False, ["step 4", "briefing letter"]),
    ],
)
def test_it_finds_each_kind_by_its_own_words(process, typed, edits, found):
    held = Position.objects.get(process=process)
    assert names(search.search(process, typed, edits=edits)) == [one.replace("+", str(held.pk)) for one in found]


def test_titles_come_first_then_the_latest(process):
    valley.add(
        valley.briefing(process, "old", "2024-01-01", title="A meadow"),
        valley.briefing(process, "new", "2024-05-01", abstract="By the meadow."),
        valley.briefing(process, "begun", "2024-04-01", title="Meadowland"),
        valley.briefing(process, "newer", "2024-06-01", abstract="In the meadow."),
    )
    assert names(search.search(process, "meadow")) == [f"briefing {one}" for one in ("old", "begun", "newer", "new")]


def test_the_same_is_found_on_every_database(talks):
    valley.add(valley.briefing(talks, "dnipro", "2025-02-10", title="Заява", text="Річка Дніпро — кордон. " * 3_000))
    expected = json.loads(SEARCHES.read_text())
    assert len(expected) == 60
    found = {one["q"]: found_of(talks, one["q"]) for one in expected}
    assert found == {one.pop("q"): one for one in expected}
    assert sum(bool(one["totals"]) for one in expected) >= 50


def found_of(process, typed):
    found = search.search(process, typed, edits=True)
    return {"meant": str(found.suggestion or ""), "totals": found.totals, "best": names(found)[:12]}


def test_filters_narrow_and_counts_are_of_what_the_other_filters_leave(process):
    hill = Side.objects.get(process=process, slug="hill").pk
    found = search.search(process, "the")
    assert found.counts["kind"]["issue"] == 2 and found.counts["side"][hill] == 4
    narrowed = search.search(process, "the", Filters({"kind": ["issue", "step"], "side": [hill]}))
    assert narrowed.totals == {"step": 1}
    assert narrowed.counts["kind"]["step"] == 1 and narrowed.counts["kind"]["issue"] == 0
    assert search.search(process, "gate", Filters({"status": ["signalled"]})).totals == {"compromise": 1}
    assert search.search(process, "gate", Filters({"status": ["suggested"]})).totals == {}
    assert search.search(process, "gate", Filters({"cited": [1]})).totals == {"compromise": 1}
    assert search.search(process, "mandate", Filters({"cited": [0]})).totals == {}
    assert search.search(process, "заява", Filters({"cited": [0]})).totals == {"briefing": 1}


def test_of_too_much_the_latest_is_ranked_and_filters_still_find_the_rest(process, monkeypatch):
    monkeypatch.setattr(matching, "RANKED", 5)
    valley.add(*(valley.briefing(process, f"d{n}", "2024-04-01", title=f"A lake {n}") for n in range(8)))
    valley.hold(process, "town", "2024-05-01", headline="The lake is ours")
    valley.add(*(valley.briefing(process, f"e{n}", "2024-04-01", title=f"A lake {n}") for n in range(8)))
    found = search.search(process, "lake")
    assert found.is_capped and found.totals == {"briefing": 5}
    narrowed = search.search(process, "lake", Filters({"kind": ["position"]}))
    assert narrowed.totals == {"position": 1} and not narrowed.is_capped


def test_it_looks_everywhere_however_far_apart_entries_stand_and_ranks_the_latest(process, monkeypatch):
    valley.add(*(valley.briefing(process, f"d{n}", "2024-04-01", title=f"A lake {n}") for n in range(40)))
    for n in range(40):
        SearchEntry.objects.filter(place=f"d{n}").update(id=F("id") + 1024 * n)
    assert search.search(process, "lake").total == 40
    monkeypatch.setattr(matching, "RANKED", 3)
    assert sorted(names(search.search(process, "lake"))) == ["briefing d37", "briefing d38", "briefing d39"]


@pytest.mark.parametrize("many", [3, matching.BEGUN + 1])
def test_a_word_that_is_begun_is_found_whatever_it_becomes(process, many):
    valley.add(*(valley.briefing(process, f"d{n}", "2024-04-01", title=f"The Lakeside{n}") for n in range(many)))
    wanted = {
        "la": many,
        "lak": many,
        "lakesi": many,
        "the-lakesi": many,
        '"lakesi"': 0,
        "lakeside2": many // 20 * 5 + 1,
    }
    assert {typed: search.search(process, typed).total for typed in wanted} == wanted


def test_another_process_is_not_found(process):
    other = valley.create(slug="other")
    assert search.search(other, "mandate").total == 0
    assert search.search(other, "graze").total == search.search(process, "graze").total


# What is kept


def edits_of(process):
    """Yield functions that each write a change of another kind."""
    letter, board = (Briefing.objects.get(process=process, slug=one) for one in ("letter", "board"))
    minutes = Briefing.objects.get(process=process, slug="minutes")
    held = Position.objects.get(process=process)
    proposed = Compromise.objects.get(process=process)
    first, second = StatusEvent.objects.filter(compromise=proposed).order_by("pk")
    water = Issue.objects.get(process=process, slug="water")
    plain = Side.objects.get(process=process, slug="plain")
    quote = Citation.objects.get(process=process, position=held)

    def change(row, **fields):
        def write():
            with history.changeset(process, reason="Change it") as door:
                door.update(row, **fields)

        return write

    def retire(row):
        def write():
            with history.changeset(process, reason="Take it out") as door:
                door.retire(row, "A mistake")

        return write

    def restore(row):
        def write():
            with history.changeset(process, reason="Bring it back") as door:
                door.restore(row)

        return write

    def together():
        with history.changeset(process, reason="Several at once") as door:
            (made,) = door.create([valley.briefing(process, "both", "2024-04-02", title="Made")])
            door.update(made, title="Made and mended", retired_at=None)
            door.update(held, headline="Words again")
            door.create([Citation(process=process, position=held, briefing=made, quote="mended")])

    yield change(held, headline="Other words", body="Further words", held_from="2024-03-02")
    yield change(letter, abstract="Nothing more", author="Nobody")
    yield change(water, title="Wells", summary="Of the wells")
    yield change(quote, quote="a mandate", order=7)
    yield change(second, note="It hints no more", precision="month")
    yield change(proposed, body="Open it.", test_sentence="It stands open.")
    yield together
    yield change(held, issue=water, side=plain)
    yield change(letter, title="A letter by another name", slug="epistle")
    yield change(board, text="Shorter. " * 3)
    yield change(board, text="Long. " * 40_000)
    yield change(board, text="")
    yield change(quote, briefing=minutes)
    yield change(second, status="offered", briefing=board)
    yield change(proposed, headline="A concession by another name", number=7)
    yield change(proposed, side=plain, issue=water)
    for row in (second, first, letter, proposed, held, quote):
        yield retire(row)
        yield restore(row)
    yield retire(first)
    yield retire(second)
    yield retire(water)
    yield lambda: valley.cite(held, "minutes")


def test_after_every_kind_of_change_it_is_as_if_it_were_made_anew(process):
    for at, write in enumerate(edits_of(process)):
        write()
        kept = table()
        keeping.rebuild(process)
        assert kept == table(), f"edit {at}"


def test_a_change_that_is_not_followed_is_noticed(process, monkeypatch):
    monkeypatch.setattr(keeping, "hanging", lambda lenders: {})
    valley.retire(Compromise.objects.get(process=process))
    kept = table()
    keeping.rebuild(process)
    assert kept != table()


def test_a_field_that_moves_more_than_its_own_entry_is_named(process, monkeypatch):
    monkeypatch.setattr(keeping, "WEIGHTY", dict.fromkeys(keeping.WEIGHTY, frozenset()))
    proposed = Compromise.objects.get(process=process)
    with history.changeset(process, reason="Change it") as door:
        door.update(proposed, headline="By another name")
    kept = table()
    keeping.rebuild(process)
    assert kept != table()


def test_what_was_retired_is_not_found_until_it_is_back(process):
    proposed = Compromise.objects.get(process=process)
    valley.retire(proposed)
    assert not search.search(process, "gate").total and not search.search(process, "hints").total
    with history.changeset(process, reason="Bring it back") as door:
        door.restore(Compromise.objects.get(pk=proposed.pk))
    assert names(search.search(process, "gate")) == ["compromise 4", "quote letter"]
    valley.retire(Issue.objects.get(process=process, slug="grass"))
    assert not search.search(process, "gate").total


def test_a_write_that_fails_leaves_nothing_to_find(process):
    before = table()
    with pytest.raises(RuntimeError), history.changeset(process, reason="Try") as door:
        door.create([valley.briefing(process, "lost", "2024-04-01", title="Lost zebra")])
        raise RuntimeError
    assert table() == before and not search.search(process, "zebra").total


def test_it_can_be_made_anew_from_a_shell(process):
    before = table()
    SearchEntry.objects.all().delete()
    SearchWord.objects.all().delete()
    assert not search.search(process, "mandate").total
    out = StringIO()
    call_command("rebuild_search", process.slug, stdout=out)
    assert table() == before and out.getvalue() == f"valley: {len(before)} entries.\n"
    assert str(search.search(process, "mandatt").suggestion) == "mandate"


def test_a_database_that_has_none_gets_one(process):
    before = table()
    SearchEntry.objects.all().delete()
    keeping.complete()
    assert table() == before


# Who is told


def test_a_typing_error_is_answered_with_what_the_reader_may_find(process):
    assert str(search.search(process, "mandatt").suggestion) == "mandate"
    assert str(search.search(process, "заявва").suggestion) == "заява"
    assert str(search.search(process, "man-date").suggestion) == "mandate"
    assert search.search(process, "meadov").suggestion is None
    assert str(search.search(process, "meadov", edits=True).suggestion) == "meadow"
    valley.retire(Compromise.objects.get(process=process))
    assert search.search(process, "gaate").suggestion is None


def test_only_those_who_may_edit_find_stored_texts(process):
    address = reverse("issues:search", args=["valley"])
    assert "lower" not in Person().get(address, {"q": "meadow"}).text
    anna = Person.called("anna").joins(process, "analyst")
    assert "no mandate for the lower <mark>meadow</mark>." in anna.get(address, {"q": "meadow"}).text
    rita = Person.called("rita").joins(process, "reader")
    assert "lower" not in rita.get(address, {"q": "meadow", "kind": "text"}).text


def test_a_page_that_looks_back_finds_what_stood_there_in_the_same_words(process):
    before = timezone.now().isoformat()
    valley.add(valley.briefing(process, "later", "2024-01-02", title="A later mandate"))
    held = Position.objects.get(process=process)
    with history.changeset(process, reason="Say it otherwise") as door:
        door.update(held, headline="A newer mandate")
    address = reverse("issues:search", args=["valley"])
    then = Person().get(address, {"q": "mandate", "as_of": before})
    assert "Letter" in then.text and "later" not in then.text and "newer" not in then.text
    assert "Found is what still stands in the record" in then.text and "Cited" not in then.text
    assert "as_of=" in then["HX-Replace-Url"]
    now = Person().get(address, {"q": "mandate"}).text
    assert "later" in now and "newer" in now
    on = Person().get(address, {"q": "mandate", "on": "2024-01-31"}).text
    assert "later" in on and "Letter" not in on


# The page


def test_twenty_hits_with_marks_cost_four_queries(process, django_assert_num_queries):
    valley.add(
        *(
            valley.briefing(process, f"b{n}", "2024-04-01", title=f"Lake {n}", text="By the lake. " * 50)
            for n in range(60)
        )
    )
    with django_assert_num_queries(2):
        found = search.search(process, "lake", Filters({"kind": ["text"]}), edits=True, page=2)
    assert found.total == 60 and len(found.hits["text"]) == search.SIZE
    assert marked(found.hits["text"][0].passage) == "By the [lake]."
    address = reverse("issues:search", args=["valley"])
    with CaptureQueriesContext(connection) as queries:
        Person().get(address, {"q": "lake", "kind": "briefing"})
    few = len(queries)
    assert few <= 5  # the process, its issues and sides, the matches, the hits
    with CaptureQueriesContext(connection) as queries:
        assert "Did you mean" in Person().get(address, {"q": "laake lakke"}).text
    assert len(queries) <= few + 1


def test_hits_stand_in_groups_with_filters_in_the_address(process):
    valley.hold(process, "town", "2024-05-01", headline="The lake is ours")
    valley.add(*(valley.briefing(process, f"b{n}", "2024-04-01", title=f"Lake {n}") for n in range(25)))
    address = reverse("issues:search", args=["valley"])
    shown = Person().get(address, {"q": "lake"}).text
    assert '<h2 class="group-title">Briefings <span class="num">25</span></h2>' in shown
    assert shown.count('class="result"') == 1 + search.FEW and "?q=lake&amp;kind=briefing#results" in shown
    part = Person().get(
        address, {"q": "lake", "kind": "briefing", "page": 2, "from": ""}, headers={"HX-Request": "true"}
    )
    assert part.text.count('class="result"') == 5 and "<html" not in part.text and 'rel="prev"' in part.text
    assert part["HX-Replace-Url"] == f"{address}?q=lake&kind=briefing&page=2"
    assert '<span id="n-kind-briefing" hx-swap-oob="innerHTML">25</span>' in part.text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({}, "What do you look for?"),
        ({"q": "zebra"}, "Nothing has “zebra”"),
        ({"q": "mandatt"}, 'href="?q=mandate">mandate</a>?'),
        ({"q": "mandate", "kind": "change"}, "Nothing passes these filters"),
        ({"q": "mandate", "kind": "nonsense"}, "is not one of the choices"),
        ({"q": "mandate", "page": "x"}, "is not a page of what is found"),
        ({"q": "a" * 1001}, "is too long"),
        ({"q": "<b>&\"'"}, "Nothing has “&lt;b&gt;&amp;&quot;&#x27;”"),
    ],
)
def test_where_nothing_is_found_it_says_what_to_do(process, query, says):
    assert says in Person().get(reverse("issues:search", args=["valley"]), query).text


def test_what_people_wrote_is_shown_as_text(process):
    valley.add(valley.briefing(process, "bad", "2024-04-01", title="<img src=x> crocus", abstract="<b>crocus</b> & co"))
    shown = Person().get(reverse("issues:search", args=["valley"]), {"q": "crocus"}).text
    assert (
        "&lt;img src=x&gt; <mark>crocus</mark>" in shown and "&lt;b&gt;<mark>crocus</mark>&lt;/b&gt; &amp; co" in shown
    )


def test_a_search_that_takes_too_long_says_so(process, monkeypatch):
    if connection.vendor == "sqlite":
        monkeypatch.setattr(matching, "SECONDS", -1)
        monkeypatch.setattr(matching, "STEPS", 1)
    else:  # which ends the statement itself, and with it the transaction that a test runs in
        monkeypatch.setitem(matching.FOUND, "postgresql", "SELECT * FROM nowhere LIMIT %(limit)s")
        monkeypatch.setattr(matching, "OperationalError", ProgrammingError)
    assert "Looking took too long" in Person().get(reverse("issues:search", args=["valley"]), {"q": "mandate"}).text


OPERATORS = ["AND", "OR", "NOT", "NEAR", "NEAR(a b, 2)", "a AND", "OR b", "NOT NOT", "!", "&", "|", "<->", "a <-> b"]
SIGNS = ['"', '""', '"""', "'", "''", "';--", "\\", "\\'", "%", "%s", "%(a)s", "_", "*", "a*", "*a", "**", "^", "^a"]
COLUMNS = ["title_words:a", "{words}: a", "scope:p1", "=p1", "'=p1'", ":*", "a:*", "a:A", "a:1,2", 'scope : "p1"']
BRACKETS = ["(", ")", "((((", "a (b", "{", "}", "[", "]", "<", ">", "<script>", "${7*7}", "{{ 7 }}", "{% now %}"]
MINUS = ["-", "--", "-a", "- a", "−a", "–a b", '-"', '-"a', '-"a b" -c', "a -a", "-a -b -c"]
CONTROLS = ["\x00", "a\x00b", "\x01\x1f", "\t\n\r", "\u2028\u2029", "\ufeff", "\u200b", "\u200d", "\ud800", "\udfff"]
SCRIPTS = [
    "🙂",
    "👨‍👩‍👧",
    "🇺🇳",
    "é",
    "e\u0301" * 90,
    "\u0301",
    "ﷺ",
    "שלום",
    "العربية",
    "\u202eabc",
    "हिन्दी",
    "ไทย",
    "北京",
    "ß",
    "İ",
]
LONG = ["a" * 1000, "a " * 500, '"a ' * 300, "-a " * 300, "\u0301" * 900, "a-" * 450, "é" * 990, "🙂" * 900]
AWKWARD = [*OPERATORS, *SIGNS, *COLUMNS, *BRACKETS, *MINUS, *CONTROLS, *SCRIPTS, *LONG, "Ⅷ", "²", "½"]


def test_no_query_breaks_it(process, django_assert_max_num_queries):
    assert len(AWKWARD) >= 100
    for typed in [*AWKWARD, "x" * 10_000, "é \x00" * 2_500, '"' * 10_000]:
        with django_assert_max_num_queries(4):
            found = search.search(process, typed, edits=True)
        assert not found.is_slow
    address, vera = reverse("issues:search", args=["valley"]), Person()
    for typed in (*AWKWARD[::7], "x" * 10_000):
        assert vera.get(address, {"q": typed.encode("utf-8", "replace").decode()}).status_code == 200


def test_its_marks_in_the_index_are_not_words(process):
    marks = SearchEntry.objects.first().scope.split()
    assert len(marks) > 1 and not any(search.search(process, one, edits=True).total for one in marks)


def test_a_private_process_looks_missing(db):
    valley.create(visibility="members")
    assert Person().get(reverse("issues:search", args=["valley"]), {"q": "graze"}).status_code == 404


def test_every_page_of_a_process_has_the_box(process):
    page = Person().get(process.get_absolute_url()).text
    assert re.search(r'<form class="site-search" role="search" method="get" action="/processes/valley/search/">', page)
    assert 'id="search-box"' in page and 'id="search-box"' not in Person().get("/codebook/").text
