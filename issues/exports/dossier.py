"""The dossier: board, issues, positions, compromises and quotes of a process on a day, with a numbered bibliography.

Here it is put together as plain texts; `pages`, `word` and `markdown` write it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.urls import reverse

from ..analysis import prose
from ..analysis.dates import short, words
from ..choices import Relation
from ..models import Briefing, Citation, Compromise, Issue, Position, Process, Side, StatusEvent
from ..queries import briefings
from .about import About
from .citing import citing
from .references import FIELDS, clean, of_briefing

MOST = 2_000  # positions, compromises, steps and citations, each; a dossier of more would not be read
EARLIER = 12  # earlier positions of a side on an issue that are named
BETWEEN = re.compile(r"\n\s*\n")
MARK = re.compile(r" ?\[(\d{1,3})\]")


@dataclass(frozen=True)
class Source:
    """A citation under its claim; `number` is its briefing’s in the bibliography."""

    number: int
    said: str
    quote: str
    locator: str


@dataclass(frozen=True)
class Claim:
    """A position, a compromise or a step: its title, what is known of it, its text in paragraphs, and its sources."""

    title: str
    facts: str
    text: list[str]
    sources: list[Source]
    href: str = ""
    steps: list["Claim"] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """What one side holds on an issue (None where nothing is recorded), held before, and what is proposed for it."""

    side: str
    held: Claim | None
    earlier: list[str]
    compromises: list[Claim]


@dataclass(frozen=True)
class Chapter:
    """One issue."""

    title: str
    question: str
    text: list[str]
    scale: str
    parts: list[Part]


@dataclass(frozen=True)
class Dossier:
    """A whole dossier. `works` are (number, citation, address); `cut` says what was too much for it."""

    about: About
    question: str
    text: list[str]
    note: str
    chapters: list[Chapter]
    works: list[tuple[int, str, str]]
    cut: str

    @property
    def board(self) -> tuple[list[str], list[list[str]]]:
        """Return the names of the sides, and a row an issue: its title, then what each side holds."""
        sides = [part.side for part in self.chapters[0].parts] if self.chapters else []
        rows = [
            [
                one.title,
                *(f"{part.held.title} ({part.held.facts})" if part.held else "Not recorded" for part in one.parts),
            ]
            for one in self.chapters
        ]
        return sides, rows


class Bibliography:
    """The briefings that claims rest on, numbered in the order in which they are first named."""

    def __init__(self, process: Process, site: str):
        self.numbers: dict[int, int] = {}
        self.works: list[tuple[int, str, str]] = []
        self.before = site + reverse("issues:briefing-list", args=[process.slug])

    def number(self, briefing: Briefing) -> int:
        """Return the number of a briefing."""
        if briefing.pk not in self.numbers:
            self.numbers[briefing.pk] = len(self.numbers) + 1
            one = of_briefing(briefing, f"{self.before}{briefing.slug}/")
            self.works.append((len(self.numbers), citing(one).styles[1][1], one.url or one.page))
        return self.numbers[briefing.pk]


def dossier(process: Process, about: About, day: date | None, site: str, issue: Issue | None = None) -> Dossier:
    """Return the dossier of a process, or of one of its issues, on a day. Six SQL queries."""
    sides = list(Side.objects.live().filter(process=process).order_by("order", "id"))
    issues = [issue] if issue else list(Issue.objects.live().filter(process=process).order_by("order", "id"))
    of = {"process": process, "issue__in": issues, "side__in": sides}
    positions = list(Position.objects.live().filter(**of).on(day).order_by("-held_from", "-id")[: MOST + 1])
    compromises = list(Compromise.objects.live().filter(**of).with_status(day).order_by("number")[: MOST + 1])
    taken = StatusEvent.objects.live().on(day).filter(compromise__in=compromises[:MOST])
    related = taken.select_related("rejected_by", "briefing").defer("briefing__text")
    steps = list(related.order_by("occurred_on", "id")[: MOST + 1])
    cited = citations(process, issue, day)
    many = [(positions, "positions"), (compromises, "compromises"), (steps, "steps"), (cited, "citations")]
    cut = [f"only the first {MOST:,} {noun} are here" for rows, noun in many if len(rows) > MOST]
    writer = Writer(process, site, cited[:MOST], steps[:MOST])
    held, proposed = by_cell(positions[:MOST]), by_cell(compromises[:MOST])
    chapters = [writer.chapter(one, sides, held, proposed) for one in issues]
    note = process.method.get("editorial_note")
    return Dossier(
        about=about,
        question=clean(process.question),
        text=paragraphs(process.summary),
        note=clean(note) if isinstance(note, str) else "",
        chapters=chapters,
        works=writer.bibliography.works,
        cut="; ".join(cut),
    )


def by_cell(rows: Iterable) -> dict[tuple[int, int], list]:
    """Return rows by (key of the issue, key of the side)."""
    found = defaultdict(list)
    for row in rows:
        found[row.issue_id, row.side_id].append(row)
    return found


def citations(process: Process, issue: Issue | None, day: date | None) -> list[Citation]:
    """Return the citations of what is live on a day, in the order in which their claims number them. One SQL query."""
    rows = briefings.resting().filter(process=process, briefing__retired_at=None)
    if day:
        by_then = Q(position__held_from__lte=day) | Q(status_event__occurred_on__lte=day)
        rows = rows.filter(by_then | Q(compromise__isnull=False))
    if issue:
        on_a_step = Q(status_event__compromise__issue=issue)
        rows = rows.filter(Q(position__issue=issue) | Q(compromise__issue=issue) | on_a_step)
    only = [f"briefing__{name}" for name in FIELDS]
    own = (
        "briefing",
        "position_id",
        "compromise_id",
        "status_event_id",
        "order",
        "relation",
        "quote",
        "locator",
        "credibility",
    )
    return list(rows.select_related("briefing").only(*own, *only).order_by("order", "id")[: MOST + 1])


class Writer:
    """Writes what is on record of a process as the parts of its dossier."""

    def __init__(self, process: Process, site: str, cited: Iterable[Citation], steps: Iterable[StatusEvent]):
        self.process, self.site = process, site
        self.bibliography = Bibliography(process, site)
        self.cited: dict[tuple[str, int], list[Citation]] = defaultdict(list)
        for one in cited:
            for name in ("position", "compromise", "status_event"):
                if key := getattr(one, f"{name}_id"):
                    self.cited[name, key].append(one)
        self.steps: dict[int, list[StatusEvent]] = defaultdict(list)
        for step in steps:
            self.steps[step.compromise_id].append(step)

    def chapter(self, issue: Issue, sides: Sequence[Side], positions, compromises) -> Chapter:
        """Return one issue."""
        parts = []
        for side in sides:
            own, proposed = positions[issue.pk, side.pk], compromises[issue.pk, side.pk]
            before = [f"{short(one.held_from, one.precision)}: {clean(one.headline)}" for one in own[1:]]
            more = [f"and {len(before) - EARLIER} more"] if len(before) > EARLIER else []
            parts.append(
                Part(
                    side=clean(side.name),
                    held=self.position(own[0]) if own else None,
                    earlier=before[:EARLIER] + more,
                    compromises=[self.compromise(one) for one in proposed],
                )
            )
        scale = f"0: {clean(issue.scale_low)}. 100: {clean(issue.scale_high)}."
        return Chapter(clean(issue.title), clean(issue.question), paragraphs(issue.summary), scale, parts)

    def position(self, row: Position) -> Claim:
        """Return a position."""
        facts = [f"since {words(row.held_from, row.precision)}", row.get_commitment_display().lower()]
        facts += [f"{row.get_confidence_display().lower()} confidence"]
        facts += [f"placed at {row.placement} of 100" if row.placement is not None else "not placed on the scale"]
        href = self.site + reverse("issues:position-detail", args=[row.pk])
        return self.claim("position", row, row.headline, facts, row.body, href)

    def compromise(self, row: Compromise) -> Claim:
        """Return a compromise with its steps."""
        steps = [self.step(one) for one in self.steps[row.pk]]
        text = row.body
        if row.test_sentence:
            text = f"{text}\n\nCounts as adopted when: {row.test_sentence}"
        href = self.site + reverse("issues:compromise-detail", args=[self.process.slug, row.number])
        found = self.claim(
            "compromise", row, f"{row.code} {row.headline}", steps[-1:] and [steps[-1].title], text, href
        )
        found.steps.extend(steps)
        return found

    def step(self, row: StatusEvent) -> Claim:
        """Return a step of a compromise."""
        by = f" by {row.rejected_by.name}" if row.rejected_by else ""
        title = f"{row.get_status_display()}{by}, {words(row.occurred_on, row.precision)}"
        live = row.briefing and row.briefing.retired_at is None
        facts = [f"[{self.bibliography.number(row.briefing)}]"] if live else []
        return self.claim("status_event", row, title, facts, row.note)

    def claim(self, kind: str, row, title: str, facts: Sequence[str], text: str, href: str = "") -> Claim:
        """Return a claim with its sources; the marks in its text become their numbers in the bibliography."""
        sources = [
            Source(
                self.bibliography.number(one.briefing),
                "contradicts this" if one.relation == Relation.CONTRADICTS else one.get_relation_display().lower(),
                clean(one.quote),
                clean(one.locator),
            )
            for one in self.cited[kind, row.pk]
        ]
        numbers = [one.number for one in sources]
        return Claim(clean(title), ", ".join(facts), paragraphs(text, numbers), sources, href)


def paragraphs(text: str, numbers: Sequence[int] = ()) -> list[str]:
    """Return a text as plain paragraphs; its marks are replaced by numbers, and stand at its end where it has none."""

    def names(mark: re.Match) -> bool:
        return 1 <= int(mark[1]) <= len(numbers)

    def number(mark: re.Match) -> str:
        return f" [{numbers[int(mark[1]) - 1]}]" if names(mark) else mark[0]

    parts = [plain for part in BETWEEN.split(clean(text)) if (plain := prose.words(part.strip()))]
    marked = [MARK.sub(number, part) for part in parts]
    if parts and not any(names(mark) for part in parts for mark in MARK.finditer(part)):
        marked[-1] += "".join(f" [{one}]" for one in dict.fromkeys(numbers))
    return marked
