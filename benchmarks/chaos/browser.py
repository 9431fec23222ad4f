"""A browser without a screen: one connection, the cookies of a person, and the forms of a page; and a program."""

import http.client
import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

GONE = (OSError, http.client.HTTPException)
WAIT = 60  # seconds until an answer counts as missing


@dataclass(frozen=True)
class Answer:
    """An answer of the site; status 0 where the connection ended without one."""

    status: int
    location: str = ""
    text: str = ""
    wait: int = 0  # seconds, where it says so


class Browser:
    """A signed-in person's connection to the site."""

    def __init__(self, port: int, cookies: dict[str, str]):
        self.cookies = dict(cookies)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)

    def ask(self, address: str, fields: dict | None = None, *, htmx: bool = False) -> Answer:
        """Return the answer to a GET, or to a POST of fields. A request is sent once, whatever becomes of it."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if htmx:
            headers["HX-Request"] = "true"
        body = None
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(fields).encode()
        try:
            self.connection.request("GET" if body is None else "POST", address, body, headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except GONE:
            self.connection.close()
            return Answer(0)
        for cookie in response.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, response.headers.get("Location", ""), text)


class Program:
    """A program's connection to the site, with a token."""

    def __init__(self, port: int, token: str):
        self.token = token
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)

    def ask(self, address: str, fields: dict | None = None, **names: str) -> Answer:
        """Return the answer to a GET, or to a PATCH of fields. A request is sent once, whatever becomes of it."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {name.replace("_", "-"): value for name, value in names.items()}
        body = None if fields is None else json.dumps(fields).encode()
        try:
            self.connection.request("GET" if body is None else "PATCH", address, body, headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except GONE:
            self.connection.close()
            return Answer(0)
        return Answer(response.status, text=text, wait=int(response.headers.get("Retry-After", 0)))


class _Forms(HTMLParser):
    """Collects what each form of a page would send as it stands."""

    def __init__(self):
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.area = self.chosen = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append({})
        elif not self.forms:
            return
        elif (
            tag == "input" and name and (given.get("type") not in ("radio", "checkbox", "submit") or "checked" in given)
        ):
            self.forms[-1][name] = given.get("value") or ""
        elif tag == "select":
            self.chosen = name
            self.forms[-1].setdefault(name, "")
        elif tag == "option" and self.chosen and "selected" in given:
            self.forms[-1][self.chosen] = given.get("value") or ""
        elif tag == "textarea":
            self.area = name
            self.forms[-1][name] = ""

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            # A line end right after the opening tag is not part of the text.
            self.forms[-1][self.area] = self.forms[-1][self.area].removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.chosen = None

    def handle_data(self, data):
        if self.area:
            self.forms[-1][self.area] += data


def form(text: str) -> dict[str, str]:
    """Return the fields of the form that asks for a reason, as the page would send them; empty where there is none."""
    reader = _Forms()
    reader.feed(text)
    return next((fields for fields in reader.forms if "reason" in fields), {})


class _Versions(HTMLParser):
    """Collects the two marked texts of a conflict as (kind, words)."""

    def __init__(self):
        super().__init__()
        self.texts: list[list[tuple[str, str]]] = []
        self.inside, self.kind = False, "same"

    def handle_starttag(self, tag, attrs):
        if tag == "p" and dict(attrs).get("class") == "diff-text":
            self.texts.append([])
            self.inside = True
        elif tag in ("ins", "del"):
            self.kind = tag

    def handle_endtag(self, tag):
        if tag == "p":
            self.inside = False
        elif tag in ("ins", "del"):
            self.kind = "same"

    def handle_data(self, data):
        if self.inside:
            self.texts[-1].append((self.kind, data))


def versions(text: str) -> tuple[str, str, str] | None:
    """Return (base, theirs, mine) as the answer of a conflict on one field shows them; None where it does not."""
    reader = _Versions()
    reader.feed(text)
    if len(reader.texts) != 2:
        return None
    saved, yours = reader.texts
    bases = {"".join(words for kind, words in one if kind != "ins") for one in (saved, yours)}
    if len(bases) != 1:
        return None
    theirs, mine = ("".join(words for kind, words in one if kind != "del") for one in (saved, yours))
    return bases.pop(), theirs, mine


def compared_with(text: str) -> int | None:
    """Return the version that the answer of a conflict names as the one where the edit began."""
    found = re.search(r"compared with version (\d+)", text)
    return int(found[1]) if found else None
