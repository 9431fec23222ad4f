"""The path of a compromise: lengths of time and the line that is drawn."""

from dataclasses import dataclass
from datetime import date

import pytest

from issues.analysis import travel
from issues.analysis.axis import Axis

SETTLED = ("adopted", "rejected")
SHOWN = date(2025, 12, 31)


@dataclass(frozen=True)
class Step:
    status: str
    occurred_on: date
    precision: str = "day"


SUGGESTED = Step("suggested", date(2025, 1, 3))
SIGNALLED = Step("signalled", date(2025, 2, 12))
AGAIN = Step("signalled", date(2025, 11, 20))
ADOPTED = Step("adopted", date(2025, 12, 1))


@pytest.mark.parametrize(
    ("steps", "began"),
    [
        ([SUGGESTED], SUGGESTED),
        ([SUGGESTED, SIGNALLED], SIGNALLED),
        ([SUGGESTED, SIGNALLED, AGAIN], SIGNALLED),
        ([SIGNALLED, ADOPTED, AGAIN], AGAIN),
    ],
)
def test_a_status_began_with_the_first_step_of_its_last_unbroken_run(steps, began):
    assert travel.entry(steps) is began


def test_it_counts_the_days_in_a_status_from_when_it_began_not_from_its_last_confirmation():
    assert travel.days_in_status([SUGGESTED, SIGNALLED, AGAIN], SHOWN) == 322


def test_a_step_dated_after_the_day_shown_has_stood_for_no_days():
    assert travel.days_in_status([ADOPTED], date(2025, 11, 1)) == 0


@pytest.mark.parametrize(
    ("steps", "days"),
    [([SUGGESTED, SIGNALLED, ADOPTED], 332), ([ADOPTED], 0), ([SUGGESTED, SIGNALLED], None), ([], None)],
)
def test_it_counts_the_days_from_the_first_step_to_adoption(steps, days):
    assert travel.days_until(steps, ("adopted", "in_force")) == days


@pytest.mark.parametrize(
    ("steps", "shown", "stalled"),
    [
        ([SIGNALLED], date(2025, 8, 10), False),  # 179 days
        ([SIGNALLED], date(2025, 8, 11), True),  # 180 days
        ([SIGNALLED, AGAIN], date(2026, 1, 1), False),  # a repeated step counts as movement
        ([ADOPTED], date(2030, 1, 1), False),
        ([SIGNALLED, Step("rejected", date(2025, 3, 1))], date(2030, 1, 1), False),
    ],
)
def test_a_compromise_stalls_when_nothing_happens_for_long_enough_unless_it_is_settled(steps, shown, stalled):
    assert travel.stalled(steps, shown, 180, SETTLED) is stalled


def test_it_says_what_passed_between_steps():
    steps = [SUGGESTED, SIGNALLED, Step("offered", SIGNALLED.occurred_on), AGAIN]
    assert travel.waits(steps) == ["", "after 40 days", "the same day", "after 9 months"]
    assert travel.waits([SUGGESTED]) == [""]
    assert travel.waits([]) == []


def test_it_says_about_when_a_date_is_not_known_to_the_day():
    assert travel.waits([SUGGESTED, Step("signalled", date(2025, 2, 12), "month")]) == ["", "after about 40 days"]


def test_the_line_runs_from_the_first_step_to_the_latest():
    axis = Axis.over([SUGGESTED.occurred_on, SHOWN])
    drawn = travel.line([SUGGESTED, SIGNALLED], axis, str.title)
    assert drawn.marks == ((0.0, "suggested"), (11.05, "signalled"))
    assert drawn.path == (0.0, 11.05)
    assert drawn.label == "Suggested 3 Jan 2025, then signalled 12 Feb 2025: 40 days"


def test_one_step_is_a_mark_without_a_line():
    drawn = travel.line([Step("lapsed", date(2022, 5, 1), "month")], Axis.over([date(2022, 5, 1)]), str.title)
    assert (drawn.path, drawn.label) == (None, "Lapsed May 2022, day not given")


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([0, 1, 50], [0, 5, 50]),
        ([50, 98, 99], [50, 95, 100]),
        ([97, 98, 99, 100], [85, 90, 95, 100]),
        ([0] * 41, [2.5 * n for n in range(41)]),
        ([], []),
    ],
)
def test_marks_that_would_touch_are_moved_apart_and_stay_on_the_line(places, moved):
    assert travel.spread(places, 5) == moved
