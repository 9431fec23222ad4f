"""The compromises of a process: the list of them, and one."""

from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from .. import editing as edits
from ..forms import CompromiseEditForm, CompromiseForm, DayForm, NewCompromiseForm, StatusForm
from ..htmx import page
from ..models import Compromise, StatusEvent
from ..permissions import find_process
from ..queries import compromises, courses, days, offers, suggestions
from . import editing
from .gate import check_edit, may_edit, may_freeze, signed, signed_in
from .past import looks_back
from .taking import cite_claim, table_files

FACETS = ("status", "side", "issue", "origin")
MARKS = ("stalled", "contested")  # one box each: both together ask for what is both


@require_safe
@looks_back
def index(request, slug):
    """List the compromises that pass the filters on a day, a page at a time."""
    process = find_process(request.user, slug)
    scope = compromises.Scope(process)
    form, filters = asked(request, scope)
    active = form.pairs
    on = days.control(process, filters.day, localdate(), keep=[pair for pair in active if pair[0] != "on"])
    listing = compromises.listing(process, filters, scope, on.shown, on.past)
    editable = may_edit(request, process, on)
    context = {
        "process": process,
        "nav": "compromises",
        "on": on,
        "listing": listing,
        "facets": facets(form, listing, scope),
        "chips": chips(form, active),
        "active": active,
        "kept": form.kept,
        "cleared": [pair for pair in active if pair[0] in ("on", "sort")],
        "filters": filters,
        "sorts": form.fields["sort"].choices,
        "may_edit": editable,
        "may_freeze": may_freeze(request, process),
        "ignored": form.ignored + listing.page.ignored,
        "counted": compromises.COUNTED,
        "take": [
            table_files(process, "compromises", "Compromises", active),
            table_files(
                process, "steps", "Their steps", [pair for pair in active if pair[0] in ("on", "issue", "side")]
            ),
        ],
    }
    response = page(request, "issues/compromise_list.html", context, partial="results")
    # The form sends its empty fields along; the address bar shows only what filters.
    place = [(name, form.value(name)) for name in ("after", "before") if form.value(name)]
    response["HX-Push-Url"] = f"{request.path}?{urlencode(active + place)}".rstrip("?")
    return response


def asked(request, scope):
    """Return the form of the filters in an address, and the filters."""
    form = CompromiseForm.read(
        request,
        sides=[(side.slug, side.name) for side in scope.sides],
        issues=[(issue.slug, issue.title) for issue in scope.issues],
        origins=[(origin, compromises.origin_name(origin)) for origin in scope.origins],
    )
    return form, compromises.Filters(
        picked={name: form.value(name) or () for name in FACETS}
        | {name: (True,) if form.value(name) else () for name in MARKS},
        day=form.value("on"),
        sort=form.value("sort") or "number",
        after=form.value("after"),
        before=form.value("before"),
    )


def facets(form, listing, scope):
    """Return (legend, options) for each facet; an option is (name, value, label, count or None, picked, side)."""
    sides = {side.slug: side for side in scope.sides}

    def option(name, value, label, key, picked):
        count = listing.counts[name][key] if listing.counts else None
        return (name, value, label, count, picked, sides[value] if name == "side" else None)

    found = []
    for name in FACETS:
        field, picked = form.fields[name], form.value(name) or ()
        if name != "origin" or len(field.choices) > 1:
            found.append((field.label, [option(name, *one, one[0], one[0] in picked) for one in field.choices]))
    marks = [option(name, "yes", form.fields[name].label, True, bool(form.value(name))) for name in MARKS]
    return [*found, ("Marked", marks)]


def chips(form, active):
    """Return (what it says, the pairs without it) for each filter in use."""
    return [
        (dict(form.fields[name].choices)[value], [pair for pair in active if pair != (name, value)])
        for name, value in active
        if name in (*FACETS, *MARKS)
    ]


@require_safe
@looks_back
def detail(request, slug, number):
    """Show one compromise on a day: its test, the steps it took, its links to others, and its sources."""
    process = find_process(request.user, slug)
    form = DayForm.read(request)
    compromise = find(process, number)
    on = days.control(process, form.value("on"), localdate())
    editable = may_edit(request, process, on)
    previous, following = courses.neighbours(compromise)
    course = courses.course(compromise, on.day, on.shown)
    context = {
        "process": process,
        "nav": "compromises",
        "on": on,
        "keep": [("on", on.day)] if on.day else [],
        "compromise": compromise,
        "origin": compromises.origin_name(compromise.origin),
        "course": course,
        "cite": cite_claim(request, "compromise", compromise, str(compromise), course),
        "previous": previous,
        "next": following,
        "may_edit": editable,
        "waiting": suggestions.about(process, request.user, compromise=[compromise.pk]) if editable else (),
        "ignored": form.ignored,
    }
    return page(request, "issues/compromise_detail.html", context, partial="compromise")


