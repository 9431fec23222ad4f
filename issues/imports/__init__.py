"""Imports: read a file as a table, match its columns with fields, compare its rows with the record, write those chosen.

The law of imports: a module here imports only from those named above it in this list: faults, tables, sheets,
workbooks, references, objects, feeds, kinds, reading, genres, columns, evidence, values, identity, matching,
comparison, applying, previews.
"""

from ..uploads import LARGEST
from .applying import Chosen, apply, version_of
from .columns import guess, lacking
from .comparison import CHANGED, FAULTY, NEW, SAME, Finding, compare
from .faults import Overtaken, Refused
from .kinds import KINDS
from .previews import WORDS, bring, match, preview, sweep, table_of, tick, write
from .reading import READERS, cut, read
from .tables import MOST, Table

__all__ = [
    "CHANGED",
    "FAULTY",
    "KINDS",
    "LARGEST",
    "MOST",
    "NEW",
    "READERS",
    "SAME",
    "WORDS",
    "Chosen",
    "Finding",
    "Overtaken",
    "Refused",
    "Table",
    "apply",
    "bring",
    "compare",
    "cut",
    "guess",
    "lacking",
    "match",
    "preview",
    "read",
    "sweep",
    "table_of",
    "tick",
    "version_of",
    "write",
]
