"""The views that people have kept of a process, as far as one may find them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..choices import SearchKind, ViewPage
from ..models import Membership, Process, SavedView
from ..permissions import ALLOWED, EDIT
from . import changes

NAMED = 12  # views that the menu names
EDITORS = [role for role, actions in ALLOWED.items() if EDIT in actions]
# The models of what a search finds.
MODELS = {SearchKind.STEP: "statusevent", SearchKind.QUOTE: "citation", SearchKind.TEXT: "briefing"}


def seen(process: Process, user) -> QuerySet[SavedView]:
    """Return the views of a process that a person finds who may read it: their own, and shared ones they may open."""
    found = SavedView.objects.filter(process=process).seen_by(user).select_related("user")
    if not user.is_authenticated:
        return found.exclude(page=ViewPage.UPKEEP)
    if user.is_superuser:
        return found
    edits = Membership.objects.acting().filter(process=OuterRef("process"), user=user, role__in=EDITORS)
    return found.filter(~Q(page=ViewPage.UPKEEP) | Q(user=user) | Exists(edits))


def menu(process: Process, user) -> list[SavedView]:
    """Return the views that the menu names. One SQL query."""
    found = list(seen(process, user)[:NAMED])
    for one in found:
        one.process = process
    return found


def of_search(process: Process, found: list[tuple[str, int]]) -> Q | Exists:
    """Return the condition that a change touched something that was found, each (kind, key)."""
    keys: dict[str, list[int]] = {}
    for kind, key in found:
        keys.setdefault(MODELS.get(kind, kind), []).append(key)
    written = keys.pop(SearchKind.CHANGE, [])
    condition = Q(pk__in=[])
    for model, pks in keys.items():
        condition |= Q(model=model, object_id__in=pks)
    return Q(pk__in=written) | Q(changes.touching(condition))
