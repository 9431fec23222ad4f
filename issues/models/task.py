"""What someone did about a thing that the record lacks. It is no part of the record and bumps no version."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..choices import LackKind
from .base import one_of
from .process import Process


class Task(models.Model):
    """One lack of one thing that someone claimed, dismissed, or flagged by hand.

    The thing is named as in a snapshot; where it is an issue, `beside` is the key of the side without a position. A
    dismissal holds while the thing still has the version `seen` (`families.versions`); of a thing that is stale it says
    that it was checked.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=LackKind)
    model = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    beside = models.PositiveBigIntegerField(default=0)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    dismissed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was dismissed.")
    seen = models.PositiveBigIntegerField(default=0)
    flagged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    flagged_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, help_text="What was found wrong, by whoever flagged it.")
    about = models.CharField(max_length=1000, blank=True, help_text="The address that was flagged.")

    class Meta:
        constraints = [
            one_of("kind", LackKind),
            models.UniqueConstraint(fields=["process", "kind", "model", "object_id", "beside"], name="task_once"),
            models.CheckConstraint(condition=Q(dismissed_at=None) | ~Q(reason=""), name="task_dismissed_with_reason"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.model} {self.object_id}"
