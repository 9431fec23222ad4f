"""What a curator sends who sets fields of many rows at once. An empty field leaves the rows as they are."""

import re
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from ..choices import BriefingKind, Commitment, Confidence, ReadAs, Reliability
from .editing import Line
from .filters import FilterForm, WordsField

MOST = 200  # rows at a time: few enough to be undone as one
TOKEN = re.compile(r"(\d{1,18})\.(\d{1,9})")
TAG = RegexValidator(r"\A[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", "Write a language tag, such as en or pt-BR.")
AS_IT_IS = ("", "Leave as it is")


class BulkFilterForm(FilterForm):
    """What of a list is shown."""

    q = WordsField(label="Words")
    after = WordsField(label="Page", max_length=400, strip=False)
    before = WordsField(label="Page", max_length=400, strip=False)


def one_of(label, choices):
    """Return the field that sets one value of a vocabulary, or none."""
    messages = {"invalid_choice": "Choose one of the list."}
    return forms.ChoiceField(label=label, required=False, choices=[AS_IT_IS, *choices], error_messages=messages)


class RowsField(forms.Field):
    """The ticked rows, as key → the version that was seen."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value):
        found = [TOKEN.fullmatch(one) if one.isascii() else None for one in value or ()]
        if None in found:
            raise ValidationError("The form named a row that the list does not have. Open the list again.")
        return {int(one[1]): int(one[2]) for one in found}

    def validate(self, value):
        if not value:
            raise ValidationError("Tick the rows that are to change.")
        if len(value) > MOST:
            raise ValidationError(f"Tick {MOST} rows at most.")


class BulkForm(forms.Form):
    """The ticked rows, and why; each kind of row has its own further fields."""

    row = RowsField()
    reason = Line(
        label="What changes, and why",
        max_length=500,
        error_messages={"required": "Say in one line what changes, and why."},
    )
    key = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")])

    def __init__(self, data=None):
        super().__init__(data, auto_id="set-%s", initial={"key": uuid.uuid4().hex})

    @property
    def settable(self) -> list[forms.BoundField]:
        """Return the fields that can be set."""
        return [self[name] for name in self.fields if name not in ("row", "reason", "key")]

    @property
    def content(self) -> dict:
        """Return what is to be set, by field."""
        return {field.name: self.cleaned_data[field.name] for field in self.settable if self.cleaned_data[field.name]}

    @property
    def said(self) -> list[str]:
        """Return what is wrong with it beyond what stands beside a field."""
        return [str(error) for name in ("row", "key", "__all__") for error in self.errors.get(name, ())]

    def clean(self):
        if not self.errors and not self.content:
            raise ValidationError("Choose at least one field to set.")


class BriefingsForm(BulkForm):
    """Fields of briefings."""

    kind = one_of("Type", BriefingKind.choices)
    publisher = Line(label="Publisher", required=False, max_length=300)
    reliability = one_of("Publisher’s reliability", Reliability.choices)
    language = Line(label="Language", required=False, max_length=12, validators=[TAG])
    read_as = one_of("How it was read", ReadAs.choices)


class PositionsForm(BulkForm):
    """Fields of positions."""

    confidence = one_of("Confidence", Confidence.choices)
    commitment = one_of("Commitment", Commitment.choices)


class CompromisesForm(BulkForm):
    """Fields of compromises."""

    origin = Line(label="Origin", required=False, max_length=60)
