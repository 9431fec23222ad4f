"""A file that a curator brought to a process: its rows as they were read, to be looked at before any is written."""

import json
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from .changeset import Changeset
from .process import Process

KEPT = timedelta(days=7)


class ImportQuerySet(models.QuerySet):
    def stale(self):
        """Return those that were brought more than seven days ago."""
        return self.filter(made_at__lt=timezone.now() - KEPT)


class Import(models.Model):
    """One file, as a table, and what is to become of it. It is no part of the record, and kept for seven days.

    `table` holds the columns and rows as JSON, `mapping` which column fills which field, `findings` what each row would
    do, and `ticked` the rows that are to be written. `seen` is the process's content version that the findings rest on.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="imports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, help_text="The model’s name in small letters: briefing.")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    table = models.TextField()
    mapping = models.TextField()
    findings = models.TextField()
    ticked = models.TextField()
    seen = models.PositiveBigIntegerField()
    changeset = models.OneToOneField(Changeset, null=True, on_delete=models.CASCADE, related_name="+")

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["made_at"], name="import_made")]

    def __str__(self):
        return self.file_name

    def keep(self, **fields) -> "Import":
        """Set fields of this import, as JSON where they are not text or numbers, and return it unsaved."""
        for name, value in fields.items():
            setattr(self, name, pack(value) if name in ("table", "mapping", "findings", "ticked") else value)
        return self


def pack(value) -> str:
    """Return a value as JSON without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
