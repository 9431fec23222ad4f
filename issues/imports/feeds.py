"""Read a feed that was saved as a file: RSS or Atom. Each of its entries becomes the fields of a briefing."""

import html
import time
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import ParseError

import feedparser
import nh3
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from .faults import File, Refused
from .tables import MOST, Table, of_records, too_many

DEEPEST = 50
ITEMS = ("item", "entry")


def feed_table(file: File) -> Table:
    """Return the entries of a feed."""
    checked(file)
    return of_records(file, "entry", records(file))


def checked(file: File):
    """Refuse what is not well-formed, declares entities, or is nested too deeply, before the lenient parser sees it."""
    depth, items = 0, 0
    try:
        for event, element in iterparse(BytesIO(file.data), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise file.refuse(
                    "", f"its parts stand more than {DEEPEST} deep inside each other. Save the feed itself."
                )
            if event == "end":
                items += element.tag.rpartition("}")[2] in ITEMS
                element.clear()
    except ParseError as error:
        line, column = error.position
        sentence = "the feed is not well-formed there. Save it again from its address, as it is."
        raise file.refuse(f"line {line}, column {column + 1}", sentence) from None
    except DefusedXmlException:
        sentence = "it declares a document type or entities, which are not read. Save the feed without them."
        raise file.refuse("line 1", sentence) from None
    except Refused:
        raise
    except (LookupError, ValueError):
        raise file.refuse("line 1", "its encoding is not known. Save it with the encoding UTF-8.") from None
    if items > MOST:
        raise too_many(file)
    if not items:
        raise file.refuse(
            "", "there is no entry of a feed in it. Choose a file that was saved from an RSS or Atom address."
        )


def records(file: File) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (number, fields) of each entry."""
    # Handed over as a file: what it gets as text it might take for an address, and nothing is to be fetched.
    feed = feedparser.parse(BytesIO(file.data), sanitize_html=False, resolve_relative_uris=False)
    publisher, language = feed.feed.get("title", ""), feed.feed.get("language", "")
    for number, entry in enumerate(feed.entries, start=1):
        moment = entry.get("published_parsed") or entry.get("updated_parsed")
        yield (
            number,
            {
                "title": plain(entry.get("title", "")),
                "date": time.strftime("%Y-%m-%d", moment) if moment else "",
                "kind": "news",
                "author": plain(entry.get("author", "")),
                "publisher": plain(publisher),
                "url": entry.get("link", ""),
                "language": language,
                "abstract": plain(entry.get("summary", "")),
            },
        )


def plain(text: str) -> str:
    """Return HTML as plain text."""
    return " ".join(html.unescape(nh3.clean(text, tags=set())).split())
