"""A citation in words: APA (7th edition), Chicago (17th, bibliography) and BibTeX; and the tags that a page carries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..analysis.dates import LONG
from ..analysis.names import Name
from .bibtex import entry
from .references import Reference

MOST = 20  # authors that APA names before it leaves some out
ENDS = (".", "?", "!", "…")


@dataclass(frozen=True)
class Citing:
    """What the control “Cite” shows: (name of a style, the citation) and (name of a format, address of a file)."""

    styles: list[tuple[str, str]]
    files: list[tuple[str, str]]


def citing(one: Reference, files: Sequence[tuple[str, str]] = (), note: str = "", seen: date | None = None) -> Citing:
    """Return the citations of a document, or of a page of this site seen on a day; `note` says which version."""
    read = one.url or one.page
    asked = f"Retrieved {spoken(seen)}, from {read}" if seen else read
    about = f" [{one.genre}]" if one.genre else ""
    title, quoted = f"{one.title}{about}", f"“{sentence(one.title)}”"
    publisher = sentence(one.publisher)
    when = f"({apa_date(one)})."
    if one.names:
        apa = [sentence(apa_names(one.names)), when, sentence(title)]
        chicago = [sentence(chicago_names(one.names)), quoted]
    else:
        apa, chicago = [sentence(title), when], [quoted]
    apa += [publisher, sentence(note), asked]
    dated = ", ".join(filter(None, (one.publisher, chicago_date(one))))
    accessed = f"Accessed {chicago_day(seen)}." if seen else ""
    chicago += [sentence(dated), sentence(note), accessed, sentence(read)]
    styles = [("APA", " ".join(filter(None, apa))), ("Chicago", " ".join(filter(None, chicago)))]
    return Citing([*styles, ("BibTeX", entry(replace(one, abstract=""), note, seen).strip())], list(files))


def sentence(text: str) -> str:
    """Return a text that ends as sentences do; nothing stays nothing."""
    return text if not text or text.endswith(ENDS) else f"{text}."


def apa_date(one: Reference) -> str:
    """Return a date as APA writes it: 2025, February 14."""
    year, *rest = one.parts
    if not rest:
        return str(year)
    return " ".join((f"{year},", LONG[rest[0] - 1], *map(str, rest[1:])))


def chicago_date(one: Reference) -> str:
    """Return a date as Chicago writes it: February 14, 2025."""
    year, *rest = one.parts
    if not rest:
        return str(year)
    return f"{LONG[rest[0] - 1]} {rest[1]}, {year}" if len(rest) == 2 else f"{LONG[rest[0] - 1]} {year}"


def chicago_day(day: date) -> str:
    return f"{LONG[day.month - 1]} {day.day}, {day.year}"


spoken = chicago_day


def apa_names(names: Sequence[Name]) -> str:
    """Return authors as APA names them: von der Leyen, U., & King, M. L., Jr."""
    said = [", ".join(filter(None, (one.last, initials(one.given), one.suffix))) for one in names]
    if len(said) > MOST:
        return f"{', '.join(said[: MOST - 1])}, … {said[-1]}"
    return f"{', '.join(said[:-1])}, & {said[-1]}" if len(said) > 1 else said[0]


def initials(given: str) -> str:
    """Return given names by their first letters: J.-L. for Jean-Luc."""
    return " ".join("-".join(f"{part[0]}." for part in word.split("-") if part) for word in given.split())


def chicago_names(names: Sequence[Name]) -> str:
    """Return authors as Chicago names them: the first turned, the others as they are said."""
    first = ", ".join(filter(None, (names[0].last, names[0].given, names[0].suffix)))
    others = [one.said for one in names[1:]]
    if not others:
        return first
    return f"{', '.join([first, *others[:-1]])}, and {others[-1]}"


def tags(one: Reference) -> list[tuple[str, str]]:
    """Return the tags of a page of a document, (name, content): Highwire’s and Dublin Core’s."""
    slashed = one.dated.replace("-", "/")
    pairs = [
        ("citation_title", one.title),
        *(("citation_author", name.literal or ", ".join(filter(None, (name.last, name.given)))) for name in one.names),
        ("citation_publication_date", slashed),
        ("citation_publisher", one.publisher),
        ("citation_language", one.language),
        ("citation_public_url", one.url or one.page),
        ("citation_abstract_html_url", one.page),
        ("DC.title", one.title),
        *(("DC.creator", name.said) for name in one.names),
        ("DC.date", one.dated),
        ("DC.publisher", one.publisher),
        ("DC.type", one.genre),
        ("DC.language", one.language),
        ("DC.identifier", one.url or one.page),
    ]
    return [(name, text) for name, text in pairs if text]
