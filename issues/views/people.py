"""The people of a process: its members and open invitations, for its curators."""

from smtplib import SMTPException

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import people
from ..choices import MembershipRole
from ..forms import EVERYWHERE, HandOverForm, InvitationForm, RoleForm, WhyForm
from ..htmx import page
from ..models import Invitation
from ..permissions import CURATE, can, find_process
from ..queries.people import invitations, log, members


@require_safe
def index(request, slug):
    """List the members and the open invitations of a process."""
    return listing(request, find_curated(request.user, slug), InvitationForm())


@require_POST
def invite(request, slug):
    """Invite someone by e-mail; the answer is the same whether or not the address has an account."""
    process = find_curated(request.user, slug)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return listing(request, process, form, status=422)
    invitation, token = people.invite(process, **form.cleaned_data, by=request.user)
    try:
        send(request, invitation, token)
    except (SMTPException, OSError):
        people.withdraw(Invitation.objects.filter(pk=invitation.pk))
        form.add_error(None, "The e-mail could not be sent, so nobody is invited. Try again, or ask who runs the site.")
        return listing(request, process, form, status=503)
    messages.success(request, f"An invitation is on its way to {invitation.email}.")
    return redirect("issues:people-list", slug)


@require_POST
def withdraw(request, slug, pk):
    """Withdraw an open invitation."""
    try:
        people.call_off(find_curated(request.user, slug), pk, request.user)
    except people.NotOpen:
        raise Http404("This invitation is not open any more: it was accepted or withdrawn.") from None
    messages.success(request, "The invitation is withdrawn; its link no longer works.")
    return redirect("issues:people-list", slug)


@require_POST
def role(request, slug, pk):
    """Give a member another role."""
    process = find_curated(request.user, slug)
    member = find_member(process, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Choose one of the roles: reader, analyst or curator.")
    elif form.cleaned_data["role"] != member.role:
        return changed(
            request, member, lambda: people.give(process, member.user, form.cleaned_data["role"], request.user)
        )
    return redirect("issues:people-list", slug)


@require_POST
def remove(request, slug, pk):
    """Take a member off the process."""
    member = find_member(find_curated(request.user, slug), pk)
    return changed(request, member, lambda: people.remove(member, request.user))


@require_POST
def suspend(request, slug, pk):
    """Suspend a member: here, or by a superuser on the whole site, which ends their sessions."""
    member, form = asked(request, slug, pk)
    if member.user == request.user:
        messages.warning(request, "Nobody suspends themselves. Hand the curatorship over, or ask another curator.")
        return redirect("issues:people-list", slug)
    if not form.is_valid():
        return refused(request, member.process, form)
    reason = form.cleaned_data["reason"]
    if form.cleaned_data["scope"] == EVERYWHERE:
        return changed(request, member, lambda: people.suspend_everywhere(member.user, request.user, reason))
    return changed(request, member, lambda: people.suspend(member, request.user, reason))


@require_POST
def lift(request, slug, pk):
    """Lift the suspension of a member."""
    member, form = asked(request, slug, pk)
    if not form.is_valid():
        return refused(request, member.process, form)
    reason = form.cleaned_data["reason"]
    if form.cleaned_data["scope"] == EVERYWHERE:
        return changed(request, member, lambda: people.lift_everywhere(member.user, request.user, reason))
    return changed(request, member, lambda: people.lift(member, request.user, reason))


@require_POST
def hand_over(request, slug):
    """Pass one's curatorship on to another member."""
    process = find_curated(request.user, slug)
    mine = process.memberships.select_related("user", "process").filter(user=request.user).first()
    form = HandOverForm(request.POST)
    if mine is None or mine.role != MembershipRole.CURATOR:
        messages.warning(request, "You are no curator here, so there is nothing to hand over. Change roles instead.")
        return redirect("issues:people-list", slug)
    if not form.is_valid():
        return refused(request, process, form)
    to = find_member(process, form.cleaned_data["to"])
    try:
        if to == mine:
            raise people.NotActing
        people.hand_over(mine, to, form.cleaned_data["reason"])
    except people.NotActing:
        messages.warning(request, "Choose another member, and one who is not suspended. Nothing was changed.")
        return redirect("issues:people-list", slug)
    messages.success(request, f"{to.user} curates “{process.name}” from now on; you are an analyst.")
    return redirect(process)


def asked(request, slug, pk):
    """Return the member that a form is about, and the form; what is for the whole site is a superuser's."""
    member, form = find_member(find_curated(request.user, slug), pk), WhyForm(request.POST)
    if request.POST.get("scope") == EVERYWHERE and not request.user.is_superuser:
        raise PermissionDenied("Only superusers suspend people on the whole site.")
    return member, form


def refused(request, process, form):
    """Lead back with what is wrong."""
    for errors in form.errors.values():
        messages.warning(request, f"{errors[0]} Nothing was changed.")
    return redirect("issues:people-list", process.slug)


def changed(request, member, change):
    """Make a change to a member and lead back, to the board if the person has just given up the list."""
    try:
        change()
    except people.LastCurator as last:
        messages.warning(
            request, f"{member.user} is the only curator of “{last.process}”. Make someone else a curator first."
        )
    else:
        messages.success(request, f"The change to {member.user} is made, and on record.")
    if member.user == request.user and not can(member.user, CURATE, member.process):  # asked anew, after the change
        return redirect("issues:process-list")
    return redirect("issues:people-list", member.process.slug)


def listing(request, process, form, status=200):
    context = {
        "process": process,
        "members": members(process),
        "invitations": invitations(process),
        "form": form,
        "roles": MembershipRole.choices,
        "log": log(process),
        "may_suspend_everywhere": request.user.is_superuser,
    }
    return page(request, "issues/people_list.html", context, status=status)


def find_curated(user, slug):
    """Return a process that the person curates; 404 when they cannot see it, 403 when they only can see it."""
    process = find_process(user, slug)
    if not can(user, CURATE, process):
        raise PermissionDenied("Only curators of this process see and change who takes part in it.")
    return process


def find_member(process, pk):
    member = process.memberships.select_related("user", "process").filter(pk=pk).first()
    if member is None:
        raise Http404("This person is not a member any more.")
    return member


def send(request, invitation, token):
    """Send the invitation's link to its address."""
    link = request.build_absolute_uri(reverse("issues:invitation-detail", args=[token]))
    text = render_to_string("issues/email/invitation.txt", {"invitation": invitation, "link": link})
    subject = " ".join(f"[Peacetracker] Invitation to {invitation.process.name}".split())
    send_mail(subject, text, None, [invitation.email])
