"""Pages that look back: `?as_of=` shows what this tracker had recorded at a moment, and nothing that came later."""

import re
from functools import lru_cache, wraps
from urllib.parse import urlencode

from django.http import Http404
from django.urls import Resolver404, resolve

from .. import history
from ..forms import MomentForm
from ..permissions import find_process
from ..queries import positions
from ..queries.past import past

# What a template writes: text of the record never holds a bare quotation mark or angle bracket.
TAG = re.compile(r"<(a|form)((?:\s+[\w:-]+(?:=\"[^\"]*\")?)*)\s*>")
ADDRESS = re.compile(r"\b(href|hx-get)=\"([^\"#]*)(#[^\"]*)?\"")


def looks_back(view):
    """Let a page of a process look back to `?as_of=`, and its links lead on within that moment.

    Whoever may see the process now may see its past. The view and its template read the record as it was, so that
    nothing that came later can reach the page.
    """

    @wraps(view)
    def looking(request, *args, **kwargs):
        moment = MomentForm.read(request).value("as_of")
        if moment is None:
            return view(request, *args, **kwargs)
        if "slug" in kwargs:
            process = find_process(request.user, kwargs["slug"])
        else:
            process = positions.process_of(request.user, kwargs["pk"])
        request.past = then = past(process, moment, request.user)
        if then.changeset is None:
            raise Http404(f"Nothing was recorded in this process by {then.words}. Its first change came later.")
        with history.as_of(process, then.changeset, withheld=not then.edits):
            try:
                response = view(request, *args, **kwargs)
            except Http404:
                message = f"Nothing that you can see was recorded under this address by {then.words}."
                raise Http404(message) from None
        if response.streaming:
            response.streaming_content = within(response.streaming_content, process, then)
            return response
        return carry(response, then.value) if response["Content-Type"].startswith("text/html") else response

    looking.looks_back = True  # type: ignore[attr-defined]
    return looking


def within(pieces, process, then):
    """Yield the pieces of a file, each of them made in the past."""
    pieces = iter(pieces)
    while True:
        with history.as_of(process, then.changeset, withheld=not then.edits):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def carry(response, value: str):
    """Make the links and forms of a page lead to other pages as of the same moment, except those marked `data-now`."""
    parameter = urlencode({"as_of": value})

    def address(match):
        name, path, place = match[1], match[2], match[3] or ""
        if not leads_back(path.partition("?")[0]):
            return match[0]
        return f'{name}="{path}{"&amp;" if "?" in path else "?"}{parameter}{place}"'

    def tag(match):
        name, attributes = match[1], match[2]
        if " data-now" in attributes:
            return match[0]
        if name == "form":
            return match[0] + (f'<input type="hidden" name="as_of" value="{value}">' if is_filter(attributes) else "")
        return f"<{name}{ADDRESS.sub(address, attributes)}>"

    response.content = TAG.sub(tag, response.content.decode())
    pushed = response.headers.get("HX-Push-Url")
    if pushed and pushed != "false":
        response["HX-Push-Url"] = f"{pushed}{'&' if '?' in pushed else '?'}{parameter}"
    return response


def is_filter(attributes: str) -> bool:
    """Tell whether a form asks for a page that looks back."""
    action = re.search(r"\baction=\"([^\"?]*)", attributes)
    return ' method="get"' in attributes and action is not None and leads_back(action[1])


@lru_cache(4096)
def leads_back(path: str) -> bool:
    """Tell whether a page looks back; an empty path is that of the page itself."""
    try:
        return not path or getattr(resolve(path).func, "looks_back", False)
    except Resolver404:
        return False
