"""Markdown: a dossier as text that any editor reads, and most programs turn into something else."""

import re
from collections.abc import Iterator

from .dossier import Claim, Dossier

SIGN = re.compile(r"([\\`*_{}\[\]<>#|~!&])|^(\s*)([-+=]|\d+[.)])(?=\s|$)", re.MULTILINE)


def markdown_pieces(dossier: Dossier) -> Iterator[bytes]:
    """Yield a dossier as Markdown."""
    yield "".join(f"{line}\n" for line in lines(dossier)).encode()


def lines(dossier: Dossier) -> Iterator[str]:
    """Yield the lines of a dossier."""
    yield f"# {plain(dossier.about.title)}"
    yield ""
    yield from (f"- {plain(name)}: {plain(text)}" for name, text in dossier.about.pairs)
    for text in (dossier.question, *dossier.text, dossier.note, dossier.cut):
        yield from ("", plain(text)) if text else ()
    sides, rows = dossier.board
    if rows and sides:
        yield from ("", "## Where each side stands", "")
        yield f"| Issue | {' | '.join(map(plain, sides))} |"
        yield f"|{'---|' * (len(sides) + 1)}"
        yield from (f"| {' | '.join(map(plain, row))} |" for row in rows)
    for chapter in dossier.chapters:
        yield from ("", f"## {plain(chapter.title)}")
        for text in (chapter.question, *chapter.text, chapter.scale):
            yield from ("", plain(text)) if text else ()
        for part in chapter.parts:
            yield from ("", f"### {plain(part.side)}", "")
            if part.held:
                yield from claim(part.held)
            else:
                yield "No position recorded."
            if part.earlier:
                yield from ("", "Before that:", "", *(f"- {plain(one)}" for one in part.earlier))
            for one in part.compromises:
                yield from ("", f"#### {plain(one.title)}", "")
                yield from claim(one, titled=False)
    if dossier.works:
        yield from ("", "## Bibliography")
        yield from (line for number, text, _ in dossier.works for line in ("", f"\\[{number}\\] {plain(text)}"))


def claim(one: Claim, titled: bool = True) -> Iterator[str]:
    """Yield the lines of a claim."""
    facts = f" ({plain(one.facts)})" if one.facts else ""
    yield f"**{plain(one.title)}**{facts}" if titled else plain(one.facts)
    for text in one.text:
        yield from ("", plain(text))
    for source in one.sources:
        where = f", {plain(source.locator)}" if source.locator else ""
        yield from ("", f"> \\[{source.number}\\] {plain(source.said)}{where}{': ' if source.quote else ''}")
        if source.quote:
            yield f"> “{plain(source.quote)}”"
    for step in one.steps:
        yield ""
        yield from claim(step)


def plain(text: str) -> str:
    """Return a text on one line in which no sign means anything."""
    return SIGN.sub(lambda found: f"{found[2] or ''}\\{found[1] or found[3]}", " ".join(text.split()))
