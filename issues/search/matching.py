"""Ask the database which entries hold some words: FTS5 in SQLite, a tsvector in PostgreSQL, the same words in both.

No part of what was typed reaches a query but words of letters and digits, each in quotes.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

from django.db import OperationalError, connection

from ..analysis.words import Query, Term
from ..models.indexes import BLOCK
from ..models.searched import KNOWN

RANKED = 1_000  # matches that are ranked, the latest to be recorded
NARROWED = 5_000  # matches that are looked at where days or a moment narrow them down
SECONDS = 3.0  # that SQLite may look; PostgreSQL has its own limit
STEPS = 100_000  # of SQLite between two looks at the clock

COLUMNS = "id, kind, object_id, issue_id, side_id, status, is_cited, day, since, title_words"
BEGUN = 50  # words that one which is begun stands for, at most
FOUND = {
    "sqlite": f"""
        SELECT {COLUMNS} FROM issues_search CROSS JOIN issues_searchentry ON id = issues_search.rowid
        WHERE issues_search MATCH %(spelt)s ORDER BY issues_search.rowid DESC LIMIT %(limit)s
    """.replace("title_words", "issues_searchentry.title_words"),  # noqa: S608
    # In one go it would fetch all that a common word stands in, or walk back through the table to where a rarer one
    # does. So it goes span by span, the latest first, until enough is found: short ones, then some twenty in all.
    "postgresql": f"""
        WITH RECURSIVE spans (top, last, size) AS (
            SELECT max(id) >> 10, max(id) >> 10, 1::bigint FROM issues_searchentry
            UNION ALL
            SELECT top, last - size, least(2 * size, greatest(8, top / 16)) FROM spans WHERE last >= size
        ),
        asked AS MATERIALIZED (SELECT {{asked}}::tsquery AS query)
        SELECT {COLUMNS} FROM issues_searchentry WHERE id = ANY(ARRAY(
            SELECT latest.id
            FROM spans
            CROSS JOIN LATERAL (
                SELECT ARRAY(
                    SELECT (process << 32) + block
                    FROM unnest(%(processes)s::bigint[]) AS process, generate_series(last - size + 1, last) AS block
                ) AS blocks
            ) AS span
            CROSS JOIN LATERAL (
                SELECT id FROM issues_searchentry
                WHERE vector @@ (SELECT query FROM asked) AND ARRAY[{BLOCK}] && blocks ORDER BY id DESC
            ) AS latest
            LIMIT %(limit)s
        ))
    """,  # noqa: S608
}
# The words that one which is begun may become, as far as they are few: each is found sooner than all that begin so.
ASKED = f"""replace(%(spelt)s, '{{begun}}', (
    SELECT CASE
        WHEN count(*) > {BEGUN} THEN quote_literal(%(begun)s) || ':*'
        ELSE concat_ws(' | ', quote_literal(%(begun)s), string_agg(quote_literal(word), ' | '))
    END
    FROM (
        SELECT word FROM issues_searchword
        WHERE process_id = ANY(%(processes)s::bigint[]) AND word LIKE %(begun)s || '%%' LIMIT {BEGUN + 1}
    ) AS words
))"""  # noqa: S608
# Joined to nothing: PostgreSQL would read the whole table for it.
MATCHES = """
    WITH found AS MATERIALIZED ({found})
    SELECT id, kind, object_id, issue_id, side_id, status, CAST(is_cited AS integer), CAST(day AS text), title_words,
        (SELECT count(*) FROM found)
    FROM found WHERE {conditions} ORDER BY id DESC LIMIT %(ranked)s
"""
ALIVE = """
    (issue_id IS NULL OR issue_id NOT IN (SELECT id FROM issues_issue WHERE retired_at IS NOT NULL))
    AND (side_id IS NULL OR side_id NOT IN (SELECT id FROM issues_side WHERE retired_at IS NOT NULL))
"""
BOUNDS = {
    "first": "day >= %(first)s AND kind <> 'change'",
    "last": "(day IS NULL OR day <= %(last)s) AND kind <> 'change'",
    "since": "since <= %(since)s",
}
# A stored text is not read by the name that a page which looks back puts its own table under: what is found stood there
# then, too.
ENTRIES = """
    SELECT id, kind, object_id, part, issue_id, side_id, status, day, precision, place, title, body,
        CASE WHEN kind = 'text' THEN (SELECT text FROM issues_briefing WHERE id = e.briefing_id) END
    FROM issues_searchentry e WHERE id IN ({})
