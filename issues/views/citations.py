"""The passages that claims rest on, one by one."""

from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..forms import CitationEditForm
from ..queries import sources
from . import editing
from .gate import check_edit, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, pk):
    """Correct a citation in its row under the claim."""
    citation = sources.find(request.user, pk)
    check_edit(request, citation.process)
    task, offered = correction(citation, editing.began(request))
    return editing.correct(request, citation, task, CitationEditForm, **offered)


def correction(citation, began=""):
    """Return what the form that corrects a citation is for, and what it is made from."""
    place, title = placed(citation, began)
    at, of = sources.place_of(citation)
    task = editing.Task(
        process=citation.process,
        place=place,
        action=reverse("issues:citation-edit", args=[citation.pk]),
        opener=f"about-source-{citation.pk}",
        noun="citation",
        title=f"Edit source {at}",
        heading="Correct what is recorded",
        save="Save source",
        crumbs=((title, f"{place.href}#{place.target}"), ("Edit source", "")),
        lede=citation.briefing.title,
    )
    return task, {"prefix_id": f"edit-source-{citation.pk}-form", "citation": citation, "at": at, "of": of}


def placed(citation, name):
    """Return where the edit of a citation began, and the name of the claim that it backs."""
    target = f"source-{citation.pk}"
    if position := citation.position:
        position.process = citation.process
        place = editing.place_of(
            name,
            slug=citation.process.slug,
            issue=position.issue.slug,
            own=position.get_absolute_url(),
            own_part="positions",
            target=target,
        )
        return place, position.headline
    compromise = citation.compromise or citation.status_event.compromise
    compromise.process = citation.process
    return editing.Place("own", compromise.get_absolute_url(), "compromise", target), str(compromise)
