"""Pages with their filters, kept under a name; their feeds; and up to where one has seen the record."""

from copy import copy
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import exports, saving, search
from ..choices import ViewPage
from ..forms import BoardForm, FilterForm, MomentForm, NewViewForm, SavedViewForm
from ..htmx import page
from ..models import Membership, SavedView
from ..models.saved import LONGEST
from ..people import feed_token
from ..permissions import CURATE, FLAG, can, find_process
from ..queries import briefings as briefing_queries
from ..queries import changes as change_queries
from ..queries import compromises as compromise_queries
from ..queries import days, events, findings, names, saved
from ..queries.upkeep import scope
from . import briefings, changes, compromises, searches, timeline, upkeep
from .gate import signed_in

FOLLOWED = 2_000  # compromises that a feed follows, the latest
# What the events of a timeline are told of, by their kind.
TOLD = {"briefing": ["briefing"], "position": ["position"], "compromise": ["compromise", "statusevent"]}
TAKEN = "There is a view of this name already. Choose another name."


def form_of(request, process, view_page: str, query: str) -> FilterForm:
    """Return the filter form of a page as it reads a query: only what it knows and can use is in it."""
    asking = copy(request)
    asking.GET = QueryDict(query)
    match view_page:
        case ViewPage.BOARD:
            return BoardForm.read(asking)
        case ViewPage.TIMELINE:
            return timeline.asked(asking, events.agenda(process))[0]
        case ViewPage.COMPROMISES:
            return compromises.asked(asking, compromise_queries.Scope(process))[0]
        case ViewPage.BRIEFINGS:
            return briefings.asked(asking, briefing_queries.scope(process))[0]
        case ViewPage.CHANGES:
            return changes.asked(asking, process, names.reader(request.user, process))[0]
        case ViewPage.SEARCH:
            return searches.asked(asking, findings.agenda(process))
    return upkeep.asked(asking, *scope(process))


@require_safe
def index(request, slug):
    """List the views that the person finds: their own, and those that are shared."""
    process = find_process(request.user, slug)
    found, curates = list(saved.seen(process, request.user).select_related("user")), can(request.user, CURATE, process)
    for one in found:
        one.process = process
    token = feed_token(request.user, process) if request.user.is_authenticated else ""
    context = {
        "process": process,
        "views": [(one, curates or one.user_id == request.user.pk) for one in found],
        "token": token,
        "is_public": process.visibility == "public",
        "ignored": MomentForm.read(request).ignored,
    }
    return page(request, "issues/view_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request, slug):
    """Keep a page with its filters: `page` and `query` say which, in the address or in the form."""
    process = find_process(request.user, slug)
    may_share = can(request.user, FLAG, process)
    if request.method != "POST":
        asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("page", "query")}
        if asked["page"] not in ViewPage:
            raise BadRequest("Open the page that is to be kept, then choose “Keep this view” there.")
        return shown(request, process, NewViewForm(may_share=may_share, initial=asked))
    form = NewViewForm(request.POST, may_share=may_share)
    if form.is_valid():
        typed = form.cleaned_data
        query = urlencode(form_of(request, process, typed["page"], typed["query"]).kept)
        try:
            if len(query) > LONGEST:
                form.add_error(None, "These filters are too long to be kept. Take some away.")
            else:
                kept = {"name": typed["name"], "page": typed["page"], "query": query}
                view = saving.keep(process, request.user, **kept, shared=typed.get("shared", False))
                messages.success(request, f"“{view.name}” is kept. It stands in the menu of these talks.")
                return redirect(view)
        except saving.Taken:
            form.add_error("name", TAKEN)
        except saving.TooMany:
            form.add_error(None, f"You keep {saving.MOST} views of these talks, which is the most. Delete one first.")
    return shown(request, process, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug, pk):
    """Give a view another name, or show it to others or no longer."""
    process, view = find_own(request, slug, pk)
    may_share = can(request.user, FLAG, process)
    if request.method != "POST":
        initial = {"name": view.name, "shared": "yes" if view.is_shared else ""}
        return shown(request, process, SavedViewForm(may_share=may_share, initial=initial), view)
    form = SavedViewForm(request.POST, may_share=may_share)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            saving.change(view, name=typed["name"], shared=typed.get("shared", view.is_shared))
        except saving.Taken:
            form.add_error("name", TAKEN)
        else:
            messages.success(request, f"“{view.name}” is changed.")
            return redirect("issues:view-list", slug)
    return shown(request, process, form, view, status=422)


