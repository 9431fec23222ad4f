"""HTML: a dossier as one page that needs nothing else, for reading and for paper."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from .dossier import Dossier

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


def page_pieces(dossier: Dossier) -> Iterator[bytes]:
    """Yield a dossier as a page."""
    context = {"dossier": dossier, "style": mark_safe(STYLE), "policy": POLICY}  # noqa: S308 (our own)
    yield render_to_string("issues/dossier.html", context).encode()
