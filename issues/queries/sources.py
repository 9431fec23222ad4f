"""The passages that claims rest on: a claim's citations as numbered rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import Http404
from django.urls import reverse

from ..analysis.dates import short
from ..analysis.links import Link, link
from ..choices import Credibility, Relation, Reliability
from ..models import Citation, Process
from ..models.citation import TARGETS
from ..permissions import sees

RELATIONS, RELIABILITY, CREDIBILITY = dict(Relation.choices), dict(Reliability.choices), dict(Credibility.choices)


@dataclass(frozen=True, slots=True)
class Source:
    """One citation as a row under its claim.

    `href` is the briefing's own page, `read_at` where the words were read (None where no usable address is known).
    """

    pk: int
    number: int
    relation: str
    quote: str
    locator: str
    credibility: str
    title: str
    href: str
    published_on: date
    precision: str
    reliability: str
    read_at: Link | None
    places: int | None
    has_text: bool

    @property
    def key(self) -> str:
        """Return the row's id on the page, where the superscript leads."""
        return f"source-{self.pk}"

    @property
    def edit(self) -> str:
        """Return the address of the form that corrects the citation."""
        return reverse("issues:citation-edit", args=[self.pk])

    @property
    def contradicts(self) -> bool:
        """Tell whether the passage says otherwise than its claim."""
        return self.relation == Relation.CONTRADICTS

    @property
    def said(self) -> str:
        """Return what the passage does for the claim, in a word."""
        return RELATIONS[self.relation].lower()

    @property
    def day(self) -> str:
        """Return the date of the document."""
        return short(self.published_on, self.precision)

    @property
    def where(self) -> str:
        """Return where in the document the words stand, as a sentence; it may be empty."""
        parts = [] if self.quote else ["cited as a whole"]
        text = ": ".join([*parts, self.locator] if self.locator else parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    @property
    def is_loose(self) -> bool:
        """Tell whether there is a text in which the words do not stand at exactly one place."""
        return self.places in (0, 2)

    @property
    def standing(self) -> str:
        """Return whether the words stand in the stored text, as a sentence; empty without words, or if not known."""
        if not self.quote or (self.has_text and self.places is None):
            return ""
        if not self.has_text:
            return "No text on file to check these words against."
        return (
            "Not found in the stored text.",
            "Found in the stored text.",
            "Stands more than once in the stored text.",
        )[self.places or 0]

    @property
    def judged(self) -> str:
        """Return how reliable the publisher and how credible the passage was judged: the Admiralty code in words."""
        return f"Publisher: {RELIABILITY[self.reliability]}. Passage: {CREDIBILITY[self.credibility]}."


def find(user, key: int) -> Citation:
    """Return a live citation that the person may see, with its claim and briefing; else raise Http404."""
    claims = ("position", "compromise", "status_event", "status_event__compromise")
    standing = {f"{name}__retired_at": None for name in (*claims, "briefing")}
    found = (
        Citation.objects.live()
        .filter(pk=key, **standing)
        .select_related("process", "briefing", "position__issue", "compromise", "status_event__compromise")
        .first()
    )
    if found is None or not sees(user, found.process):
        raise Http404(f"There is no citation {key} that you can see. It may have been taken out of the record.")
    return found


def place_of(citation: Citation) -> tuple[int, int]:
    """Return (its number, how many there are) of a citation among the sources of its claim. One SQL query."""
    name = next(name for name in TARGETS if getattr(citation, f"{name}_id"))
    claim = {name: getattr(citation, f"{name}_id")}
    found = Citation.objects.live().filter(briefing__retired_at=None, **claim).order_by("order", "id")
    keys = list(found.values_list("pk", flat=True))
    return keys.index(citation.pk) + 1, len(keys)


def of(process: Process, target: str, keys: Iterable[int]) -> dict[int, tuple[Source, ...]]:
    """Return the numbered sources of claims by the claims' keys; a claim without any has none. One SQL query.

    `target` is position, compromise or status_event. Rows of a retired citation or briefing are left out.
    """
    citations = (
        Citation.objects.live()
        # Not by process too: a database that has no statistics would then read all citations of the process.
        .filter(briefing__retired_at=None, **{f"{target}__in": list(keys)})
        .order_by("order", "id")
        .select_related("briefing")
        .only(
            f"{target}_id",
            "relation",
            "quote",
            "quote_url",
            "locator",
            "credibility",
            "places",
            "briefing__slug",
            "briefing__text_sha256",
            "briefing__title",
            "briefing__published_on",
            "briefing__precision",
            "briefing__reliability",
            "briefing__url",
        )
    )
    rows: defaultdict[int, list[Source]] = defaultdict(list)
    for citation in citations:
        claim = rows[getattr(citation, f"{target}_id")]
        briefing = citation.briefing
        claim.append(
            Source(
                pk=citation.pk,
                number=len(claim) + 1,
                relation=citation.relation,
                quote=citation.quote,
                locator=citation.locator,
                credibility=citation.credibility,
                title=briefing.title,
                href=reverse("issues:briefing-detail", args=[process.slug, briefing.slug]) + f"#q{citation.pk}",
                published_on=briefing.published_on,
                precision=briefing.precision,
                reliability=briefing.reliability,
                read_at=link(citation.quote_url) or link(briefing.url),
                places=citation.places,
                has_text=bool(briefing.text_sha256) or citation.places is not None,
            )
        )
    return {key: tuple(claim) for key, claim in rows.items()}
