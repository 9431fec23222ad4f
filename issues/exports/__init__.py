"""What people take away, and as what: rows (`tables`) and references, in files that say where they come from.

The law of imports: a module here imports only from those named above it in this list: about, tables, lists, sheets,
workbooks, references, bibtex, ris, csl, citing, dossier, objects, markdown, pages, word, document.
"""

from .about import About
from .bibtex import bibtex_lines
from .citing import Citing, citing, tags
from .csl import csl_lines
from .document import document_pieces
from .dossier import Dossier, dossier
from .lists import (
    COLUMNS,
    board_sheet,
    briefing_sheet,
    compromise_sheet,
    event_sheet,
    hit_sheet,
    issue_sheet,
    link_sheet,
    position_sheet,
    quote_sheet,
    side_sheet,
    step_sheet,
)
from .markdown import markdown_pieces
from .objects import json_dossier, json_lines
from .pages import content_of, page_pieces, table_page
from .references import FIELDS, of_briefing, of_claim, references
from .ris import ris_lines
from .sheets import COUNTED, csv_lines, size_of
from .tables import Column, Picks, Sheet, columns, read, typed
from .word import word_pieces
from .workbooks import xlsx_pieces

__all__ = [
    "COLUMNS",
    "COUNTED",
    "FIELDS",
    "About",
    "Citing",
    "Column",
    "Dossier",
    "Picks",
    "Sheet",
    "bibtex_lines",
    "board_sheet",
    "briefing_sheet",
    "citing",
    "columns",
    "compromise_sheet",
    "content_of",
    "csl_lines",
    "csv_lines",
    "document_pieces",
    "dossier",
    "event_sheet",
    "hit_sheet",
    "issue_sheet",
    "json_dossier",
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
    "table_page",
    "tags",
    "typed",
    "word_pieces",
    "xlsx_pieces",
]
