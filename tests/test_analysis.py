"""Dates in words, the axis of time, the gap between sides, and the layout of the timeline's drawing."""

from datetime import date
from itertools import combinations
from random import Random

import pytest

from issues.analysis import dates, gap, lanes
from issues.analysis.axis import EARLY_SHARE, Axis

DAY = date(2025, 2, 12)
BANDS = ((25, "Narrow"), (50, "Moderate"), (101, "Wide"))


# Dates


@pytest.mark.parametrize(
    ("precision", "words", "short", "machine"),
    [
        ("day", "12 Feb 2025", "12 Feb 2025", "2025-02-12"),
        ("month", "Feb 2025, day not given", "Feb 2025", "2025-02"),
        ("year", "2025, month not given", "2025", "2025"),
    ],
)
def test_a_date_is_said_as_precisely_as_it_is_known(precision, words, short, machine):
    assert dates.words(DAY, precision) == words
    assert dates.short(DAY, precision) == short
    assert dates.machine(DAY, precision) == machine


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "same day"),
        (-3, "same day"),
        (1, "1 day"),
        (89, "89 days"),
        (90, "3 months"),
        (729, "24 months"),
        (730, "2 years"),
    ],
)
def test_a_length_of_time_is_said_in_the_unit_that_fits(days, said):
    assert dates.span(days) == said


# Axis


def test_there_is_no_axis_without_a_day():
    assert Axis.over([]) is None


def test_a_single_day_has_a_place():
    axis = Axis.over([DAY])
    assert 0 <= axis.x(DAY) <= 100
    assert axis.break_x is None


def test_days_lie_to_scale_from_end_to_end():
    axis = Axis.over([date(2025, 1, 1), date(2025, 1, 11), date(2025, 1, 5)])
    assert [axis.x(date(2025, 1, day)) for day in (1, 6, 11)] == [0, 50, 100]


def test_what_lies_long_before_the_talks_stands_in_order_in_a_strip_of_its_own():
    early = [date(2021, 12, 17), date(2022, 3, 29), date(2024, 6, 14)]
    axis = Axis.over([*early, date(2025, 1, 1), date(2026, 1, 1)], begins=date(2025, 1, 1))
    places = [axis.x(day) for day in early]
    assert places == sorted(set(places))
    assert places[0] > 0
    assert places[-1] < EARLY_SHARE
    assert axis.break_x == axis.x(date(2025, 1, 1)) == EARLY_SHARE


def test_days_beyond_the_axis_are_put_at_its_nearest_end():
    axis = Axis.over([date(2025, 1, 1), date(2025, 1, 11)])
    assert (axis.x(date(2020, 1, 1)), axis.x(date(2030, 1, 1))) == (0, 100)


@pytest.mark.parametrize(
    "last", [date(2025, 3, 1), date(2026, 6, 1), date(2040, 1, 1), date(2190, 1, 1), date(9998, 1, 1)]
)
def test_ticks_are_firsts_of_months_and_never_more_than_fit(last):
    axis = Axis.over([date(2025, 1, 1), last])
    ticks = axis.ticks(most=8)
    assert 0 < len(ticks) <= 8
    assert [x for x, _ in ticks] == sorted(x for x, _ in ticks)


# Gap


def test_the_gap_is_the_distance_of_the_two_furthest_sides_chosen():
    assert gap.measure({"a": 10, "b": 80, "c": 95}, ["a", "b"]) == gap.Gap(70, 10, 80, ())


def test_a_missing_placement_is_named_and_never_counted_as_nought():
    assert gap.measure({"a": 40, "b": None}, ["a", "b", "c"]) == gap.Gap(None, 40, 40, ("b", "c"))
    assert gap.measure({}, ["a"]) == gap.Gap(None, None, None, ("a",))


def test_a_placement_at_nought_is_a_placement():
    assert gap.measure({"a": 0, "b": 30}, ["a", "b"]).distance == 30


@pytest.mark.parametrize(
    ("distance", "word"),
    [(0, "Narrow"), (24, "Narrow"), (25, "Moderate"), (50, "Wide"), (100, "Wide"), (None, "Not measured")],
)
def test_a_band_begins_where_the_one_below_it_ends(distance, word):
    assert gap.band(distance, BANDS) == word


@pytest.mark.parametrize(
    ("now", "then", "word"),
    [(10, 20, "narrower"), (20, 10, "wider"), (10, 10, "unchanged"), (None, 10, ""), (10, None, "")],
)
def test_a_trend_needs_both_days_measured(now, then, word):
    assert gap.trend(now, then) == word


