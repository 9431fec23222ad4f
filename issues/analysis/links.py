"""Which stored addresses may become links. Pure Python."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# Browsers drop or rewrite these, so that the host shown would not be the host visited.
MISREAD = re.compile(r"[\s\\\x00-\x1f\x7f]")

CAME_FROM = ("utm_", "fbclid=", "gclid=")


@dataclass(frozen=True)
class Link:
    """An address on the web, and its host as people say it."""

    url: str
    host: str


def link(url: str | None) -> Link | None:
    """Return a stored address as a link, or None when it is missing or no plain http or https address."""
    if not url or MISREAD.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return Link(url, host.removeprefix("www."))


def page(url: str | None) -> tuple[str, str, str] | None:
    """Return (host, path, query) by which two addresses of the same page are equal, or None for no web address.

    The scheme, “www.”, a slash at the end, the fragment, and what only says where a reader came from do not count.
    """
    if not link(url):
        return None
    parts = urlsplit(str(url))
    pairs = (one for one in parts.query.split("&") if one)
    kept = [one for one in pairs if not one.lower().startswith(CAME_FROM)]
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), "&".join(kept)
