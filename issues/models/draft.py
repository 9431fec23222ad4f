"""What someone has typed into a form and not saved: theirs alone, and no part of the record."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from .process import Process

PRESENT = timedelta(minutes=2)
STALE = timedelta(days=30)
LONGEST = 500  # letters of an address


class DraftQuerySet(models.QuerySet):
    def kept(self):
        """Return those that hold text; the others only say that somebody has the form open."""
        return self.exclude(kept_at=None)

    def present(self):
        """Return those whose writer was at the form within the last two minutes."""
        return self.filter(seen_at__gt=timezone.now() - PRESENT)

    def stale(self):
        """Return those that nobody has touched for 30 days."""
        return self.filter(seen_at__lt=timezone.now() - STALE)


class Draft(models.Model):
    """One person's text in one form. `address` is that of the form: its path, and the query that tells what it is for.
    `process` is None for a form that begins talks.

    `typed` holds the fields as JSON, each with the list of its values; `base_version` is the version it began with.
    """

    process = models.ForeignKey(Process, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=LONGEST)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    typed = models.TextField(blank=True)
    base_version = models.PositiveIntegerField(null=True)
    kept_at = models.DateTimeField(null=True, help_text="When the text was kept; empty while nothing is typed.")
    seen_at = models.DateTimeField(help_text="When the writer was last at the form.")

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["process", "address", "user"], name="draft_once"),
            models.UniqueConstraint(
                fields=["address", "user"], condition=models.Q(process=None), name="draft_once_without_process"
            ),
        ]
        indexes = [models.Index(fields=["seen_at"], name="draft_seen")]

    def __str__(self):
        return self.address
