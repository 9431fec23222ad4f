"""Two edits of one text: nothing that either person wrote is lost."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from issues.analysis.merge import changes, marked, merge, words

TEXT = st.lists(st.sampled_from(["a", "b", "c", "the", "talks", "\n\n", " "]), max_size=12).map(" ".join)
FREE = st.text(st.sampled_from("ab \n.é"), max_size=30)


def test_edits_in_different_places_become_one_text():
    base = "Washington wants Europe to take part. No commitment is on file."
    theirs = "Washington wants Europe and Canada to take part. No commitment is on file."
    mine = "Washington wants Europe to take part. No commitment by them is on file yet."
    found = merge(base, theirs, mine)
    assert found.clean
    assert found.text == "Washington wants Europe and Canada to take part. No commitment by them is on file yet."


def test_edits_of_the_same_words_are_proposed_one_after_the_other():
    found = merge("part of the mission.", "part of the peacekeeping.", "part of the mission, without cover.")
    assert not found.clean
    assert found.text == "part of the peacekeeping. mission, without cover."


def test_the_same_edit_twice_is_one():
    assert merge("a b", "a c b", "a c b") == merge("a b", "a c b", "a b")


def test_what_is_marked_shows_what_went_and_what_came():
    found = marked("one two three", "one 2 three")
    assert found == [("same", "one"), ("del", " two"), ("ins", " 2"), ("same", " three")]


@settings(max_examples=400, deadline=None)
@given(st.one_of(TEXT, FREE), st.one_of(TEXT, FREE), st.one_of(TEXT, FREE))
def test_every_word_that_either_side_inserted_is_in_the_result(base, theirs, mine):
    found = merge(base, theirs, mine)
    old = words(base)
    result = set(found.text.split())
    for text in (theirs, mine):
        new = words(text)
        inserted = {word.strip() for _, _, j1, j2 in changes(old, new) for word in new[j1:j2]} - {""}
        assert inserted <= result


@settings(max_examples=400, deadline=None)
@given(st.one_of(TEXT, FREE), st.one_of(TEXT, FREE))
def test_an_edit_over_an_unchanged_text_is_that_edit(base, mine):
    assert merge(base, base, mine).text == merge(base, mine, base).text == merge(base, mine, mine).text == mine
    assert merge(base, base, mine).clean
    assert "".join(text for kind, text in marked(base, mine) if kind != "del") == mine
    assert "".join(text for kind, text in marked(base, mine) if kind != "ins") == base


def test_a_text_of_one_word_repeated_costs_no_time():
    began = time.perf_counter()
    merge("a " * 10_000, "b " + "a " * 9_000, "c " + "a " * 8_000 + "d")
    assert time.perf_counter() - began < 1
