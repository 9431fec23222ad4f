"""What the page of one compromise needs: the steps it took by a day, its links to others, and its sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from ..analysis import travel
from ..analysis.axis import Axis
from ..analysis.dates import span, words
from ..choices import ENDINGS, POLICY, Implementation, LinkBasis, LinkKind, Relation, Status
from ..models import Briefing, Compromise, CompromiseLink, Process, StatusEvent
from . import proposals, sources

SETTLED = (*POLICY, *ENDINGS)
STATUSES, IMPLEMENTED = dict(Status.choices), dict(Implementation.choices)

# What a link says on the page of the compromise it starts from, and of the one it leads to.
SAID = {
    LinkKind.REQUIRES: ("Requires", "Required by"),
    LinkKind.EXCLUDES: ("Excludes", "Excludes"),
    LinkKind.IN_EXCHANGE_FOR: ("In exchange for", "In return for it"),
    LinkKind.FOLLOWS: ("Follows", "Followed by"),
}
# What is shown of the ends of a link, and of the briefing that says so.
END = ("number", "headline", "side__name", "side__marker", "side__colour")
READ = tuple(f"briefing__{name}" for name in ("slug", "title", "published_on", "precision", "retired_at"))
BASES = {LinkBasis.SOURCE: "A source says so", LinkBasis.LOGIC: "It follows from the two texts"}


@dataclass(frozen=True)
class Taken:
    """A step of the compromise with the sources of its own, and the compromise that replaced it, if one did."""

    step: proposals.Step
    sources: tuple[sources.Source, ...]
    successor: Compromise | None
    successor_href: str

    @property
    def anchor(self) -> str:
        """Return the step's id on the page."""
        return f"step-{self.step.key}"


@dataclass(frozen=True)
class Tie:
    """A link as the page of one of its ends says it; `other` is the other end, in its status on the day shown.

    `end` names the end whose page it is, source or target.
    """

    key: int
    end: str
    said: str
    other: Compromise
    href: str
    status: str
    basis: str
    briefing: Briefing | None
    briefing_href: str
    reason: str


@dataclass(frozen=True)
class Course:
    """One compromise by a day. Without `taken` it was not on file yet; `first` is then the day on which it came."""

    first: date | None
    taken: tuple[Taken, ...]
    status: str
    since: StatusEvent | None
    days: str
    stalled: bool
    contested: bool
    adopted: str
    implementation: str
    line: travel.Travel | None
    begins: date | None
    sources: tuple[sources.Source, ...]
    ties: tuple[Tie, ...]


def find(process: Process, number: int) -> Compromise | None:
    """Return a live compromise by its number, with its issue and side, or None. One SQL query."""
    found = Compromise.objects.live().filter(process=process, number=number).select_related("issue", "side").first()
    if found:
        found.process = process
    return found


def neighbours(compromise: Compromise) -> tuple[Compromise | None, Compromise | None]:
    """Return the compromises with the next lower and the next higher number. Two SQL queries."""
    others = Compromise.objects.live().filter(process=compromise.process_id).only("number", "headline")
    before = others.filter(number__lt=compromise.number).order_by("-number").first()
    after = others.filter(number__gt=compromise.number).order_by("number").first()
    return before, after


def course(compromise: Compromise, day: date | None, shown: date) -> Course:
    """Return a compromise's course by a day (None: to the latest step). Four SQL queries."""
    process, query = compromise.process, f"?on={day}" if day else ""
    every = list(
        StatusEvent.objects.live()
        .filter(compromise=compromise)
        .select_related("briefing", "rejected_by", "superseded_by")
        .order_by("occurred_on", "id")
    )
    steps = [step for step in every if day is None or step.occurred_on <= day]
    own = sources.of(process, "compromise", [compromise.pk]).get(compromise.pk, ())
    of_steps = sources.of(process, "status_event", [step.pk for step in steps])
    first = every[0].occurred_on if every else None
    contested = any(source.relation == Relation.CONTRADICTS for found in (own, *of_steps.values()) for source in found)
    began = travel.entry(steps) if steps else None
    axis = Axis.over([*(step.occurred_on for step in steps), shown]) if steps else None
    return Course(
        first=first,
        taken=taken(process, steps, of_steps, query),
        status=steps[-1].status if steps else "",
        since=began,
        days=lasting(steps, shown),
        stalled=bool(steps) and travel.stalled(steps, shown, process.stalled_after_days, SETTLED),
        contested=contested,
        adopted=adoption(steps),
        implementation=IMPLEMENTED.get(steps[-1].implementation or "", "") if steps else "",
        line=travel.line(steps, axis, STATUSES.get) if axis else None,
        begins=steps[0].occurred_on if steps else None,
        sources=own,
        ties=ties(compromise, day, query),
    )


