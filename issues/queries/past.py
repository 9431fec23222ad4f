"""The moment that a page looks back to, `?as_of=`: what this tracker had recorded by then, and who wrote last."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .. import history
from ..analysis.dates import words
from ..models import Changeset, Process
from ..permissions import EDIT, can


@dataclass(frozen=True)
class Past:
    """What the banner says. `changeset`: the last change by the moment, or None; `withheld` tells whether some of what
    was on record then is left out, because it has been retired since and its words are not for this reader."""

    moment: datetime
    changeset: Changeset | None
    edits: bool
    withheld: bool

    @property
    def value(self) -> str:
        """Return the moment as an address writes it: 2026-11-22T16:40:05.123456Z."""
        return written(self.moment)

    @property
    def words(self) -> str:
        return spoken(self.moment)

    @property
    def local(self) -> str:
        """Return the moment as the field of a form takes it: without a zone, in whole seconds."""
        rounded_up = timezone.localtime(self.moment) + timedelta(microseconds=999_999)
        return rounded_up.replace(tzinfo=None).isoformat(timespec="seconds")

    @property
    def who(self) -> str:
        return (self.changeset.user_name if self.changeset else "") or "someone at a shell"


def written(moment: datetime) -> str:
    """Return a moment as an address writes it: 2026-11-22T16:40:05.123456Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def spoken(moment: datetime) -> str:
    """Return a moment in words: 22 Nov 2026, 16:40:05 UTC."""
    local = timezone.localtime(moment)
    return f"{words(local.date())}, {local:%H:%M:%S %Z}"


def past(process: Process, moment: datetime, user) -> Past:
    """Return what a person sees of a process as it was recorded at a moment. At most two SQL queries."""
    changeset = history.at(process, moment)
    edits = can(user, EDIT, process)
    withheld = changeset is not None and not edits and some_retired(process, changeset)
    return Past(moment, changeset, edits, withheld)


def some_retired(process: Process, changeset: Changeset) -> bool:
    """Tell whether rows that were on record after a change have been retired since. One SQL query."""
    then = {"process": OuterRef("pk"), "created_at__lte": changeset.moment, "retired_at__gt": changeset.moment}
    retired = [Exists(model.objects.filter(**then)) for model in history.RECORDED.values() if model is not Process]
    return Process.objects.filter(Q(*retired, _connector=Q.OR), pk=process.pk).exists()
