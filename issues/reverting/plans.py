"""Plans: which rows to set to what, in order to undo a change, restore a version, take a row out or bring it back."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from .. import history
from ..families import Key, key_of, members, of_rows, standing
from ..models import RECORDED, Changeset, Snapshot, StatusEvent
from ..models.base import Record
from ..permissions import CURATE, EDIT, needed
from .obstacles import NAMED, Move, Obstacle, among, is_live, live

MOST = 500  # rows that one plan touches
# What does not belong to a row's content. Whether it is retired does; the moment does not.
BOOKKEEPING = {"version", "created_at", "updated_at", "retired_at", "archived_at", "process_id"}


@dataclass(frozen=True)
class Plan:
    """What a write would set. It is carried out only if there is no `refusal`, no `obstacles` and nothing `later`.

    `later`: the changes, oldest first, that touched the same rows since, and left them otherwise.
    """

    moves: list[Move] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    later: list[Changeset] = field(default_factory=list)
    refusal: str = ""

    @property
    def is_free(self) -> bool:
        """Tell whether nothing stands in the way."""
        return not (self.refusal or self.obstacles or self.later)

    @property
    def action(self) -> str:
        """Return the action of `permissions` that someone must be allowed to carry it out."""
        return CURATE if any(needed(move.key[0], move.fields) == CURATE for move in self.moves) else EDIT


def undoing(changeset: Changeset) -> Plan:
    """Return the plan that sets every row of a change back to what it was before. About 20 SQL queries at most."""
    if changeset.number == 1:
        return Plan(
            refusal="This change began the record: before it there was nothing to go back to. "
            "Take single things out instead."
        )
    after = {(one.model, one.object_id): json.loads(one.data) for one in changeset.snapshots.all()[: MOST + 1]}
    if len(after) > MOST:
        return too_many()
    own = {"process": changeset.process_id, "changeset__lt": changeset.pk}
    newer = Snapshot.objects.filter(
        **own, model=OuterRef("model"), object_id=OuterRef("object_id"), changeset__gt=OuterRef("changeset")
    )
    earlier = Snapshot.objects.filter(of_rows(after), ~Exists(newer), **own).order_by()
    before = {(one.model, one.object_id): json.loads(one.data) for one in earlier}
    return planned({key: before.get(key) for key in after}, after, changeset)


def restoring(row: Record, number: int) -> Plan:
    """Return the plan that sets a thing, and what belongs to it, to how they stood after a change of that number."""
    then = standing(row, number)
    own = then.get(key_of(row))
    if own is None:
        return Plan(refusal=f"It was not yet recorded after change {number}.")
    if own["retired_at"]:
        return Plan(refusal=f"It was taken out of the record at change {number}: there is no version to go back to.")
    wanted: dict[Key, Mapping | None] = {key_of(row): own}
    for model, rows in members(row).items():
        wanted |= {(model, pk): then.get((model, pk)) for pk in rows.order_by("pk").values_list("pk", flat=True)}
    return planned(wanted) if len(wanted) <= MOST else too_many()


def retiring(row: Record) -> Plan:
    """Return the plan that takes a row out of the live record, and with it what belongs to it."""
    if isinstance(row, StatusEvent) and live(StatusEvent.objects).filter(after(row)).exists():
        return Plan(refusal="Only the last step of a compromise is taken out; this one has others after it.")
    wanted: dict[Key, Mapping | None] = {key_of(row): None}
    for model, rows in members(row).items():
        wanted |= {(model, pk): None for pk in live(rows).order_by("pk").values_list("pk", flat=True)}
    return planned(wanted) if len(wanted) <= MOST else too_many()


def after(step: StatusEvent) -> Q:
    """Return the condition that a step of the same compromise comes after this one."""
    later = Q(occurred_on__gt=step.occurred_on) | Q(occurred_on=step.occurred_on, pk__gt=step.pk)
    return Q(compromise=step.compromise_id) & later


def returning(row: Record) -> Plan:
    """Return the plan that brings a row back, and with it what was taken out together with it."""
    if row.retired_at is None:
        return Plan()
    rows = [row]
    for found in members(row).values():
        rows += found.filter(retired_at=row.retired_at).order_by("pk")[:MOST]
    if len(rows) > MOST:
        return too_many()
    return planned({key_of(one): data_of(one) | {"retired_at": None, "retired_reason": ""} for one in rows})


def too_many() -> Plan:
    return Plan(refusal=f"More than {MOST} rows would change. Take such changes back in smaller parts.")


def data_of(row: Record) -> dict:
    """Return a row's columns as a snapshot holds them."""
    return history.grown(key_of(row)[0], json.loads(history.data_of(row)))


def planned(
    wanted: Mapping[Key, Mapping | None], known: Mapping[Key, Mapping] | None = None, since: Changeset | None = None
) -> Plan:
    """Return the plan that sets rows to the content wanted; None stands for a row that is taken out.

    Whole talks are not taken out or brought back so: that takes their address, typed.

    With `known`, a row that is neither so nor as wanted was written after the changeset `since`.
    """
    moves, strayed = [], []
    for key, row in rows_of(wanted).items():
        now, then = (data and history.grown(key[0], dict(data)) for data in (data_of(row), wanted[key]))
        if alike(now, then):
            continue
        if known is not None and not alike(now, history.grown(key[0], dict(known[key]))):
            strayed.append(key)
            continue
        changes = {} if then is None else {name: then[name] for name in differing(now, then)}
        retires = None if is_live(now) is is_live(then) else is_live(now)
        if retires is not None and key[0] == "process":
            return Plan(
                refusal="Whole talks are deleted under “The talks as a whole”, and brought back under “Deleted talks”."
            )
        moves.append(Move(row, now, history.values_of(key[0], changes), retires))
    later: list[Changeset] = []
    if since and strayed:
        touching = Snapshot.objects.filter(of_rows(strayed), process=since.process_id, changeset__gt=since.pk)
        later = list(Changeset.objects.filter(pk__in=touching.order_by().values("changeset")).order_by("pk")[:NAMED])
    by_key = {move.key: move for move in moves}
    return Plan(moves, among(by_key), later)


def rows_of(keys: Iterable[Key]) -> dict[Key, Record]:
    """Return the stored rows of keys, in the order of the keys. One SQL query a model."""
    by_model = defaultdict(list)
    for model, pk in keys:
        by_model[model].append(pk)
    found = {
        (model, pk): row for model, pks in by_model.items() for pk, row in RECORDED[model].objects.in_bulk(pks).items()
    }
    return {key: found[key] for key in keys if key in found}


def alike(now: Mapping, then: Mapping | None) -> bool:
    """Tell whether a row's content is as wanted."""
    if then is None:
        return not is_live(now)
    return is_live(now) is is_live(then) and not differing(now, then)


def differing(now: Mapping, then: Mapping) -> list[str]:
    """Return the names of the columns that differ; one that did not exist at the time does not count."""
    return [name for name in then if name in now and name not in BOOKKEEPING and now[name] != then[name]]
