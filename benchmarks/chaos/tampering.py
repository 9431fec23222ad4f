"""Tamper with the record of changes in every way, one at a time: `verify` must find each.

`python -m benchmarks.chaos.tampering NUMBER`, on the database that DATABASE_URL names: writes some changes, tampers so
many times, rolls each back, and prints what was found as JSON.
"""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

TEXTS = {
    "changeset": ("reason", "user_name", "idempotency_key", "previous_hash", "hash"),
    "snapshot": ("model", "data"),
}
NUMBERS = {
    "changeset": ("user_id", "number", "process_id"),
    "snapshot": ("object_id", "version", "changeset_id", "process_id"),
}
CHANGES = 40
PARKED = 10**9  # the number of a change while two change places


class Untouched(Exception):
    """The way does not apply to the row: what it would write is there already."""


def write_some(changes: int):
    """Write so many changes to the first process, each by a person and with a key."""
    from django.contrib.auth.models import User

    from issues import history
    from issues.models import Position, Process

    process, people = Process.objects.order_by("pk").first(), list(User.objects.order_by("pk"))
    rows = list(Position.objects.filter(process=process).order_by("pk"))
    for n in range(changes):
        who = people[n % len(people)]
        with history.changeset(process, reason=f"Correct it for the {n}. time", user=who, key=f"form-{n}") as door:
            door.update(rows[n % len(rows)], body=f"They say “{n}”.")
            if n % 5 == 4:
                door.update(rows[(n + 1) % len(rows)], placement=n % 100)


