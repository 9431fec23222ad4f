"""The record of changes of a process: the list of them, and one."""

import re
from dataclasses import astuple, replace
from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from .. import reverting as reverts
from ..analysis.prose import UNPRINTABLE
from ..choices import ChangeKind, Visibility
from ..forms import ChangeForm, PageForm, RestoreForm
from ..htmx import page
from ..models import Compromise, Process
from ..people import by_feed_token, feed_token
from ..permissions import find_process
from ..queries import changes, names
from . import reverting
from .gate import check_edit, may_edit, signed, signed_in

NUMBER = re.compile(r"[0-9]{1,9}")
FILTERS = ("who", "kind", "issue", "side", "from", "to", "since")


@require_safe
def index(request, slug):
    """List the changes that pass the filters, newest first, a page at a time."""
    process = find_process(request.user, slug)
    sees = names.reader(request.user, process)
    form, filters = asked(request, process, sees)
    lines, listed = changes.listing(process, filters, sees)
    active = [(name, str(form.value(name))) for name in FILTERS if form.value(name)]
    context = {
        "process": process,
        "nav": "changes",
        "lines": lines,
        "listed": listed,
        "filters": filters,
        "people": form.fields["who"].choices,
        "kinds": form.fields["kind"].choices,
        "issues": form.fields["issue"].choices,
        "sides": form.fields["side"].choices,
        "may_edit": may_edit(request, process),
        "active": active,
        "kept": form.kept,
        "feed": feed_query(request, process, active),
        "ignored": form.ignored + listed.ignored,
    }
    response = page(request, "issues/change_list.html", context, partial="results")
    # The form sends its empty fields along; the address bar shows only what filters.
    place = [(name, form.value(name)) for name in ("after", "before") if form.value(name)]
    response["HX-Push-Url"] = f"{request.path}?{urlencode(active + place)}".rstrip("?")
    return response


def feed_query(request, process, active) -> str:
    """Return the query with which a feed reader asks for what the list shows; a private one needs a member’s token."""
    token = ""
    if process.visibility != Visibility.PUBLIC and request.user.is_authenticated:
        token = feed_token(request.user, process)
    return urlencode([*active, *([("token", token)] if token else [])])


def asked(request, process, sees: names.Reader) -> tuple[ChangeForm, changes.Filters]:
    """Return what the address asks of the list of changes, as a form and as filters."""
    issues, sides = changes.agenda(process)
    kinds = [*names.KINDS.items(), *([(ChangeKind.PEOPLE.value, ChangeKind.PEOPLE.label)] if sees.curates else [])]
    form = ChangeForm.read(
        request,
        people=changes.people(process, sees.curates),
        kinds=kinds,
        issues=[(one.slug, one.title) for one in issues.values()],
        sides=[(one.slug, one.name) for one in sides.values()],
    )
    return form, changes.Filters(
        who=form.value("who") or "",
        kind=form.value("kind") or "",
        issue=issues.get(form.value("issue")),
        side=sides.get(form.value("side")),
        first=form.value("from"),
        last=form.value("to"),
        since=form.value("since") or 0,
        after=form.value("after"),
        before=form.value("before"),
    )


@require_safe
def feed(request, slug):
    """Answer with the changes that pass the filters as an Atom feed; `?compromise=12` asks for those of one.

    The members of a private process read it with `?token=`, which the list gives them.
    """
    process, user = follower(request, slug)
    reader = names.reader(user, process)
    etag = tag_of(process, reader)
    if unchanged := get_conditional_response(request, etag):
        return feed_headers(unchanged, etag)
    _, filters = asked(request, process, reader)
    number = request.GET.get("compromise", "")
    if number:
        found = Compromise.objects.live().filter(process=process, number=number if NUMBER.fullmatch(number) else 0)
        filters = replace(filters, compromise=get_object_or_404(found))
    about = filters.compromise or filters.issue or filters.side
    title = f"{process.name}: what changed{f' on {about}' if about else ''}"
    return feed_headers(atom(request, process, reader, filters, title, process.get_absolute_url()), etag)


def tag_of(process, reader, *more) -> str:
    """Return what a feed is known by: another version, or another reader, and it is another."""
    return quote_etag("-".join(map(str, (process.content_version, *map(int, astuple(reader)), *more))))


def atom(request, process, reader, filters, title: str, home: str) -> HttpResponse:
    """Return the changes that pass the filters as an Atom feed of a page."""
    lines, _ = changes.listing(process, filters, reader)
    made = Atom1Feed(
        title=clean(title),
        link=request.build_absolute_uri(home),
        description=clean(process.question),
        feed_url=request.build_absolute_uri(),
        language="en-GB",
        feed_guid=request.build_absolute_uri(),
    )
    for line in lines:
        page = request.build_absolute_uri(reverse("issues:change-detail", args=[line.pk]))
        moment = datetime.fromisoformat(line.machine)
        made.add_item(
            clean(line.why),
            page,
            format_html(
                "<p>{}</p>{}", line.rows, format_html_join("", "<p>{}</p>", ((clean(w),) for w, _ in line.links))
            ),
            author_name=clean(line.who),
            unique_id=page,
            pubdate=moment,
            updateddate=moment,
        )
    return HttpResponse(made.writeString("utf-8"), content_type=Atom1Feed.content_type)


def clean(words: str) -> str:
    """Return words without the characters that XML cannot hold."""
    return UNPRINTABLE.sub("", words)


def follower(request, slug):
    """Return (process, who reads it): who is signed in, or whose token the address carries; else raise Http404."""
    token = request.GET.get("token")
    if not token:
        return find_process(request.user, slug), request.user
    process = Process.objects.live().filter(slug=slug).first()
    user = by_feed_token(token, process) if process else None
    if user is None:
        raise Http404("This feed’s address is no longer good. Copy a new one from the history of the process.")
    return process, user


def feed_headers(response, etag):
    """Let whoever asks keep the feed, and ask each time whether it still holds."""
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
def detail(request, pk):
    """Show what one changeset did, row by row."""
    return shown(request, changes.find(request.user, pk))


def shown(request, changeset, *, posted=None, status=200):
    """Answer with the page of a changeset; `posted` is the form of an undo that comes back."""
    process = changeset.process
    form = PageForm.read(request)
    sees = names.reader(request.user, process)
    may_undo = sees.all_shown and "as_of" not in request.GET
    change = changes.change(changeset, sees, form.value("after"), form.value("before"))
    context = {
        "process": process,
        "nav": "changes",
        "change": change,
        "here": reverse("issues:change-detail", args=[changeset.pk]),
        "undo": reverting.undo_offer(changeset, sees, request.user, posted) if may_undo else None,
        "ignored": form.ignored + change.page.ignored,
    }
    return page(request, "issues/change_detail.html", context, status=status)


@require_POST
@signed_in
def undo(request, pk):
    """Set everything that a changeset touched back to what it was before, as a further change."""
    changeset = changes.find(request.user, pk)
    check_edit(request, changeset.process)
    form = RestoreForm(request.POST, prefix_id="undo")
    if not form.is_valid():
        return shown(request, changeset, posted=form, status=422)
    try:
        written = reverts.undo(changeset, **signed(request, form))
    except reverts.Unchanged:
        return reverting.needless(request, reverse("issues:change-detail", args=[pk]))
    except reverts.Blocked as error:
        return shown(request, changeset, posted=form, status=reverting.refused(request, error))
    sentence = f"Change {changeset.number} is undone, as change {written.number}."
    return reverting.written(request, sentence, reverse("issues:change-detail", args=[written.pk]))
