"""Word-level differences: they rebuild both texts, read well, and stay cheap whatever they are given."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.analysis import diff
from issues.analysis.diff import ADDED, REMOVED, SAME, counts, folded, side, words


def rebuilt(segments):
    return tuple("".join(text for _, text in side(segments, dropped)) for dropped in (ADDED, REMOVED))


def test_it_marks_the_words_that_were_replaced_and_keeps_the_rest():
    before, after = "Europeans to lead the force", "Europeans to share the force, without cover"
    assert words(before, after) == [
        (SAME, "Europeans to "),
        (REMOVED, "lead"),
        (ADDED, "share"),
        (SAME, " the force"),
        (ADDED, ", without cover"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("", "New", [(ADDED, "New")]),
        ("Old", "", [(REMOVED, "Old")]),
        ("Same", "Same", [(SAME, "Same")]),
        ("Before noon", "Say so. Before noon", [(ADDED, "Say so. "), (SAME, "Before noon")]),
        ("The end.", "The end. Or not.", [(SAME, "The end."), (ADDED, " Or not.")]),
        ("unkind", "kind", [(REMOVED, "unkind"), (ADDED, "kind")]),
        ("NATO’s cover", "NATO’s shield", [(SAME, "NATO’s "), (REMOVED, "cover"), (ADDED, "shield")]),
    ],
)
def test_it_says_what_each_pair_differs_in(before, after, expected):
    assert words(before, after) == expected


def test_one_word_between_two_replacements_does_not_break_them_up():
    assert words("one big red house", "two small red houses") == [
        (REMOVED, "one big red house"),
        (ADDED, "two small red houses"),
    ]


TEXTS = st.text(alphabet="ab ,.\n’ü中-", max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_rebuilt_from_the_segments(before, after):
    segments = words(before, after)
    assert rebuilt(segments) == (before, after)
    assert all(text for _, text in segments)
    assert all(one[0] != other[0] for one, other in pairwise(segments))


def test_a_text_too_long_for_words_is_compared_by_lines():
    paragraphs = [f"{'to and fro ' * 90}{n}\n" for n in range(40)]
    changed = [*paragraphs[:5], "Something else\n", *paragraphs[6:30], "And else\n", *paragraphs[31:]]
    segments = words("".join(paragraphs), "".join(changed))
    assert rebuilt(segments) == ("".join(paragraphs), "".join(changed))
    assert [text for kind, text in segments if kind == ADDED] == ["Something else", "And else"]


def adversarial():
    pick = random.Random(7)
    size = 100_000
    yield "one word over and over", "a " * (size // 2), "a " * (size // 2 - 1) + "b "
    yield "two words at random", *("".join(pick.choice(("a ", "b ")) for _ in range(size // 2)) for _ in range(2))
    yield "marks only", "." * size, "!" + "." * (size - 2) + "!"
    yield "spaces only", " " * size, "\n" * size
    yield "one long word", "x" * size, "y" * size
    yield "one long word, longer", "x" * size, "x" * (size - 1) + "y" + "x" * size
    yield "short lines", "a\nb\n" * (size // 4), "b\na\n" * (size // 4)
    yield "all words differ", " ".join(map(str, range(15_000))), " ".join(map(str, range(15_000, 30_000)))
    yield "all words moved", " ".join(map(str, range(15_000))), " ".join(map(str, range(14_999, -1, -1)))
    few = int(diff.PAIRS**0.5)
    yield "just within the budget", *(" ".join(pick.choice("ab") for _ in range(few)) for _ in range(2))
    yield (
        "the budget spent on a thousand words",
        *(" ".join(str(pick.randrange(80)) for _ in range(950)) for _ in range(2)),
    )


@pytest.mark.parametrize(("name", "before", "after"), list(adversarial()), ids=lambda one: one[:30])
def test_no_text_of_100_kilobytes_takes_long(name, before, after):
    best = 10.0
    for _ in range(20):  # the best of them: what it costs, not what else the machine does
        begun = time.process_time()
        segments = words(before, after)
        best = min(best, time.process_time() - begun)
        if best < 0.05:
            break
    assert rebuilt(segments) == (before, after)
    assert best < 0.05


def test_long_stretches_are_folded_around_the_changes():
    same = "word " * 200
    segments = folded([(SAME, same), (ADDED, "x" * 900), (SAME, same), (REMOVED, "y"), (SAME, "end")])
    assert [len(text) <= 620 for _, text in segments] == [True] * 5
    assert segments[0][1].startswith(" … ") and segments[0][1].endswith("word ")
    assert segments[2][1].count("…") == 1 and segments[4] == (SAME, "end")


def test_it_counts_the_words():
    assert counts(words("a b c", "a x y z c")) == (3, 1)
