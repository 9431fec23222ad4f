"""Keep what is typed into a form until it is saved, for whoever typed it; and tell who else is at the form.

`process` is the one that the form is of; None for a form that begins talks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from .models import Draft, Process
from .models.draft import PRESENT

LIMIT = 200_000  # bytes of one draft
# What a form carries beside the words: its protection, its key and the page it stands on are new each time it opens.
CARRIED = {"csrfmiddlewaretoken", "key", "place", "address"}


class TooLong(Exception):
    """The text is longer than a draft may be; nothing was kept."""


@dataclass(frozen=True)
class Kept:
    """A draft with text in it: when it was kept, and the version of the row that it began with, if it is of one."""

    at: datetime
    base_version: int | None
    json: str

    @cached_property
    def typed(self) -> MultiValueDict:
        """Return the values of each field, as the form would post them."""
        return MultiValueDict(json.loads(self.json))


def keep(user, process: Process | None, address: str, typed: Mapping[str, list[str]]) -> datetime | None:
    """Keep the fields of a form, over what was kept of it before, and return when; raise TooLong beyond `LIMIT`.

    Without a single field, only note that the person is at the form, and return None. One SQL query, a few without a
    process.
    """
    now = timezone.now()
    draft = Draft(process=process, address=address, user=user, seen_at=now)
    renewed = ["seen_at"]
    words = {name: values for name, values in typed.items() if name not in CARRIED}
    if words:
        draft.kept_at, draft.base_version = now, version_in(words)
        draft.typed = json.dumps(words, ensure_ascii=False)
        if len(draft.typed.encode()) > LIMIT:
            raise TooLong
        renewed += ["kept_at", "typed", "base_version"]
    own = ["process", "address", "user"]
    if process:
        Draft.objects.bulk_create([draft], update_conflicts=True, unique_fields=own, update_fields=renewed)
    else:  # which an index takes for another each time
        values = {name: getattr(draft, name) for name in renewed}
        Draft.objects.update_or_create(**{name: getattr(draft, name) for name in own}, defaults=values)
    return draft.kept_at


def find(user, process: Process | None, address: str) -> Kept | None:
    """Return what a person has kept of a form, or None. One SQL query."""
    own = Draft.objects.kept().filter(process=process, address=address, user=user)
    found = own.values_list("kept_at", "base_version", "typed").first()
    return Kept(*found) if found else None


def discard(user, process: Process | None, address: str):
    """Forget what a person has kept of a form, and that they are at it. One SQL query."""
    Draft.objects.filter(process=process, address=address, user=user).delete()


def leave(user, process: Process | None, address: str):
    """Note that a person is no longer at a form; what they have kept of it stays. Two SQL queries."""
    own = Draft.objects.filter(process=process, address=address, user=user)
    own.filter(kept_at=None).delete()
    own.update(seen_at=timezone.now() - PRESENT)


def others(user, process: Process | None, address: str) -> str:
    """Return a sentence on who else is at a form, or nothing; who begins talks is alone at theirs. One SQL query."""
    if process is None:
        return ""
    present = Draft.objects.present().filter(process=process, address=address, user__is_active=True).exclude(user=user)
    *names, last = present.order_by("seen_at").values_list("user__username", flat=True) or [""]
    if not last:
        return ""
    return f"{', '.join(names)} and {last} are editing this too." if names else f"{last} is editing this too."


def sweep() -> int:
    """Delete the drafts that nobody has touched for 30 days, and return how many."""
    return Draft.objects.stale().delete()[0]


def version_in(words: Mapping[str, list[str]]) -> int | None:
    """Return the version that a form says it began with, if it says so."""
    said = (words.get("base_version") or [""])[-1]
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None