def tampered(number: int, seed: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Yield (what was done, what `verify` said of it) for so many ways to tamper with the first process."""
    from django.db import DatabaseError, transaction

    from issues import history
    from issues.models import Changeset, Process

    random, process = Random(seed), Process.objects.order_by("pk").first()
    done, last = 0, Changeset.objects.filter(process=process).count()
    while done < number:
        way = random.choice(WAYS)
        try:
            with transaction.atomic():
                what = way(random, process, random.randint(1, last))
                try:
                    said = list(history.verify(process))
                except (ValueError, TypeError, AttributeError, KeyError) as error:
                    said = [f"The record cannot be read to its end: {error}"]
                transaction.set_rollback(True)
        except (Untouched, DatabaseError):  # a constraint refused it: then it cannot be done
            continue
        done += 1
        yield what, said


def altered_text(random, process, number) -> str:
    """Change one character of a text."""
    table, row = some_row(random, process, number)
    column = random.choice(TEXTS[table])
    value = getattr(row, column)
    if not value:
        return write(table, row, column, "x")
    at = random.randrange(len(value))
    letter = random.choice([one for one in "0123456789abcdefghijklmnopqrstuvwxyz \"'{}:,é" if one != value[at]])
    return write(
        table, row, column, random.choice((value[:at] + letter + value[at + 1 :], value[:at] + value[at + 1 :]))
    )


def altered_number(random, process, number) -> str:
    """Change a number or a key."""
    table, row = some_row(random, process, number)
    column = random.choice(NUMBERS[table])
    value = getattr(row, column)
    return write(table, row, column, random.choice((1, -1, 7)) + value if value else 1)


def altered_moment(random, process, number) -> str:
    """Date a change otherwise."""
    row = process.changesets.get(number=number)
    return write("changeset", row, "moment", row.moment + timedelta(microseconds=random.choice((-1, 1, 10**6, 10**10))))


def removed_snapshot(random, process, number) -> str:
    row = random.choice(list(process.changesets.get(number=number).snapshots.all()))
    row.delete()
    return f"removed a snapshot of change {number}"


def removed_change(random, process, number) -> str:
    row = process.changesets.get(number=number)
    row.snapshots.all().delete()
    row.delete()
    return f"removed change {number}"


def removed_end(random, process, number) -> str:
    """Remove a change and all later ones, and set the counter back."""
    rows = process.changesets.filter(number__gte=max(number, 2))
    rows.model.snapshots.rel.related_model.objects.filter(changeset__in=rows).delete()
    rows.delete()
    set_count(process, max(number, 2) - 1)
    return f"removed change {max(number, 2)} and all after it, and set the count back"


def closed_up(random, process, number) -> str:
    """Remove a change and number the later ones anew."""
    removed_change(random, process, number)
    last = process.changesets.order_by("number").last().number
    for later in range(number + 1, last + 1):
        process.changesets.filter(number=later).update(number=later - 1)
    set_count(process, last - 1)
    return f"removed change {number} and closed the gap"


def swapped_changes(random, process, number) -> str:
    one, other = two_changes(random, process, number)
    process.changesets.filter(pk=one.pk).update(number=PARKED)
    process.changesets.filter(pk=other.pk).update(number=one.number)
    process.changesets.filter(pk=one.pk).update(number=other.number)
    return f"swapped the numbers of changes {one.number} and {other.number}"


def swapped_snapshots(random, process, number) -> str:
    """Let two changes change their snapshots."""
    one, other = two_changes(random, process, number)
    mine, theirs = ({(row.model, row.object_id): row for row in change.snapshots.all()} for change in (one, other))
    snapshots = one.snapshots.model.objects
    for row in mine.keys() & theirs.keys():  # which stands once in a change, so that what it says changes places
        for here, there in ((mine[row], theirs[row]), (theirs[row], mine[row])):
            snapshots.filter(pk=here.pk).update(version=there.version, data=there.data)
    for here, there, change in ((mine, theirs, other), (theirs, mine, one)):
        snapshots.filter(pk__in=[here[row].pk for row in here.keys() - there.keys()]).update(changeset=change)
    return f"swapped the snapshots of changes {one.number} and {other.number}"


def inserted_change(random, process, number) -> str:
    """Put a forged change at the end."""
    last = process.changesets.order_by("number").last()
    last.pk, last.number, last.idempotency_key = None, last.number + 1, None
    last.previous_hash, last.hash = last.hash, random.choice((last.hash, "0" * 64))
    last.save(force_insert=True)
    set_count(process, last.number)
    return "put a forged change at the end"


def wrote_past(random, process, number) -> str:
    """Change a row of the record itself."""
    from django.db.models import F

    from issues.models import Position

    row = random.choice(list(Position.objects.filter(process=process)))
    column, value = random.choice((("body", row.body + "."), ("placement", 99), ("version", F("version") + 1)))
    Position.objects.filter(pk=row.pk).update(**{column: value})
    return f"wrote {column} of position {row.pk} past the door"


WAYS: tuple[Callable, ...] = (
    *(altered_text,) * 8,
    *(altered_number,) * 4,
    *(altered_moment,) * 2,
    removed_snapshot,
    removed_change,
    removed_end,
    closed_up,
    swapped_changes,
    swapped_snapshots,
    inserted_change,
    wrote_past,
)


def some_row(random, process, number):
    """Return the table and a row of it: a change, or one of its snapshots."""
    change = process.changesets.get(number=number)
    if random.random() < 0.5:
        return "changeset", change
    return "snapshot", random.choice(list(change.snapshots.all()))


def two_changes(random, process, number):
    other = random.randint(1, process.changesets.count())
    if other == number:
        raise Untouched
    return process.changesets.get(number=number), process.changesets.get(number=other)


def write(table: str, row, column: str, value) -> str:
    type(row).objects.filter(pk=row.pk).update(**{column: value})
    return f"wrote {column} of {table} {row.pk}"


def set_count(process, number: int):
    type(process).objects.filter(pk=process.pk).update(content_version=number)


def refused() -> list[str]:
    """Return a sentence for every statement that the database does not refuse, though the record is append-only."""
    from django.db import DatabaseError, connection, transaction

    statements = ["UPDATE issues_{} SET process_id = process_id", "DELETE FROM issues_{}"]
    if connection.vendor == "postgresql":
        statements.append("TRUNCATE issues_{} CASCADE")
    faults = []
    for table in TEXTS:
        for statement in statements:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement.format(table))
                    transaction.set_rollback(True)
                faults.append(f"The database lets “{statement.format(table)}” through.")
            except DatabaseError as error:
                if "append-only" not in str(error):
                    faults.append(f"“{statement.format(table)}” was refused, but not as append-only: {error}")
    return faults


def main(number: int) -> dict:
    """Return what was tried and missed; `guarded` holds the faults of the database's own guards."""
    from issues.models import guards

    write_some(CHANGES)
    guarded = refused()
    guards.drop()
    unguarded = refused()  # the control: without the guards everything goes through
    tried, unseen = 0, []
    for what, said in tampered(number):
        tried += 1
        if not said:
            unseen.append(what)
    guards.install()
    return {"tried": tried, "unseen": unseen, "guarded": guarded, "unguarded": unguarded}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