# Lanes


def boxes(placed, width):
    """Return what each mark covers at a width, as boxes (left, top, right, bottom), its label's apart from its own."""
    mark, y, label = placed.mark, placed.y, placed.label
    covered = [(x * width / 100 - 8, y - 8, x * width / 100 + 8, y + 8) for x in mark.places]
    for span in filter(None, mark.spans):
        covered.append((span[0] * width / 100, y - 1, span[1] * width / 100, y + 1))
    if len(mark.places) > 1:
        covered.append((mark.places[0] * width / 100, y - 1, mark.places[-1] * width / 100, y + 1))
    if label:
        start = label.x * width / 100 + label.dx
        left = start - lanes.length(mark.label) if label.anchor == "end" else start
        covered.append((left, y - 6 + label.dy, left + lanes.length(mark.label), y + 6 + label.dy))
    return covered


def collide(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def crowd(number, seed=1):
    """Return many marks, most of them crowded into one month, some with lines and some with vague dates."""
    random, marks = Random(seed), []
    for key in range(number):
        x = random.uniform(20, 26) if key % 3 else random.uniform(0, 100)
        places, spans = (round(x, 2),), ()
        if key % 4 == 0:
            places = (round(x, 2), round(min(x + random.uniform(3, 60), 100), 2))
        elif key % 7 == 0:
            spans = ((max(x - 3, 0), min(x + 3, 100)),)
        marks.append(lanes.Mark(key, places, "A label of some length"[: random.randint(4, 22)], spans))
    return marks


@pytest.mark.parametrize("width", [lanes.NARROWEST, 900, 1168, 1800])
@pytest.mark.parametrize("number", [1, 12, 60, 200])
def test_no_mark_or_label_covers_another_at_any_width(number, width):
    placed, left_out, height = lanes.block(crowd(number))
    assert len(placed) + len(left_out) == number
    for one, other in combinations(placed, 2):
        assert not any(collide(a, b) for a in boxes(one, width) for b in boxes(other, width)), (one, other)
    for one in placed:
        assert all(box[1] >= 0 and box[3] <= height for box in boxes(one, width))


@pytest.mark.parametrize("width", [lanes.NARROWEST, 1168])
def test_labels_stay_inside_the_drawing(width):
    placed, _, _ = lanes.block(crowd(60))
    labels = [boxes(one, width)[-1] for one in placed if one.label]
    assert labels
    assert all(left >= 0 and right <= width for left, _, right, _ in labels)


def test_a_block_has_a_greatest_height_and_says_what_found_no_room():
    same_day = [lanes.Mark(key, (50.0,), "The same day") for key in range(100)]
    placed, left_out, height = lanes.block(same_day)
    assert len(placed) == lanes.ROWS + lanes.BARE_ROWS
    assert len(placed) + len(left_out) == 100
    assert sum(1 for one in placed if one.label) == lanes.ROWS
    assert height <= lanes.ROWS * lanes.LINE_ROW + lanes.BARE_ROWS * lanes.BARE_ROW


def test_a_label_stands_above_its_line_when_the_line_is_long_enough():
    (long,), _, _ = lanes.block([lanes.Mark(1, (20.0, 80.0), "C5 No cover")])
    (short,), _, _ = lanes.block([lanes.Mark(1, (20.0, 23.0), "C5 No cover")])
    assert long.label.dy < 0 and long.label.x == 20
    assert short.label.dy == 0 and short.label.x == 23


def test_a_label_turns_left_at_the_right_end():
    (placed,), _, _ = lanes.block([lanes.Mark(1, (99.0,), "Near the end")])
    assert placed.label.anchor == "end"


def test_a_block_begins_at_its_top():
    (placed,), _, height = lanes.block([lanes.Mark(1, (50.0,), "One")], top=100)
    assert 100 < placed.y < height == 100 + lanes.ROW


def test_an_empty_block_takes_no_height():
    assert lanes.block([], top=7) == ([], [], 7)


@pytest.mark.parametrize("most", [30, 80, 150, 1000])
@pytest.mark.parametrize(
    "text", ["Peacekeepers only with a mandate, under any flag", "Zusammenarbeitsabkommen" * 3, "Да"]
)
def test_a_shortened_label_fits_and_is_a_beginning_of_the_text(text, most):
    cut = lanes.shortened(text, most)
    assert lanes.length(cut) <= most
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
    assert (cut == text) == (lanes.length(text) <= most)


def test_a_label_is_cut_between_words():
    assert lanes.shortened("Peacekeepers only with a mandate", 150) == "Peacekeepers only…"
