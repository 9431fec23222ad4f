"""A dated document."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse

from ..analysis.links import page
from ..choices import BriefingKind, Precision, ReadAs, Reliability
from .base import Content, Dated, RecordQuerySet, one_of, out_of

# What a merger keeps of one briefing or another, and what goes along with it.
MERGED: dict[str, tuple[str, ...]] = {
    "title": (),
    "published_on": ("precision",),
    "kind": (),
    "author": (),
    "publisher": (),
    "url": (),
    "archived_url": (),
    "language": (),
    "abstract": (),
    "text": (),
    "reliability": ("reliability_reason",),
    "read_as": ("reading_note",),
    "provenance": (),
}
RESERVED = "new"  # the address of the form for a new briefing


class BriefingQuerySet(RecordQuerySet):
    def on(self, day):
        """Return the briefings dated on or before a day; None means no limit."""
        return self if day is None else self.filter(published_on__lte=day)

    def cited(self, yes=True):
        """Return the briefings that a live citation points to (or, with False, those that none does)."""
        from django.apps import apps  # `citation` stands below this module in the order of imports

        citations = apps.get_model("issues", "Citation").objects.live().filter(briefing=OuterRef("pk"))
        return self.filter(Exists(citations) if yes else ~Exists(citations))

    def read_at(self, url):
        """Return a briefing that is read at an address, however it is written, or None. One SQL query."""
        if not (wanted := page(url)):
            return None
        host, path, _ = wanted
        found = self.filter(url__icontains=f"{host}{path}").defer("text", "abstract", "provenance")[:50]
        return next((row for row in found if page(row.url) == wanted), None)


class Briefing(Content, Dated):
    slug = models.SlugField(max_length=120)
    published_on = models.DateField()
    kind = models.CharField(max_length=20, choices=BriefingKind)
    title = models.CharField(max_length=300)
    author = models.CharField(max_length=200, blank=True)
    publisher = models.CharField(max_length=300, blank=True)
    url = models.URLField(max_length=1000, null=True, blank=True)
    other_urls = models.JSONField(default=list, blank=True)
    archived_url = models.URLField(max_length=1000, null=True, blank=True)
    language = models.CharField(max_length=12, default="en", help_text="A language tag, such as en, uk or ru.")
    abstract = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text="The document’s own words, where they may be kept.")
    text_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    reliability = models.CharField(max_length=1, choices=Reliability, default=Reliability.F)
    reliability_reason = models.TextField(blank=True)
    read_as = models.CharField(max_length=10, choices=ReadAs, default=ReadAs.NOT_READ)
    reading_note = models.TextField(blank=True)
    provenance = models.TextField(blank=True)
    # Of one that was merged and so taken out: the other, to which its address leads.
    merged_into = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="+")

    objects = BriefingQuerySet.as_manager()

    class Meta:
        ordering = ["-published_on", "-id"]
        indexes = [
            models.Index(fields=["process", "-published_on", "-id"], name="briefing_newest"),
            models.Index(fields=["process", "title", "id"], name="briefing_title"),
            out_of("briefing"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["process", "slug"], name="briefing_slug_once"),
            one_of("kind", BriefingKind),
            one_of("precision", Precision),
            one_of("reliability", Reliability),
            one_of("read_as", ReadAs),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.slug == RESERVED:
            raise ValidationError({"slug": f"“{RESERVED}” is the address of the form for a new briefing."})

    def get_absolute_url(self):
        return reverse("issues:briefing-detail", args=[self.process.slug, self.slug])


def fingerprint(text: str) -> str:
    """Return what tells one text of a document from another: its SHA-256, empty for no text."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
