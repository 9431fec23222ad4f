"""A page with its filters, kept under a name. It is no part of the record and bumps no version."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from ..choices import ViewPage
from .base import one_of
from .process import Process

LONGEST = 4_000  # letters of the filters in an address
# The names of the addresses of pages.
ADDRESSES = {
    ViewPage.BOARD: "process-detail",
    ViewPage.TIMELINE: "timeline",
    ViewPage.COMPROMISES: "compromise-list",
    ViewPage.BRIEFINGS: "briefing-list",
    ViewPage.CHANGES: "change-list",
    ViewPage.SEARCH: "search",
    ViewPage.UPKEEP: "upkeep-list",
}


class SavedView(models.Model):
    """One page of a process with its filters. `query` is what stands behind the question mark, never an address.

    The page and its filter form say what may stand there; nothing else is kept.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="saved_views")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    page = models.CharField(max_length=20, choices=ViewPage)
    query = models.CharField(max_length=LONGEST, blank=True)
    is_shared = models.BooleanField(default=False, help_text="For everyone who may read the process.")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            one_of("page", ViewPage),
            models.UniqueConstraint(fields=["process", "user", "name"], name="savedview_once"),
            models.UniqueConstraint(
                fields=["process", "name"], condition=models.Q(is_shared=True), name="savedview_shared_once"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """Return the address of the page with its filters, which alone shows the same to whoever may see it."""
        url = reverse(f"issues:{ADDRESSES[ViewPage(self.page)]}", args=[self.process.slug])
        return f"{url}?{self.query}" if self.query else url

    @property
    def feed_url(self) -> str:
        return reverse("issues:view-feed", args=[self.process.slug, self.pk])
