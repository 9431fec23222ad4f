"""The panel's forms: they know which version they began with, and ask why."""

import re
import uuid
from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.forms import UserChangeForm
from django.core.validators import RegexValidator
from django.forms.models import BaseInlineFormSet, InlineForeignKeyField
from django.utils.html import format_html
from django.utils.timezone import localtime

from .. import editing, people
from ..analysis.merge import marked
from ..editing.parts import Part
from ..families import process_of
from ..models import Process
from ..queries.differences import LABELS

KEY = re.compile(r"[0-9]{1,18}")
CARRIED = ("id", "reason", "key", "base_version")  # what a form holds beside the row
UNCHANGED = "Nothing was changed, so nothing was saved. Change something, or leave the form."
RETIRED = "“{}” was taken out of the record meanwhile. Copy what you typed, or bring it back first."


class Shown(forms.Widget):
    """A value that stands as it is."""

    def __init__(self, words):
        super().__init__()
        self.words = words

    def render(self, name, value, attrs=None, renderer=None):
        return format_html('<output id="{}">{}</output>', (attrs or {}).get("id", ""), self.words)


class Chooser(AutocompleteSelect):
    """The panel's field that finds rows while one types; what is no key of a row is not looked for."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [one for one in value if KEY.fullmatch(str(one))], attr)


@dataclass(frozen=True)
class Version:
    """One field of a conflict: what became of the text in each version, as (kind, words)."""

    label: str
    saved: list[tuple[str, str]]
    yours: list[tuple[str, str]]


class Versioned(forms.ModelForm):
    """A form of one row. `refused` is why the door turned an earlier try of this request away."""

    refused: ClassVar[editing.Refused | None] = None

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        for name in self.fields.keys() & LABELS.keys():
            self.fields[name].label = LABELS[name]  # as the pages of history call it
        self.initial["base_version"] = self.instance.version if self.instance.pk else None
        if self.is_parted:
            self.merge()

    @property
    def is_parted(self) -> bool:
        """Tell whether it was this row that somebody else had saved."""
        return self.is_bound and isinstance(self.refused, editing.Conflict) and self.refused.stored == self.instance

    def merge(self):
        """Hold what both wrote, over the version that is stored now."""
        self.data = self.data.copy()
        merged = self.refused.merged | {"base_version": self.refused.stored.version}
        for name, value in merged.items():
            name = self.field_of(name)
            field = self.fields[name]
            self.data[self.add_prefix(name)] = "" if value is None else field.prepare_value(value)

    def field_of(self, attribute: str) -> str:
        """Return the name of the field that holds an attribute of the row."""
        return attribute if attribute in self.fields else self._meta.model._meta.get_field(attribute).name

    @property
    def typed(self) -> dict:
        """Return what was typed, by the attribute of the row."""
        columns = {field.name: field.attname for field in self._meta.model._meta.concrete_fields}
        return {
            columns[name]: getattr(value, "pk", value)
            for name, value in self.cleaned_data.items()
            if name in columns and name not in CARRIED and not self.is_fixed(self.fields[name])
        }

    @staticmethod
    def is_fixed(field) -> bool:
        """Tell whether a field only says what the row belongs or points to."""
        return field.disabled or isinstance(field, InlineForeignKeyField)

    @property
    def versions(self) -> list[Version]:
        """Return what a conflict shows of each field: what became of the base in theirs, and in what was typed."""
        return [
            Version(
                str(self.fields[self.field_of(one.name)].label),
                marked(self.worded(one.name, one.base), self.worded(one.name, one.theirs)),
                marked(self.worded(one.name, one.base), self.worded(one.name, one.mine)),
            )
            for one in self.refused.partings
        ]

    def worded(self, attribute: str, value) -> str:
        """Return a value of a field as people read it."""
        field = self.fields[self.field_of(attribute)]
        if isinstance(field, forms.ModelChoiceField):
            value = field.queryset.model.objects.filter(pk=value).first()
        elif choices := dict(getattr(field, "choices", ())):
            value = choices.get(value, value)
        else:
            value = field.prepare_value(value)
        return "empty" if value in (None, "") else str(value)


class RecordForm(Versioned):
    """A row of the record, with the reason for the change."""

    key = forms.CharField(widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")])
    reason = forms.CharField(
        label="What changed, and why",
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text="One line. It stands beside your name in the record of changes.",
        error_messages={"required": "Say in one line what changed, and why."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["key"] = uuid.uuid4().hex

    def clean(self):
        cleaned = super().clean()
        process = cleaned.get("process") or (process_of(self.instance) if self.instance.pk else None)
        if process:
            # Locked until the save, as every writer locks it first: what is found free or unique here stays so.
            Process.objects.select_for_update().only("pk").get(pk=process.pk)
        refuse_strangers(self, process)
        match self.refused:
            case editing.Unfit(faults=faults):
                for attribute, sentence in faults.items():
                    name = self.field_of(attribute)
                    self.add_error(name if name in self.fields else None, sentence)
            case editing.Conflict():
                self.add_error(None, "Nothing was saved: see below what somebody else saved meanwhile.")
            case editing.Unchanged():
                self.add_error(None, UNCHANGED)
            case editing.Refused(stored=stored):
                self.add_error(None, RETIRED.format(stored))
        return cleaned


class LinkForm(RecordForm):
    """A link between compromises, whose own reason stands apart from that of the change."""

    grounds = forms.CharField(label="Why they are linked", required=False, widget=forms.Textarea)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["grounds"] = self.instance.reason

    def field_of(self, attribute):
        return "grounds" if attribute == "reason" else super().field_of(attribute)

    @property
    def typed(self):
        return super().typed | {"reason": self.cleaned_data["grounds"]}

    def _post_clean(self):
        super()._post_clean()
        self.instance.reason = self.cleaned_data.get("grounds", "")


def refuse_strangers(form, process):
    """Name every row that belongs to another process than the form's own."""
    for name, value in list(form.cleaned_data.items()):
        other = getattr(value, "process_id", None)
        if process and other and other != process.pk:
            form.add_error(name, f"“{value}” belongs to another process than “{process}”.")