def find(process, number):
    compromise = courses.find(process, number)
    if compromise is None:
        raise Http404(f"There is no compromise C{number} in “{process.name}”. The list shows all that are on file.")
    return compromise


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def status(request, slug, number):
    """Record a new step of a compromise, with the briefing that it rests on."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    compromise = find(process, number)
    task, offered = further(compromise, editing.began(request))

    def write(form):
        step = add_step(request, form, compromise)
        return task.place, f"{compromise.code} is recorded as {step.get_status_display().lower()}."

    latest = edits.last_step(compromise) if request.method != "POST" else None
    initial = {"after": latest.pk if latest else 0, "occurred_on": localdate()}
    return editing.record(request, task, StatusForm, write, initial=initial, **offered)


def further(compromise, began=""):
    """Return what the form of a further step of a compromise is for, and what it is made from."""
    process, number = compromise.process, compromise.number
    dossier = reverse("issues:issue-detail", args=[process.slug, compromise.issue.slug])
    task = editing.Task(
        process=process,
        place=place(compromise, began),
        action=reverse("issues:compromise-status", args=[process.slug, number]),
        opener=f"edit-c{number}",
        noun="step",
        title=f"Change status of {compromise.code}",
        heading="A new step",
        save="Save status",
        crumbs=(
            (compromise.issue.title, dossier),
            (compromise.code, compromise.get_absolute_url()),
            ("Status", ""),
        ),
        lede=compromise.headline,
        nav="compromises",
    )
    return task, {"prefix_id": f"status-{number}", "process": process, **vars(offers.of_step(compromise))}


def add_step(request, form, compromise):
    """Write a further step of a compromise as the form says, and return it."""
    content = form.content
    for name in ("briefing", "rejected_by", "superseded_by"):
        content[f"{name}_id"] = content.pop(name)
    step = StatusEvent(process=compromise.process, compromise=compromise, **content)
    return edits.add_step(step, form.cleaned_data["after"], sources=form.sources, **signed(request, form))


def place(compromise, name):
    """Return where the change of a status began."""
    return editing.place_of(
        name,
        slug=compromise.process.slug,
        issue=compromise.issue.slug,
        own=compromise.get_absolute_url(),
        own_part="compromise",
        target=f"c{compromise.number}-status",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request, slug):
    """Record a concession with its first step; `?issue=` and `?side=` say of which, if the form is not to ask."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    scope = compromises.Scope(process)
    issue = next((one for one in scope.issues if one.slug == request.GET.get("issue")), None)
    side = next((one for one in scope.sides if one.slug == request.GET.get("side")), None)
    task, offered = addition(scope, issue, side)

    def write(form):
        made = add(request, form, process)
        return own(made), f"The new compromise is recorded as {made.code}."

    initial = {name: one.pk for name, one in (("issue", issue), ("side", side)) if one}
    return editing.record(request, task, NewCompromiseForm, write, initial=initial, **offered)


def addition(scope, issue=None, side=None):
    """Return what the form of a new compromise is for, and what it is made from."""
    process = scope.process
    query = urlencode({name: one.slug for name, one in (("issue", issue), ("side", side)) if one})
    listed = reverse("issues:compromise-list", args=[process.slug])
    began = editing.Place("list", listed, "results", "results")
    if issue and side:
        dossier = reverse("issues:issue-detail", args=[process.slug, issue.slug])
        began = editing.Place("issue", dossier, "dossier", f"side-{side.slug}")
    task = editing.Task(
        process=process,
        place=began,
        action=f"{reverse('issues:compromise-new', args=[process.slug])}{'?' if query else ''}{query}",
        opener="",
        noun="compromise",
        title=f"New compromise proposed for {side.name}" if side else "New compromise",
        heading="What would be conceded",
        save="Record compromise",
        crumbs=(("Compromises", listed), ("New compromise", "")),
        lede="A compromise is a concession proposed for one side on one issue. It begins as suggested; every further "
        "step is recorded with its date and its briefing.",
        nav="compromises",
    )
    return task, {
        "prefix_id": "new",
        "process": process,
        "issues": [(one.pk, one.title) for one in scope.issues],
        "sides": [(one.pk, one.name) for one in scope.sides],
        "scope": scope,
        "briefings": offers.briefings(process),
    }


def add(request, form, process):
    """Write a new compromise with its first step as the form says, and return it."""
    return edits.add(
        Compromise(process=process, **form.content),
        sources=form.sources,
        step=StatusEvent(process=process, **form.step),
        **signed(request, form),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug, number):
    """Correct the texts of a compromise where they stand, over whatever others saved meanwhile."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    compromise = find(process, number)
    task, offered = correction(compromise)
    return editing.correct(request, compromise, task, CompromiseEditForm, **offered)


def correction(compromise):
    """Return what the form that corrects a compromise is for, and what it is made from."""
    process, number = compromise.process, compromise.number
    task = editing.Task(
        process=process,
        place=own(compromise),
        action=reverse("issues:compromise-edit", args=[process.slug, number]),
        opener=f"edit-compromise-{number}",
        noun="compromise",
        title=f"Edit {compromise.code}",
        heading="Correct what is recorded",
        save="Save compromise",
        crumbs=(
            (compromise.issue.title, reverse("issues:issue-detail", args=[process.slug, compromise.issue.slug])),
            (compromise.code, compromise.get_absolute_url()),
            ("Edit", ""),
        ),
        hint="An edit corrects what is recorded. What has become of the compromise is a new step.",
        nav="compromises",
        level=2,
    )
    offered = {"prefix_id": f"edit-{number}", "process": process, "scope": compromises.Scope(process)}
    return task, offered


def own(compromise):
    """Return where the edit of a compromise begins: its own page."""
    return editing.Place("own", compromise.get_absolute_url(), "compromise", "claim")
