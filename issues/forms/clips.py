"""What an analyst keeps of a page that was read elsewhere."""

from django import forms

from .sources import CitingForm


class ClipForm(CitingForm):
    """Sources for one claim, or a briefing alone. `claims`: (key, label) of those they may back, in named groups.

    `clipped` holds the values of the first source, as they came with the address.
    """

    claim = forms.ChoiceField(
        label="Which claim it speaks to",
        required=False,
        help_text="What it does for the claim, and the exact words, are said below.",
        error_messages={"invalid_choice": "Choose one from the list."},
    )

    carried = (*CitingForm.carried, "claim")
    layout = ("claim",)

    def __init__(self, data=None, *, claims, clipped, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["claim"].choices = [("", "None yet: keep the briefing only"), *claims]
        if data is None:
            self.cited.add(clipped)

    def clean(self):
        rows = self.cited.rows
        if not rows:
            raise forms.ValidationError("There is nothing to keep. Find a briefing, or add one.")
        if self.cleaned_data.get("claim") or "claim" in self.errors:
            return
        if any(str(row["quote"].value() or "").strip() for row in rows):
            self.add_error("claim", "Choose the claim that the words speak to, or empty them to keep the briefing.")
        elif len(rows) > 1 or not rows[0].is_new:
            self.add_error("claim", "Choose the claim: without one, only a single new briefing can be kept.")
