"""Frozen briefs: what a page said at a moment, under an address that answers the same for ever."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from .. import exports, freezing, history
from ..analysis.dates import words
from ..forms import BriefForm, DayForm, PageForm
from ..htmx import page
from ..models import Brief, Changeset, Process
from ..models.brief import Tampered
from ..models.saved import LONGEST
from ..permissions import find_process
from ..queries import events, findings, pages
from ..queries.issues import agenda
from ..queries.past import past, spoken, written
from ..search import search
from . import searches, timeline
from .errors import refusal
from .exports import DOSSIERS, KINDS, REFERENCES, TABLES, said_of
from .exports import PAGES as SHOWN_ON
from .gate import check_edit, may_edit, signed_in
from .issues import find as find_issue
from .taking import LABELS, cite_brief, site

TITLE = 400  # letters
# Of a table in a brief; more would not be read, and is there as a file.
ROWS, LETTERS = 5_000, 10_000_000


@require_safe
def index(request, slug):
    """List the briefs of a process, the latest first."""
    process = find_process(request.user, slug)
    form = PageForm.read(request)
    found = Brief.objects.filter(process=process)
    listed = pages.keyset(found, ("-id",), after=form.value("after"), before=form.value("before"))
    for one in listed.rows:
        one.process = process
    context = {
        "process": process,
        "listed": listed,
        "may_edit": may_edit(request, process),
        "ignored": form.ignored + listed.ignored,
    }
    return page(request, "issues/brief_list.html", context)


@require_safe
def detail(request, slug, code):
    """Show a brief: what was frozen, its hash, how it is cited, and its files."""
    brief = find(request, slug, code)
    files = list(brief.files.defer("packed"))
    try:
        content = exports.content_of(next(one for one in files if one.ending == "html").data)
    except (Tampered, StopIteration):
        return damaged(request)
    now, then = addresses(brief)
    context = {
        "process": brief.process,
        "brief": brief,
        "moment": spoken(brief.moment),
        "files": [(LABELS[one.ending], one) for one in files],
        "cite": cite_brief(request, brief),
        "content": content,
        "now": now,
        "then": then,
    }
    return page(request, "issues/brief_detail.html", context)


@require_safe
def file(request, slug, code, ending):
    """Send a file of a brief, to the byte as it was frozen."""
    brief = find(request, slug, code)
    if (found := brief.files.defer("packed").filter(ending=ending).first()) is None:
        raise Http404(f"This brief has no file “{ending[:20]}”. Its page lists those there are.")
    etag = quote_etag(found.sha256)
    response = get_conditional_response(request, etag)
    if response is None:
        try:
            response = HttpResponse(found.data, content_type=found.type)
        except Tampered:
            return damaged(request)
        name = f"{slug}-{brief.code}.{'csl.json' if ending == 'csl' else ending}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = etag
    # The bytes stay; who may see them may change, so whoever keeps them asks each time.
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Cookie", "HX-Request", "HX-Boosted", "HX-History-Restore-Request"))
    return response


def find(request, slug, code) -> Brief:
    """Return a brief of a process that the person may see, or raise Http404."""
    process = find_process(request.user, slug)
    if (brief := freezing.find(process, code)) is None:
        raise Http404(f"There is no brief “{code}” in {process.name}. The list of briefs has all that were frozen.")
    return brief


def damaged(request):
    message = "This brief is not what was frozen: its bytes do not fit its hash. Tell whoever runs this site."
    return refusal(request, 500, message)


@require_POST
@signed_in
def new(request, slug):
    """Freeze what `of` names, with its filters, as it stands or as it was recorded at `as_of`.

    The same content is the same brief: sent again, this leads to the one that is there.
    """
    process = find_process(request.user, slug)
    check_edit(request, process)
    form = BriefForm(request.POST)
    if not form.is_valid():
        return unfrozen(request, slug, form.fault)
    looked_back_to = form.cleaned_data["as_of"]
    if looked_back_to:
        request.past = past(process, looked_back_to, request.user)
    then = history.at(process, looked_back_to or timezone.now())
    if then is None:
        return unfrozen(request, slug, "Nothing was on record yet at that moment.")
    try:
        # As a reader sees it, whoever freezes it: nothing that was taken out, and one version throughout.
        with history.as_of(process, then, withheld=True):
            found = matter(request, slug, *form.asked, then)
        if len(found.query) > LONGEST:
            raise freezing.TooLarge
        brief = freezing.freeze(
            process,
            then,
            found.content,
            lambda frost: found.files(frost, site(request)),
            user=request.user,
            title=found.about.title,
            of=found.of,
            query=found.query,
        )
    except freezing.TooLarge:
        return unfrozen(
            request,
            slug,
            f"A brief holds {ROWS:,} rows at most, and two megabytes a file. Filter it further, or take it with you as "
            "a file.",
        )
    return redirect(brief)


def unfrozen(request, slug, why):
    """Say why nothing was frozen, and lead to where one sees what there is."""
    messages.warning(request, f"Nothing was frozen. {why}")
    return redirect("issues:export-list", slug)


@dataclass(frozen=True)
class Matter:
    """What is to be frozen, as it was read: its name and filters, what its files say of it, and its rows or dossier.

    `read` are the rows of a sheet in batches; `works`, of briefings, the same as references.
    """

    process: Process
    of: str
    query: str
    about: exports.About
    sheet: exports.Sheet | None = None
    read: Sequence[list[tuple]] = ()
    works: Sequence[list] = ()
    dossier: exports.Dossier | None = None

    @property
    def content(self) -> bytes:
        """Return it as JSON: the same for the same content, whenever and by whomever it is asked for."""
        if self.dossier:
            return exports.json_dossier(self.dossier)
        return b"".join(exports.json_lines(self.about, self.sheet, self.read))

    def files(self, frost: freezing.Frost, site: str) -> Iterator[freezing.File]:
        """Yield the other files, each of which says of which brief it is."""
        here = site + reverse("issues:brief-detail", args=[self.process.slug, frost.code])
        said = (("Brief", here), ("Frozen", f"{spoken(frost.frozen_at)}, by {frost.user_name}"))
        day = timezone.localdate(frost.frozen_at)
        about = replace(self.about, made=day, more=(*said, ("Hash of brief.json", f"SHA-256 {frost.content_hash}")))
        if self.dossier:
            for ending, (kind, write) in DOSSIERS.items():
                yield ending, kind, b"".join(write(replace(self.dossier, about=about)))
            return
        yield "html", DOSSIERS["html"][0], exports.table_page(about, self.sheet, self.read)
        yield "csv", TABLES["csv"], b"".join(exports.csv_lines(about, self.sheet.columns, self.read))
        yield "xlsx", TABLES["xlsx"], b"".join(exports.xlsx_pieces(about, [(self.sheet, self.read)]))
        for ending, (kind, write) in REFERENCES.items() if self.works else ():
            yield ending, kind, b"".join(write(about, self.works))


def matter(request, slug, of: str, query: str, then: Changeset) -> Matter:
    """Return what `of` names and `query` filters; called in the past. Raise Http404 for what is not there."""
    process = find_process(request.user, slug)
    asking = copy(request)
    asking.GET = QueryDict(query)
    here = site(request)
    issue = find_issue(agenda(process), of.removeprefix("issues/")) if of.startswith("issues/") else None
    if issue or of == "dossier":
        form = DayForm.read(asking)
        made = about(
            asking, process, issue.title if issue else "Dossier", (issue or process).get_absolute_url(), form, then
        )
        found = exports.dossier(process, made, form.value("on"), here, issue)
        return Matter(process, of, urlencode(form.pairs), made, dossier=found)
    if of not in FROZEN:
        raise Http404(f"There is nothing “{of[:40]}” to freeze. The page “Export” of the process lists what there is.")
    sheet, form = FROZEN[of](asking, process, here)
    made = about(asking, process, sheet.title, reverse(f"issues:{PAGES[of]}", args=[slug]), form, then)
    works = []
    if of == "briefings":
        before = here + reverse("issues:briefing-list", args=[slug])
        works = list(exports.references(few(exports.read(sheet, process, exports.FIELDS)), before))
    return Matter(process, of, urlencode(form.pairs), made, sheet, few(exports.read(sheet, process)), works)


def event_rows(request, process, site):
    """Return the events of a timeline as a sheet, and the form that chose them."""
    agenda = events.agenda(process)
    form, chosen = timeline.asked(request, agenda)
    return exports.event_sheet(events.events(process, agenda, chosen, size=ROWS + 1), site), form


def hit_rows(request, process, site):
    """Return what a page of a search shows a reader as a sheet, and the form that searched."""
    agenda, past = findings.agenda(process), getattr(request, "past", None)
    form = searches.asked(request, agenda)
    if past:  # of which the search does not know them
        form.cleaned_data |= dict.fromkeys(searches.PRESENT)
    filters = searches.filters(form, agenda, past)
    found = search(process, form.value("q") or "", filters, page=form.value("page") or 1)
    return exports.hit_sheet(findings.groups(process, found, agenda, is_past=True), site), form


FROZEN = KINDS | {"timeline": event_rows, "search": hit_rows}
PAGES = SHOWN_ON | {"timeline": "timeline", "search": "search"}


def few(batches: Iterable[list[tuple]]) -> list[list[tuple]]:
    """Return batches of rows; raise TooLarge where they are more than a brief holds."""
    found, count, letters = [], 0, 0
    for batch in batches:
        count += len(batch)
        letters += sum(len(cell) for row in batch for cell in row if isinstance(cell, str))
        if count > ROWS or letters > LETTERS:
            raise freezing.TooLarge
        found.append(batch)
    return found


def about(asking, process, title: str, path: str, form, then: Changeset) -> exports.About:
    """Return what the files say; nothing in it is of the day or of who freezes it."""
    address = f"{site(asking)}{path}?{urlencode([*form.pairs, ('as_of', written(then.moment))])}"
    made = said_of(asking, process, title, address, form)
    said = [value for _, value in made.filters] + ([f"on {words(made.on)}"] if made.on else [])
    narrowed = f" ({', '.join(said)})" if said else ""
    return replace(
        made,
        title=f"{title}{narrowed}: {process.name}"[:TITLE],
        address=address,
        version=then.number,
        made=None,
        as_of=written(then.moment),
    )


def addresses(brief: Brief) -> tuple[str, str]:
    """Return where the same is read as it is now, and as it was recorded then."""
    process = brief.process
    if brief.of.startswith("issues/"):
        path = reverse("issues:issue-detail", args=[process.slug, brief.of.removeprefix("issues/")])
    else:
        path = reverse(f"issues:{PAGES.get(brief.of, 'process-detail')}", args=[process.slug])
    then = urlencode({"as_of": written(brief.moment)})
    now = f"{path}?{brief.query}" if brief.query else path
    return now, f"{now}{'&' if brief.query else '?'}{then}"
