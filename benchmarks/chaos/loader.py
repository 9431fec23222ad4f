"""Load a document again and again, with a word of its own in it, while others write.

`python -m benchmarks.chaos.loader LOGS PEOPLE` goes on until there is a file `stop` in the folder of the logs.
"""

import json
import sys
import time
from dataclasses import asdict
from io import StringIO
from itertools import count
from pathlib import Path
from random import Random

from .record import SLUG, document
from .writers import TOKEN, Entry, with_word


def load(folder: Path, people: int):
    from django.core.management import CommandError, call_command

    from issues.models import Position

    random, file = Random(1), folder / "document.json"
    with (folder / "loader.jsonl").open("a", buffering=1) as log:
        for n in count():
            if (folder / "stop").exists():
                return
            made, token = document(people), TOKEN.format("load", 0, n)
            stored = {one.slug: one for one in Position.objects.filter(process__slug=SLUG)}
            for row in made["positions"]:
                row |= {name: getattr(stored[row["slug"]], name) for name in ("body", "commitment_note")}
            first = made["positions"][0]
            first["body"] = with_word(random, first["body"], token)
            file.write_text(json.dumps(made))
            entry = Entry(token, "load", stored[first["slug"]].pk, "body", text=first["body"], status=302)
            try:
                call_command("load_process", str(file), update=True, reason=entry.reason, stdout=StringIO())
            except CommandError as error:
                entry.status = 409
                if "nothing was written" not in str(error):  # for a race, or for want of a lock in time
                    entry.faults.append(str(error))
            log.write(json.dumps(asdict(entry)) + "\n")
            time.sleep(0.05)


if __name__ == "__main__":
    import django

    django.setup()
    load(Path(sys.argv[1]), int(sys.argv[2]))