def taken(process: Process, steps: Sequence[StatusEvent], of_steps, query: str) -> tuple[Taken, ...]:
    """Return the steps ready to show. No SQL query."""
    sides = {step.rejected_by_id: step.rejected_by for step in steps if step.rejected_by}
    made = []
    for event, wait in zip(steps, travel.waits(steps), strict=True):
        successor = event.superseded_by if event.superseded_by and not event.superseded_by.retired_at else None
        event.superseded_by = None  # named with its headline, not only with its number
        made.append(
            Taken(
                step=proposals.step(process, event, wait, sides),
                sources=of_steps.get(event.pk, ()),
                successor=successor,
                successor_href=address(process, successor, query) if successor else "",
            )
        )
    return tuple(made)


def lasting(steps: Sequence[StatusEvent], shown: date) -> str:
    """Return for how long the present status has stood: 648 days, or about 648 days where the date is not exact."""
    if not steps:
        return ""
    days = travel.days_in_status(steps, shown)
    about = "" if travel.entry(steps).precision == "day" else "about "
    return f"{about}{days:,} {'day' if days == 1 else 'days'}"


def adoption(steps: Sequence[StatusEvent]) -> str:
    """Return when the compromise first became policy and how long that took, or nothing."""
    days = travel.days_until(steps, POLICY)
    if days is None:
        return ""
    step = next(step for step in steps if step.status in POLICY)
    about = "" if step.precision == steps[0].precision == "day" else "about "
    return f"{words(step.occurred_on, step.precision)}, " + (
        f"after {about}{span(days)}" if days else "no earlier step" if step is steps[0] else "the same day"
    )


def ties(compromise: Compromise, day: date | None, query: str) -> tuple[Tie, ...]:
    """Return the links of a compromise to others that were on file by a day. One SQL query."""
    found = (
        CompromiseLink.objects.live()
        .filter(Q(source=compromise) | Q(target=compromise), source__retired_at=None, target__retired_at=None)
        .annotate(source_status=status_of("source", day), target_status=status_of("target", day))
        .select_related("source__side", "target__side", "briefing")
        .only("kind", "basis", "reason", *(f"{end}__{name}" for end in ("source", "target") for name in END), *READ)
        .order_by("id")
    )
    made: dict[tuple[str, int], Tie] = {}
    for link in found:
        outward = link.source_id == compromise.pk
        other, status = (link.target, link.target_status) if outward else (link.source, link.source_status)
        briefing = link.briefing if link.briefing and not link.briefing.retired_at else None
        if not status or (day and briefing and briefing.published_on > day):
            continue
        said = SAID[LinkKind(link.kind)][0 if outward else 1]
        # Two that exclude each other may be on file from both ends; it is one statement.
        made.setdefault(
            (said, other.pk),
            Tie(
                key=link.pk,
                end="source" if outward else "target",
                said=said,
                other=other,
                href=address(compromise.process, other, query),
                status=status,
                basis=BASES[LinkBasis(link.basis)],
                briefing=briefing,
                briefing_href=reverse("issues:briefing-detail", args=[compromise.process.slug, briefing.slug])
                if briefing
                else "",
                reason=link.reason,
            ),
        )
    order = [said for pair in SAID.values() for said in pair]
    return tuple(sorted(made.values(), key=lambda tie: (order.index(tie.said), tie.other.number)))


def status_of(end: str, day: date | None) -> Subquery:
    """Return the status, by a day, of the compromise at one end of a link."""
    steps = StatusEvent.objects.live().on(day).filter(compromise=OuterRef(end))
    return Subquery(steps.order_by("-occurred_on", "-id").values("status")[:1])


def address(process: Process, compromise: Compromise, query: str) -> str:
    """Return the address of a compromise, with the day of the page that names it."""
    return reverse("issues:compromise-detail", args=[process.slug, compromise.number]) + query
