"""Take back what was written: undo a change, restore a version, take a row out or bring it back; whole or not at all.

Each is a plan, made from what is stored: which rows are set to what, and what stands in the way. A page shows the plan;
the write makes it anew behind the door, and carries it out only if nothing does.
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from .. import history
from ..families import family, key_of, process_of
from ..models import Changeset, Process, Snapshot
from ..models.base import Record
from ..permissions import can
from .obstacles import CIRCLE, LACKS, LEANS, TAKEN, Move, Obstacle
from .plans import Plan, restoring, retiring, returning, undoing

__all__ = [
    "CIRCLE",
    "LACKS",
    "LEANS",
    "TAKEN",
    "Blocked",
    "Move",
    "Obstacle",
    "Overtaken",
    "Plan",
    "Unchanged",
    "Unknown",
    "bring_back",
    "newest",
    "restore",
    "restoring",
    "retire",
    "retiring",
    "returning",
    "undo",
    "undoing",
]


class Blocked(Exception):
    """Something stands in the way; `plan` says what. Nothing was written."""

    def __init__(self, plan: Plan):
        super().__init__(plan.refusal or "Something stands in the way.")
        self.plan = plan


class Unchanged(Exception):
    """All is as wanted already. Nothing was written."""


class Unknown(Exception):
    """The form does not say what its writer had seen. Nothing was written."""


class Overtaken(Exception):
    """The thing was changed since the writer looked at it. Nothing was written."""


def newest(row: Record) -> int:
    """Return the number of the last change that touched a thing or what belongs to it. One SQL query."""
    touching = Snapshot.objects.filter(family(row), process=process_of(row))
    return touching.order_by("-changeset_id").values_list("changeset__number", flat=True).first() or 0


def undo(changeset: Changeset, *, reason: str, user, key: str, accepted_by=None) -> Changeset:
    """Undo a change in one changeset, and return that; a second call with the same key and content writes nothing.

    Raises Blocked, Unchanged or PermissionDenied, with nothing written.
    """
    content = ("undo", changeset.pk, reason)
    signed = {"reason": reason, "user": user, "key": key, "accepted_by": accepted_by}
    return carry_out(changeset.process, lambda: undoing(changeset), content, **signed)


def restore(row: Record, number: int, seen: int | None, *, reason: str, user, key: str, accepted_by=None) -> Changeset:
    """Restore the version of a thing after a change; `seen` is the number of its last change that the writer knew of.

    Raises Overtaken, Blocked, Unchanged or PermissionDenied, with nothing written.
    """
    content = ("restore", key_of(row), number, seen, reason)
    signed = {"reason": reason, "user": user, "key": key, "accepted_by": accepted_by}
    return carry_out(process_of(row), since(row, seen, lambda: restoring(row, number)), content, **signed)


def retire(row: Record, seen: int | None, *, reason: str, user, key: str, accepted_by=None) -> Changeset:
    """Take a row out of the live record with what belongs to it, as `restore` does."""
    content = ("retire", key_of(row), seen, reason)
    signed = {"reason": reason, "user": user, "key": key, "accepted_by": accepted_by}
    return carry_out(process_of(row), since(row, seen, lambda: retiring(row)), content, **signed)


def bring_back(row: Record, seen: int | None, *, reason: str, user, key: str, accepted_by=None) -> Changeset:
    """Bring a retired row back with what was taken out together with it, as `restore` does."""
    content = ("bring back", key_of(row), seen, reason)

    def plan() -> Plan:
        return returning(type(row).objects.get(pk=row.pk))

    signed = {"reason": reason, "user": user, "key": key, "accepted_by": accepted_by}
    return carry_out(process_of(row), since(row, seen, plan), content, **signed)


def since(row: Record, seen: int | None, plan: Callable[[], Plan]) -> Callable[[], Plan]:
    """Return a maker of plans that refuses if a thing was changed after the change `seen`, and is not as wanted."""

    def checked() -> Plan:
        made = plan()
        if made.moves and seen is None:
            raise Unknown
        if made.moves and newest(row) != seen:
            raise Overtaken
        return made

    return checked


def carry_out(
    process: Process, plan: Callable[[], Plan], content: tuple, *, reason: str, user, key: str, accepted_by=None
) -> Changeset:
    """Make a plan behind the door and carry it out in one changeset; return that, or the one that the key left."""
    try:
        with history.changeset(
            process, reason=reason, user=user, key=history.once(key, user.pk, *content), accepted_by=accepted_by
        ) as door:
            made = plan()
            if not made.is_free:
                raise Blocked(made)
            if not made.moves:
                raise Unchanged
            if not can(accepted_by or user, made.action, process):
                raise PermissionDenied("Only curators of this process change what this would set back.")
            for move in made.moves:
                changes = dict(move.changes)
                if move.retires is not None:
                    changes = {"retired_reason": reason if move.retires else ""} | changes
                    changes["retired_at"] = door.moment if move.retires else None
                door.update(move.row, **changes)
    except history.AlreadyWritten as done:
        return done.changeset
    except IntegrityError:
        raise Blocked(
            Plan(refusal="The database refuses it: by now another row holds what would be set back, such as a name.")
        ) from None
    return Changeset.objects.get(process=process, number=process.content_version)
