"""The list of processes: what each is about, how much of it is on file, and when it last changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from ..analysis.dates import words
from ..models import Briefing, Changeset, Compromise, Issue, Position, Process, Side, StatusEvent
from .pages import Counted

COUNTED = (
    ("sides", Side, "side", "sides"),
    ("issues", Issue, "issue", "issues"),
    ("compromises", Compromise, "compromise", "compromises"),
    ("briefings", Briefing, "briefing", "briefings"),
)
MOST = 3_000  # rows of a kind that are counted
DATED = (
    ("position", Position, "held_from"),
    ("step", StatusEvent, "occurred_on"),
    ("document", Briefing, "published_on"),
)


@dataclass(frozen=True)
class Entry:
    """One process of the list; `counts` are (number in words, noun), `span` says when the talks began and ended."""

    process: Process
    counts: tuple[tuple[str, str], ...]
    span: str
    changed_on: date | None


def entries(processes: QuerySet[Process]) -> list[Entry]:
    """Return the processes by name, with the amount of what is on file in each. One SQL query."""
    inside = {"process": OuterRef("pk"), "retired_at": None}
    counts = {f"n_{name}": Counted(model.objects.filter(**inside), MOST) for name, model, *_ in COUNTED}
    latest = {
        f"latest_{name}": Subquery(model.objects.filter(**inside).order_by(f"-{field}").values(field)[:1])
        for name, model, field in DATED
    }
    return [entry(process) for process in processes.annotate(**counts, **latest).order_by("name", "pk")]


def entry(process) -> Entry:
    """Return the entry of a process that carries its counts and its latest dates."""
    counts = [(getattr(process, f"n_{name}"), one, many) for name, _, one, many in COUNTED]
    latest = (getattr(process, f"latest_{name}") for name, *_ in DATED)
    return Entry(
        process,
        tuple((str(n) if n <= MOST else f"more than {MOST:,}", one if n == 1 else many) for n, one, many in counts),
        span(process),
        latest_of(latest),
    )


def latest_of(days: Iterable[date | None]) -> date | None:
    """Return the latest of some days, or None without any."""
    return max((day for day in days if day), default=None)


def span(process: Process) -> str:
    """Return when the talks began and ended, in words: Since 12 Feb 2025 · 1 Mar 2020 to 4 May 2021."""
    if process.ended_on:
        return f"{words(process.started_on)} to {words(process.ended_on)}"
    return f"Since {words(process.started_on)}"


@dataclass(frozen=True)
class Gone:
    """Deleted talks: when, by whom and why, and until when they can be brought back."""

    process: Process
    who: str
    until: date

    @property
    def on(self) -> date:
        return timezone.localdate(self.process.retired_at)


def gone(processes: QuerySet[Process], kept_for: timedelta) -> list[Gone]:
    """Return deleted processes in their order, each with who deleted it. One SQL query."""
    deletion = Changeset.objects.filter(process=OuterRef("pk"), moment=OuterRef("retired_at"))
    found = processes.annotate(who=Subquery(deletion.values("user_name")[:1]))
    return [Gone(one, one.who or "somebody at a shell", timezone.localdate(one.retired_at + kept_for)) for one in found]
