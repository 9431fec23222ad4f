"""A person's own account: what they take part in, and where they are signed in."""

from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from ..htmx import page
from ..queries.people import places, visits


@require_safe
@login_required
def detail(request):
    """Show what the person takes part in, and lead to what they can change."""
    return page(request, "account/detail.html", {"places": places(request.user)})


@require_safe
@login_required
def sessions(request):
    """List the browsers in which the person is signed in."""
    return page(request, "account/sessions.html", {"visits": visits(request.user, request.session.session_key)})


@require_POST
@login_required
def end_session(request, pk):
    """Sign the person out in one browser."""
    session = UserSession.objects.filter(user=request.user, pk=pk).first()
    if session is None:
        raise Http404("This session has ended already.")
    end([session])
    messages.success(request, "The session has ended.")
    return redirect("account_sessions")


@require_POST
@login_required
def end_other_sessions(request):
    """Sign the person out everywhere but here."""
    end(UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key))
    messages.success(request, "You are signed in nowhere else any more.")
    return redirect("account_sessions")


def end(found):
    get_adapter().end_sessions(found)
