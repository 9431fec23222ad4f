"""Write one set of talks as a process document, which `load_process` reads."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from issues import documents, files
from issues.models import Process


class Command(BaseCommand):
    help = (
        "Write the live record of one process as a process document (JSON). load_process reads it back: the same rows, "
        "without what was taken out and with a history of their own; a backup holds both. Ends with 1 where something "
        "stands in the record that load_process would refuse, and names it; the document is written all the same."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", help="the process, as in its address")
        parser.add_argument("file", nargs="?", help="the file to write. Default: the terminal, or a pipe")
        parser.add_argument(
            "--history", action="store_true", help="add every change with its seal and the rows as it left them"
        )
        parser.add_argument("--force", action="store_true", help="write over a file that is there")

    @transaction.atomic
    def handle(self, *, slug, file, history, force, **options):
        # Locked, as every writer locks it first: the document is of one moment.
        process = Process.objects.select_for_update().filter(slug=slug).first()
        if process is None:
            known = ", ".join(Process.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no process {slug}. The processes are: {known}.")
        document = documents.export(process)
        if history:
            document |= {"history": documents.export_history(process)}
        text = documents.text_of(document)
        if file is None:
            self.stdout.write(text, ending="")
        else:
            try:
                with files.whole(file, force=force) as place:
                    place.write(text.encode())
            except files.NotWritten as error:
                raise CommandError(error) from None
            self.stdout.write(f"{slug}: written to {file}; SHA-256 {documents.fingerprint(document)}")
        if faults := documents.check(document):
            for fault in faults[: documents.SHOWN]:
                self.stderr.write(str(fault))
            count = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
            raise CommandError(
                f"The document is written, but load_process would find {count} in it; correct the record."
            )
