"""What an open page asks: whether what it shows has changed."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..htmx import page
from ..models import Issue
from ..permissions import find_process
from ..queries import arrivals


@never_cache
@require_safe
def index(request, slug):
    """Say in one line what was changed since the content version `?seen=`; 204 if nothing was.

    `?issue=` leaves out what was changed on other issues; one that is not there leaves out nothing.
    """
    process = find_process(request.user, slug)
    seen = request.GET.get("seen", "")
    if not (seen.isascii() and seen.isdecimal() and len(seen) < 19):
        raise BadRequest("Say with “?seen=” which version of the process the page shows, as a whole number.")
    slug = request.GET.get("issue", "").replace("\x00", "")
    issue = Issue.objects.filter(process=process, slug=slug).first() if slug else None
    found = arrivals.since(process, int(seen), issue)
    if found is None:
        return HttpResponse(status=204)
    return page(request, "issues/news.html", {"process": process, "arrivals": found})
