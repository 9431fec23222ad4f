"""The sets of talks."""

from hashlib import sha256

from django.http import HttpResponse
from django.utils.http import quote_etag
from ninja import Router, Schema

from ..models import Process
from ..permissions import find_process, visible_to
from ..queries.processes import Entry, entries
from ..views.past import looks_back
from .reading import answer, check, tag
from .shapes import MOMENT, page_of, reads

router = Router(tags=["Processes"])


class ProcessRow(Schema):
    """A set of talks. `version` counts the changes of its record, `changed_on` is the date of its latest entry."""

    slug: str
    version: int
    name: str
    question: str
    summary: str
    started_on: str
    ended_on: str | None
    status: str
    visibility: str
    is_archived: bool
    changed_on: str | None
    page: str


def told(request, process: Process, found: Entry) -> dict:
    """Return a process as it is sent."""
    return {
        "slug": process.slug,
        "version": process.content_version,
        "name": process.name,
        "question": process.question,
        "summary": process.summary,
        "started_on": process.started_on,
        "ended_on": process.ended_on,
        "status": process.status,
        "visibility": process.visibility,
        "is_archived": process.archived_at is not None,
        "changed_on": found.changed_on,
        "page": request.build_absolute_uri(process.get_absolute_url()),
    }


@router.get("/processes", url_name="process-list", **reads(page_of(ProcessRow)))
def process_list(request) -> HttpResponse:
    """List the sets of talks that you may see, by name; all of them at once."""
    check(request, None)
    items = [told(request, found.process, found) for found in entries(visible_to(request.user))]
    etag = quote_etag(sha256(str(items).encode()).hexdigest()[:32])
    return answer(request, {"items": items, "next": None}, etag)


@router.get("/processes/{slug:slug}", url_name="process-detail", **reads(ProcessRow, MOMENT))
@looks_back
def process_detail(request, slug: str) -> HttpResponse:
    """Show a set of talks."""
    process = find_process(request.user, slug)
    check(request, None, "as_of")
    [found] = entries(visible_to(request.user).filter(pk=process.pk))
    return answer(request, told(request, process, found), tag(process))
