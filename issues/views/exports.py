"""What people take away: tables, references, and what is made of a whole process."""

from collections.abc import Callable, Iterator

from django.http import Http404, StreamingHttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from .. import exports
from ..forms import BoardForm, DayForm, FilterForm, MomentForm, RowForm
from ..htmx import VARIES, page
from ..models import Process
from ..permissions import CURATE, EDIT, can, find_process
from ..queries import briefings as briefing_queries
from ..queries import compromises as compromise_queries
from ..queries import days
from ..queries.board import board
from ..queries.issues import agenda
from . import briefings, compromises
from .issues import find
from .past import looks_back
from .taking import all_files, site

DOSSIERS = {
    "html": ("text/html; charset=utf-8", exports.page_pieces),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", exports.word_pieces),
    "md": ("text/markdown; charset=utf-8", exports.markdown_pieces),
}
Asked = tuple[exports.Sheet, FilterForm]

# {ending: its type}; the endings of references go with briefings alone.
TABLES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
REFERENCES = {
    "bib": ("application/x-bibtex; charset=utf-8", exports.bibtex_lines),
    "ris": ("application/x-research-info-systems; charset=utf-8", exports.ris_lines),
    "csl": ("application/vnd.citationstyles.csl+json", exports.csl_lines),
}


@require_safe
@looks_back
def index(request, slug):
    """List everything that there is to take away of a process."""
    process = find_process(request.user, slug)
    sizes = {sheet.name: exports.size_of(sheet, process) for sheet in may_be_large(process, site(request))}
    context = {"process": process, "groups": all_files(process, sizes), "ignored": MomentForm.read(request).ignored}
    return page(request, "issues/export_list.html", context)


@require_safe
@looks_back
def dossier(request, slug, ending, issue=None):
    """Send the dossier of a process, or of one of its issues, on a day."""
    process = find_process(request.user, slug)
    found = find(agenda(process), issue) if issue else None
    if ending not in DOSSIERS:
        raise missing(f"dossier.{ending}")
    form = DayForm.read(request)
    title = f"{found.title}: {process.name}" if found else f"Dossier: {process.name}"
    here = site(request) + (found or process).get_absolute_url()
    about = said_of(request, process, title, here, form)
    kind, write = DOSSIERS[ending]
    pieces = write(exports.dossier(process, about, form.value("on"), site(request), found))
    return sent(pieces, kind, f"{slug}-{issue or 'dossier'}", ending)


@require_safe
@looks_back
def record(request, slug, ending):
    """Send the whole record of a process: as its document, or as a workbook with a sheet a kind."""
    process = find_process(request.user, slug)
    if ending not in ("xlsx", "json"):
        raise missing(f"record.{ending}")
    form = (MomentForm if ending == "json" else DayForm).read(request)  # the document holds every day
    about = said_of(request, process, "The whole record", "process-detail", form)
    if ending == "json":
        may = {"edits": can(request.user, EDIT, process), "curates": can(request.user, CURATE, process)}
        pieces = exports.document_pieces(process, about, **may)
    else:
        found = [KINDS[what](request, process, site(request))[0] for what in KINDS]
        pieces = exports.xlsx_pieces(about, [(sheet, exports.read(sheet, process)) for sheet in found])
    return sent(pieces, TABLES[ending], f"{slug}-record", ending)


@require_safe
@looks_back
def table(request, slug, what, ending):
    """Send the rows of one kind that pass the filters in the address, as a table or as references."""
    process = find_process(request.user, slug)
    if what not in KINDS or ending not in TABLES | (REFERENCES if what == "briefings" else {}):
        raise missing(f"{what}.{ending}")
    sheet, form = KINDS[what](request, process, site(request))
    about = said_of(request, process, sheet.title, PAGES[what], form)
    if ending in REFERENCES:
        kind, write = REFERENCES[ending]
        before = site(request) + reverse("issues:briefing-list", args=[slug])
        pieces = write(about, exports.references(exports.read(sheet, process, exports.FIELDS), before))
    else:
        kind = TABLES[ending]
        batches = exports.read(sheet, process)
        if ending == "csv":
            pieces = exports.csv_lines(about, sheet.columns, batches)
        elif ending == "json":
            pieces = exports.json_lines(about, sheet, batches)
        else:
            pieces = exports.xlsx_pieces(about, [(sheet, batches)])
    return sent(pieces, kind, f"{slug}-{what}", ending)


