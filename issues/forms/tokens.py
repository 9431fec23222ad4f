"""What a person says of a token."""

from django import forms

from ..choices import TokenScope
from .editing import Line, choice

# For how many days a token is good; 0: until it is revoked.
LASTS = ((90, "90 days"), (30, "30 days"), (365, "A year"), (0, "Until it is revoked"))


class TokenForm(forms.Form):
    """A token to be made."""

    name = Line(
        label="What it is for",
        max_length=60,
        help_text="A name to tell it by, such as “Notebook”.",
        error_messages={"required": "Say what the token is for."},
    )
    scope = choice("What it may do", TokenScope.choices, "Choose what it may do.", initial=TokenScope.READ)
    days = forms.TypedChoiceField(label="Good for", choices=LASTS, coerce=int, initial=90)
