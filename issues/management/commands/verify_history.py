"""Prove that the record of changes holds together, and that every frozen brief is what was frozen."""

from django.core.management.base import BaseCommand, CommandError

from issues import freezing, history
from issues.models import Brief, Process, Removal, Snapshot

# What reading a column raises when what stands in it is no longer a moment, a number or a text.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError)


class Command(BaseCommand):
    help = (
        "Check the record of changes of every process, or of those named: every seal, every number, and that the last "
        "snapshot of every row equals the row; and every frozen brief, to the byte. Writes nothing. Ends with 1 if any "
        "of it does not hold. Keep the last seal somewhere else, and a record that was rebuilt as a whole gives itself "
        "away too."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", nargs="*", help="a process, as in its address. Default: all of them")

    def handle(self, *, slug, **options):
        processes, removals = Process.objects.order_by("slug"), Removal.objects.all()
        if slug:
            processes, removals = processes.filter(slug__in=slug), removals.filter(slug__in=slug)
            if missing := sorted(set(slug) - {one.slug for one in (*processes, *removals)}):
                known = ", ".join(Process.objects.order_by("slug").values_list("slug", flat=True)) or "none"
                raise CommandError(f"There is no process {', '.join(missing)}. The processes are: {known}.")
        broken = 0
        for process in processes:
            count = 0
            for fault in faults(process):
                count += 1
                self.stderr.write(f"{process.slug}: {fault}")
            broken += bool(count)
            if not count:
                self.stdout.write(f"{process.slug}: {summary(process)}")
        for one in removals:
            self.stdout.write(
                f"{one.slug}: deleted on {one.deleted_at:%Y-%m-%d} by {one.deleted_by or 'somebody at a shell'}, "
                f"removed for good on {one.removed_at:%Y-%m-%d} with its {one.changes} changes; last seal "
                f"{one.last_seal}"
            )
        if broken:
            raise CommandError(f"{broken} of {len(processes)} processes do not hold together.")
        if not processes and not removals:
            self.stdout.write("There is no process yet, so there is nothing to verify.")


def faults(process: Process):
    """Yield a sentence for every fault; what cannot even be read is one too."""
    try:
        yield from history.verify(process)
        yield from freezing.verify(process)
    except UNREADABLE as error:
        yield f"The record cannot be read to its end: {error}"


def summary(process: Process) -> str:
    """Return what holds, with the seal to compare with one noted earlier."""
    changes = process.changesets.order_by("number")
    rows = Snapshot.objects.filter(changeset__process=process).values("model", "object_id").distinct().count()
    last = changes.last()
    briefs = Brief.objects.filter(process=process).count()
    frozen = f", {briefs} frozen {'brief' if briefs == 1 else 'briefs'}" if briefs else ""
    return f"holds: {changes.count()} changes, {rows} rows{frozen}; last seal {last.hash if last else 'none'}"
