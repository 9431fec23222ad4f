"""A set of talks as a whole: its address, its archive, and how it is deleted, brought back, and removed for good."""

from datetime import datetime
from itertools import chain, count

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import slugify

from . import history
from .models import RECORDED, Process, Removal, Snapshot, guards
from .models.process import TAKEN
from .permissions import RESTORABLE_FOR


class Unchanged(Exception):
    """All is as wanted already. Nothing was written."""


def free_slug(name: str) -> str:
    """Return a name in addresses for new talks, one that no others have or had. One SQL query."""
    stem = slugify(name)[:70] or "talks"
    taken = {*TAKEN, *Process.objects.filter(slug__startswith=stem).values_list("slug", flat=True)}
    return next(slug for slug in chain([stem], (f"{stem}-{n}" for n in count(2))) if slug not in taken)


def archive(process: Process, **signed):
    """Close talks to every change but this one's undoing; raise Unchanged if they are closed."""
    write(process, lambda row, moment: None if row.archived_at else {"archived_at": moment}, "archive", **signed)


def reopen(process: Process, **signed):
    """Open archived talks again; raise Unchanged if they are open."""
    write(process, lambda row, moment: {"archived_at": None} if row.archived_at else None, "reopen", **signed)


def delete(process: Process, **signed):
    """Take talks out of everyone's sight, restorably; raise Unchanged if they are deleted."""
    why = signed["reason"]

    def changes(row: Process, moment: datetime):
        return None if row.retired_at else {"retired_at": moment, "retired_reason": why}

    write(process, changes, "delete", **signed)


def bring_back(process: Process, **signed):
    """Bring deleted talks back as they were; raise Unchanged if they are there."""

    def changes(row: Process, moment: datetime):
        return {"retired_at": None, "retired_reason": ""} if row.retired_at else None

    write(process, changes, "bring back", **signed)


def write(process: Process, changes, *content, reason: str, user, key: str):
    """Set what `changes` returns for the stored row and the moment, in one changeset; a second call writes nothing."""
    key = history.once(key, user.pk, process.pk, *content)
    try:
        with history.changeset(process, reason=reason, user=user, key=key, even_closed=True) as door:
            stored = Process.objects.get(pk=process.pk)
            found = changes(stored, door.moment)
            if found is None:
                raise Unchanged
            door.update(stored, **found)
    except history.AlreadyWritten:
        pass


def sweep() -> int:
    """Remove for good what was deleted longer ago than it can be brought back, and return how many talks that were."""
    due = Process.objects.filter(retired_at__lte=timezone.now() - RESTORABLE_FOR).values_list("pk", flat=True)
    return sum(remove(pk) for pk in list(due))


def remove(pk: int) -> bool:
    """Remove deleted talks for good with their history, and leave a Removal in their place; all of it or nothing.

    Besides the restore of a backup the one place where a record of changes is deleted: the chain of these talks goes
    as a whole, and those of others do not touch it.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
        process = Process.objects.select_for_update().get(pk=pk)
        if not process.retired_at or process.retired_at > timezone.now() - RESTORABLE_FOR:
            return False  # brought back in the meantime
        last = process.changesets.order_by("-number").first()
        deletion = Snapshot.objects.filter(process=pk, model="process").order_by("-changeset_id").first()
        Removal.objects.create(
            slug=process.slug,
            changes=process.content_version,
            last_seal=last.hash if last else "",
            deleted_at=process.retired_at,
            deleted_by=deletion.changeset.user_name if deletion else "",
            removed_at=timezone.now(),
        )
        guards.drop()
        forget_log(pk)
        for model in belonging():
            rows = model._base_manager.filter(process=pk)
            rows._raw_delete(rows.db)  # row by row it would be refused: what is recorded protects what it points to
        own = Process.objects.filter(pk=pk)
        own._raw_delete(own.db)
        connection.check_constraints()  # which PostgreSQL has put off so far, and asks for before it makes a trigger
        guards.install()
    return True


def belonging() -> list[type[models.Model]]:
    """Return every model whose rows belong to a process."""
    found = apps.get_app_config("issues").get_models()
    return [
        model
        for model in found
        if any(field.name == "process" and field.related_model is Process for field in model._meta.concrete_fields)
    ]


def forget_log(pk: int):
    """Delete what the admin panel's log says of the rows of a process."""
    for model in RECORDED.values():
        rows = model._base_manager.filter(**{"pk" if model is Process else "process": pk})
        keys = rows.order_by().values_list(Cast("pk", models.CharField()), flat=True)
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=keys).delete()
