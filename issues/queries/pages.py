"""Long lists in pages that all cost the same: each page begins where the one before it ended, by key, not by offset."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, IntegerField, Q, QuerySet, Subquery

SIZE = 50
BETWEEN = "~"  # between the values of a cursor; a URL leaves it as it is


@dataclass(frozen=True)
class Page:
    """A page of a list. `previous` and `next` are cursors for `?before=` and `?after=`, None where there is no page.

    `ignored` names a cursor that could not be used, as a filter form does: (label, value, message).
    """

    rows: list
    previous: str | None
    next: str | None
    ignored: list[tuple[str, str, str]]


class Counted(Subquery):
    """How many rows a query finds, as part of another query: `most` and one at most, and no more are read."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet, most: int):
        super().__init__(rows.order_by().values("pk")[: most + 1])


def keyset(
    queryset: QuerySet, order: Sequence[str], *, after: str | None = None, before: str | None = None, size: int = SIZE
) -> Page:
    """Return the page of `queryset` that follows (or precedes) a cursor. One SQL query, and it reads `size` + 1 rows.

    `order` names fields or annotations as `order_by` does, all rising or all falling; none may be null, only the first
    may hold free text, and the last must be unique. An index over them (after the columns that the queryset fixes)
    keeps every page as cheap as the first. Rows may be models or dictionaries (`values()`) that hold those fields. A
    cursor that is no place in such a list is ignored: the first page comes back and `ignored` says so. `after` wins
    over `before`.
    """
    ignored = []
    place, back = None, False
    if cursor := after or before:
        try:
            place, back = read(queryset, order, cursor), not after
        except ValidationError:
            ignored.append(("Page", cursor, "is not a place in this list; its first page is shown"))
    directed = [flip(name) for name in order] if back else list(order)
    if place is not None:
        queryset = queryset.filter(beyond(directed, place))
    rows = list(queryset.order_by(*directed)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if back:
        rows.reverse()
    return Page(
        rows=rows,
        previous=write(rows[0], order) if rows and (more if back else place is not None) else None,
        next=write(rows[-1], order) if rows and (more or back) else None,
        ignored=ignored,
    )


def beyond(order: Sequence[str], place: Sequence) -> Q:
    """Return the condition that a row comes after a place in an order."""
    # (a, b) > (x, y) spelt out; the first, wider condition is what lets the database enter the index at x.
    condition, equal = Q(), Q()
    for name, value in zip(order, place, strict=True):
        field, step = bare(name), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{field}__{step}": value})
        equal &= Q(**{field: value})
    field, step = bare(order[0]), "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{field}__{step}": place[0]}) & condition


def write(row, order: Sequence[str]) -> str:
    """Return a row's place as the text of a cursor: 2025-02-13~17."""
    names = [bare(name) for name in order]
    return BETWEEN.join(str(row[name] if isinstance(row, dict) else getattr(row, name)) for name in names)


def read(queryset: QuerySet, order: Sequence[str], cursor: str) -> list:
    """Return the values of a cursor, each as its field reads it; raise ValidationError if one makes no sense."""
    parts = cursor.rsplit(BETWEEN, len(order) - 1)  # so that the first value, a title, may hold the mark itself
    if len(parts) != len(order) or "\x00" in cursor:
        raise ValidationError("not a cursor of this list")
    return [field_of(queryset, bare(name)).clean(part, None) for name, part in zip(order, parts, strict=True)]


def field_of(queryset: QuerySet, name: str) -> Field:
    """Return the field that an order name stands for, an annotation's included."""
    try:
        return queryset.model._meta.get_field(name)
    except FieldDoesNotExist:
        return queryset.query.annotations[name].output_field


def bare(name: str) -> str:
    return name.removeprefix("-")


def flip(name: str) -> str:
    return bare(name) if name.startswith("-") else f"-{name}"
