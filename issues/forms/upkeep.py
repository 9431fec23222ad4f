"""What someone sends who looks after the record: which things, and why."""

from django import forms
from django.core.exceptions import ValidationError

from .editing import Line

MOST = 200  # things at a time


class ThingsField(forms.Field):
    """The things that were ticked, or the one whose own button was pressed; each as text."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value):
        return list(dict.fromkeys(value or ()))

    def validate(self, value):
        if not value:
            raise ValidationError("Tick at least one row, or press the button of a row.")
        if len(value) > MOST:
            raise ValidationError(f"Tick {MOST} rows at most.")


class ThingsForm(forms.Form):
    """Which things of the queue are meant."""

    row = ThingsField()

    @classmethod
    def read(cls, data):
        """Return the form of what was sent: of the one row whose button was pressed, or of all that were ticked."""
        data = data.copy()
        if one := data.get("one"):
            data.setlist("row", [one])
        return cls(data)

    @property
    def fault(self) -> str:
        """Return the first thing that is wrong with it."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


class DismissForm(ThingsForm):
    """Which things of the queue are dismissed, and why."""

    reason = Line(max_length=500, error_messages={"required": "Say in one line why they may stay as they are."})


class FlagForm(forms.Form):
    """What someone found at the address of a briefing."""

    note = Line(
        label="What you found there",
        max_length=500,
        error_messages={"required": "Say in one line what you found there, such as “404” or “another page”."},
    )
