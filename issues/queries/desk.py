"""The start page of a process at the curators' desk: its queues, what it holds, and what was changed last."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from ..choices import LackKind
from ..models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    CompromiseLink,
    Import,
    Invitation,
    Issue,
    Membership,
    Position,
    Process,
    Side,
    StatusEvent,
    Suggestion,
)
from ..models.base import Content
from . import changes, upkeep
from . import shelves as shelving
from .pages import Counted

MOST = 1_000  # rows that are counted one by one; beyond, the page says that there are more
LATEST = 8

SHELVES = (
    (Side, "Sides", "who negotiates or is affected"),
    (Issue, "Issues", "the subjects on the agenda, each with its scale"),
    (Briefing, "Briefings", "the dated documents that everything rests on"),
    (Position, "Positions", "what a side holds on an issue from a date on"),
    (Compromise, "Compromises", "what was proposed, with its test"),
    (StatusEvent, "Steps", "the dated steps of compromises"),
    (CompromiseLink, "Links", "between compromises"),
    (Citation, "Citations", "the passages that claims rest on"),
)


@dataclass(frozen=True)
class Shelf:
    """One noun of a process: how many rows are live, where they are listed, and where one is added."""

    label: str
    about: str
    count: str
    href: str
    new: str


@dataclass(frozen=True)
class Queue:
    """Work that waits: how much, in words, what it is, and where it is done."""

    label: str
    count: str
    about: str
    href: str


@dataclass(frozen=True)
class Line:
    """One of the latest changes."""

    who: str
    machine: str
    at: str
    why: str
    href: str


def counted(process: Process, **rows: QuerySet) -> dict[str, str]:
    """Return how many rows each query finds, as text: 17 · more than 1,000. One SQL query."""
    asked = {name: Counted(found, MOST) for name, found in rows.items()}
    found = Process.objects.filter(pk=process.pk).order_by().values(*[]).annotate(**asked).values(*rows).get()
    return {name: f"{n:,}" if n <= MOST else f"more than {MOST:,}" for name, n in found.items()}


def holdings(process: Process) -> tuple[list[Queue], list[Shelf]]:
    """Return the work that waits in a process, and its nouns, each with its count. Seven SQL queries at most."""
    now = timezone.now()
    counts = counted(
        process,
        people=Membership.objects.filter(process=process),
        invited=Invitation.objects.pending().filter(process=process, expires_at__gt=now),
        suggested=Suggestion.objects.pending().filter(process=process),
        brought=Import.objects.filter(process=process, changeset=None),
        **{name(model): model.objects.live().filter(process=process) for model, *_ in SHELVES},
    )
    return queues(process, counts, now), shelves(process, counts)


def queues(process: Process, counts: dict[str, str], now: datetime) -> list[Queue]:
    """Return the work that waits, with the addresses where it is done."""
    lacks = upkeep.lacking(process, now)
    most = sorted((kind for kind, n in lacks.items() if n != 0), key=lambda kind: -(lacks[kind] or MOST))
    named = ", ".join(f"{LackKind(kind).label.lower()} {lacks[kind] or f'over {shelving.COUNTED:,}'}" for kind in most)
    every = f"{sum(lacks.values()):,}" if None not in lacks.values() else f"over {shelving.COUNTED:,}"
    review = "what analysts would write" if process.asks_review else "this process does not ask for review"

    def queue(label: str, count: str, about: str, address: str) -> Queue:
        return Queue(label, count, about, reverse(f"issues:{address}", args=[process.slug]))

    return [
        queue("What the record lacks", every, named or "nothing lacks", "upkeep-list"),
        queue("Suggestions to review", counts["suggested"], review, "suggestion-list"),
        queue("Files being imported", counts["brought"], "brought, and not written yet; bring another", "import-list"),
        queue("People", counts["people"], f"members; invitations open: {counts['invited']}", "people-list"),
    ]


def shelves(process: Process, counts: dict[str, str]) -> list[Shelf]:
    """Return the nouns of a process, with the addresses where they are listed and added."""

    def address(model: type[Content], page: str, **query) -> str:
        return reverse(f"admin:issues_{name(model)}_{page}", query=query)

    return [
        Shelf(
            label,
            about,
            counts[name(model)],
            address(model, "changelist", process__id__exact=process.pk),
            address(model, "add", process=process.pk),
        )
        for model, label, about in SHELVES
    ]


def name(model: type[Content]) -> str:
    return str(model._meta.model_name)


def latest(process: Process) -> list[Line]:
    """Return the latest changes to a process, newest first. One SQL query."""
    rows = Changeset.objects.filter(process=process).order_by(*changes.NEWEST)[:LATEST]
    return [
        Line(
            changes.who(one),
            one.moment.isoformat(),
            changes.at(one.moment),
            one.reason,
            reverse("issues:change-detail", args=[one.pk]),
        )
        for one in rows
    ]
