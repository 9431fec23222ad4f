"""Marks and words that templates share; registered as a builtin, so no template loads it."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from ..analysis import dates, prose
from ..choices import Confidence, Status
from ..queries import saved, suggestions

register = template.Library()

BARS = {Confidence.LOW: 1, Confidence.MODERATE: 2, Confidence.HIGH: 3}
STATUS_LABELS = dict(Status.choices)
CONFIDENCE_LABELS = dict(Confidence.choices)


@register.simple_tag
def icon(name):
    """Return an interface icon of the sprite; decoration only, so a text must stand beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def side_mark(side):
    """Return a side's shape in its colour; decoration only."""
    return format_html(
        '<svg class="side-mark side-{}" aria-hidden="true"><use href="#m-{}"/></svg>',
        side.colour,
        side.marker,
    )


@register.simple_tag
def side_name(side):
    """Return a side's shape and name."""
    return format_html('<span class="side-name">{}{}</span>', side_mark(side), side.name)


@register.simple_tag
def status_mark(status):
    """Return the ring of a status; decoration only."""
    return format_html('<svg class="status-icon is-{0}" aria-hidden="true"><use href="#st-{0}"/></svg>', status)


@register.simple_tag
def status_badge(status):
    """Return a status as a labelled pill."""
    return format_html('<span class="status is-{}">{}{}</span>', status, status_mark(status), STATUS_LABELS[status])


@register.simple_tag
def confidence(value):
    """Return a confidence as bars and a word."""
    return format_html(
        '<span class="confidence"><svg class="confidence-bars" aria-hidden="true"><use href="#c-{}"/></svg>{}'
        '<span class="visually-hidden"> confidence</span></span>',
        BARS.get(value, 0),
        CONFIDENCE_LABELS[value],
    )


@register.simple_tag
def when(day, precision="day"):
    """Return a date in words, marked up for machines: 12 Feb 2025 · Feb 2025, day not given."""
    return format_html('<time datetime="{}">{}</time>', dates.machine(day, precision), dates.words(day, precision))


@register.filter
def paragraphs(text):
    """Return a Markdown text as safe HTML."""
    return mark_safe(prose.html(text))  # noqa: S308 (cleaned there)


@register.simple_tag
def cited(text, sources):
    """Return a Markdown text as safe HTML; each superscript leads to the source row that it names."""
    return mark_safe(prose.html(text, [source.key for source in sources]))  # noqa: S308 (cleaned there)


@register.filter
def marked(pieces):
    """Return pieces of (words, are among those looked for) as text with its marks."""
    said = (f"<mark>{escape(words)}</mark>" if is_match else escape(words) for words, is_match in pieces)
    return mark_safe("".join(said))  # noqa: S308 (escaped above)


@register.simple_tag(takes_context=True)
def live(context, issue=None):
    """Return the attribute that lets a part of a page notice changes; nothing where the page looks back.

    A page that is about one issue hears nothing of what is changed on others.
    """
    on, process = context.get("on"), context["process"]
    if (on and on.past) or hasattr(context["request"], "past"):
        return ""
    address = reverse("issues:process-news", args=[process.slug])
    about = f"issue={issue.slug}&" if issue else ""
    return format_html(' data-news="{}?{}seen={}"', address, about, process.content_version)


@register.simple_tag(takes_context=True)
def review(context):
    """Return the way to what waits for review (`queries.suggestions.Entry`), None where nobody is asked to review.

    One SQL query, and none where the process asks for no review.
    """
    process, request = context.get("process"), context.get("request")
    asks = getattr(process, "asks_review", False)  # an error page may know no more of a process than its name
    if not asks or request is None or hasattr(request, "past") or "as_of" in request.GET:
        return None
    return suggestions.entry(process, request.user)


@register.simple_tag(takes_context=True)
def views_of(context):
    """Return the views that a signed-in reader keeps of the process, and those shared, for its menu. One SQL query."""
    process, request = context.get("process"), context.get("request")
    user = getattr(request, "user", None)
    # An error page may know no more of a process than its name.
    if not getattr(process, "pk", None) or user is None or not user.is_authenticated:
        return []
    return saved.menu(process, user)


@register.simple_tag
def query(pairs=(), **more):
    """Return (name, value) pairs, and what the tag names, as a query string without its question mark."""
    return urlencode([*pairs, *((name, value) for name, value in more.items() if value not in (None, ""))])
