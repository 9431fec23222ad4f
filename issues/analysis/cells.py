"""Cells of tables that a spreadsheet might take for formulas, and the lines above a table. Pure Python."""

import re

# What a spreadsheet would compute, and the apostrophes that already stand before it.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")
SIGNS = frozenset("'=+-@\t\r")  # the first letters of cells to look at
HEAD = "# "  # before each line that says what a table holds, and is none of its rows
FIRST = f"{HEAD}Peacetracker. "  # before the first of them


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet computes: an apostrophe stands before what could be a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def plain(cell: str) -> str:
    """Return what a cell said before it was neutralised: for every text, plain(neutral(text)) == text."""
    return cell[1:] if NEUTRALISED.match(cell) else cell


def below_head(text: str) -> tuple[str, int]:
    """Return a table without the lines above it that say what it holds, and how many those are."""
    lines = 0
    if text.startswith(FIRST):
        while text.startswith(HEAD):
            text, lines = text.partition("\n")[2], lines + 1
    return text, lines
