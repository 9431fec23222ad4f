"""The history of one thing: its revisions, any two of them compared, and the way back to an earlier one."""

from django.views.decorators.http import require_POST, require_safe

from .. import reverting as reverts
from ..forms import CompareForm, RestoreForm
from ..htmx import page
from ..models import RECORDED
from ..queries import revisions
from . import reverting
from .gate import check_edit, signed, signed_in


def find(user, kind, slug="", **own):
    """Return the thing of a kind that an address names, for its reader; else raise Http404."""
    if kind == "process":
        return revisions.find(user, RECORDED[kind], slug=slug)
    lookup = {"process__slug": slug} if slug else {}
    # An issue or a briefing stands in its address under its own name: issues/<slug:issue>/.
    lookup |= {"slug" if name == kind else name: value for name, value in own.items()}
    return revisions.find(user, RECORDED[kind], **lookup)


@require_safe
def history(request, kind, **where):
    """Show the revisions of a thing."""
    return shown(request, find(request.user, kind, **where))


def shown(request, subject, *, posted=None, status=200):
    """Answer with the revisions of a thing and the two compared; `posted` is the form of a restore that comes back."""
    form = CompareForm.read(request)
    listed = revisions.listing(subject, form.value("after"), form.value("before"))
    to = posted.cleaned_data.get("to") if posted else None
    first, last = revisions.chosen(listed, to or form.value("from"), form.value("to"))
    layout = form.value("layout") or "inline"
    asked = [(name, form.value(name)) for name in ("from", "to", "after", "before") if form.value(name)]
    context = {
        "process": subject.process,
        "nav": "changes",
        "subject": subject,
        "listed": listed,
        "revisions": revisions.revisions(listed, first, last),
        "comparison": revisions.compare(subject, first, last) if last else None,
        "layout": layout,
        "layouts": form.fields["layout"].choices,
        "asked": asked,
        "compared": [(name, value) for name, value in asked if name in ("from", "to")],
        "here": reverting.address(subject, "history"),
        "offers": offers(request, subject, listed, (first, last), posted),
        "ignored": form.ignored + listed.ignored,
    }
    return page(request, "issues/revision_list.html", context, partial="history", status=status)


def offers(request, subject, listed, compared, posted):
    """Return what the page offers to take back: what was taken out, or else the version before and the change after."""
    if not subject.reader.all_shown or "as_of" in request.GET:
        return []
    if subject.is_retired:
        return [reverting.return_offer(subject, request.user, posted)]
    first, last = compared
    found = [reverting.restore_offer(subject, first, request.user, posted)] if first else []
    changeset = next((one for one in listed.rows if one.number == last), None)
    if changeset and not posted:
        changeset.process = subject.process
        found.append(reverting.undo_offer(changeset, subject.reader, request.user))
    return found


@require_POST
@signed_in
def restore(request, kind, **where):
    """Set a thing back to an earlier version, or bring it back, as a further change."""
    subject = find(request.user, kind, **where)
    check_edit(request, subject.process)
    here = reverting.address(subject, "history")
    form = RestoreForm(request.POST, prefix_id="restore")
    if not form.is_valid():
        return shown(request, subject, posted=form, status=422)
    to, seen = (form.cleaned_data[name] for name in ("to", "seen"))
    try:
        if to:
            written = reverts.restore(subject.row, to, seen, **signed(request, form))
        else:
            written = reverts.bring_back(subject.row, seen, **signed(request, form))
    except reverts.Unchanged:
        return reverting.needless(request, here)
    except (reverts.Blocked, reverts.Overtaken, reverts.Unknown) as error:
        return shown(request, subject, posted=form, status=reverting.refused(request, error))
    what = f"The version of change {to} is restored" if to else "It is brought back"
    return reverting.written(request, f"{what}, as change {written.number}.", here)
