"""Turn a checked document into the rows that it asks for, found in the record or new."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from ..choices import Visibility
from ..models import Briefing, Citation, Compromise, CompromiseLink, Issue, Position, Process, Side, StatusEvent
from .fields import values

SECTIONS: dict[Any, str] = {
    Side: "sides",
    Issue: "issues",
    Briefing: "briefings",
    Position: "positions",
    Compromise: "compromises",
}
# Sections whose part of the tracker is still to come; the process keeps them as they are.
LATER = ("vocabularies", "analysts", "options", "assessments", "reservations", "weights", "packages")


@dataclass
class Wanted:
    """A row that the document asks for: where, and {field of the model: value}."""

    path: tuple
    values: dict[str, Any]


class Wishes:
    """The rows of one document, model by model; each model's are asked for when those it points to are settled."""

    def __init__(self, document: dict):
        self.document = document
        self.settled: dict[type, list[Model]] = {}  # for each model the rows that meet the document's, in its order
        self.names: dict[tuple, Model] = {}

    def settle(self, model: type, rows: list) -> None:
        """Say which rows meet a model's wishes, so that later ones can point to them."""
        self.settled[model] = rows
        for source, row in zip(self.document.get(SECTIONS.get(model), ()), rows, strict=False):
            self.names[model, source["slug"]] = row
            if model is Compromise:
                self.names[model, source["number"]] = row

    def find(self, model: type, name: object) -> Model | None:
        """Return the row that a slug or number stands for. None: a briefing takes the place of a compromise."""
        return self.names.get((model, name))

    def process(self, visibility: str | None, stored: Process) -> dict[str, object]:
        """Return what the document says of its process."""
        row = self.document["process"]
        shown = visibility or row.get("visibility") or (stored.visibility if stored.pk else Visibility.PUBLIC)
        return values(Process, row, self.find) | {
            "visibility": str(shown),
            "method": self.document.get("meta", {}),
            "later_sections": {name: self.document[name] for name in LATER if name in self.document},
        }

    def rows(self, model: type) -> list[Wanted]:
        """Return what the document wants of a model."""
        if model in SECTIONS:
            section = SECTIONS[model]
            return [
                Wanted((section, i), values(model, row, self.find))
                for i, row in enumerate(self.document.get(section, ()))
            ]
        others: dict[Any, Any] = {StatusEvent: self.steps, CompromiseLink: self.links, Citation: self.citations}
        return others[model]()

    def steps(self) -> list[Wanted]:
        return [
            Wanted(path, values(StatusEvent, step, self.find) | by_a_text(step) | {"compromise": compromise})
            for path, step, compromise in self.sourced_steps()
        ]

    def sourced_steps(self) -> list[tuple]:
        """Return (path, step of the document, the compromise it is a step of)."""
        return [
            (("compromises", i, "status_changes", j), step, compromise)
            for i, (row, compromise) in enumerate(self.beside(Compromise))
            for j, step in enumerate(row["status_changes"])
        ]

    def links(self) -> list[Wanted]:
        return [
            Wanted(("links", i), values(CompromiseLink, row, self.find))
            for i, row in enumerate(self.document.get("links", ()))
        ]

    def citations(self) -> list[Wanted]:
        steps = zip(self.sourced_steps(), self.settled[StatusEvent], strict=True)
        claims = [("position", row, position) for row, position in self.beside(Position)]
        claims += [("compromise", row, compromise) for row, compromise in self.beside(Compromise)]
        claims += [("status_event", step, event) for (_, step, _), event in steps]
        no_target = {"position": None, "compromise": None, "status_event": None}
        return [
            Wanted(
                (), values(Citation, row, self.find) | no_target | {target: claim, "order": row.get("number", place)}
            )
            for target, source, claim in claims
            for place, row in enumerate(source.get("citations", ()), 1)
        ]

    def beside(self, model: type) -> list[tuple[dict, Model]]:
        """Return each row of a section beside the row of the record that meets it."""
        return list(zip(self.document.get(SECTIONS[model], ()), self.settled[model], strict=True))


def by_a_text(step: dict) -> dict[str, None]:
    """Return that no compromise in particular is the successor, where the step's own briefing is."""
    return {"superseded_by": None} if step.get("superseded_by") == step.get("briefing") else {}
