"""A set of talks as a whole, for its curators: name and readers, archive, deletion and the way back."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import keeping
from ..forms import DeleteForm, KeepingForm, SettingsForm
from ..htmx import page
from ..permissions import RESTORABLE_FOR, find_process, may_begin, restorable_by
from ..queries.processes import gone
from . import editing
from .gate import check_curate, check_edit, signed_in

DONE = "This was done already."


@require_safe
@signed_in
def detail(request, slug):
    """Show what a curator may do with the talks as a whole."""
    return shown(request, curated(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug):
    """Change the name, the dates and the visibility of the talks."""
    process = curated(request, slug)
    check_edit(request, process)
    href = reverse("issues:process-keeping", args=[slug])
    task = editing.Task(
        process=process,
        place=editing.Place("own", href, "keeping", "talks"),
        action=reverse("issues:keeping-edit", args=[slug]),
        opener="edit-keeping",
        noun="set of talks",
        title=f"Name, dates and readers of {process.label}",
        heading="Name, dates and readers",
        save="Save",
        crumbs=(("Board", process.get_absolute_url()), ("As a whole", href), ("Edit", "")),
        nav="keeping",
    )
    return editing.correct(request, process, task, SettingsForm, prefix_id="keeping-form")


@require_POST
@signed_in
def archive(request, slug):
    """Close the talks to every change."""
    process = curated(request, slug)
    form = KeepingForm(request.POST, prefix_id="archive")
    if not form.is_valid():
        return shown(request, process, archiving=form, status=422)
    said = f"“{process.name}” is archived: it can be read as before, and nothing in it changes."
    return carried_out(request, keeping.archive, process, form, said, "issues:process-keeping", slug)


@require_POST
@signed_in
def reopen(request, slug):
    """Open archived talks again."""
    process = curated(request, slug)
    form = KeepingForm(request.POST, prefix_id="archive")
    if not form.is_valid():
        return shown(request, process, archiving=form, status=422)
    said = f"“{process.name}” is open again."
    return carried_out(request, keeping.reopen, process, form, said, "issues:process-keeping", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request, slug):
    """Delete the talks with everything, once their name in the address is typed."""
    process = curated(request, slug)
    form = DeleteForm(request.POST if request.method == "POST" else None, prefix_id="delete", slug=slug)
    if not form.is_bound or not form.is_valid():
        context = {"process": process, "nav": "keeping", "form": form.focus(), "days": RESTORABLE_FOR.days}
        return page(request, "issues/process_delete.html", context, status=422 if form.is_bound else 200)
    said = f"“{process.name}” is deleted. It can be brought back here for {RESTORABLE_FOR.days} days."
    return carried_out(request, keeping.delete, process, form, said, "issues:deleted-list")


@require_safe
@signed_in
def deleted(request):
    """List the deleted talks that the person may bring back."""
    return listed(request)


@require_POST
@signed_in
def bring_back(request, pk):
    """Bring deleted talks back."""
    process = restorable_by(request.user).filter(pk=pk).first()
    if process is None:
        raise Http404("There are no deleted talks under this address that you can bring back.")
    form = KeepingForm(request.POST, prefix_id=f"deleted-{pk}")
    if not form.is_valid():
        return listed(request, form, pk, status=422)
    said = f"“{process.name}” is back, as it was."
    return carried_out(request, keeping.bring_back, process, form, said, "issues:process-detail", process.slug)


def curated(request, slug):
    """Return a process that the person curates."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    return process


def carried_out(request, act, process, form, said, *where):
    """Do what was asked, say so, and lead on."""
    try:
        act(process, user=request.user, **form.signed)
    except keeping.Unchanged:
        messages.warning(request, DONE)
    else:
        messages.success(request, said)
    return redirect(where[0], *where[1:])


def shown(request, process, archiving=None, status=200):
    context = {
        "process": process,
        "nav": "keeping",
        "form": archiving.focus() if archiving else KeepingForm(prefix_id="archive"),
        "may_begin": may_begin(request.user),
    }
    return page(request, "issues/process_keeping.html", context, status=status)


def listed(request, form=None, pk=None, status=200):
    lines = [
        (entry, form.focus() if entry.process.pk == pk else KeepingForm(prefix_id=f"deleted-{entry.process.pk}"))
        for entry in gone(restorable_by(request.user), RESTORABLE_FOR)
    ]
    return page(request, "issues/deleted_list.html", {"lines": lines, "days": RESTORABLE_FOR.days}, status=status)
