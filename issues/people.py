"""Who takes part in a process: invite, join, change a role, hand over, suspend, remove. All of it is on record."""

import secrets
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.signing import Signer
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from . import history
from .choices import ChangeKind, MembershipRole
from .models import Invitation, Membership, Process
from .models.invitation import token_hash

VALID_FOR = timedelta(days=14)
ROLES = list(MembershipRole.values)  # from the least to the most that a role may do


FEEDS = Signer(salt="peacetracker.feeds")


class NotOpen(Exception):
    """The invitation was used, withdrawn, or has run out."""


class NotActing(Exception):
    """One of the two is suspended, or no curator any more."""


class LastCurator(Exception):
    """Without this person nobody would curate the process, `process`."""

    def __init__(self, process: Process):
        super().__init__(f"Nobody else curates “{process}”.")
        self.process = process


class LastSuperuser(Exception):
    """Without this person nobody could open, close or entrust an account."""


def invite(process: Process, email: str, role: str, by) -> tuple[Invitation, str]:
    """Record an invitation and return it with its secret, which is stored nowhere; an earlier one is withdrawn."""
    now, token, email = timezone.now(), secrets.token_urlsafe(32), email.lower()
    # Without the address: it is kept in the invitation, and goes with it. Behind the queue of writers: two curators may
    # invite the same person at once.
    with changing(process, f"Invite someone as {MembershipRole(role).label.lower()}", by):
        withdraw(Invitation.objects.filter(process=process, email=email))
        invitation = Invitation.objects.create(
            process=process,
            email=email,
            role=role,
            token_hash=token_hash(token),
            invited_by=by,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
    return invitation, token


def withdraw(invitations) -> int:
    """Close those of a QuerySet of invitations that are pending, and return how many that were."""
    return invitations.pending().update(withdrawn_at=timezone.now())


def call_off(process: Process, pk: int, by):
    """Withdraw an invitation, on record. Raise NotOpen if it was used or withdrawn."""
    with changing(process, "Withdraw an invitation", by):
        if not withdraw(Invitation.objects.filter(process=process, pk=pk)):
            raise NotOpen


def find_open(hashed: str | None) -> Invitation | None:
    """Return the open invitation whose secret has this hash."""
    return Invitation.objects.open().select_related("process", "invited_by").filter(token_hash=hashed or "").first()


def join(invitation: Invitation, user) -> Membership:
    """Use up an invitation and return the membership; a role that may do more is kept. Raise NotOpen if closed."""
    inviter = f", invited by {invitation.invited_by}" if invitation.invited_by else ""
    reason = f"Join as {invitation.get_role_display().lower()}{inviter}"
    with changing(invitation.process, reason, user):
        mine = Invitation.objects.open().filter(pk=invitation.pk)
        if not mine.update(accepted_by=user, accepted_at=timezone.now()):
            raise NotOpen
        membership, created = Membership.objects.get_or_create(
            process=invitation.process, user=user, defaults={"role": invitation.role}
        )
        if not created and ROLES.index(membership.role) < ROLES.index(invitation.role):
            membership.role = invitation.role
            membership.save(update_fields=["role"])
    return membership


def give(process: Process, user, role: str, by) -> Membership:
    """Give a person a role, whether or not they had one. Raise LastCurator if that leaves the process without one."""
    label = MembershipRole(role).label.lower()
    with changing(process, f"Give {user} the role {label}", by):
        present = Membership.objects.filter(process=process, user=user).first()
        if present and role != MembershipRole.CURATOR:
            _give_up_curating(present)
        membership, _ = Membership.objects.update_or_create(process=process, user=user, defaults={"role": role})
    return membership


def remove(membership: Membership, by):
    """Take a member off a process. Raise LastCurator if that would leave it without a curator."""
    with changing(membership.process, f"Remove {membership.user} from the members", by):
        _give_up_curating(membership)
        Membership.objects.filter(pk=membership.pk).delete()


def hand_over(membership: Membership, to: Membership, reason: str):
    """Pass the curatorship of a person on to another member; who passes it on stays as an analyst.

    What is theirs stays theirs, drafts included; the invitations they sent are the other's now. Raise NotActing if one
    of the two is suspended, or the first is no curator any more.
    """
    process, giver = membership.process, membership.user
    with changing(process, f"Hand the curatorship over to {to.user}: {reason}", giver):
        acting = Membership.objects.acting().filter(process=process)
        if not acting.filter(pk=membership.pk, role=MembershipRole.CURATOR).exists():
            raise NotActing
        if not acting.filter(pk=to.pk).update(role=MembershipRole.CURATOR):
            raise NotActing
        acting.filter(pk=membership.pk).update(role=MembershipRole.ANALYST)
        Invitation.objects.pending().filter(process=process, invited_by=giver).update(invited_by=to.user)


def suspend(membership: Membership, by, reason: str) -> bool:
    """Let a member see and do no more than a visitor, until it is lifted; their role is kept. Tell whether it changed.

    Raise LastCurator if that leaves the process without one.
    """
    with changing(membership.process, f"Suspend {membership.user}: {reason}", by) as door:
        _give_up_curating(membership)
        mine = Membership.objects.filter(pk=membership.pk, suspended_at=None)
        return bool(mine.update(suspended_at=door.moment))


def lift(membership: Membership, by, reason: str):
    """Lift the suspension of a member."""
    with changing(membership.process, f"Lift the suspension of {membership.user}: {reason}", by):
        Membership.objects.filter(pk=membership.pk).update(suspended_at=None)


@transaction.atomic
def suspend_everywhere(user, by, reason: str):
    """Close a person's account and end their sessions, on record in every process they are a member of.

    Raise LastCurator or LastSuperuser, with nothing done, if a process would be left without a curator, or the site
    without a superuser.
    """
    _give_up_running(user)
    for membership in memberships(user):
        with changing(membership.process, f"Suspend {user} on the whole site: {reason}", by):
            _give_up_curating(membership)
    User.objects.filter(pk=user.pk).update(is_active=False)
    keys = UserSession.objects.filter(user=user).values("session_key")
    Session.objects.filter(session_key__in=keys).delete()


@transaction.atomic
def lift_everywhere(user, by, reason: str):
    """Open a person's account again, on record in every process they are a member of; they sign in anew."""
    for membership in memberships(user):
        with changing(membership.process, f"Lift the suspension of {user} on the whole site: {reason}", by):
            pass
    User.objects.filter(pk=user.pk).update(is_active=True)


@transaction.atomic
def delete(users, by):
    """Delete people's accounts, on record in every process they are a member of; raise as `suspend_everywhere` does."""
    for user in users:
        _give_up_running(user)
        for membership in memberships(user):
            with changing(membership.process, f"Delete the account of {user}", by):
                _give_up_curating(membership)
        user.delete()


@transaction.atomic
def entrust(user, by, reason: str, *, everything: bool):
    """Make a person a superuser, or one no more, on record in every process they are a member of.

    Raise LastSuperuser, with nothing done, if nobody else is one.
    """
    if not everything:
        _give_up_running(user)
    said = f"Make {user} a superuser" if everything else f"Take the rights of a superuser from {user}"
    for membership in memberships(user):
        with changing(membership.process, f"{said}: {reason}", by):
            pass
    User.objects.filter(pk=user.pk).update(is_superuser=everything)


def left_alone(users) -> list[Process]:
    """Return the processes that would have no curator without these people, by name. One SQL query."""
    acting = Membership.objects.acting().filter(role=MembershipRole.CURATOR, process=OuterRef("pk"))
    theirs, others = acting.filter(user__in=users), acting.exclude(user__in=users)
    return list(Process.objects.live().filter(Exists(theirs), ~Exists(others)).order_by("name", "pk"))


def run_site(users) -> bool:
    """Tell whether nobody but these people could open, close or entrust an account. One SQL query."""
    found = set(User.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True))
    return bool(found) and found <= {user.pk for user in users}


