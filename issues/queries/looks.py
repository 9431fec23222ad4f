"""What is new to a member since they last said that they had seen it all."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from ..history import in_utc
from ..models import Process
from ..permissions import EDIT, can
from . import changes
from .names import Reader

NEW = 5  # changes that are listed


@dataclass(frozen=True)
class Look:
    """What is new to a member since they last said that they had seen all. `number`: up to which change that is."""

    since: int
    at: datetime
    number: int
    count: int
    lines: list[changes.Line]

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)


def look(process: Process, user) -> Look | None:
    """Return what others changed since a member last looked, or None where there is nothing, or who is none.

    `user` is who is signed in, as `backends` reads them. No SQL query where nothing was written since, eight at most.
    """
    if not user.is_authenticated or process.pk not in user.seen:
        return None
    since, at = user.seen[process.pk]
    if since >= process.content_version:
        return None
    filters = changes.Filters(since=since, without=user)
    reader = Reader(can(user, EDIT, process), curates=False)  # who takes part is no news of the record
    lines, page = changes.listing(process, filters, reader, NEW)
    if not lines:
        return None
    count = changes.within(process, filters, False).count() if page.next else len(lines)
    return Look(since, at and in_utc(at), process.content_version, count, lines)
