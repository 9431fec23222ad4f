"""A set of talks, and who has which role in it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from ..choices import STALLED_AFTER_DAYS, MembershipRole, ProcessStatus, Visibility
from .base import Record, one_of
from .rules import Rules, check

TAKEN = ("new", "deleted")  # addresses of pages beside those of the processes


class Process(Record):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    question = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=ProcessStatus, default=ProcessStatus.OPEN)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.MEMBERS)
    stalled_after_days = models.PositiveIntegerField(
        default=STALLED_AFTER_DAYS,
        validators=[MinValueValidator(1)],
        help_text="A compromise without a step for this many days counts as stalled.",
    )
    asks_review = models.BooleanField(
        "changes are reviewed",
        default=False,
        help_text="What analysts save waits as a suggestion until a curator accepts it.",
    )
    provenance = models.TextField(blank=True, help_text="For curators: where the facts were verified.")
    archived_at = models.DateTimeField(null=True, editable=False, help_text="Closed to changes since.")
    method = models.JSONField(default=dict, blank=True, help_text="How the record was made: the document’s `meta`.")
    # Sections of the process document whose rooms are not built yet (options, assessments …), kept as they came.
    later_sections = models.JSONField(default=dict, blank=True, editable=False)
    # What this process sets otherwise than the defaults in code: see `rules`.
    own_rules = models.JSONField(default=dict, blank=True, editable=False, validators=[check])
    # Counts up in the same transaction as any write to the content: drives ETags, caches and live updates.
    content_version = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="processes")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "processes"
        constraints = [
            one_of("status", ProcessStatus),
            one_of("visibility", Visibility),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("started_on")),
                name="process_ends_after_start",
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.slug in TAKEN:
            raise ValidationError({"slug": f"“{self.slug}” is the address of a page of this site."})

    def get_absolute_url(self):
        return reverse("issues:process-detail", args=[self.slug])

    @property
    def label(self) -> str:
        """Return the name for tight places."""
        return self.short_name or self.name

    @property
    def rules(self) -> Rules:
        """Return what is in force in this process: what it has set, and the defaults."""
        return Rules.of(self.own_rules)

    def reviews(self, user) -> bool:
        """Tell whether what a person writes waits for a curator. One SQL query, none where no review is asked for."""
        if not self.asks_review or user is None or user.is_superuser:
            return False
        return not self.memberships.acting().filter(user=user, role=MembershipRole.CURATOR).exists()


class MembershipQuerySet(models.QuerySet):
    def acting(self):
        """Return the memberships that count: of nobody who is suspended, here or on the whole site."""
        return self.filter(suspended_at=None, user__is_active=True)

    def see(self, number: int) -> int:
        """Note that these members have seen their record up to a change, and return for how many that is news."""
        return self.filter(seen_number__lt=number).update(seen_number=number, seen_at=timezone.now())


class Removal(models.Model):
    """What is left of talks that were deleted and then removed for good: how long their chain was, and its last seal.

    Append-only, like the record of changes. Nothing of what they said is kept.
    """

    slug = models.SlugField(max_length=80)
    changes = models.PositiveBigIntegerField(help_text="How many changes the record had.")
    last_seal = models.CharField(max_length=64)
    deleted_at = models.DateTimeField()
    deleted_by = models.CharField(max_length=150, blank=True, help_text="Empty: from a shell.")
    removed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.slug


class Membership(models.Model):
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=MembershipRole, default=MembershipRole.READER)
    suspended_at = models.DateTimeField(null=True, editable=False, help_text="Counts as no member since.")
    # Up to which change they have said to have seen the record; at first, to what stood when they joined.
    seen_number = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["process", "user"]
        constraints = [
            one_of("role", MembershipRole),
            models.UniqueConstraint(fields=["process", "user"], name="membership_once"),
        ]

    def __str__(self):
        return f"{self.user} as {self.get_role_display().lower()}"

    def save(self, **kwargs):
        if self._state.adding and not self.seen_at:
            self.seen_number, self.seen_at = self.process.content_version, timezone.now()
        super().save(**kwargs)
