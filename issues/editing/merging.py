"""What a save writes: three versions of a row, field by field."""

from dataclasses import dataclass

from django.db.models import URLField

from ..analysis.merge import merge
from ..models.base import Record


@dataclass(frozen=True)
class Parting:
    """A field that two people changed in two ways; `proposal` holds what both wrote, or else mine."""

    name: str
    base: object
    theirs: object
    mine: object
    proposal: object


def reconcile(before: Record, stored: Record, typed: dict):
    """Return (what to write, names kept from others, partings, all typed fields merged) of a three-way comparison."""
    changes, kept, partings, merged = {}, [], [], {}
    for name, mine in typed.items():
        base, theirs = getattr(before, name), getattr(stored, name)
        if same(mine, base) or same(mine, theirs):
            merged[name] = theirs
            if not same(theirs, base) and not same(mine, theirs):
                kept.append(name)
        elif same(theirs, base):
            merged[name] = changes[name] = mine
        else:
            words = all(isinstance(value, str) for value in (base, theirs, mine))
            field = stored._meta.get_field(name)
            free = words and not getattr(field, "choices", None) and not isinstance(field, URLField)
            merged[name] = merge(base, theirs, mine).text if free else mine
            partings.append(Parting(name, base, theirs, mine, merged[name]))
    return changes, tuple(kept), partings, merged


def same(one, other) -> bool:
    """Tell whether two values of a field say the same; white space around a text does not count."""
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
    return one == other
