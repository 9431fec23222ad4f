"""One subject on the agenda."""

from django.db import models
from django.urls import reverse

from .base import Content


class Issue(Content):
    slug = models.SlugField(max_length=80)
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    question = models.CharField(max_length=300, blank=True)
    summary = models.TextField(blank=True)
    scale_low = models.CharField(max_length=120, help_text="What 0 means.")
    scale_high = models.CharField(max_length=120, help_text="What 100 means.")
    scale_question = models.CharField(max_length=300, blank=True)
    scale_anchors = models.JSONField(default=list, blank=True, help_text="A list of {“at”: 0–100, “label”: text}.")
    not_listed = models.TextField(blank=True, help_text="What the scale leaves out, and why.")
    provenance = models.TextField(blank=True)

    class Meta:
        ordering = ["process", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["process", "slug"], name="issue_slug_once"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("issues:issue-detail", args=[self.process.slug, self.slug])
