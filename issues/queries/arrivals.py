"""What was written to a process since a page of it was made."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from ..models import Changeset, Issue, Process, Snapshot
from .changes import concerning, tally

EVERYWHERE = ("process", "side", "briefing")  # what the pages of every issue show
MOST = 20  # changes that are told apart; of more, only the number


@dataclass(frozen=True)
class Arrivals:
    """What is new since: in one sentence without its stop, with the reason of the latest change.

    `number` is the content version that a page shows once it has them.
    """

    number: int
    sentence: str
    why: str


def since(process: Process, seen: int, issue: Issue | None = None) -> Arrivals | None:
    """Return what was written after content version `seen`, or None. No SQL query if nothing was, else two at most.

    With an issue, only what its pages may show: not what was changed on others.
    """
    if process.content_version <= seen:
        return None
    newer = Changeset.objects.of_the_record().filter(process=process, number__gt=seen).order_by("-number")
    if issue:
        common = Snapshot.objects.filter(changeset=OuterRef("pk"), model__in=EVERYWHERE)
        newer = newer.filter(concerning(process, issue, None) | Exists(common))
    found = list(newer[: MOST + 1])
    if not found:
        return None
    latest = found[0]
    if len(found) > MOST:
        many = f"{newer.count():,} changes were made, the last by {name(latest)}"
        return Arrivals(latest.number, many, latest.reason)
    counts = Snapshot.objects.filter(changeset__in=found).order_by().values_list("model")
    what = tally(dict(counts.annotate(n=Count("object_id", distinct=True))))
    *most, last = dict.fromkeys(name(one) for one in reversed(found))
    names = f"{', '.join(most)} and {last}" if most else last
    return Arrivals(latest.number, f"{names} changed {what}", latest.reason)


def name(changeset: Changeset) -> str:
    return changeset.user_name or "Someone"
