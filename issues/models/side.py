"""Who negotiates or is affected."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from ..choices import Marker, SideRole
from .base import Content, one_of


class Side(Content):
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=120)
    short_label = models.CharField(max_length=20)
    role = models.CharField(max_length=12, choices=SideRole)
    order = models.PositiveSmallIntegerField()
    note = models.TextField(blank=True)
    marker = models.CharField(max_length=20, choices=Marker)
    colour = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(8)], help_text="1 to 8: a colour of the palette."
    )

    class Meta:
        ordering = ["process", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["process", "slug"], name="side_slug_once"),
            models.UniqueConstraint(fields=["process", "marker"], name="side_marker_once"),
            one_of("role", SideRole),
            one_of("marker", Marker),
            models.CheckConstraint(condition=models.Q(colour__range=(1, 8)), name="side_colour_known"),
        ]

    def __str__(self):
        return self.name
