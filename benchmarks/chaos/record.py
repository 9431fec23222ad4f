"""Make the record that is written to, and signed-in people: prints as JSON where they write and as whom.

`python -m benchmarks.chaos.record PEOPLE`, on the database that DATABASE_URL names.
"""

import json
import sys

SLUG = "chaos"
SHARED = 3  # positions that everybody writes to
SIDES = (("hill", "circle"), ("plain", "square"), ("town", "diamond"))
BODY = "They ask for the upper meadow. They would share the well in a dry year. The road stays open to all."


def document(positions: int) -> dict:
    """Return a process document with so many positions and as many compromises."""

    def place(n):
        return {"issue": ("grass", "water")[n % 2], "side": SIDES[n % 3][0]}

    return {
        "process": {
            "slug": SLUG,
            "name": "Sharing the valley",
            "question": "Who may graze where?",
            "start_date": "2024-01-01",
        },
        "sides": [
            {"slug": slug, "name": slug.title(), "short_label": slug, "role": "principal", "order": n, "marker": marker}
            for n, (slug, marker) in enumerate(SIDES, start=1)
        ],
        "issues": [
            {"slug": slug, "order": n, "title": slug.title(), "scale_low": "Closed", "scale_high": "Open"}
            for n, slug in enumerate(("grass", "water"), start=1)
        ],
        "briefings": [{"slug": "minutes", "date": "2024-01-05", "title": "Minutes", "kind": "news"}],
        "positions": [
            place(n)
            | {"slug": f"p-{n}", "as_of": f"2024-02-{1 + n % 28:02}", "headline": f"Position {n}", "body": BODY}
            | {"commitment": "leader_statement", "confidence": "moderate", "commitment_note": "Said in the square."}
            for n in range(positions)
        ],
        "compromises": [
            place(n)
            | {"number": n + 1, "slug": f"c-{n}", "headline": f"Compromise {n}", "body": BODY, "test_sentence": "So."}
            | {"status_changes": [{"status": "suggested", "date": "2024-02-01"}]}
            for n in range(positions)
        ],
    }


def make(people: int) -> dict:
    """Load the document; return the keys of its rows, and a session cookie and a token for each person.

    The first two people are curators, who may also use the admin panel.
    """
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from issues import documents, tokens
    from issues.models import Briefing, Compromise, Position, Process

    documents.load(document(people), reason="Begin")
    process = Process.objects.get(slug=SLUG)
    sessions, secrets = [], []
    for n in range(people):
        user = User.objects.create(username=f"writer-{n}", is_staff=n < 2)
        process.memberships.create(user=user, role="curator" if n < 2 else "analyst")
        client = Client()
        client.force_login(user)
        secrets.append(tokens.make(user, "Chaos", "write", None)[1])
        sessions.append({settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value})
    return {
        "slug": SLUG,
        "positions": list(Position.objects.order_by("pk").values_list("pk", flat=True)),
        "slugs": dict(Position.objects.values_list("pk", "slug")),
        "compromises": list(Compromise.objects.order_by("pk").values_list("number", flat=True)),
        "briefing": Briefing.objects.get().pk,
        "sessions": sessions,
        "tokens": secrets,
    }


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(make(int(sys.argv[1]))))
