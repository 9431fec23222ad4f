"""What one side holds, and held, on an issue."""

from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from .. import editing as edits
from ..analysis.dates import words
from ..forms import NewPositionForm, PositionEditForm, PositionForm
from ..htmx import page
from ..models import Issue, Position, Side
from ..permissions import find_process
from ..queries import days, figures, positions, suggestions
from . import editing
from .gate import check_edit, may_edit, may_freeze, signed, signed_in
from .past import looks_back
from .taking import cite_claim, on_day, table_files


@require_safe
@looks_back
def detail(request, pk):
    """Show all positions of a side on an issue, newest first, with the one asked for marked."""
    position = positions.find(request.user, pk)
    process, issue, side = position.process, position.issue, position.side
    form = PositionForm.read(request)
    traces = positions.trail(issue, side=side)
    on = days.draw(process, positions.days_of(traces), form.value("on"), localdate())
    chronicle = positions.chronicle(position, on.day, form.value("after"), form.value("before"))
    query = f"?{urlencode({'on': on.day})}" if on.day else ""
    picked = [("issue", issue.slug), ("side", side.slug), *on_day(on)]
    editable = may_edit(request, process, on)
    own = Position.objects.filter(issue=issue, side=side).values("pk")
    context = {
        "process": process,
        "nav": "board",
        "issue": issue,
        "side": side,
        "position": position,
        "position_day": words(position.held_from, position.precision),
        "on_page": any(entry.addressed for entry in chronicle.entries),
        "on": on,
        "chronicle": chronicle,
        "course": figures.course(traces, pk, on.shown, process.started_on),
        "issue_url": reverse("issues:issue-detail", args=[process.slug, issue.slug]) + query + f"#side-{side.slug}",
        "query": query,
        "cite": cite_claim(request, "position", position, f"{side.name} on {issue.title}: {position.headline}"),
        "take": [
            table_files(process, "positions", "Positions", picked),
            table_files(process, "quotes", "Quotes", picked),
        ],
        "may_edit": editable,
        "may_freeze": may_freeze(request, process),
        "waiting": suggestions.about(process, request.user, position=own) if editable else (),
        "ignored": form.ignored + chronicle.page.ignored,
    }
    return page(request, "issues/position_detail.html", context, partial="positions")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, pk):
    """Correct a position where it stands, over whatever others saved meanwhile."""
    position = positions.find(request.user, pk)
    check_edit(request, position.process)
    task, offered = correction(position, editing.began(request))
    return editing.correct(request, position, task, PositionEditForm, **offered)


def correction(position, began=""):
    """Return what the form that corrects a position is for, and what it is made from."""
    process, issue, side = position.process, position.issue, position.side
    issue.process = process
    dossier = reverse("issues:issue-detail", args=[process.slug, issue.slug])
    task = editing.Task(
        process=process,
        place=place(position, began),
        action=reverse("issues:position-edit", args=[position.pk]),
        opener=f"edit-position-{position.pk}",
        noun="position",
        title=f"Edit the position of {side.name}",
        heading="Correct what is recorded",
        save="Save position",
        crumbs=((issue.title, dossier), (side.name, position.get_absolute_url()), ("Edit", "")),
        hint="An edit corrects what is recorded. A side that has moved gets a new position with its own date.",
        instead=("Record a new position", new_address(issue, side)),
    )
    return task, {"prefix_id": f"edit-{position.pk}", "issue": issue}


def place(position, name):
    """Return where the edit of a position began."""
    return editing.place_of(
        name,
        slug=position.process.slug,
        issue=position.issue.slug,
        own=position.get_absolute_url(),
        own_part="positions",
        target=f"position-{position.pk}",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request, slug, issue):
    """Record what a side holds from a day on; `?side=` names the side."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    own = {"process": process, "retired_at": None}
    issue = Issue.objects.filter(slug=issue, **own).first()
    side = Side.objects.filter(slug=shown_slug(request), **own).first()
    if not issue or not side:
        raise Http404("There is no such issue or side here. Open the issue, then follow “New position” of a side.")
    issue.process = process
    task, offered = addition(issue, side)

    def write(form):
        return place(add(request, form, issue, side), "issue"), "The new position is recorded."

    return editing.record(request, task, NewPositionForm, write, **offered)


def addition(issue, side):
    """Return what the form of a new position is for, and what it is made from."""
    process = issue.process
    dossier = reverse("issues:issue-detail", args=[process.slug, issue.slug])
    task = editing.Task(
        process=process,
        place=editing.Place("issue", dossier, "dossier", f"side-{side.slug}"),
        action=new_address(issue, side),
        opener="",
        noun="position",
        title=f"New position of {side.name}",
        heading=f"What {side.name} holds",
        save="Record position",
        crumbs=((issue.title, dossier), (side.name, ""), ("New position", "")),
        lede="Record a new position when the side has moved: the earlier one stays, with its own date. "
        "To put right what is recorded wrongly, edit that position instead.",
    )
    return task, {"prefix_id": "new", "issue": issue}


def add(request, form, issue, side):
    """Write a new position as the form says, and return it."""
    made = Position(process=issue.process, issue=issue, side=side, **form.content)
    return edits.add(made, sources=form.sources, **signed(request, form))


def new_address(issue, side):
    """Return the address of the form for a new position of a side on an issue."""
    return f"{reverse('issues:position-new', args=[issue.process.slug, issue.slug])}?{urlencode({'side': side.slug})}"


def shown_slug(request):
    """Return the side that the address names; none has a name with a NUL."""
    return request.GET.get("side", "").replace("\x00", "")
