"""Import briefings from a file: look at what each row would do, or write those beyond doubt in one change."""

import os
from collections import Counter
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from issues import imports
from issues.models import Process

from .load_process import Progress

SHOWN = 50  # rows that are named one by one
MANY = 500  # rows from which on the work shows its progress


class Command(BaseCommand):
    help = (
        "Compare the briefings in a file (CSV, XLSX, JSON, CSL-JSON, BibTeX, RIS, RSS or Atom) with a process and say "
        "what each would do. With --apply, write all that are new or changed beyond doubt in one change, or nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("process", help="the process, by its name in addresses")
        parser.add_argument("file", help="the file, such as reading-list.csv")
        parser.add_argument("--apply", action="store_true", help="write the rows; without it nothing is written")
        parser.add_argument("--all", action="store_true", help="write also those that may be on record already")
        parser.add_argument(
            "--match",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="which column fills a field, such as --match title=Headline; FIELD==VALUE gives every row the value",
        )
        parser.add_argument("--reason", help="why, for the history. Default: Import and the file’s name")
        parser.add_argument("--user", metavar="USERNAME", help="who, for the history. Default: nobody")

    def handle(self, *, process, file, apply, all, match, reason, user, **options):
        found = Process.objects.live().filter(slug=process).first()
        if found is None:
            raise CommandError(f"There is no process “{process}”. Its name stands in the address of its board.")
        kind, name = imports.KINDS["briefing"], os.path.basename(file)
        who = self.find_user(user)
        try:
            table = imports.read(kind, name, self.fetch(file))
            mapping = imports.guess(kind, table) | self.matched(kind, table, match)
            bar, seen, findings = Progress(self.stderr, MANY), imports.version_of(found), []
            for finding in imports.compare(found, kind, table, mapping):
                findings.append(finding)
                bar.show(len(findings), len(table.rows), "compared")
            self.report(table, findings)
            picked = [one for one in findings if (one.is_open if all else one.is_ticked)]
            chosen = [imports.Chosen(one.kind, one.pk, one.says) for one in picked]
            if not apply or not chosen:
                self.stdout.write("Nothing was written." + ("" if apply else " To write, run this again with --apply."))
                return
            bar = Progress(self.stderr, MANY)
            change = imports.apply(
                found,
                kind,
                chosen,
                seen,
                reason=reason or f"Import {imports.cut(name)}",
                user=who,
                progress=lambda done, total: bar.show(done, total, "written"),
            )
        except imports.Refused as error:
            raise CommandError(error) from None
        except (DatabaseError, ValueError) as error:
            raise CommandError(f"Nothing was written: {error}") from error
        self.stdout.write(f"{len(chosen):,} written as change {change.number} of {found.slug}.")

    def fetch(self, file) -> bytes:
        """Return the bytes of a file, at most one more than may be read."""
        try:
            with Path(file).open("rb") as opened:
                return opened.read(imports.LARGEST + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CommandError(f"{imports.cut(str(file))} cannot be read: {reason}. Check the path.") from None

    def matched(self, kind, table, pairs) -> dict[str, int | str]:
        """Return the mapping that was asked for."""
        found: dict[str, int | str] = {}
        for pair in pairs:
            name, _, source = pair.partition("=")
            if name not in kind.fields:
                raise CommandError(f"“{name}” is not a field. Fields are {', '.join(kind.fields)}.")
            if source.startswith("="):
                choices = dict(kind.fields[name].choices)
                if choices and source[1:] not in choices:
                    raise CommandError(f"“{source[1:]}” is not one of {', '.join(choices)}.")
                found[name] = source
            elif source in table.columns:
                found[name] = table.columns.index(source)
            else:
                raise CommandError(f"“{source}” is not a column. Columns are {', '.join(table.columns)}.")
        return found

    def report(self, table, findings):
        """Name the rows that need a look, and count all."""
        looks = [
            f"{table.noun} {number}, {finding.kind}: {' '.join(finding.notes)}"
            for finding, number in zip(findings, table.numbers, strict=True)
            if finding.kind == imports.FAULTY or finding.doubtful
        ]
        for line in looks[:SHOWN]:
            self.stdout.write(line)
        if len(looks) > SHOWN:
            self.stdout.write(f"… and {len(looks) - SHOWN:,} more.")
        counts = Counter(finding.kind for finding in findings)
        self.stdout.write(", ".join(f"{counts[kind]:,} {kind}" for kind in imports.WORDS) + ".")

    def find_user(self, name):
        """Return the user of that name, or None for no name."""
        if name is None:
            return None
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user “{name}”. Leave --user out, or create the account first.")
        return user
