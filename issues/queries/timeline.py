"""The timeline of a process: a page of its events, newest first, and a drawing of the latest of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from ..analysis.dates import machine, words
from ..models import Briefing, Position, Process, StatusEvent
from .drawing import Drawing, draw
from .events import DAY_FIELDS, Agenda, Chosen, Event, events, parsed

SIZE = 100  # events of a page
DRAWN = 400  # events in the drawing at most


@dataclass(frozen=True)
class Group:
    """The events of a page that bear the same date."""

    title: str
    machine: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Timeline:
    """What the page shows. `previous` and `next` are cursors; `past` tells whether anything followed the day shown."""

    lede: str
    drawing: Drawing | None  # None when there is nothing to draw
    drawn: int  # events that the drawing holds at most
    groups: tuple[Group, ...]
    previous: str | None
    next: str | None
    past: bool
    ignored: list[tuple[str, str, str]]


def read(
    process: Process, agenda: Agenda, chosen: Chosen, after: str | None = None, before: str | None = None
) -> Timeline:
    """Return a page of the events chosen, and the drawing of the latest. At most seven SQL queries.

    `after` and `before` are cursors, as in `pages.keyset`: a page costs the same wherever in the list it begins.
    """
    latest = events(process, agenda, chosen, size=DRAWN + 1)
    past = chosen.on is not None and later(process, chosen.on)
    cursor = after or before
    place = parsed(cursor)
    back = place is not None and not after
    found = latest if place is None else events(process, agenda, chosen, place, back, size=SIZE + 1)
    more, shown = len(found) > SIZE, found[:SIZE]
    if back:
        shown.reverse()
    ignored = [("Page", cursor, "is not a place in this list; its first page is shown")] if cursor and not place else []
    return Timeline(
        lede=lede(latest),
        drawing=draw(latest[:DRAWN], agenda.live_issues, process, chosen, past, len(latest) > DRAWN),
        drawn=DRAWN,
        groups=grouped(shown),
        previous=str(shown[0].place) if shown and place and (more or not back) else None,
        next=str(shown[-1].place) if shown and (more or back) else None,
        past=past,
        ignored=ignored,
    )


def grouped(found: Sequence[Event]) -> tuple[Group, ...]:
    """Return the events of a page by date, newest first.

    What is known to the month follows the days of that month on its page, and what is known to the year that year's.
    """
    groups: dict[str, list[Event]] = {}
    for event in found:
        groups.setdefault(machine(event.day, event.precision), []).append(event)
    # “2025-02” sorts before “2025-02-01”, so from the top it comes after all days of its month.
    return tuple(
        Group(words(same[0].day, same[0].precision), key, tuple(sorted(same, key=lambda event: event.order)))
        for key, same in sorted(groups.items(), reverse=True)
    )


def lede(latest: Sequence[Event]) -> str:
    """Return in a sentence or two how many events there are, when, and on which day most of them fall."""
    if not latest:
        return "No event is recorded."
    shown = latest[:DRAWN]
    first, last = (words(event.day, event.precision) for event in (shown[-1], shown[0]))
    number = f"the latest {DRAWN} events" if len(latest) > DRAWN else f"{len(shown)} events"
    if len(shown) == 1:
        return f"One event, dated {first}."
    counted = Counter(event.day for event in shown if event.precision == "day").most_common(2)
    if counted and (len(counted) == 1 or counted[0][1] > counted[1][1]):
        busiest = f"{counted[0][1]} of {number} fall on {words(counted[0][0])}, more than on any other day."
        return f"{busiest} They run from {first} to {last}."
    return f"{number[0].upper()}{number[1:]}, from {first} to {last}."


def later(process: Process, day: date) -> bool:
    """Tell whether anything of a process is dated after a day. One SQL query."""
    after = {
        model: Exists(model.objects.live().filter(process=OuterRef("pk"), **{f"{field}__gt": day}))
        for model, field in zip((Briefing, Position, StatusEvent), DAY_FIELDS.values(), strict=True)
    }
    return Process.objects.filter(*[Q(*after.values(), _connector=Q.OR)], pk=process.pk).exists()
