"""What people take away, and as what: rows (`tables`) and references, in files that say where they come from.

The law of imports: a module here imports only from those named above it in this list: about, tables, sheets, objects,
workbooks, references, bibtex, ris, csl, citing,
dossier, markdown, pages, word, document.
"""

from .about import About
from .bibtex import bibtex_lines
from .citing import Citing, citing, tags
from .csl import csl_lines
from .document import document_pieces
from .dossier import dossier
from .markdown import markdown_pieces
from .objects import json_lines
from .pages import page_pieces
from .references import FIELDS, of_briefing, of_claim, references
from .ris import ris_lines
from .sheets import COUNTED, csv_lines, size_of
from .tables import (
    COLUMNS,
    Column,
    Picks,
    Sheet,
    board_sheet,
    briefing_sheet,
    columns,
    compromise_sheet,
    issue_sheet,
    link_sheet,
    position_sheet,
    quote_sheet,
    read,
    side_sheet,
    step_sheet,
    typed,
)
from .word import word_pieces
from .workbooks import xlsx_pieces

__all__ = [
    "COLUMNS",
    "COUNTED",
    "FIELDS",
    "About",
    "Citing",
    "Column",
    "Picks",
    "Sheet",
    "bibtex_lines",
    "board_sheet",
    "briefing_sheet",
    "citing",
    "columns",
    "compromise_sheet",
    "csl_lines",
    "csv_lines",
    "document_pieces",
    "dossier",
    "issue_sheet",
    "json_lines",
    "link_sheet",
    "markdown_pieces",
    "of_briefing",
    "of_claim",
    "page_pieces",
    "position_sheet",
    "quote_sheet",
    "read",
    "references",
    "ris_lines",
    "side_sheet",
    "size_of",
    "step_sheet",
    "tags",
    "typed",
    "word_pieces",
    "xlsx_pieces",
]
