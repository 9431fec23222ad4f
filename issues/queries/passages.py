"""What rests on one briefing: the passages that claims cite, the document as a whole, and the steps it backs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import cast

from django.db.models import Q
from django.urls import reverse

from ..analysis.anchoring import Anchor, Text, collapse
from ..analysis.dates import words
from ..analysis.links import Link, link
from ..choices import Credibility, Relation, Status
from ..models import Briefing, Citation, Compromise, Issue, Process, Side, StatusEvent
from .briefings import resting, steps

SHOWN = 300  # citations and steps, each; a page of more would not be read
AROUND = 220  # characters of a stored text shown before and after a quote
WHOLE = 200_000  # characters of a stored text shown to those who cite from it

RELATIONS, STATUSES, CREDIBILITY = dict(Relation.choices), dict(Status.choices), dict(Credibility.choices)


@dataclass(frozen=True)
class Claim:
    """What cites the briefing: a position, a compromise or a step of one."""

    key: tuple[str, int]
    short: str
    title: str
    href: str
    issue: Issue
    side: Side


@dataclass(frozen=True)
class Note:
    """One citation beside its passage."""

    claim: Claim
    relation: str
    locator: str
    credibility: str
    is_whole: bool  # it cites the document, and no words of it

    @property
    def contradicts(self) -> bool:
        """Tell whether the passage says otherwise than the claim."""
        return self.relation == Relation.CONTRADICTS

    @property
    def said(self) -> str:
        """Return the relation in words."""
        return RELATIONS[self.relation]


@dataclass
class Passage:
    """Words of the briefing, in their surroundings where these are known, and the claims that cite them.

    `places` counts where the words stand in the stored text; it is None where there is no text to look in. Only at 1
    are they anchored, and only then is `place` where they begin, else -1.
    """

    key: str
    before: str
    quote: str
    after: str
    places: int | None
    place: int
    end: int
    read_at: Link | None
    elsewhere: bool
    notes: list[Note] = field(default_factory=list)

    @property
    def locators(self) -> list[str]:
        """Return where in the document the words stand, each place once."""
        return list(dict.fromkeys(note.locator for note in self.notes if note.locator))


@dataclass(frozen=True)
class Step:
    """A step of a compromise that rests on the briefing."""

    code: str
    headline: str
    href: str
    status: str
    occurred_on: date
    precision: str
    note: str
    by: str


@dataclass(frozen=True)
class Resting:
    """All that rests on a briefing. `parts`: (issue, passages); `citing`: (claim, its relations) once a claim.

    `text`: the stored text in pieces of (words, key of the passage they are or ""), cut at WHOLE.
    """

    parts: list[tuple[str, list[Passage]]]
    whole: list[Note]
    steps: list[Step]
    citing: list[tuple[Claim, list[Note]]]
    text: list[tuple[str, str]]
    more: bool

    @property
    def passages(self) -> int:
        """Return how many passages are quoted."""
        return sum(len(passages) for _, passages in self.parts)


@dataclass(frozen=True)
class Addresses:
    """Where the document can be read: web links only, whatever is stored."""

    original: Link | None
    others: list[Link]
    archived: Link | None
    unusable: bool  # an address is on file, but it is none that a browser should open


def find(process: Process, slug: str) -> Briefing | None:
    """Return a live briefing of the process, or None. One SQL query."""
    return Briefing.objects.live().filter(process=process, slug=slug).defer("provenance").first()


def addresses(briefing: Briefing) -> Addresses:
    """Return the briefing's addresses as links. No SQL query."""
    others = briefing.other_urls if isinstance(briefing.other_urls, list) else []
    links = [link(url) for url in others if isinstance(url, str)]
    original = link(briefing.url)
    return Addresses(
        original, [one for one in links if one], link(briefing.archived_url), bool(briefing.url) and not original
    )


def of(process: Process, briefing: Briefing, day: date | None = None) -> Resting:
    """Return what rests on a briefing; with a day, only what was held or had happened by then. Three SQL queries."""
    found = citations(briefing, day)
    events = list(
        steps()
        .on(day)
        .filter(briefing=briefing)
        .select_related("compromise__issue", "compromise__side", "rejected_by")
        .order_by("-occurred_on", "-id")[: SHOWN + 1]
    )
    statuses = status_of([one.compromise_id for one in found if one.compromise_id], day)
    notes = []
    for citation in found[:SHOWN]:
        if citation.compromise_id and citation.compromise_id not in statuses:
            continue  # it had not begun by that day
        claim = claim_of(process, citation, statuses, day)
        judged = "" if citation.credibility == Credibility.UNJUDGED else CREDIBILITY[citation.credibility]
        notes.append((citation, Note(claim, citation.relation, citation.locator, judged, not citation.quote)))
    notes.sort(key=lambda pair: (pair[1].claim.issue.order, pair[1].claim.issue.pk))
    quoted = parts(briefing, [pair for pair in notes if pair[0].quote])
    return Resting(
        parts=quoted,
        whole=[note for _, note in notes if note.is_whole],
        steps=[step_of(process, event, day) for event in events[:SHOWN]],
        citing=citing([note for _, note in notes]),
        text=pieces(briefing.text[:WHOLE], [passage for _, passages in quoted for passage in passages]),
        more=len(found) > SHOWN or len(events) > SHOWN,
    )


def citations(briefing: Briefing, day: date | None) -> list[Citation]:
    """Return the live citations of a briefing with their claims, SHOWN and one more at most. One SQL query."""
    rows = resting().filter(briefing=briefing)
    if day:
        rows = rows.filter(
            Q(position__held_from__lte=day) | Q(status_event__occurred_on__lte=day) | Q(compromise__isnull=False)
        )
    return list(
        rows.select_related(
            "position__issue",
            "position__side",
            "compromise__issue",
            "compromise__side",
            "status_event__compromise__issue",
            "status_event__compromise__side",
        ).order_by("id")[: SHOWN + 1]
    )


