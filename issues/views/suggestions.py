"""What waits for a curator: the list of suggestions, one of them, what is decided on them, and what is withdrawn."""

from copy import copy

from django.contrib import messages
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import resolve
from django.views.decorators.http import require_POST, require_safe

from .. import suggesting
from ..forms import AnswerForm, PicksForm, SuggestionForm, WithdrawForm
from ..htmx import page
from ..models import Suggestion
from ..permissions import find_process
from ..queries import names, suggestions
from .gate import check_edit, signed_in
from .people import find_curated
from .reviewing import typed

GONE = "There is no such suggestion here."


@require_safe
@signed_in
def index(request, slug):
    """List the suggestions that pass the filters, for those who may make and decide on them."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    return listed(request, process)


def listed(request, process, *, faults=(), answer="", status=200):
    """Answer with the list; `faults` say why nothing was decided, `answer` is what was typed."""
    authors = suggestions.authors(process)
    form = SuggestionForm.read(request, authors=authors)
    filters = suggestions.Filters(
        state=form.value("state") or "pending",
        who=form.value("who") or "",
        after=form.value("after"),
        before=form.value("before"),
    )
    reader = names.reader(request.user, process)
    lines, page_ = suggestions.listing(process, filters, request.user, reader)
    context = {
        "process": process,
        "nav": "suggestions",
        "lines": lines,
        "listed": page_,
        "filters": filters,
        "states": form.fields["state"].choices,
        "authors": authors,
        "active": [(name, value) for name in ("state", "who") if (value := form.value(name))],
        "decides": reader.curates and any(line.is_pending for line in lines),
        "may_curate": reader.curates,
        "faults": faults,
        "answer": answer,
        "ignored": form.ignored + page_.ignored,
    }
    return page(request, "issues/suggestion_list.html", context, status=status)


@require_safe
@signed_in
def detail(request, slug, pk):
    """Show one suggestion, what it would write, and what became of it."""
    process = find_process(request.user, slug)
    return shown(request, process, suggestions.find(request.user, process, pk))


def shown(request, process, suggestion, *, form=None, status=200):
    """Answer with a suggestion; `form` is an answer to it, or a withdrawal, that comes back."""
    reader = names.reader(request.user, process)
    context = {
        "process": process,
        "nav": "suggestions",
        "line": suggestions.lines(process, [suggestion], request.user, reader)[0],
        "may_curate": reader.curates,
        "form": form if isinstance(form, AnswerForm) else AnswerForm(),
        "withdrawal": form if isinstance(form, WithdrawForm) else WithdrawForm(auto_id="withdraw_%s"),
    }
    return page(request, "issues/suggestion_detail.html", context, status=status)


@require_POST
@signed_in
def accept(request, slug, pk):
    """Send the form of a suggestion once more, and so write it; what it meets then is shown as to any edit."""
    process = find_curated(request.user, slug)
    suggestion = find_pending(process, pk)
    if suggestion is None:
        return decided(request, slug, pk)
    try:
        response = sent_again(request, suggestion)
    except (Http404, PermissionDenied) as error:
        messages.warning(request, f"Suggestion {pk} cannot be accepted as it is. {error}")
        return redirect("issues:suggestion-detail", slug, pk)
    if response.status_code == 302 and find_pending(process, pk):
        return redirect("issues:suggestion-detail", slug, pk)  # nothing was written: it is so already
    return response


@require_POST
@signed_in
def decline(request, slug, pk):
    """Decline a suggestion with a reason."""
    process = find_curated(request.user, slug)
    suggestion = find_pending(process, pk)
    if suggestion is None:
        return decided(request, slug, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return shown(request, process, suggestion, form=form, status=422)
    try:
        suggesting.decline(process, pk, request.user, form.cleaned_data["answer"])
    except suggesting.Decided:
        return decided(request, slug, pk)
    messages.success(request, f"Suggestion {pk} is declined; its author sees why.")
    return redirect("issues:suggestion-list", slug)


@require_POST
@signed_in
def withdraw(request, slug, pk):
    """Withdraw a suggestion that waits, for who made it."""
    process = find_process(request.user, slug)
    suggestion = suggestions.find(request.user, process, pk)
    if suggestion.author_id != request.user.pk:
        raise PermissionDenied("Only who made a suggestion withdraws it. A curator can decline it.")
    form = WithdrawForm(request.POST, auto_id="withdraw_%s")
    if not form.is_valid():
        return shown(request, process, suggestion, form=form, status=422)
    try:
        suggesting.withdraw(process, pk, request.user, form.cleaned_data["answer"])
    except suggesting.Decided:
        return decided(request, slug, pk)
    messages.success(request, f"Suggestion {pk} is withdrawn. What you wrote stays here to read.")
    return redirect("issues:suggestion-detail", slug, pk)


@require_POST
@signed_in
def decide(request, slug):
    """Accept or decline several suggestions, each by itself: one that does not fit keeps waiting."""
    process = find_curated(request.user, slug)
    waiting = Suggestion.objects.pending().filter(process=process).defer("rows")
    form = PicksForm(request.POST, keys=waiting.values_list("pk", flat=True))
    if not form.is_valid():
        faults = [str(error) for errors in form.errors.values() for error in errors]
        return listed(request, process, faults=faults, answer=request.POST.get("answer", "")[:500], status=422)
    picked, given = form.cleaned_data["pick"], form.cleaned_data
    done, left = 0, []
    for suggestion in waiting.filter(pk__in=picked).select_related("process").order_by("pk"):
        try:
            if given["do"] == "decline":
                suggesting.decline(process, suggestion.pk, request.user, given["answer"])
                done += 1
                continue
            sent_again(request, suggestion, is_quiet=True)
        except (Http404, PermissionDenied, suggesting.Decided):
            pass
        if find_pending(process, suggestion.pk):
            left.append(str(suggestion.pk))
        else:
            done += 1
    if done:
        said = "declined" if given["do"] == "decline" else "accepted"
        messages.success(request, f"{done} suggestion{'' if done == 1 else 's'} {said}.")
    if left:
        said = "Not accepted, because something stands in the way"
        messages.warning(request, f"{said}: {', '.join(left)}. Accept each by itself to see what.")
    return redirect("issues:suggestion-list", slug)


def find_pending(process, pk) -> Suggestion | None:
    """Return a suggestion of a process if it waits, None if it does not; raise Http404 if there is none."""
    found = Suggestion.objects.select_related("process", "changeset").filter(process=process, pk=pk).first()
    if found is None:
        raise Http404(GONE)
    return found if found.is_pending else None


def decided(request, slug, pk):
    """Say that it waits no more, and lead to what became of it."""
    state = Suggestion.objects.get(pk=pk).get_state_display().lower()
    messages.warning(request, f"Nothing was done: suggestion {pk} is {state} already.")
    return redirect("issues:suggestion-detail", slug, pk)


def sent_again(request, suggestion: Suggestion, *, is_quiet=False):
    """Return the answer to the form of a suggestion, sent as its author sent it, by the person of this request.

    So it passes every check that it passed, over what the record holds now, and no second way writes it.
    """
    path, _, query = suggestion.address.partition("?")
    match = resolve(path)
    again = copy(request)
    again.path = again.path_info = path
    again.resolver_match, again.GET = match, QueryDict(query)
    again.POST = QueryDict(mutable=True)
    for name, values in typed(suggestion).lists():
        again.POST.setlist(name, values)
    again.POST["suggestion"] = str(suggestion.pk)
    if is_quiet:
        again._messages = default_storage(again)
    return match.func(again, *match.args, **match.kwargs)
