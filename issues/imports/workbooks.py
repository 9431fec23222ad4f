"""Read XLSX: the one sheet with rows, its columns named in the first row, as values; nothing is computed."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import IO, Any

import openpyxl

from ..analysis.cells import plain
from .faults import File, Refused
from .tables import MOST, WIDEST, Table, of_lines, text_of, too_many

UNPACKED = 64 * 1024 * 1024  # bytes of all parts together
PARTS = 500
TAGS = 8_000_000
CHUNK = 1 << 20
OLD = b"\xd0\xcf\x11\xe0"  # how files of older or locked workbooks begin
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z0-9:]{1,30})")
ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
ABOUT = "About"  # the sheet of a workbook from here that says what the other holds
RESAVE = "Open it in a spreadsheet program and save it again as .xlsx."


def xlsx_table(file: File) -> Table:
    """Return what the one sheet of a workbook that has rows holds."""
    if file.data.startswith(OLD):
        raise file.refuse("", "this is an older workbook, or one locked with a password. Save it as .xlsx without one.")
    try:
        guard(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and extensions that do not matter here
            book = openpyxl.load_workbook(BytesIO(file.data), read_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if has_rows(sheet) and sheet.title != ABOUT]
            if len(sheets) > 1:
                names = " and ".join(f"“{sheet.title[:60]}”" for sheet in sheets[:3])
                raise file.refuse("", f"more than one sheet has rows: {names}. Save each as a file of its own.")
            return of_lines(file, "row", lines(file, sheets[0]) if sheets else [])
    except (Refused, MemoryError):
        raise
    except zipfile.BadZipFile:
        raise file.refuse("", f"this is no workbook, or a damaged one. {RESAVE}") from None
    # Whatever else a broken workbook makes the parser raise: it has no error of its own for it.
    except Exception as error:
        raise file.refuse("", f"the workbook is damaged ({type(error).__name__}). {RESAVE}") from error


def guard(file: File):
    """Refuse what would unpack to far more than it seems, what is locked, and what has merged cells."""
    with zipfile.ZipFile(BytesIO(file.data)) as parts:
        infos = parts.infolist()
        if len(infos) > PARTS or sum(info.file_size for info in infos) > UNPACKED:
            sentence = f"it unpacks to more than {UNPACKED >> 20} MB or {PARTS} parts. Keep the one sheet, without "
            raise file.refuse("", f"{sentence}pictures, and save it again.")
        tags = 0
        for info in infos:
            if info.flag_bits & 1:
                raise file.refuse("", "the workbook is locked with a password. Save it without one.")
            if info.filename.endswith(".xml"):
                with parts.open(info) as part:
                    tags += looked_through(file, info.filename, part)
            if tags > TAGS:
                raise file.refuse(info.filename, f"it has more than {TAGS:,} tags. Bring its rows in several files.")


def looked_through(file: File, name: str, part: IO[bytes]) -> int:
    """Return how many tags a part of a workbook has; refuse what it must not hold."""
    tags, tail = 0, b""
    while chunk := part.read(CHUNK):
        tags += chunk.count(b"<")
        chunk, tail = tail + chunk, chunk[-100:]
        if ENTITY.search(chunk):
            raise file.refuse(name, f"it declares a document type, which no workbook needs. {RESAVE}")
        if merged := MERGED.search(chunk):
            sentence = "they are merged. Split them, so that every row has its own cells."
            raise file.refuse(f"cells {merged[1].decode()}", sentence)
    return tags


def has_rows(sheet) -> bool:
    """Tell whether a sheet has a cell with words near its top."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=100, max_col=WIDEST, values_only=True)
    return any(value not in (None, "") for row in rows for value in row)


def lines(file: File, sheet) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row; refuse cells that would have to be computed."""
    sheet.reset_dimensions()  # what the sheet says of its own size may be wrong
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > 2 * MOST:
            raise too_many(file)
        if len(row) > WIDEST:
            sentence = f"there are cells as far as column {len(row):,}; at most {WIDEST} are read. "
            raise file.refuse(f"row {number}", f"{sentence}Delete the columns beside the table.")
        yield number, [cell_text(file, cell) for cell in row]


def cell_text(file: File, cell) -> str:
    """Return what a cell says."""
    if cell.value is None:
        return ""
    if cell.data_type in "fe":
        what = "a formula" if cell.data_type == "f" else f"the error {cell.value}"
        sentence = f"it holds {what}. Copy the column and paste it as values."
        raise file.refuse(f"cell {cell.coordinate}", sentence)
    return said(cell.value)


def said(value: Any) -> str:
    """Return the value of a cell as text."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text_of(value)