def status_of(compromises: Iterable[int], day: date | None) -> dict[int, str]:
    """Return compromise key → its status on a day, for those that had begun by then. One SQL query."""
    rows = Compromise.objects.filter(pk__in=set(compromises)).with_status(day)
    return dict(rows.order_by().values_list("pk", "status"))


def claim_of(process: Process, citation: Citation, statuses: dict[int, str], day: date | None) -> Claim:
    """Return the claim that a citation backs."""
    if position := citation.position:
        return Claim(
            key=("position", position.pk),
            short=f"{position.side.name} on {position.issue.title}, {words(position.held_from, position.precision)}",
            title=position.headline,
            href=at(reverse("issues:position-detail", args=[position.pk]), day),
            issue=position.issue,
            side=position.side,
        )
    event = citation.status_event
    # A database constraint: a citation has exactly one of the three.
    compromise = event.compromise if event else cast(Compromise, citation.compromise)
    if event:
        status = STATUSES[event.status].lower()
        key, said = ("step", event.pk), f"{status} on {words(event.occurred_on, event.precision)}"
    else:
        key, said = ("compromise", compromise.pk), STATUSES[statuses[compromise.pk]].lower()
    return Claim(
        key=key,
        short=f"{compromise.code}, {said}",
        title=f"{compromise.code} {compromise.headline}" + (f": {said}" if event else ""),
        href=at(reverse("issues:compromise-detail", args=[process.slug, compromise.number]), day),
        issue=compromise.issue,
        side=compromise.side,
    )


def step_of(process: Process, event: StatusEvent, day: date | None) -> Step:
    """Return a step as the page shows it."""
    compromise = event.compromise
    return Step(
        code=compromise.code,
        headline=compromise.headline,
        href=at(reverse("issues:compromise-detail", args=[process.slug, compromise.number]), day),
        status=event.status,
        occurred_on=event.occurred_on,
        precision=event.precision,
        note=event.note,
        by=event.rejected_by.name if event.rejected_by else "",
    )


def at(href: str, day: date | None) -> str:
    """Return an address on the day shown."""
    return f"{href}?on={day.isoformat()}" if day else href


def parts(briefing: Briefing, notes: list[tuple[Citation, Note]]) -> list[tuple[str, list[Passage]]]:
    """Return the quoted passages by issue, each once with everything that cites it, in the text's order."""
    passages: dict[tuple[int, str], Passage] = {}
    issues: dict[tuple[int, str], Issue] = {}
    text = Text(briefing.text) if briefing.text and notes else None
    for citation, note in notes:
        passage = passage_of(briefing, citation, text)
        key = (passage.place, collapse(citation.quote).strip())
        if key not in passages:
            passages[key], issues[key] = passage, note.claim.issue
        passages[key].notes.append(note)
    placed = sorted(passages.items(), key=lambda pair: (issues[pair[0]].order, issues[pair[0]].pk, pair[1].place))
    by_issue = groupby(placed, key=lambda pair: issues[pair[0]])
    return [(issue.title, [passage for _, passage in rows]) for issue, rows in by_issue]


def passage_of(briefing: Briefing, citation: Citation, text: Text | None) -> Passage:
    """Return a citation's words with what stands around them: in the stored text, or as the citation gives it."""
    before, quote, after = citation.prefix, citation.quote, citation.suffix
    found: list[Anchor] = text.places(quote, before, after, most=2) if text else []
    anchor = found[0] if len(found) == 1 else None
    if anchor:
        before = head(briefing.text[max(0, anchor.start - AROUND - 1) : anchor.start])
        quote, after = anchor.exact, tail(briefing.text[anchor.end :][: AROUND + 1])
    read_at = link(citation.quote_url)
    return Passage(
        key=f"q{citation.pk}",
        before=before,
        quote=quote,
        after=after,
        places=len(found) if text else None,
        place=anchor.start if anchor else -1,
        end=anchor.end if anchor else -1,
        read_at=read_at,
        elsewhere=bool(read_at) and citation.quote_url != briefing.url,
    )


def pieces(text: str, passages: Iterable[Passage]) -> list[tuple[str, str]]:
    """Return a text cut at the passages that stand in it, as (words, key of the passage or ""); the first one wins."""
    found, at = [], 0
    for passage in sorted(passages, key=lambda one: (one.place, -one.end)):
        if at <= passage.place < passage.end <= len(text):
            found += [(text[at : passage.place], ""), (text[passage.place : passage.end], passage.key)]
            at = passage.end
    return [piece for piece in (*found, (text[at:], "")) if piece[0]]


def head(text: str) -> str:
    """Return the words that lead up to a quote, cut at a space if there were more."""
    return text if len(text) <= AROUND else "… " + text.partition(" ")[2]


def tail(text: str) -> str:
    """Return the words that follow a quote, cut at a space if there are more."""
    return text if len(text) <= AROUND else text.rpartition(" ")[0] + " …"


def citing(notes: list[Note]) -> list[tuple[Claim, list[Note]]]:
    """Return each claim once, with one note for each relation in which it cites the briefing."""
    claims: dict[tuple[str, int], tuple[Claim, dict[str, Note]]] = {}
    for note in notes:
        claims.setdefault(note.claim.key, (note.claim, {}))[1].setdefault(note.relation, note)
    return [(claim, list(relations.values())) for claim, relations in claims.values()]
