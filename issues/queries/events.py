"""What happened when, of every kind: briefings published, positions taken, steps of compromises."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from ..analysis.dates import span
from ..choices import BriefingKind, Status
from ..models import Briefing, Citation, Issue, Position, Process, Side, StatusEvent
from .pages import BETWEEN, beyond

CURSOR = re.compile(rf"(\d{{4}}-\d\d-\d\d){BETWEEN}(briefing|position|compromise){BETWEEN}(\d{{1,18}})", re.ASCII)
# Events of one day follow one another in this order.
DAY_FIELDS = {"briefing": "published_on", "position": "held_from", "compromise": "occurred_on"}
KINDS = tuple(DAY_FIELDS)
STATUSES = dict(Status.choices)
BRIEFING_KINDS = dict(BriefingKind.choices)


@dataclass(frozen=True)
class Agenda:
    """The sides and issues of a process by key, retired ones included, in the process's order."""

    sides: dict[int, Side]
    issues: dict[int, Issue]

    @property
    def live_sides(self) -> list[Side]:
        return [side for side in self.sides.values() if side.retired_at is None]

    @property
    def live_issues(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if issue.retired_at is None]


@dataclass(frozen=True)
class Chosen:
    """What a reader asked to see; sides and issues by slug. What is empty, or None, means everything."""

    on: date | None = None
    kinds: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the choice as (name, value) for an address."""
        pairs = [("on", self.on.isoformat())] if self.on else []
        named = {"kind": self.kinds, "side": self.sides, "issue": self.issues}
        return pairs + [(name, value) for name, values in named.items() for value in values]


class Place(NamedTuple):
    """Where an event stands among all, from the oldest up. On one day the kinds stand in the order of `KINDS`."""

    day: date
    rank: int
    pk: int

    @property
    def kind(self) -> str:
        return KINDS[-self.rank]

    def __str__(self):
        return BETWEEN.join((self.day.isoformat(), self.kind, str(self.pk)))


@dataclass(frozen=True)
class Event:
    """One thing that happened. `line` is what the list says: before the link, its words, after it, what it concerns."""

    place: Place
    kind: str
    precision: str
    url: str
    line: tuple[str, str, str, str]
    label: str
    order: tuple
    side: Side | None = None
    issue: Issue | None = None
    status: str = ""
    compromise: int | None = None

    @property
    def day(self) -> date:
        return self.place.day


def agenda(process: Process) -> Agenda:
    """Return the sides and issues of a process. Two SQL queries."""
    sides, issues = Side.objects.filter(process=process), Issue.objects.filter(process=process)
    return Agenda({side.pk: side for side in sides}, {issue.pk: issue for issue in issues})


def parsed(cursor: str | None) -> Place | None:
    """Return the place that a cursor names, or None when it names none."""
    match = CURSOR.fullmatch(cursor or "")
    try:
        return Place(date.fromisoformat(match[1]), -KINDS.index(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def events(
    process: Process, agenda: Agenda, chosen: Chosen, place: Place | None = None, back: bool = False, *, size: int
) -> list[Event]:
    """Return the `size` events that follow a place, newest first, or with `back` those before it, oldest first.

    One SQL query for each kind chosen. Each enters its kind's own index at the place and reads `size` rows there.
    """
    found: list[tuple[Place, dict]] = []
    for kind, rows in sources(process, agenda, chosen).items():
        field, rank = DAY_FIELDS[kind], -KINDS.index(kind)
        order = (field, "id") if back else (f"-{field}", "-id")
        if place and rank == place.rank:
            rows = rows.filter(beyond(order, (place.day, place.pk)))
        elif place:
            same_day = rank > place.rank if back else rank < place.rank
            rows = rows.filter(**{f"{field}__{'g' if back else 'l'}t{'e' if same_day else ''}": place.day})
        found += [(Place(row[field], rank, row["id"]), row) for row in rows.order_by(*order)[:size]]
    found.sort(key=itemgetter(0), reverse=not back)
    return [TELLING[place.kind](row, place, process, agenda) for place, row in found[:size]]


def sources(process: Process, agenda: Agenda, chosen: Chosen) -> dict[str, QuerySet]:
    """Return the rows of each kind chosen, as dictionaries, in no order."""
    # By what is left out, not by what is let in: an index on sides or issues would cost the order by date.
    without = {
        "side_id__in": unwanted(agenda.sides, chosen.sides),
        "issue_id__in": unwanted(agenda.issues, chosen.issues),
    }
    positions = Position.objects.live().on(chosen.on).filter(process=process)
    steps = StatusEvent.objects.live().on(chosen.on).filter(process=process, compromise__retired_at=None)
    for name, keys in without.items():
        if keys:
            positions = positions.exclude(**{name: keys})
            steps = steps.exclude(**{f"compromise__{name}": keys})
    briefings = Briefing.objects.live().on(chosen.on).filter(process=process)
    if chosen.sides or chosen.issues:
        briefings = briefings.filter(backing(agenda, chosen))
    began = StatusEvent.objects.live().filter(compromise=OuterRef("compromise")).order_by("occurred_on", "id")
    rows = {
        "briefing": briefings.values("id", "published_on", "precision", "title", "slug", "kind"),
        "position": positions.annotate(contested=Citation.objects.contradicting("position")).values(
            "id", "held_from", "precision", "headline", "issue_id", "side_id", "contested"
        ),
        "compromise": steps.annotate(
            contested=Citation.objects.contradicting("status_event"),
            **{f"began_{name}": Subquery(began.values(name)[:1]) for name in ("status", "occurred_on", "precision")},
        ).values(
            *("id", "occurred_on", "precision", "status", "compromise_id", "rejected_by_id", "superseded_by__number"),
            *("compromise__number", "compromise__headline", "compromise__issue_id", "compromise__side_id"),
            *("began_status", "began_occurred_on", "began_precision", "contested"),
        ),
    }
    return {kind: rows[kind] for kind in KINDS if not chosen.kinds or kind in chosen.kinds}


def unwanted(things: dict, slugs: Sequence[str]) -> list[int]:
    """Return the keys of the sides or issues that are retired, or are not among those chosen."""
    return [pk for pk, thing in things.items() if thing.retired_at or (slugs and thing.slug not in slugs)]


def backing(agenda: Agenda, chosen: Chosen) -> Q:
    """Return the condition that something of the sides and issues chosen rests on a briefing."""
    about: dict[str, Any] = {"retired_at": None}
    if chosen.sides:
        about["side_id__in"] = [pk for pk, side in agenda.sides.items() if side.slug in chosen.sides]
    if chosen.issues:
        about["issue_id__in"] = [pk for pk, issue in agenda.issues.items() if issue.slug in chosen.issues]

    def concerns(path):
        return Q(**{f"{path}__isnull": False}, **{f"{path}__{name}": value for name, value in about.items()})

    cited = concerns("position") | concerns("compromise") | concerns("status_event__compromise")
    return Q(Exists(Citation.objects.live().filter(cited, briefing=OuterRef("pk")))) | Q(
        Exists(StatusEvent.objects.live().filter(concerns("compromise"), briefing=OuterRef("pk")))
    )


def about(issue: Issue, row: dict) -> str:
    """Return what an event concerns, and whether a source contradicts it."""
    return f"{issue.title}, contested" if row["contested"] else issue.title


def tell_briefing(row: dict, place: Place, process: Process, agenda: Agenda) -> Event:
    """Return the event of a briefing's publication."""
    url = reverse("issues:briefing-detail", args=[process.slug, row["slug"]])
    line = ("", row["title"], "", f"Briefing, {BRIEFING_KINDS[row['kind']].lower()}")
    return Event(place, "briefing", row["precision"], url, line, row["title"], (0, row["id"]))


