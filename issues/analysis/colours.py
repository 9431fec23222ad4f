"""How well the colours of the sides can be told from the page, and from each other by every colour vision.

Contrast is that of WCAG 2.2. What people without one kind of cone see is simulated with the matrices of Machado,
Oliveira and Fernandes, “A Physiologically-based Model for Simulation of Color Vision Deficiency” (IEEE TVCG 15, 2009)
at full severity, in linear light. Distance is the Euclidean one in Ottosson’s OKLab (2020), times a hundred.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import dist

Colour = str  # #rrggbb
Light = tuple[float, float, float]  # red, green and blue in linear light, 0 to 1

# As static/css/tokens.css has them, in light and in dark: the colours of sides by number, and what they stand on.
PALETTE: dict[str, tuple[Colour, ...]] = {
    "light": ("#4a244a", "#975708", "#528c8d", "#485d76", "#9e65de", "#7e1b0b", "#0f0389", "#7a29ae"),
    "dark": ("#f0acfa", "#ae7009", "#60b895", "#65808b", "#b784e9", "#ffff7a", "#e39322", "#a2dfa5"),
}
GROUNDS: dict[str, tuple[Colour, ...]] = {
    "light": ("#ffffff", "#f4f5f6", "#ffffff"),
    "dark": ("#14161a", "#1b1e23", "#22262c"),
}
LEAST_CONTRAST = 3.0  # WCAG 2.2, 1.4.11: graphics that carry a meaning
LEAST_DISTANCE = 10.0  # about five times what is just noticeable side by side: told apart across a page

MACHADO = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


@dataclass(frozen=True)
class Pair:
    """Two colours by their numbers, and where they are least apart: the distance, the vision and the theme."""

    first: int
    second: int
    distance: float
    vision: str
    theme: str


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: Colour, other: Colour, vision: str = "full") -> float:
    """Return how far apart two colours are to a vision of `MACHADO`: 0 to about 100, in OKLab times a hundred."""
    return 100 * dist(lab(seen(linear(one), vision)), lab(seen(linear(other), vision)))


@cache
def pair(first: int, second: int) -> Pair:
    """Return where two colours of the palette are least apart, over every vision and both themes."""
    found = (
        Pair(first, second, distance(colours[first - 1], colours[second - 1], vision), vision, theme)
        for theme, colours in PALETTE.items()
        for vision in MACHADO
    )
    return min(found, key=lambda one: one.distance)


def closest(numbers: Iterable[int]) -> Pair | None:
    """Return the two of some colours that are least apart, or None of fewer than two."""
    pairs = (pair(*sorted(two)) for two in combinations(numbers, 2))
    return min(pairs, key=lambda one: one.distance, default=None)


def too_alike(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the places, from 0, of every two colours in a list that some people could not tell apart."""
    listed = list(numbers)
    return [
        (i, j)
        for (i, one), (j, other) in combinations(enumerate(listed), 2)
        if pair(*sorted((one, other))).distance < LEAST_DISTANCE
    ]


def free(numbers: Iterable[int]) -> list[int]:
    """Return the colours of the palette that go with all of some, the one that is farthest from them first."""
    taken = list(numbers)
    apart = {
        number: min((pair(*sorted((number, one))).distance for one in taken), default=100.0)
        for number in range(1, len(PALETTE["light"]) + 1)
        if is_legible(number)
    }
    fitting = [number for number, away in apart.items() if away >= LEAST_DISTANCE]
    return sorted(fitting, key=lambda number: (-round(apart[number], 6), number)) if taken else fitting


@cache
def faintest(number: int) -> float:
    """Return the least contrast of a colour of the palette with what it stands on, over both themes."""
    return min(contrast(PALETTE[theme][number - 1], ground) for theme in PALETTE for ground in GROUNDS[theme])


def is_legible(number: int) -> bool:
    """Tell whether a colour of the palette stands out from every ground enough to carry a meaning."""
    return faintest(number) >= LEAST_CONTRAST


def linear(colour: Colour) -> Light:
    """Return a colour in linear light."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Return the relative luminance of a colour, 0 to 1."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def seen(light: Light, vision: str) -> Light:
    """Return what a vision makes of a colour, kept within what a screen can show."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in times(MACHADO[vision], light))
    return red, green, blue


def lab(light: Light) -> Light:
    """Return a colour in OKLab."""
    long, middle, short = (part ** (1 / 3) for part in times(CONES, light))
    return times(OKLAB, (long, middle, short))


def times(matrix: Iterable[Iterable[float]], vector: Light) -> Light:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third