def shown(request, process, form, view=None, status=200):
    return page(request, "issues/view_edit.html", {"process": process, "form": form, "view": view}, status=status)


@require_POST
@signed_in
def delete(request, slug, pk):
    """Throw a view away; the page that it was of stays as it is."""
    _, view = find_own(request, slug, pk)
    view.delete()
    messages.success(request, f"“{view.name}” is deleted. The page that it led to is there as before.")
    return redirect("issues:view-list", slug)


def find(process, user, pk) -> SavedView:
    """Return a view that the person finds, or raise Http404."""
    view = saved.seen(process, user).filter(pk=pk).first()
    if view is None:
        raise Http404("There is no such view that you can see. It may be somebody’s own, or deleted.")
    view.process = process
    return view


def find_own(request, slug, pk):
    """Return (process, view) where the person may change it: their own, or as a curator what is shared."""
    process = find_process(request.user, slug)
    view = find(process, request.user, pk)
    if view.user_id != request.user.pk and not can(request.user, CURATE, process):
        raise PermissionDenied("Only who made a view, or a curator, changes it.")
    return process, view


@require_safe
def feed(request, slug, pk):
    """Answer with the changes to what a view shows as an Atom feed; with `?token=` as its member reads it."""
    process, user = changes.follower(request, slug)
    view = find(process, user, pk)
    reader = names.reader(user, process)
    # What counts as stalled hangs on the day; the name stands in the feed.
    etag = changes.tag_of(process, reader, localdate(), sha256(f"{view.name}?{view.query}".encode()).hexdigest()[:16])
    if unchanged := get_conditional_response(request, etag):
        return changes.feed_headers(unchanged, etag)
    request.user = user
    filters = concerned(request, process, view, reader)
    title = f"{process.name}, “{view.name}”: what changed"
    made = changes.atom(request, process, reader, filters, title, view.get_absolute_url())
    return changes.feed_headers(made, etag)


def concerned(request, process, view, reader) -> change_queries.Filters:
    """Return which changes are of what a view shows now: of its rows, and of what hangs on them."""
    asking = copy(request)
    asking.GET = QueryDict(view.query)
    every = change_queries.Filters()
    match view.page:
        case ViewPage.CHANGES:
            return changes.asked(asking, process, reader)[1]
        case ViewPage.BRIEFINGS:
            _, filters = briefings.asked(asking, briefing_queries.scope(process))
            rows = exports.briefing_sheet(process, filters, "").rows
            return replace(every, among=change_queries.resting(process, rows.order_by().values("pk")))
        case ViewPage.COMPROMISES:
            _, filters = compromises.asked(asking, compromise_queries.Scope(process))
            on = days.control(process, filters.day, localdate()).shown
            rows = exports.compromise_sheet(process, filters, on, "").rows
            keys = list(rows.order_by("-compromise").values_list("compromise", flat=True)[:FOLLOWED])
            return replace(every, among=change_queries.about(process, keys))
        case ViewPage.SEARCH:
            agenda = findings.agenda(process)
            form = searches.asked(asking, agenda)
            narrowed = searches.filters(form, agenda, None)
            found = search.all_found(process, form.value("q") or "", narrowed, edits=reader.all_shown)
            return replace(every, among=saved.of_search(process, found))
        case ViewPage.TIMELINE | ViewPage.UPKEEP:
            issues, sides = change_queries.agenda(process)
            form = form_of(request, process, view.page, view.query)
            issue, side = issues.get(form.value("issue")), form.value("side") or [None]
            picked = [sides.get(one) for one in ([side] if isinstance(side, str) else side)]
            among = Q()
            for one in picked if issue or any(picked) else ():
                among |= Q(change_queries.concerning(process, issue, one))
            if view.page == ViewPage.TIMELINE and (kinds := form.value("kind")):
                among &= Q(change_queries.touching(Q(model__in=[name for kind in kinds for name in TOLD[kind]])))
            return replace(every, among=among)
    return every


@require_POST
@signed_in
def seen(request, slug):
    """Note that a member has seen the record up to the change `seen`, so that they are told what is new since."""
    process = find_process(request.user, slug)
    if not can(request.user, FLAG, process):
        raise PermissionDenied("Only members of this process are told what is new in it.")
    number = request.POST.get("seen", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise BadRequest("Say up to which change you have seen the record, as a whole number.")
    own = Membership.objects.acting().filter(process=process, user=request.user)
    own.see(min(int(number), process.content_version))
    return redirect(process)
