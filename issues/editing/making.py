"""What a row gets without being asked: its name in the address, its number, and what follows from its text."""

from collections.abc import Container
from itertools import count

from django.db.models import Max
from django.utils.text import slugify

from ..models import Briefing, Citation, Compromise, Position, Process
from ..models.base import Content, Record
from ..models.briefing import fingerprint
from ..models.citation import TARGETS


def derived(row: Record, fields: dict) -> dict:
    """Return what follows from the fields of a row that are written, and is stored beside them."""
    return {"text_sha256": fingerprint(fields["text"])} if isinstance(row, Briefing) and "text" in fields else {}


def derive(row: Record):
    """Set what follows from the fields of a new row."""
    for name, value in derived(row, vars(row)).items():
        setattr(row, name, value)


def free_slug(row: Content) -> str:
    """Return the name in the address for a new row, one that no row of its process has. One SQL query."""
    stem = stem_of(row)
    taken = type(row).objects.filter(process=row.process_id, slug__startswith=stem).values_list("slug", flat=True)
    return freed(stem, set(taken))


def stem_of(row: Content) -> str:
    """Return what the name in the address for a new row begins with."""
    match row:
        case Position():
            return f"{row.issue.slug[:40]}-{row.side.slug[:40]}-{row.held_from}"
        case Briefing():
            return f"{slugify(row.title)[:90]}-{row.published_on}".strip("-")
        case _:
            return slugify(str(row))[:100] or "row"


def freed(stem: str, taken: Container[str]) -> str:
    """Return a name that is not taken: the stem, or the stem and a number."""
    if stem not in taken:
        return stem
    return next(slug for slug in (f"{stem}-{n}" for n in count(2)) if slug not in taken)


def free_number(process: Process) -> int:
    """Return the number of the next compromise; one taken out of the record keeps its own. One SQL query."""
    return (Compromise.objects.filter(process=process).aggregate(last=Max("number"))["last"] or 0) + 1


def numbered(citation: Citation, number: int) -> dict[Citation, int]:
    """Return the citations of a claim whose order changes when one of them becomes that number. One SQL query."""
    claim = next(f"{name}_id" for name in TARGETS if getattr(citation, f"{name}_id"))
    # As they are numbered on the pages: without those whose briefing was taken out.
    shown = Citation.objects.live().filter(briefing__retired_at=None, **{claim: getattr(citation, claim)})
    others = list(shown.exclude(pk=citation.pk).order_by("order", "id"))
    line = [*others[: number - 1], citation, *others[number - 1 :]]
    return {one: order for order, one in enumerate(line, start=1) if one.order != order}
