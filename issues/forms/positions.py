"""What an analyst may say of a position."""

from django import forms

from ..choices import Commitment, Confidence
from .editing import CITING, CorrectionForm, Day, Line, Paragraphs, choice, known_to
from .sources import CitingForm


class NewPositionForm(CitingForm):
    """A position with what it rests on."""

    headline = Line(
        label="Headline",
        max_length=200,
        help_text="Own words, neutral, present tense. At most 200 characters.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "is-short"}),
        error_messages={"required": "Give the position in one line."},
    )
    body = Paragraphs(label="Position", help_text=CITING)
    held_from = Day(label="Held since", required=True)
    precision = known_to()
    confidence = choice("Confidence", Confidence.choices, "Choose one of the levels.", widget=forms.RadioSelect)
    placement = forms.IntegerField(
        label="Place on the scale",
        required=False,
        min_value=0,
        max_value=100,
        error_messages={
            "invalid": "Write a whole number from 0 to 100, or leave it empty.",
            "min_value": "The scale begins at 0.",
            "max_value": "The scale ends at 100.",
        },
    )
    placement_note = Paragraphs(label="Why there", rows=2)
    commitment = choice("Commitment", Commitment.choices, "Choose one of the forms.")
    commitment_note = Paragraphs(label="Note on the commitment", rows=2)

    layout = (
        "headline",
        "body",
        ("held_from", "confidence"),
        ("placement", "placement_note"),
        ("commitment", "commitment_note"),
    )

    def __init__(self, data=None, *, issue, **kwargs):
        super().__init__(data, process=issue.process, **kwargs)
        poles = f"0: {issue.scale_low}. 100: {issue.scale_high}."
        self.fields["placement"].help_text = f"{poles} Empty where the position says nothing about the scale."


class PositionEditForm(CorrectionForm, NewPositionForm):
    """A correction of a position."""
