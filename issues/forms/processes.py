"""A new set of talks, from an empty form or in the likeness of another: its question, its sides and its agenda."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import ClassVar

from django import forms
from django.utils.text import slugify

from ..analysis import colours
from ..choices import Marker, SideRole, Visibility
from .agenda import IssueFields
from .editing import MARKDOWN, Day, EditForm, Line, Paragraphs, choice

KEY = re.compile(r"[0-9]{1,3}")
SIDES = len(Marker.values)  # each has a shape of its own
ISSUES = 40
COLOURS = [(number, f"Colour {number}") for number in range(1, len(colours.PALETTE["light"]) + 1)]
VISIONS = {
    "full": "full colour vision",
    "protan": "red-blind vision",
    "deutan": "green-blind vision",
    "tritan": "blue-blind vision",
}


class Row(forms.Form):
    """A side or an issue of the form; `kind` begins the names of its fields, `key` tells it from others."""

    kind: ClassVar[str]

    def __init__(self, data=None, *, key: str, number: int, prefix_id: str, initial=None):
        super().__init__(data, prefix=f"{self.kind}-{key}", auto_id=f"{prefix_id}-%s", initial=initial)
        self.key, self.number = key, number

    @property
    def values(self) -> dict:
        """Return what stands in the row, as typed."""
        return {name: self[name].value() for name in self.fields}

    @property
    def label(self) -> str:
        """Return what the row is called: Side 2."""
        return f"{self.kind.capitalize()} {self.number}"

    @property
    def called(self) -> str:
        """Return what its first field says, or its label."""
        return self.cleaned_data.get(next(iter(self.fields))) or self.label


class SideForm(Row):
    """Who negotiates or is affected."""

    kind = "side"

    name = Line(label="Name", max_length=120, error_messages={"required": "Give the side a name."})
    short_label = Line(
        label="Short name",
        max_length=20,
        help_text="For the heads of columns: 20 letters at most.",
        error_messages={"required": "Give a short name of 20 letters at most."},
    )
    role = choice("Role", SideRole.choices, "Choose one of the roles.", initial=SideRole.PARTY)
    marker = choice("Shape", Marker.choices, "Choose one of the shapes.", widget=forms.RadioSelect)
    colour = forms.TypedChoiceField(
        label="Colour",
        choices=COLOURS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of the colours."),
    )
    note = Paragraphs(label="Note", rows=2, help_text="Who speaks for it, and who is counted in.")


class IssueForm(Row, IssueFields):
    """A subject on the agenda, with its scale."""

    kind = "issue"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["summary"].widget.attrs["rows"] = 4
        self.fields["scale_anchors"].widget.attrs["rows"] = 3
        self.fields["scale_anchors"].help_text = "One a line, such as “50: Half open”."

    @property
    def is_folded(self) -> bool:
        """Tell whether nothing is said, and nothing wrong, in what is folded away."""
        hidden = ("summary", "scale_question", "scale_anchors", "not_listed")
        return not any(self[name].value() or self.errors.get(name) for name in hidden)


class Rows:
    """The rows of one kind: those that were sent, or those that the form opens with."""

    def __init__(self, row_class: type[Row], data, prefix_id: str, most: int):
        self.row_class, self.prefix_id, self.most = row_class, prefix_id, most
        keys = data.getlist(row_class.kind) if data is not None else []
        keys = [key for key in dict.fromkeys(keys) if KEY.fullmatch(key)][:most]
        self.rows = [row_class(data, key=key, number=n, prefix_id=prefix_id) for n, key in enumerate(keys, 1)]

    def __iter__(self) -> Iterator:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= self.most

    def add(self, values: dict) -> Row | None:
        """Add a row; None where there are too many already."""
        if self.is_full:
            return None
        key = str(max((int(row.key) for row in self.rows), default=0) + 1)
        row = self.row_class(key=key, number=len(self.rows) + 1, prefix_id=self.prefix_id, initial=values)
        self.rows.append(row)
        return row

    def say_again(self, other: "Rows", *, without: str = ""):
        """Take over what was typed into other rows, but for one of them."""
        for row in other:
            if row.key != without:
                again = self.row_class(
                    key=row.key, number=len(self.rows) + 1, prefix_id=self.prefix_id, initial=row.values
                )
                self.rows.append(again)


class NewProcessForm(EditForm):
    """A set of talks: what it is about, who negotiates, and over what.

    `add` and `drop` ask for a row more or less, and save nothing.
    """

    name = Line(label="Name", max_length=200, error_messages={"required": "Give the talks a name."})
    short_name = Line(label="Short name", required=False, max_length=60, help_text="For tight places.")
    question = Line(
        label="Question",
        max_length=300,
        help_text="The one question that the record is to answer.",
        error_messages={"required": "Give the question that the record is to answer."},
    )
    summary = Paragraphs(label="Summary", rows=4, help_text=f"Own words, neutral, attributed. {MARKDOWN}")
    started_on = Day(label="Began on", help_text="The first day of the talks.")
    visibility = choice(
        "Who may read it",
        Visibility.choices,
        "Choose who may read it.",
        initial=Visibility.MEMBERS,
        widget=forms.RadioSelect,
    )

    layout = ("name", ("short_name", "started_on"), "question", "summary", "visibility")

    def __init__(self, data=None, **kwargs):
        kwargs["initial"] = {"reason": "Begin the record"} | (kwargs.get("initial") or {})
        super().__init__(data, **kwargs)
        self.left = ""  # the kind of a row that was dropped, and the focus with it
        self.sides = Rows(SideForm, data, self.prefix_id, SIDES)
        self.issues = Rows(IssueForm, data, self.prefix_id, ISSUES)

    @classmethod
    def empty(cls, **kwargs) -> "NewProcessForm":
        """Return the form with two sides and an issue to fill in."""
        form = cls(**kwargs)
        for _ in range(2):
            form.add("side")
        form.add("issue")
        return form

    @classmethod
    def like(cls, sides: Iterable, issues: Iterable, **kwargs) -> "NewProcessForm":
        """Return the form with the sides and the issues of another set of talks."""
        form = cls(**kwargs)
        for rows, given in ((form.sides, sides), (form.issues, issues)):
            for one in given:
                rows.add({name: getattr(one, name) for name in rows.row_class.base_fields})
        return form

    @classmethod
    def brought_back(cls, typed, **kwargs) -> "NewProcessForm":
        """Return the form with what a draft holds."""
        return cls(typed, **kwargs).answered(**kwargs)

    @property
    def asks(self) -> bool:
        """Tell whether the form was sent for another row, or one less, not to be saved."""
        return bool(self.data.get("add") or self.data.get("drop"))

    def answered(self, **kwargs) -> "NewProcessForm":
        """Return the form as it was typed, with a row more or less."""
        given = {name: self[name].value() for name in self.fields}
        again = type(self)(initial={name: value for name, value in given.items() if value is not None}, **kwargs)
        kind, _, key = self.data.get("drop", "").partition("-")
        again.sides.say_again(self.sides, without=key if kind == "side" else "")
        again.issues.say_again(self.issues, without=key if kind == "issue" else "")
        row = again.add(self.data["add"]) if self.data.get("add") in ("side", "issue") else None
        if row:
            row.fields[next(iter(row.fields))].widget.attrs["autofocus"] = True
        else:
            again.left = kind
        return again

    def add(self, kind: str) -> Row | None:
        """Add an empty row; a side has the first shape and the farthest colour that are free."""
        if kind == "issue":
            return self.issues.add({})
        taken = {str(row["marker"].value()) for row in self.sides}
        free = colours.free(self.picked)
        values = {
            "marker": next((one for one in Marker.values if one not in taken), ""),
            "colour": free[0] if free else "",
            "role": SideRole.PRINCIPAL if len(self.sides) < 2 else SideRole.PARTY,
        }
        return self.sides.add(values)

    @property
    def picked(self) -> list[int]:
        """Return the colours that the sides have now."""
        values = (str(row["colour"].value()) for row in self.sides)
        return [int(value) for value in values if value in {str(number) for number, _ in COLOURS}]

    @property
    def colours_said(self) -> str:
        """Return how well the colours picked can be told apart, in a sentence; empty for fewer than two."""
        found = colours.closest(self.picked)
        if not found:
            return ""
        return (
            f"The two colours that are most alike, {found.first} and {found.second}, are {found.distance:.0f} apart "
            f"for {VISIONS[found.vision]} on a {found.theme} page; at least {colours.LEAST_DISTANCE:.0f} are needed. "
            f"The faintest stands out from the page by {min(map(colours.faintest, self.picked)):.1f} to 1; at least "
            f"{colours.LEAST_CONTRAST:.0f} to 1 are needed."
        )

    def is_valid(self):
        sound = [super().is_valid(), *(row.is_valid() for row in chain(self.sides, self.issues))]
        return self.goes_together() and all(sound)

    def goes_together(self) -> bool:
        """Tell whether the rows go with each other, and say at the later of two what does not."""
        if not len(self.sides) or not len(self.issues):
            self.add_error(None, "Talks have at least one side and one issue. Add what is missing.")
        once(self.sides, "name", "This is the name of {} too. Give each side its own.")
        once(self.issues, "title", "This is the title of {} too. Give each issue its own.")
        shapes = {row.cleaned_data.get("marker") for row in self.sides}
        left = ", ".join(label for value, label in Marker.choices if value not in shapes)
        once(self.sides, "marker", f"“{{}}” has this shape. Free: {left or 'none'}.")
        sides = [row for row in self.sides if row.cleaned_data.get("colour")]
        picked = [row.cleaned_data["colour"] for row in sides]
        for first, second in colours.too_alike(picked):
            others = colours.free(picked[:second] + picked[second + 1 :])
            spare = ", ".join(map(str, others))
            sides[second].add_error(
                "colour",
                f"Too close to the colour of “{sides[first].called}” to be told apart by everyone. "
                + (f"Free: {spare}." if spare else "No colour is free."),
            )
        return not any(row.errors for row in chain(self.sides, self.issues)) and not self.errors

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """Return the faults of the form, then those of its rows."""
        found = super().faults
        for row in chain(self.sides, self.issues):
            for name, errors in row.errors.items():
                field = row[name]
                # A group of radio buttons has no element of its own; its first button is where to go.
                place = f"{field.auto_id}_0" if isinstance(field.field.widget, forms.RadioSelect) else field.auto_id
                found += [(place, f"{row.label}, {str(field.label).lower()}", str(error)) for error in errors]
        return found

    def focus(self):
        """Let the focus begin at the first field that is at fault, in the rows where none is before them."""
        rows = [(row, name) for row in chain(self.sides, self.issues) if row.is_bound for name in row.errors]
        if self.is_bound and not self.errors and len(self.faults) == 1 and rows:
            row, name = rows[0]
            row.fields[name].widget.attrs["autofocus"] = True
            return self
        return super().focus()

    def document(self, slug: str) -> dict:
        """Return what the form says as a process document. The form must be valid."""
        given = self.cleaned_data
        process = {name: given[name] for name in ("name", "short_name", "question", "summary", "visibility")}
        return {
            "process": process | {"slug": slug, "start_date": given["started_on"].isoformat()},
            "sides": listed(self.sides),
            "issues": listed(self.issues),
        }


def once(rows: Rows, name: str, sentence: str):
    """Say at each row that has what one before it has, whose name the sentence takes."""
    first: dict = {}
    for row in rows:
        value = row.cleaned_data.get(name)
        same = str(value).casefold()
        if value and same in first:
            row.add_error(name, sentence.format(first[same]))
        first.setdefault(same, row.called if name == "marker" else row.label.lower())


def listed(rows: Rows) -> list[dict]:
    """Return rows as a document has them, each with its place and a name in addresses."""
    found: list[dict] = []
    taken: set[str] = set()
    for order, row in enumerate(rows, 1):
        stem = slugify(row.called)[:70] or f"{row.kind}-{order}"
        slug = next(one for one in chain([stem], (f"{stem}-{n}" for n in count(2))) if one not in taken)
        taken.add(slug)
        found.append(row.cleaned_data | {"slug": slug, "order": order})
    return found
