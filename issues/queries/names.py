"""The names of the rows that snapshots speak of, where they stand now, and who may read them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from ..analysis import dates
from ..choices import LinkKind, Relation, Status
from ..families import PARENTS, Key, of_rows, targets
from ..models import Process, Snapshot
from ..permissions import CURATE, EDIT, can

KINDS = {
    "process": "Process",
    "side": "Side",
    "issue": "Issue",
    "briefing": "Briefing",
    "position": "Position",
    "compromise": "Compromise",
    "statusevent": "Step",
    "compromiselink": "Link",
    "citation": "Citation",
}
ROUNDS = 4  # citation → step → compromise → issue


@dataclass(frozen=True)
class Reader:
    """What of a process's history a person sees beyond what everyone does.

    `all_shown`: the words of what has been taken out, for those who may bring it back, and stored texts, for those who
    cite from them. `curates`: curators' notes.
    """

    all_shown: bool
    curates: bool


def reader(user, process: Process) -> Reader:
    """Return what a person sees of a process's history."""
    return Reader(can(user, EDIT, process), can(user, CURATE, process))


class Names:
    """The rows that snapshots speak of, as they are now, found by their keys in at most `ROUNDS` SQL queries."""

    def __init__(self, process: Process, keys: Iterable[Key], reader: Reader):
        self.process, self.reader = process, reader
        self.now: dict[Key, dict] = {}
        wanted = set(keys)
        for _ in range(ROUNDS):
            if not wanted:
                break
            rows = latest(process, wanted).values_list("model", "object_id", "data")
            found = {(model, pk): json.loads(data) for model, pk, data in rows}
            self.now |= found
            wanted = {key for (model, _), data in found.items() for key in targets(model, data)} - self.now.keys()

    def is_hidden(self, key: Key) -> bool:
        """Tell whether the reader may not see a row's words: it, or what it hangs on, has been taken out."""
        return not self.reader.all_shown and self.is_closed(key)

    def is_closed(self, key: Key) -> bool:
        """Tell whether a row, or one it hangs on, has been taken out. An unknown row counts as taken out."""
        data = self.now.get(key)
        if data is None or data["retired_at"]:
            return True
        return any(self.is_closed(parent) for parent in targets(key[0], data, PARENTS.get(key[0], ())))

    def name(self, key: Key, data: Mapping | None = None) -> str:
        """Return what a row is called, in one line; as in `data`, or else as it is called now."""
        model, pk = key
        if self.is_hidden(key):
            return f"{KINDS[model]} {pk}, since taken out"
        data = data or self.now.get(key)
        if data is None:
            return f"{KINDS[model]} {pk}"
        match model:
            case "compromise":
                return f"C{data['number']} {data['headline']}"
            case "statusevent":
                day = dates.short(date.fromisoformat(data["occurred_on"]), data["precision"])
                return f"{self.code(data['compromise_id'])}: {Status(data['status']).label}, {day}"
            case "compromiselink":
                verb = LinkKind(data["kind"]).label.lower()
                return f"{self.code(data['source_id'])} {verb} {self.code(data['target_id'])}"
            case "citation":
                return f"{self.name(('briefing', data['briefing_id']))}, {Relation(data['relation']).label.lower()}"
        return str(data.get("headline") or data.get("title") or data.get("name") or pk)

    def code(self, pk: int) -> str:
        """Return a compromise's number as people write it."""
        data = self.now.get(("compromise", pk))
        return f"C{data['number']}" if data and not self.is_hidden(("compromise", pk)) else f"compromise {pk}"

    def href(self, key: Key) -> str:
        """Return the address at which a row stands now, or an empty text where it stands nowhere."""
        if self.is_closed(key):
            return ""
        model, pk = key
        data, slug = self.now[key], self.process.slug
        match model:
            case "process" | "side":
                return reverse("issues:process-detail", args=[slug])
            case "issue" | "briefing":
                return reverse(f"issues:{model}-detail", args=[slug, data["slug"]])
            case "position":
                return reverse("issues:position-detail", args=[pk])
            case "compromise":
                return reverse("issues:compromise-detail", args=[slug, data["number"]])
            case "statusevent":
                return self.href(("compromise", data["compromise_id"]))
            case "compromiselink":
                return self.href(("compromise", data["source_id"]))
        claim = next(targets(model, data, PARENTS[model][:3]), None)
        return self.href(claim) if claim else ""

    def history(self, key: Key) -> str:
        """Return the address of a row's history; empty where it is not for this reader."""
        data = self.now.get(key)
        return "" if data is None or self.is_hidden(key) else address(self.process, key, data, "history")


def address(process: Process, key: Key, data: Mapping, verb: str) -> str:
    """Return the address at which something is done to a row: `history`, `restore`, `delete`."""
    model, pk = key
    match model:
        case "process":
            where = [data["slug"]]
        case "compromise":
            where = [process.slug, data["number"]]
        case "issue" | "briefing":
            where = [process.slug, data["slug"]]
        case _:
            where = [pk]
    return reverse(f"issues:{model}-{verb}", args=where)


def latest(process: Process, keys: Iterable[Key]) -> QuerySet[Snapshot]:
    """Return the last snapshot of each row."""
    newer = Snapshot.objects.filter(
        process=process, model=OuterRef("model"), object_id=OuterRef("object_id"), changeset__gt=OuterRef("changeset")
    )
    return Snapshot.objects.filter(of_rows(keys), ~Exists(newer), process=process).order_by()
