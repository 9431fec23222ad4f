"""Load a process document: one set of talks, whole, from a JSON or YAML file."""

import os

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from issues import documents
from issues.choices import Visibility
from issues.documents.reading import shown

MANY = 1000  # rows from which on a load shows its progress
WIDTH = 30


class Command(BaseCommand):
    help = (
        "Load one process document (JSON or YAML; its format is issues/documents/schema.json). Everything is checked "
        "first and every fault named; then all of it is written in one changeset, or nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the document, such as fixtures/us-russia-talks.json")
        parser.add_argument("--update", action="store_true", help="change a process that is there already")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
        parser.add_argument("--reason", help="why, for the history. Default: Load and the file’s name")
        parser.add_argument("--user", metavar="USERNAME", help="who, for the history. Default: nobody")
        parser.add_argument("--visibility", choices=Visibility.values, help="instead of what the document says")

    def handle(self, *, file, update, dry_run, reason, user, visibility, **options):
        name = shown(os.path.basename(file))
        try:
            report = documents.load(
                documents.read(file),
                reason=shown(reason) if reason is not None else f"Load {name}",
                user=self.find_user(user),
                update=update,
                dry_run=dry_run,
                visibility=visibility,
                progress=Progress(self.stderr).show,
            )
        except documents.DocumentError as error:
            raise CommandError(error) from None
        except DatabaseError as error:
            raise CommandError(f"The database refused, and nothing was written: {error}") from error
        self.stdout.write("\n".join(report.lines()))
        if report.changes and not report.written:
            self.stdout.write(
                "This was a dry run." if dry_run else "To make these changes, run the same command with --update."
            )

    def find_user(self, name):
        """Return the user of that name, or None for no name."""
        if name is None:
            return None
        user = get_user_model().objects.filter(username=shown(name)).first()
        if user is None:
            raise CommandError(f"There is no user “{shown(name)}”. Leave --user out, or create the account first.")
        return user


class Progress:
    """A bar on a terminal, elsewhere a line for every tenth of the work; nothing for less than `many` rows."""

    def __init__(self, stream, many: int = MANY):
        self.stream, self.many, self.tenth, self.percent = stream, many, 0, -1

    def show(self, done: int, total: int, verb: str = ""):
        """Show that so many rows of a total are written, or whatever the verb says."""
        if total < self.many or self.percent == (percent := done * 100 // total):
            return
        share, self.percent = done / total, percent
        said = f"{share:4.0%} of {total:,} rows{verb and f' {verb}'}"
        if self.stream.isatty():
            bar = "█" * round(WIDTH * share)
            end = "\n" if done == total else ""
            self.stream.write(f"\r{bar:░<{WIDTH}} {said}", ending=end)
            self.stream.flush()
        elif int(share * 10) > self.tenth:
            self.tenth = int(share * 10)
            self.stream.write(said)
