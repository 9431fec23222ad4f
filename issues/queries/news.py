"""The latest dated developments of a process: steps of compromises, positions newly held, and briefings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from ..models import Briefing, Issue, Position, Process, Side
from .tallies import Course

NEWS = 6  # listed


@dataclass(frozen=True)
class News:
    """One dated development: what it is about with its address, and what happened to it."""

    day: date
    precision: str
    kind: str
    title: str
    url: str
    told: str = ""
    was: str = ""
    became: str = ""


def news(
    process: Process,
    day: date | None,
    issues: Sequence[Issue],
    sides: Sequence[Side],
    positions: Sequence[Position],
    done: Sequence[Course],
) -> tuple[News, ...]:
    """Return the latest steps, positions and briefings dated on or before a day, newest first. One SQL query.

    `positions` end with the newest `NEWS`; of one day, steps come before positions, and positions before briefings.
    """
    issue_titles = {issue.pk: issue.title for issue in issues}
    side_names = {side.pk: side.name for side in sides}
    dated: list[tuple[date, int, int, News]] = []

    steps = [
        (step, before, course)
        for course in done
        for before, step in zip((None, *course.steps), course.steps)  # noqa: B905
    ]
    for step, before, course in sorted(steps, key=lambda item: (item[0].occurred_on, item[0].key))[-NEWS:]:
        repeated = before and before.status == step.status
        story = News(
            step.occurred_on,
            step.precision,
            "Compromise",
            f"{course.code} {course.headline}",
            reverse("issues:compromise-detail", args=[process.slug, course.number]),
            "was put forward:" if not before else "has a further step:" if repeated else "moved from",
            "" if not before or repeated else before.label,
            step.label,
        )
        dated.append((step.occurred_on, 2, step.key, story))
    for position in positions[-NEWS:]:
        if position.issue_id in issue_titles and position.side_id in side_names:
            story = News(
                position.held_from,
                position.precision,
                "Position",
                f"{side_names[position.side_id]} on {issue_titles[position.issue_id]}",
                reverse("issues:position-detail", args=[position.pk]),
                f"now: {position.headline}",
            )
            dated.append((position.held_from, 1, position.pk, story))
    briefings = Briefing.objects.live().filter(process=process).on(day).order_by("-published_on", "-id")
    for pk, slug, title, published_on, precision in briefings.values_list(
        *("id", "slug", "title", "published_on", "precision")
    )[:NEWS]:
        url = reverse("issues:briefing-detail", args=[process.slug, slug])
        dated.append((published_on, 0, pk, News(published_on, precision, "Briefing", title, url)))
    return tuple(story for *_, story in sorted(dated, key=lambda item: item[:3], reverse=True)[:NEWS])
