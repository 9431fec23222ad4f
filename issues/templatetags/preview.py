"""What other sites and programs show of a public page: its title, a sentence, and what kind of thing it is about."""

import json

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from ..analysis import prose
from ..choices import Visibility

register = template.Library()

# As `json_script` does: no text can end the element that it stands in.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
LONGEST = 300  # characters of a sentence


@register.simple_tag(takes_context=True)
def preview(context, title, text="", kind="WebPage", **more):
    """Return Open Graph properties and schema.org data of a page; nothing of what is private, or looks back.

    `kind` is a type of schema.org; `more` are further properties of it, left out where they are empty.
    """
    request, process = context.get("request"), context.get("process")
    if not request or (process and process.visibility != Visibility.PUBLIC) or hasattr(request, "past"):
        return ""
    url, text = request.build_absolute_uri(request.path), prose.words(text or "")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST].rsplit(' ', 1)[0]}…"
    about = {"@context": "https://schema.org", "@type": kind, "name": title, "description": text, "url": url}
    if process and process.name != title:
        about["isPartOf"] = {
            "@type": "Dataset",
            "name": process.name,
            "url": request.build_absolute_uri(process.get_absolute_url()),
        }
    about |= {name: value if isinstance(value, dict) else str(value) for name, value in more.items()}
    about = {name: value for name, value in about.items() if value not in ("", "None")}
    graph = {"title": title, "description": text, "url": url, "type": "article", "site_name": "Peacetracker"}
    properties = ((f"og:{name}", value) for name, value in graph.items() if value)
    return format_html(
        '{}<meta name="description" content="{}"><script type="application/ld+json">{}</script>',
        format_html_join("", '<meta property="{}" content="{}">', properties),
        text or title,
        mark_safe(json.dumps(about, ensure_ascii=False).translate(ESCAPES)),  # noqa: S308 (escaped for where it stands)
    )
