"""The processes: those that there are, and a new one from a form or in the likeness of another."""

from hashlib import sha256

from django.contrib import messages
from django.db import DataError, transaction
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from .. import documents, drafts, history, keeping, people
from ..choices import MembershipRole
from ..forms import DocumentForm, NewProcessForm
from ..htmx import page
from ..models import Changeset, Issue, Process, Side
from ..permissions import find_process, may_begin, visible_to
from ..queries.processes import entries
from .gate import check_begin, signed_in

FORM_ID, LOAD_ID = "begin", "load"


@require_safe
def index(request):
    """List the processes that the visitor may see; with a single one, go straight to its board.

    Who may begin another is shown the list, where that is offered.
    """
    found, begins = entries(visible_to(request.user)), may_begin(request.user)
    if len(found) == 1 and not begins:
        return redirect("issues:process-detail", found[0].process.slug)
    return page(request, "issues/process_list.html", {"entries": found, "may_begin": begins})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request):
    """Begin a set of talks from a form: empty, with `?like=` in the likeness of another, or with one's `?draft=1`."""
    check_begin(request.user)
    if request.method != "POST":
        draft = drafts.find(request.user, None, request.path)
        if draft and request.GET.get("draft") == "1":
            form = NewProcessForm.brought_back(draft.typed, prefix_id=FORM_ID)
            return show(request, form.focus(), draft=draft, is_back=True)
        return show(request, opened(request).focus(), draft=draft)
    form = NewProcessForm(request.POST, prefix_id=FORM_ID)
    if form.asks:
        return show(request, form.answered(prefix_id=FORM_ID))
    if not form.is_valid():
        return show(request, form.focus(), status=422)
    try:
        document = form.document(keeping.free_slug(form.cleaned_data["name"]))
        # Without the address: sent again, the same form would be given the next free one.
        content = document | {"process": document["process"] | {"slug": ""}}
        process = begin(request.user, document, content, **form.signed)
    except documents.DocumentError as error:
        form.add_error(None, str(error))
        return show(request, form.focus(), status=422)
    drafts.discard(request.user, None, request.path)
    said = f"“{process.name}” is begun, and you curate it. Record what the sides hold, or invite others."
    messages.success(request, said, extra_tags=request.path)
    return redirect(process)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def load(request):
    """Begin a set of talks from a process document that is sent: every fault is listed, or all of it is written."""
    check_begin(request.user)
    if request.method != "POST":
        return shown(request, DocumentForm(prefix_id=LOAD_ID, initial={"reason": "Load a process document"}).focus())
    form = DocumentForm(request.POST, request.FILES, prefix_id=LOAD_ID)
    if not form.is_valid():
        return shown(request, form.focus(), status=422)
    file, faults = form.cleaned_data["document"], []
    try:
        data = file.read()
        document, content = documents.parse(data, documents.shown(file.name)), sha256(data).hexdigest()
        visibility = form.cleaned_data["visibility"] or None
        process = begin(request.user, document, content, visibility=visibility, **form.signed)
    except documents.Faulty as faulty:
        faults = faulty.faults
        form.add_error("document", f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}; nothing was written.")
    except documents.DocumentError as error:
        form.add_error("document", str(error))
    except DataError:
        form.add_error("document", "The database cannot hold what is in it, so nothing was written.")
    else:
        messages.success(request, f"“{process.name}” is loaded, and you curate it.")
        return redirect(process)
    return shown(request, form.focus(), faults, status=422)


def shown(request, form, faults=(), status=200):
    context = {"form": form, "faults": faults[: documents.SHOWN], "more": max(0, len(faults) - documents.SHOWN)}
    return page(request, "issues/process_load.html", context, status=status)


def opened(request) -> NewProcessForm:
    """Return the form as it opens."""
    if not (slug := request.GET.get("like")):
        return NewProcessForm.empty(prefix_id=FORM_ID)
    other = find_process(request.user, slug)
    parts = (model.objects.live().filter(process=other).order_by("order", "id") for model in (Side, Issue))
    return NewProcessForm.like(*parts, prefix_id=FORM_ID, initial={"reason": f"Begin in the likeness of {other.label}"})


def show(request, form, status=200, **more):
    return page(
        request, "issues/process_new.html", {"form": form, "draft_url": f"{request.path}?draft=1"} | more, status=status
    )


def begin(user, document, content, *, reason: str, key: str, visibility: str | None = None) -> Process:
    """Write a new set of talks from its document, with this person as its curator: all of it or nothing.

    Sent again with the same key and content, it returns the first one's. Raises DocumentError if it cannot be stored.
    """
    key = history.once(key, user.pk, visibility, content)
    try:
        with transaction.atomic():
            report = documents.load(document, reason=reason, user=user, key=key, visibility=visibility)
            if not report.is_new:
                raise documents.DocumentError(
                    f"The address “{report.process.slug}” belongs to other talks. Nothing was written; choose another."
                )
            people.give(report.process, user, MembershipRole.CURATOR, user)
    except (history.AlreadyWritten, documents.DocumentError):
        # Whichever of two at once was first holds the address, and the key.
        if (done := Changeset.objects.select_related("process").filter(idempotency_key=key).first()) is None:
            raise
        return done.process
    return report.process
