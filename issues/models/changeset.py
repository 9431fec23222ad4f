"""The record of changes: one changeset a write, and a snapshot of every row as that write left it."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from ..choices import ChangeKind
from .base import one_of
from .process import Process


class ChangesetQuerySet(models.QuerySet):
    def of_the_record(self):
        """Return the changes to what is on record: all but those of who takes part, which are the curators' to read."""
        # Changes of people that were made before changes had a kind wrote no rows.
        rows = Snapshot.objects.filter(changeset=OuterRef("pk"))
        return self.filter(Exists(rows), kind=ChangeKind.RECORD)

    def seen_by(self, curates: bool):
        """Return the changes that a person may see, who curates the process or does not."""
        return self if curates else self.of_the_record()


class Changeset(models.Model):
    """One write to a process: who, when, why. Append-only: a database guard refuses to change or delete it.

    `number` counts the writes to a process from 1 without a gap. `hash` seals this changeset, its snapshots and the
    `hash` of the one before, so that nothing earlier can be altered, removed or put in another order unseen.
    """

    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="changesets")
    number = models.PositiveBigIntegerField(help_text="The process’s content version after this write.")
    moment = models.DateTimeField()
    reason = models.CharField(max_length=500)
    # History outlives accounts: the name stands as text, and the key may point to nobody.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="changesets"
    )
    user_name = models.CharField(max_length=150, blank=True, help_text="Empty: written from a shell.")
    # Who let it stand, where it was suggested by the one above.
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    accepted_by_name = models.CharField(max_length=150, blank=True)
    kind = models.CharField(max_length=10, blank=True, choices=ChangeKind, default=ChangeKind.RECORD)
    idempotency_key = models.CharField(max_length=64, null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = ChangesetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["process", "moment"], name="changeset_moment"),
            models.Index(fields=["process", "number"], condition=~Q(kind=""), name="changeset_of_people"),
        ]
        constraints = [
            one_of("kind", ChangeKind),
            models.UniqueConstraint(fields=["process", "number"], name="changeset_in_sequence"),
            models.CheckConstraint(condition=~Q(reason=""), name="changeset_has_reason"),
        ]

    def __str__(self):
        return self.reason


class Snapshot(models.Model):
    """A row as one changeset left it. Append-only, like its changeset."""

    changeset = models.ForeignKey(Changeset, on_delete=models.PROTECT, related_name="snapshots")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="+")
    model = models.CharField(max_length=20, help_text="The model’s name in small letters: position.")
    object_id = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField()
    data = models.TextField(help_text="The row’s columns as JSON, with sorted names and without white space.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["process", "model", "object_id", "-changeset"], name="snapshot_latest")]
        constraints = [
            models.UniqueConstraint(fields=["changeset", "model", "object_id"], name="snapshot_once"),
        ]

    def __str__(self):
        return f"{self.model} {self.object_id}, version {self.version}"
