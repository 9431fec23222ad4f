"""What differs between two texts, marked up; built in one go, because a template would spend a node on every word."""

from django import template
from django.utils.html import format_html, format_html_join

from ..analysis.diff import ADDED, REMOVED

register = template.Library()

MARKS = {REMOVED: "<del>{}</del>", ADDED: "<ins>{}</ins>"}


@register.simple_tag
def segments(parts):
    """Return segments of a text as escaped words in `del` and `ins`; spaces stay outside of the marks."""
    following = [*parts, ("", "")][1:]
    return format_html_join("", "{}{}{}", (marked(*part, after) for part, after in zip(parts, following, strict=True)))


def marked(kind, text, following):
    """Return (space, the marked words, space)."""
    words = text.strip()
    if kind not in MARKS or not words:
        return text, "", ""
    begin = text.index(words)
    end = text[begin + len(words) :]
    if following[0] in MARKS and not end and not following[1][:1].isspace():
        end = " "  # or what was removed would run into what came instead of it
    return text[:begin], format_html(MARKS[kind], words), end


@register.simple_tag
def differences(found, layout="inline"):
    """Return the rows of a description list, one a field: in one text, or (`split`) the two texts side by side."""
    return format_html_join("", "<div><dt>{}</dt>{}</div>", ((one.label, values(one, layout)) for one in found))


def values(one, layout):
    """Return the one or two descriptions of a field."""
    look = "diff-text is-headline" if one.is_headline else "diff-text"
    parts = (one.before, one.after) if layout == "split" else (one.segments,)
    return format_html_join("", '<dd class="{}">{}</dd>', ((look, segments(part) or "–") for part in parts))
