"""The dossier of an issue."""

from django.http import Http404
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from ..forms import DayForm, IssueEditForm
from ..htmx import page
from ..models import Compromise, Position
from ..permissions import find_process
from ..queries import issues, suggestions
from . import editing
from .gate import check_edit, may_edit, may_freeze, signed_in
from .past import looks_back
from .taking import issue_files, on_day

# What hangs on an issue and is suggested on its dossier.
HANGING = {"position": Position, "compromise": Compromise}


@require_safe
@looks_back
def detail(request, slug, issue):
    """Show one issue on one day: what each side holds, which compromises are proposed, and what says so."""
    process = find_process(request.user, slug)
    agenda = issues.agenda(process)
    found = find(agenda, issue)
    form = DayForm.read(request)
    dossier = issues.dossier(process, found, agenda, form.value("on"), localdate())
    editable = may_edit(request, process, dossier.on)
    own = {name: model.objects.filter(issue=found).values("pk") for name, model in HANGING.items()}
    context = {
        "process": process,
        "nav": "board",
        "issue": found,
        "of": len(agenda),
        "on": dossier.on,
        "take": issue_files(process, found, on_day(dossier.on)),
        "dossier": dossier,
        "may_edit": editable,
        "may_freeze": may_freeze(request, process),
        "waiting": suggestions.about(process, request.user, issue=[found.pk], **own) if editable else (),
        "ignored": form.ignored,
    }
    return page(request, "issues/issue_detail.html", context, partial="dossier")


def find(agenda, slug):
    """Return the issue of that name on an agenda, or raise Http404."""
    found = next((one for one in agenda if one.slug == slug), None)
    if found is None:
        raise Http404(f"There is no issue “{slug}” in this process. Its board lists those there are.")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug, issue):
    """Correct the texts of an issue, and its scale."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    found = find(issues.agenda(process), issue)
    dossier = found.get_absolute_url()
    task = editing.Task(
        process=process,
        place=editing.Place("own", dossier, "dossier", "issue"),
        action=reverse("issues:issue-edit", args=[slug, issue]),
        opener="edit-issue",
        noun="issue",
        title=f"Edit the issue {found.title}",
        heading="Texts and scale",
        save="Save issue",
        crumbs=((found.title, dossier), ("Edit", "")),
    )
    return editing.correct(request, found, task, IssueEditForm, prefix_id="edit-issue-form")
