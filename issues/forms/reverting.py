"""What stands in a form that takes something back: why, and what its writer had seen. All else is in its address."""

from django import forms

from .editing import EditForm

REASON = 500  # characters


class RestoreForm(EditForm):
    """Why something is undone, restored, taken out or brought back.

    `seen`: the number of the last change that its page knew of; an undo names its change in the address instead. `to`:
    the number of the change whose version is restored; without it what was taken out comes back.
    """

    place = None
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**62)
    to = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    @classmethod
    def of(cls, name: str, reason: str, *, reasons=(), **initial):
        """Return the form as it opens, with a reason that may be changed; `name` tells it from others of its page."""
        return cls(prefix_id=name, reasons=reasons, initial={"reason": reason[:REASON]} | initial)
