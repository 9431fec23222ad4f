"""What is to be frozen into a brief."""

from django import forms

from ..models.saved import LONGEST
from .filters import MomentField


class BriefForm(forms.Form):
    """What the menu “Take it with you” names, with its filters, and the moment that its page looks back to, if any."""

    of = forms.RegexField(
        r"\A(?P<of>dossier|[a-z]+|issues/[-\w]+)(?:\?(?P<query>.*))?\Z",
        max_length=LONGEST,
        error_messages=dict.fromkeys(("required", "invalid"), "Choose what to freeze on the page that shows it."),
    )
    as_of = MomentField()

    @property
    def asked(self) -> tuple[str, str]:
        """Return what is to be frozen, and the query that filters it."""
        of, _, query = self.cleaned_data["of"].partition("?")
        return of, query

    @property
    def fault(self) -> str:
        """Return the first thing that is wrong with it."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")
