"""Passages that can be cited: looking for them."""

import re

from django.views.decorators.http import require_safe

from ..htmx import page
from ..permissions import EDIT, can, find_process
from ..queries import quotable

FORM = re.compile(r"[a-z0-9-]{1,60}")  # what the ids of a form begin with


@require_safe
def index(request, slug):
    """Show the passages and briefings in which the words of `?q=` stand, the best first.

    `?into=` names the form that asks, in which they are shown as buttons; what it looks for is in `?find=`.
    """
    process = find_process(request.user, slug)
    into = request.GET.get("into", "")
    into = into if FORM.fullmatch(into) else ""
    typed = request.GET.get("find" if into else "q", "")
    edits = can(request.user, EDIT, process)
    context = {
        "process": process,
        "nav": "briefings",
        "q": typed[: quotable.MOST].replace("\x00", ""),
        "most": quotable.MOST,
        "found": quotable.search(process, typed, texts=edits),
        "texts": edits,
        "into": into,
    }
    return page(request, "issues/passage_list.html", context, partial="picks" if into else "results")
