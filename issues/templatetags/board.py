"""The drawings of the board and its fullest cells, each made in one go: they stand on it in dozens."""

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import mark_safe

from ..analysis import dates
from .record import confidence, side_name, status_mark, when

register = template.Library()


@register.simple_tag
def day_ticks(ticks):
    """Return the strip’s days: a line for each (place in %, top in px)."""
    return format_html_join("", '<line x1="{0}%" x2="{0}%" y1="{1}" y2="22"/>', ticks)


@register.simple_tag
def tally_marks(group):
    """Return the marks of one status, one for each compromise; beyond what is drawn, the number left out."""
    more = format_html('<span class="tally-more">+{}</span>', group.undrawn) if group.undrawn else ""
    marks = mark_safe(status_mark(group.status) * group.drawn)  # noqa: S308 (escaped by status_mark)
    return format_html('<span class="tally-marks" aria-hidden="true">{}{}</span>', marks, more)


@register.simple_tag
def gap_scale(scale):
    """Return an issue's scale: the span of the gap, and every side that is placed."""
    span = ""
    if scale.x1 is not None:
        span = format_html('<line class="span" x1="{0}%" x2="{1}%" y1="{2}" y2="{2}"/>', scale.x1, scale.x2, scale.axis)
    marks = format_html_join(
        "",
        '<svg x="{}%" y="{}" overflow="visible" class="side-{}">'
        '<use href="#m-{}" x="-7" y="-7" width="14" height="14"/></svg>',
        ((mark.x, mark.y, mark.side.colour, mark.side.marker) for mark in scale.marks),
    )
    return format_html(
        '<svg class="gap-scale" width="100%" height="{0}" role="img" aria-label="{1}">'
        '<line class="axis" x1="0" x2="100%" y1="{2}" y2="{2}"/>{3}{4}</svg>',
        scale.height,
        scale.label,
        scale.axis,
        span,
        marks,
    )


@register.simple_tag
def stance(cell):
    """Return a cell of the matrix: what a side holds on an issue, and its compromises there by status."""
    position = cell.position
    if position is None:
        held = '<p class="stance-none">No position recorded</p>'
    else:
        changed = '<span class="tag">Changed</span>' if cell.changed else ""
        contested = '<span class="tag is-contested">Contested</span>' if cell.contested else ""
        held = (
            f'<a class="stance-line" href="{escape(cell.url)}">{escape(position.headline)}</a>'
            f'<p class="stance-meta">{when(position.held_from, position.precision)}{confidence(position.confidence)}'
            f"{changed}{contested}</p>"
        )
    counts = "".join(
        f'<li>{status_mark(group.status)}{group.count}<span class="visually-hidden"> {group.label.lower()}</span></li>'
        for group in cell.counts
    )
    if counts:
        counts = f'<ul class="counts">{counts}</ul>'
    empty = "" if position else " is-empty"
    return mark_safe(  # noqa: S308 (what the record says is escaped above)
        f'<td role="cell" class="stance{empty}">{side_name(cell.side)}{held}{counts}</td>'
    )


@register.simple_tag
def travel_axis(axis):
    """Return the head of the travel lines: the months in which their scale begins and ends."""
    return format_html(
        '<svg width="100%" height="16" overflow="visible" role="img" aria-label="Path, from {1} to {2}" '
        'fill="currentColor"><text x="{0}%" y="12">{1}</text><text x="100%" y="12" text-anchor="end">{2}</text></svg>',
        axis.break_x or 0,
        dates.short(axis.start, "month"),
        dates.short(axis.end, "month"),
    )


@register.simple_tag
def travel_line(line, axis):
    """Return the way of one compromise: a mark for every step on a line from the first to the latest."""
    before = ""
    if axis.early:
        before = format_html(
            '<line class="axis" x1="0" x2="{0}%" y1="14" y2="14" stroke-dasharray="2 4"/>'
            '<line class="axis" x1="{0}%" x2="{0}%" y1="9" y2="19"/>',
            axis.break_x,
        )
    path = ""
    if line.path:
        path = format_html('<line class="path" x1="{}%" x2="{}%" y1="14" y2="14"/>', *line.path)
    marks = format_html_join(
        "",
        '<svg x="{0}%" y="14" overflow="visible" class="is-{1}">'
        '<use href="#st-{1}" x="-8" y="-8" width="16" height="16"/></svg>',
        line.marks,
    )
    return format_html(
        '<svg width="100%" height="28" role="img" aria-label="{}">{}'
        '<line class="axis" x1="{}%" x2="100%" y1="14" y2="14"/>{}{}</svg>',
        line.label,
        before,
        axis.break_x or 0,
        path,
        marks,
    )
