"""A small record to write to: two principals and a third party, two issues, one briefing."""

import json
import uuid
from datetime import date

from django.utils import timezone

from issues import history
from issues.models import Briefing, Citation, Compromise, Issue, Position, Process, Side, StatusEvent, Suggestion


def create(slug="valley", visibility="public") -> Process:
    """Return a new process without any position or compromise."""
    process = Process(
        slug=slug,
        name="Sharing the valley",
        question="Who may graze where?",
        started_on=date(2024, 1, 1),
        visibility=visibility,
        method={"editorial_note": "Placements are ours alone.", "placement_rule": "In steps of five."},
    )
    with history.changeset(process, reason="Begin") as door:
        door.create(
            Side(process=process, slug=slug, name=name, short_label=slug, role=role, order=i, marker=marker, colour=i)
            for i, (slug, name, role, marker) in enumerate(
                (
                    ("hill", "Hill farmers", "principal", "circle"),
                    ("plain", "Plain farmers", "principal", "square"),
                    ("town", "Townspeople", "party", "diamond"),
                ),
                start=1,
            )
        )
        door.create(
            Issue(
                process=process,
                slug=slug,
                title=slug.title(),
                question=f"What of the {slug}?",
                order=i,
                scale_low="All closed",
                scale_high="All open",
                scale_anchors=[{"at": 50, "label": "Half open"}, {"at": "?", "label": "no place"}, "stray"],
            )
            for i, slug in enumerate(("grass", "water"), start=1)
        )
        door.create([briefing(process, "minutes", "2024-01-05")])
    return process


def briefing(process, slug, day, **fields) -> Briefing:
    """Return an unsaved briefing."""
    fields = {"title": slug.title(), "kind": "news", "published_on": date.fromisoformat(day)} | fields
    return Briefing(process=process, slug=slug, **fields)


def add(*rows):
    """Write rows of one model and process, and return the first."""
    with history.changeset(rows[0].process, reason="A test writes") as door:
        return door.create(rows)[0]


def suggest(row, **fields) -> Suggestion:
    """Keep a suggestion about a position, as if somebody had sent its form, and not all of it."""
    made = {
        "process": row.process,
        "title": "Edit the position",
        "address": f"/positions/{row.pk}/edit/",
        "is_form": True,
        "typed": json.dumps({"headline": [""], "reason": ["As heard"]}),
        "rows": json.dumps([["position", row.pk, {"headline": row.headline}, {"headline": "Open it all"}]]),
        "about_model": "position",
        "about_id": row.pk,
        "reason": "As heard",
        "key": uuid.uuid4().hex,
        "author_name": "alma",
        "made_at": timezone.now(),
    }
    return Suggestion.objects.create(**made | fields)


def retire(row):
    """Take a row out of the live record."""
    with history.changeset(row.process, reason="A test retires") as door:
        door.retire(type(row).objects.get(pk=row.pk), "A mistake")


def position(process, side, day, placement=None, *, issue="grass", headline="", n=0, **fields) -> Position:
    """Return an unsaved position of a side on an issue; `n` tells positions of one day apart."""
    fields = {"commitment": "law", "confidence": "high", "body": "They say so."} | fields
    return Position(
        process=process,
        slug=f"{issue}-{side}-{day}-{n}",
        issue=Issue.objects.get(process=process, slug=issue),
        side=Side.objects.get(process=process, slug=side),
        held_from=date.fromisoformat(day),
        placement=placement,
        headline=headline or f"{side} on {day}",
        **fields,
    )


def hold(*args, **fields) -> Position:
    """Record a position."""
    return add(position(*args, **fields))


def propose(process, number, *steps, side="hill", issue="grass", **fields) -> Compromise:
    """Record a compromise with its steps, each (day, status) or (day, status, further fields)."""
    compromise = add(
        Compromise(
            process=process,
            number=number,
            slug=f"c{number}",
            headline=f"Concession {number}",
            issue=Issue.objects.get(process=process, slug=issue),
            side=Side.objects.get(process=process, slug=side),
            **fields,
        )
    )
    minutes = Briefing.objects.get(process=process, slug="minutes")
    add(
        *(
            StatusEvent(
                process=process,
                compromise=compromise,
                occurred_on=date.fromisoformat(day),
                status=status,
                **{"briefing": minutes} | (more[0] if more else {}),
            )
            for day, status, *more in steps
        )
    )
    return compromise


def cite(claim, slug="minutes", **fields) -> Citation:
    """Record that a position, a compromise or a step rests on a briefing."""
    source = Briefing.objects.get(process=claim.process, slug=slug)
    name = {Position: "position", Compromise: "compromise", StatusEvent: "status_event"}[type(claim)]
    return add(Citation(process=claim.process, briefing=source, **{name: claim}, **fields))
