"""What the record of a process lacks: the test of each kind, and the counts on a day that the board shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from ..choices import Confidence, LackKind, SideRole
from ..models import Citation, Process, citation
from .tallies import Course

LISTED = 3  # a count up to this is named one by one; a larger one links to where all of them stand


@dataclass(frozen=True)
class Lack:
    """A count of what is missing: `count` of `of`, in words, with (label, address) links."""

    kind: LackKind
    count: int
    of: int
    words: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kind:
    """One kind of lack: how many of what, in words, and whether a thing has it."""

    kind: LackKind
    words: str
    test: Callable[[Any], bool]


# A cell of the board has an issue, a side, a position or None, and whether that is contested. Of a mediator no position
# of its own is expected.
OF_CELLS = Kind(
    LackKind.NO_POSITION, "pairs of a side and an issue have no position on file.", lambda cell: not cell.position
)
OF_POSITIONS = (
    Kind(
        LackKind.UNSURE,
        "positions are held with low confidence, or nobody has assessed it.",
        lambda cell: cell.position.confidence in (Confidence.LOW, Confidence.UNASSESSED),
    ),
    Kind(
        LackKind.UNPLACED,
        "positions have no place on their issue’s scale.",
        lambda cell: cell.position.placement is None,
    ),
    Kind(LackKind.NO_SOURCE, "positions cite no briefing.", lambda cell: not cell.position.sources),
    Kind(LackKind.SINGLE_SOURCE, "positions rest on a single briefing.", lambda cell: cell.position.sources == 1),
    Kind(LackKind.CONTESTED, "positions are contested by a briefing that says otherwise.", lambda cell: cell.contested),
)
OF_COURSES = (
    Kind(
        LackKind.CONTESTED,
        "compromises are contested by a briefing that says otherwise.",
        lambda course: course.contested,
    ),
    Kind(LackKind.NO_SOURCE, "compromises cite no briefing.", lambda course: not course.sources),
    Kind(LackKind.SINGLE_SOURCE, "compromises rest on a single briefing.", lambda course: course.sources == 1),
    Kind(
        LackKind.NO_TEST,
        "compromises have no test for when they count as adopted.",
        lambda course: not course.tested,
    ),
)
# The same of a citation is asked of the database.
NO_QUOTE, UNANCHORED, ANCHORABLE = citation.UNQUOTED, citation.UNANCHORED, Q(places__isnull=False)


def is_expected(cell) -> bool:
    """Tell whether a cell of the board should hold a position."""
    return bool(cell.position) or cell.side.role != SideRole.MEDIATOR


def lacks(process: Process, day: date | None, cells: Sequence, done: Sequence[Course], query: str) -> list[Lack]:
    """Return what is missing among the cells of the board, the compromises and the citations. One SQL query.

    `cells` have issue, side, position (or None) and url; `query` carries the day shown to other pages.
    """
    citations = Citation.objects.live().filter(process=process)
    if day:
        citations = citations.filter(briefing__published_on__lte=day)
    quotes = citations.aggregate(
        every=Count("id"),
        whole=Count("id", filter=NO_QUOTE),
        lost=Count("id", filter=UNANCHORED),
        anchorable=Count("id", filter=ANCHORABLE),
    )
    every_course = reverse("issues:compromise-list", args=[process.slug]) + query
    every_briefing = reverse("issues:briefing-list", args=[process.slug]) + query

    def cell_link(cell):
        return f"{cell.side.short_label}: {cell.issue.title}", cell.url

    def course_link(course):
        return course.code, reverse("issues:compromise-detail", args=[process.slug, course.number]) + query

    def of_cells(kind: Kind, among: Sequence) -> Lack:
        found = [cell for cell in among if kind.test(cell)]
        return Lack(
            kind.kind, len(found), len(among), kind.words, links(found, cell_link, ("See the table", "#matrix"))
        )

    def of_courses(kind: Kind) -> Lack:
        found = [course for course in done if kind.test(course)]
        everywhere = ("All compromises", every_course)
        if kind.kind == LackKind.CONTESTED:
            everywhere = ("Contested compromises", f"{every_course}{'&' if query else '?'}contested=yes")
        return Lack(kind.kind, len(found), len(done), kind.words, links(found, course_link, everywhere))

    def of_citations(kind: LackKind, count: int, of: int, words: str) -> Lack:
        return Lack(kind, count, of, words, (("Briefings", every_briefing),) if count else ())

    held = [cell for cell in cells if cell.position]
    whole = "citations refer to a whole document, without a quote."
    lost = "quotes do not stand in the stored text of their briefing in these words."
    found = [
        of_cells(OF_CELLS, [cell for cell in cells if is_expected(cell)]),
        *(of_cells(kind, held) for kind in OF_POSITIONS),
        *(of_courses(kind) for kind in OF_COURSES),
        of_citations(LackKind.NO_QUOTE, quotes["whole"], quotes["every"], whole),
        of_citations(LackKind.UNANCHORED, quotes["lost"], quotes["anchorable"], lost),
    ]
    return [lack for lack in found if lack.of]


def links(found: Sequence, link: Callable, everywhere: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return a link to each while they are few, else the one to where all of them stand; nothing for nothing."""
    return tuple(map(link, found)) if len(found) <= LISTED else (everywhere,)
