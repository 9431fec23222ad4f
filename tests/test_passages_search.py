"""Looking for a passage to cite: quotes, abstracts, stored texts and briefings that have some words."""

import re
import time

import pytest
from django.urls import reverse

from issues import history
from issues.analysis import phrases
from issues.models import Briefing
from issues.queries import quotable

from . import valley
from .conftest import Person

TEXT = """First came the greetings. Both sides spoke of the upper well, and Dr. Noé said: “No goat drinks here.”

The Water Board met again in May. It has no mandate for the lower meadow."""


@pytest.fixture
def valley_process(db):
    process = valley.create()
    valley.add(
        valley.briefing(process, "board", "2024-03-01", title="The Water Board", author="Noé", text=TEXT),
        valley.briefing(process, "letter", "2024-02-01", abstract="They ask for water. The Board must give a mandate."),
        valley.briefing(process, "gone", "2024-02-02", title="Retired mandate", abstract="A mandate", text="A mandate"),
    )
    claim = valley.hold(process, "hill", "2024-02-01")
    valley.cite(claim, "letter", quote="a mandate for the whole valley", locator="line 3")
    valley.cite(valley.hold(process, "plain", "2024-02-01"), "letter", quote="a mandate for the  whole valley")
    valley.cite(claim, "gone", quote="a mandate of a retired briefing")
    retired = valley.hold(process, "town", "2024-02-01")
    valley.cite(retired, "letter", quote="a mandate that a retired claim cites")
    valley.retire(retired)
    valley.retire(Briefing.objects.get(slug="gone"))
    return process


def seen(hits):
    return [(hit.kind, "".join(f"[{words}]" if match else words for words, match in hit.pieces)) for hit in hits]


@pytest.mark.parametrize(
    ("typed", "passages", "briefings"),
    [
        (
            "mandate",
            [
                ("quote", "a [mandate] for the whole valley"),
                ("text", "It has no [mandate] for the lower meadow."),
                ("abstract", "The Board must give a [mandate]."),
            ],
            [],
        ),
        (
            "MANDATE board",
            [("abstract", "The [Board] must give a [mandate]."), ("text", "The Water [Board] met again in May.")],
            [],
        ),
        ("noe", [], []),
        (
            "noé",
            [("text", "Both sides spoke of the upper well, and Dr. [Noé] said: “No goat drinks here.”")],
            [("briefing", "The Water Board")],
        ),
        (
            "water board",
            [("text", "The [Water] [Board] met again in May."), ("abstract", "They ask for [water].")],
            [("briefing", "The [Water] [Board]")],
        ),
        ("%", [], []),
        ("m", [], []),
        ("", [], []),
        ("\x00", [], []),
        ("zebra", [], []),
    ],
)
def test_it_finds_what_has_every_word_and_marks_them(valley_process, typed, passages, briefings):
    found = quotable.search(valley_process, typed, texts=True)
    assert (seen(found.passages), seen(found.briefings)) == (passages, briefings)


def test_words_that_begin_a_word_come_first(valley_process):
    claim = valley.hold(valley_process, "hill", "2024-03-01")
    valley.cite(claim, "letter", quote="the farmwell")
    valley.cite(claim, "letter", quote="a well")
    assert [hit[1] for hit in seen(quotable.search(valley_process, "well").passages)] == ["a [well]", "the farm[well]"]


@pytest.mark.parametrize("end", ["yes.” Then no", "yes!\nno", "yes\n\nno", "yes? No"])
def test_a_sentence_ends_where_sentences_and_lines_do(end):
    text = f"Before. So they said yes, U.S. troops and {end}"
    begin, stop = phrases.best(text, ["troops"])
    assert text[begin:stop].startswith("So they said") and text[begin:stop].rstrip(".!?”").endswith("yes")


def test_a_text_without_sentences_is_cut_at_words():
    text = "word " * 1000 + "needle " + "word " * 1000
    begin, stop = phrases.best(text, ["needle"])
    assert text[begin:stop].startswith("word ") and text[begin:stop].endswith(" word") and stop - begin < 700


