"""The marks and lines of a timeline; built in one go, because a template would spend a node on every part of them."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .record import icon, side_mark, status_mark

register = template.Library()


def joined(parts) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


@register.simple_tag
def lane_drawing(lane, drawing):
    """Return a lane as a drawing that stretches with the page: places in per cent, everything else in px.

    Its marks are links for pointers only: the list on the same page has every one of them for everybody.
    """
    grid = [("", x) for x, _ in drawing.ticks]
    grid += [(name, x) for name, x in (("break", drawing.begins), ("day", drawing.now)) if x is not None]
    line = '<line class="{}" x1="{}%" x2="{}%" y1="0" y2="{}"/>'
    return format_html(
        '<svg width="100%" height="{}" aria-hidden="true"><g class="grid">{}</g>{}</svg>',
        lane.height,
        format_html_join("", line, ((name, x, x, lane.height) for name, x in grid)),
        joined(drawn(placed) for placed in lane.marks),
    )


def drawn(placed) -> SafeString:
    """Return one mark with its lines and label, as a link."""
    mark, y, label = placed.mark, placed.y, placed.label
    line = '<line class="{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>'
    parts = [format_html(line, "range", *span, y, y) for span in mark.spans if span]
    if len(mark.places) > 1:
        parts.append(format_html(line, "path", mark.places[0], mark.places[-1], y, y))
    parts += [symbol(event, x, y) for event, x in zip(mark.key.events, mark.places, strict=True)]
    if label:
        text = '<text class="{}" x="{}%" y="{}" dx="{}">{}</text>'
        parts.append(format_html(text, label.anchor, label.x, y + 4 + label.dy, label.dx, mark.label))
    return format_html(
        '<a href="{}" tabindex="-1"><title>{}</title>{}</a>', mark.key.url, mark.key.title, joined(parts)
    )


def symbol(event, x, y) -> SafeString:
    """Return the mark of an event, with its middle at a place."""
    if event.kind == "briefing":
        sheet = '<svg x="{}%" y="{}" overflow="visible" class="doc-mark"><path d="M-4-5.5h8v11h-8z"/></svg>'
        return format_html(sheet, x, y)
    if event.kind == "position":
        look, name, size = f"side-{event.side.colour}", f"m-{event.side.marker}", 14
    else:
        look, name, size = f"is-{event.status}", f"st-{event.status}", 16
    use = format_html('<use href="#{0}" x="-{1}" y="-{1}" width="{2}" height="{2}"/>', name, size // 2, size)
    return format_html('<svg x="{}%" y="{}" overflow="visible" class="{}">{}</svg>', x, y, look, use)


@register.simple_tag
def event_line(event):
    """Return an event as a row of the list: its mark, its words with a link, and what it concerns."""
    if event.kind == "briefing":
        mark = icon("doc")
    else:
        mark = side_mark(event.side) if event.kind == "position" else status_mark(event.status)
    before, words, after, about = event.line
    line = '<li>{}<span>{}<a href="{}">{}</a>{} <small>{}</small></span></li>'
    return format_html(line, mark, before, event.url, words, after, about)
