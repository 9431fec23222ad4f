"""The doors that close: error pages that say what was wrong and what to do, and the health check."""

import re
import sys

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..models import Process
from ..permissions import sees
from ..problems import is_asked_by_a_program, problem

RETRY_AFTER = 5  # seconds

# An htmx request takes the sentence alone, into the page's notice, and leaves the rest of the page as it was.
FOR_HTMX = {
    "HX-Retarget": "#notice",
    "HX-Reselect": "#message",
    "HX-Reswap": "innerHTML",
    "HX-Push-Url": "false",
}
# What a program is told of a request that failed.
BROKEN = {
    500: "The server met an error; nothing was written. It is noted, and the same will most likely fail again.",
    503: "The database does not answer; nothing was written. Send the same again in a few seconds.",
}
# What a form carries beside the words.
CARRIED = {"csrfmiddlewaretoken", "key", "place", "base_version", "after", "address"}
PROCESS_ADDRESS = re.compile(r"/processes/([-a-zA-Z0-9_]{1,80})/")


def bad_request(request, exception=None):
    """Answer 400 with the view's own sentence, or 413 to too much; what Django suspects stays in the log."""
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000
        return refusal(request, 413, f"A form holds {most} MB at most. Make its texts shorter, then send it again.")
    message = "Part of it is in no form that this site can read. Check the address, or start from a link below."
    return refusal(request, 400, sentence(exception, BadRequest) or message)


def forbidden(request, exception=None):
    """Answer 403 with the view's own sentence."""
    message = "Only some accounts may do this. A curator of the process can change what yours may do."
    return refusal(request, 403, sentence(exception) or message)


def csrf_failure(request, reason=""):
    """Answer 403 to a form that does not carry this visit's token."""
    message = (
        "The form had been open too long, came from another site, or cookies are switched off, so nothing was saved. "
        "Go back, reload the page and send the form again."
    )
    return refusal(request, 403, message)


def not_found(request, exception=None):
    """Answer 404 with the view's own sentence and the way to the process's board, if its reader may see it."""
    message = sentence(exception) or f"Nothing is kept under “{shown(request.path)}”."
    # The banner of a page that looks back leads to the present; what the process is called by now is no part of it.
    within = None if hasattr(request, "past") else PROCESS_ADDRESS.match(request.path_info)
    process = Process.objects.filter(slug=within[1]).first() if within else None
    seen = process if process and sees(request.user, process) else None
    return refusal(request, 404, message, process=seen)


def too_many_requests(request, seconds=60):
    """Answer 429 to too many attempts; on the sign-in page what was typed as the username stays."""
    wait = "a minute" if seconds == 60 else f"{seconds // 60} minutes"
    context = {"message": f"There were too many attempts in a short time. Wait {wait}, then try again."}
    if request.path_info == reverse("account_login"):
        context |= {name: shown(request.POST.get(name, ""), 1000) for name in ("login", "next")}
    response = refusal(request, 429, **context)
    response["Retry-After"] = seconds
    return response


def server_error(request):
    """Answer 503 when the request failed for want of the database, else 500.

    Reads no database, session or user: one of them may be what failed.
    """
    status = 503 if is_outage(sys.exc_info()[1]) else 500
    if is_asked_by_a_program(request):
        return problem(status, BROKEN[status], headers={"Retry-After": RETRY_AFTER} if status == 503 else {})
    try:
        body = render_to_string(f"{status}.html", {"seconds": RETRY_AFTER, "typed": typed(request)})
    except Exception:  # the frame itself is broken; a plain sentence is all that is left to say
        body = "<!doctype html><title>Error</title><p id=message>The server met an error while making this page."
    response = HttpResponse(body, status=status, headers=FOR_HTMX | {"Cache-Control": "no-store"})
    if status == 503:
        response["Retry-After"] = RETRY_AFTER
    return response


@never_cache
@require_safe
def healthz(request):
    """Answer “ok” when the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("The database does not answer.\n", "text/plain", 503)
    return HttpResponse("ok\n", "text/plain")


def refusal(request, status, message, **context):
    """Return the error page of a status; its reader's browser is not to keep it. A program gets the sentence alone."""
    if is_asked_by_a_program(request):
        return problem(status, message)
    context |= {"message": message, "typed": typed(request)}
    response = render(request, f"{status}.html", context, status=status)
    for name, value in (FOR_HTMX | {"Cache-Control": "no-store"}).items():
        response[name] = value
    return response


def typed(request) -> list[tuple[str, str]]:
    """Return (name, text) of what was typed into a form of the record, so that a refusal does not lose it."""
    match = request.resolver_match
    if request.method != "POST" or match is None or match.namespace != "issues":
        return []
    try:
        given = list(request.POST.lists())
    except Exception:  # what could not be read cannot be shown, and the page of an error must not fail
        return []
    fields = [(name, value) for name, values in given for value in values if name not in CARRIED and value.strip()]
    return [(name.replace("_", " ").capitalize(), value) for name, value in fields]


def sentence(exception, kind=Exception) -> str:
    """Return the sentence that a view raised, or nothing: Django's own texts are not meant for readers."""
    if not isinstance(exception, kind) or not exception.args or not isinstance(exception.args[0], str):
        return ""
    text = exception.args[0]
    return "" if text.endswith("matches the given query.") else shown(text, 500)


def shown(text, length=120) -> str:
    """Return text from an address fit for a page: printable, and cut to a length."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[: length + 1])
    return text if len(text) <= length else text[: length - 1] + "…"


def is_outage(error) -> bool:
    """Tell whether an exception means a database that is gone, locked, full or too slow, not a faulty query."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return getattr(error.__cause__, "sqlite_errorname", "") != "SQLITE_ERROR"
