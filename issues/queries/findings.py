"""What a search found, as its page shows it: in groups, with addresses, and what else to filter by."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import CharField, IntegerField, Value
from django.urls import reverse

from ..analysis import dates
from ..choices import SearchKind, Status
from ..models import Issue, Process, Side
from ..search import SIZE, Entry, Found, Hit, Pieces

KINDS = dict(SearchKind.choices)
STATUSES = dict(Status.choices)
ONE = {
    SearchKind.ISSUE: "Issue",
    SearchKind.POSITION: "Position",
    SearchKind.COMPROMISE: "Compromise",
    SearchKind.STEP: "Step",
    SearchKind.QUOTE: "Quote",
    SearchKind.BRIEFING: "Briefing",
    SearchKind.TEXT: "Stored text",
    SearchKind.CHANGE: "Change",
}


@dataclass(frozen=True)
class Agenda:
    """The live issues and sides of a process, each in its order."""

    issues: list[Issue]
    sides: list[Side]


@dataclass(frozen=True)
class Row:
    """A hit as the page shows it. `status` is its badge, empty where it has none or its status then is not known."""

    label: str
    href: str
    side: Side | None
    status: str
    title: Pieces
    passage: Pieces
    is_quote: bool
    about: str


@dataclass(frozen=True)
class Group:
    """Hits of one kind, the best first: `total` of them, of which `rows` are shown."""

    kind: str
    title: str
    total: int
    rows: list[Row]

    @property
    def has_more(self) -> bool:
        return self.total > len(self.rows)


def agenda(process: Process) -> Agenda:
    """Return the live issues and sides of a process. One SQL query."""
    own = {"process": process, "retired_at": None}
    none, nothing = Value(0, IntegerField()), Value("", CharField())
    issues = Issue.objects.filter(**own).order_by().annotate(marker=nothing, colour=none, which=Value(0))
    sides = Side.objects.filter(**own).order_by().annotate(which=Value(1))
    names = ("which", "order", "pk", "slug")
    rows = issues.values_list(*names, "title", "marker", "colour").union(
        sides.values_list(*names, "name", "marker", "colour"), all=True
    )
    found = Agenda([], [])
    for which, order, pk, slug, name, marker, colour in sorted(rows):
        if which:
            found.sides.append(Side(pk=pk, order=order, slug=slug, name=name, marker=marker, colour=colour))
        else:
            found.issues.append(Issue(pk=pk, order=order, slug=slug, title=name))
    return found


def groups(process: Process, found: Found, agenda: Agenda, *, is_past: bool) -> list[Group]:
    """Return what was found in groups; `is_past` leaves out what is true only of the present."""
    issues = {one.pk: one.title for one in agenda.issues}
    sides = {one.pk: one for one in agenda.sides}
    return [
        Group(
            kind,
            KINDS[kind],
            found.totals[kind],
            [shown(process, hit, issues, sides, is_past) for hit in hits],
        )
        for kind, hits in found.hits.items()
    ]


def shown(process: Process, hit: Hit, issues: dict, sides: dict, is_past: bool) -> Row:
    """Return a hit as the page shows it."""
    entry = hit.entry
    label, title = ONE[SearchKind(entry.kind)], hit.title
    if entry.kind in (SearchKind.COMPROMISE, SearchKind.STEP):
        label = f"{label} of C{entry.place}" if entry.kind == SearchKind.STEP else f"{label} C{entry.place}"
    if entry.kind == SearchKind.CHANGE:
        title = [(f"Change {entry.place}", False)]
    return Row(
        label=label,
        href=href(process, entry),
        side=sides.get(entry.side),
        # The status of a step is its own; that of a compromise changes with every step.
        status="" if is_past and entry.kind == SearchKind.COMPROMISE else entry.status,
        title=title,
        passage=hit.passage,
        is_quote=entry.kind in (SearchKind.QUOTE, SearchKind.TEXT),
        about=", ".join(about(entry, issues)),
    )


def about(entry: Entry, issues: dict) -> Iterable[str]:
    """Yield what else is said of an entry."""
    if entry.issue in issues and entry.kind != SearchKind.ISSUE:
        yield issues[entry.issue]
    if entry.day:
        day = dates.short(entry.day, entry.precision)
        begun = {SearchKind.POSITION: "held from ", SearchKind.COMPROMISE: "proposed since "}
        yield begun.get(SearchKind(entry.kind), "") + day


def href(process: Process, entry: Entry) -> str:
    """Return the address at which an entry stands."""
    slug, place = process.slug, entry.place
    match entry.kind:
        case SearchKind.ISSUE:
            return reverse("issues:issue-detail", args=[slug, place])
        case SearchKind.POSITION:
            return reverse("issues:position-detail", args=[entry.object_id])
        case SearchKind.COMPROMISE:
            return reverse("issues:compromise-detail", args=[slug, place])
        case SearchKind.STEP:
            return f"{reverse('issues:compromise-detail', args=[slug, place])}#step-{entry.object_id}"
        case SearchKind.CHANGE:
            return reverse("issues:change-detail", args=[entry.object_id])
    address = reverse("issues:briefing-detail", args=[slug, place])
    places = {SearchKind.QUOTE: f"#q{entry.object_id}", SearchKind.TEXT: "#text"}
    return address + places.get(SearchKind(entry.kind), "")


def said(found: Found, words: str) -> str:
    """Return how much was found, as a sentence."""
    if not found.query.wanted:
        return "Nothing is looked for yet." if not words else "There is no word in this to look for."
    if found.is_slow:
        return "Looking took too long. Add a word, or take one away that is very common."
    number = f"{found.total:,}{' and more' if found.is_capped else ''}"
    return f"{number} {'result' if found.total == 1 else 'results'}" if found.total else "Nothing found"


def pages(found: Found, page: int) -> tuple[int | None, int | None]:
    """Return the numbers of the pages before and after one, None where there is none; only one kind has pages."""
    if len(found.totals) != 1:
        return None, None
    return (page - 1 if page > 1 else None), (page + 1 if page * SIZE < found.total else None)
