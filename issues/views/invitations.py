"""The invitee's door: read an invitation, then take it up with this account or a new one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import people
from ..htmx import page
from ..models.invitation import token_hash

CLOSED = "This invitation is not open: it was used, withdrawn, or is older than 14 days. Ask its sender for a new one."
INVITATION_KEY = "invitation"  # where a session keeps the hash, while its visitor makes an account


@require_safe
@never_cache
def detail(request, token):
    """Show what the invitation is to."""
    return page(request, "issues/invitation_detail.html", {"invitation": find(token), "token": token})


@require_POST
def accept(request, token):
    """Join with the account signed in; lead others to make one."""
    invitation = find(token)
    if not request.user.is_authenticated:
        request.session[INVITATION_KEY] = invitation.token_hash
        return redirect("account_signup")
    try:
        people.join(invitation, request.user)
    except people.NotOpen:
        raise Http404(CLOSED) from None
    messages.success(request, f"You now take part in “{invitation.process.name}”.")
    return redirect(invitation.process)


def find(token):
    invitation = people.find_open(token_hash(token))
    if invitation is None:
        raise Http404(CLOSED)
    return invitation
