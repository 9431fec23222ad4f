"""Who comes through to a form."""

from functools import wraps

from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied

from ..htmx import wants_part
from ..permissions import CURATE, EDIT, can, may_begin
from .reviewing import reviewed

PAST = "This address looks back to what was recorded earlier, and the past is not edited. Open the record as it is now."


def signed_in(view):
    """Let signed-in people through and lead others to sign in; a form that is sent must not lose what was typed.

    Where changes are reviewed, what an analyst sends is kept as a suggestion (`reviewing`).
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if "as_of" in request.GET:
            raise PermissionDenied(PAST)
        if request.user.is_authenticated:
            return reviewed(view, request, *args, **kwargs)
        if request.method == "POST":
            raise PermissionDenied("You are signed out, so nothing was saved. What you typed is still here.")
        if wants_part(request):
            raise PermissionDenied("You are signed out.")
        return redirect_to_login(request.get_full_path())

    return guarded


def signed(request, form) -> dict:
    """Return with what a write is signed: why, the form's key, who wrote it, and who accepts what was suggested."""
    suggestion = getattr(request, "suggestion", None)
    if suggestion is None:
        return form.signed | {"user": request.user}
    author = suggestion.author or get_user_model()(username=suggestion.author_name)  # whose account is gone
    return form.signed | {"user": author, "accepted_by": request.user}


def may_edit(request, process, on=None) -> bool:
    """Tell whether a page of a process offers its reader to edit: never a page that looks back."""
    if "as_of" in request.GET:
        return False
    if process.archived_at or (on and on.past):
        return False
    return can(request.user, EDIT, process)


def may_freeze(request, process) -> bool:
    """Tell whether a page offers its reader to freeze it: one that looks back or shows an earlier day, too."""
    return not process.archived_at and can(request.user, EDIT, process)


def may_curate(request, process) -> bool:
    """Tell whether a page of a process offers its reader what curators do: never a page that looks back."""
    if "as_of" in request.GET or process.archived_at:
        return False
    return can(request.user, CURATE, process)


def check_edit(request, process):
    """Raise PermissionDenied unless the person may edit the process, and it is open."""
    if not can(request.user, EDIT, process):
        raise PermissionDenied("Only analysts and curators of this process change what stands in it.")
    if process.archived_at:
        raise PermissionDenied("These talks are archived: nothing in them changes. A curator can open them again.")


def check_begin(user):
    """Raise PermissionDenied unless the person may begin talks."""
    if not may_begin(user):
        raise PermissionDenied("Who curates a set of talks may begin another. Ask a curator, or who runs the site.")


def check_curate(request, process):
    """Raise PermissionDenied unless the person curates the process, and looks at it as it is now."""
    if not can(request.user, CURATE, process):
        raise PermissionDenied("Only curators of this process do this.")
    if "as_of" in request.GET:
        raise PermissionDenied(PAST)