"""


class TooSlow(Exception):
    """The database took too long to look."""


class Match(NamedTuple):
    """An entry that holds the words, with what it is ranked and counted by. `cited`: 1, 0, or None for neither."""

    pk: int
    kind: str
    object_id: int
    issue: int | None
    side: int | None
    status: str
    cited: int | None
    day: str
    title: str


def matches(
    processes: Collection[int],
    query: Query,
    scope: Mapping[str, Iterable],
    *,
    edits: bool,
    first=None,
    last=None,
    since=None,
) -> tuple[list[Match], bool]:
    """Return the latest entries of processes that hold the words of a query, and whether there are more. One SQL query.

    `scope` holds the kinds, keys and so on of which one must fit each, by the letters that stand before them in the
    index: k a kind, i an issue, s a side, t a status, c whether it is cited. `edits` tells whether stored texts may
    be looked through. `first` and `last` are days of the record, by which no change of the tracker is found; `since` is
    the number of the last change that counts.
    Raises TooSlow.
    """
    marks = [[f"{letter}{value}".replace("_", "") for value in values] for letter, values in scope.items() if values]
    conditions, values = [ALIVE], {"first": first, "last": last, "since": since}
    values = {name: value for name, value in values.items() if value is not None}
    conditions += [BOUNDS[name] for name in values]
    limit = NARROWED if values else RANKED
    spelt = (in_fts5 if connection.vendor == "sqlite" else in_tsquery)(processes, query, marks, edits)
    found = FOUND[connection.vendor].format(asked=ASKED if "begun" in spelt else "%(spelt)s")
    sql = MATCHES.format(found=found, conditions=" AND ".join(conditions))
    with bounded(), connection.cursor() as cursor:
        cursor.execute(sql, values | spelt | {"limit": limit + 1, "ranked": RANKED})
        rows = cursor.fetchall()
    return [Match._make(row[:-1]) for row in rows], bool(rows) and rows[0][-1] > limit


class Entry(NamedTuple):
    """A match with what is shown of it. `text`: the whole stored text that it is a `part` of, or None."""

    pk: int
    kind: str
    object_id: int
    part: int
    issue: int | None
    side: int | None
    status: str
    day: date | None
    precision: str
    place: str
    title: str
    body: str
    text: str | None


def entries(keys: Sequence[int]) -> dict[int, Entry]:
    """Return entries by their keys. One SQL query."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES.format(", ".join(["%s"] * len(keys)) or "NULL"), keys)
        return {row[0]: Entry._make(row) for row in cursor.fetchall()}


@contextmanager
def bounded() -> Iterator[None]:
    """Let the database look for so long and no longer."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        end = time.monotonic() + SECONDS
        connection.connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        yield
    except OperationalError as error:
        raise TooSlow from error
    finally:
        if connection.vendor == "sqlite":
            connection.connection.set_progress_handler(None, 0)


def in_fts5(processes: Collection[int], query: Query, marks: Iterable[Iterable[str]], edits: bool) -> dict[str, str]:
    """Return a query as FTS5 writes it."""

    def phrase(term: Term) -> str:
        return f'{{title_words words}} : "{" ".join(term.words)}"' + (" *" if term.is_prefix else "")

    own = [f"{letter}{pk}" for pk in processes for letter in ("pe" if edits else "p")]
    scope = " AND ".join(f"({' OR '.join(f'scope : {quoted(one)}' for one in group)})" for group in [own, *marks])
    wanted = " AND ".join(f"({phrase(term)})" for term in query.wanted)
    unwanted = "".join(f" NOT ({phrase(term)})" for term in query.unwanted)
    return {"spelt": f"({scope} AND {wanted}){unwanted}"}


def in_tsquery(processes: Collection[int], query: Query, marks: Iterable[Iterable[str]], edits: bool) -> dict:
    """Return a query as PostgreSQL writes a tsquery, and in it the word that is `begun`, where its words are known."""
    begun = {}

    def phrase(term: Term) -> str:
        *words, last = term.words
        spelt = f"'{last}'" + (":*" if term.is_prefix else "")
        # All words that begin so and are longer are known.
        if term.is_prefix and len(last) >= KNOWN.start - 1 and not last.isdigit():
            begun["begun"], spelt = last, "({begun})"
        return " <-> ".join([*(f"'{word}'" for word in words), spelt])

    # The blocks that are looked through are of these processes alone.
    own = [] if edits else [[f"p{pk}" for pk in processes]]
    scope = [" | ".join(f"'={one}'" for one in group) for group in [*own, *marks]]
    parts = [*scope, *(phrase(term) for term in query.wanted)]
    unwanted = (f"!({phrase(term)})" for term in query.unwanted)
    spelt = " & ".join([*(f"({part})" for part in parts), *unwanted])
    return {"spelt": spelt, "processes": list(processes)} | begun


def quoted(mark: str) -> str:
    return f'"{mark}"'
