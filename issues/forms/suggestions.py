"""What a curator decides on suggestions with, and what an author withdraws one with."""

from django import forms

from .editing import Line


class AnswerForm(forms.Form):
    """Why a suggestion is declined: its author reads it."""

    answer = Line(
        label="Why it is declined",
        max_length=500,
        help_text="One line. Its author reads it.",
        error_messages={"required": "Say in one line why it is declined; its author reads it."},
    )


class WithdrawForm(forms.Form):
    """Why an author withdraws a suggestion, if they say so."""

    answer = Line(
        label="Why you withdraw it",
        required=False,
        max_length=500,
        help_text="One line, if you like. Curators read it.",
    )


class PicksForm(forms.Form):
    """Several suggestions at once, and why, where they are declined."""

    pick = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": "Tick the suggestions that are meant.",
            "invalid_choice": "One of those is not waiting any more. Look at the list again.",
        },
    )
    do = forms.ChoiceField(
        choices=[("accept", "Accept"), ("decline", "Decline")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose to accept or to decline them."),
    )
    answer = Line(required=False, max_length=500)

    def __init__(self, data, *, keys):
        super().__init__(data)
        self.fields["pick"].choices = [(str(key), str(key)) for key in keys]

    def clean(self):
        if self.cleaned_data.get("do") == "decline" and not self.cleaned_data.get("answer"):
            self.add_error("answer", AnswerForm.base_fields["answer"].error_messages["required"])
