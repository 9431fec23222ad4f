"""The colours of the sides: what the style sheets have, how they stand out, and how far apart they are to everyone."""

import re
from itertools import combinations

import pytest

from issues.analysis import colours

from .conftest import ROOT

TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
ALL = range(1, 9)


def token(name):
    return re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", TOKENS).groups()


def full(colour):
    return "#" + "".join(sign * 2 for sign in colour[1:]) if len(colour) == 4 else colour


def test_the_palette_is_that_of_the_style_sheets():
    assert list(zip(*colours.PALETTE.values(), strict=True)) == [token(f"side-{number}") for number in ALL]
    grounds = [tuple(map(full, token(name))) for name in ("page", "sunken", "raised")]
    assert list(zip(*colours.GROUNDS.values(), strict=True)) == grounds


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0), ("#123456", "#123456", 1)],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(colours.contrast(one, other), 2) == round(colours.contrast(other, one), 2) == ratio


@pytest.mark.parametrize(
    ("colour", "expected"),  # from the page on which OKLab was published
    [("#ffffff", (1, 0, 0)), ("#ff0000", (0.628, 0.225, 0.126)), ("#0000ff", (0.452, -0.032, -0.312))],
)
def test_oklab_has_its_published_values(colour, expected):
    assert colours.lab(colours.linear(colour)) == pytest.approx(expected, abs=0.001)


def test_greys_look_the_same_to_everyone_and_red_and_green_do_not():
    for vision in colours.MACHADO:
        assert colours.distance("#808080", "#8a8a8a", vision) == pytest.approx(colours.distance("#808080", "#8a8a8a"))
    red, green = "#a05040", "#607030"
    assert colours.distance(red, green) > 14 > 2 > colours.distance(red, green, "deutan")


def test_every_two_colours_of_the_palette_are_as_far_apart_as_is_claimed():
    def least(count):
        return min(colours.pair(*two).distance for two in combinations(range(1, count + 1), 2))

    assert round(least(4), 1) == 13.3 and round(least(8), 1) == 10.9
    assert all(colours.is_legible(number) for number in ALL)
    assert not colours.too_alike(ALL)


def test_it_says_which_two_are_too_alike_and_what_is_free(monkeypatch):
    assert colours.too_alike([1, 2, 1, 5]) == [(0, 2)]
    assert colours.free([]) == list(ALL)
    assert colours.free([1, 2])[0] == 3 and not {1, 2} & set(colours.free([1, 2]))
    monkeypatch.setattr(colours, "PALETTE", {"light": ("#a05040", "#607030", "#ffffff"), "dark": ("#fafafa",) * 3})
    for function in (colours.pair, colours.faintest):
        function.cache_clear()
    assert colours.too_alike([1, 2]) == [(0, 1)] and not colours.is_legible(3)
    assert colours.free([1]) == []
    for function in (colours.pair, colours.faintest):
        function.cache_clear()
