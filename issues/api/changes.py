"""Who changed what, when and why."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from ninja import Router, Schema

from ..forms import ChangeForm
from ..models import Changeset
from ..permissions import find_process
from ..queries import changes, names
from ..views.changes import asked
from .reading import NO_PLACE, answer, check, has, listed, next_page, tag, unusable
from .shapes import OF, page_of, reads

router = Router(tags=["Changes"])
FILTERS = ChangeForm(None, people=(), kinds=(), issues=(), sides=())


class Touched(Schema):
    """A row that a change is about, and its page as far as it has one now."""

    name: str
    page: str | None


class ChangeRow(Schema):
    """A change of the record. `touched` says how many rows of which kinds, `rows` are those that it is about."""

    number: int
    moment: str
    who: str
    why: str
    touched: str
    rows: list[Touched]
    page: str


class Difference(Schema):
    """A field of a row before and after a change."""

    field: str
    before: str
    after: str


class ChangedRow(Touched):
    """A row before and after a change; of one that was taken out since, its fields are not for everybody."""

    kind: str
    state: str
    fields: list[Difference]


class ChangeWhole(ChangeRow):
    """A change of the record, row by row: a page of them, where there are many."""

    rows: list[ChangedRow]
    next: str | None


def told(request, number: int, key: int, why: str, found: changes.Line | changes.Change, rows: list[dict]) -> dict:
    """Return a change as it is sent."""
    return {
        "number": number,
        "moment": found.machine,
        "who": found.who,
        "why": why,
        "touched": found.rows,
        "rows": rows,
        "page": request.build_absolute_uri(reverse("issues:change-detail", args=[key])),
    }


def page_at(request, href: str) -> str | None:
    return request.build_absolute_uri(href) if href else None


@router.get(f"{OF}/changes", url_name="change-list", **reads(page_of(ChangeRow), FILTERS, "after"))
def change_list(request, slug: str) -> HttpResponse:
    """List the changes that pass the filters, newest first."""
    process = find_process(request.user, slug)
    if has(request, etag := tag(process)):
        return answer(request, None, etag)
    reader = names.reader(request.user, process)
    form, filters = asked(request, process, reader)
    check(request, form, "after")
    lines, page = changes.listing(process, filters, reader)
    if page.ignored:
        raise unusable([NO_PLACE])
    items = [
        told(
            request,
            line.number,
            line.pk,
            line.why,
            line,
            [{"name": words, "page": page_at(request, href)} for words, href in line.links],
        )
        for line in lines
    ]
    return listed(request, process, items, page.next)


@router.get(f"{OF}/changes/{{int:number}}", url_name="change-detail", **reads(ChangeWhole, None, "after"))
def change_detail(request, slug: str, number: int) -> HttpResponse:
    """Show what a change did, row by row."""
    process = find_process(request.user, slug)
    check(request, None, "after")
    key = Changeset.objects.filter(process=process, number=number).values_list("pk", flat=True).first()
    if key is None:
        raise Http404(f"There is no change {number} in this process that you can see.")
    changeset, reader = changes.find(request.user, key), names.reader(request.user, process)
    found = changes.change(changeset, reader, request.GET.get("after"), None, is_folded=False)
    if found.page.ignored:
        raise unusable([NO_PLACE])
    rows = [
        {
            "kind": item.kind,
            "name": item.name,
            "state": item.said,
            "page": page_at(request, item.href),
            "fields": [
                {"field": one.label, "before": text_of(one.before), "after": text_of(one.after)}
                for one in item.differences
            ],
        }
        for item in found.items
    ]
    said = told(request, number, key, changeset.reason, found, rows)
    return answer(request, said | {"next": next_page(request, found.page.next)}, tag(process))


def text_of(segments: list[tuple[str, str]]) -> str:
    """Return the text that segments make."""
    return "".join(words for _, words in segments)
