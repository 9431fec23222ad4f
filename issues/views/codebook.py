"""What the words mean, and how the record is made."""

from django.views.decorators.http import require_safe

from ..choices import GAP_BANDS, STALLED_AFTER_DAYS
from ..codebook import CODEBOOK, CODEBOOK_VERSION
from ..htmx import page
from ..models.rules import Rules
from ..permissions import find_process
from ..queries import methods


def computed(rules: Rules, stalled_after: int) -> tuple[tuple[str, str, str], ...]:
    """Return (term, text, what the default is where it differs) for what is computed from the record."""
    (narrow, _), (moderate, _), _ = rules.bands
    (usual, _), (usual_moderate, _), _ = GAP_BANDS
    return (
        (
            "Contested",
            "A live citation contradicts the claim. The claim, its status and its place on the scale stay as they are; "
            "the reader is told that sources disagree.",
            "",
        ),
        (
            "Stalled",
            f"No step for {stalled_after} days, or for the number of days that the process has set. "
            "What became policy, or came to an end, is never stalled.",
            "" if stalled_after == STALLED_AFTER_DAYS else f"{STALLED_AFTER_DAYS} days",
        ),
        (
            "Gap of an issue",
            "The distance between the two furthest placements among the sides chosen, the principals by default, "
            f"from 0 to 100: narrow below {narrow}, moderate below {moderate}, wide from there on. "
            "A side without a placement is named as missing and never counted as 0.",
            "" if rules.bands == GAP_BANDS else f"narrow below {usual}, moderate below {usual_moderate}",
        ),
        (
            "Placement",
            "Where a position stands on the issue’s scale, 0 to 100, as an analyst judges it; empty where the position "
            "says nothing about the scale.",
            "",
        ),
        (
            "Held on a day",
            "A side holds, on a day, the latest position dated on or before it. A new development is a new position; "
            "a correction is an edit of one.",
            "",
        ),
    )


@require_safe
def detail(request, slug=None):
    """Show every vocabulary with its definitions, those in force in a process where one is named."""
    process = find_process(request.user, slug) if slug else None
    rules = process.rules if process else Rules()
    vocabularies = [
        (
            vocabulary,
            [(value, label, rules.text(vocabulary.slug, value), default) for value, label, default in vocabulary.terms],
        )
        for vocabulary in CODEBOOK
    ]
    context = {
        "process": process,
        "vocabularies": vocabularies,
        "version": CODEBOOK_VERSION,
        "computed": computed(rules, process.stalled_after_days if process else STALLED_AFTER_DAYS),
        "publishers": [one for one in rules.publishers if one.reliability],
    }
    return page(request, "issues/codebook.html", context)


@require_safe
def method(request, slug=None):
    """Show how the record is made: in general, and by which rules the record of one process was."""
    process = find_process(request.user, slug) if slug else None
    return page(request, "issues/method.html", {"process": process, "rules": methods.rules(process) if process else ()})
