"""What a curator sets for one process: thresholds, publishers, and the texts of the vocabulary."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from ..choices import GAP_BANDS, STALE_AFTER_DAYS, STALLED_AFTER_DAYS, Reliability
from ..codebook import CODEBOOK
from ..models.rules import MOST_DAYS, MOST_PUBLISHERS, TEXT, Publisher
from .editing import Line, Paragraphs


class PublishersField(Paragraphs):
    """Publishers, one a line, with bars between: name | grade | slug of the side whose medium it is."""

    def clean(self, value):
        found: dict[str, Publisher] = {}
        for number, line in enumerate(super().clean(value).splitlines(), start=1):
            if not line.strip():
                continue
            parts = [part.strip() for part in line.split("|")]
            if not parts[0] or len(parts[0]) > 300 or len(parts) > 3:
                raise ValidationError(f"Line {number}: write a name, a bar and a grade, such as “The Valley | B”.")
            name, reliability, side = (*parts, "", "")[:3]
            reliability = reliability.upper()
            if reliability not in ("", *Reliability.values):
                raise ValidationError(f"Line {number}: “{reliability}” is not a grade; write one from A to F.")
            if name.casefold() in found:
                raise ValidationError(f"Line {number}: “{name}” stands here twice.")
            found[name.casefold()] = Publisher(name, reliability, side)
        if len(found) > MOST_PUBLISHERS:
            raise ValidationError(f"Name {MOST_PUBLISHERS} publishers at most.")
        return "\n".join(written(one) for one in found.values())


def written(one: Publisher) -> str:
    """Return a publisher as its line."""
    return " | ".join([one.name, one.reliability, one.side]).rstrip(" |")


def read(lines: str) -> list[dict[str, str]]:
    """Return publishers as they are stored, from their cleaned lines."""
    found = []
    for line in lines.splitlines():
        parts = zip(("name", "reliability", "side"), (part.strip() for part in line.split("|")), strict=False)
        found.append({name: part for name, part in parts if part})
    return found


def days(label, help_text):
    """Return the field for a number of days."""
    said = f"Write a number of days from 1 to {MOST_DAYS:,}."
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), said)
    return forms.IntegerField(
        label=label, min_value=1, max_value=MOST_DAYS, help_text=help_text, error_messages=messages
    )


def edge(label):
    """Return the field for an edge between two bands of gaps."""
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), "Write a whole number from 1 to 100.")
    return forms.IntegerField(label=label, min_value=1, max_value=100, error_messages=messages)


class RulesForm(forms.Form):
    """Everything that is set for one process, as flat fields; an empty text stands for the one in code."""

    stalled_after_days = days("Stalled after", f"Days without a step. The default: {STALLED_AFTER_DAYS}.")
    stale_after_days = days(
        "To be checked after", f"Days without a change or a check. The default: {STALE_AFTER_DAYS}."
    )
    narrow = edge("A gap is narrow below")
    moderate = edge("A gap is moderate below")
    publishers = PublishersField(
        label="Publishers",
        rows=8,
        max_length=50_000,
        help_text="One a line: name | grade | side, the last two if there are any: “The Valley | B”, “Hill Radio | C | "
        "hill”. A grade is set on every briefing of that publisher; with a side, it counts as that side’s medium.",
    )
    reason = Line(
        label="What changed, and why",
        max_length=500,
        error_messages={"required": "Say in one line what changed, and why."},
    )
    key = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")])
    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)
    signs = ("reason", "key", "base_version")

    def __init__(self, data=None, *, process, sides=()):
        initial = flat(process) | {"key": uuid.uuid4().hex, "base_version": process.version}
        super().__init__(data, auto_id="rules-%s", initial=initial)
        self.sides = set(sides)
        for vocabulary in CODEBOOK:
            for value, label, default in vocabulary.terms:
                self.fields[f"term.{vocabulary.slug}.{value}"] = Paragraphs(
                    label=label, rows=2, max_length=TEXT, help_text=f"The default: {default}"
                )

    def clean_publishers(self):
        lines = self.cleaned_data["publishers"]
        for one in read(lines):
            if one.get("side", "") not in ("", *self.sides):
                known = ", ".join(sorted(self.sides)) or "none yet"
                raise ValidationError(f"“{one['side']}” is not a side of these talks; they are: {known}.")
        return lines

    def clean(self):
        low, high = self.cleaned_data.get("narrow"), self.cleaned_data.get("moderate")
        if low and high and low >= high:
            self.add_error("moderate", "This lies below where a narrow gap ends; the numbers rise.")

    @property
    def typed(self) -> dict:
        """Return what was typed, by field, without the reason."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.signs}

    @property
    def thresholds(self) -> list[forms.BoundField]:
        return [self[name] for name in ("stalled_after_days", "stale_after_days", "narrow", "moderate")]

    @property
    def folds(self):
        """Return (vocabulary, its fields, whether any is set or at fault) for the texts."""
        found = []
        for vocabulary in CODEBOOK:
            fields = [self[f"term.{vocabulary.slug}.{value}"] for value in vocabulary.definitions]
            found.append((vocabulary, fields, any(one.value() or one.errors for one in fields)))
        return found


def flat(process) -> dict:
    """Return what a process has set as the flat fields of the form."""
    rules = process.rules
    (narrow, _), (moderate, _), _ = rules.bands
    return {
        "stalled_after_days": process.stalled_after_days,
        "stale_after_days": rules.stale_after_days,
        "narrow": narrow,
        "moderate": moderate,
        "publishers": "\n".join(map(written, rules.publishers)),
    } | {
        f"term.{vocabulary.slug}.{value}": rules.terms.get(vocabulary.slug, {}).get(value, "")
        for vocabulary in CODEBOOK
        for value in vocabulary.definitions
    }


def stored(typed: dict) -> dict:
    """Return the flat fields of the form as columns of a process; what equals the default is not set."""
    rules: dict = {}
    if typed["stale_after_days"] != STALE_AFTER_DAYS:
        rules["stale_after_days"] = typed["stale_after_days"]
    edges = [typed["narrow"], typed["moderate"]]
    if edges != [below for below, _ in GAP_BANDS[:-1]]:
        rules["gap_bands"] = edges
    if publishers := read(typed["publishers"]):
        rules["publishers"] = publishers
    for vocabulary in CODEBOOK:
        for value, default in vocabulary.definitions.items():
            text = typed[f"term.{vocabulary.slug}.{value}"]
            if text and text != default:
                rules.setdefault("terms", {}).setdefault(vocabulary.slug, {})[value] = text
    return {"stalled_after_days": typed["stalled_after_days"], "own_rules": rules}
