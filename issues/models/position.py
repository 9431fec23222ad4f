"""What a side holds on an issue from a date on. A new development is a new row; a correction is an edit of one."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from ..choices import Commitment, Confidence, Precision
from .base import Content, Dated, RecordQuerySet, one_of, out_of


class PositionQuerySet(RecordQuerySet):
    def on(self, day):
        """Return the positions taken on or before a day; None means no limit."""
        return self if day is None else self.filter(held_from__lte=day)

    def held(self, day=None):
        """Return what each side held on each issue on a day: the latest position of every cell."""
        rank = Window(RowNumber(), partition_by=["issue_id", "side_id"], order_by=["-held_from", "-id"])
        return self.on(day).annotate(rank=rank).filter(rank=1)


CHOSEN = ("commitment", "confidence")  # what a long list is filtered by, also for what hardly any row has


class Position(Content, Dated):
    slug = models.SlugField(max_length=120)
    issue = models.ForeignKey("issues.Issue", on_delete=models.PROTECT, related_name="positions")
    side = models.ForeignKey("issues.Side", on_delete=models.PROTECT, related_name="positions")
    held_from = models.DateField()
    held_from_note = models.TextField(blank=True)
    headline = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    placement = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="0 to 100 on the issue’s scale; empty where the position says nothing about it.",
    )
    placement_note = models.TextField(blank=True)
    commitment = models.CharField(max_length=20, choices=Commitment)
    commitment_note = models.TextField(blank=True)
    confidence = models.CharField(max_length=10, choices=Confidence, default=Confidence.UNASSESSED)
    provenance = models.TextField(blank=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-held_from", "-id"]
        indexes = [
            models.Index(fields=["issue", "side", "-held_from", "-id"], name="position_latest"),
            models.Index(fields=["process", "-held_from", "-id"], name="position_newest"),
            *(models.Index(fields=["process", one, "-held_from", "-id"], name=f"position_by_{one}") for one in CHOSEN),
            out_of("position"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["process", "slug"], name="position_slug_once"),
            models.CheckConstraint(
                condition=Q(placement__isnull=True) | Q(placement__range=(0, 100)),
                name="position_placement_on_scale",
            ),
            one_of("commitment", Commitment),
            one_of("confidence", Confidence),
            one_of("precision", Precision),
        ]

    def __str__(self):
        return self.headline

    def get_absolute_url(self):
        return reverse("issues:position-detail", args=[self.pk])
