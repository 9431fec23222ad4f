"""What people do about what the record lacks: claim it, release it, dismiss it, open it again, flag a dead link."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .choices import LackKind
from .families import versions
from .models import RECORDED, Briefing, Process, Side, Task

TOKEN = re.compile(r"([a-z-]{1,20})\.(position|compromise|citation|briefing|issue)\.(\d{1,18})\.(\d{1,18})\.(\d{1,18})")


class Moved(Exception):
    """Things were changed or taken out since their writer looked at them; `count` of them. Nothing was written."""

    def __init__(self, count: int):
        super().__init__(f"{count} changed")
        self.count = count


class Taken(Exception):
    """Someone else has claimed one; `task` is it. Nothing was written."""

    def __init__(self, task: Task):
        super().__init__("claimed")
        self.task = task


@dataclass(frozen=True)
class Thing:
    """One lack of one thing, at the version that someone saw; as `Task` names it."""

    kind: str
    model: str
    pk: int
    beside: int
    seen: int

    @property
    def token(self) -> str:
        """Return it as a form carries it."""
        return f"{self.kind}.{self.model}.{self.pk}.{self.beside}.{self.seen}"

    @classmethod
    def read(cls, token: str) -> "Thing | None":
        """Return what a form carried, or None for what no form of ours carries."""
        found = TOKEN.fullmatch(token) if token.isascii() else None
        if not found or found[1] not in LackKind.values:
            return None
        return cls(found[1], found[2], *map(int, found.groups()[2:]))


def of_things(things: Iterable[Thing]) -> Q:
    """Return the condition that a task is of one of the things."""
    condition = Q(pk__in=[])
    for one in things:
        condition |= Q(kind=one.kind, model=one.model, object_id=one.pk, beside=one.beside)
    return condition


def standing(process: Process, things: Iterable[Thing]) -> dict[Thing, int]:
    """Return the version by `families.versions` at which each thing stands that is live. One SQL query a model."""
    wanted = defaultdict(set)
    for one in things:
        wanted[one.model].add(one.pk)
        if one.beside:
            wanted["side"].add(one.beside)
    now = {
        (model, pk): version
        for model, pks in wanted.items()
        for pk, version in RECORDED[model]
        .objects.live()
        .filter(process=process, pk__in=pks)
        .annotate(now=versions(model))
        .values_list("pk", "now")
    }
    found = {}
    for one in things:
        parts = [(one.model, one.pk)] + ([(Side._meta.model_name, one.beside)] if one.beside else [])
        if all(part in now for part in parts):
            found[one] = sum(now[part] for part in parts)
    return found


def held_open(process: Process, things: Collection[Thing], *, exact: bool):
    """Make the tasks of things that are still there, and return them, locked; raise Moved if one is gone.

    `exact`: or if one was changed since it was seen.
    """
    now = standing(process, things)
    moved = [one for one in things if one not in now or (exact and now[one] != one.seen)]
    if moved:
        raise Moved(len(moved))
    Task.objects.bulk_create(
        [Task(process=process, kind=one.kind, model=one.model, object_id=one.pk, beside=one.beside) for one in things],
        ignore_conflicts=True,
    )
    return Task.objects.filter(of_things(things), process=process).select_for_update().order_by("pk")


@transaction.atomic
def claim(process: Process, things: Collection[Thing], user):
    """Note that a person looks after things; all or none. Raises Moved, or Taken where somebody else does."""
    tasks = list(held_open(process, things, exact=False))
    for task in tasks:
        if task.claimed_by_id not in (None, user.pk):
            raise Taken(task)
    Task.objects.filter(pk__in=[task.pk for task in tasks], claimed_by=None).update(
        claimed_by=user, claimed_at=timezone.now()
    )


@transaction.atomic
def release(process: Process, things: Collection[Thing], user, *, others: bool):
    """Take back what a person claimed; with `others`, whoever claimed it. Raises Taken where that may not be."""
    tasks = list(Task.objects.filter(of_things(things), process=process).select_for_update().order_by("pk"))
    for task in tasks:
        if not others and task.claimed_by_id not in (None, user.pk):
            raise Taken(task)
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(claimed_by=None, claimed_at=None)


@transaction.atomic
def dismiss(process: Process, things: Collection[Thing], reason: str, user):
    """Dismiss things as they were seen, all or none; raise Moved if one was changed since."""
    tasks = {
        (task.kind, task.model, task.object_id, task.beside): task for task in held_open(process, things, exact=True)
    }
    moment = timezone.now()
    for one in things:
        task = tasks[one.kind, one.model, one.pk, one.beside]
        task.dismissed_by, task.dismissed_at, task.reason, task.seen = user, moment, reason, one.seen
        task.claimed_by = task.claimed_at = None
    fields = ("dismissed_by", "dismissed_at", "reason", "seen", "claimed_by", "claimed_at")
    Task.objects.bulk_update(tasks.values(), fields)


def reopen(process: Process, things: Collection[Thing]):
    """Put things that were dismissed back into the queue."""
    Task.objects.filter(of_things(things), process=process).update(
        dismissed_by=None, dismissed_at=None, reason="", seen=0
    )


@transaction.atomic
def flag(briefing: Briefing, note: str, user):
    """Note that the address of a briefing leads nowhere any more; a second time takes the place of the first."""
    Task.objects.update_or_create(
        process=briefing.process,
        kind=LackKind.DEAD_LINK,
        model="briefing",
        object_id=briefing.pk,
        beside=0,
        defaults={
            "flagged_by": user,
            "flagged_at": timezone.now(),
            "note": note,
            "about": briefing.url,
            "dismissed_by": None,
            "dismissed_at": None,
            "reason": "",
        },
    )