def tell_position(row: dict, place: Place, process: Process, agenda: Agenda) -> Event:
    """Return the event of a side taking a position."""
    side, issue = agenda.sides[row["side_id"]], agenda.issues[row["issue_id"]]
    return Event(
        place,
        "position",
        row["precision"],
        reverse("issues:position-detail", args=[row["id"]]),
        (f"{side.name}: ", row["headline"], "", about(issue, row)),
        row["headline"],
        (1, issue.order, side.order, row["id"]),
        side,
        issue,
    )


def tell_compromise(row: dict, place: Place, process: Process, agenda: Agenda) -> Event:
    """Return the event of a compromise's step: C5 adopted, 40 days after it was suggested: its headline."""
    number, issue = row["compromise__number"], agenda.issues[row["compromise__issue_id"]]
    what = f" {STATUSES[row['status']].lower()}"
    if row["rejected_by_id"]:
        what += f" by {agenda.sides[row['rejected_by_id']].name}"
    if row["superseded_by__number"]:
        what += f" by C{row['superseded_by__number']}"
    days = (place.day - row["began_occurred_on"]).days
    if days and row["began_status"] != row["status"]:
        roughly = "" if row["precision"] == row["began_precision"] == "day" else "about "
        what += f", {roughly}{span(days)} after it was {STATUSES[row['began_status']].lower()}"
    return Event(
        place,
        "compromise",
        row["precision"],
        reverse("issues:compromise-detail", args=[process.slug, number]),
        ("", f"C{number}", f"{what}: {row['compromise__headline']}", about(issue, row)),
        f"C{number} {row['compromise__headline']}",
        (2, issue.order, number, row["id"]),
        agenda.sides[row["compromise__side_id"]],
        issue,
        row["status"],
        row["compromise_id"],
    )


TELLING = {"briefing": tell_briefing, "position": tell_position, "compromise": tell_compromise}