def test_only_those_who_may_edit_look_through_stored_texts(valley_process):
    address = reverse("issues:passage-list", args=["valley"])
    assert "lower meadow" not in Person().get(address, {"q": "mandate"}).text
    anna = Person.called("anna").joins(valley_process, "analyst")
    assert "no <mark>mandate</mark> for the lower meadow" in anna.get(address, {"q": "mandate"}).text


def test_a_private_process_looks_missing(db):
    valley.create(visibility="members")
    assert Person().get(reverse("issues:passage-list", args=["valley"])).status_code == 404


def test_what_people_wrote_and_typed_is_shown_as_text(valley_process):
    claim = valley.hold(valley_process, "hill", "2024-03-01")
    valley.cite(claim, "letter", quote="<img src=x onerror=alert(1)> it says")
    answer = Person().get(reverse("issues:passage-list", args=["valley"]), {"q": '"><img'})
    assert "<img" not in answer.text.replace("&lt;img", "")
    answer = Person().get(reverse("issues:passage-list", args=["valley"]), {"q": "img src"})
    assert "&lt;<mark>img</mark> <mark>src</mark>=x" in answer.text


def test_htmx_gets_the_results_alone(valley_process):
    part = Person().get(reverse("issues:passage-list", args=["valley"]), {"q": "well"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="results"')


@pytest.mark.parametrize("typed", ["a" * 100_000, "a " * 50_000, "%_" * 50_000, "é\x00\ud800" * 30_000])
def test_however_long_what_is_typed_it_stays_quick(valley_process, typed, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        begin = time.perf_counter()
        quotable.search(valley_process, typed.encode("utf-8", "replace").decode(), texts=True)
        assert time.perf_counter() - begin < 0.5


def test_a_pick_gives_the_words_and_their_place(valley_process):
    (text,) = quotable.search(valley_process, "goat", texts=True).passages
    found = quotable.picked(valley_process, text.pick)
    assert found["briefing"].slug == "board"
    assert found["quote"].startswith("Both sides spoke") and found["prefix"] == "First came the greetings. "
    assert found["suffix"].startswith(" The Water Board met")
    quote = quotable.search(valley_process, "whole valley").passages[0]
    found = quotable.picked(valley_process, quote.pick)
    assert found["briefing"].slug == "letter" and found["quote"].split()[-1] == "valley"
    assert quotable.picked(valley_process, f"briefing-{found['briefing'].pk}") == {"briefing": found["briefing"]}


def test_a_pick_of_words_that_changed_or_went_is_refused(valley_process):
    (text,) = quotable.search(valley_process, "goat", texts=True).passages
    quote = quotable.search(valley_process, "whole valley").passages[0]
    with history.changeset(valley_process, reason="Shorten") as door:
        door.update(Briefing.objects.get(slug="board"), text=TEXT[5:])
    other = valley.create(slug="other")
    for process, pick in [
        (valley_process, text.pick),
        (other, quote.pick),
        (other, f"briefing-{Briefing.objects.get(slug='board').pk}"),
        (valley_process, f"briefing-{Briefing.objects.get(slug='gone').pk}"),
        *((valley_process, pick) for pick in ("", "quote-", "quote-0", "text-1-2", "briefing-" + "9" * 18, "x\x00")),
    ]:
        assert quotable.picked(process, pick) is None, pick


def test_it_asks_as_many_queries_for_more_data(valley_process, django_assert_num_queries):
    address = reverse("issues:passage-list", args=["valley"])
    for n in range(60):
        valley.add(valley.briefing(valley_process, f"well-{n}", "2024-04-01", title=f"Well {n}", abstract="A well."))
    with django_assert_num_queries(4):
        shown = Person().get(address, {"q": "well"})
    assert len(re.findall('class="picker-result"', shown.text)) == quotable.PASSAGES + quotable.BRIEFINGS
    assert "The best 8 passages and the best 5 briefings" in shown.text
