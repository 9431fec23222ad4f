"""COinS: what a list says of each document, so that reference managers find it. Pure Python."""

from functools import lru_cache
from urllib.parse import urlencode

from .names import authors


@lru_cache(maxsize=1_000)
def coins(*, title: str, author: str, publisher: str, date: str, kind: str, url: str, language: str) -> str:
    """Return the title of the empty element that carries a document’s reference (OpenURL 1.0, as Dublin Core)."""
    pairs = [("ctx_ver", "Z39.88-2004"), ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"), ("rft.title", title)]
    pairs += [("rft.creator", one.said) for one in authors(author)]
    pairs += [("rft.publisher", publisher), ("rft.date", date), ("rft.type", kind)]
    pairs += [("rft.identifier", url), ("rft.language", language)]
    return urlencode([(name, value) for name, value in pairs if value], errors="replace")
