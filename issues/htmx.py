"""One idiom for pages: the whole page, or the named part of it that htmx asks for."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers

VARIES = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


def wants_part(request) -> bool:
    """Tell whether htmx asks for a part: not a boosted visit, not a page restored from the browser's history."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def page(request, template, context=None, *, partial=None, status=200):
    """Answer with the whole page, or with its named partial when htmx asks for a part.

    The answer says which process it shows, as `process`, if any.
    """
    if partial and wants_part(request):
        template = f"{template}#{partial}"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, VARIES)
    response.process = (context or {}).get("process")
    return response
