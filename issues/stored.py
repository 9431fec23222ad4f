"""Whole answers to visitors, kept in memory for as long as the record stands as it did.

A page that looks back (`views.past.looks_back`) shows the record and the day, and to whoever is not signed in the same
as to everyone. Making it costs many times what it costs to see that nothing was written since: one SQL query.
"""

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.timezone import localdate

from .choices import Visibility
from .htmx import VARIES

GZIP = re.compile(r"\bgzip\b")
VERSION = "SELECT content_version FROM issues_process WHERE id = %s AND visibility = %s AND retired_at IS NULL"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out, and the process and version that it shows."""

    process: int
    version: int
    headers: dict[str, str]
    body: bytes

    def again(self, request) -> HttpResponse | None:
        """Answer with it, or with 304 to a browser that has it."""
        response = HttpResponse(self.body, headers=self.headers)
        return get_conditional_response(request, etag=self.headers["ETag"], response=response)


class Shelf:
    """Answers by their keys, with bodies of `room` bytes at most: what was asked for longest ago makes room."""

    def __init__(self, room: int):
        self.room, self.taken, self.lock = room, 0, Lock()
        self.answers: OrderedDict[tuple, Answer] = OrderedDict()

    def get(self, key: tuple) -> Answer | None:
        """Return the answer under a key, or None."""
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
            return self.answers.get(key)

    def put(self, key: tuple, answer: Answer):
        """Keep an answer in place of what was kept under its key."""
        with self.lock:
            old = self.answers.pop(key, None)
            self.taken += len(answer.body) - (len(old.body) if old else 0)
            self.answers[key] = answer
            while self.taken > self.room:
                self.taken -= len(self.answers.popitem(last=False)[1].body)


def stored_answers(get_response):
    """Answer visitors with what is kept, where nothing was written since it was made."""
    if not settings.PAGE_MEMORY_MB:
        raise MiddlewareNotUsed("No answers are kept: PAGE_MEMORY_MB is 0.")
    shelf = Shelf(settings.PAGE_MEMORY_MB * 1_000_000)

    def middleware(request):
        if not is_visit(request):
            return get_response(request)
        key = key_of(request)
        kept = shelf.get(key)
        if kept and kept.version == version_of(kept.process):
            return kept.again(request)
        response = get_response(request)
        if may_be_kept(request, response):
            response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
            process = response.process
            # The version was read before the rest, so that a write meanwhile leaves an answer that is never given.
            shelf.put(key, Answer(process.pk, process.content_version, dict(response.items()), response.content))
        return response

    return middleware


def is_visit(request) -> bool:
    """Tell whether a page is asked for by nobody in particular, with no message waiting."""
    personal = {settings.SESSION_COOKIE_NAME, "messages"} & request.COOKIES.keys()
    return request.method == "GET" and not personal and "Authorization" not in request.headers


def key_of(request) -> tuple:
    """Return all that an answer to a visitor depends on, beside the record itself."""
    asked = [request.headers.get(name, "") for name in VARIES]
    zipped = bool(GZIP.search(request.headers.get("Accept-Encoding", "")))
    return request.scheme, request.META.get("HTTP_HOST"), request.get_full_path(), *asked, zipped, localdate()


def may_be_kept(request, response) -> bool:
    """Tell whether an answer is a page of the record as it is now, with nothing in it for this visitor alone."""
    shows = getattr(request.resolver_match and request.resolver_match.func, "looks_back", False)
    is_page = response.status_code == 200 and not response.streaming and getattr(response, "process", None)
    return bool(shows and is_page and not hasattr(request, "past") and not request.COOKIES and not response.cookies)


def version_of(process: int) -> int | None:
    """Return the content version of a process that everyone may read, else None. One SQL query."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [process, Visibility.PUBLIC])
        found = cursor.fetchone()
    return found[0] if found else None
