"""Backups: everything that must outlive a machine, in one file, and back again on either database.

The law of imports: a module here imports only from those named above it in this list: faults, tables, manifest,
archive, taking, restoring.
"""

from .faults import Refused
from .manifest import Manifest
from .restoring import restore
from .taking import take

__all__ = ["Manifest", "Refused", "restore", "take"]
