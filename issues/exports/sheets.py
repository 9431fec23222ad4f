"""CSV: what the file holds in lines that begin with “# ”, the names of the columns, then a line a row; in UTF-8."""

from collections.abc import Iterable, Iterator, Sequence

from ..analysis.cells import FIRST, HEAD, SIGNS, neutral
from ..models import Process
from .about import About
from .tables import CITED, LINK, LINKS, TEXT, YES, Column, Sheet, cells, joined, read

MANY, COUNTED = 2_000, 50_000  # rows beyond which it is said how large a table is, and up to which they are counted
MARK = "\ufeff"  # by which spreadsheets know UTF-8


def csv_lines(about: About, columns: Iterable[Column], batches: Iterable[list[tuple]]) -> Iterator[bytes]:
    """Yield a table as CSV, a batch of rows at a time. Cells that a spreadsheet would compute are neutralised."""
    columns = list(columns)
    line = pattern(columns)
    yield f"{MARK}{''.join(head(about))}{line % tuple(column.name for column in columns)}".encode()
    for batch in batches:
        yield written(columns, line, batch)


def pattern(columns: Sequence[Column]) -> str:
    """Return the pattern that writes every row."""
    # Every cell in quotes, so that no row can be taken for a line of the head.
    return ",".join(['"%s"'] * len(columns)) + "\r\n"


def written(columns: Sequence[Column], line: str, batch: Sequence[tuple]) -> bytes:
    """Return rows as the lines of a file."""
    # By columns: to look at each cell of a row by itself would take as long as all the rest.
    found = [said(column, values) for column, values in zip(columns, zip(*batch, strict=True), strict=bool(batch))]
    return "".join([line % row for row in zip(*found, strict=True)]).encode()


def size_of(sheet: Sheet, process: Process) -> tuple[int, float]:
    """Return how many rows a sheet has, of at most COUNTED and one more, and how many bytes of CSV each takes about.

    The second is that of the first rows, and 0 where there are so few rows that nobody waits for them. Four SQL
    queries at most.
    """
    count = sheet.rows.order_by()[: COUNTED + 1].count()
    if count <= MANY:
        return count, 0
    first = next(read(sheet, process))
    return count, len(written(sheet.columns, pattern(sheet.columns), first)) / len(first)


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
