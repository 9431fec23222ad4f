"""HTML: a dossier or a table as one page that needs nothing else, for reading and for paper."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from .about import About
from .dossier import Dossier
from .tables import Sheet, typed

STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 Georgia,"Times New Roman",serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
body{overflow-wrap:anywhere}
h1,h2,h3,h4{line-height:1.2;break-after:avoid}h2{margin-top:2.5rem;border-top:2px solid;padding-top:.5rem}
dl,table,.scale,.sources,.works{font-size:.875rem;font-family:system-ui,sans-serif}
dl div{display:grid;grid-template-columns:8rem 1fr;gap:1rem}dt{font-weight:600}dd{margin:0}
table{border-collapse:collapse;width:100%;overflow-wrap:break-word}
th,td{border:1px solid;padding:.4rem;text-align:left;vertical-align:top}
.question{font-size:1.2rem}.sources,.works{list-style:none;padding-left:1rem}q{quotes:"“" "”"}
article{border-left:2px solid;padding-left:1rem;margin-block:1rem}li,article,tr{break-inside:avoid}
@media print{:root{color-scheme:light}body{max-width:none;margin:0;font-size:10pt}a{color:inherit;text-decoration:none}
@page{margin:16mm 15mm;@bottom-right{content:counter(page) " / " counter(pages)}}}
"""
POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"


# What of a table people read; machines read the rest.
READ = {
    "board": ("issue", "side", "headline", "held_from", "placement", "gap_band"),
    "briefings": ("date", "title", "author", "publisher", "kind", "url"),
    "positions": ("held_from", "issue", "side", "headline", "body", "placement", "commitment", "confidence"),
    "compromises": ("number", "issue", "side", "headline", "current_status", "current_since"),
    "steps": ("date", "compromise", "side", "status", "note", "briefing"),
    "quotes": ("claim", "relation", "quote", "locator", "briefing_title", "briefing_date"),
    "issues": ("title", "question", "summary", "scale_low", "scale_high"),
    "sides": ("name", "role", "note"),
    "timeline": ("date", "kind", "what"),
    "search": ("kind", "title", "passage", "about"),
    "links": ("from", "kind", "to", "reason"),
}
# The part of a page that holds what it is about.
CONTENT = re.compile(rb"<main>(.*)</main>", re.DOTALL)


def page_pieces(dossier: Dossier) -> Iterator[bytes]:
    """Yield a dossier as a page."""
    yield written("issues/dossier.html", about=dossier.about, dossier=dossier)


def table_page(about: About, sheet: Sheet, batches: Iterable[list[tuple]]) -> bytes:
    """Return a table as a page: the columns that people read."""
    shown = [column for column in sheet.columns if column.name in READ.get(sheet.name, (column.name,))]
    at = [sheet.columns.index(column) for column in shown]
    rows = [["" if row[i] is None else row[i] for i in at] for batch in batches for row in typed(sheet.columns, batch)]
    names = [column.name.replace("_", " ").capitalize() for column in shown]
    return written("issues/sheet.html", about=about, names=names, rows=rows)


def content_of(page: bytes) -> str:
    """Return what a page that was written here is about, as markup that needs no further cleaning."""
    found = CONTENT.search(page)
    return mark_safe(found[1].decode()) if found else ""  # noqa: S308 (escaped when it was written)


def written(template: str, **context) -> bytes:
    context |= {"style": mark_safe(STYLE), "policy": POLICY}  # noqa: S308 (our own)
    return render_to_string(template, context).encode()
