"""BibTeX: an entry a briefing, in UTF-8, with the fields that both BibTeX and BibLaTeX know."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from ..analysis.names import Name
from .about import About
from .references import Reference

TYPES = {"news": "article"}  # everything else has no type of its own
PUBLISHED = {"article": "journal"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SIGNS = {
    "\\": r"{\textbackslash}",
    "{": r"{\lbrace}",
    "}": r"{\rbrace}",
    "^": r"{\string^}",
    "~": r"{\textasciitilde}",
    "@": "{@}",
    "`": "{`}",
} | {sign: f"\\{sign}" for sign in "%&$#_"}
SIGN = re.compile(r"[\\{}^~@`%&$#_]|(?<=')'|(?<=-)-|(?<=[<>,])[<>,]|=(?=\s*[{\"])|(?<=\")=")
IN_URLS = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"}


def bibtex_lines(about: About, batches: Iterable[list[Reference]]) -> Iterator[bytes]:
    """Yield references as BibTeX, a batch at a time."""
    # Between entries everything is a comment, but for the sign that begins one.
    yield "".join(f"% {name}: {text}\n" for name, text in about.pairs).replace("@", "(at)").encode()
    for batch in batches:
        yield "".join(f"\n{entry(one)}" for one in batch).encode()


def entry(one: Reference, note: str = "", seen: date | None = None) -> str:
    """Return a reference as an entry; `seen` is the day on which its page was read."""
    kind = TYPES.get(one.kind, "misc")
    year, month, day = (*one.parts, None, None)[:3]
    fields = {
        "author": " and ".join(map(name, one.names)),
        "title": f"{{{escaped(one.title)}}}",  # in braces of its own, so that no style changes its capitals
        PUBLISHED.get(kind, "publisher"): escaped(one.publisher),
        "date": one.dated,
        "year": f"{year:04}",
        "month": MONTHS[month - 1] if month else "",
        "day": str(day or ""),
        "url": "".join(IN_URLS.get(sign, sign) for sign in one.url or (one.page if seen else "")),
        "urldate": str(seen or ""),
        "note": escaped(note),
        "language": escaped(one.language),
        "entrysubtype": escaped(one.kind),
        "abstract": escaped(one.abstract),
    }
    lines = [f"  {key} = {value if key == 'month' else f'{{{value}}}'},\n" for key, value in fields.items() if value]
    return f"@{kind}{{{one.key},\n{''.join(lines)}}}\n"


def name(one: Name) -> str:
    """Return an author’s name: “von der Leyen, Ursula”, and a body’s in braces, so that it is not taken apart."""
    if one.literal:
        return f"{{{escaped(one.literal)}}}"
    return ", ".join(escaped(part) for part in (one.last, one.suffix, one.given) if part)


def escaped(text: str) -> str:
    """Return a text such that BibTeX, and LaTeX after it, give it back."""
    return SIGN.sub(lambda found: SIGNS.get(found[0]) or f"{{{found[0]}}}", text)
