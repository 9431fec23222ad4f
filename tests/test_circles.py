"""Circles among links, found by issues/analysis/circles.py."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from issues.analysis.circles import circles


def test_links_without_a_circle_give_none():
    assert circles([("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")]) == []


def test_a_circle_is_named_from_its_first_node_round_to_it():
    assert circles([("x", "a"), ("a", "b"), ("b", "c"), ("c", "a")]) == [["a", "b", "c", "a"]]


def test_a_link_to_itself_is_a_circle():
    assert circles([("a", "a")]) == [["a", "a"]]


def test_each_of_two_circles_is_found():
    found = circles([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")])
    assert found == [["a", "b", "a"], ["c", "d", "c"]]


def test_a_long_chain_needs_no_recursion():
    chain = [(i, i + 1) for i in range(20_000)]
    assert circles(chain) == []
    assert len(circles([*chain, (20_000, 0)])) == 1


def reaches_itself(edges):
    """Tell by brute force whether any node leads back to itself."""
    reached = set(edges)
    for middle in range(5):
        for a in range(5):
            for b in range(5):
                if (a, middle) in reached and (middle, b) in reached:
                    reached.add((a, b))
    return any((node, node) in reached for node in range(5))


@given(some.lists(some.tuples(some.integers(0, 4), some.integers(0, 4)), max_size=12))
def test_it_finds_a_circle_exactly_where_there_is_one(edges):
    found = circles(edges)
    assert bool(found) == reaches_itself(edges)
    for circle in found:
        assert circle[0] == circle[-1]
        assert set(pairwise(circle)) <= set(edges)
