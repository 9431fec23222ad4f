"""DOCX: a dossier as a document with headings, the board as a table, and a numbered bibliography."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.shared import Pt

from .dossier import Claim, Dossier

PIECE = 1 << 16


def word_pieces(dossier: Dossier) -> Iterator[bytes]:
    """Yield a dossier as DOCX."""
    file = BytesIO()
    document(dossier).save(file)
    yield from (file.getvalue()[at : at + PIECE] for at in range(0, file.tell(), PIECE))


def document(dossier: Dossier):
    """Return a dossier as a document."""
    made = Document()
    about = dossier.about
    day = datetime.combine(about.made, datetime.min.time())
    facts = made.core_properties
    facts.title, facts.author, facts.created, facts.modified = about.title[:255], "Peacetracker", day, day
    facts.comments, facts.subject, facts.language = about.source[:255], about.process[:255], "en-GB"
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    made.add_heading(about.title, 0)
    for name, text in about.pairs:
        small(made, f"{name}: {text}")
    for text in (dossier.question, *dossier.text, dossier.note, dossier.cut):
        if text:
            made.add_paragraph(text)
    board(made, dossier)
    for chapter in dossier.chapters:
        made.add_heading(chapter.title, 1)
        for text in filter(None, (chapter.question, *chapter.text, chapter.scale)):
            made.add_paragraph(text)
        for part in chapter.parts:
            made.add_heading(part.side, 2)
            if part.held:
                write(made, part.held)
            else:
                made.add_paragraph("No position recorded.")
            if part.earlier:
                made.add_paragraph("Before that:")
            for one in part.earlier:
                made.add_paragraph(one, "List Bullet")
            for one in part.compromises:
                made.add_heading(one.title, 3)
                write(made, one, titled=False)
    if dossier.works:
        made.add_heading("Bibliography", 1)
    for number, text, _ in dossier.works:
        made.add_paragraph(f"[{number}] {text}")
    return made


def board(made, dossier: Dossier):
    """Write the board as a table."""
    sides, rows = dossier.board
    if not (sides and rows):
        return
    made.add_heading("Where each side stands", 1)
    table = made.add_table(1, len(sides) + 1, "Table Grid")
    for cell, text in zip(table.rows[0].cells, ["Issue", *sides], strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.paragraphs[0].add_run(text).font.size = Pt(9)


def write(made, one: Claim, titled: bool = True):
    """Write a claim with its sources and steps."""
    head = made.add_paragraph()
    if titled:
        head.add_run(one.title).bold = True
    if one.facts:
        head.add_run(f" ({one.facts})" if titled else one.facts)
    for text in one.text:
        made.add_paragraph(text)
    for source in one.sources:
        where = f", {source.locator}" if source.locator else ""
        quote = f": “{source.quote}”" if source.quote else ""
        made.add_paragraph(f"[{source.number}] {source.said}{where}{quote}", "Quote")
    for step in one.steps:
        write(made, step)


def small(made, text: str):
    """Write a line in small letters."""
    made.add_paragraph().add_run(text).font.size = Pt(9)
