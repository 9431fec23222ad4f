"""Make what searches look through anew, from the record."""

from django.core.management.base import BaseCommand, CommandError

from issues.models import Process
from issues.search import keeping


class Command(BaseCommand):
    help = (
        "Make what searches look through anew, for every process or for those named. It is kept in step with every "
        "change and made by `migrate` where there is none, so that this is needed only after a fault."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", nargs="*", help="a process, as in its address. Default: all of them")

    def handle(self, *, slug, **options):
        processes = Process.objects.order_by("slug")
        if slug:
            processes = processes.filter(slug__in=slug)
            if missing := sorted(set(slug) - {process.slug for process in processes}):
                raise CommandError(f"There is no process {', '.join(missing)}.")
        for process in processes:
            self.stdout.write(f"{process.slug}: {keeping.rebuild(process)} entries.")
