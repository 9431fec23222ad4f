"""Read CSV: one table, in UTF-8, its columns named in the first line."""

import csv
import io
from collections.abc import Iterator

from ..analysis.cells import below_head, plain
from .faults import File
from .tables import LONGEST, Table, of_lines

DELIMITERS = ",;\t"


def csv_table(file: File) -> Table:
    """Return what a CSV file holds, separated by commas, semicolons or tabs; neutralised cells are plain again."""
    return of_lines(file, "line", csv_lines(file, decode(file)))


def csv_lines(file: File, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its first line, cells) of each row."""
    text, above = below_head(text)
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(LONGEST + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = above + 1
    try:
        for line in reader:
            yield number, [plain(cell) for cell in line]
            number = above + reader.line_num + 1
    except csv.Error as error:
        sentence = {
            "unexpected end of data": "the quote that opens there is never closed. Close it, or write it twice.",
            f"field larger than field limit ({LONGEST + 1})": f"a cell has more than {LONGEST:,} letters. Look for a "
            "quote that is never closed, or shorten the text.",
        }.get(str(error), "a quote stands inside a cell. Put the whole cell in quotes, and write quotes in it twice.")
        raise file.refuse(f"line {number}", sentence) from None


def decode(file: File) -> str:
    """Return the content of a file as text."""
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        raise file.refuse(f"line {line}", "this is not UTF-8 text. Save the file with the encoding UTF-8.") from None
    if (at := text.find("\0")) >= 0:
        line = text.count("\n", 0, at) + 1
        raise file.refuse(
            f"line {line}", "the file holds characters of no text. Save it as UTF-8 text, then try again."
        )
    return text
