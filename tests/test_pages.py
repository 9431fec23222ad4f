"""Paging by key: every row once, in order, whatever the page, and bad places named."""

from datetime import date, timedelta

import pytest
from django.db import connection

from issues.models import Briefing
from issues.queries import pages

NEWEST, OLDEST, TITLE = ("-published_on", "-id"), ("published_on", "id"), ("title", "id")


@pytest.fixture
def shelf(back_channel):
    """Return 60 briefings, six to a day and not in the order of their keys; their titles hold the cursor's own mark."""
    Briefing.objects.bulk_create(
        Briefing(
            process=back_channel,
            slug=f"paper-{n}",
            title=f"Paper ~{n % 7}~",
            kind=("news", "analysis")[n % 2],
            published_on=date(2025, 1, 1) + timedelta(n * 7 % 60 // 6),
        )
        for n in range(60)
    )
    return Briefing.objects.filter(process=back_channel)


def keys(page):
    return [row.pk for row in page.rows]


@pytest.mark.parametrize("order", [NEWEST, OLDEST, TITLE, ("kind", "published_on", "id")])
def test_it_shows_every_row_once_and_in_order_on_the_way_there_and_back(shelf, order):
    forth, cursor = [], None
    while len(forth) < 8:
        page = pages.keyset(shelf, order, after=cursor, size=8)
        forth.append(keys(page))
        cursor = page.next
    assert [pk for part in forth for pk in part] == list(shelf.order_by(*order).values_list("pk", flat=True))

    back = [keys(page)]
    while page.previous and len(back) < 9:
        page = pages.keyset(shelf, order, before=page.previous, size=8)
        assert page.next
        back.append(keys(page))
    assert back == forth[::-1]


def test_the_first_page_has_none_before_it_and_the_last_none_after_it(shelf):
    first = pages.keyset(shelf, NEWEST, size=50)
    last = pages.keyset(shelf, NEWEST, after=first.next, size=50)
    assert (first.previous, last.next, len(last.rows)) == (None, None, 10)


def test_a_list_of_exactly_one_page_has_no_other(shelf):
    page = pages.keyset(shelf, NEWEST, size=60)
    assert (len(page.rows), page.previous, page.next) == (60, None, None)


def test_rows_may_be_dictionaries(shelf):
    page = pages.keyset(shelf.values("id", "title"), TITLE, size=8)
    assert pages.keyset(shelf.values("id", "title"), TITLE, after=page.next, size=8).rows[0] not in page.rows


def test_a_row_that_comes_in_between_moves_no_page(shelf):
    page = pages.keyset(shelf, NEWEST, size=8)
    expected = keys(pages.keyset(shelf, NEWEST, after=page.next, size=8))
    process = shelf[0].process
    Briefing.objects.create(process=process, slug="new", title="New", kind="news", published_on=date(2026, 1, 1))
    assert keys(pages.keyset(shelf, NEWEST, after=page.next, size=8)) == expected


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "~",
        "2025-02-30~1",
        "2025-02-03",
        "2025-02-03~",
        "~1",
        "2025-02-03~one",
        "2025-02-03~1~2",
        "2025-02-03~99999999999999999999",
        "0000-01-01~1",
        "\x00~1",
        "' OR 1=1 --~1",
    ],
)
def test_a_cursor_that_is_no_place_is_named_and_ignored(shelf, cursor):
    page = pages.keyset(shelf, NEWEST, after=cursor, size=8)
    assert page.ignored == [("Page", cursor, "is not a place in this list; its first page is shown")]
    assert keys(page) == keys(pages.keyset(shelf, NEWEST, size=8))


def test_a_deep_page_is_entered_by_the_index_and_reads_one_row_more_than_it_shows(shelf, django_assert_num_queries):
    cursor = pages.write(shelf.order_by(*NEWEST)[40], NEWEST)
    with django_assert_num_queries(1) as queries:
        pages.keyset(shelf, NEWEST, after=cursor, size=8)
    sql = queries[0]["sql"]
    assert "LIMIT 9" in sql
    assert "OFFSET" not in sql
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # sixty rows are too few for its planner to choose by itself
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "briefing_newest" in plan
    assert "published_on <" in plan or "published_on<" in plan
    assert "SCAN" not in plan.replace("Index Scan", "")
    assert "TEMP B-TREE" not in plan
