"""XLSX: a sheet a kind, with typed dates, a frozen head, filters and links; and a sheet “About”."""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ..analysis.cells import neutral
from ..analysis.prose import UNPRINTABLE
from .about import About
from .tables import CITED, DAY, LINK, LINKS, YES, Column, Sheet, joined, typed

ABOUT = "About"
LONGEST = 32_767  # letters that a cell can hold
MOST = 1_048_575  # rows of a sheet beside its head
LINKED = 65_000  # links that a sheet can hold
PIECE = 1 << 16
OLDEST = date(1900, 3, 1)  # spreadsheets know no day before
BOLD, BLUE = Font(bold=True), Font(color="1F4E9E", underline="single")
TOP = Alignment(vertical="top")
WIDTHS = {"headline": 48, "title": 48, "claim": 48, "body": 60, "abstract": 60, "quote": 60, "note": 40, "page": 30}


def xlsx_pieces(about: About, sheets: Iterable[tuple[Sheet, Iterable[list[tuple]]]]) -> Iterator[bytes]:
    """Yield a workbook of sheets, each with its rows in batches. It is put together in a file, and then sent."""
    book = Workbook(write_only=True)
    for sheet, batches in sheets:
        write(book, sheet, batches)
    page = book.create_sheet(ABOUT)
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 24, 100
    for name, text in about.pairs:
        page.append([text_cell(page, name, BOLD), text_cell(page, text)])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def write(book: Workbook, sheet: Sheet, batches: Iterable[list[tuple]]):
    """Write one sheet."""
    page = book.create_sheet(sheet.title)
    page.freeze_panes = "A2"
    for place, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column.name, 16)
    page.append([text_cell(page, column.name, BOLD) for column in sheet.columns])
    rows = links = 0
    for batch in batches:
        for row in typed(sheet.columns, batch[: MOST - rows]):
            cells = []
            for column, value in zip(sheet.columns, row, strict=True):
                cell = cell_of(page, column, value)
                if isinstance(cell, Cell) and column.type == LINK and links < LINKED:
                    cell.hyperlink, cell.font, links = cell.value, BLUE, links + 1
                cells.append(cell)
            page.append(cells)
            rows += 1
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{rows + 1}"


def cell_of(page, column: Column, value: Any) -> Cell | str | None:
    """Return the cell of a value."""
    if value in (None, "", []):
        return None
    if column.type == YES:
        return "yes" if value else "no"
    if column.type == LINKS:
        value = "\n".join(map(str, value))
    if column.type == CITED:
        value = joined(value)
    if isinstance(value, date) and value < OLDEST:
        value = value.isoformat()
    if isinstance(value, str):
        return text_cell(page, value)
    cell = WriteOnlyCell(page, value)
    if column.type == DAY:
        cell.number_format = "yyyy-mm-dd"
    return cell


def text_cell(page, text: str, font: Font | None = None) -> Cell:
    """Return a cell that holds text and nothing that is computed, cut where no cell can hold more."""
    cell = WriteOnlyCell(page, neutral(UNPRINTABLE.sub("", text))[:LONGEST])
    cell.alignment = TOP
    if font:
        cell.font = font
    return cell