@require_safe
@looks_back
def briefing(request, slug, briefing, ending):
    """Send one briefing as a reference."""
    process = find_process(request.user, slug)
    found = briefings.find(process, briefing)
    if ending not in REFERENCES:
        raise missing(f"{briefing}.{ending}")
    kind, write = REFERENCES[ending]
    page = site(request) + found.get_absolute_url()
    about = said_of(request, process, "One briefing", page, MomentForm.read(request))
    return sent(write(about, [[exports.of_briefing(found, page)]]), kind, briefing, ending)


def briefing_rows(request, process, site) -> Asked:
    form, filters = briefings.asked(request, briefing_queries.scope(process))
    return exports.briefing_sheet(process, filters, site), form


def compromise_rows(request, process, site) -> Asked:
    form, filters = compromises.asked(request, compromise_queries.Scope(process))
    shown = days.control(process, filters.day, localdate()).shown
    return exports.compromise_sheet(process, filters, shown, site), form


def picked(sheet: Callable) -> Callable:
    """Return the function that makes a sheet of what an address picks by issue, side and day."""

    def rows(request, process, site) -> Asked:
        scope = compromise_queries.Scope(process)
        form = RowForm.read(
            request,
            sides=[(side.slug, side.name) for side in scope.sides],
            issues=[(issue.slug, issue.title) for issue in scope.issues],
        )
        picks = exports.Picks(
            issues=form.value("issue") or (),
            sides=form.value("side") or (),
            day=form.value("on"),
            held=bool(form.value("held")),
        )
        return sheet(process, picks, site), form

    return rows


def may_be_large(process: Process, site: str) -> list[exports.Sheet]:
    """Return the tables that grow with the record, unfiltered."""
    picks = exports.Picks()
    return [
        exports.briefing_sheet(process, briefing_queries.Filters(), site),
        exports.compromise_sheet(process, compromise_queries.Filters(), localdate(), site),
        *(sheet(process, picks, site) for sheet in (exports.position_sheet, exports.step_sheet, exports.quote_sheet)),
    ]


def whole(sheet: Callable) -> Callable:
    """Return the function that makes a sheet that nothing filters."""
    return lambda request, process, site: (sheet(process, site), MomentForm.read(request))


def board_rows(request, process, site) -> Asked:
    form = BoardForm.read(request)
    shown = board(process, form.value("on"), form.value("since"), form.value("between"), localdate())
    return exports.board_sheet(process, shown, site), form


KINDS: dict[str, Callable[..., Asked]] = {
    "board": board_rows,
    "briefings": briefing_rows,
    "positions": picked(exports.position_sheet),
    "compromises": compromise_rows,
    "steps": picked(exports.step_sheet),
    "quotes": picked(exports.quote_sheet),
    "issues": whole(exports.issue_sheet),
    "sides": whole(lambda process, site: exports.side_sheet(process)),
    "links": whole(lambda process, site: exports.link_sheet(process)),
}
# {what: the URL name of the page that shows the same}
PAGES = {"briefings": "briefing-list", "compromises": "compromise-list", "steps": "compromise-list"} | dict.fromkeys(
    ("board", "positions", "quotes", "issues", "sides", "links"), "process-detail"
)


def said_of(request, process: Process, title: str, page: str, form: FilterForm) -> exports.About:
    """Return what a file says of itself; `page` is an address, or the name of that of a page of the process."""
    past = getattr(request, "past", None)
    ignored = [f"the filter “{label}” was left out: “{value}” {message}" for label, value, message in form.ignored]
    return exports.About(
        title=title,
        process=process.name,
        address=request.build_absolute_uri(),
        page=page if ":" in page else site(request) + reverse(f"issues:{page}", args=[process.slug]),
        version=process.content_version,
        made=localdate(),
        filters=tuple(form.said),
        on=form.value("on"),
        as_of=past.value if past else "",
        note="; ".join(ignored),
    )


def sent(pieces: Iterator[bytes], kind: str, name: str, ending: str) -> StreamingHttpResponse:
    """Return a file to be kept, sent as it is made."""
    filename = f"{name}-{localdate()}.{'csl.json' if ending == 'csl' else ending}"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    response = StreamingHttpResponse(pieces, content_type=kind, headers=headers)
    patch_vary_headers(response, ("Cookie", *VARIES))
    return response


def missing(name: str) -> Http404:
    return Http404(
        f"There is no file “{name[:60]}” to take away. The page “Export” of the process lists those there are."
    )
