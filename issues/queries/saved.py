"""The views that people have kept of a process, as far as one may find them."""

from django.db.models import Exists, Q, QuerySet

from ..choices import SearchKind, ViewPage
from ..models import Process, SavedView
from ..permissions import EDIT, can
from . import changes

NAMED = 12  # views that the menu names
# The first of those that somebody who is signed in finds (`seen`). Every page of theirs asks this, and Django would
# write it anew each time.
MENU = f"""
    SELECT * FROM issues_savedview
    WHERE process_id = %s AND (user_id = %s OR is_shared AND (%s OR page <> '{ViewPage.UPKEEP}'))
    ORDER BY name, id LIMIT %s
"""  # noqa: S608 (a word of ours)
# The models of what a search finds.
MODELS = {SearchKind.STEP: "statusevent", SearchKind.QUOTE: "citation", SearchKind.TEXT: "briefing"}


def seen(process: Process, user) -> QuerySet[SavedView]:
    """Return the views of a process that a person finds who may read it: their own, and shared ones they may open."""
    found = Q(is_shared=True)
    if not can(user, EDIT, process):
        found &= ~Q(page=ViewPage.UPKEEP)
    if user.is_authenticated:
        found |= Q(user=user.pk)
    return SavedView.objects.filter(found, process=process)


def menu(process: Process, user) -> list[SavedView]:
    """Return the views that the menu names. One SQL query."""
    found = list(SavedView.objects.raw(MENU, [process.pk, user.pk, can(user, EDIT, process), NAMED]))
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
