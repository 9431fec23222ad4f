"""What an analyst may say of a passage that a claim rests on."""

from typing import ClassVar

from django import forms
from django.core.validators import MaxValueValidator

from ..analysis.anchoring import Text
from ..choices import Credibility, Relation
from ..models import Citation
from .editing import Address, CorrectionForm, Line, Paragraphs, choice

AROUND = ("quote", "prefix", "suffix")


class CitationEditForm(CorrectionForm):
    """A correction of a citation. `at` and `of`: its number among the sources of its claim, and how many there are."""

    relation = choice(
        "What it does for the claim", Relation.choices, "Choose one of the relations.", widget=forms.RadioSelect
    )
    quote = Paragraphs(
        label="Its exact words", rows=4, max_length=5_000, help_text="Empty: the document as a whole is cited."
    )
    locator = Line(label="Where in it", required=False, max_length=300, help_text="Page, point or paragraph.")
    credibility = choice("Credibility of the passage", Credibility.choices, "Choose one of the grades.")
    quote_url = Address(label="Where the words were read", help_text="If not at the briefing’s own address.")
    number = forms.IntegerField(
        label="Number",
        min_value=1,
        error_messages={
            "required": "Give a number.",
            "invalid": "Write a whole number.",
            "min_value": "The first is 1.",
        },
    )
    prefix = Line(label="The words before them", required=False, max_length=200)
    suffix = Line(label="The words after them", required=False, max_length=200)
    # The number that the form was opened with.
    began_as = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)

    carried = (*CorrectionForm.carried, "number", "began_as")
    layout = ("relation", "quote", ("locator", "credibility"), ("quote_url", "number"))
    folded: ClassVar = {"Which place is meant, if the words stand at several": (("prefix", "suffix"),)}

    def __init__(self, data=None, *, citation: Citation, at: int, of: int, initial=None, **kwargs):
        super().__init__(data, initial={"number": at, "began_as": at} | (initial or {}), **kwargs)
        self.citation = citation
        field = self.fields["number"]
        field.validators = [*field.validators, MaxValueValidator(of, f"There are {of} sources.")]
        field.help_text = f"Of {of}. [1] in the text means the first; the marks in the text stay as they are."

    def clean(self):
        given = self.cleaned_data
        if not all(name in given for name in AROUND):
            return
        if not given["quote"]:
            given |= {"prefix": "", "suffix": ""}
        elif any(given[name] != getattr(self.citation, name).strip() for name in AROUND):
            self.anchor()

    def anchor(self):
        """Find the words in the stored text, if there is one, and keep what tells their place."""
        text = Text(self.citation.briefing.text)
        around = [self.cleaned_data[name] for name in AROUND]
        if anchor := text.anchor(*around):
            self.cleaned_data |= {"prefix": anchor.prefix, "suffix": anchor.suffix}
        elif len(text.places(*around, most=2)) > 1:
            self.add_error(
                "quote",
                "These words stand at several places of the stored text. Give the words before or after them, too.",
            )

    @property
    def becomes(self) -> int | None:
        """Return which of the sources it is to become, if that was changed."""
        number = self.cleaned_data["number"]
        return None if number == self.cleaned_data["began_as"] else number
