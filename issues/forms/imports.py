"""What a curator says about a file: what is in it, which column is which, and which of its rows are to be written."""

from collections.abc import Sequence

from django import forms

from .editing import EditForm, choice


class UploadForm(forms.Form):
    """A file, and what its rows are. `kinds` are (name, label); `ends` are the endings that can be read."""

    kind = choice("What its rows are", (), "Choose what the rows are.", widget=forms.RadioSelect, initial="briefing")
    file = forms.FileField(
        label="File",
        max_length=255,
        allow_empty_file=True,
        error_messages={"required": "Choose a file.", "max_length": "The file’s name is too long. Shorten it."},
    )

    def __init__(self, data=None, files=None, *, kinds: Sequence[tuple[str, str]], ends: Sequence[str]):
        super().__init__(data, files, auto_id="import-%s")
        self.fields["kind"].choices = kinds
        self.fields["file"].widget.attrs["accept"] = ",".join(f".{one}" for one in ends)


class MatchForm(forms.Form):
    """Which column fills which field. `fields` are (name, label, is required, values it may have with their labels)."""

    def __init__(self, data=None, *, fields, columns: Sequence[str], mapping):
        super().__init__(data, auto_id="match-%s")
        named = [(str(at), name) for at, name in enumerate(columns)]
        for name, label, is_required, values in fields:
            always = [(f"={value}", f"Always “{said}”") for value, said in values]
            choices = [("", "Not in this file"), ("Columns", named)] + (
                [("The same in every row", always)] if always else []
            )
            self.fields[name] = forms.ChoiceField(
                label=f"{label} (every new row has it)" if is_required else label,
                choices=choices,
                required=False,
                initial=str(mapping.get(name, "")),
                error_messages={"invalid_choice": "Choose one of the columns."},
            )

    @property
    def mapping(self) -> dict[str, int | str]:
        """Return {field: the number of its column, or “=” and the value of every row}."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return {name: value if value.startswith("=") else int(value) for name, value in chosen.items()}


class TicksForm(forms.Form):
    """The rows of a page, and those among them that are ticked."""

    def __init__(self, data, *, total: int):
        super().__init__(data)
        for name in ("shown", "picked"):
            self.fields[name] = Numbers(total)


class Numbers(forms.Field):
    """Some of the whole numbers below a limit."""

    widget = forms.SelectMultiple
    default_error_messages = {"invalid": "These are not rows of this file. Open the page again."}

    def __init__(self, limit: int):
        super().__init__(required=False)
        self.limit = limit

    def clean(self, value):
        found = []
        for one in value or ():
            if not (one.isascii() and one.isdecimal() and len(one) < 10 and int(one) < self.limit):
                raise forms.ValidationError(self.error_messages["invalid"])
            found.append(int(one))
        return found


class ApplyForm(EditForm):
    """Why the rows of a file are written."""

    place = None
