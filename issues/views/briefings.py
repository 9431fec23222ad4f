"""The dated documents of a process: the list of them, and one."""

from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from .. import editing as edits
from ..analysis.dates import words
from ..editing.duplicates import keeper_of
from ..forms import BriefingEditForm, BriefingForm, DayForm, NewBriefingForm
from ..htmx import page
from ..models import Briefing
from ..permissions import FLAG, can, find_process
from ..queries import briefings, passages, suggestions
from ..queries.upkeep import flagged
from . import editing
from .gate import check_edit, may_curate, may_edit, may_freeze, signed, signed_in
from .past import looks_back
from .taking import cite_briefing, table_files

FACETS = ("kind", "issue", "used", "reliability", "read", "language")
SAID = {"from": "Since", "to": "Until", "on": "Dated by"}


@require_safe
@looks_back
def index(request, slug):
    """List the briefings that pass the filters, a page at a time."""
    process = find_process(request.user, slug)
    scope = briefings.scope(process)
    form, filters = asked(request, scope)
    listing = briefings.listing(process, filters)
    active, editable = form.pairs, may_edit(request, process)
    context = {
        "process": process,
        "nav": "briefings",
        "lede": scope.lede,
        "listing": listing,
        "facets": facets(form, listing),
        "chips": chips(form, active),
        "active": active,
        "kept": form.kept,
        "filters": filters,
        "form": form,
        "may_edit": editable,
        "may_freeze": may_freeze(request, process),
        "may_curate": may_curate(request, process),
        "ignored": form.ignored + listing.page.ignored,
        "counted": briefings.COUNTED,
        "take": [table_files(process, "briefings", "Briefings", active)],
    }
    response = page(request, "issues/briefing_list.html", context, partial="results")
    # The form sends its empty fields along; the address bar shows only what filters.
    place = [(name, form.value(name)) for name in ("after", "before") if form.value(name)]
    response["HX-Push-Url"] = f"{request.path}?{urlencode(active + place)}".rstrip("?")
    return response


def asked(request, scope):
    """Return the form of the filters in an address, and the filters."""
    form = BriefingForm.read(request, issues=scope.issues, languages=scope.languages)
    return form, briefings.Filters(
        words=form.value("q") or "",
        picked={name: form.value(name) or () for name in FACETS},
        first=form.value("from"),
        last=form.value("to"),
        on=form.value("on"),
        sort=form.value("sort") or "newest",
        after=form.value("after"),
        before=form.value("before"),
    )


@require_safe
@looks_back
def detail(request, slug, briefing):
    """Show a briefing and what rests on it."""
    process = find_process(request.user, slug)
    if passages.find(process, briefing) is None and (keeper := keeper_of(process, briefing)):
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        moved = redirect(reverse("issues:briefing-detail", args=[slug, keeper.slug]) + query, permanent=True)
        moved["Cache-Control"] = "no-cache"  # a merge can be undone
        return moved
    found = find(process, briefing)
    form = DayForm.read(request)
    day = form.value("on")
    cite, tags = cite_briefing(request, found)
    edits_it = not day and may_edit(request, process)
    flags_it = edits_it or (not day and "as_of" not in request.GET and can(request.user, FLAG, process))
    context = {
        "process": process,
        "nav": "briefings",
        "briefing": found,
        "cite": cite,
        "tags": tags,
        "may_flag": flags_it and bool(found.url),
        "flag": flagged(found) if flags_it and found.url else None,
        "addresses": passages.addresses(found),
        "language": briefings.language_name(found.language),
        "resting": passages.of(process, found, day),
        "limit": passages.SHOWN,
        "day": day,
        "later": day and found.published_on > day,
        "ignored": form.ignored,
        "may_edit": edits_it,
        "waiting": suggestions.about(process, request.user, briefing=[found.pk]) if edits_it else (),
        "whole": passages.WHOLE,
    }
    return page(request, "issues/briefing_detail.html", context, partial="briefing")


def find(process, slug):
    found = passages.find(process, slug)
    if found is None:
        raise Http404(f"There is no briefing “{slug}” in {process.name}. The list of briefings has what is on file.")
    found.process = process
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request, slug):
    """Record a dated document."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    task, offered = addition(process)

    def write(form):
        return place(add(request, form, process)), "The new briefing is recorded."

    return editing.record(request, task, NewBriefingForm, write, twin=twin_of(process), **offered)


def addition(process):
    """Return what the form of a new briefing is for, and what it is made from beside the look for a twin."""
    listed = reverse("issues:briefing-list", args=[process.slug])
    task = editing.Task(
        process=process,
        place=editing.Place("list", listed, "results", "results"),
        action=reverse("issues:briefing-new", args=[process.slug]),
        opener="",
        noun="briefing",
        title="New briefing",
        heading="What the document is",
        save="Record briefing",
        crumbs=(("Briefings", listed), ("New briefing", "")),
        lede="A briefing is a dated document that positions, compromises and their steps rest on. Once it is recorded, "
        "they can cite it.",
        nav="briefings",
    )
    return task, {"prefix_id": "new"}


def add(request, form, process, check=edits.fits):
    """Write a new briefing as the form says, and return it."""
    return edits.add(Briefing(process=process, **form.content), check=check, **signed(request, form))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug, briefing):
    """Correct what is recorded of a document, over whatever others saved meanwhile."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    found = find(process, briefing)
    task, offered = correction(found)
    return editing.correct(request, found, task, BriefingEditForm, twin=twin_of(process, found), **offered)


def correction(briefing):
    """Return what the form that corrects a briefing is for, and what it is made from beside the look for a twin."""
    slug = briefing.process.slug
    task = editing.Task(
        process=briefing.process,
        place=place(briefing),
        action=reverse("issues:briefing-edit", args=[slug, briefing.slug]),
        opener=f"edit-briefing-{briefing.pk}",
        noun="briefing",
        title="Edit this briefing",
        heading="Correct what is recorded",
        save="Save briefing",
        crumbs=(
            ("Briefings", reverse("issues:briefing-list", args=[slug])),
            (briefing.title, briefing.get_absolute_url()),
            ("Edit", ""),
        ),
        nav="briefings",
        level=2,
    )
    return task, {"prefix_id": f"edit-{briefing.pk}"}


def place(briefing):
    """Return where the edit of a briefing began: its own page."""
    return editing.Place("own", briefing.get_absolute_url(), "briefing", f"briefing-{briefing.pk}")


def twin_of(process, briefing=None):
    """Return the function that finds another briefing with a web address; a briefing may keep the one it has."""
    kept = briefing.url if briefing else None
    return lambda url: None if url == kept else briefings.twin(process, url, briefing)


def facets(form, listing):
    """Return (name, legend, options) for each facet; an option is (value, label, count or None, picked)."""
    found = []
    for name in FACETS:
        choices = form.fields[name].choices
        if name == "language" and len(choices) < 2:
            continue
        counts = listing.counts[name] if listing.counts else dict.fromkeys(dict(choices))
        picked = form.value(name) or ()
        options = [(value, label, counts[value], value in picked) for value, label in choices]
        found.append((name, form.fields[name].label, options))
    return found


def chips(form, active):
    """Return (what it says, the pairs without it) for each filter in use."""
    found = []
    for name, value in active:
        if name in FACETS:
            said = dict(form.fields[name].choices)[value]
        elif name in SAID:
            said = f"{SAID[name]} {words(form.value(name))}"
        elif name == "q":
            said = f"“{value}”"
        else:
            continue
        found.append((said, [pair for pair in active if pair != (name, value)]))
    return found
