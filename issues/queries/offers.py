"""What a form offers to choose from: the rows of its own process."""

from dataclasses import dataclass

from ..analysis.dates import short, words
from ..models import Briefing, Compromise, Position, Process, Side

CLAIMS = 500  # of each kind that a form offers; no list of more is searched by eye


@dataclass(frozen=True)
class Offers:
    """The choices of a step of a compromise, each as (key, label)."""

    briefings: list[tuple[int, str]]
    sides: list[tuple[int, str]]
    others: list[tuple[int, str]]


def briefings(process: Process) -> list[tuple[int, str]]:
    """Return the live briefings of a process, newest first, as (key, label). One SQL query."""
    found = Briefing.objects.live().filter(process=process).order_by("-published_on", "title")
    return [
        (row.pk, f"{words(row.published_on, row.precision)}: {row.title}")
        for row in found.only("published_on", "precision", "title")
    ]


def claims(process: Process) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the positions, newest first, and the compromises of a process that a source may back. Two SQL queries.

    As (name of the group, (key, label) of each): the key is position-12 or compromise-3. CLAIMS of each at most.
    """
    own = {"process": process, "issue__retired_at": None, "side__retired_at": None}
    positions = Position.objects.live().filter(**own).select_related("issue", "side").order_by("-held_from", "-id")
    compromises = Compromise.objects.live().filter(**own).only("number", "headline").order_by("number")
    held = [
        (f"position-{one.pk}", f"{one.side.name} on {one.issue.title}, {short(one.held_from, one.precision)}: {one}")
        for one in positions.only("headline", "held_from", "precision", "issue__title", "side__name")[:CLAIMS]
    ]
    proposed = [(f"compromise-{one.pk}", f"{one.code} {one.headline}") for one in compromises[:CLAIMS]]
    return [("Positions", held), ("Compromises", proposed)]


def of_step(compromise: Compromise) -> Offers:
    """Return what a new step of a compromise may name: briefings newest first, sides, other compromises. Three queries.

    Only live rows of the compromise's process are offered, so that no form can name another's.
    """
    own = {"process": compromise.process_id}
    others = Compromise.objects.live().filter(**own).exclude(pk=compromise.pk).order_by("number")
    return Offers(
        briefings=briefings(compromise.process),
        sides=list(Side.objects.live().filter(**own).order_by("order", "id").values_list("pk", "name")),
        others=[(row.pk, f"{row.code} {row.headline}") for row in others.only("number", "headline")],
    )
