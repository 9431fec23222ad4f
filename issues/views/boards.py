"""The board of a process: every issue and every side on one page."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from ..forms import BoardForm, ProcessEditForm
from ..htmx import page
from ..permissions import find_process
from ..queries import looks, suggestions
from ..queries.board import board
from . import editing
from .gate import check_edit, may_edit, may_freeze, signed_in
from .past import looks_back
from .taking import board_files, on_day


@require_safe
@looks_back
def detail(request, slug):
    """Show where each side stands on each issue, and which compromises became policy, on one day."""
    process = find_process(request.user, slug)
    form = BoardForm.read(request)
    chosen = {name: form.value(name) for name in ("on", "since", "between") if form.value(name)}
    shown = board(process, chosen.get("on"), chosen.get("since"), chosen.get("between"), localdate())
    editable = may_edit(request, process, shown.on)
    context = {
        "process": process,
        "nav": "board",
        "board": shown,
        "on": shown.on,
        "take": board_files(process, on_day(shown.on)),
        "may_edit": editable,
        "may_freeze": may_freeze(request, process),
        "kept": form.kept,
        "look": None if shown.on.day or hasattr(request, "past") else looks.look(process, request.user),
        "waiting": suggestions.about(process, request.user, process=[process.pk]) if editable else (),
        "ignored": form.ignored,
    }
    response = page(request, "issues/board.html", context, partial="board")
    # A form sends its empty fields along; the address bar shows only what was chosen.
    response["HX-Push-Url"] = f"{request.path}?{urlencode(chosen)}".rstrip("?")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug):
    """Correct the texts of a set of talks."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    task = editing.Task(
        process=process,
        place=editing.Place("own", process.get_absolute_url(), "board", "talks"),
        action=reverse("issues:process-edit", args=[slug]),
        opener="edit-talks",
        noun="text",
        title=f"Edit what is said of {process.label}",
        heading="Question and summary",
        save="Save texts",
        crumbs=(("Board", process.get_absolute_url()), ("Edit", "")),
        lede="The name, the dates and who may see the talks are for a curator to change.",
    )
    return editing.correct(request, process, task, ProcessEditForm, prefix_id="edit-talks-form")
