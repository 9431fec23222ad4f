"""Fill a database: the shipped talks, or beside them one process with very many rows. Prints what to ask for, as JSON.

`python -m benchmarks.data real` and `python -m benchmarks.data big`, on the database that DATABASE_URL names. Rows are
written in bulk past the write door, so that they have no revisions; their content is the same in every run.
"""

import json
import re
import sys
from datetime import date, timedelta
from random import Random

SEED = 20250212
FIRST_DAY = date(2005, 1, 1)
DAYS = 7300
COPIES = 50  # of each position and briefing, by the database, which is many times faster than writing each row
POSITIONS, BRIEFINGS, COMPROMISES, CITATIONS = 100_000, 10_000, 2_000, 10_000
CROWDED = 2  # one position in so many is of the first side on the first issue
SIDES, ISSUES = 6, 20
MARKERS = ("circle", "square", "diamond", "triangle", "hexagon", "plus", "star", "inverted_triangle")
STEPS = ("suggested", "signalled", "offered")
SUBJECTS = ("water", "borders", "prisoners", "trade", "returns", "elections", "monitors", "debts", "ports", "schools")
VERBS = ("Accepts", "Refuses", "Defers", "Ties", "Reopens", "Narrows", "Restates", "Links")
BATCH = 2_000


def sentence(random: Random, words: int = 6) -> str:
    subjects = random.choices(SUBJECTS, k=words)
    return f"{random.choice(VERBS)} {' and '.join(random.sample(SUBJECTS, 2))} {' '.join(subjects)}"


def multiply(model, process, times: int):
    """Make so many of every row of a process that has a slug, the slugs numbered."""
    from django.db import connection

    names = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join("slug || '-' || %s" if name == "slug" else f'"{name}"' for name in names)
    (last,) = model.objects.filter(process=process).order_by("-pk").values_list("pk", flat=True)[:1]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for copy in range(1, times):
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE process_id = %s AND id <= %s",
                [str(copy), process.pk, last],
            )


