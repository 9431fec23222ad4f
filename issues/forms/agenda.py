"""What an analyst may say of a set of talks and of the subjects on its agenda."""

import re

from django import forms
from django.core.exceptions import ValidationError

from .editing import MARKDOWN, CorrectionForm, Line, Paragraphs


class Anchors(Paragraphs):
    """The marked points of a scale, one a line: 50: Half open."""

    line = re.compile(r"(\d{1,3})\s*:\s*(\S.*)")

    def prepare_value(self, value):
        if not isinstance(value, list):
            return value
        return "\n".join(
            f"{one.get('at', '')}: {one.get('label', '')}" if isinstance(one, dict) else str(one) for one in value
        )

    def to_python(self, value):
        found = []
        for number, line in enumerate((super().to_python(value)).splitlines(), start=1):
            if not line.strip():
                continue
            parts = self.line.fullmatch(line.strip())
            if not parts or int(parts[1]) > 100:
                raise ValidationError(
                    f"Line {number} is not a point of the scale; write a number from 0 to 100, a colon and what the "
                    "point means, such as “50: Half open”."
                )
            found.append({"at": int(parts[1]), "label": parts[2].strip()})
        return sorted(found, key=lambda one: one["at"])


class ProcessEditForm(CorrectionForm):
    """The texts of a set of talks; its name, its dates and who sees it are the curators'."""

    question = Line(
        label="Question",
        max_length=300,
        help_text="The one question that the record is to answer.",
        error_messages={"required": "Give the question that the record is to answer."},
    )
    summary = Paragraphs(label="Summary", rows=8, help_text=f"Own words, neutral, attributed. {MARKDOWN}")

    layout = ("question", "summary")


class IssueFields(forms.Form):
    """What is said of a subject on the agenda."""

    title = Line(label="Title", max_length=120, error_messages={"required": "Give the issue a title."})
    question = Line(label="Question", required=False, max_length=300)
    summary = Paragraphs(label="Summary", rows=8, help_text=f"Own words, neutral, attributed. {MARKDOWN}")
    scale_question = Line(
        label="What the scale measures",
        required=False,
        max_length=300,
        help_text="The one dimension on which the sides differ most.",
    )
    scale_low = Line(label="0 means", max_length=120, error_messages={"required": "Say what 0 means."})
    scale_high = Line(label="100 means", max_length=120, error_messages={"required": "Say what 100 means."})
    scale_anchors = Anchors(
        label="Points of the scale",
        rows=6,
        help_text="One a line, such as “50: Half open”. A changed scale moves no position: check those placed on it.",
    )
    not_listed = Paragraphs(label="What the scale leaves out", rows=3)


class IssueEditForm(CorrectionForm, IssueFields):
    """The texts of a subject on the agenda, and the scale on which positions on it are placed."""

    layout = (
        "title",
        "question",
        "summary",
        "scale_question",
        ("scale_low", "scale_high"),
        "scale_anchors",
        "not_listed",
    )
