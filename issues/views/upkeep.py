"""What the record lacks, and what people do about it."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from .. import upkeep
from ..choices import LackKind
from ..forms import DismissForm, FlagForm, ThingsForm, UpkeepForm
from ..htmx import page
from ..models import Briefing
from ..permissions import CURATE, FLAG, can, find_process
from ..queries import shelves
from ..queries.upkeep import queue, scope
from .gate import check_edit, signed_in


@require_safe
@signed_in
def index(request, slug):
    """List what the record of a process lacks now, with filters, a page at a time."""
    process = find_editable(request, slug)
    issues, sides = scope(process)
    form = asked(request, issues, sides)
    filters = shelves.Filters(
        kind=form.value("kind") or "",
        issue=next((one for one in issues if one.slug == form.value("issue")), None),
        side=next((one for one in sides if one.slug == form.value("side")), None),
        mine=request.user if form.value("mine") else None,
        dismissed=bool(form.value("state")),
    )
    listing = queue(
        process,
        issues,
        sides,
        filters,
        timezone.now(),
        user=request.user,
        curates=can(request.user, CURATE, process),
        after=form.value("after"),
        before=form.value("before"),
    )
    active = form.pairs
    place = [(name, form.value(name)) for name in ("after", "before") if form.value(name)]
    context = {
        "process": process,
        "nav": "upkeep",
        "queue": listing,
        "kinds": kinds(listing, filters),
        "issues": form.fields["issue"].choices,
        "sides": form.fields["side"].choices,
        "filters": filters,
        "active": active,
        "kept": form.kept,
        "query": urlencode(active + place),
        "paged": bool(place),
        "stale_after": process.rules.stale_after_days,
        "ignored": form.ignored + listing.page.ignored,
    }
    response = page(request, "issues/upkeep_list.html", context, partial="results")
    response["HX-Push-Url"] = f"{request.path}?{context['query']}".rstrip("?")
    return response


def asked(request, issues, sides) -> UpkeepForm:
    """Return the form of the filters in an address."""
    return UpkeepForm.read(
        request, issues=[(one.slug, one.title) for one in issues], sides=[(one.slug, one.name) for one in sides]
    )


def kinds(listing, filters):
    """Return (value, label, how many, picked) for each kind of lack, after all of them together."""
    numbers = [listing.counts[kind] for kind in LackKind.values]
    every = None if None in numbers else sum(numbers)
    found = [("", "Anything", every), *((*one, listing.counts[one[0]]) for one in LackKind.choices)]
    more = f"over {shelves.COUNTED:,}"
    return [(value, label, more if n is None else f"{n:,}", value == filters.kind) for value, label, n in found]


@require_POST
@signed_in
def claim(request, slug):
    """Claim things: whoever reads the queue sees who looks after them."""

    def write(process, things, form):
        upkeep.claim(process, things, request.user)

    return done(request, slug, ThingsForm, "claimed", write)


@require_POST
@signed_in
def release(request, slug):
    """Take back what one claimed; curators, what anyone did."""

    def write(process, things, form):
        upkeep.release(process, things, request.user, others=can(request.user, CURATE, process))

    return done(request, slug, ThingsForm, "released", write)


@require_POST
@signed_in
def dismiss(request, slug):
    """Dismiss things with a reason, until they change."""

    def write(process, things, form):
        upkeep.dismiss(process, things, form.cleaned_data["reason"], request.user)

    return done(request, slug, DismissForm, "dismissed", write)


@require_POST
@signed_in
def reopen(request, slug):
    """Put what was dismissed back into the queue."""

    def write(process, things, form):
        upkeep.reopen(process, things)

    return done(request, slug, ThingsForm, "back in the queue", write)


def done(request, slug, form_class, verb, write):
    """Do something about the things that were sent, all or none, say so, and lead back to the list as it was."""
    process = find_editable(request, slug)
    form = form_class.read(request.POST)
    things = [upkeep.Thing.read(one) for one in form.cleaned_data["row"]] if form.is_valid() else []
    if not things:
        messages.warning(request, f"Nothing was done. {form.fault}")
    elif None in things:
        messages.warning(
            request, "Nothing was done. The form named a row that this list does not have; here it is anew."
        )
    else:
        try:
            write(process, things, form)
        except upkeep.Moved as moved:
            which = "One of the rows was" if moved.count == 1 else f"{moved.count} of the rows were"
            messages.warning(request, f"Nothing was done. {which} changed meanwhile. Look again, then decide.")
        except upkeep.Taken as taken:
            who = taken.task.claimed_by.get_username()
            messages.warning(request, f"Nothing was done. {who} has claimed one of the rows.")
        else:
            messages.success(request, f"{len(things)} {'row is' if len(things) == 1 else 'rows are'} {verb}.")
    query = urlencode(parse_qsl(request.POST.get("query", "")))
    return redirect(f"{reverse('issues:upkeep-list', args=[slug])}?{query}".rstrip("?"))


@require_POST
@signed_in
def flag(request, slug, briefing):
    """Flag the address of a briefing as dead, with a note; a member found so, the server fetches nothing."""
    process = find_process(request.user, slug)
    if not can(request.user, FLAG, process):
        raise PermissionDenied("Only members of this process flag what they find amiss in it.")
    found = Briefing.objects.live().filter(process=process, slug=briefing).first()
    if found is None:
        raise Http404(f"There is no briefing “{briefing}” in {process.name}.")
    form = FlagForm(request.POST)
    if not form.is_valid():
        messages.warning(request, f"Nothing was flagged. {next(iter(form.errors.values()))[0]}")
    elif not found.url:
        messages.warning(request, "Nothing was flagged: the briefing has no address any more.")
    else:
        found.process = process
        upkeep.flag(found, form.cleaned_data["note"], request.user)
        messages.success(request, "The link is flagged as dead; whoever looks after the record sees it in the queue.")
    return redirect("issues:briefing-detail", slug, briefing)


def find_editable(request, slug):
    """Return a process that the person may change."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    return process
