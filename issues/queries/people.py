"""Who takes part: the members and open invitations of a process; a person's own processes and sessions."""

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from ..choices import ChangeKind, MembershipRole
from ..models import Changeset, Invitation, Membership, Process

LOGGED = 30  # changes of people that their page lists; the rest stand in the history
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
SYSTEMS = {name: name for name in ("iPhone", "iPad", "Android", "Windows")} | {"Mac OS": "macOS", "Linux": "Linux"}


@dataclass(frozen=True)
class Place:
    """A process that a person takes part in, and whether they may change who else does."""

    process: Process
    role: str
    curates: bool


@dataclass(frozen=True)
class Visit:
    """One browser in which a person is signed in."""

    pk: int
    device: str
    address: str
    since: datetime
    is_current: bool


def members(process: Process) -> list[Membership]:
    """Return who takes part in a process, by name, each with its user. One SQL query."""
    return list(Membership.objects.filter(process=process).select_related("user").order_by("user__username"))


def invitations(process: Process) -> list[Invitation]:
    """Return the open invitations to a process, newest first, each with who sent it. One SQL query."""
    return list(Invitation.objects.open().filter(process=process).select_related("invited_by"))


def log(process: Process, most: int = LOGGED) -> list[Changeset]:
    """Return the latest changes of who takes part in a process, newest first. One SQL query."""
    found = Changeset.objects.filter(process=process).exclude(kind=ChangeKind.RECORD)
    return list(found.order_by("-number")[:most])


def places(user) -> list[Place]:
    """Return the processes that a person is a member of, by name. One SQL query."""
    mine = Membership.objects.acting().filter(user=user, process__retired_at=None).select_related("process")
    return [
        Place(one.process, one.get_role_display(), one.role == MembershipRole.CURATOR)
        for one in mine.order_by("process__name", "process_id")
    ]


def visits(user, current_key: str) -> list[Visit]:
    """Return where a person is signed in, newest first. Two SQL queries.

    A session that has run out, or that a change of password ended, is left out.
    """
    rows = list(UserSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    stored = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    kept = {one.session_key: one.get_decoded().get(HASH_SESSION_KEY) for one in stored}
    return [
        Visit(row.pk, device(row.user_agent), row.ip, row.created_at, row.session_key == current_key)
        for row in rows
        if kept.get(row.session_key) == user.get_session_auth_hash()
    ]


def device(user_agent: str) -> str:
    """Return a browser and its system in plain words, as far as its own name for itself tells."""

    def first(names):
        return next((words for sign, words in names.items() if re.search(rf"\b{sign}", user_agent)), "")

    browser, system = first(BROWSERS) or "Unknown browser", first(SYSTEMS)
    return f"{browser} on {system}" if system else browser
