"""The sides, and the issues between them."""

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router

from ..views.past import looks_back
from .reading import row, rows
from .shapes import MOMENT, OF, page_of, reads, shape

router = Router(tags=["Sides and issues"])
MORE = "version=version:number"
SideRow, IssueRow = shape("Side", "sides", MORE), shape("Issue", "issues", MORE)


@router.get(f"{OF}/sides", url_name="side-list", **reads(page_of(SideRow), MOMENT, "after"))
@looks_back
def side_list(request, slug: str) -> HttpResponse:
    """List the sides, in their order."""
    return rows(request, slug, "sides", MORE)


@router.get(f"{OF}/sides/{{slug:side}}", url_name="side-detail", **reads(SideRow, MOMENT))
@looks_back
def side_detail(request, slug: str, side: str) -> HttpResponse:
    """Show a side."""
    return row(request, slug, "sides", MORE, Q(slug=side))


@router.get(f"{OF}/issues", url_name="issue-list", **reads(page_of(IssueRow), MOMENT, "after"))
@looks_back
def issue_list(request, slug: str) -> HttpResponse:
    """List the issues, in their order, each with its scale."""
    return rows(request, slug, "issues", MORE)


@router.get(f"{OF}/issues/{{slug:issue}}", url_name="issue-detail", **reads(IssueRow, MOMENT))
@looks_back
def issue_detail(request, slug: str, issue: str) -> HttpResponse:
    """Show an issue."""
    return row(request, slug, "issues", MORE, Q(slug=issue))
