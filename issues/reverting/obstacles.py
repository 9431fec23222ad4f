"""What stands in the way of setting rows to what they were: what would point to nothing, or stand there twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import QuerySet, UniqueConstraint

from ..analysis.circles import circles
from ..choices import LinkKind
from ..families import Key, key_of, pointers, targets
from ..models import RECORDED, CompromiseLink
from ..models.base import Record

NAMED = 20  # of what stands in the way
# Why a row of a plan cannot be set as wanted, and what the other row of the obstacle is.
LEANS = "leans"  # a live row points to this one, which would be taken out
LACKS = "lacks"  # this row points to one that is taken out
TAKEN = "taken"  # another row has what must be unique
CIRCLE = "circle"  # this link closes a circle


@dataclass(frozen=True)
class Move:
    """What becomes of one row: columns to set, and whether it is taken out (True), brought back (False) or neither."""

    row: Record
    now: Mapping
    changes: dict[str, object]
    retires: bool | None

    @property
    def key(self) -> Key:
        return key_of(self.row)

    @property
    def fields(self) -> set[str]:
        """Return the names of the columns that are written."""
        return {*self.changes} | (set() if self.retires is None else {"retired_at"})

    @property
    def is_live(self) -> bool:
        """Tell whether the row is live afterwards."""
        return not self.now["retired_at"] if self.retires is None else not self.retires

    @property
    def then(self) -> dict:
        """Return the row's columns afterwards; what points to other rows is as it will be."""
        return {**self.now, **self.changes}


@dataclass(frozen=True)
class Obstacle:
    """Why a row of a plan cannot be set as wanted: LEANS, LACKS, TAKEN or CIRCLE, and the other row it is about."""

    why: str
    row: Key
    other: Key | None = None


def among(moves: Mapping[Key, Move]) -> list[Obstacle]:
    """Return everything that stands in the way of moves, by the keys of their rows."""
    return [*leaning(moves), *lacking(moves), *taken(moves), *circling(moves)]


def is_live(data: Mapping | None) -> bool:
    return bool(data) and not data["retired_at"]


def live(rows: QuerySet) -> QuerySet:
    return rows.filter(retired_at=None)


def leaning(moves: Mapping[Key, Move]) -> list[Obstacle]:
    """Return the live rows that would point to what is taken out. One SQL query a foreign key."""
    going = defaultdict(list)
    for (model, pk), move in moves.items():
        if move.retires:
            going[model].append(pk)
    found = []
    for model in RECORDED:
        for pointer in pointers(model):
            target = str(pointer.related_model._meta.model_name)
            if target not in going:
                continue
            rows = live(RECORDED[model].objects).filter(**{f"{pointer.attname}__in": going[target]})
            rows = rows.exclude(pk__in=[pk for name, pk in moves if name == model])
            for pk, at in rows.order_by("pk").values_list("pk", pointer.attname)[:NAMED]:
                found.append(Obstacle(LEANS, (target, at), (model, pk)))
    return found


def lacking(moves: Mapping[Key, Move]) -> list[Obstacle]:
    """Return the rows that would be live and point to what is not, where they did not before. One SQL query a model."""
    needs = []
    for key, move in moves.items():
        if not move.is_live:
            continue
        before = set(targets(key[0], move.now)) if is_live(move.now) else set()
        for one in targets(key[0], move.then):
            # What is not new may still be taken out by this very plan.
            if one not in before or one in moves:
                needs.append((key, one))
    asked = defaultdict(set)
    for _, (model, pk) in needs:
        if (model, pk) not in moves:
            asked[model].add(pk)
    alive = {
        (model, pk)
        for model, pks in asked.items()
        for pk in live(RECORDED[model].objects).filter(pk__in=pks).values_list("pk", flat=True)
    } | {key for key, move in moves.items() if move.is_live}
    return [Obstacle(LACKS, key, one) for key, one in needs if one not in alive]


def taken(moves: Mapping[Key, Move]) -> list[Obstacle]:
    """Return the rows that already have what must be unique in a process. One SQL query a row that changes it."""
    found = []
    for key, move in moves.items():
        for rule in move.row._meta.constraints:
            if not isinstance(rule, UniqueConstraint):
                continue
            names = [move.row._meta.get_field(name).attname for name in rule.fields]
            if not move.changes.keys() & set(names):
                continue
            same = type(move.row).objects.filter(**{name: move.then[name] for name in names}).exclude(pk=key[1])
            for pk in same.values_list("pk", flat=True):
                if (key[0], pk) not in moves:  # whether the rows of a plan agree is for the database to say
                    found.append(Obstacle(TAKEN, key, (key[0], pk)))
    return found


def circling(moves: Mapping[Key, Move]) -> list[Obstacle]:
    """Return the links that would close a circle. One SQL query, if a link is among the rows."""
    ends = ("kind", "source_id", "target_id")
    ours = {key[1]: move for key, move in moves.items() if key[0] == "compromiselink"}
    if not any(move.is_live for move in ours.values()):
        return []
    process = next(iter(ours.values())).now["process_id"]
    stored = live(CompromiseLink.objects).filter(process=process).exclude(pk__in=ours)
    edges = [*stored.values_list(*ends), *(tuple(m.then[name] for name in ends) for m in ours.values() if m.is_live)]
    found = []
    for kind in (LinkKind.REQUIRES, LinkKind.FOLLOWS):
        for path in circles((source, target) for one, source, target in edges if one == kind):
            steps = {(kind, *step) for step in pairwise(path)}
            for pk, move in ours.items():
                if move.is_live and tuple(move.then[name] for name in ends) in steps:
                    found.append(Obstacle(CIRCLE, ("compromiselink", pk)))
    return found
