"""What an analyst would write into a process that asks for review: no part of the record until a curator accepts it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..choices import SuggestionState
from .base import one_of
from .changeset import Changeset
from .draft import LONGEST
from .process import Process


class SuggestionQuerySet(models.QuerySet):
    def pending(self):
        """Return those that nobody has decided on, nor withdrawn."""
        return self.filter(state=SuggestionState.PENDING)


class Suggestion(models.Model):
    """A form that was sent, to be sent again by who accepts it; it stays when it is decided.

    `address` and `typed` are that form: its path with its query, and its fields as JSON, each with the list of its
    values. `rows` hold what it would write, as JSON: (model, key, the columns that differ as they were, as they would
    be); a row that would be new has a key below 0, and nothing as it was. `about_model` and `about_id` name the thing
    on whose page it is shown.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="suggestions")
    title = models.CharField(max_length=300, help_text="What the form is for: Edit C12.")
    address = models.CharField(max_length=LONGEST)
    is_form = models.BooleanField(help_text="Whether it can be opened and edited before it is accepted.")
    typed = models.TextField()
    rows = models.TextField()
    base_version = models.PositiveIntegerField(null=True)
    about_model = models.CharField(max_length=20)
    about_id = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=500)
    key = models.CharField(max_length=64, unique=True, help_text="One sending of one form, whatever comes twice.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=SuggestionState, default=SuggestionState.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True, help_text="Why it was declined, or withdrawn.")
    is_edited = models.BooleanField(default=False, help_text="Whether it was accepted with edits.")
    changeset = models.OneToOneField(Changeset, null=True, on_delete=models.PROTECT, related_name="suggestion")

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["process", "state", "id"], name="suggestion_queue"),
            models.Index(fields=["process", "about_model", "about_id"], name="suggestion_about"),
        ]
        constraints = [
            one_of("state", SuggestionState),
            models.CheckConstraint(
                condition=Q(state=SuggestionState.ACCEPTED, changeset__isnull=False)
                | (~Q(state=SuggestionState.ACCEPTED) & Q(changeset__isnull=True)),
                name="suggestion_accepted_as_changeset",
            ),
            models.CheckConstraint(
                condition=~Q(state=SuggestionState.DECLINED) | ~Q(answer=""), name="suggestion_declined_with_reason"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_pending(self) -> bool:
        """Tell whether nobody has decided on it, nor withdrawn it."""
        return self.state == SuggestionState.PENDING

    @property
    def path(self) -> str:
        """Return the path of the form, without the query."""
        return self.address.partition("?")[0]
