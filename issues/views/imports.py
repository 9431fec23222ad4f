"""Bring a file to a process: look at what each of its rows would do, then write those that are ticked, or none."""

import json

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from .. import editing, imports
from ..forms import ApplyForm, MatchForm, TicksForm, UploadForm
from ..htmx import page, wants_part
from ..permissions import find_process
from .gate import check_curate

LISTED = 20  # files that are listed
NUMBERS = 6  # digits of the number of a page


@require_http_methods(["GET", "HEAD", "POST"])
def index(request, slug):
    """Take a file, and list those that were brought in the last days."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    kinds = [(one.name, one.plural.capitalize()) for one in imports.KINDS.values()]
    if request.method != "POST":
        return taking(request, process, UploadForm(kinds=kinds, ends=list(imports.READERS)))
    form = UploadForm(request.POST, request.FILES, kinds=kinds, ends=list(imports.READERS))
    if not form.is_valid():
        return taking(request, process, form, status=422)
    file = form.cleaned_data["file"]
    try:
        # One byte more than a file may have tells that it is too large.
        data = file.read(imports.LARGEST + 1)
        made = imports.bring(process, request.user, imports.KINDS[form.cleaned_data["kind"]], file.name, data)
    except imports.Refused as refused:
        form.add_error("file", str(refused))
        return taking(request, process, form, status=422)
    return led(request, reverse("issues:import-detail", args=[slug, made.pk]))


def taking(request, process, form, status=200):
    """Answer with the form that takes a file."""
    context = {
        "process": process,
        "nav": "briefings",
        "form": form,
        "brought": list(process.imports.select_related("user", "changeset").defer(*HEAVY)[:LISTED]),
        "most": f"{imports.MOST:,}",
        "megabytes": imports.LARGEST // 1024**2,
    }
    return page(request, "issues/import_list.html", context, status=status)


HEAVY = ("table", "mapping", "findings", "ticked")


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request, slug, pk):
    """Show what the rows of a file would do; a form that is sent keeps the ticks of its page and goes to another."""
    process, one = find(request, slug, pk)
    if request.method != "POST":
        return shown(request, process, one)
    if not keep(request, one):
        return shown(request, process, one, status=422)
    return redirect(f"{one_url(process, one)}?{urlencode(place(request.POST))}")


@require_POST
def match(request, slug, pk):
    """Match the columns of a file with fields anew."""
    process, one = find(request, slug, pk)
    form = match_form(one, request.POST)
    if one.changeset_id:
        return done(request, process, one)
    if not form.is_valid():
        return shown(request, process, one, matched=form, status=422)
    imports.match(one, form.mapping)
    messages.success(request, "The columns are matched anew, and the rows are compared again.")
    return redirect(one_url(process, one))


@require_POST
def apply(request, slug, pk):
    """Write the ticked rows in one change."""
    process, one = find(request, slug, pk)
    if one.changeset_id:
        return done(request, process, one)
    form = apply_form(request, process, request.POST)
    if not keep(request, one) or not form.is_valid():
        return shown(request, process, one, applied=form, status=422)
    if not json.loads(one.ticked):
        form.add_error(None, "No row is ticked, so nothing was written. Tick at least one.")
        return shown(request, process, one, applied=form, status=422)
    try:
        imports.write(one, reason=form.cleaned_data["reason"], user=request.user)
    except imports.Overtaken as error:
        form.add_error(None, str(error))
        return shown(request, process, one, applied=form, status=409)
    count = one.changeset.snapshots.count()
    messages.success(
        request, f"{count:,} row{'s are' if count > 1 else ' is'} written, as change {one.changeset.number}."
    )
    return led(request, reverse("issues:change-detail", args=[one.changeset_id]))


@require_POST
def discard(request, slug, pk):
    """Throw a file away; what was written of it stays."""
    process, one = find(request, slug, pk)
    one.delete()
    messages.success(
        request, f"{one.file_name} is thrown away." + (" What it wrote stays." if one.changeset_id else "")
    )
    return redirect("issues:import-list", process.slug)


def find(request, slug, pk):
    """Return a process that the person curates and a file brought to it."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    one = process.imports.select_related("changeset", "user").filter(pk=pk).first()
    if one is None:
        raise Http404("This file is not here any more: it was thrown away, or brought more than seven days ago.")
    one.process = process
    return process, one


def one_url(process, one) -> str:
    return reverse("issues:import-detail", args=[process.slug, one.pk])


def place(said) -> dict[str, str]:
    """Return the filter and the page that an address or a form names."""
    show = said.get("show", "")
    number = said.get("page", "")
    found = {"show": show} if show in imports.WORDS else {}
    if number.isascii() and number.isdecimal() and len(number) <= NUMBERS:
        found["page"] = number
    return found


def keep(request, one) -> bool:
    """Keep the ticks of a page, and tell whether they made sense."""
    form = TicksForm(request.POST, total=len(json.loads(one.findings)))
    if not form.is_valid():
        messages.warning(request, "These are not rows of this file, so nothing was kept. Open the page again.")
        return False
    if not one.changeset_id:
        imports.tick(one, **form.cleaned_data)
    return True


def done(request, process, one):
    """Say that a file was written already, and lead to the change."""
    messages.warning(request, f"{one.file_name} was written already; this is the change.")
    return led(request, reverse("issues:change-detail", args=[one.changeset_id]))


def led(request, url: str):
    """Lead to another page; htmx, which waits at the form, is told to go there as a whole."""
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if wants_part(request) else redirect(url)


def match_form(one, data=None) -> MatchForm:
    kind = imports.KINDS[one.kind]
    fields = [(each.name, each.label, each.is_required, each.choices) for each in kind.fields.values()]
    return MatchForm(data, fields=fields, columns=imports.table_of(one).columns, mapping=json.loads(one.mapping))


def apply_form(request, process, data=None, **initial) -> ApplyForm:
    return ApplyForm(data, prefix_id="apply", reasons=editing.reasons(process, request.user), initial=initial)


def shown(request, process, one, *, matched=None, applied=None, status=200):
    """Answer with the preview."""
    at = place(request.POST if request.method == "POST" else request.GET)
    preview = imports.preview(one, at.get("show", ""), int(at.get("page", 1)))
    kind = imports.KINDS[one.kind]
    mapping = json.loads(one.mapping)
    context = {
        "process": process,
        "nav": "briefings",
        "one": one,
        "kind": kind,
        "preview": preview,
        "tabs": tabs(one, preview),
        "matching": matched or match_form(one),
        "lacking": imports.lacking(kind, mapping),
        "form": applied or apply_form(request, process, reason=f"Import {one.file_name}"),
        "here": one_url(process, one),
    }
    return page(request, "issues/import_detail.html", context, status=status)


def tabs(one, preview) -> list[tuple[str, str, int]]:
    """Return (value, words, rows) for each way to look at the rows."""
    found = [("", "All", preview.total)]
    return found + [(kind, word, preview.counts.get(kind, 0)) for kind, word in imports.WORDS.items()]
