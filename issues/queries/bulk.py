"""Lists of rows to tick, a page at a time."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from ..analysis import dates
from ..models import Briefing, Compromise, Position, Process
from . import pages
from .briefings import language_name

WORDS = 8  # of the text filter; more are not looked at


@dataclass(frozen=True, slots=True)
class Row:
    """A row to tick. `token` is its key and version; `about` is what can be set of it, as it is now."""

    pk: int
    token: str
    name: str
    href: str
    about: str


def briefing(process: Process, row: Briefing) -> tuple[str, str, str]:
    """Return a briefing as (name, address, what can be set of it)."""
    parts = (
        dates.short(row.published_on, row.precision),
        row.get_kind_display(),
        row.publisher,
        row.get_reliability_display(),
        language_name(row.language),
        row.get_read_as_display(),
    )
    return row.title, reverse("issues:briefing-detail", args=[process.slug, row.slug]), " · ".join(filter(None, parts))


def position(process: Process, row: Position) -> tuple[str, str, str]:
    """Return a position as `briefing` does."""
    day = dates.short(row.held_from, row.precision)
    parts = (f"{row.side.name}: {row.issue.title}", day, row.get_confidence_display(), row.get_commitment_display())
    return row.headline, reverse("issues:position-detail", args=[row.pk]), " · ".join(parts)


def compromise(process: Process, row: Compromise) -> tuple[str, str, str]:
    """Return a compromise as `briefing` does."""
    href = reverse("issues:compromise-detail", args=[process.slug, row.number])
    about = f"{row.side.name}: {row.issue.title} · {row.origin or 'no origin'}"
    return f"{row.code} {row.headline}", href, about


# By the name in the address: the rows, in which order, which texts are searched, and how one is shown.
LISTS = {
    "briefings": (
        Briefing.objects.defer("text", "abstract", "provenance"),
        ("-published_on", "-id"),
        ("title", "publisher"),
        briefing,
    ),
    "positions": (
        Position.objects.select_related("issue", "side").defer("body"),
        ("-held_from", "-id"),
        ("headline",),
        position,
    ),
    "compromises": (
        Compromise.objects.select_related("issue", "side").defer("body"),
        ("number", "id"),
        ("headline", "origin"),
        compromise,
    ),
}


def listing(
    process: Process, kind: str, words: str, after: str | None, before: str | None
) -> tuple[list[Row], pages.Page]:
    """Return a page of a list of LISTS, of the rows that hold every word. One SQL query."""
    rows, order, searched, shown = LISTS[kind]
    found = rows.live().filter(process=process)
    for word in words.split()[:WORDS]:
        condition = Q()
        for field in searched:
            condition |= Q(**{f"{field}__icontains": word})
        found = found.filter(condition)
    page = pages.keyset(found, order, after=after, before=before)
    return [Row(row.pk, f"{row.pk}.{row.version}", *shown(process, row)) for row in page.rows], page
