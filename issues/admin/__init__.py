"""The curators’ door. Every write goes through `history`, with a reason; rights follow `permissions`."""

from . import people, record, revisions

__all__ = ["people", "record", "revisions"]
