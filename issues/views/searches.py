"""Search: one box for all that a process says, results as one types."""

from urllib.parse import urlencode

from django.urls import reverse
from django.views.decorators.http import require_safe

from ..analysis.dates import words
from ..forms import SearchForm
from ..htmx import page
from ..permissions import EDIT, can, find_process
from ..queries import findings
from ..search import Filters, search
from .gate import may_freeze
from .past import looks_back
from .taking import named

FACETS = ("kind", "issue", "side", "status", "cited")
PRESENT = ("status", "cited")  # what is known of the present alone
SAID = {"from": "Since", "to": "Until", "on": "By"}


@require_safe
@looks_back
def index(request, slug):
    """Show what holds the words of `?q=`, as it changes while one types."""
    process = find_process(request.user, slug)
    agenda = findings.agenda(process)
    form = asked(request, agenda)
    typed, number, on = form.value("q") or "", form.value("page") or 1, form.value("on")
    past = getattr(request, "past", None)
    is_past = bool(on or past)
    edits = can(request.user, EDIT, process)
    found = search(process, typed, filters(form, agenda, past), edits=edits, page=number)
    before, after = findings.pages(found, number)
    active = form.pairs
    context = {
        "process": process,
        "nav": "search",
        "q": typed,
        "found": found,
        "said": findings.said(found, typed),
        "groups": findings.groups(process, found, agenda, is_past=is_past),
        "facets": facets(form, agenda, found, is_past),
        "chips": chips(form, active),
        "active": active,
        "kept": form.kept,
        "freezes": named("search", form.pairs) if typed and may_freeze(request, process) else "",
        "without": [pair for pair in active if pair[0] not in ("q", "kind")],
        "meant": str(found.suggestion) if found.suggestion else "",
        "form": form,
        "edits": edits,
        "before": before,
        "after": after,
        "ignored": form.ignored,
    }
    response = page(request, "issues/search.html", context, partial="results")
    # While one types, the address bar follows without a step in the browser's history for each pause.
    place = [("page", number)] if number > 1 else []
    place += [("as_of", past.value)] if past else []
    response["HX-Replace-Url"] = f"{reverse('issues:search', args=[slug])}?{urlencode(active + place)}".rstrip("?")
    return response


def asked(request, agenda) -> SearchForm:
    """Return the form of what an address searches for."""
    return SearchForm.read(
        request,
        issues=[(one.slug, one.title) for one in agenda.issues],
        sides=[(one.slug, one.name) for one in agenda.sides],
    )


def filters(form, agenda, past) -> Filters:
    """Return what narrows the search down."""
    keys = {
        "issue": {one.slug: one.pk for one in agenda.issues},
        "side": {one.slug: one.pk for one in agenda.sides},
        "cited": {"cited": 1, "uncited": 0},
    }
    on, last = form.value("on"), form.value("to")
    present = not (on or past)
    return Filters(
        picked={
            name: [keys.get(name, {}).get(value, value) for value in form.value(name) or ()]
            for name in FACETS
            if present or name not in PRESENT
        },
        first=form.value("from"),
        last=min(filter(None, (on, last)), default=None),
        since=past.changeset.number if past else None,
    )


def facets(form, agenda, found, is_past):
    """Return (name, legend, options) for each facet; an option is (value, label, count, picked, side or None)."""
    sides = {one.slug: one for one in agenda.sides}
    keys = {one.slug: one.pk for one in (*agenda.issues,)}, {one.slug: one.pk for one in agenda.sides}
    values = {"issue": keys[0], "side": keys[1], "cited": {"cited": 1, "uncited": 0}}
    listed = []
    for name in FACETS:
        if is_past and name in PRESENT:
            continue
        counts, picked = found.counts.get(name, {}), form.value(name) or ()
        options = [
            (
                value,
                label,
                counts.get(values.get(name, {}).get(value, value), 0) if found.counts else "",
                value in picked,
                sides.get(value) if name == "side" else None,
            )
            for value, label in form.fields[name].choices
        ]
        listed.append((name, form.fields[name].label, options))
    return listed


def chips(form, active):
    """Return (what it says, the pairs without it) for each filter in use."""
    found = []
    for name, value in active:
        if name in FACETS:
            said = dict(form.fields[name].choices)[value]
        elif name in SAID:
            said = f"{SAID[name]} {words(form.value(name))}"
        else:
            continue
        found.append((said, [pair for pair in active if pair != (name, value)]))
    return found
