"""What each side holds on each issue."""

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router

from .. import exports
from ..forms import NewPositionForm, PositionEditForm, RowForm
from ..models import Issue, Process, Side
from ..permissions import find_process
from ..queries import positions as queries
from ..views import positions as pages
from ..views.past import looks_back
from ..views.taking import site
from .citations import OF_CITATIONS, CitationRow
from .reading import check, one, parts, rows, shown, unusable
from .shapes import MOMENT, OF, SOURCES, Name, body, page_of, reads, shape, writes
from .writing import begin, correct, record

router = Router(tags=["Positions"])
MORE = "id=id:number version=version:number"
PositionRow = shape("Position", "positions", MORE)
PositionWhole = shape("PositionWithSources", "positions", MORE, citations=CitationRow)
NewPosition = body("NewPosition", NewPositionForm, issue=(Name, ...), side=(Name, ...), **SOURCES)
PositionChange = body("PositionChange", PositionEditForm, is_new=False, **SOURCES)
FILTERS = RowForm(None, sides=(), issues=())


@router.get(f"{OF}/positions", url_name="position-list", **reads(page_of(PositionRow), FILTERS, "after"))
@looks_back
def position_list(request, slug: str) -> HttpResponse:
    """List the positions that pass the filters, newest first."""
    return rows(request, slug, "positions", MORE)


@router.get(f"{OF}/positions/{{slug:position}}", url_name="position-detail", **reads(PositionWhole, MOMENT))
@looks_back
def position_detail(request, slug: str, position: str) -> HttpResponse:
    """Show a position with the citations that it rests on."""
    process = find_process(request.user, slug)
    check(request, MOMENT)
    all_of_it = process, exports.Picks(), site(request)
    said = one(exports.position_sheet(*all_of_it), MORE, Q(slug=position))
    said["citations"] = parts(exports.quote_sheet(*all_of_it), OF_CITATIONS, Q(position=said["id"]))
    return shown(request, process, said)


@router.post(f"{OF}/positions", **writes("Idempotency-Key"))
def position_new(request, slug: str, body: NewPosition) -> HttpResponse:
    """Record what a side holds from a day on, with what it rests on. A correction of a position is a PATCH of it."""
    process = find_process(request.user, slug)
    begin(request, process)
    given = body.dict(exclude_unset=True)
    issue, side = (named(process, model, given.pop(name)) for name, model in (("issue", Issue), ("side", Side)))
    task, offered = pages.addition(issue, side)
    return record(request, task, NewPositionForm, given, lambda form: pages.add(request, form, issue, side), **offered)


@router.patch(f"{OF}/positions/{{slug:position}}", **writes("If-Match"))
def position_change(request, slug: str, position: str, body: PositionChange) -> HttpResponse:
    """Correct what is recorded of a position, or add sources to it; what is left out stays."""
    process = find_process(request.user, slug)
    begin(request, process)
    found = queries.named(process, position)
    task, offered = pages.correction(found)
    return correct(request, found, task, PositionEditForm, body.dict(exclude_unset=True), **offered)


def named(process: Process, model, slug: str):
    """Return the live issue or side of that name; raise Refusal where there is none."""
    found = model.objects.live().filter(process=process, slug=slug).first()
    if found is None:
        name = model._meta.model_name
        raise unusable([{"pointer": f"#/{name}", "detail": f"There is no {name} “{slug}” here."}])
    found.process = process
    return found
