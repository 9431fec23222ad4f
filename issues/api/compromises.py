"""The concessions that are proposed, the steps they took, and their links to each other."""

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router

from .. import exports
from ..forms import CompromiseEditForm, CompromiseForm, DayForm, NewCompromiseForm, RowForm, StatusForm
from ..permissions import find_process
from ..queries.compromises import Scope
from ..views import compromises as pages
from ..views.exports import KINDS
from ..views.past import looks_back
from ..views.taking import site
from .citations import OF_CITATIONS, CitationRow
from .reading import check, one, parts, row, rows, shown
from .shapes import MOMENT, OF, SOURCES, body, page_of, reads, shape, writes
from .writing import begin, correct, record

router = Router(tags=["Compromises"])
MORE = "version=compromise__version:number"
OF_STEPS = OF_LINKS = "id=id:number version=version:number"
StepRow, LinkRow = shape("Step", "steps", OF_STEPS), shape("Link", "links", OF_LINKS)
CompromiseRow = shape("Compromise", "compromises", MORE)
PARTS = {"steps": StepRow, "links": LinkRow, "citations": CitationRow}
CompromiseWhole = shape("CompromiseWithSteps", "compromises", MORE, **PARTS)
NewCompromise = body("NewCompromise", NewCompromiseForm, **SOURCES)
CompromiseChange = body("CompromiseChange", CompromiseEditForm, is_new=False, **SOURCES)
NewStep = body("NewStep", StatusForm, after=(int, ...), **SOURCES)
FILTERS = CompromiseForm(None, sides=(), issues=(), origins=())
DAY, PICKS = DayForm(), RowForm(None, sides=(), issues=())


@router.get(f"{OF}/compromises", url_name="compromise-list", **reads(page_of(CompromiseRow), FILTERS, "after"))
@looks_back
def compromise_list(request, slug: str) -> HttpResponse:
    """List the compromises that pass the filters, each with its first step and its present status."""
    return rows(request, slug, "compromises", MORE)


@router.get(f"{OF}/compromises/{{int:number}}", url_name="compromise-detail", **reads(CompromiseWhole, DAY))
@looks_back
def compromise_detail(request, slug: str, number: int) -> HttpResponse:
    """Show a compromise with the steps it took, its links to others, and its citations, on a day."""
    process, here = find_process(request.user, slug), site(request)
    sheet, form = KINDS["compromises"](request, process, here)
    check(request, DAY)
    picks = exports.Picks(day=form.value("on"))
    ends = Q(source__number=number) | Q(target__number=number)
    said = one(sheet, MORE, Q(compromise__number=number))
    said["steps"] = parts(exports.step_sheet(process, picks, here), OF_STEPS, Q(compromise__number=number))
    said["links"] = parts(exports.link_sheet(process), OF_LINKS, ends)
    said["citations"] = parts(exports.quote_sheet(process, picks, here), OF_CITATIONS, Q(c_number=number))
    return shown(request, process, said)


@router.get(f"{OF}/steps", url_name="step-list", **reads(page_of(StepRow), PICKS, "after"))
@looks_back
def step_list(request, slug: str) -> HttpResponse:
    """List the steps that compromises took, newest first."""
    return rows(request, slug, "steps", OF_STEPS)


@router.get(f"{OF}/steps/{{int:pk}}", url_name="step-detail", **reads(StepRow, MOMENT))
@looks_back
def step_detail(request, slug: str, pk: int) -> HttpResponse:
    """Show a step."""
    return row(request, slug, "steps", OF_STEPS, Q(pk=pk))


@router.get(f"{OF}/links", url_name="link-list", **reads(page_of(LinkRow), MOMENT, "after"))
@looks_back
def link_list(request, slug: str) -> HttpResponse:
    """List the links between compromises."""
    return rows(request, slug, "links", OF_LINKS)


@router.get(f"{OF}/links/{{int:pk}}", url_name="link-detail", **reads(LinkRow, MOMENT))
@looks_back
def link_detail(request, slug: str, pk: int) -> HttpResponse:
    """Show a link."""
    return row(request, slug, "links", OF_LINKS, Q(pk=pk))


@router.post(f"{OF}/compromises", **writes("Idempotency-Key"))
def compromise_new(request, slug: str, body: NewCompromise) -> HttpResponse:
    """Record a concession with its first step, and what it rests on."""
    process = find_process(request.user, slug)
    begin(request, process)
    task, offered = pages.addition(Scope(process))
    given = body.dict(exclude_unset=True)
    return record(request, task, NewCompromiseForm, given, lambda form: pages.add(request, form, process), **offered)


@router.patch(f"{OF}/compromises/{{int:number}}", **writes("If-Match"))
def compromise_change(request, slug: str, number: int, body: CompromiseChange) -> HttpResponse:
    """Correct the texts of a compromise, or add sources to it; what is left out stays."""
    process = find_process(request.user, slug)
    begin(request, process)
    found = pages.find(process, number)
    task, offered = pages.correction(found)
    return correct(request, found, task, CompromiseEditForm, body.dict(exclude_unset=True), **offered)


@router.post(f"{OF}/compromises/{{int:number}}/steps", url_name="step-new", **writes("Idempotency-Key"))
def step_new(request, slug: str, number: int, body: NewStep) -> HttpResponse:
    """Record a further step of a compromise; `after` is the id of the one recorded last, 0 before the first."""
    process = find_process(request.user, slug)
    begin(request, process)
    found = pages.find(process, number)
    task, offered = pages.further(found)
    given = body.dict(exclude_unset=True)
    return record(request, task, StatusForm, given, lambda form: pages.add_step(request, form, found), **offered)
