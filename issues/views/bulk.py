"""Set fields of many rows with one reason."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from .. import editing
from ..editing import bulk as bulks
from ..forms.bulk import BriefingsForm, BulkFilterForm, CompromisesForm, PositionsForm
from ..htmx import page
from ..models import Briefing, Compromise, Position
from ..permissions import find_process
from ..queries import bulk
from .gate import check_curate, signed_in

FORMS = {
    "briefings": (BriefingsForm, Briefing),
    "positions": (PositionsForm, Position),
    "compromises": (CompromisesForm, Compromise),
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug, kind):
    """List rows to tick, and set fields of those that are ticked: all of them in one change, or none."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    if kind not in FORMS:
        raise Http404(f"There is no list of {kind} to edit. There are: {', '.join(FORMS)}.")
    form_class, model = FORMS[kind]
    if request.method != "POST":
        return shown(request, process, kind, form_class())
    form = form_class(request.POST)
    if not form.is_valid():
        return shown(request, process, kind, form, status=422)
    signed = {name: form.cleaned_data[name] for name in ("reason", "key")}
    versions = form.cleaned_data["row"]
    try:
        written = bulks.change(process, model, versions, form.content, user=request.user, **signed)
    except bulks.Conflicts as conflicts:
        return shown(request, process, kind, form, status=409, conflicts=told(conflicts))
    except editing.Unchanged:
        form.add_error(None, "The ticked rows say so already, so nothing was saved.")
        return shown(request, process, kind, form, status=422)
    number = written.snapshots.count()
    noun = kind if number > 1 else kind[:-1]
    messages.success(request, f"{number} {noun} {'are' if number > 1 else 'is'} changed, as change {written.number}.")
    return redirect(request.get_full_path())


def told(conflicts):
    """Return what stands in the way of a change of many rows, in sentences."""
    found = [f"“{row}” was changed meanwhile; it is at version {row.version} now." for row in conflicts.changed]
    if conflicts.gone:
        are = "is" if conflicts.gone == 1 else "are"
        found.append(f"{conflicts.gone} of the ticked rows {are} not in the record any more.")
    return found


def shown(request, process, kind, form, *, status=200, conflicts=()):
    """Answer with the list; ticked is what was sent as it is stored now."""
    filters = BulkFilterForm.read(request)
    words = filters.value("q") or ""
    rows, listed = bulk.listing(process, kind, words, filters.value("after"), filters.value("before"))
    ticked = {one.partition(".")[0] for one in request.POST.getlist("row")}
    context = {
        "process": process,
        "nav": kind,
        "kind": kind,
        "kinds": list(FORMS),
        "rows": [(row, str(row.pk) in ticked) for row in rows],
        "listed": listed,
        "words": words,
        "active": filters.pairs,
        "form": form,
        "conflicts": conflicts,
        "reasons": editing.reasons(process, request.user),
        "ignored": filters.ignored + listed.ignored,
    }
    return page(request, "issues/bulk_edit.html", context, status=status)
