"""CSV: what the file holds in lines that begin with “# ”, the names of the columns, then a line a row; in UTF-8."""

from collections.abc import Iterable, Iterator, Sequence

from ..analysis.cells import FIRST, HEAD, SIGNS, neutral
from .about import About
from .tables import CITED, LINK, LINKS, TEXT, YES, Column, cells, joined

MARK = "\ufeff"  # by which spreadsheets know UTF-8


def csv_lines(about: About, columns: Iterable[Column], batches: Iterable[list[tuple]]) -> Iterator[bytes]:
    """Yield a table as CSV, a batch of rows at a time. Cells that a spreadsheet would compute are neutralised."""
    columns = list(columns)
    # Every cell in quotes, so that no row can be taken for a line of the head, and one pattern writes every row.
    line = ",".join(['"%s"'] * len(columns)) + "\r\n"
    yield f"{MARK}{''.join(head(about))}{line % tuple(column.name for column in columns)}".encode()
    for batch in batches:
        # By columns: to look at each cell of a row by itself would take as long as all the rest.
        found = [said(column, values) for column, values in zip(columns, zip(*batch, strict=True), strict=bool(batch))]
        yield "".join([line % row for row in zip(*found, strict=True)]).encode()


def head(about: About) -> Iterator[str]:
    """Yield the lines that say what a file holds."""
    for place, (name, text) in enumerate(about.pairs):
        yield f"{FIRST if place == 0 else HEAD}{name}: {text}\r\n"


def said(column: Column, values: Sequence) -> Sequence:
    """Return the values of a column as its cells hold them, between quotes."""
    if column.type == YES:
        return ["yes" if value else "no" for value in values]
    if column.type == LINKS:
        values = ["\n".join(map(str, links or ())) for links in cells(column, values)]
    elif column.type == CITED:
        values = [joined(value) for value in values]
    elif column.before:
        values = cells(column, values)
    elif column.type not in (TEXT, LINK):
        return ["" if value is None else value for value in values]
    texts = [(neutral(text) if text[0] in SIGNS else text) if text else "" for text in values]
    return [text.replace('"', '""') for text in texts] if '"' in "".join(texts) else texts
