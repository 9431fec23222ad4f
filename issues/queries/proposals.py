"""The compromises proposed on an issue, with the dated steps that each had taken by a day."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from ..analysis import travel
from ..choices import Implementation, Status
from ..models import Briefing, Citation, Compromise, Issue, Process, Side, StatusEvent

STATUSES, IMPLEMENTED = dict(Status.choices), dict(Implementation.choices)


@dataclass(frozen=True)
class Step:
    """One dated step of a compromise, ready to show; `briefing` and its address `href` may be missing."""

    key: int
    status: str
    occurred_on: date
    precision: str
    remark: str
    note: str
    briefing: Briefing | None
    href: str

    @property
    def label(self) -> str:
        """Return the status in words."""
        return STATUSES[self.status]


@dataclass(frozen=True)
class Proposal:
    """A compromise with the steps it had taken by a day, oldest first; there is at least one."""

    compromise: Compromise
    href: str
    steps: tuple[Step, ...]
    contested: bool

    @property
    def number(self) -> int:
        """Return the number that never changes."""
        return self.compromise.number

    @property
    def code(self) -> str:
        """Return the number as people write it: C12."""
        return self.compromise.code

    @property
    def headline(self) -> str:
        """Return what would be conceded, in a line."""
        return self.compromise.headline

    @property
    def status(self) -> str:
        """Return the status on that day."""
        return self.steps[-1].status


def proposed(process: Process, issue: Issue, day: date | None, sides: dict[int, Side], query: str) -> list[Proposal]:
    """Return the compromises of an issue begun by a day, by number, with their steps. One SQL query."""
    events = (
        StatusEvent.objects.live()
        .on(day)
        .filter(process=process, compromise__issue=issue, compromise__retired_at=None)
        .select_related("compromise", "briefing", "superseded_by")
        .annotate(contested=Citation.objects.contradicting_step())
        .order_by("compromise__number", "occurred_on", "id")
        .only(
            *(
                "status",
                "occurred_on",
                "precision",
                "note",
                "implementation",
                "rejected_by_id",
                "superseded_by__number",
            ),
            *("compromise__number", "compromise__headline", "compromise__test_sentence", "compromise__side_id"),
            *("briefing__slug", "briefing__title", "briefing__author", "briefing__retired_at"),
            *("briefing__published_on", "briefing__precision", "briefing__kind", "briefing__publisher"),
        )
    )
    taken: dict[int, list[StatusEvent]] = {}
    for event in events:
        taken.setdefault(event.compromise_id, []).append(event)
    return [
        Proposal(
            compromise=run[0].compromise,
            href=reverse("issues:compromise-detail", args=[process.slug, run[0].compromise.number]) + query,
            steps=tuple(step(process, event, wait, sides) for event, wait in zip(run, travel.waits(run), strict=True)),
            contested=any(event.contested for event in run),
        )
        for run in taken.values()
    ]


def step(process: Process, event: StatusEvent, wait: str, sides: dict[int, Side]) -> Step:
    """Return a step of a compromise; a briefing that was taken out is not named."""
    remarks = [wait]
    if event.rejected_by_id in sides:
        remarks.append(f"by {sides[event.rejected_by_id].name}")
    if event.superseded_by:
        remarks.append(f"by {event.superseded_by.code}")
    if event.implementation:
        remarks.append(f"implementation: {IMPLEMENTED[event.implementation].lower()}")
    briefing = event.briefing if event.briefing and not event.briefing.retired_at else None
    return Step(
        key=event.pk,
        status=event.status,
        occurred_on=event.occurred_on,
        precision=event.precision,
        remark=", ".join(remark for remark in remarks if remark),
        note=event.note,
        briefing=briefing,
        href=reverse("issues:briefing-detail", args=[process.slug, briefing.slug]) if briefing else "",
    )
