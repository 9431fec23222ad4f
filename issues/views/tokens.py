"""The tokens by which a person's programs use the API."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from .. import tokens
from ..forms import TokenForm
from ..htmx import page
from ..models import Token


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required(allow_get=True)
def index(request):
    """List the person's tokens; make one, and show its secret this one time."""
    form, made, secret, status = TokenForm(request.POST or None), None, "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made, secret = tokens.make(request.user, **form.cleaned_data)
                form, status = TokenForm(), 200
            except tokens.Taken:
                form.add_error("name", "You have a token of this name. Choose another, or revoke that one first.")
    context = {"tokens": Token.objects.filter(user=request.user), "form": form, "made": made, "secret": secret}
    return page(request, "account/tokens.html", context, status=status)


@require_POST
@login_required
def revoke(request, pk):
    """Put an end to a token."""
    if not tokens.revoke(request.user, pk):
        raise Http404("This token is revoked already.")
    messages.success(request, "The token is revoked: it opens nothing any more.")
    return redirect("account_tokens")
