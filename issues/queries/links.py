"""Links between compromises: one to correct, and what a link must not say."""

from itertools import pairwise

from django.http import Http404

from ..analysis.circles import circles
from ..choices import LinkKind
from ..models import Compromise, CompromiseLink
from ..permissions import sees

ONE_WAY = (LinkKind.REQUIRES, LinkKind.FOLLOWS)


def find(user, key: int) -> CompromiseLink:
    """Return a live link that the person may see, with its ends and process; else raise Http404. One SQL query."""
    ends = {"source__retired_at": None, "target__retired_at": None}
    link = (
        CompromiseLink.objects.live()
        .filter(pk=key, **ends)
        .select_related("process", "source__issue", "target__issue")
        .first()
    )
    if link is None or not sees(user, link.process):
        raise Http404(f"There is no link {key} that you can see. It may have been taken out of the record.")
    link.source.process = link.target.process = link.process
    return link


def others(compromise: Compromise) -> list[tuple[int, str]]:
    """Return the compromises that one may be linked to, as (key, label), by number. One SQL query."""
    rows = Compromise.objects.live().filter(process=compromise.process_id).exclude(pk=compromise.pk)
    return [(row.pk, str(row)) for row in rows.only("number", "headline").order_by("number")]


def faults(link: CompromiseLink) -> dict[str, str]:
    """Return what a link, new or changed, may not say beside those on file, by its attribute. Two SQL queries."""
    if link.source_id == link.target_id:
        return {"target_id": "A link joins two compromises. Choose another."}
    return doubled(link) or circular(link)


def doubled(link: CompromiseLink) -> dict[str, str]:
    """Return the fault of a link that is on file already, even if taken out."""
    pairs = [(link.source_id, link.target_id)]
    if link.kind == LinkKind.EXCLUDES:
        pairs.append((link.target_id, link.source_id))  # it reads in both directions
    ends = {one for pair in pairs for one in pair}
    same = CompromiseLink.objects.filter(source__in=ends, target__in=ends, kind=link.kind).exclude(pk=link.pk)
    for one in same.select_related("source", "target"):
        if (one.source_id, one.target_id) not in pairs or (one.retired_at and one.source_id != link.source_id):
            continue
        if one.retired_at:
            return {"target_id": f"The link “{one}” was taken out of the record. Restore it instead of a second one."}
        return {"target_id": f"The link “{one}” is on file. Correct that one instead."}
    return {}


def circular(link: CompromiseLink) -> dict[str, str]:
    """Return the fault of a link that closes a circle with others of its kind."""
    if link.kind not in ONE_WAY:
        return {}
    beside = CompromiseLink.objects.live().filter(process=link.process_id, kind=link.kind).exclude(pk=link.pk)
    edges = list(beside.values_list("source_id", "target_id"))
    mine = (link.source_id, link.target_id)
    for circle in circles([mine, *edges]):
        if mine in pairwise(circle):
            # From where the link starts, and round to there again.
            start = circle.index(link.source_id)
            around = [*circle[start:-1], *circle[:start], link.source_id]
            numbers = dict(Compromise.objects.filter(pk__in=around).values_list("pk", "number"))
            path = " → ".join(f"C{numbers[pk]}" for pk in around)
            return {"target_id": f"This closes a circle of “{link.get_kind_display().lower()}”: {path}."}
    return {}