def memberships(user) -> list[Membership]:
    """Return what a person takes part in, in the order in which every writer would lock it."""
    return list(Membership.objects.filter(user=user).select_related("process").order_by("process_id"))


def changing(process: Process, reason: str, by):
    """Open the door for a change of who takes part, on record; archived and deleted talks have members too."""
    return history.changeset(process, reason=reason, user=by, kind=ChangeKind.PEOPLE, even_closed=True)


def _give_up_curating(membership):
    """Refuse for the last curator; withdraw what another one had sent out."""
    # Inside a changeset, where writers to one process queue: two curators cannot remove each other at once.
    acting = Membership.objects.acting().filter(process=membership.process, role=MembershipRole.CURATOR)
    curators = set(acting.values_list("pk", flat=True))
    # Deleted talks need none: superusers bring them back too, and there is no page any more to hand them over on.
    if curators == {membership.pk} and not membership.process.retired_at:
        raise LastCurator(membership.process)
    if membership.pk in curators:
        withdraw(Invitation.objects.filter(process=membership.process, invited_by=membership.user))


def _give_up_running(user):
    """Refuse for the last superuser."""
    # Locked, so that two superusers cannot take each other's rights at once.
    list(User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True).order_by("pk"))
    if run_site([user]):
        raise LastSuperuser


def feed_token(user, process: Process) -> str:
    """Return what lets a feed reader read as a member does; empty for who is none. One SQL query.

    Nothing is stored: it ends with the membership, and with the password it was made under.
    """
    membership = Membership.objects.acting().filter(process=process, user=user).first()
    return f"{membership.pk}-{_feed_seal(membership.pk, user)}" if membership else ""


def by_feed_token(token: str, process: Process):
    """Return the member whose feed token this is, or None. One SQL query."""
    key, _, seal = token[:200].partition("-")
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    members = Membership.objects.acting().filter(pk=key, process=process, user__is_active=True)
    membership = members.select_related("user").first()
    fits = membership and constant_time_compare(seal, _feed_seal(membership.pk, membership.user))
    return membership.user if fits else None


def _feed_seal(key: int, user) -> str:
    return FEEDS.signature(f"{key}:{user.get_session_auth_hash()}")
