"""What was taken out of the record of a process, and the form that takes something out."""

import uuid

from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from .. import editing
from .. import reverting as reverts
from ..forms import PageForm, RestoreForm
from ..htmx import page
from ..permissions import find_process
from ..queries import names, retired
from . import reverting
from .gate import check_edit, signed, signed_in
from .revisions import find


@require_safe
@signed_in
def index(request, slug):
    """List what was taken out, the latest first, for those who may bring it back."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    form = PageForm.read(request)
    lines, listed = retired.listing(
        process, names.reader(request.user, process), form.value("after"), form.value("before")
    )
    context = {
        "process": process,
        "nav": "changes",
        "lines": [(line, uuid.uuid4().hex) for line in lines],
        "listed": listed,
        "reasons": editing.reasons(process, request.user),
        "ignored": form.ignored + listed.ignored,
    }
    return page(request, "issues/retired_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request, kind, **where):
    """Take a thing out of the record, with what belongs to it; the form says what that is."""
    subject = find(request.user, kind, **where)
    check_edit(request, subject.process)
    if request.method != "POST":
        if subject.is_retired:
            return redirect(reverting.address(subject, "history"))
        return shown(request, subject)
    form = RestoreForm(request.POST, prefix_id="restore")
    if not form.is_valid():
        return shown(request, subject, posted=form, status=422)
    here = reverting.address(subject, "history")
    try:
        written = reverts.retire(subject.row, form.cleaned_data["seen"], **signed(request, form))
    except reverts.Unchanged:
        return reverting.needless(request, here)
    except (reverts.Blocked, reverts.Overtaken, reverts.Unknown) as error:
        return shown(request, subject, posted=form, status=reverting.refused(request, error))
    sentence = f"It is taken out, as change {written.number}. It can be brought back here."
    return reverting.written(request, sentence, here)


def shown(request, subject, *, posted=None, status=200):
    """Answer with the form that takes a thing out; `posted` is one that comes back."""
    context = {
        "process": subject.process,
        "nav": "changes",
        "subject": subject,
        "offer": reverting.retire_offer(subject, request.user, posted),
        "parts": retired.parts(subject),
        "back": subject.href or reverting.address(subject, "history"),
        "ignored": [],
    }
    return page(request, "issues/row_delete.html", context, status=status)
