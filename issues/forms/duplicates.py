"""What a curator sends who merges briefings: which one stays, and of which each field is kept."""

import uuid
from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from ..models import Briefing
from ..models.briefing import MERGED
from .editing import Line

MOST = 5  # side by side


class MergeForm(forms.Form):
    """Which briefing stays, which one each field is kept of, the version of each that was looked at, and why."""

    reason = Line(
        label="Why they are the same",
        max_length=500,
        error_messages={"required": "Say in one line why they are one and the same document."},
    )
    key = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")])

    def __init__(self, data=None, *, rows: Sequence[Briefing]):
        super().__init__(data, initial={"key": uuid.uuid4().hex})
        choices = [(str(row.pk), row.title) for row in rows]
        self.fields["keeper"] = forms.ChoiceField(choices=choices, initial=choices[0][0])
        for field in MERGED:
            first = next((row for row in rows if getattr(row, field)), rows[0])
            self.fields[f"keep-{field}"] = forms.ChoiceField(choices=choices, required=False, initial=str(first.pk))
        for row in rows:
            version = forms.IntegerField(min_value=1, max_value=2_000_000_000, initial=row.version, required=False)
            self.fields[f"version-{row.pk}"] = version
        self.rows = rows

    @property
    def versions(self) -> dict[int, int | None]:
        return {row.pk: self.cleaned_data[f"version-{row.pk}"] for row in self.rows}

    @property
    def kept(self) -> dict[str, int]:
        """Return the briefing of which each field is kept, by field."""
        keeper = self.cleaned_data["keeper"]
        return {field: int(self.cleaned_data[f"keep-{field}"] or keeper) for field in MERGED}

    def picked(self, name: str) -> str:
        """Return the value that a field of the form has now, or begins with."""
        return str(self[name].value() or "")

    def clean(self):
        if len(self.rows) < 2:
            raise ValidationError("Choose at least two briefings.")
