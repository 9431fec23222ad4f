"""What pages of history offer to take back, what it would do, and what stands in the way, in words."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse

from .. import editing, reverting
from ..families import Key
from ..forms import RestoreForm
from ..models import Changeset, Process
from ..permissions import CURATE
from ..queries import changes, differences, names, revisions

FORBIDDEN = "Only curators of this process change what this would set back."


@dataclass(frozen=True)
class Offer:
    """A form that takes something back, or why there is none.

    `is_open`: the form was sent and comes back. `does`: what it would do, in sentences. `refusal`: why not.
    `obstacles`: what stands in the way, each as (words, the linked words, address, words after). `is_reviewed`: what
    is sent waits for a curator.
    """

    title: str
    action: str
    button: str
    form: RestoreForm | None
    is_open: bool
    does: list[str]
    refusal: str
    obstacles: list[tuple[str, str, str, str]]
    is_reviewed: bool


def undo_offer(changeset: Changeset, reader: names.Reader, user, posted=None) -> Offer:
    """Return the offer to undo a change; `posted` is the form that comes back."""
    number, process = changeset.number, changeset.process

    def form(reason: str) -> RestoreForm:
        return RestoreForm.of("undo", reason, reasons=editing.reasons(process, user))

    told = described(process, reverting.undoing(changeset), reader, "What it touched is as it was before.")
    return Offer(
        title=f"Undo change {number}",
        action=reverse("issues:change-undo", args=[changeset.pk]),
        button="Undo this change",
        **filled(told, form, f"Undo change {number}: {changeset.reason}", posted),
    )


def restore_offer(subject: revisions.Subject, number: int, user, posted=None) -> Offer:
    """Return the offer to restore the version of a thing after a change."""
    title, plan = f"Restore the version of change {number}", reverting.restoring(subject.row, number)
    told = described(subject.process, plan, subject.reader, "It is now as it was then.")
    return Offer(
        title=title,
        action=address(subject, "restore"),
        button="Restore this version",
        **filled(told, form_for(subject, user, number), title, posted),
    )


def return_offer(subject: revisions.Subject, user, posted=None) -> Offer:
    """Return the offer to bring back a thing that was taken out."""
    told = described(subject.process, reverting.returning(subject.row), subject.reader, "It stands in the record.")
    reason = f"Bring back what was taken out: {subject.row.retired_reason}"
    return Offer(
        title="Bring it back",
        action=address(subject, "restore"),
        button="Bring it back",
        **filled(told, form_for(subject, user), reason, posted),
    )


def retire_offer(subject: revisions.Subject, user, posted=None) -> Offer:
    """Return the offer to take a thing out of the record."""
    told = described(subject.process, reverting.retiring(subject.row), subject.reader, "It is taken out already.")
    return Offer(
        title="Why, and what goes with it",
        action=address(subject, "delete"),
        button="Take it out of the record",
        **filled(told, form_for(subject, user), "", posted),
    )


def form_for(subject: revisions.Subject, user, to: int | None = None) -> Callable[[str], RestoreForm]:
    """Return what makes the form of an offer about a thing, with a reason, for what the thing is now."""

    def form(reason: str) -> RestoreForm:
        reasons, seen = editing.reasons(subject.process, user), reverting.newest(subject.row)
        return RestoreForm.of("restore", reason, reasons=reasons, seen=seen, to=to)

    return form


def filled(told: dict, form: Callable[[str], RestoreForm], reason: str, posted: RestoreForm | None) -> dict:
    """Return what is told of an offer with its form, if there is to be one.

    A form that comes back keeps its reason, and stays as it is where something is amiss with it.
    """
    made = None
    if told["does"]:
        made = posted if posted and posted.errors else form(posted.cleaned_data["reason"] if posted else reason)
    return told | {"form": made, "is_open": posted is not None}


def address(subject: revisions.Subject, verb: str) -> str:
    """Return the address at which something is done to a thing: `history`, `restore`, `delete`."""
    return names.address(subject.process, subject.key, vars(subject.row), verb)


def described(process: Process, plan: reverting.Plan, reader: names.Reader, nothing: str) -> dict:
    """Return what a plan does, why it is refused, and what stands in its way. At most five SQL queries."""
    refusal = plan.refusal
    if not refusal and plan.is_free:
        if not plan.moves:
            refusal = nothing
        elif plan.action == CURATE and not reader.curates:
            refusal = FORBIDDEN
    return {
        "does": sentences(plan) if plan.is_free and not refusal else [],
        "refusal": refusal,
        "obstacles": [] if refusal else obstacles(process, plan, reader),
        "is_reviewed": process.asks_review and not reader.curates,
    }


def sentences(plan: reverting.Plan) -> list[str]:
    """Return what a plan does, in sentences."""
    out, back, other = (
        Counter(move.key[0] for move in plan.moves if move.retires is retires) for retires in (True, False, None)
    )
    said = []
    if other:
        fields = {
            differences.label_of(move.row._meta.get_field(name))
            for move in plan.moves
            if move.retires is None
            for name in move.changes
        }
        said.append(f"It sets back {changes.tally(other)} ({', '.join(sorted(fields, key=str.lower))}).")
    if out:
        said.append(f"It takes {changes.tally(out)} out of the record.")
    if back:
        said.append(f"It brings {changes.tally(back)} back.")
    return said


def obstacles(process: Process, plan: reverting.Plan, reader: names.Reader) -> list[tuple[str, str, str, str]]:
    """Return what stands in the way of a plan, as (words, the linked words, address, words after)."""
    keys = {key for one in plan.obstacles for key in (one.row, one.other) if key}
    named = names.Names(process, keys, reader)

    def link(key: Key) -> tuple[str, str]:
        words = named.name(key)
        return f"{names.KINDS[key[0]]}: {words}", named.href(key) or named.history(key)

    found = [
        (
            "",
            f"Change {one.number}: {one.reason}",
            reverse("issues:change-detail", args=[one.pk]),
            "touched the same rows since.",
        )
        for one in plan.later
    ]
    for one in plan.obstacles:
        row = named.name(one.row)
        match one.why:
            case reverting.LEANS:
                found.append(("", *link(one.other), f"rests on “{row}”, which would be taken out."))
            case reverting.LACKS:
                found.append((f"“{row}” rests on", *link(one.other), "which has been taken out."))
            case reverting.TAKEN:
                found.append(("", *link(one.other), f"has by now what “{row}” would get back."))
            case reverting.CIRCLE:
                found.append(("", *link(one.row), "would close a circle of links."))
    return found


def written(request, sentence: str, address: str):
    """Say what was done and lead to where it shows."""
    messages.success(request, sentence)
    return redirect(address)


def needless(request, address: str):
    """Say that nothing was written, for all is so already."""
    messages.info(request, "Nothing was written: it is so already.")
    return redirect(address)


def refused(request, error: Exception) -> int:
    """Say, on the page that comes back, why nothing was written, and return its status."""
    if isinstance(error, reverting.Unknown):
        messages.warning(request, "Nothing was written. The form did not say what it began with; here it is anew.")
        return 428
    if isinstance(error, reverting.Overtaken):
        why = "Someone changed it after this page was opened. Here it is as it stands now: look again, then decide."
    else:
        why = error.plan.refusal or "What stands in the way is named below."
    messages.warning(request, f"Nothing was written. {why}")
    return 409
