"""The sources that a row of a claim names: one in columns of its own, or a list, as a process document has them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Max
from jsonschema import Draft202012Validator

from ..choices import Relation
from ..documents import fields
from ..documents.faults import Fault
from ..documents.rules import is_address
from ..documents.shape import formats, sentences, unstorable
from ..models import Citation, Process
from ..models.base import Content
from .kinds import CITED, DEFS

LIST = "citations"
SCHEMA = {"type": "object", "properties": {LIST: DEFS[LIST]}, "$defs": DEFS}
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=formats)
LACKS = "Cited briefing is missing: name the briefing in which the quote stands"

Said = dict[str, Any]
Known = Mapping[int, set[tuple]]  # {key of a claim: what its citations say}


def parse(cell: str, named: Callable[[str], str]) -> list[Said]:
    """Return the citations in a cell, with briefings by their slugs; raise ValueError with a sentence if it has none.

    `named` returns the slug of the briefing that a text names.
    """
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        raise ValueError("are no list as JSON, such as [{“briefing”: “minutes”, “quote”: “…”}]") from None
    for fault in unstorable(found, ()):
        raise ValueError(f"at {fault}")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("briefing"), str):
            one["briefing"] = named(one["briefing"])
    for error in VALIDATOR.iter_errors({LIST: found}):
        for extra, sentence in sentences(error):
            raise ValueError(f"at {Fault((*error.absolute_path, *extra), sentence)}")
    for place, one in enumerate(found):
        one.pop("number", None)  # that of its place here
        if (url := one.get("quote_url")) and not is_address(url):
            raise ValueError(f"at {Fault((LIST, place, 'quote_url'), 'is no web address that can be visited')}")
    return [{name: value for name, value in one.items() if value not in (None, "")} for one in found]


def gather(values: Said) -> str:
    """Put the source that columns of a row name at the head of its list; return what is wrong, or nothing.

    Where a compromise names no other briefing for its quote, it stands in that of its step.
    """
    one = {name: values.pop(name) for name in CITED if name in values}
    if not one:
        return ""
    briefing = one.pop("cited", None) or values.get("briefing")
    if not briefing:
        return LACKS
    values[LIST] = [{"briefing": briefing} | one, *values.get(LIST, ())]
    return ""


def key(one: Said) -> tuple:
    """Return what two citations of one claim share that say the same."""
    words = " ".join((one.get("quote") or "").split())
    return one["briefing"], one.get("relation") or Relation.SUPPORTS, words, one.get("locator") or ""


def known(process: Process, target: str) -> Known:
    """Return what the live citations of claims say; `target` is the claims’ kind. One SQL query."""
    found: defaultdict[int, set[tuple]] = defaultdict(set)
    rows = Citation.objects.live().filter(process=process, **{f"{target}__isnull": False})
    for pk, *said in rows.values_list(target, "briefing__slug", "relation", "quote", "locator"):
        found[pk].add(key(dict(zip(("briefing", "relation", "quote", "locator"), said, strict=True))))
    return found


def added(said: Iterable[Said], known: set[tuple]) -> list[Said]:
    """Return the citations that are none of those known."""
    return [one for one in said if key(one) not in known]


def citations(process: Process, target: str, claims: Iterable[tuple[Content, list[Said]]], find) -> list[Citation]:
    """Return the citations of claims, unsaved, numbered after those that each has. One SQL query."""
    claims = [(claim, said) for claim, said in claims if said]
    if not claims:
        return []
    cited = Citation.objects.filter(process=process, **{f"{target}__isnull": False}).order_by()
    last = dict(cited.values_list(target).annotate(Max("order")))
    return [
        Citation(process=process, order=order, **{target: claim}, **fields.values(Citation, one, find))
        for claim, said in claims
        for order, one in enumerate(said, start=last.get(claim.pk, 0) + 1)
    ]


def worded(one: Said) -> str:
    """Return a citation in a few words."""
    relation = "" if key(one)[1] == Relation.SUPPORTS else f" {one['relation']}"
    return f"{one['briefing']}{relation}" + (f": “{one['quote']}”" if one.get("quote") else "")
