"""By what rows of each kind are told apart: surely (the same address), or perhaps (nearly the same title and day)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..analysis.links import page
from .values import doi, words_of

Values = dict[str, Any]
SHORT = 5  # words: of a shorter title every word counts
SPAN = {"day": 10, "month": 7, "year": 4}  # letters of a date that are known


@dataclass(frozen=True)
class Identity:
    """How rows of one kind are recognised. `needs` are the fields that it looks at.

    `settle(values)` puts what a row says in its place; `sure(values)` yields (key, why in words) for each key that no
    two rows share; `near(values, days)` yields the keys that similar rows share, of the days around theirs as well.
    """

    needs: frozenset[str]
    settle: Callable[[Values], None]
    sure: Callable[[Values], Iterable[tuple[Any, str]]]
    near: Callable[[Values], Iterable[Any]]
    doubt: str
    date: str = ""
    days: tuple[int, ...] = (0,)


def addresses(values: Values) -> list[str]:
    """Return the web addresses of a document."""
    found = [values.get("url"), *(values.get("other_urls") or ()), values.get("archived_url")]
    return [one for one in found if one]


def settle_document(values: Values):
    """Make an address of a DOI, where the row does not name it as one already."""
    if not (name := values.pop("doi", "")) or any(doi(one) == name for one in addresses(values)):
        return
    url = f"https://doi.org/{name}"
    if values.get("url"):
        values["other_urls"] = [*values.get("other_urls", ()), url]
    else:
        values["url"] = url


def sure_document(values: Values) -> Iterator[tuple[Any, str]]:
    """Yield the name in the address, each web address and each DOI of a document."""
    if slug := values.get("slug"):
        yield ("slug", slug), "The same name in the address"
    for one in addresses(values):
        if "10." in one and (name := doi(one)):
            yield ("doi", name), "The same DOI"
    for one in addresses(values):
        if place := page(one):
            yield ("page", place), "The same address"


def near_document(values: Values) -> Iterable[int]:
    """Return the keys of titles that differ in one word at most."""
    return title_keys(values["title"]) if values.get("title") and values.get("date") else ()


def title_keys(title: str) -> list[int]:
    """Return keys of which two titles share one when they have the same words, but for one that is no number."""
    words = {word: hash(word) for word in words_of(title)}
    whole = 0
    for key in words.values():
        whole ^= key
    if len(words) < SHORT:
        return [whole]
    return [whole, *[whole ^ key for word, key in words.items() if word.isalpha()]]


def nothing(values: Values):
    """Leave a row as it is."""


DOCUMENT = Identity(
    frozenset(("slug", "url", "other_urls", "archived_url", "title", "date", "precision")),
    settle_document,
    sure_document,
    near_document,
    "Nearly the same title and date",
    "date",
    (0, -1, 1),
)


def sure_position(values: Values) -> Iterator[tuple[Any, str]]:
    """Yield the name in the address of a position, and its side, issue, date and headline."""
    if slug := values.get("slug"):
        yield ("slug", slug), "The same name in the address"
    if cell := cell_of(values, "as_of"):
        yield ("cell", *cell, headline_of(values)), "The same side, issue, date and headline"


def near_position(values: Values) -> Iterable[tuple]:
    """Return the side, issue and date of a position."""
    return [cell] if (cell := cell_of(values, "as_of")) else ()


def sure_compromise(values: Values) -> Iterator[tuple[Any, str]]:
    """Yield the number and the name in the address of a compromise, and its side, issue and headline."""
    if number := values.get("number"):
        yield ("number", number), "The same number"
    if slug := values.get("slug"):
        yield ("slug", slug), "The same name in the address"
    if cell := cell_of(values):
        yield ("cell", *cell, headline_of(values)), "The same side, issue and headline"


def near_compromise(values: Values) -> Iterable[tuple]:
    """Return the keys of headlines that differ in one word at most, for the same side and issue."""
    return [(key, *cell) for key in title_keys(values["headline"])] if (cell := cell_of(values)) else ()


def cell_of(values: Values, *more: str) -> tuple | None:
    """Return the issue and side of a claim, and `more` of it, or None where it lacks one of them or a headline."""
    found = tuple(values.get(name) for name in ("issue", "side", *more))
    return found if all(found) and values.get("headline") else None


def headline_of(values: Values) -> str:
    """Return a headline as headlines are compared."""
    return " ".join(words_of(values["headline"]))


CLAIM = frozenset(("slug", "issue", "side", "headline"))
IDENTITIES = {
    "briefing": DOCUMENT,
    "position": Identity(
        CLAIM | {"as_of", "precision"}, nothing, sure_position, near_position, "The same side, issue and date"
    ),
    "compromise": Identity(
        CLAIM | {"number"}, nothing, sure_compromise, near_compromise, "Nearly the same headline, for the same side,"
    ),
}
