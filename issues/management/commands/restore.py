"""Restore a backup into this database."""

from django.core.management.base import BaseCommand, CommandError

from issues import safekeeping
from issues.models import Process

from .load_process import Progress
from .verify_history import faults, summary


class Command(BaseCommand):
    help = (
        "Load a backup, made on SQLite or PostgreSQL, into an empty database or one without tables. All of it or "
        "nothing; read again afterwards and compared with the hash that it was made with. Then every process is "
        "verified as by verify_history; ends with 1 if one does not hold, as it did not when the backup was made."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the backup")
        parser.add_argument("--replace", action="store_true", help="delete all that the database holds first")

    def handle(self, *, file, replace, **options):
        try:
            found = safekeeping.restore(file, replace=replace, progress=Progress(self.stderr).show)
        except safekeeping.Refused as error:
            raise CommandError(error) from None
        self.stdout.write(f"{file}: {found.rows:,} rows of {len(found.parts)} tables, as of {found.made_at}.")
        self.stdout.write(f"Content: SHA-256 {found.content}")
        broken = 0
        for process in Process.objects.order_by("slug"):
            if sentences := list(faults(process)):
                broken += 1
                for sentence in sentences:
                    self.stderr.write(f"{process.slug}: {sentence}")
            else:
                self.stdout.write(f"{process.slug}: {summary(process)}")
        if broken:
            raise CommandError(f"Restored as it was backed up, but {broken} processes do not hold together.")
