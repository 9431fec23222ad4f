"""Anchoring: quoted words are found where they stand exactly, and nowhere else."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.analysis.anchoring import LONGEST, PLACES, Text, collapse

MINUTES = (
    "The farmers of the hill asked for  the\nlower meadow. They said: “we graze where we\r\n\r\nalways grazed”. "
    "The farmers of the plain refused.\nThey said: “we graze where we planted”."
)


@pytest.mark.parametrize(
    ("quote", "exact"),
    [
        ("the lower meadow", "the\nlower meadow"),
        ("asked for the lower\tmeadow", "asked for  the\nlower meadow"),
        ("  where we always grazed ", "where we\r\n\r\nalways grazed"),
        ("where we\u00a0planted", "where we planted"),
        ("The farmers of the hill", "The farmers of the hill"),
        ("we planted”.", "we planted”."),
        # Nothing else is forgiven: no other case, quotation mark, letter, or missing space.
        ("the farmers of the hill", None),
        ('"we graze where we always grazed"', None),
        ("the lower meadows", None),
        ("thelower meadow", None),
        ("he farmers of the hill", None),
        ("asked for the lower mead", None),
        ("where we always […] grazed", None),
        ("", None),
        (" \n ", None),
    ],
)
def test_words_are_found_exactly_whatever_the_white_space(quote, exact):
    found = Text(MINUTES).anchor(quote)
    assert (found and found.exact) == exact
    assert found is None or MINUTES[found.start : found.end] == exact


@pytest.mark.parametrize(
    ("prefix", "suffix", "follows"),
    [
        ("hill asked for", "", None),  # does not stand before either
        ("", "", None),
        ("refused. They said: “", "", " planted"),
        ("refused.\nThey said: “", "", " planted"),
        ("", "always grazed", "\r\n\r\nalways"),
        ("They said: “", "", None),  # stands before both
        ("They said: “", " planted", " planted"),
    ],
)
def test_words_that_stand_twice_are_told_apart_by_what_surrounds_them_or_not_at_all(prefix, suffix, follows):
    text = Text(MINUTES)
    assert len(text.places("we graze where we")) == 2
    found = text.anchor("we graze where we", prefix, suffix)
    assert (found is not None) == (follows is not None)
    assert found is None or MINUTES[found.end :].startswith(follows)


def test_words_that_stand_once_need_no_surroundings_and_get_those_of_the_text():
    found = Text(MINUTES).anchor("lower meadow", prefix="as read elsewhere", suffix="")
    assert (found.prefix, found.suffix[:12]) == ("The farmers of the hill asked for the ", ". They said:")


def test_surroundings_end_at_whole_words_and_grow_until_they_tell_the_place():
    same = "a clause that every article of this treaty repeats at length before it comes to the point: "
    text = f"First {same}the river. " + f"Second {same}the river. "
    one, two = Text(text).places("the river")
    found = Text(text).placed(two.start, two.end)
    assert one.prefix == two.prefix == "this treaty repeats at length before it comes to the point: "
    assert "Second a clause" in found.prefix and len(found.prefix) <= LONGEST
    assert Text(text).anchor("the river", found.prefix, found.suffix).start == two.start


@given(st.text(alphabet=" \n\tabé", max_size=60), st.data())
def test_an_anchored_quote_found_again_is_the_exact_words(text, data):
    begin = data.draw(st.integers(0, len(text)))
    quote = text[begin : data.draw(st.integers(begin, len(text)))]
    found = Text(text).anchor(quote)
    if found:
        assert text[found.start : found.end] == found.exact
        assert collapse(found.exact) == collapse(quote).strip()
        assert Text(text).anchor(found.exact, found.prefix, found.suffix) == found
    else:
        cut = any("".join(pair).isalpha() for pair in pairwise(text))
        assert not quote.strip() or cut or len(Text(text).places(quote)) > 1


@given(st.text(alphabet=" \nab", min_size=1, max_size=60), st.data())
def test_a_place_that_was_chosen_is_never_mistaken_for_another(text, data):
    places = Text(text).places(data.draw(st.sampled_from(text)) + data.draw(st.sampled_from(["", "a", " b"])))
    if places:
        chosen = data.draw(st.sampled_from(places))
        found = Text(text).placed(chosen.start, chosen.end)
        again = Text(text).anchor(found.exact, found.prefix, found.suffix)
        assert again in (None, found)


def test_scripts_without_spaces_have_no_words_to_cut():
    assert Text("双方同意停火。").anchor("同意").start == 2


def test_words_that_stand_everywhere_are_nowhere():
    text = Text("a b" + " a" * PLACES * 2)
    assert text.anchor("a", suffix="b") is None


@pytest.mark.parametrize("text", ["a" * 1_000_000, " " * 1_000_000, "a " * 500_000, "a \n" * 300_000])
@pytest.mark.parametrize("quote", ["a" * 4_999 + "b", "a " * 2_499 + "b", " " * 5_000 + "b"])
def test_no_text_makes_it_slow(text, quote):
    begin = time.perf_counter()
    Text(text).anchor(quote, "a" * 200, "a" * 200)
    assert time.perf_counter() - begin < 2
