"""What an analyst may say of how one compromise bears on another."""

from typing import ClassVar

from django import forms

from ..choices import LinkBasis, LinkKind
from .editing import CorrectionForm, EditForm, Paragraphs, choice


class NewLinkForm(EditForm):
    """A link from a compromise. `code` is its number; `others`, `briefings`: (key, label) of those it may name."""

    kind = choice("How it bears on the other", LinkKind.choices, "Choose one of the kinds.", widget=forms.RadioSelect)
    target = forms.TypedChoiceField(label="The other compromise", coerce=int)
    basis = choice("What says so", LinkBasis.choices, "Choose one of the two.", initial=LinkBasis.SOURCE)
    briefing = forms.TypedChoiceField(label="Briefing", required=False, coerce=int, empty_value=None)
    grounds = Paragraphs(label="Why they are linked", rows=2)

    layout = ("kind", "target", ("basis", "briefing"), "grounds")
    stored_as: ClassVar = {"target": "target_id", "briefing": "briefing_id", "grounds": "reason"}

    def __init__(self, data=None, *, code, others, briefings, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["kind"].help_text = f"Read it as a sentence that begins with {code}."
        for name, choices, nothing in (
            ("target", others, "Choose a compromise"),
            ("briefing", briefings, "Choose a briefing"),
        ):
            self.fields[name].choices = [("", nothing), *choices]
            self.fields[name].error_messages |= {"required": f"{nothing}.", "invalid_choice": "Choose one of the list."}

    def clean(self):
        if self.cleaned_data.get("basis") == LinkBasis.SOURCE and self.cleaned_data.get("briefing", "") is None:
            self.add_error("briefing", "Name the briefing that states the link, or say that the two texts imply it.")


class LinkEditForm(CorrectionForm, NewLinkForm):
    """A correction of a link."""
