"""Delete what nobody comes back to, and remove what was deleted long ago; meant to run once a day."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

from issues import drafts, imports, keeping, tokens


class Command(BaseCommand):
    help = (
        "Delete drafts that nobody has touched for 30 days, files that were brought more than 7 days ago to be looked "
        "at, and sessions and tokens that have ended; remove for good the talks that were deleted 30 days ago or more, "
        "with their history."
    )

    def handle(self, **options):
        count, files = drafts.sweep(), imports.sweep()
        call_command("clearsessions")
        ended, removed = tokens.sweep(), keeping.sweep()
        self.stdout.write(
            f"Drafts deleted: {count}. Imported files deleted: {files}. Ended sessions are gone. "
            f"Ended tokens deleted: {ended}. Talks removed for good: {removed}."
        )
