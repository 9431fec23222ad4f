"""What an analyst may change. Only the fields named here ever change, whatever else is posted."""

import uuid
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from ..analysis.links import link
from ..analysis.prose import UNPRINTABLE
from ..choices import Precision
from ..models.base import check_address
from .filters import DayField

# What says how exactly a date is known stands beside it.
BESIDE = {"held_from": "precision", "occurred_on": "precision", "published_on": "precision"}

# What a text may hold besides words, in a line under its field.
MARKDOWN = "*Emphasis*, lists and [links](https://…) work."
CITING = "*Emphasis*, lists and [links](https://…) work; [1] cites the first source."


def printable(value: str) -> str:
    """Return a text, and refuse the characters that a process document may not hold either."""
    if sign := UNPRINTABLE.search(value):
        raise ValidationError(f"This holds the character U+{ord(sign.group()):04X}, which no text needs. Take it out.")
    return value


class Paragraphs(forms.CharField):
    """A text of some length, with the line ends that the record keeps, whatever the browser sends."""

    def __init__(self, *, rows=5, required=False, max_length=20_000, **kwargs):
        attrs = {"rows": rows} | ({"class": "is-short"} if rows < 3 else {})
        super().__init__(required=required, max_length=max_length, widget=forms.Textarea(attrs=attrs), **kwargs)

    def to_python(self, value):
        return printable(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n").strip()


class Line(forms.CharField):
    """A text without line ends."""

    def to_python(self, value):
        return " ".join(printable(super().to_python(value) or "").split())


def check_link(value: str):
    """Refuse what is no address on the web, or one that browsers would read in another way."""
    try:
        check_address(value)
    except ValidationError:
        refused = True
    else:
        refused = not link(value)
    if refused:
        raise ValidationError("This is not a web address. Write it in full, such as https://example.org/page.")


class Address(forms.CharField):
    """A web address, or None."""

    default_validators: ClassVar = [check_link]

    def __init__(self, **kwargs):
        widget = forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "off", "spellcheck": "false"})
        super().__init__(**{"required": False, "max_length": 1000, "empty_value": None, "widget": widget} | kwargs)


class Addresses(Paragraphs):
    """Web addresses, one a line, as a list; each once."""

    def prepare_value(self, value):
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value):
        found = list(dict.fromkeys(super().clean(value).split()))
        for number, one in enumerate(found, start=1):
            try:
                check_link(one)
            except ValidationError as error:
                raise ValidationError(f"Line {number}: {error.message}") from None
        return found


