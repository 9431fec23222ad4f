"""What is typed to keep a page with its filters."""

from django import forms

from ..choices import ViewPage
from ..models.saved import LONGEST
from .editing import Line, choice


class SavedViewForm(forms.Form):
    """The name of a view, and who finds it. `may_share`: whether its person may show it to others."""

    name = Line(label="Name", max_length=80, error_messages={"required": "Give the view a name."})
    shared = forms.TypedChoiceField(
        label="Who finds it",
        choices=[("", "You alone"), ("yes", "Everyone who may read these talks")],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of the two."},
    )

    def __init__(self, data=None, *, may_share: bool, **kwargs):
        super().__init__(data, **kwargs)
        if not may_share:
            del self.fields["shared"]


class NewViewForm(SavedViewForm):
    """The same of a view that is to be kept: its page, and what stands behind the question mark there."""

    page = choice("Page", ViewPage.choices, "Open the page that is to be kept, then choose “Keep this view” there.")
    query = forms.CharField(
        required=False, max_length=LONGEST, error_messages={"max_length": "These filters are too long to be kept."}
    )
