"""What a process may set for itself, and the defaults in code where it sets nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from ..choices import GAP_BANDS, STALE_AFTER_DAYS, Reliability
from ..codebook import CODEBOOK

MOST_DAYS = 36_500
MOST_PUBLISHERS = 500
TEXT = 1000  # characters of a definition
VOCABULARIES = {vocabulary.slug: vocabulary for vocabulary in CODEBOOK}


@dataclass(frozen=True)
class Publisher:
    """What is judged of a publisher: its grade, or None, and the slug of the side whose medium it is, or none."""

    name: str
    reliability: str = ""
    side: str = ""


@dataclass(frozen=True)
class Rules:
    """What is in force in a process. `bands` are (below, word) in rising order; `terms` holds own texts only."""

    stale_after_days: int = STALE_AFTER_DAYS
    bands: tuple[tuple[int, str], ...] = GAP_BANDS
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    publishers: tuple[Publisher, ...] = ()

    @classmethod
    def of(cls, settings) -> "Rules":
        """Return the rules that stored settings make; what makes no sense there counts as not set."""
        if not isinstance(settings, dict) or list(faults(settings)):
            return cls()
        edges = settings.get("gap_bands")
        words = [word for _, word in GAP_BANDS]
        return cls(
            settings.get("stale_after_days", STALE_AFTER_DAYS),
            tuple(zip((*edges, GAP_BANDS[-1][0]), words, strict=True)) if edges else GAP_BANDS,
            settings.get("terms", {}),
            tuple(Publisher(**one) for one in settings.get("publishers", ())),
        )

    def text(self, vocabulary: str, value: str) -> str:
        """Return the definition in force of a value of a vocabulary."""
        return self.terms.get(vocabulary, {}).get(value) or VOCABULARIES[vocabulary].definitions[value]

    def grade(self, publisher: str) -> str:
        """Return the grade that is set for a publisher, or an empty text."""
        wanted = publisher.strip().casefold()
        return next((one.reliability for one in self.publishers if one.name.casefold() == wanted), "")

    @property
    def camps(self) -> dict[str, list[str]]:
        """Return the publishers of each side, by the side's slug."""
        found: dict[str, list[str]] = {}
        for one in self.publishers:
            if one.side:
                found.setdefault(one.side, []).append(one.name)
        return found


def check(settings):
    """Raise ValidationError if settings are not of the shape that `Rules` reads."""
    if found := list(faults(settings)):
        raise ValidationError(found)


def faults(settings) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with settings."""
    if not isinstance(settings, dict):
        yield "The settings are not an object."
        return
    for name in settings.keys() - {"stale_after_days", "gap_bands", "terms", "publishers"}:
        yield f"“{name}” is not a setting."
    days = settings.get("stale_after_days", 1)
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        yield f"stale_after_days is not a number of days from 1 to {MOST_DAYS:,}."
    edges = settings.get("gap_bands", [1, 2])
    if not (isinstance(edges, list) and len(edges) == len(GAP_BANDS) - 1 and all(type(one) is int for one in edges)):
        yield f"gap_bands are not {len(GAP_BANDS) - 1} whole numbers."
    elif edges != sorted(set(edges)) or edges[0] < 1 or edges[-1] > 100:
        yield "gap_bands do not rise from 1 to 100."
    terms = settings.get("terms", {})
    if not isinstance(terms, dict):
        yield "terms are not an object."
        return
    for slug, texts in terms.items():
        known = VOCABULARIES[slug].definitions if slug in VOCABULARIES else {}
        if not isinstance(texts, dict) or not known:
            yield f"“{slug}” is not a vocabulary."
            continue
        for value, text in texts.items():
            if value not in known or not isinstance(text, str) or not 0 < len(text) <= TEXT:
                yield f"terms: “{slug}” has no value “{value}” with such a text."
    yield from of_publishers(settings.get("publishers", []))


def of_publishers(publishers) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with the list of publishers."""
    if not isinstance(publishers, list) or len(publishers) > MOST_PUBLISHERS:
        yield f"publishers are not a list of {MOST_PUBLISHERS} at most."
        return
    for one in publishers:
        shape = isinstance(one, dict) and one.keys() <= {"name", "reliability", "side"} and one.get("name")
        if not shape or not all(isinstance(value, str) for value in one.values()):
            yield "publishers: each has a name, and may have a grade and a side."
        elif one.get("reliability", "") not in ("", *Reliability.values):
            yield f"publishers: “{one['reliability']}” is not a grade of “{one['name']}”."
