"""Time a save through the write door beside the bare transaction written by hand. Prints the times, as JSON.

`python -m benchmarks.saves 40`, on the database that DATABASE_URL names, with the talks in it. They take turns; the
bare one does the least that a save must: count the process up, update the row at its version, write the changeset and
the snapshot. It is written twice: with Django's models, as the application is, and in SQL, which shows what the models
cost. Both leave the seals out, so that the record of changes does not hold together afterwards. What a save does so
that it can be searched for is measured apart.
"""

import json
import sys
import time
from functools import partial
from unittest import mock
from uuid import uuid4


def measured(rounds: int) -> dict:
    """Return {"save", "unsearched", "models", "sql": seconds a round each, "queries": of a save over HTTP}.

    `unsearched` is a save that leaves alone what searches look through, as the bare ones do.
    """
    from django.contrib.auth.models import User

    from issues import editing, history
    from issues.models import Position

    user = User.objects.create_superuser(f"saves-{uuid4().hex[:8]}")
    stored = Position.objects.live().select_related("process").order_by("pk")
    found: dict = {"queries": queries(user, stored.first())}

    def save(row, text):
        editing.save(row, {"headline": text}, row.version, reason="A round", user=user, key=uuid4().hex)

    def unsearched(row, text):
        with mock.patch.object(history.keeping, "keep"):
            save(row, text)

    ways = {
        "save": save,
        "unsearched": unsearched,
        "models": partial(by_models, user=user),
        "sql": partial(by_sql, user=user),
    }
    found |= {name: [] for name in ways}
    for number in range(rounds + 3):
        for name, write in ways.items():
            row = stored.first()
            began = time.perf_counter()
            write(row, f"As it stands in round {number} ({name})")
            if number >= 3:  # the first ones warm the caches
                found[name].append(time.perf_counter() - began)
    return found


def by_models(row, text: str, user):
    """Write one field of a row, with its changeset and snapshot, with Django's models."""
    from django.db import transaction
    from django.db.models import F
    from django.utils import timezone

    from issues.history import data_of
    from issues.models import Changeset, Position, Process, Snapshot

    moment = timezone.now()
    with transaction.atomic():
        Process.objects.filter(pk=row.process_id).update(content_version=F("content_version") + 1)
        number = Process.objects.values_list("content_version", flat=True).get(pk=row.process_id)
        row.headline, row.updated_at = text, moment
        changed = {"headline": text, "updated_at": moment, "version": F("version") + 1}
        Position.objects.filter(pk=row.pk, version=row.version).update(**changed)
        row.version += 1
        changeset = Changeset.objects.create(
            process_id=row.process_id,
            number=number,
            moment=moment,
            reason="By hand",
            user=user,
            user_name=user.username,
            idempotency_key=uuid4().hex,
        )
        Snapshot.objects.create(
            changeset=changeset,
            process_id=row.process_id,
            model="position",
            object_id=row.pk,
            version=row.version,
            data=data_of(row),
        )


def by_sql(row, text: str, user):
    """Write one field of a row, with its changeset and snapshot, in hand-written SQL."""
    from django.db import connection, transaction
    from django.utils import timezone

    from issues.history import data_of

    moment = timezone.now()
    adapted = connection.ops.adapt_datetimefield_value(moment)
    row.headline, row.version, row.updated_at = text, row.version + 1, moment
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE issues_process SET content_version = content_version + 1 WHERE id = %s", [row.process_id]
        )
        cursor.execute("SELECT content_version FROM issues_process WHERE id = %s", [row.process_id])
        (number,) = cursor.fetchone()
        cursor.execute(
            "UPDATE issues_position SET headline = %s, version = %s, updated_at = %s WHERE id = %s AND version = %s",
            [text, row.version, adapted, row.pk, row.version - 1],
        )
        cursor.execute(
            "INSERT INTO issues_changeset (process_id, number, moment, reason, user_id, user_name, idempotency_key,"
            " accepted_by_name, kind, previous_hash, hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '', '', '', '') RETURNING id",
            [row.process_id, number, adapted, "By hand", user.pk, user.username, uuid4().hex],
        )
        (changeset,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO issues_snapshot (changeset_id, process_id, model, object_id, version, data)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [changeset, row.process_id, "position", row.pk, row.version, data_of(row)],
        )


def queries(user, row) -> int:
    """Return the number of SQL queries of one save through the form, everything included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from issues.forms import PositionEditForm

    client, address = Client(HTTP_HOST="localhost"), reverse("issues:position-edit", args=[row.pk])
    client.force_login(user)
    form = PositionEditForm.of(row, prefix_id="edit", issue=row.issue)
    typed = {name: form[name].value() for name in form.fields}
    typed = {name: "" if value is None else str(value) for name, value in typed.items()}
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(address, typed | {"headline": "Said through the form", "reason": "A round"})
    if answer.status_code != 302:
        raise SystemExit(f"{address}: status {answer.status_code} in place of 302")
    return len(captured)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measured(int(sys.argv[1]))))
