"""What waits for a curator, and what became of it: the list of suggestions, one of them, and those about a thing."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from ..choices import SuggestionState
from ..families import Key, targets
from ..models import Process, Suggestion
from ..permissions import CURATE, EDIT, can
from . import pages
from .changes import at
from .differences import Item, folded, item
from .names import Names, Reader

SIZE = 25
OLDEST, NEWEST = ("id",), ("-id",)
ANY = "any"
TOLD = timedelta(days=14)  # for so long a thing tells an author what became of their suggestion
LISTED = 5  # suggestions that a page of a thing names
NOT_SHOWN = {"slug", "order"}  # of a row that would be new: they are made anew when it is written


@dataclass(frozen=True)
class Filters:
    """What a reader asks for; `state` is one of the states or ANY, `who` an author's name or empty."""

    state: str = SuggestionState.PENDING
    who: str = ""
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A suggestion as its list and its page show it.

    `about` and `about_href` name the thing that it is about, `items` are what it would write. `is_overtaken`: what it
    changes has been changed since. `decision` says in words what became of it, `change` is the key of its changeset.
    `edit` is where its form opens, or empty. `is_own`: its author, who may withdraw it while it waits, is who looks.
    """

    pk: int
    title: str
    about: str
    about_href: str
    who: str
    machine: str
    at: str
    why: str
    items: list[Item]
    is_pending: bool
    is_overtaken: bool
    decision: str
    answer: str
    change: int | None
    edit: str
    is_own: bool


@dataclass(frozen=True)
class Entry:
    """The way to suggestions, as the pages of a process show it: what it is called, and how many wait."""

    words: str
    count: int
    href: str


class Proposed(Names):
    """The names of rows, and of those that a suggestion would make: they have keys below 0, and stand nowhere yet."""

    def href(self, key: Key) -> str:
        return super().href(key) if key[1] > 0 else ""

    def history(self, key: Key) -> str:
        return super().history(key) if key[1] > 0 else ""


def authors(process: Process) -> list[tuple[str, str]]:
    """Return (value, label) of who has made suggestions, by name. One SQL query."""
    names = Suggestion.objects.filter(process=process).order_by("author_name").values_list("author_name", flat=True)
    return [(name, name) for name in names.distinct()]


def listing(process: Process, filters: Filters, user, reader: Reader) -> tuple[list[Line], pages.Page]:
    """Return a page of the suggestions that pass the filters: what waits oldest first, else the newest first.

    At most five SQL queries.
    """
    found = Suggestion.objects.filter(process=process).select_related("changeset").defer("typed")
    if filters.state != ANY:
        found = found.filter(state=filters.state)
    if filters.who:
        found = found.filter(author_name=filters.who)
    order = OLDEST if filters.state == SuggestionState.PENDING else NEWEST
    page = pages.keyset(found, order, after=filters.after, before=filters.before, size=SIZE)
    return lines(process, page.rows, user, reader, is_folded=True), page


def find(user, process: Process, key: int) -> Suggestion:
    """Return a suggestion that the person may see; else raise Http404, as if there were none. Two SQL queries."""
    found = Suggestion.objects.filter(process=process, pk=key).select_related("changeset").first()
    if found is None or not can(user, EDIT, process):
        raise Http404(f"There is no suggestion {key} that you can see.")
    return found


def lines(process: Process, rows: Iterable[Suggestion], user, reader: Reader, *, is_folded=False) -> list[Line]:
    """Return suggestions with what each would write, as a person sees them. At most four SQL queries."""
    rows = list(rows)
    made = {row.pk: [((model, pk), before, after) for model, pk, before, after in json.loads(row.rows)] for row in rows}
    wanted: set[Key] = {(row.about_model, row.about_id) for row in rows}
    for key, *both in (one for each in made.values() for one in each):
        wanted |= {key, *(target for data in both if data for target in targets(key[0], data))}
    names = Proposed(process, {key for key in wanted if key[1] > 0}, reader)
    return [line(row, made[row.pk], names, is_own=row.author_id == user.pk, is_folded=is_folded) for row in rows]


def line(row: Suggestion, made: list, names: Proposed, *, is_own: bool, is_folded: bool) -> Line:
    """Return one suggestion with what it would write."""
    names.now |= {key: after for key, before, after in made if key[1] < 0}
    items, is_overtaken = [], False
    for key, before, after in made:
        stored = names.now.get(key, {})
        if before is None:
            after = {name: value for name, value in after.items() if name not in NOT_SHOWN}
        else:
            is_overtaken |= any(stored.get(name, value) != value for name, value in before.items())
            before, after = stored | before, stored | after
        found = item(key, before, after, names)
        items.append(folded(found) if is_folded else found)
    about = (row.about_model, row.about_id)
    return Line(
        pk=row.pk,
        title=row.title,
        about=names.name(about),
        about_href=names.href(about),
        who=row.author_name,
        machine=row.made_at.isoformat(),
        at=at(row.made_at),
        why=row.reason,
        items=items,
        is_pending=row.is_pending,
        is_overtaken=is_overtaken and row.is_pending,
        decision=decision(row),
        answer=row.answer,
        change=row.changeset_id,
        edit=opening(row) if row.is_form and row.is_pending else "",
        is_own=is_own,
    )


def opening(row: Suggestion) -> str:
    """Return where the form of a suggestion opens with what was typed."""
    return f"{row.address}{'&' if '?' in row.address else '?'}suggestion={row.pk}"


def decision(row: Suggestion) -> str:
    """Return what became of a suggestion, in words: Accepted with edits by carl, 23 Nov 2026, 16:40, as change 41."""
    if row.is_pending or row.decided_at is None:
        return ""
    said = f"{row.get_state_display()}{' with edits' if row.is_edited else ''} by {row.decided_by_name}"
    number = f", as change {row.changeset.number}" if row.changeset else ""
    return f"{said}, {at(row.decided_at)}{number}"


def entry(process: Process, user) -> Entry | None:
    """Return the way to what waits for who decides on it, or to their own for who suggests; None for others.

    One SQL query, none where the process asks for no review.
    """
    if not process.asks_review or not can(user, EDIT, process):
        return None
    waits = Suggestion.objects.pending().filter(process=process)
    here = reverse("issues:suggestion-list", args=[process.slug])
    if can(user, CURATE, process):
        return Entry("Review", waits.count(), here)
    own = urlencode({"who": user.get_username(), "state": ANY})
    return Entry("Suggestions", waits.filter(author=user).count(), f"{here}?{own}")


def about(process: Process, user, /, **keys: Iterable[int] | QuerySet) -> list[tuple[str, str]]:
    """Return (words, address) of the suggestions about things that wait, and what was decided on the person's own.

    `keys` are those of the things, by model. No SQL query where the process asks for no review, else one.
    """
    if not process.asks_review or not user.is_authenticated:
        return []
    things = Q(pk__in=[])
    for model, pks in keys.items():
        things |= Q(about_model=model, about_id__in=pks)
    told = Q(author=user, decided_at__gt=timezone.now() - TOLD) & ~Q(state=SuggestionState.WITHDRAWN)
    found: QuerySet[Suggestion] = Suggestion.objects.filter(
        things, Q(state=SuggestionState.PENDING) | told, process=process
    )
    rows = found.select_related("changeset").defer("typed", "rows").order_by("-id")[:LISTED]
    return [
        (said(row, row.author_id == user.pk), reverse("issues:suggestion-detail", args=[process.slug, row.pk]))
        for row in rows
    ]


def said(row: Suggestion, is_own: bool) -> str:
    """Return in one line what stands with a suggestion: Your suggestion 12 waits for a curator: As heard."""
    whose = f"Your suggestion {row.pk}" if is_own else f"Suggestion {row.pk} by {row.author_name}"
    if row.is_pending:
        return f"{whose} waits for a curator: {row.reason}"
    told = decision(row)
    return f"{whose}: {told[0].lower()}{told[1:]}{f'. {row.answer}' if row.answer else ''}"
