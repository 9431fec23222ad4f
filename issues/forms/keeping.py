"""What a curator may say of a set of talks as a whole: its name, its dates, who reads it, and that it ends."""

from typing import ClassVar

from django import forms

from ..choices import ProcessStatus, Visibility
from .editing import CorrectionForm, Day, EditForm, Line, Paragraphs, choice

LARGEST = 10_000_000  # bytes of a document that is sent


class SettingsForm(CorrectionForm):
    """The name, the dates and the visibility of a set of talks."""

    name = Line(label="Name", max_length=200, error_messages={"required": "Give the talks a name."})
    short_name = Line(label="Short name", required=False, max_length=60, help_text="For tight places.")
    visibility = choice("Who may read it", Visibility.choices, "Choose who may read it.", widget=forms.RadioSelect)
    status = choice("State of the talks", ProcessStatus.choices, "Choose one of the states.", widget=forms.RadioSelect)
    asks_review = forms.TypedChoiceField(
        label="What analysts save",
        choices=[(False, "Shows at once"), (True, "Waits until a curator accepts it")],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of the two."),
    )
    started_on = Day(label="Began on")
    ended_on = Day(label="Ended on", required=False)
    provenance = Paragraphs(label="Curators’ note", rows=4, help_text="Where the facts were verified. Curators see it.")

    layout = (("name", "short_name"), "visibility", "asks_review", "status", ("started_on", "ended_on"), "provenance")

    def clean(self):
        start, end = self.cleaned_data.get("started_on"), self.cleaned_data.get("ended_on")
        if start and end and end < start:
            self.add_error("ended_on", "The talks cannot end before they began.")


class KeepingForm(EditForm):
    """Why talks are archived, opened again or brought back."""

    reason = Line(
        label="Why",
        max_length=500,
        help_text="One line. It stands beside your name in the record of changes.",
        error_messages={"required": "Say in one line why."},
    )


class DeleteForm(KeepingForm):
    """Why talks are deleted; `typed` must be their name in the address."""

    typed = Line(label="Their name in the address", max_length=200, error_messages={"required": "Type the name."})

    layout = ("typed",)

    def __init__(self, data=None, *, slug: str, **kwargs):
        super().__init__(data, **kwargs)
        self.slug = slug
        self.fields["typed"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}

    def clean_typed(self):
        if self.cleaned_data["typed"] != self.slug:
            raise forms.ValidationError(f"This is not “{self.slug}”. Type it exactly.")
        return self.cleaned_data["typed"]


class DocumentForm(EditForm):
    """A process document, as a file."""

    ACCORDING = ""
    document = forms.FileField(
        label="Process document",
        widget=forms.FileInput(attrs={"accept": ".json,.yaml,.yml"}),
        help_text="JSON or YAML, at most 10 MB.",
        error_messages={"required": "Choose the file.", "empty": "This file is empty.", "invalid": "Choose the file."},
    )
    visibility = forms.ChoiceField(
        label="Who may read it",
        required=False,
        choices=[(ACCORDING, "As the document says"), *Visibility.choices],
        initial=Visibility.MEMBERS,
        error_messages={"invalid_choice": "Choose who may read it."},
    )

    layout: ClassVar = ("document", "visibility")

    def __init__(self, data=None, files=None, **kwargs):
        super().__init__(data, **kwargs)
        self.files = files or {}

    def clean_document(self):
        found = self.cleaned_data["document"]
        if found.size > LARGEST:
            raise forms.ValidationError(f"This file is larger than {LARGEST // 1_000_000} MB, the most that is read.")
        return found
