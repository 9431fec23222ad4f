"""What is typed and not saved: kept while it is typed, and forgotten when asked."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from .. import drafts
from ..htmx import wants_part
from ..models import Process
from ..models.draft import LONGEST
from ..permissions import find_process
from .errors import refusal
from .gate import check_begin, check_edit, signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def index(request, slug=None):
    """Keep the fields of the form at `address`, and say when, and who else is at it; GET only says who.

    Without a process it is the form that begins talks.
    Without fields it only notes that the person is at the form, or with `gone` that they have left it.
    Answers JSON, for a script: `at`, the moment; `kept` and `others`, sentences.
    """
    process = process_of(request, slug)
    answer = {"at": "", "kept": ""}
    if request.method == "POST":
        address = address_in(request.POST)
        if "gone" in request.POST:
            drafts.leave(request.user, process, address)
            return HttpResponse(status=204)
        try:
            kept = drafts.keep(request.user, process, address, dict(request.POST.lists()))
        except drafts.TooLong:
            return refusal(
                request, 413, f"A draft holds {drafts.LIMIT // 1000} kB. Save what you have, or make the text shorter."
            )
        if kept:
            answer = {"at": kept.isoformat(), "kept": f"Draft kept at {localtime(kept):%H:%M}."}
    else:
        address = address_in(request.GET)
    return JsonResponse(answer | {"others": drafts.others(request.user, process, address)})


@require_POST
@signed_in
def delete(request, slug=None):
    """Forget what the person has kept of the form at `address`, and lead back to it; a script stays where it is."""
    process = process_of(request, slug)
    address = address_in(request.POST)
    drafts.discard(request.user, process, address)
    return HttpResponse() if wants_part(request) else redirect(address)


def process_of(request, slug: str | None) -> Process | None:
    """Return the process of a form that the person may write in, None for the form that begins talks."""
    if slug is None:
        check_begin(request.user)
        return None
    process = find_process(request.user, slug)
    check_edit(request, process)
    return process


def address_in(data) -> str:
    """Return the address of a form as the browser sent it; raise BadRequest for one that is none of this site."""
    address = data.get("address", "")
    fits = address.isprintable() and len(address) <= LONGEST
    if not (fits and address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)):
        raise BadRequest("A draft belongs to a form of this site: open the form again, then go on.")
    return address
