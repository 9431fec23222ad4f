"""The timeline of a process."""

from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from ..forms import TimelineForm
from ..htmx import page
from ..permissions import find_process
from ..queries import events, timeline
from .gate import may_freeze
from .past import looks_back
from .taking import named


@require_safe
@looks_back
def detail(request, slug):
    """Show what happened when: drawn in lanes, and as a list in pages."""
    process = find_process(request.user, slug)
    agenda = events.agenda(process)
    form, chosen = asked(request, agenda)
    issue = form.value("issue")
    places = [(name, form.value(name)) for name in ("after", "before") if form.value(name)]
    shown = timeline.read(process, agenda, chosen, **dict(places))
    context = {
        "process": process,
        "nav": "timeline",
        "timeline": shown,
        "chosen": chosen,
        "kinds": [(value, label, value in chosen.kinds) for value, label in form.fields["kind"].choices],
        "sides": [(side, side.slug in chosen.sides) for side in agenda.live_sides],
        "issues": [(one, one.slug == issue) for one in agenda.live_issues],
        "active": chosen.pairs,
        "kept": form.kept,
        "freezes": named("timeline", form.pairs) if may_freeze(request, process) else "",
        "latest": [(name, value) for name, value in chosen.pairs if name != "on"],
        "ignored": form.ignored + shown.ignored,
    }
    response = page(request, "issues/timeline.html", context, partial="timeline")
    # A form sends its empty fields along; the address bar shows only what was chosen.
    response["HX-Push-Url"] = f"{request.path}?{urlencode(chosen.pairs + places)}".rstrip("?")
    return response


def asked(request, agenda):
    """Return the form of the filters in an address, and the events they choose."""
    form = TimelineForm.read(
        request,
        sides=[(side.slug, side.name) for side in agenda.live_sides],
        issues=[(issue.slug, issue.title) for issue in agenda.live_issues],
    )
    picked = {name: tuple(dict.fromkeys(form.value(name) or ())) for name in ("kind", "side")}
    issue = form.value("issue")
    return form, events.Chosen(form.value("on"), picked["kind"], picked["side"], (issue,) if issue else ())
