"""What waits for a curator: keep a form that was sent as a suggestion, and decide on it."""

import json
import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from . import history
from .choices import SuggestionState
from .families import PARENTS, Key, key_of, pointers, targets
from .models import RECORDED, Changeset, Process, Suggestion
from .models.base import Record

# What has a page of its own, in the order in which a suggestion is about it.
PAGES = ("position", "compromise", "issue", "process", "briefing")
# What a form carries beside what is suggested.
CARRIED = {"csrfmiddlewaretoken", "suggestion"}
BOOKKEEPING = {"version", "created_at", "updated_at"}
LOOKED_AT = 50  # rows of a suggestion that are asked what they are about


class Decided(Exception):
    """Somebody has decided on the suggestion already, or its author has withdrawn it."""

    def __init__(self, suggestion: Suggestion):
        super().__init__(f"suggestion {suggestion.pk} is {suggestion.get_state_display().lower()}")
        self.suggestion = suggestion


def keep(
    waiting: history.UnderReview,
    address: str,
    typed: Mapping[str, list[str]],
    *,
    title: str,
    is_form: bool,
    base_version: int | None = None,
) -> Suggestion:
    """Keep what would have been written as a suggestion, and return it; the same form sent again is the same one.

    `address` is where the form is sent to, `typed` its fields.
    """
    rows = proposed(waiting.rows)
    about = about_of(waiting.process, rows)
    made = {
        "process": waiting.process,
        "title": title[:300],
        "address": address,
        "is_form": is_form,
        "typed": json.dumps({name: typed[name] for name in typed if name not in CARRIED}, ensure_ascii=False),
        "rows": json.dumps([(*key, *both) for key, both in rows.items()], ensure_ascii=False),
        "base_version": base_version,
        "about_model": about[0],
        "about_id": about[1],
        "reason": waiting.reason,
        "author": waiting.user,
        "author_name": waiting.user.get_username(),
        "made_at": timezone.now(),
    }
    found, _ = Suggestion.objects.get_or_create(key=waiting.key or uuid.uuid4().hex, defaults=made)
    return found


def proposed(rows: list[Record]) -> dict[Key, tuple[dict | None, dict]]:
    """Return what rows would become, by key, as (the columns that differ as they are, as they would be).

    A row that is not there yet has nothing as it is, all its columns as they would be, and a key below 0.
    """
    stored: dict[Key, Record] = {}
    for model in {type(row) for row in rows}:
        found = model.objects.in_bulk([row.pk for row in rows if type(row) is model])
        stored |= {key_of(row): row for row in found.values()}
    own = {key: (key[0], -n) for n, key in enumerate((key_of(row) for row in rows), 1) if key not in stored}
    made = {}
    for row in rows:
        key = key_of(row)
        after = columns(row)
        for field in pointers(key[0]):
            target = (str(field.related_model._meta.model_name), after[field.attname])
            after[field.attname] = own.get(target, target)[1]
        if key in own:
            made[own[key]] = (None, after)
        else:
            before = columns(stored[key])
            differing = [name for name in after if name not in BOOKKEEPING and before.get(name) != after[name]]
            made[key] = ({name: before.get(name) for name in differing}, {name: after[name] for name in differing})
    return made


def columns(row: Record) -> dict:
    """Return a row's columns as a snapshot holds them, those at their default included."""
    return history.grown(str(row._meta.model_name), json.loads(history.data_of(row)))


def about_of(process: Process, rows: Mapping[Key, tuple[dict | None, dict]]) -> Key:
    """Return the thing on whose page a suggestion is shown: a row that is there, at least the process itself."""

    def climb(key: Key) -> Key:
        model, pk = key
        if pk > 0 and model in PAGES:
            return key
        data = rows[key][1] if pk < 0 else columns(RECORDED[model].objects.get(pk=pk))
        above = next(targets(model, data, PARENTS.get(model, ())), None)
        return climb(above) if above else key_of(process)

    found = [climb(key) for key in list(rows)[:LOOKED_AT] if key[0] != "briefing"]
    found = found or [climb(key) for key in list(rows)[:LOOKED_AT]]
    return min(found, key=lambda key: PAGES.index(key[0]))


def take(process: Process, key: int) -> Suggestion:
    """Return a suggestion to decide on, which nobody else decides on until the transaction ends.

    Raises Suggestion.DoesNotExist, or Decided if somebody has decided already.
    """
    # The process first, as every writer locks it first; what is counted here tells whether anything is written after.
    locked = Process.objects.select_for_update().get(pk=process.pk)
    found = Suggestion.objects.select_for_update(of=("self",)).select_related("author").get(process=process, pk=key)
    if not found.is_pending:
        raise Decided(found)
    found.process = locked
    return found


def accept(suggestion: Suggestion, by, *, is_edited: bool) -> bool:
    """Mark a suggestion that was taken as accepted if it has been written since, and tell whether it is."""
    process = suggestion.process
    changes = Changeset.objects.filter(process=process)
    written = (
        changes.filter(number__gt=process.content_version).order_by("-number").first()
        or changes.filter(idempotency_key=suggestion.key).first()
    )
    if written:
        decide(suggestion, SuggestionState.ACCEPTED, by, changeset=written, is_edited=is_edited)
    return written is not None


def decline(process: Process, key: int, by, reason: str) -> Suggestion:
    """Decline a suggestion with a reason, and return it; raises as `take` does."""
    with transaction.atomic():
        found = take(process, key)
        decide(found, SuggestionState.DECLINED, by, answer=reason)
    return found


def withdraw(process: Process, key: int, by, reason: str = "") -> Suggestion:
    """Withdraw a suggestion for its author, who may say why, and return it; raises as `take` does."""
    with transaction.atomic():
        found = take(process, key)
        decide(found, SuggestionState.WITHDRAWN, by, answer=reason)
    return found


def decide(suggestion: Suggestion, state: SuggestionState, by, **more):
    """Store what was decided, by whom and when."""
    decided = {"state": state, "decided_by": by, "decided_by_name": by.get_username(), "decided_at": timezone.now()}
    for name, value in (decided | more).items():
        setattr(suggestion, name, value)
    suggestion.save(update_fields=[*decided, *more])
