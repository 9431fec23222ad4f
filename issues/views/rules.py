"""What one process sets for itself: thresholds, publishers, and the texts of the vocabulary."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from .. import editing
from ..editing import rules as saving
from ..forms.rules import RulesForm, flat, stored
from ..htmx import page
from ..models import Side
from ..permissions import find_process
from .gate import check_curate, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, slug):
    """Set what holds in one process only."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    sides = list(Side.objects.live().filter(process=process).values_list("slug", flat=True))
    if request.method != "POST":
        return shown(request, process, RulesForm(process=process, sides=sides))
    form = RulesForm(request.POST, process=process, sides=sides)
    if not form.is_valid():
        return shown(request, process, form, status=422)
    base = form.cleaned_data["base_version"]
    if base is None:
        messages.warning(request, "Nothing was saved: the form did not say which version it began with.")
        return shown(request, process, RulesForm(process=process, sides=sides), status=428)
    signed = {name: form.cleaned_data[name] for name in ("reason", "key")}
    try:
        saving.save(process, form.typed, base, flat=flat, stored=stored, user=request.user, **signed)
    except saving.Parted as parted:
        # What was typed stays; it can be saved over theirs.
        now = flat(parted.process)
        data = request.POST.copy()
        data["base_version"] = parted.process.version
        for name, value in parted.merged.items():
            data[name] = value
        said = [(str(form.fields[name].label), now[name] or "the default") for name in parted.fields]
        again = RulesForm(data, process=parted.process, sides=sides)
        return shown(request, parted.process, again, status=409, parted=said)
    except saving.TooMany:
        form.add_error("publishers", f"More than {saving.MOST} briefings would get another grade; set fewer at a time.")
        return shown(request, process, form, status=422)
    except editing.Unchanged:
        form.add_error(None, "Nothing was changed, so nothing was saved.")
        return shown(request, process, form, status=422)
    messages.success(request, "The settings are saved. They hold at once, and can be undone in the history.")
    return redirect("issues:process-rules", slug)


def shown(request, process, form, *, status=200, parted=()):
    """Answer with the form; `parted` is what others set meanwhile, as (label, their value)."""
    context = {
        "process": process,
        "nav": "rules",
        "form": form,
        "parted": parted,
        "said": form.non_field_errors() if form.is_bound else (),
        "reasons": editing.reasons(process, request.user),
    }
    return page(request, "issues/process_rules.html", context, status=status)
