"""Everyone who might ask, the processes they ask about, and what is looked at in every answer."""

import io
import re
import time
import zipfile

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.http import HttpResponse

from issues import freezing, imports, people, tokens
from issues.models import CompromiseLink, SavedView

from . import valley
from .addresses import PEOPLE, PROGRAM
from .conftest import Person

HTMX = {"HX-Request": "true"}
DAY = 24 * 60 * 60
WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+\"(\w+)\"", re.I)
POLICY = {
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    *(f"{each}-src 'self'" for each in ("script", "style", "img", "font", "connect")),
    "form-action 'self'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Program(Person):
    """A program, with a token of somebody's."""

    def __init__(self, user, scope="write"):
        _, secret = tokens.make(user, f"A program to {scope}", scope, None)
        super().__init__(headers={"Authorization": f"Bearer {secret}"})


class House:
    """Two processes, one public and one for members, a third elsewhere, and everyone who might ask."""

    def __init__(self):
        self.public, self.private = valley.create("valley"), valley.create("glen", visibility="members")
        elsewhere = valley.create("elsewhere")
        self.people = {name: Person() if name == "visitor" else Person.called(name) for name in PEOPLE}
        self.known = {}
        for process in (self.public, self.private):
            furnish(process)
            bring(process, self.people["desk"].user)
            keep(process, self.people["desk"].user)
            for role in ("reader", "analyst", "curator"):
                self.people[role].joins(process, role)
            self.people["suspended"].joins(process, "curator")
            process.suggestions.update(author=self.people["analyst"].user, author_name="analyst")
            self.people["desk"].joins(process, "curator")
            _, token = people.invite(process, f"{process.slug}@example.org", "reader", None)
            self.known[process] = {"token": token}
        self.people["stranger"].joins(elsewhere, "analyst")
        self.people["neighbour"].joins(elsewhere, "curator")
        User.objects.filter(username__in=("staff", "superuser")).update(is_staff=True)
        User.objects.filter(username="superuser").update(is_superuser=True)
        User.objects.filter(username="suspended").update(is_active=False)
        self.protect(self.people["desk"].user)
        self.people[PROGRAM] = Program(self.people["analyst"].user)
        for person in self.people.values():
            # Lately, whenever in a run it is asked: so that pages of the account open.
            entered = {"method": "password", "at": time.time() + DAY}
            session = person.session
            session["account_authentication_methods"] = [entered]
            session.save()

    def protect(self, user):
        """Give a person what the pages of an account are about, and the panel's models a row each."""
        TOTP.activate(user, "A" * 32)
        RecoveryCodes.activate(user)
        UserSession.objects.create(user=user, ip="192.0.2.1", session_key="a session elsewhere")
        EmailAddress.objects.create(user=user, email="desk@example.org")
        tokens.make(user, "A notebook", "read", None)
        Group.objects.create(name="A group")


def furnish(process):
    """Put a row of every kind into a process."""
    held = valley.hold(process, "hill", "2024-02-01", 20)
    valley.cite(held)
    valley.suggest(held)
    first, second = (valley.propose(process, number, ("2024-02-01", "suggested")) for number in (1, 2))
    valley.add(CompromiseLink(process=process, source=first, target=second, kind="follows"))


def bring(process, user):
    """Keep a file that somebody brought, none of it written."""
    imports.bring(process, user, imports.KINDS["briefing"], "list.csv", b"title,date\nThe wells,2024-02-01")


def keep(process, user):
    """Keep a view of a process for everyone, and a brief that somebody froze."""
    SavedView.objects.create(
        process=process, user=user, name="News", page="briefings", query="kind=news", is_shared=True
    )
    last = process.changesets.latest("number")
    page = ("html", "text/html; charset=utf-8", b"<main><p>The wells</p></main>")
    freezing.freeze(process, last, b"{}", lambda frost: [page], user=user, title="The wells", of="briefings", query="")


class Watch:
    """The tables that a request wrote to."""

    def __init__(self):
        self.written = set()

    def __call__(self, execute, sql, params, many, context):
        if found := WRITE.match(sql):
            self.written.add(found[1])
        return execute(sql, params, many, context)


def ask(person, method, url, data=None, body="", **more):
    """Return the answer to a request, and the tables that it wrote to; nothing of it stays."""
    watch, cookies = Watch(), person.cookies.copy()
    person.raise_request_exception = False
    with connection.execute_wrapper(watch), transaction.atomic():
        response = whole(person.post(url, data, **more) if data else person.generic(method, url, body, **more))
        transaction.set_rollback(True)
    person.cookies = cookies
    return response, watch.written


def whole(response):
    """Return an answer with its content as `text`: of a file that is sent in pieces, and of packed files, too."""
    if not response.streaming:
        return response
    data = b"".join(response.streaming_content)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            data = b"\n".join(parts.read(name) for name in parts.namelist() if name.endswith((".xml", ".rels")))
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    kind = response["Content-Type"].partition(";")[0]
    return HttpResponse(data, status=response.status_code, headers=headers, content_type=f"{kind}; charset=utf-8")


def unguarded(response):
    """Yield what an answer lacks of the headers that keep a browser safe."""
    if set(response.get("Content-Security-Policy", "").split("; ")) != POLICY:
        yield f"Content-Security-Policy: {response.get('Content-Security-Policy')}"
    for name, value in HEADERS.items():
        if response.get(name) != value:
            yield f"{name}: {response.get(name)}"


def cacheable(who, response):
    """Yield what a page lacks of the headers that keep it out of caches, or apart from others there."""
    kept, varies = (set(response.get(name, "").split(", ")) for name in ("Cache-Control", "Vary"))
    if who != "visitor" and not {"private", "no-store"} <= kept:
        yield f"Cache-Control: {', '.join(sorted(kept))}"
    if not {"Cookie", "HX-Request", "HX-Boosted", "HX-History-Restore-Request"} <= varies:
        yield f"Vary: {', '.join(sorted(varies))}"
