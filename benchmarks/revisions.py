"""Write very many revisions into a database that has the talks. Prints the board's address now and then, as JSON.

`python -m benchmarks.revisions 100000 talks` on the database that DATABASE_URL names writes them for rows of the talks;
with `beside` in place of `talks`, for a process of their own; with 0, none. They repeat what the rows hold, in changes
of ten rows each, and their seals are left out, so that the record of changes does not hold together afterwards.
"""

import json
import sys
from datetime import timedelta

REVISIONS = 100_000
TOGETHER = 10  # rows of a change


def write(source, target, revisions: int):
    """Write so many revisions to process `target`, each a copy of a first snapshot of process `source`."""
    from django.db import connection, transaction

    from issues.models import Process, Snapshot

    load, last = (source.changesets.order_by(order).first() for order in ("number", "-number"))
    keys = list(Snapshot.objects.filter(changeset=load).order_by("pk").values_list("pk", flat=True))
    begun = target.content_version
    with transaction.atomic(), connection.cursor() as cursor:
        for n in range(revisions // TOGETHER):
            moment = connection.ops.adapt_datetimefield_value(last.moment + timedelta(microseconds=n + 1))
            cursor.execute(
                "INSERT INTO issues_changeset (process_id, number, moment, reason, user_name,"
                " accepted_by_name, kind, previous_hash, hash)"
                " VALUES (%s, %s, %s, 'A round', '', '', '', '', '') RETURNING id",
                [target.pk, begun + n + 1, moment],
            )
            (changeset,) = cursor.fetchone()
            copied = [keys[(n * TOGETHER + i) % len(keys)] for i in range(TOGETHER)]
            cursor.execute(
                "INSERT INTO issues_snapshot (changeset_id, process_id, model, object_id, version, data)"
                " SELECT %s, %s, model, object_id, %s, data FROM issues_snapshot"
                f" WHERE id IN ({', '.join(['%s'] * TOGETHER)})",
                [changeset, target.pk, n + 2, *copied],
            )
        Process.objects.filter(pk=target.pk).update(content_version=begun + revisions // TOGETHER)


def fill(revisions: int, where: str) -> dict:
    """Write the revisions; return {"now": address of the talks' board, "then": as of the middle of its changes}."""
    from django.urls import reverse
    from django.utils.http import urlencode

    from issues.models import Process

    from .data import FIRST_DAY, analyse

    talks = Process.objects.order_by("pk").first()
    beside = {"slug": "much-revised", "name": "A much revised process", "question": "How often?"}
    target = talks if where == "talks" else Process.objects.create(**beside, started_on=FIRST_DAY)
    write(talks, target, revisions)
    analyse()
    middle = talks.changesets.order_by("number")[talks.changesets.count() // 2]
    board = reverse("issues:process-detail", args=[talks.slug])
    return {"now": board, "then": f"{board}?{urlencode({'as_of': middle.moment.isoformat()})}"}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(fill(int(sys.argv[1]), sys.argv[2])))
