"""The links of one compromise to others."""

from django.urls import reverse
from django.views.decorators.http import require_http_methods

from .. import editing as edits
from ..forms import LinkEditForm, NewLinkForm
from ..models import CompromiseLink
from ..permissions import find_process
from ..queries import links, offers
from . import compromises, editing
from .gate import check_edit, signed, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request, slug, number):
    """Record how a compromise bears on another."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    compromise = compromises.find(process, number)
    code, own = compromise.code, compromise.get_absolute_url()
    task = editing.Task(
        process=process,
        place=place(compromise, "new-link"),
        action=reverse("issues:link-new", args=[slug, number]),
        opener="add-link",
        noun="link",
        title=f"New link from {code}",
        heading=f"How {code} bears on another",
        save="Record link",
        crumbs=(("Compromises", reverse("issues:compromise-list", args=[slug])), (code, own), ("New link", "")),
        lede=compromise.headline,
        nav="compromises",
    )

    def write(form):
        made = edits.add(
            CompromiseLink(process=process, source=compromise, **form.content),
            check=links.faults,
            **signed(request, form),
        )
        return place(compromise, f"link-{made.pk}"), "The new link is recorded."

    return editing.record(request, task, NewLinkForm, write, prefix_id="new-link-form", **offered(compromise))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request, pk):
    """Correct a link where it stands: on the page of either of its ends."""
    link = links.find(request.user, pk)
    check_edit(request, link.process)
    # On the page of the other end, the edit leads back there.
    name = "target" if editing.began(request) == "target" else "source"
    shown = getattr(link, name)
    task = editing.Task(
        process=link.process,
        place=place(shown, f"link-{pk}", name),
        action=reverse("issues:link-edit", args=[pk]),
        opener=f"edit-link-{pk}",
        noun="link",
        title=f"Edit the link from {link.source.code} to {link.target.code}",
        heading="Correct what is recorded",
        save="Save link",
        crumbs=(
            ("Compromises", reverse("issues:compromise-list", args=[link.process.slug])),
            (shown.code, shown.get_absolute_url()),
            ("Edit link", ""),
        ),
        nav="compromises",
    )
    choices = {"prefix_id": f"edit-link-form-{pk}", "check": links.faults, **offered(link.source)}
    return editing.correct(request, link, task, LinkEditForm, **choices)


def place(compromise, target, name="own"):
    """Return where the edit of a link began: the page of one of its ends."""
    return editing.Place(name, compromise.get_absolute_url(), "compromise", target)


def offered(compromise):
    """Return what the form of a link from a compromise offers."""
    return {
        "code": compromise.code,
        "others": links.others(compromise),
        "briefings": offers.briefings(compromise.process),
    }
