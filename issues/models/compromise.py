"""A concession proposed for a side on an issue, the dated steps it took, and its links to others."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse

from ..choices import POLICY, Implementation, LinkBasis, LinkKind, Precision, Status
from .base import Content, Dated, RecordQuerySet, one_of, out_of


class CompromiseQuerySet(RecordQuerySet):
    def with_status(self, day=None):
        """Annotate `status` and `status_on` from the latest live step by a day; drop those not begun by then."""
        steps = StatusEvent.objects.live().on(day).filter(compromise=OuterRef("pk")).order_by("-occurred_on", "-id")
        return self.annotate(
            status=Subquery(steps.values("status")[:1]), status_on=Subquery(steps.values("occurred_on")[:1])
        ).exclude(status=None)


class Compromise(Content):
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)], help_text="C12: never changes.")
    slug = models.SlugField(max_length=120)
    issue = models.ForeignKey("issues.Issue", on_delete=models.PROTECT, related_name="compromises")
    side = models.ForeignKey("issues.Side", on_delete=models.PROTECT, related_name="compromises")
    headline = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    test_sentence = models.TextField(blank=True, help_text="Which observable fact would count as adopted?")
    origin = models.CharField(max_length=60, blank=True)
    provenance = models.TextField(blank=True)

    objects = CompromiseQuerySet.as_manager()

    class Meta:
        ordering = ["process", "number"]
        indexes = [models.Index(fields=["issue", "side", "number"], name="compromise_cell"), out_of("compromise")]
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="compromise_number_once"),
            models.UniqueConstraint(fields=["process", "slug"], name="compromise_slug_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="compromise_number_positive"),
        ]

    def __str__(self):
        return f"{self.code} {self.headline}"

    def get_absolute_url(self):
        return reverse("issues:compromise-detail", args=[self.process.slug, self.number])

    @property
    def code(self) -> str:
        """Return the number as people write it: C12."""
        return f"C{self.number}"


class StatusEventQuerySet(RecordQuerySet):
    def on(self, day):
        """Return the steps taken on or before a day; None means no limit."""
        return self if day is None else self.filter(occurred_on__lte=day)


class StatusEvent(Content, Dated):
    compromise = models.ForeignKey(Compromise, on_delete=models.PROTECT, related_name="status_events")
    status = models.CharField(max_length=20, choices=Status)
    occurred_on = models.DateField()
    briefing = models.ForeignKey(
        "issues.Briefing", null=True, blank=True, on_delete=models.PROTECT, related_name="status_events"
    )
    note = models.TextField(blank=True)
    rejected_by = models.ForeignKey(
        "issues.Side", null=True, blank=True, on_delete=models.PROTECT, related_name="rejections"
    )
    superseded_by = models.ForeignKey(
        Compromise, null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes"
    )
    implementation = models.CharField(max_length=1, choices=Implementation, null=True, blank=True)

    objects = StatusEventQuerySet.as_manager()

    class Meta:
        ordering = ["compromise", "occurred_on", "id"]
        indexes = [
            models.Index(fields=["compromise", "-occurred_on", "-id"], name="statusevent_latest"),
            models.Index(fields=["process", "-occurred_on", "-id"], name="statusevent_newest"),
            models.Index(fields=["process", "status", "-occurred_on", "-id"], name="statusevent_by_status"),
            out_of("statusevent"),
        ]
        constraints = [
            one_of("status", Status),
            one_of("precision", Precision),
            models.CheckConstraint(
                condition=Q(status=Status.SUGGESTED) | Q(briefing__isnull=False),
                name="statusevent_has_briefing",
                violation_error_message="Every step after “suggested” needs the briefing it rests on.",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.REJECTED, rejected_by__isnull=False)
                | (~Q(status=Status.REJECTED) & Q(rejected_by__isnull=True)),
                name="statusevent_rejected_by_side",
                violation_error_message="A rejection names the side that refused, and nothing else does.",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | Q(status=Status.SUPERSEDED),
                name="statusevent_superseded_by",
                violation_error_message="Only a superseded compromise names its successor.",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=F("compromise")),
                name="statusevent_superseded_by_other",
                violation_error_message="A compromise cannot supersede itself.",
            ),
            models.CheckConstraint(
                condition=Q(implementation__isnull=True)
                | Q(status__in=POLICY, implementation__in=Implementation.values),
                name="statusevent_implementation",
                violation_error_message="Implementation is recorded from “adopted” on.",
            ),
        ]

    def __str__(self):
        return f"{self.get_status_display()}, {self.occurred_on}"


class CompromiseLink(Content):
    source = models.ForeignKey(Compromise, on_delete=models.PROTECT, related_name="links_out")
    target = models.ForeignKey(Compromise, on_delete=models.PROTECT, related_name="links_in")
    kind = models.CharField(max_length=20, choices=LinkKind)
    basis = models.CharField(max_length=10, choices=LinkBasis, default=LinkBasis.SOURCE)
    briefing = models.ForeignKey(
        "issues.Briefing", null=True, blank=True, on_delete=models.PROTECT, related_name="compromise_links"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["source", "kind", "id"]
        indexes = [out_of("compromiselink")]
        constraints = [
            one_of("kind", LinkKind),
            one_of("basis", LinkBasis),
            models.UniqueConstraint(fields=["source", "target", "kind"], name="compromiselink_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="compromiselink_two_ends"),
        ]

    def __str__(self):
        return f"{self.source.code} {self.get_kind_display().lower()} {self.target.code}"
