"""What the list of briefings needs: its rows, and how many each filter would leave."""

from calendar import month_name
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.conf.locale import LANG_INFO
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from ..analysis import dates, prose
from ..analysis.coins import coins
from ..choices import BriefingKind
from ..models import Briefing, Citation, Issue, Process, StatusEvent
from ..models.compromise import StatusEventQuerySet
from . import pages

# Counts are exact up to so many briefings; above it they are left out, so that no page grows with the record.
COUNTED = 3000
WORDS = 8  # of the text filter; more are not looked at
ABSTRACT = 260  # characters of an abstract that the list shows

ORDERS = {"newest": ("-published_on", "-id"), "oldest": ("published_on", "id"), "title": ("title", "id")}
COLUMNS = {"kind": "kind", "reliability": "reliability", "read": "read_as", "language": "language"}
KINDS = dict(BriefingKind.choices)
SMALL = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True)
class Filters:
    """What a reader asks for. `picked`: facet → the values chosen; `words` is looked for in titles and authors."""

    words: str = ""
    picked: Mapping[str, Collection[str]] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    on: date | None = None
    sort: str = "newest"
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Scope:
    """What a process's briefings can be filtered by, as (value, label), and the sentence that sums them up."""

    issues: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    lede: str


@dataclass(frozen=True)
class Row:
    """A briefing as the list shows it."""

    href: str
    title: str
    abstract: str
    about: str
    machine: str
    day: str
    use: str
    coins: str


@dataclass(frozen=True)
class Listing:
    """A page of the list as (heading, rows); how many briefings pass; facet → value → how many would pass with it.

    `total` is None above COUNTED; `counts` is None where the briefings to count are more than that.
    """

    groups: list[tuple[str, list[Row]]]
    total: int | None
    counts: dict[str, Counter[str]] | None
    page: pages.Page


def resting() -> QuerySet[Citation]:
    """Return the live citations of claims that are live themselves."""
    return Citation.objects.live().filter(
        position__retired_at=None,
        compromise__retired_at=None,
        status_event__retired_at=None,
        status_event__compromise__retired_at=None,
    )


def steps() -> StatusEventQuerySet:
    """Return the live steps of live compromises."""
    return StatusEvent.objects.live().filter(compromise__retired_at=None)


def language_name(tag: str) -> str:
    """Return the English name of a language tag, or the tag itself where no name is known."""
    return LANG_INFO.get(tag.lower(), {}).get("name") or tag


def scope(process: Process) -> Scope:
    """Return what the briefings of a process can be filtered by, and the lede. Two SQL queries."""
    issues = Issue.objects.live().filter(process=process).values_list("slug", "title")
    newest = Briefing.objects.live().filter(process=process).order_by(*ORDERS["newest"])[: COUNTED + 1]
    languages = (
        Briefing.objects.filter(pk__in=newest.values("pk"))
        .order_by("language")
        .values_list("language")
        .annotate(n=Count("pk"), cited=Count("pk", filter=cited()))
    )
    rows = list(languages)
    total = sum(n for _, n, _ in rows)
    uncited = total - sum(n for _, _, n in rows)
    return Scope(list(issues), [(tag, language_name(tag)) for tag, _, _ in rows], lede(total, uncited))


def lede(total: int, uncited: int) -> str:
    """Return the sentence over the list."""
    if not total:
        return "No briefings are recorded yet."
    if total > COUNTED:
        return f"More than {COUNTED:,} dated documents back the positions and compromises."
    documents = f"{number(total)} dated {'document' if total == 1 else 'documents'}"
    if uncited == total:
        return f"{documents} {'is' if total == 1 else 'are'} on file, not cited yet."
    rest = f" {number(uncited)} {'is' if uncited == 1 else 'are'} not cited yet." if uncited else ""
    return f"{documents} {'backs' if total == 1 else 'back'} the positions and compromises.{rest}"


def number(n: int) -> str:
    """Return a count as it begins a sentence."""
    return SMALL[n - 1] if 1 <= n <= len(SMALL) else f"{n:,}"


def listing(process: Process, filters: Filters) -> Listing:
    """Return a page of the briefings that pass the filters, with the counts of every facet. Four SQL queries."""
    found = within(process, filters)
    picked = {name: frozenset(values) for name, values in filters.picked.items() if values}
    fields = ("id", "slug", "title", "author", "publisher", "kind", "published_on", "precision", "abstract")
    fields += ("url", "language")
    page = pages.keyset(
        chosen(found, picked).values(*fields), ORDERS[filters.sort], after=filters.after, before=filters.before
    )
    total, counts = count(process, found, picked)
    uses = uses_of([row["id"] for row in page.rows])
    dated = filters.sort != "title"
    groups = groupby(page.rows, key=month if dated else lambda row: "")
    return Listing(
        groups=[(title, [shown(process, row, uses[row["id"]], dated) for row in rows]) for title, rows in groups],
        total=total,
        counts=counts,
        page=page,
    )


def within(process: Process, filters: Filters) -> QuerySet[Briefing]:
    """Return the live briefings that pass every filter but the facets."""
    found = Briefing.objects.live().filter(process=process).on(filters.on)
    if filters.first:
        found = found.filter(published_on__gte=filters.first)
    if filters.last:
        found = found.filter(published_on__lte=filters.last)
    # A look along the titles of one process, at worst all of them. Searching by content is a room of its own, later.
    for word in filters.words.split()[:WORDS]:
        found = found.filter(Q(title__icontains=word) | Q(author__icontains=word))
    return found


