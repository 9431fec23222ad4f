"""An invitation to take part in a process, sent by e-mail; only the hash of its link is kept."""

import hashlib

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..choices import MembershipRole
from .base import one_of
from .process import Process


def token_hash(token: str) -> str:
    """Return what is stored in place of an invitation's secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class InvitationQuerySet(models.QuerySet):
    def pending(self):
        """Return those that nobody has accepted or withdrawn, expired ones included."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def open(self):
        """Return those that can be accepted now."""
        return self.pending().filter(expires_at__gt=timezone.now(), process__retired_at=None)


class Invitation(models.Model):
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=MembershipRole, default=MembershipRole.READER)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            one_of("role", MembershipRole),
            models.UniqueConstraint(
                fields=["process", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_pending_once",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None),
                name="invitation_accepted_or_withdrawn",
            ),
        ]

    def __str__(self):
        return f"{self.email} as {self.get_role_display().lower()}"