class PartForm(Versioned):
    """A row below the one it belongs to. What it points to stays: it says something else about something else."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name, field in self.fields.items():
                if isinstance(field, forms.ModelChoiceField):
                    field.disabled = True
                    field.widget = Shown(getattr(self.instance, name) or "None")


class Parts(BaseInlineFormSet):
    """Rows below the one they belong to, which are taken out in place of deleted."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Take it out"

    def clean(self):
        super().clean()
        process = self.instance.process if self.instance.process_id else None
        for form in self.forms:
            if hasattr(form, "cleaned_data"):
                refuse_strangers(form, process)

    def parts(self) -> list[Part]:
        """Return what is to be written of them."""
        return [
            Part(form.instance, form.typed, form.cleaned_data["base_version"], self.fk.name, form in self.deleted_forms)
            for form in self.forms
            if form.has_changed() and not (form in self.deleted_forms and not form.instance.pk)
        ]


class ReasonForm(forms.Form):
    reason = RecordForm.base_fields["reason"]


class AccountForm(UserChangeForm):
    """An account, and why it is closed, opened or entrusted with everything."""

    reason = forms.CharField(
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text="One line, needed where “Active” or “Superuser status” changes. It is kept in the record of changes "
        "of what the person takes part in, for curators only.",
    )

    def clean(self):
        """Refuse what would leave a process without a curator, or the site without a superuser."""
        given = super().clean() or {}
        for name in ("is_active", "is_superuser"):
            if name not in self.changed_data:
                continue
            if not given.get("reason"):
                self.add_error("reason", "Say in one line why.")
            if not given[name] and (said := alone([self.instance], curating=name == "is_active")):
                self.add_error(name, said)
                return given
        return given


def alone(users, *, curating=True) -> str:
    """Return in a sentence or two what stands in the way of going on without these people; empty where nothing does.

    At most two SQL queries.
    """
    names = ", ".join(str(user) for user in users)
    left = people.left_alone(users) if curating else []
    if left:
        talks, there = " and ".join(f"“{process}”" for process in left), "each" if len(left) > 1 else "it"
        said = f"Without {names} nobody would curate {talks}."
        return f"{said} First hand {there} over, or make someone else a curator, on the page “People” of those talks."
    if people.run_site(users):
        return f"Without {names} there would be no superuser. Make someone else one first."
    return ""


def told(refused: editing.Conflict, form: Versioned) -> dict:
    """Return what the page of a conflict says: who saved, when, and both versions of each field. One SQL query."""
    writer = editing.writer(refused.stored)
    return {
        "conflict": refused,
        "writer": (writer.name if writer else "") or "Someone",
        "saved_at": localtime(writer.moment) if writer else None,
        "versions": form.versions,
    }
