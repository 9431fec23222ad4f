"""Clip: keep what is being read elsewhere, as a source of a claim or as a briefing. The server fetches nothing."""

import json
import re

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from .. import editing as edits
from ..analysis.links import link
from ..forms import ClipForm
from ..models import Briefing, Compromise, Position
from ..permissions import find_process
from ..queries import offers
from . import editing
from .gate import check_edit, signed, signed_in

# Its own name for the claim, in the place of which it is offered.
CLAIMS = {"position": Position, "compromise": Compromise}
DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![\d-])")
# Runs on the page being read, and asks that page alone. Neither % nor #: both mean something else in an address.
BOOKMARKLET = """javascript:(()=>{
const d=document,one=s=>d.querySelector(s)||{},
meta=one('meta[property="article:published_time"],meta[itemprop="datePublished"],meta[name="date"]').content,
data=[...d.querySelectorAll('script[type="application/ld+json"]')].map(s=>/"datePublished"\\s*:\\s*"([^"]+)"/
.exec(s.textContent)).find(Boolean),
date=meta||(data&&data[1])||one('time[datetime]').dateTime||'',
title=one('meta[property="og:title"]').content||d.title;
open(ADDRESS+'?'+new URLSearchParams({url:location.href.slice(0,1000),title:title.slice(0,300),
date:date.slice(0,10),words:String(getSelection()).slice(0,3000)}))})()"""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request, slug):
    """Keep a page: `?url=`, `?title=`, `?date=` and `?words=` fill the form in and do nothing else."""
    process = find_process(request.user, slug)
    check_edit(request, process)
    here = reverse("issues:clip-new", args=[slug])
    listed = reverse("issues:briefing-list", args=[slug])
    task = editing.Task(
        process=process,
        place=editing.Place("list", listed, "results", "results"),
        action=here,
        opener="",
        noun="clip",
        title="Clip a page",
        heading="What you read",
        save="Keep it",
        crumbs=(("Briefings", listed), ("Clip", "")),
        lede="Keep the page that you are reading: as a source of a claim, with its exact words, or as a briefing.",
        nav="briefings",
        bookmarklet=BOOKMARKLET.replace("\n", "").replace("ADDRESS", json.dumps(request.build_absolute_uri(here))),
    )
    clipped = read(request.GET, process)
    site = link(clipped["url"])

    def write(form):
        kind, _, key = form.cleaned_data["claim"].partition("-")
        if kind:
            claim = get_object_or_404(CLAIMS[kind].objects.select_related("process"), process=process, pk=key)
            edits.save(claim, {}, claim.version, sources=form.sources, **signed(request, form))
            return editing.Place("own", claim.get_absolute_url(), "", "main"), "The source is added."
        document = form.sources[0]["document"]
        made = edits.add(Briefing(process=process, **document), check=not_on_file, **signed(request, form))
        return editing.Place("own", made.get_absolute_url(), "", "main"), "The new briefing is recorded."

    return editing.record(
        request,
        task,
        ClipForm,
        write,
        initial={"reason": f"Clipped from {site.host}" if site else ""},
        prefix_id="clip",
        process=process,
        claims=offers.claims(process),
        clipped=clipped,
    )


def not_on_file(briefing) -> dict[str, str]:
    """Return what speaks against adding a briefing: that it is on file."""
    same = Briefing.objects.live().filter(process=briefing.process_id).read_at(briefing.url)
    return {"sources": f"“{same.title}” is on file with this address."} if same else {}


def read(given, process) -> dict:
    """Return what came with the address as the values of a source; a briefing on file at that address is taken."""

    def text(name, most):
        return " ".join(given.get(name, "").replace("\x00", " ").split())[:most]

    url = text("url", 1000)
    values = {"quote": text("words", 5000), "url": url if link(url) else ""}
    if same := Briefing.objects.live().filter(process=process).read_at(url):
        return values | {"briefing": same.pk, "quote_url": "" if same.url == url else url}
    found = DATE.match(text("date", 40))
    year, month, day = found.groups() if found else (None, None, None)
    return values | {
        "title": text("title", 300),
        "kind": "news",
        "published_on": f"{year}-{month or '01'}-{day or '01'}" if year else "",
        "precision": "day" if day else "month" if month else "year" if year else "day",
    }