def chosen(found: QuerySet[Briefing], picked: Mapping[str, Collection[str]]) -> QuerySet[Briefing]:
    """Return the briefings that pass the facets too: any value within a facet, every facet."""
    for name, values in picked.items():
        if name in COLUMNS:
            found = found.filter(**{f"{COLUMNS[name]}__in": values})
        elif name == "issue":
            found = found.filter(on_issues(values))
        elif len(values) == 1:  # cited and uncited together are everything
            found = found.filter(cited() if "cited" in values else ~cited())
    return found


def cited() -> Q:
    """Return the condition that something rests on a briefing: a citation, or a step of a compromise."""
    here = OuterRef("pk")
    return Q(Exists(resting().filter(briefing=here))) | Q(Exists(steps().filter(briefing=here)))


def on_issues(slugs: Iterable[str]) -> Q:
    """Return the condition that something on one of the issues rests on a briefing."""
    here, slugs = OuterRef("pk"), list(slugs)
    claims = (
        Q(position__issue__slug__in=slugs)
        | Q(compromise__issue__slug__in=slugs)
        | Q(status_event__compromise__issue__slug__in=slugs)
    )
    return Q(Exists(resting().filter(claims, briefing=here))) | Q(
        Exists(steps().filter(briefing=here, compromise__issue__slug__in=slugs))
    )


def count(
    process: Process, found: QuerySet[Briefing], picked: Mapping[str, frozenset[str]]
) -> tuple[int | None, dict[str, Counter[str]] | None]:
    """Return `total` and `counts` of a listing. Two SQL queries."""
    rows = list(found.order_by().values_list("pk", *COLUMNS.values())[: COUNTED + 1])
    if len(rows) > COUNTED:
        total = chosen(found, picked).order_by()[: COUNTED + 1].count()
        return total if total <= COUNTED else None, None
    issues = issues_of(process, found)
    total = 0
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*COLUMNS, "issue", "used")}
    for pk, *columns in rows:
        values = {name: {value} for name, value in zip(COLUMNS, columns, strict=True)}
        values["issue"] = issues.get(pk, set())
        values["used"] = {"cited" if pk in issues else "uncited"}
        refusing = [name for name, wanted in picked.items() if not wanted & values[name]]
        total += not refusing
        for name, held in values.items():
            if refusing in ([], [name]):  # a facet's counts are those of what passes all the others
                counts[name].update(held)
    return total, counts


def issues_of(process: Process, found: QuerySet[Briefing]) -> dict[int, set[str]]:
    """Return briefing key → slugs of the issues on which something rests on it. One SQL query."""
    issue = Coalesce("position__issue__slug", "compromise__issue__slug", "status_event__compromise__issue__slug")
    # A citation is of its briefing's process; saying so keeps PostgreSQL from joining those of all the others.
    of_found = {"process": process, "briefing__in": found.order_by().values("pk")}
    by_citation, by_step = resting().filter(**of_found).order_by(), steps().filter(**of_found).order_by()
    pairs = by_citation.values_list("briefing", issue).union(by_step.values_list("briefing", "compromise__issue__slug"))
    issues = defaultdict(set)
    for briefing, slug in pairs:
        issues[briefing].add(slug)
    return issues


def uses_of(briefings: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return briefing key → (citations, steps) that rest on it. One SQL query."""
    parts = [
        rows.filter(briefing__in=briefings).order_by().values_list("briefing", Value(place)).annotate(n=Count("pk"))
        for place, rows in enumerate((resting(), steps()))
    ]
    uses = {pk: [0, 0] for pk in briefings}
    for briefing, place, n in parts[0].union(parts[1], all=True):
        uses[briefing][place] = n
    return {pk: (citations, taken) for pk, (citations, taken) in uses.items()}


def twin(process: Process, url: str, besides: Briefing | None = None) -> tuple[str, str] | None:
    """Return (title, address of its page) of a live briefing that is read at a web address, or None. One SQL query."""
    found = Briefing.objects.live().filter(process=process)
    same = found.exclude(pk=besides.pk if besides else None).order_by("pk").read_at(url)
    return (same.title, reverse("issues:briefing-detail", args=[process.slug, same.slug])) if same else None


def month(row: Mapping) -> str:
    """Return the heading under which a briefing stands: February 2025."""
    day = row["published_on"]
    return f"{day.year}, month not given" if row["precision"] == "year" else f"{month_name[day.month]} {day.year}"


def shown(process: Process, row: Mapping, uses: tuple[int, int], dated: bool) -> Row:
    """Return a briefing as the list shows it; under a month's heading (`dated`) the year is left out."""
    day, precision, (citations, taken) = row["published_on"], row["precision"], uses
    words = dates.words(day, precision)
    counts = [f"{n:,} {word}{'' if n == 1 else 's'}" for n, word in ((citations, "citation"), (taken, "step")) if n]
    return Row(
        href=reverse("issues:briefing-detail", args=[process.slug, row["slug"]]),
        title=row["title"],
        abstract=prose.beginning(row["abstract"], ABSTRACT),
        about=", ".join(filter(None, (KINDS[row["kind"]], row["author"] or row["publisher"]))),
        machine=dates.machine(day, precision),
        day=words.replace(f" {day.year}", "") if dated else words,
        use=", ".join(counts),
        coins=coins(
            title=row["title"],
            author=row["author"],
            publisher=row["publisher"],
            date=dates.machine(day, precision),
            kind=KINDS[row["kind"]],
            url=row["url"] or "",
            language=row["language"],
        ),
    )
