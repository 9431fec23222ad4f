"""Answers to who reads: pages of rows, and one row, each with the state of the record that it is of."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.http import parse_etags, quote_etag
from django.utils.timezone import localdate

from .. import exports
from ..forms import FilterForm
from ..models import Process
from ..permissions import find_process
from ..problems import problem
from ..queries import pages
from ..views.exports import KINDS
from ..views.taking import site
from .shapes import MOMENT, OF_COLUMNS

SIZE = 200  # rows of a page
CURSOR = 400  # letters of a place, at most
NO_PLACE = {"parameter": "after", "detail": "This is no place in this list: take it from “next”."}


class Refusal(Exception):
    """What was asked is answered otherwise: `response` says how."""

    def __init__(self, response: HttpResponse):
        super().__init__(response)
        self.response = response


def unusable(faults: Sequence[Mapping[str, str]]) -> Refusal:
    """Return what to raise for what makes no sense; each fault says what it is about, and why."""
    said = " ".join(dict.fromkeys(one["detail"] for one in faults))
    return Refusal(problem(422, f"{said[:500]} Nothing was written.", errors=list(faults)))


def check(request, form: FilterForm | None, *more: str):
    """Raise Refusal for a parameter that is unknown or makes no sense: a program is not to overlook it.

    A form that was not read yet says which parameters there are, and is read anew.
    """
    form = type(form).read(request) if form and not form.is_bound else form
    known = {*(form.fields if form else ()), *more} - {"before"}
    faults = [
        {"parameter": name[:60], "detail": f"“{name[:60]}” is no parameter of this address."}
        for name in request.GET
        if name not in known
    ]
    if len(request.GET.get("after", "")) > CURSOR:
        faults.append(NO_PLACE)
    empty = [name for name, values in request.GET.lists() if name in known and "" in values]
    faults += [{"parameter": name, "detail": f"“{name}” is empty. Leave it out."} for name in empty]
    for name in form.errors.keys() - empty if form else ():
        value = " ".join(request.GET.getlist(name))[:60].replace("\x00", "�")
        faults.append({"parameter": name, "detail": f"“{value}” {form.errors[name][0]}."})
    if faults:
        raise unusable(faults)


def tag(process: Process, version: int = 0) -> str:
    """Return the ETag of an answer: the version of its row, that of the record, and the day it was given on."""
    return quote_etag(f"{version}.{process.content_version}.{localdate().toordinal()}")


def has(request, etag: str) -> bool:
    """Tell whether who asks has the answer already."""
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in asked or etag in {one.removeprefix("W/") for one in asked}


def answer(request, said: Any, etag: str) -> HttpResponse:
    """Return an answer; one that is had already is only said to hold. A look back is always given anew."""
    etag = "" if "as_of" in request.GET else etag
    if etag and has(request, etag):
        response = HttpResponse(status=304)
    else:
        response = JsonResponse(said, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-cache"
    if etag:
        response["ETag"] = etag
    return response


def rows(request, slug: str, kind: str, more: str) -> HttpResponse:
    """Answer with a page of the rows of a kind that pass the filters in the address, with `more` columns."""
    process = find_process(request.user, slug)
    if "as_of" not in request.GET and has(request, etag := tag(process)):
        return answer(request, None, etag)
    sheet, form = KINDS[kind](request, process, site(request))
    check(request, form, "after")
    page = leaf(sheet, more, request.GET.get("after"))
    return listed(request, process, records(sheet, more, page.rows), page.next)


def listed(request, process: Process, items: list[dict], cursor: str | None) -> HttpResponse:
    """Return a page of a list, and where the next one is."""
    following = next_page(request, cursor)
    response = answer(request, {"items": items, "next": following}, tag(process))
    if following and response.status_code == 200:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def next_page(request, cursor: str | None) -> str | None:
    """Return the address of the page that begins at a place."""
    if cursor is None:
        return None
    query = request.GET.copy()
    query["after"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def leaf(sheet: exports.Sheet, more: str, after: str | None) -> pages.Page:
    """Return a page of the rows of a sheet; raise Refusal for a place that is none. One SQL query."""
    page = pages.keyset(values(sheet, more), sheet.order, after=after, size=SIZE)
    if page.ignored:
        raise unusable([NO_PLACE])
    return page


def columns_of(sheet: exports.Sheet, more: str) -> list[exports.Column]:
    """Return the columns that are sent: more, then those of the sheet but for the citations, which are rows here."""
    return [column for column in (*exports.columns(more), *sheet.columns) if column.type in OF_COLUMNS]


def values(sheet: exports.Sheet, more: str) -> QuerySet:
    """Return the rows of a sheet with all that is read of them."""
    names = [column.source for column in columns_of(sheet, more)]
    return sheet.rows.values(*dict.fromkeys([*names, *(pages.bare(name) for name in sheet.order)]))


def records(sheet: exports.Sheet, more: str, rows: Sequence[Mapping]) -> list[dict]:
    """Return rows as they are sent, by the names of their columns."""
    columns = columns_of(sheet, more)
    batch = [tuple(row[column.source] for column in columns) for row in rows]
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in exports.typed(columns, batch)]


def parts(sheet: exports.Sheet, more: str, whose: Q) -> list[dict]:
    """Return rows that belong to another, all of them. One SQL query."""
    return records(sheet, more, values(sheet, more).filter(whose).order_by(*sheet.order))


def row(request, slug: str, kind: str, more: str, only: Q) -> HttpResponse:
    """Answer with the one row of a kind that is asked for."""
    process = find_process(request.user, slug)
    check(request, MOMENT)
    sheet, _ = KINDS[kind](request, process, site(request))
    return shown(request, process, one(sheet, more, only))


def shown(request, process: Process, said: dict) -> HttpResponse:
    """Answer with a row as it was read."""
    return answer(request, said, tag(process, said["version"]))


def one(sheet: exports.Sheet, more: str, only: Q) -> dict:
    """Return a row of a sheet; else raise Http404. One SQL query."""
    found = records(sheet, more, values(sheet, more).filter(only)[:1])
    if not found:
        raise Http404("Nothing that you can see is on record under this address. It may have been taken out.")
    return found[0]
