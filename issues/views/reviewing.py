"""What becomes of a form that is sent where changes are reviewed: it is kept as a suggestion, or accepts one."""

import json

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html

from .. import drafts, history, suggesting
from ..models import Suggestion
from ..permissions import curated_by

# What forms without a task of their own are for, by the end of their names.
TITLES = {"delete": "Take out", "restore": "Bring back", "undo": "Undo a change"}
# What differs from one opening of a form to the next, without a word of it changed.
PASSING = {"key", "place", "base_version", "after", "seen", *suggesting.CARRIED}


def reviewed(view, request, *args, **kwargs):
    """Answer with a view; keep what its person may only suggest, and accept the suggestion that the form is of.

    Every form that writes to the record comes through here, and `history` lets nothing past that should wait.
    """
    if suggestion := meant(request):
        return accepting(suggestion, view, request, *args, **kwargs)
    try:
        return view(request, *args, **kwargs)
    except history.UnderReview as waiting:
        return kept(request, waiting)


def meant(request) -> Suggestion | None:
    """Return the suggestion that a form is opened or sent for, if its person decides on it and it is of this form."""
    key = (request.POST if request.method == "POST" else request.GET).get("suggestion", "")
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    found = Suggestion.objects.filter(pk=key, process__in=curated_by(request.user)).select_related("process").first()
    return found if found and found.path == request.path else None


def accepting(suggestion: Suggestion, view, request, *args, **kwargs):
    """Answer with a view that opens the form of a suggestion, or that writes it and so accepts it."""
    here = address(suggestion)
    request.suggestion = suggestion
    if request.method != "POST" and suggestion.is_pending:
        return view(request, *args, **kwargs)
    try:
        with transaction.atomic():
            request.suggestion = suggesting.take(suggestion.process, suggestion.pk)
            response = view(request, *args, **kwargs)
            is_edited = words(request.POST) != words(typed(suggestion))
            is_written = suggesting.accept(request.suggestion, request.user, is_edited=is_edited)
    except suggesting.Decided as decided:
        said = decided.suggestion.get_state_display().lower()
        messages.warning(request, f"Nothing was done: suggestion {suggestion.pk} is {said} already.")
        return redirect(here)
    if not is_written:
        return response
    written = request.suggestion.changeset
    messages.success(request, f"Suggestion {suggestion.pk} is accepted, as change {written.number}.")
    return redirect("issues:suggestion-list", suggestion.process.slug)


def kept(request, waiting: history.UnderReview):
    """Keep what was sent as a suggestion, say where it stands, and lead back to where it was made."""
    task, given = getattr(request, "task", None), dict(request.POST.lists())
    verb = request.resolver_match.url_name.rpartition("-")[2]
    title = f"Restore the version of change {given['to'][-1]}" if any(given.get("to", ())) else TITLES.get(verb, verb)
    sent_to = task.action if task else request.get_full_path()
    with transaction.atomic():
        made = suggesting.keep(
            waiting,
            sent_to,
            given,
            title=task.title if task else title,
            is_form=task is not None,
            base_version=drafts.version_in(given),
        )
        drafts.discard(request.user, waiting.process, sent_to)
    sentence = format_html(
        'Nothing is changed yet: it is <a href="{}">suggestion {}</a>, and {}.',
        address(made),
        made.pk,
        "waits for a curator" if made.is_pending else f"is {made.get_state_display().lower()} already",
    )
    messages.success(request, sentence, extra_tags=sent_to)
    return redirect(f"{task.place.href}#{task.place.target}" if task else address(made))


def address(suggestion: Suggestion) -> str:
    """Return the address of the page of a suggestion."""
    return reverse("issues:suggestion-detail", args=[suggestion.process.slug, suggestion.pk])


def typed(suggestion: Suggestion) -> MultiValueDict:
    """Return the fields of the form of a suggestion, as it was sent."""
    return MultiValueDict(json.loads(suggestion.typed))


def words(given) -> dict[str, list[str]]:
    """Return what was typed into a form; line ends are one, whatever the browser sends."""
    return {
        name: ["\n".join(value.splitlines()) for value in values]
        for name, values in given.lists()
        if name not in PASSING
    }
