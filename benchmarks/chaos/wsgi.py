"""The site as it is served, with one of its rules broken where CHAOS_BREAKS names one: the checks must notice."""

import os

from peacetracker.wsgi import application


def break_versions():
    """Let whoever saves last win, as a plain `save()` would."""
    from issues import editing

    reconcile = editing.reconcile
    editing.reconcile = lambda before, stored, typed: reconcile(stored, stored, typed)


def break_keys():
    """Give every submit a key of its own, so that a form sent twice is written twice."""
    import uuid

    from issues import editing  # which takes the name from `history`

    editing.once = lambda *content: uuid.uuid4().hex


def break_snapshots():
    """Write past the door: rows change, and no revision says so."""
    from issues import history

    history.Door._touch = lambda door, rows, names: None


BREAKS = {"versions": break_versions, "keys": break_keys, "snapshots": break_snapshots}

if (broken := os.environ.get("CHAOS_BREAKS")) in BREAKS:
    BREAKS[broken]()

__all__ = ["application"]
