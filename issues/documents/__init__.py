"""Process documents: read one, check it, load it, write one. `schema.json` is their published format.

The law of imports: a module here imports only from those named above it in this list: faults, reading, shape, fields,
rules, wanted, comparison, writing, past, report, loading.
"""

from .faults import SHOWN, DocumentError, Fault, Faulty, Unreadable
from .loading import check, load
from .past import export as export_history
from .reading import parse, read, shown
from .report import Report
from .writing import export, fingerprint, text_of

__all__ = [
    "SHOWN",
    "DocumentError",
    "Fault",
    "Faulty",
    "Report",
    "Unreadable",
    "check",
    "export",
    "export_history",
    "fingerprint",
    "load",
    "parse",
    "read",
    "shown",
    "text_of",
]
