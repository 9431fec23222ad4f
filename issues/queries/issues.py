"""The dossier of one issue: what each side held on a day, which compromises were proposed, and what says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.http import urlencode

from ..choices import BriefingKind, Confidence
from ..models import Citation, Issue, Position, Process, Side
from . import days, figures, positions, tallies
from .proposals import Proposal, proposed

LINKED = 12  # briefings listed, at most; the list of briefings has them all
KINDS = dict(BriefingKind.choices)


@dataclass(frozen=True)
class Column:
    """One side: what it held (or None), its earlier positions in words, and the compromises proposed for it."""

    side: Side
    stance: positions.Stance | None
    earlier: str
    href: str
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True)
class Linked:
    """A briefing that claims of the issue rest on; `quotes` of it in words."""

    title: str
    href: str
    published_on: date
    precision: str
    about: str
    quotes: str


@dataclass(frozen=True)
class Dossier:
    """Everything that the page of an issue shows on one day."""

    on: days.DayControl
    number: int
    previous: tuple[int, str, str] | None
    next: tuple[int, str, str] | None
    tally: tuple[tallies.Group, ...]
    recorded: str
    documents: str
    last_change: tuple[date, str, str] | None
    distance: figures.Distance
    judgement: str
    anchors: list[tuple[int, str]]
    moves: figures.Moves | None
    columns: tuple[Column, ...]
    linked: tuple[Linked, ...]
    more: int
    query: str


def agenda(process: Process) -> list[Issue]:
    """Return the issues of a process in order. One SQL query."""
    return list(Issue.objects.live().filter(process=process).order_by("order", "id"))


def dossier(process: Process, issue: Issue, agenda: Sequence[Issue], day: date | None, today: date) -> Dossier:
    """Return the dossier of one issue of an agenda in 7 SQL queries; `day` None shows the latest record."""
    on = days.control(process, day, today, issue=issue)
    query = f"?{urlencode({'on': day})}" if day else ""
    cells = positions.held(process, issue, day)
    sides = [side for side, _ in cells]
    stances = positions.stances(process, [position for _, position in cells if position])
    traces = positions.trail(issue, day)
    proposals = proposed(process, issue, day, {side.pk: side for side in sides}, query)
    cited = documents(issue, day, proposals)
    figure = figures.distance(issue, cells, positions.moved_from(cells, traces))
    at = next(i for i, one in enumerate(agenda) if one.pk == issue.pk)
    columns = tuple(
        Column(
            side=side,
            stance=stances[held.pk] if held else None,
            earlier=earlier(sum(trace.side_id == side.pk for trace in traces) - 1) if held else "",
            href=reverse("issues:position-detail", args=[held.pk]) + query if held else "",
            proposals=tuple(one for one in proposals if one.compromise.side_id == side.pk),
        )
        for side, held in cells
    )
    return Dossier(
        on=on,
        number=at + 1,
        previous=neighbour(process, agenda, at - 1, query),
        next=neighbour(process, agenda, at + 1, query),
        tally=tallies.by_status(proposals),
        recorded=recorded(columns),
        documents=f"{len(cited)} linked, {counted(sum(one.n for one in cited), 'quote')}" if cited else "None linked",
        last_change=last_change(cells, proposals),
        distance=figure,
        judgement=figures.judgement(figure, cells),
        anchors=figures.anchors(issue),
        moves=figures.moves([one.published_on for one in cited], traces, proposals, sides, process.started_on),
        columns=columns,
        linked=tuple(linked(process, one) for one in cited[:LINKED]),
        more=max(len(cited) - LINKED, 0),
        query=query,
    )


def neighbour(process: Process, agenda: Sequence[Issue], at: int, query: str) -> tuple[int, str, str] | None:
    """Return (number, title, address) of an issue of the agenda, or None beyond its ends."""
    if not 0 <= at < len(agenda):
        return None
    href = reverse("issues:issue-detail", args=[process.slug, agenda[at].slug])
    return at + 1, agenda[at].title, href + query


def counted(n: int, noun: str) -> str:
    """Return a number with its noun: 1 quote, 9 quotes."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def earlier(n: int) -> str:
    """Return how many earlier positions a side had, in words; empty without any."""
    if n >= positions.TRAIL - 1:
        return f"More than {positions.TRAIL} earlier positions"
    return counted(n, "earlier position") if n > 0 else ""


def recorded(columns: Sequence[Column]) -> str:
    """Return of how many sides a position is recorded, and how many of those are weak or disputed."""
    held = [column.stance for column in columns if column.stance]
    low = sum(stance.position.confidence == Confidence.LOW for stance in held)
    contested = sum(stance.contested for stance in held)
    text = f"{len(held)} of {counted(len(columns), 'side')} recorded"
    text += f", {low} marked low confidence" if low else ""
    return text + (f", {contested} contested" if contested else "")


def last_change(cells: Iterable[tuple[Side, Position | None]], proposals: Iterable[Proposal]):
    """Return (date, precision, what changed) of the newest position or step shown, or None."""
    changes = [(held.held_from, held.precision, f"position of {side.name}") for side, held in cells if held]
    steps = [(one, one.steps[-1]) for one in proposals]
    changes += [(step.occurred_on, step.precision, f"{one.code} {step.label.lower()}") for one, step in steps]
    return max(changes, key=lambda change: change[0], default=None)


@dataclass
class Cited:
    """A briefing that claims of an issue cite, and how many of its passages they quote."""

    slug: str
    title: str
    author: str
    publisher: str
    kind: str
    published_on: date
    precision: str
    n: int = 0


FACTS = tuple(name for name in Cited.__dataclass_fields__ if name != "n")


def documents(issue: Issue, day: date | None, proposals: Iterable[Proposal]) -> list[Cited]:
    """Return the briefings dated by a day that what is shown of an issue cites, newest first. One SQL query."""
    claims = [
        {"position__in": Position.objects.live().on(day).filter(issue=issue).order_by().values("pk")},
        {"compromise__in": [one.compromise.pk for one in proposals]},
        {"status_event__in": [step.key for one in proposals for step in one.steps]},
    ]
    dated = {"briefing__published_on__lte": day} if day else {}
    citations = Citation.objects.live().filter(briefing__retired_at=None, **dated).order_by()
    fields = ("briefing_id", *(f"briefing__{name}" for name in FACTS))
    parts = [
        citations.filter(**claim).values_list(*fields).annotate(n=Count("pk", filter=~Q(quote=""))) for claim in claims
    ]
    found: dict[int, Cited] = {}
    for key, *facts, n in parts[0].union(*parts[1:], all=True):
        found.setdefault(key, Cited(*facts)).n += n
    for one in proposals:
        for taken in one.steps:
            # A step rests on its briefing even where no passage of it is quoted.
            if taken.briefing and (day is None or taken.briefing.published_on <= day):
                found.setdefault(taken.briefing.pk, Cited(*(getattr(taken.briefing, name) for name in FACTS)))
    return sorted(found.values(), key=lambda one: (one.published_on, one.slug), reverse=True)


def linked(process: Process, one: Cited) -> Linked:
    """Return a briefing as a row of the list."""
    return Linked(
        title=one.title,
        href=reverse("issues:briefing-detail", args=[process.slug, one.slug]),
        published_on=one.published_on,
        precision=one.precision,
        about=", ".join(part for part in (KINDS[one.kind], one.author or one.publisher) if part),
        quotes=f"{counted(one.n, 'quote')} here" if one.n else "Cited, no quote",
    )
