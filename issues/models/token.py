"""The secret by which a program speaks for a person at the API, and how often it has spoken of late."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

from ..choices import TokenScope
from .base import one_of


class TokenQuerySet(models.QuerySet):
    def usable(self):
        """Return those that open anything: not past their end, and of nobody whose account is closed."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user__is_active=True)

    def ended(self):
        """Return those past their end."""
        return self.filter(expires_at__lte=timezone.now())


class Token(models.Model):
    """What a program shows instead of a password. Only its hash is kept; `start` is how it begins, to tell it by."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    start = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=10, choices=TokenScope, default=TokenScope.READ)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            one_of("scope", TokenScope),
            models.UniqueConstraint(fields=["user", "name"], name="token_named_once"),
        ]

    def __str__(self):
        return self.name

    @property
    def is_ended(self) -> bool:
        """Tell whether the token is past its end."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


class TallyQuerySet(models.QuerySet):
    def count_up(self, key: str, minute: int, most: int) -> bool:
        """Count one more of a key in a minute, and tell whether that is within the most there may be.

        One SQL query, three for a key that is new: exact however many workers count at once.
        """
        counted = {"count": Case(When(minute=minute, then=F("count") + 1), default=1), "minute": minute}
        within = self.filter(~Q(minute=minute) | Q(count__lt=most), key=key)
        if within.update(**counted):
            return True
        if self.filter(key=key).exists():
            return False
        self.bulk_create([Tally(key=key, minute=minute, count=0)], ignore_conflicts=True)
        return bool(within.update(**counted))


class Tally(models.Model):
    """How often the API was asked from one place within a minute (counted from 1970)."""

    key = models.CharField(max_length=80, primary_key=True)
    minute = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()

    objects = TallyQuerySet.as_manager()

    def __str__(self):
        return self.key