class Day(DayField):
    """A day that must be given."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"required": "Give a day."}

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError:
            raise ValidationError("This is not a day in the calendar; write one as 2025-02-14.") from None


def choice(label, choices, message, **kwargs):
    messages = {"required": message, "invalid_choice": message}
    return forms.ChoiceField(label=label, choices=choices, error_messages=messages, **kwargs)


def is_said(field: forms.BoundField) -> bool:
    """Tell whether a field holds something else than it began with."""
    return field.value() not in (None, "", [], field.field.initial)


def known_to():
    """Return the field that says how exactly a date is known; it stands beside the date, without a label in sight."""
    return choice(
        "How exactly the date is known",
        Precision.choices,
        "Choose day, month or year.",
        initial=Precision.DAY,
        widget=forms.Select(attrs={"aria-label": "How exactly the date is known"}),
    )


@dataclass(frozen=True)
class Control:
    """A field as it is drawn; `beside` says how exactly its date is known."""

    field: forms.BoundField
    beside: forms.BoundField | None = None


@dataclass(frozen=True)
class Fold:
    """Rows of controls under a title, open where something is in them."""

    title: str
    rows: list[list[Control]]
    is_open: bool


class EditForm(forms.Form):
    """What every edit carries: its reason, a key of its own, and the page where it began. `content` is the rest.

    `layout` names the fields as they are drawn: one a row, or several beside each other in a tuple. `folded` names
    more of them by the title under which they are folded away. `stored_as` says which attribute of a row a field holds
    where the two have not the same name.
    """

    carried = ("reason", "key", "place", "base_version", "after")
    layout: ClassVar[tuple] = ()
    folded: ClassVar[dict[str, tuple]] = {}
    stored_as: ClassVar[dict[str, str]] = {}
    template = "issues/_fields.html"

    reason = Line(
        label="What changed, and why",
        max_length=500,
        help_text="One line. It stands beside your name in the record of changes.",
        error_messages={"required": "Say in one line what changed, and why."},
    )
    key = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")])
    place = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, prefix_id, reasons=(), initial=None):
        super().__init__(data, auto_id=f"{prefix_id}-%s", initial={"key": uuid.uuid4().hex} | (initial or {}))
        rows = [*self.layout, *chain(*self.folded.values())]
        self.order_fields([*chain(*(self.named(row) for row in rows)), "reason"])
        self.prefix_id = prefix_id
        self.reasons, self.reasons_id = (), f"{prefix_id}-reasons"
        if reasons:
            self.recall(reasons)

    def recall(self, reasons):
        """Offer the reasons that this person gave last; called where the form is shown."""
        self.reasons = reasons
        if reasons:
            self.fields["reason"].widget.attrs["list"] = self.reasons_id

    @staticmethod
    def named(row: str | tuple[str, ...]) -> list[str]:
        """Return the names of the fields in a row, those beside them included."""
        names = (row,) if isinstance(row, str) else row
        return [one for name in names for one in ((name, BESIDE[name]) if name in BESIDE else (name,))]

    @property
    def rows(self) -> list[list[Control]]:
        """Return the controls, row by row."""
        return [self.controls(row) for row in self.layout]

    @property
    def folds(self) -> list[Fold]:
        """Return what is folded away."""
        found = []
        for title, rows in self.folded.items():
            controls = [self.controls(row) for row in rows]
            said = any(is_said(one.field) for row in controls for one in row)
            found.append(Fold(title, controls, said))
        return found

    def controls(self, row: str | tuple[str, ...]) -> list[Control]:
        """Return the controls of a row."""
        names = (row,) if isinstance(row, str) else row
        return [Control(self[name], self[BESIDE[name]] if name in BESIDE else None) for name in names]

    @property
    def content(self) -> dict:
        """Return what was typed into the fields of the record, cleaned, by the attribute of the row."""
        return {self.stored_as.get(name, name): self.cleaned_data[name] for name in self.record_fields}

    @classmethod
    def field_of(cls, attribute: str) -> str | None:
        """Return the name of the field that holds an attribute of a row."""
        return next((name for name, stored in cls.stored_as.items() if stored == attribute), attribute)

    @property
    def signed(self) -> dict:
        """Return the reason and the key, with which the changeset is written."""
        return {name: self.cleaned_data[name] for name in ("reason", "key")}

    @property
    def record_fields(self) -> list[str]:
        """Return the names of the fields that are written to the record."""
        return [name for name in self.fields if name not in self.carried]

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """Return (id of the field or "", its label, message) for each fault, in the order of the form."""
        found = [("", "", str(error)) for error in self.non_field_errors()]
        for name, field in self.fields.items():
            for error in self.errors.get(name, ()):
                hidden = isinstance(field.widget, forms.HiddenInput)
                message = "The form lacks what identifies it. Open it again, then save." if hidden else str(error)
                found.append(("" if hidden else self[name].auto_id, "" if hidden else str(field.label), message))
        return found

    def focus(self):
        """Let the focus begin where it helps: at the first field, or the first that is at fault."""
        faulty = [name for name in self.fields if name in self.errors] if self.is_bound else []
        if len(self.faults if self.is_bound else ()) < 2:
            self.fields[next(iter(faulty or self.fields))].widget.attrs["autofocus"] = True
        return self

    def differs(self, typed) -> bool:
        """Tell whether a draft says something else than the form as it opens."""
        return any(
            field.has_changed(self.get_initial_for_field(field, name), value)
            for name, field, value in self.drafted(typed)
            if name not in self.carried or name == "reason"
        )

    def bring_back(self, typed):
        """Open with what a draft holds in place of what is stored."""
        self.initial |= {name: value for name, _, value in self.drafted(typed)}

    def drafted(self, typed):
        """Yield (name, field, value) for each field that a draft speaks of."""
        for name, field in self.fields.items():
            if name not in ("key", "place") and not field.widget.value_omitted_from_data(typed, {}, name):
                yield name, field, field.widget.value_from_datadict(typed, {}, name)

    def keep(self, other: "EditForm"):
        """Take over what another form of this kind was given beyond its fields, and return this one."""
        return self

    @property
    def asks(self) -> bool:
        """Tell whether the form was sent to ask something, not to be saved."""
        return False

    def faulted(self, faults: dict[str, str]):
        """Return the form with what does not fit, by the attribute of the row."""
        for attribute, sentence in faults.items():
            self.add_error(self.field_of(attribute), sentence)
        return self

    @property
    def becomes(self) -> int | None:
        """Return which among the sources of its claim a citation is to become."""
        return None

    @property
    def sources(self) -> list[dict]:
        """Return the further sources that the form names, each as fields of a citation."""
        return []


class CorrectionForm(EditForm):
    """What a correction carries beyond that: the version it began with."""

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)

    @classmethod
    def of(cls, row, *, initial=None, **kwargs):
        """Return the form as it opens: with what the row says now, or what `initial` puts in its place."""
        names = {name: cls.stored_as.get(name, name) for name in cls.base_fields if name not in cls.carried}
        stored = {name: getattr(row, attribute) for name, attribute in names.items() if hasattr(row, attribute)}
        stored["base_version"] = row.version
        return cls(initial=stored | (initial or {}), **kwargs)
