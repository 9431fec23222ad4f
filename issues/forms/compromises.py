"""What an analyst may say of a compromise."""

from typing import ClassVar

from django import forms

from ..choices import Status
from .editing import CITING, CorrectionForm, Day, EditForm, Line, Paragraphs, choice, known_to
from .sources import CitingForm


class StatusRadios(forms.RadioSelect):
    """The statuses, each with its mark."""

    with_marks = True


class StatusForm(CitingForm):
    """A step of a compromise. `briefings`, `sides`, `others`: (key, label) of those it may name."""

    status = choice("New status", Status.choices, "Choose the new status.", widget=StatusRadios)
    occurred_on = Day(label="On", required=True)
    precision = known_to()
    briefing = forms.TypedChoiceField(label="Briefing", required=False, coerce=int, empty_value=None)
    rejected_by = forms.TypedChoiceField(label="Rejected by", required=False, coerce=int, empty_value=None)
    superseded_by = forms.TypedChoiceField(label="Superseded by", required=False, coerce=int, empty_value=None)
    note = Paragraphs(label="Note", rows=2)
    # The step recorded last when the form was opened; 0 before the first.
    after = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**62)

    layout = ("status", ("occurred_on", "briefing"), ("rejected_by", "superseded_by"), "note")

    def __init__(self, data=None, *, briefings, sides, others, **kwargs):
        super().__init__(data, **kwargs)
        for name, choices, nothing in (
            ("briefing", briefings, "Choose one, or cite one below"),
            ("rejected_by", sides, "Nobody: it is not rejected"),
            ("superseded_by", others, "None: it is not superseded"),
        ):
            self.fields[name].choices = [("", nothing), *choices]
            self.fields[name].error_messages["invalid_choice"] = "Choose one from the list."

    def clean(self):
        status, given = self.cleaned_data.get("status"), self.cleaned_data.get
        if not status:
            return
        rests = given("briefing") or self.cited.rows
        if status != Status.SUGGESTED and not rests and "briefing" not in self.errors:
            self.add_error("briefing", "A status past “suggested” needs the briefing that it rests on.")
        if status == Status.REJECTED and not given("rejected_by") and "rejected_by" not in self.errors:
            self.add_error("rejected_by", "Name the side that rejects it.")
        if status != Status.REJECTED and given("rejected_by"):
            self.add_error("rejected_by", "Only a rejection names a side that rejects.")
        if status == Status.SUPERSEDED and not given("superseded_by") and "superseded_by" not in self.errors:
            self.add_error("superseded_by", "Name the compromise that replaces it.")
        if status != Status.SUPERSEDED and given("superseded_by"):
            self.add_error("superseded_by", "Only a superseded compromise names what replaces it.")


class OriginForm(CitingForm):
    """A form that says in which words the other compromises of the process tell their origin: those of `scope`."""

    def recall(self, reasons):
        """Offer the reasons that this person gave last, and say which origins are in use."""
        super().recall(reasons)
        known = f" In use: {', '.join(self.scope.origins)}." if self.scope.origins else ""
        self.fields["origin"].help_text = f"Who or what it comes from, in a word or two.{known}"


class NewCompromiseForm(OriginForm):
    """A concession with its first step. `issues`, `sides`, `briefings`: (key, label) of those it may name."""

    issue = forms.TypedChoiceField(label="Issue", coerce=int)
    side = forms.TypedChoiceField(label="Proposed for", coerce=int)
    headline = Line(
        label="Headline",
        max_length=200,
        help_text="What the side would concede, in your own words. At most 200 characters.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "is-short"}),
        error_messages={"required": "Give the concession in one line."},
    )
    body = Paragraphs(label="Compromise", help_text=CITING)
    test_sentence = Paragraphs(
        label="Counts as adopted when", rows=2, help_text="Which observable fact would show that it is adopted?"
    )
    origin = Line(label="Origin", required=False, max_length=60)
    occurred_on = Day(label="First put forward", required=True)
    precision = known_to()
    briefing = forms.TypedChoiceField(label="In the briefing", required=False, coerce=int, empty_value=None)

    carried = (*EditForm.carried, "occurred_on", "precision", "briefing")
    layout = (("issue", "side"), "headline", "body", "test_sentence", "origin", ("occurred_on", "briefing"))
    stored_as: ClassVar = {"issue": "issue_id", "side": "side_id"}

    def __init__(self, data=None, *, issues, sides, briefings, scope, **kwargs):
        super().__init__(data, **kwargs)
        for name, choices, nothing in (
            ("issue", issues, "Choose an issue"),
            ("side", sides, "Choose a side"),
            ("briefing", briefings, "None is named"),
        ):
            self.fields[name].choices = [("", nothing), *choices]
            self.fields[name].error_messages |= {"required": f"{nothing}.", "invalid_choice": "Choose one of the list."}
        self.scope = scope

    @property
    def step(self) -> dict:
        """Return the first step, as fields of it."""
        day, precision, briefing = (self.cleaned_data[name] for name in ("occurred_on", "precision", "briefing"))
        return {
            "status": Status.SUGGESTED,
            "occurred_on": day,
            "precision": precision,
            "briefing_id": briefing,
        }


class CompromiseEditForm(CorrectionForm, OriginForm):
    """A correction of a compromise; its issue and side stay."""

    headline = NewCompromiseForm.base_fields["headline"]
    body = NewCompromiseForm.base_fields["body"]
    test_sentence = NewCompromiseForm.base_fields["test_sentence"]
    origin = NewCompromiseForm.base_fields["origin"]

    layout = ("headline", "body", "test_sentence", "origin")

    def __init__(self, data=None, *, scope, **kwargs):
        super().__init__(data, **kwargs)
        self.scope = scope
