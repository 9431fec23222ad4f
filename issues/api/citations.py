"""The passages that claims rest on."""

from django.db.models import Q
from django.http import Http404, HttpResponse
from ninja import Router

from ..forms import CitationEditForm, CompromiseEditForm, PositionEditForm, RowForm
from ..models import Citation
from ..permissions import find_process
from ..queries import positions as queries
from ..queries import sources
from ..views import citations as pages
from ..views import compromises, positions
from ..views.past import looks_back
from .reading import row, rows, unusable
from .shapes import MOMENT, OF, NewCitation, body, page_of, reads, shape, writes
from .writing import begin, correct, save, written

router = Router(tags=["Citations"])
OF_CITATIONS = "id=id:number version=version:number number=order:number"
CitationRow = shape("Citation", "quotes", OF_CITATIONS)
CitationChange = body("CitationChange", CitationEditForm, is_new=False, leave=("began_as",))
FILTERS = RowForm(None, sides=(), issues=())


@router.get(f"{OF}/citations", url_name="citation-list", **reads(page_of(CitationRow), FILTERS, "after"))
@looks_back
def citation_list(request, slug: str) -> HttpResponse:
    """List the citations, each with the claim that it backs."""
    return rows(request, slug, "quotes", OF_CITATIONS)


@router.get(f"{OF}/citations/{{int:pk}}", url_name="citation-detail", **reads(CitationRow, MOMENT))
@looks_back
def citation_detail(request, slug: str, pk: int) -> HttpResponse:
    """Show a citation with the claim that it backs."""
    return row(request, slug, "quotes", OF_CITATIONS, Q(pk=pk))


@router.post(f"{OF}/citations", **writes("Idempotency-Key"))
def citation_new(request, slug: str, body: NewCitation) -> HttpResponse:
    """Cite a briefing, on file or new, for a position or a compromise; it comes last among the sources."""
    process = find_process(request.user, slug)
    begin(request, process)
    source = body.dict(exclude_unset=True)
    reason, claims = source.pop("reason"), {name: source.pop(name, None) for name in ("position", "compromise")}
    if (claims["position"] is None) == (claims["compromise"] is None):
        raise unusable([{"pointer": "#", "detail": "Name the claim: either a position or a compromise."}])
    if claims["position"] is not None:
        claim = queries.named(process, claims["position"])
        (task, offered), form_class = positions.correction(claim), PositionEditForm
    else:
        claim = compromises.find(process, claims["compromise"])
        (task, offered), form_class = compromises.correction(claim), CompromiseEditForm
    given = {"reason": reason, "sources": [source]}
    saved = save(request, claim, task, form_class, given, None, **offered)
    return written(request, Citation.objects.get(pk=saved.cited[0]), 1, status=201)


@router.patch(f"{OF}/citations/{{int:pk}}", **writes("If-Match"))
def citation_change(request, slug: str, pk: int, body: CitationChange) -> HttpResponse:
    """Correct a citation; what is left out stays. `number` moves it among the sources of its claim."""
    process = find_process(request.user, slug)
    begin(request, process)
    found = sources.find(request.user, pk)
    if found.process_id != process.pk:
        raise Http404(f"There is no citation {pk} in this process.")
    task, offered = pages.correction(found)
    return correct(request, found, task, CitationEditForm, body.dict(exclude_unset=True), **offered)
