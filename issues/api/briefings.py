"""The dated documents."""

from typing import Annotated

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from ..forms import BriefingEditForm, BriefingForm, NewBriefingForm
from ..permissions import find_process
from ..views import briefings as pages
from ..views.past import looks_back
from .reading import row, rows
from .shapes import MOMENT, OF, body, page_of, reads, shape, writes
from .writing import begin, correct, record

router = Router(tags=["Briefings"])
MORE = "version=version:number"
BriefingRow = shape("Briefing", "briefings", MORE)
KNOWN = {"leave": ("known",), "known": (Annotated[str, Field(max_length=1000)] | None, None)}
NewBriefing = body("NewBriefing", NewBriefingForm, **KNOWN)
BriefingChange = body("BriefingChange", BriefingEditForm, is_new=False, **KNOWN)
FILTERS = BriefingForm(None, issues=(), languages=())


@router.get(f"{OF}/briefings", url_name="briefing-list", **reads(page_of(BriefingRow), FILTERS, "after"))
@looks_back
def briefing_list(request, slug: str) -> HttpResponse:
    """List the briefings that pass the filters."""
    return rows(request, slug, "briefings", MORE)


@router.get(f"{OF}/briefings/{{slug:briefing}}", url_name="briefing-detail", **reads(BriefingRow, MOMENT))
@looks_back
def briefing_detail(request, slug: str, briefing: str) -> HttpResponse:
    """Show a briefing."""
    return row(request, slug, "briefings", MORE, Q(slug=briefing))


@router.post(f"{OF}/briefings", **writes("Idempotency-Key"))
def briefing_new(request, slug: str, body: NewBriefing) -> HttpResponse:
    """Record a dated document. Another with its address is named first; with that as `known`, it is written."""
    process = find_process(request.user, slug)
    begin(request, process)
    task, offered = pages.addition(process)
    given = body.dict(exclude_unset=True)
    check = twin(process, given.pop("known", None))

    def write(form):
        return pages.add(request, form, process, check)

    return record(request, task, NewBriefingForm, given, write, twin=unasked, **offered)


@router.patch(f"{OF}/briefings/{{slug:briefing}}", **writes("If-Match"))
def briefing_change(request, slug: str, briefing: str, body: BriefingChange) -> HttpResponse:
    """Correct what is recorded of a document; what is left out stays."""
    process = find_process(request.user, slug)
    begin(request, process)
    found = pages.find(process, briefing)
    task, offered = pages.correction(found)
    given = body.dict(exclude_unset=True)
    check = twin(process, given.pop("known", None), found)
    return correct(request, found, task, BriefingEditForm, given, check=check, twin=unasked, **offered)


def unasked(url: str) -> None:
    """Leave another briefing with the address to be asked for behind the door, where the same is not sent twice."""


def twin(process, known: str | None, briefing=None):
    """Return what asks whether another briefing has the address of one that is written, unless that is `known`."""
    asked = pages.twin_of(process, briefing)

    def check(row) -> dict[str, str]:
        if not row.url or row.url == known or not (found := asked(row.url)):
            return {}
        said = f"Another briefing has this address: “{found[0]}”. If this is a different document, send “known” too."
        return {"url": said}

    return check
