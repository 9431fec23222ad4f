"""What each table that can be taken away holds: which rows, in which order, and their columns.

A column has the name of the field that an import reads it into: what was taken away can be brought back.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from ..models import Citation, CompromiseLink, Issue, Position, Process, Side, StatusEvent
from ..queries import board, briefings, compromises, events, findings
from .tables import Picks, Sheet, columns

# The columns of each kind: see `columns`.
COLUMNS = {
    "briefings": (
        "slug date=published_on:day precision kind title author publisher url=url:link "
        "archived_url=archived_url:link other_urls=other_urls:links language abstract reliability "
        "reliability_reason read_as reading_note page=slug:link"
    ),
    "positions": (
        "slug issue=issue__slug side=side__slug held_from=held_from:day precision as_of_note=held_from_note "
        "headline body placement=placement:number placement_note commitment commitment_note confidence "
        "citations=id:cited contested=contested:yes page=id:link"
    ),
    "compromises": (
        "number=number:number slug=compromise__slug issue=compromise__issue__slug side=compromise__side__slug "
        "headline=compromise__headline body=compromise__body test_sentence=compromise__test_sentence "
        "origin=compromise__origin date=first_on:day precision=first_precision first_status "
        "briefing=first_briefing rejected_by=first_rejected_by citations=compromise_id:cited "
        "current_status=status current_since=occurred_on:day current_precision=precision stalled=stalled:yes "
        "contested=contested:yes page=number:link"
    ),
    "steps": (
        "compromise=compromise__number:number issue=compromise__issue__slug side=compromise__side__slug "
        "date=occurred_on:day precision status briefing=briefing__slug note rejected_by=rejected_by__slug "
        "superseded_by=superseded_by__number:number implementation page=compromise__number:link"
    ),
    "quotes": (
        "issue=issue_slug side=side_slug claim position=position__slug compromise=c_number:number "
        "step=status_event__status step_date=status_event__occurred_on:day relation quote prefix suffix locator "
        "quote_url=quote_url:link credibility briefing=briefing__slug briefing_title=briefing__title "
        "briefing_date=briefing__published_on:day briefing_precision=briefing__precision page=briefing__slug:link"
    ),
    "board": (
        "issue gap=gap:number gap_band side headline held_from=held_from:day precision placement=placement:number "
        "confidence contested=contested:yes compromises page=page:link"
    ),
    "issues": (
        "order=order:number slug title question summary scale_low scale_high scale_question not_listed page=slug:link"
    ),
    "sides": "order=order:number slug name short_label role note marker",
    "links": "from=source__number:number kind to=target__number:number basis briefing=briefing__slug reason",
}


def address(process: Process, name: str, argument, site: str) -> str:
    """Return the address of a page up to what tells it from others of its kind."""
    return site + reverse(f"issues:{name}", args=[process.slug, argument]).removesuffix(f"{argument}/")


def briefing_sheet(process: Process, filters: briefings.Filters, site: str) -> Sheet:
    """Return the briefings that pass the filters of their list."""
    found = briefings.chosen(briefings.within(process, filters), {k: v for k, v in filters.picked.items() if v})
    return Sheet(
        "briefings",
        "Briefings",
        found,
        briefings.ORDERS[filters.sort],
        columns(
            COLUMNS["briefings"],
            page=address(process, "briefing-detail", "x", site),
        ),
    )


def position_sheet(process: Process, picks: Picks, site: str) -> Sheet:
    """Return positions, newest first."""
    rows = picks.of(Position.objects.live().filter(process=process).on(picks.day), "")
    if picks.held:
        rows = Position.objects.filter(pk__in=rows.held(picks.day).values("pk"))
    return Sheet(
        "positions",
        "Positions",
        rows.annotate(contested=Citation.objects.contradicting("position")),
        ("-held_from", "-id"),
        columns(
            COLUMNS["positions"],
            page=site + reverse("issues:position-detail", args=[0]).removesuffix("0/"),
        ),
        claim="position",
    )


def compromise_sheet(process: Process, filters: compromises.Filters, shown: date, site: str) -> Sheet:
    """Return the compromises that pass the filters of their list on a day, each with its first and its present step."""
    picked = {name: frozenset(values) for name, values in filters.picked.items() if values}
    begun = compromises.entries(process, filters.day, shown)
    found = compromises.chosen(begun, picked, process, filters.day)
    if filters.sort == "number":
        found = compromises.numbered(found)
    first = StatusEvent.objects.live().on(filters.day).filter(compromise=OuterRef("compromise"))
    first = first.order_by("occurred_on", "id")
    named = {
        "first_on": "occurred_on",
        "first_precision": "precision",
        "first_status": "status",
        "first_briefing": "briefing__slug",
        "first_rejected_by": "rejected_by__slug",
    }
    return Sheet(
        "compromises",
        "Compromises",
        found.annotate(**{name: Subquery(first.values(field)[:1]) for name, field in named.items()}),
        compromises.ORDERS[filters.sort],
        columns(
            COLUMNS["compromises"],
            page=address(process, "compromise-detail", 0, site),
        ),
        claim="compromise",
    )


def step_sheet(process: Process, picks: Picks, site: str) -> Sheet:
    """Return steps of compromises, newest first."""
    rows = picks.of(briefings.steps().filter(process=process).on(picks.day), "compromise__")
    return Sheet(
        "steps",
        "Steps",
        rows,
        ("-occurred_on", "-id"),
        columns(
            COLUMNS["steps"],
            page=address(process, "compromise-detail", 0, site),
        ),
    )


def quote_sheet(process: Process, picks: Picks, site: str) -> Sheet:
    """Return citations, each with the claim that it backs."""
    step = "status_event__compromise"
    rows = briefings.resting().filter(process=process, briefing__retired_at=None)
    if picks.day:
        begun = StatusEvent.objects.live().on(picks.day).values("compromise")
        rows = rows.filter(
            Q(position__held_from__lte=picks.day)
            | Q(status_event__occurred_on__lte=picks.day)
            | Q(compromise__in=begun)
        )
    rows = picks.of(rows, "position__", "compromise__", f"{step}__")
    said = {
        "issue": ("position__issue__slug", "compromise__issue__slug", f"{step}__issue__slug"),
        "side": ("position__side__slug", "compromise__side__slug", f"{step}__side__slug"),
        "claim": ("position__headline", "compromise__headline", f"{step}__headline"),
    }
    known = {f"{name}_slug" if name != "claim" else "claim": Coalesce(*parts) for name, parts in said.items()}
    return Sheet(
        "quotes",
        "Quotes",
        rows.annotate(**known, c_number=Coalesce("compromise__number", f"{step}__number")),
        ("id",),
        columns(
            COLUMNS["quotes"],
            page=address(process, "briefing-detail", "x", site),
        ),
    )


def board_sheet(process: Process, shown: board.Board, site: str) -> Sheet:
    """Return the board as a row for each issue and side, the empty ones included."""
    rows = [
        (
            row.issue.slug,
            row.scale.distance,
            row.scale.band,
            cell.side.slug,
            held.headline if (held := cell.position) else "",
            held and held.held_from,
            held and held.precision,
            held and held.placement,
            held and held.confidence,
            cell.contested,
            ", ".join(f"{group.count} {group.label.lower()}" for group in cell.counts),
            cell.url.partition("/issues/")[2].partition("/")[0],
        )
        for row in shown.rows
        for cell in row.cells
    ]
    return ready("board", "Board", COLUMNS["board"], rows, page=address(process, "issue-detail", "x", site))


def event_sheet(found: Sequence[events.Event], site: str) -> Sheet:
    """Return events of a timeline, in their order."""
    rows = [
        (
            one.day,
            one.precision,
            one.kind,
            " ".join(filter(None, (part.strip() for part in one.line))),
            one.issue and one.issue.slug,
            one.side and one.side.slug,
            f"{site}{one.url}",
        )
        for one in found
    ]
    return ready("timeline", "Timeline", "date=date:day precision kind what issue side page=page:link", rows)


def hit_sheet(groups: Sequence[findings.Group], site: str) -> Sheet:
    """Return what a page of a search shows, in its order."""
    rows = [
        (
            one.label,
            "".join(words for words, _ in one.title),
            "".join(words for words, _ in one.passage),
            one.about,
            f"{site}{one.href}",
        )
        for group in groups
        for one in group.rows
    ]
    return ready("search", "Search", "kind title passage about page=page:link", rows)


def ready(name: str, title: str, line: str, rows: list[tuple], **before: str) -> Sheet:
    """Return a sheet of rows that were read already."""
    return Sheet(name, title, Position.objects.none(), (), columns(line, **before), rows)


def issue_sheet(process: Process, site: str) -> Sheet:
    """Return the issues on the agenda."""
    return Sheet(
        "issues",
        "Issues",
        Issue.objects.live().filter(process=process),
        ("order", "id"),
        columns(
            COLUMNS["issues"],
            page=address(process, "issue-detail", "x", site),
        ),
    )


def side_sheet(process: Process) -> Sheet:
    """Return the sides."""
    rows = Side.objects.live().filter(process=process)
    return Sheet("sides", "Sides", rows, ("order", "id"), columns(COLUMNS["sides"]))


def link_sheet(process: Process) -> Sheet:
    """Return the links between compromises."""
    live = {"source__retired_at": None, "target__retired_at": None}
    rows = CompromiseLink.objects.live().filter(process=process, **live)
    return Sheet(
        "links",
        "Links",
        rows,
        ("id",),
        columns(COLUMNS["links"]),
    )
