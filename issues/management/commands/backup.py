"""Back up everything that must outlive this machine, into one file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from issues import files, safekeeping

from .load_process import Progress


class Command(BaseCommand):
    help = (
        "Write accounts, memberships, invitations, the record with all its history, and drafts into one file, as they "
        "were at one moment, while people go on working. It holds password hashes and secrets of second factors: keep "
        "it as you keep a key."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the file to write, such as backup.zip")
        parser.add_argument("--force", action="store_true", help="write over a file that is there")

    def handle(self, *, file, force, **options):
        try:
            with files.whole(file, force=force) as place:
                found = safekeeping.take(place, Path(file).absolute().parent, Progress(self.stderr).show)
        except files.NotWritten as error:
            raise CommandError(error) from None
        except DatabaseError as error:
            raise CommandError(f"The database could not be read, and no backup was written: {error}") from error
        self.stdout.write(f"{file}: {found.rows:,} rows of {len(found.parts)} tables.")
        self.stdout.write(f"Content: SHA-256 {found.content}")
