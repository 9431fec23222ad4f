"""What every row of the record has: a process, a version, and a flag in place of deletion."""

from django.core.validators import URLValidator
from django.db import models
from django.db.models.functions import Now

from ..choices import Precision

# An address on the web, as documents, forms and the admin take it.
check_address = URLValidator(schemes=("http", "https"))


def one_of(field, choices):
    """Return the constraint that holds a field to the values of its vocabulary."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}), name=f"%(class)s_{field}_known"
    )


def out_of(name: str):
    """Return the index of the rows of a model that were taken out, the latest first: they are few among many."""
    fields = ["process", "-retired_at", "-id"]
    return models.Index(fields=fields, condition=models.Q(retired_at__isnull=False), name=f"{name}_retired")


class RecordQuerySet(models.QuerySet):
    def live(self):
        """Return the rows that nobody has retired."""
        return self.filter(retired_at=None)


class Record(models.Model):
    """An editable row. It is written only through `history`, which checks and counts up `version`."""

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    retired_reason = models.TextField(blank=True, editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True


class Content(Record):
    """A row of one process. A database guard refuses a row that points into another process."""

    process = models.ForeignKey("issues.Process", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Dated(models.Model):
    """A row with a date, known to the day, the month or the year."""

    precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)

    class Meta:
        abstract = True
