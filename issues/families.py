"""What hangs on what: the rows that a row cannot stand without, and the family that shares a thing's history."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from .models import (
    RECORDED,
    Briefing,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Snapshot,
    StatusEvent,
)
from .models.base import Record

Key = tuple[str, int]  # (the model's name in small letters, the row's key)

# The rows without which a row is not shown anywhere on the site.
PARENTS = {
    "position": ("issue", "side"),
    "compromise": ("issue", "side"),
    "statusevent": ("compromise",),
    "compromiselink": ("source", "target"),
    "citation": ("position", "compromise", "status_event", "briefing"),
}


def position(row: Position) -> dict[str, QuerySet]:
    """Return a position's citations, by model."""
    return {"citation": Citation.objects.filter(position=row)}


def compromise(row: Compromise) -> dict[str, QuerySet]:
    """Return a compromise's steps, links and citations, and the citations of its steps, by model."""
    return {
        "statusevent": StatusEvent.objects.filter(compromise=row),
        "compromiselink": CompromiseLink.objects.filter(Q(source=row) | Q(target=row)),
        "citation": Citation.objects.filter(Q(compromise=row) | Q(status_event__compromise=row)),
    }


def step(row: StatusEvent) -> dict[str, QuerySet]:
    """Return a step's citations, by model."""
    return {"citation": Citation.objects.filter(status_event=row)}


def alone(row: Record) -> dict[str, QuerySet]:
    """Return nothing: only the row itself belongs to its history."""
    return {}


MEMBERS: dict[type[Record], Callable[..., dict[str, QuerySet]]] = {
    Position: position,
    Compromise: compromise,
    StatusEvent: step,
    Briefing: alone,
    Issue: alone,
    Process: alone,
}


def members(row: Record) -> dict[str, QuerySet]:
    """Return what belongs to a thing, retired or not, by model, without the thing itself."""
    return MEMBERS.get(type(row), alone)(row)


def key_of(row: Record) -> Key:
    """Return the key of a row."""
    return str(row._meta.model_name), row.pk


def process_of(row) -> Process:
    """Return the process that a row belongs to; a process belongs to itself."""
    return row if isinstance(row, Process) else row.process


def total(model: type[Record], pointer: str) -> Coalesce:
    """Return the expression for the sum of the versions of the rows that point to a row."""
    rows = model.objects.filter(**{pointer: OuterRef("pk")}).order_by().values(pointer)
    return Coalesce(Subquery(rows.annotate(total=Sum("version")).values("total")), 0)


def versions(model: str):
    """Return the expression for a number that grows with every change to a row of a model, or to what belongs to it.

    Versions only grow and rows are never deleted, so the sum of the versions says whether anything changed.
    """
    match model:
        case "position":
            return F("version") + total(Citation, "position")
        case "compromise":
            own = F("version") + total(StatusEvent, "compromise") + total(Citation, "compromise")
            return own + total(Citation, "status_event__compromise")
    return F("version") + 0


def family(row: Record) -> Q:
    """Return the condition that a snapshot is of a thing or of what belongs to it."""
    model, pk = key_of(row)
    condition = Q(model=model, object_id=pk)
    for name, rows in members(row).items():
        condition |= Q(model=name, object_id__in=rows.order_by().values("pk"))
    return condition


def of_rows(keys: Iterable[Key]) -> Q:
    """Return the condition that a snapshot is of one of the rows."""
    by_model: dict[str, list[int]] = {}
    for model, pk in keys:
        by_model.setdefault(model, []).append(pk)
    condition = Q(pk__in=[])  # none of no rows
    for model, pks in by_model.items():
        condition |= Q(model=model, object_id__in=pks)
    return condition


def standing(row: Record, number: int) -> dict[Key, dict]:
    """Return a thing and what belongs to it as they stood after a change, by key. One SQL query."""
    process = process_of(row)
    newer = Snapshot.objects.filter(
        process=process,
        model=OuterRef("model"),
        object_id=OuterRef("object_id"),
        changeset__gt=OuterRef("changeset"),
        changeset__number__lte=number,
    )
    rows = Snapshot.objects.filter(family(row), ~Exists(newer), process=process, changeset__number__lte=number)
    found = rows.order_by().values_list("model", "object_id", "data")
    return {(model, pk): json.loads(data) for model, pk, data in found}


def targets(model: str, data: Mapping, names: Iterable[str] | None = None) -> Iterator[Key]:
    """Yield the rows that a snapshot points to, by all its foreign keys or by those named."""
    for field in pointers(model):
        if names is None or field.name in names:
            pk = data.get(field.attname)
            if pk is not None:
                yield str(field.related_model._meta.model_name), pk


def pointers(model: str) -> list[models.ForeignKey]:
    """Return the fields by which rows of a model point to others of their process."""
    return [
        field
        for field in RECORDED[model]._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.name != "process"
    ]
