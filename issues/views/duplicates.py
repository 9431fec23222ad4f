"""Briefings that are one and the same: those that probably are, and the page that merges them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from .. import editing
from ..editing import duplicates as merging
from ..forms.duplicates import MOST, MergeForm
from ..htmx import page
from ..models.briefing import MERGED
from ..permissions import find_process
from ..queries import duplicates
from .gate import check_curate, signed_in


@require_safe
@signed_in
def index(request, slug):
    """List the pairs of briefings that are probably the same document."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    pairs, more = duplicates.likely(process)
    context = {"process": process, "nav": "briefings", "pairs": pairs, "more": more, "limit": duplicates.SIZE}
    return page(request, "issues/duplicate_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def merge(request, slug):
    """Show briefings side by side, and merge them into one of them."""
    process = find_process(request.user, slug)
    check_curate(request, process)
    if "compare" in request.POST:  # from a list with rows to tick
        ticked = [("b", one.partition(".")[0]) for one in request.POST.getlist("row")[: MOST + 1]]
        return redirect(f"{request.path}?{urlencode(ticked)}")
    given = (request.POST if request.method == "POST" else request.GET).getlist("b")
    keys = {int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19}
    rows = duplicates.chosen(process, sorted(keys)[: MOST + 1])
    if request.method == "POST" and len(rows) == 1 and merging.are_one(rows[0], keys):
        return redirect("issues:briefing-detail", slug, rows[0].slug)  # the form was sent twice
    if len(rows) < 2 or len(rows) > MOST or len(keys) > MOST:
        messages.warning(request, f"Choose two to {MOST} briefings of this process that are still in the record.")
        return redirect("issues:duplicate-list", slug)
    if request.method != "POST":
        return shown(request, process, rows, MergeForm(rows=rows))
    form = MergeForm(request.POST, rows=rows)
    if not form.is_valid():
        return shown(request, process, rows, form, status=422)
    if None in form.versions.values():
        messages.warning(
            request, "Nothing was merged: the form did not say which versions it began with. Here it is anew."
        )
        return shown(request, process, rows, MergeForm(rows=rows), status=428)
    signed = {name: form.cleaned_data[name] for name in ("reason", "key")}
    keeper = int(form.cleaned_data["keeper"])
    try:
        written = merging.merge(process, keeper, form.versions, form.kept, user=request.user, **signed)
    except merging.Changed as changed:
        messages.warning(
            request, f"Nothing was merged: “{changed.row.title}” was changed meanwhile. Here it is as it is now."
        )
        return shown(request, process, duplicates.chosen(process, list(keys)), None, status=409)
    except merging.Gone:
        messages.warning(request, "Nothing was merged: one of the briefings was taken out of the record meanwhile.")
        return redirect("issues:duplicate-list", slug)
    except merging.TooMany:
        messages.warning(
            request,
            f"Nothing was merged: more than {merging.MOST} citations, steps and links would move, too many to undo as "
            "one. Keep the briefing on which most rests.",
        )
        return shown(request, process, rows, form, status=409)
    messages.success(request, f"They are one briefing now, as change {written.number}, which can be undone.")
    kept = next(row for row in rows if row.pk == keeper)
    return redirect("issues:briefing-detail", slug, kept.slug)


def shown(request, process, rows, form, status=200):
    """Answer with briefings side by side; without a form, with a new one."""
    form = form or MergeForm(rows=rows)
    lines = [
        (field, label, form.picked(f"keep-{field}"), values)
        for field, label, values in duplicates.compared(rows, MERGED)
    ]
    context = {
        "process": process,
        "nav": "briefings",
        "rows": [(row, form.picked("keeper") == str(row.pk)) for row in rows],
        "lines": [
            (field, label, [(value, str(value.pk) == picked) for value in values], all(one.is_same for one in values))
            for field, label, picked, values in lines
        ],
        "form": form,
        "reasons": editing.reasons(process, request.user),
        "back": reverse("issues:duplicate-list", args=[process.slug]),
    }
    return page(request, "issues/duplicate_merge.html", context, status=status)