def fill(*, positions=POSITIONS, briefings=BRIEFINGS, compromises=COMPROMISES, citations=CITATIONS, copies=COPIES):
    """Make a public process with so many rows and return it."""
    from django.db import transaction

    with transaction.atomic():
        return _fill(positions // copies, briefings // copies, compromises, citations, copies)


def _fill(positions, briefings, compromises, citations, copies):
    from issues.models import Briefing, Citation, Compromise, Issue, Position, Process, Side, StatusEvent

    random = Random(SEED)

    def day():
        return FIRST_DAY + timedelta(days=random.randrange(DAYS))

    process = Process.objects.create(
        slug="many-rows",
        name="A process with many rows",
        question="Does a normal process stay fast beside it?",
        started_on=FIRST_DAY,
        visibility="public",
    )
    sides = Side.objects.bulk_create(
        Side(
            process=process,
            slug=f"side-{n}",
            name=f"Side {n}",
            short_label=f"S{n}",
            role="principal" if n < 3 else "party",
            order=n,
            marker=MARKERS[n - 1],
            colour=n,
        )
        for n in range(1, SIDES + 1)
    )
    issues = Issue.objects.bulk_create(
        Issue(process=process, slug=f"issue-{n}", order=n, title=f"Issue {n}", scale_low="Nothing", scale_high="All")
        for n in range(1, ISSUES + 1)
    )
    documents = Briefing.objects.bulk_create(
        (
            Briefing(
                process=process,
                slug=f"briefing-{n}",
                published_on=day(),
                kind=random.choice(("analysis", "official_statement", "treaty_text", "news")),
                title=f"{sentence(random)}, no. {n}",
                author="A. Writer",
                publisher=f"Publisher {n % 40}",
                abstract=f"{sentence(random, 20)}.",
            )
            for n in range(briefings)
        ),
        batch_size=BATCH,
    )
    held = Position.objects.bulk_create(
        (
            Position(
                process=process,
                slug=f"position-{n}",
                issue=issues[0] if n % CROWDED == 0 else random.choice(issues),
                side=sides[0] if n % CROWDED == 0 else random.choice(sides),
                held_from=day(),
                headline=f"{sentence(random)}, no. {n}",
                body=f"{sentence(random, 30)}.",
                placement=random.randrange(101),
                commitment="leader_statement",
            )
            for n in range(positions)
        ),
        batch_size=BATCH,
    )
    proposed = Compromise.objects.bulk_create(
        (
            Compromise(
                process=process,
                number=n,
                slug=f"compromise-{n}",
                issue=random.choice(issues),
                side=random.choice(sides),
                headline=f"{sentence(random)}, no. {n}",
                body=f"{sentence(random, 30)}.",
                test_sentence="A text says so.",
            )
            for n in range(1, compromises + 1)
        ),
        batch_size=BATCH,
    )
    steps = []
    for compromise in proposed:
        began = day()
        steps += [
            StatusEvent(
                process=process,
                compromise=compromise,
                status=status,
                occurred_on=began + timedelta(days=40 * place),
                briefing=random.choice(documents),
            )
            for place, status in enumerate(STEPS)
        ]
    StatusEvent.objects.bulk_create(steps, batch_size=BATCH)
    Citation.objects.bulk_create(
        (
            Citation(
                process=process, position=random.choice(held), briefing=random.choice(documents), quote=sentence(random)
            )
            for _ in range(citations)
        ),
        batch_size=BATCH,
    )
    multiply(Position, process, copies)
    multiply(Briefing, process, copies)
    return process


def analyse():
    """Let PostgreSQL count what is in its tables, as its autovacuum would within a minute."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def word(text: str) -> str:
    """Return the longest plain word of a text, to look for in an answer."""
    return max(re.findall(r"[A-Za-z]+", text), key=len)


def real() -> dict:
    """Load the shipped talks; return (address, a word in the answer) of every page of theirs."""
    from django.conf import settings
    from django.core.management import call_command
    from django.urls import reverse

    from issues.models import Briefing, Compromise, Issue, Position, Process

    (file,) = (settings.BASE_DIR / "fixtures").glob("*.json")
    call_command("load_process", str(file), stdout=sys.stderr)
    analyse()
    process = Process.objects.get()
    slug = process.slug
    issue, briefing, position, compromise = (
        model.objects.filter(process=process).order_by("pk").first()
        for model in (Issue, Briefing, Position, Compromise)
    )
    pages = {
        "board": (reverse("issues:process-detail", args=[slug]), issue.title),
        "dossier": (issue.get_absolute_url(), position.headline),
        "compromises": (reverse("issues:compromise-list", args=[slug]), compromise.headline),
        "compromise": (compromise.get_absolute_url(), compromise.headline),
        "position": (position.get_absolute_url(), position.headline),
        "briefings": (reverse("issues:briefing-list", args=[slug]), issue.title),
        "briefing": (briefing.get_absolute_url(), briefing.title),
        "timeline": (reverse("issues:timeline", args=[slug]), position.headline),
    }
    return {name: (address, word(text)) for name, (address, text) in pages.items()}


def big() -> dict:
    """Add the process with many rows; return, for each long list, its first page and one deep inside."""
    from django.urls import reverse

    from issues.models import Briefing, Compromise, Position

    process = fill()
    analyse()
    crowd = Position.objects.filter(issue__process=process, issue__order=1, side__order=1)
    timeline = reverse("issues:timeline", args=[process.slug])
    briefings = reverse("issues:briefing-list", args=[process.slug])
    compromises = reverse("issues:compromise-list", args=[process.slug])

    def deep(rows, field, share):
        """Return the cursor of the row that lies so deep in a list that begins with the newest."""
        rows = rows.order_by(f"-{field}", "-id")
        return rows.values_list(field, "id")[int(rows.count() * share)]

    day, key = deep(Position.objects.filter(process=process), "held_from", 0.97)
    published, briefing = deep(Briefing.objects.filter(process=process), "published_on", 0.98)
    held, position = deep(crowd, "held_from", 0.97)
    newest = crowd.order_by("-held_from", "-id").first()
    last = Compromise.objects.filter(process=process).count()
    return {
        "timeline, 116,000 events": ((timeline, "Side"), (f"{timeline}?after={day}~position~{key}", "Side")),
        "briefings, 10,000": ((briefings, "no"), (f"{briefings}?after={published}~{briefing}", "no")),
        "compromises, 2,000": ((compromises, "no"), (f"{compromises}?after={last - 60}", "no")),
        "positions of one side, 50,000": (
            (newest.get_absolute_url(), "no"),
            (f"{newest.get_absolute_url()}?after={held}~{position}", "no"),
        ),
    }


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    if sys.argv[1] == "real":
        call_command("migrate", verbosity=0)
    print(json.dumps({"real": real, "big": big}[sys.argv[1]]()))
