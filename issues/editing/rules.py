"""Save what a process sets for itself, and the grades of publishers on their briefings, in one change."""

from collections.abc import Callable

from django.db.models import Q

from .. import history
from ..models import Briefing, Process
from . import Unchanged, version_of

MOST = 400  # briefings whose grade one change sets, so that it can be undone as one


class Parted(Exception):
    """Others set the same since; `fields` names what, and `process` is as it stands now. Nothing was written.

    `merged`: every field as it could be saved over theirs.
    """

    def __init__(self, fields: list[str], process: Process, merged: dict):
        super().__init__(", ".join(fields))
        self.fields, self.process, self.merged = fields, process, merged


class TooMany(Exception):
    """More briefings would get another grade than one change may set. Nothing was written."""


def save(
    process: Process,
    typed: dict,
    base: int,
    *,
    flat: Callable[[Process], dict],
    stored: Callable[[dict], dict],
    reason: str,
    user,
    key: str,
):
    """Write what was typed differently from version `base`; what only others changed stays.

    `flat` takes a process apart into the fields that are typed, `stored` makes columns of them again. Raises Parted,
    TooMany or Unchanged. A second call with the same key and content writes nothing.
    """
    content = history.once(key, user.pk, "rules", base, sorted(typed.items()))
    try:
        with history.changeset(process, reason=reason, user=user, key=content) as door:
            row = Process.objects.get(pk=process.pk)
            began = row if row.version == base else version_of(row, base)
            now = flat(row)
            before = flat(began) if began else {}
            parted = [
                name
                for name, value in typed.items()
                if value != before.get(name) and now[name] not in (before.get(name), value)
            ]
            merged = {name: now[name] if value == before.get(name) else value for name, value in typed.items()}
            if parted:
                raise Parted(parted, row, merged)
            changes = {name: value for name, value in stored(merged).items() if getattr(row, name) != value}
            if not changes:
                raise Unchanged(row)
            grades = {one.name: one.reliability for one in row.rules.publishers}
            door.update(row, **changes)
            judged = [
                one for one in row.rules.publishers if one.reliability and grades.get(one.name) != one.reliability
            ]
            regrade(door, row, {one.name: one.reliability for one in judged})
    except history.AlreadyWritten:
        pass


def regrade(door: history.Door, process: Process, grades: dict[str, str]):
    """Set the grade of publishers on the live briefings of each; raise TooMany above MOST."""
    wanted = Q(pk__in=[])
    for name, grade in grades.items():
        wanted |= Q(publisher__iexact=name) & ~Q(reliability=grade)
    rows = list(Briefing.objects.live().filter(wanted, process=process)[: MOST + 1])
    if len(rows) > MOST:
        raise TooMany
    by_name = {name.casefold(): grade for name, grade in grades.items()}
    for row in rows:
        door.update(row, reliability=by_name.get(row.publisher.casefold(), row.reliability))
