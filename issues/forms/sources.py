"""What a claim is to rest on: rows of a form, one for each briefing that is cited with a save."""

import re
from dataclasses import dataclass

from django import forms

from ..analysis.anchoring import Anchor, Text
from ..analysis.dates import short
from ..analysis.links import link
from ..choices import BriefingKind, Relation
from ..models import Briefing, Process
from .editing import Address, Day, EditForm, Line, Paragraphs, choice, known_to

ROWS = 12  # sources in one save
PLACES = 12  # places of the same words that are offered to choose from
KEY = re.compile(r"[0-9]{1,3}")
NEW = "new"  # what is picked to add a briefing that is not on file


@dataclass(frozen=True)
class Check:
    """Whether quoted words stand in the stored text: at each of `places`. `is_stored`: there is a text to look in."""

    is_stored: bool
    places: list[Anchor]

    @property
    def said(self) -> str:
        """Return what was found, as a sentence."""
        if not self.is_stored:
            return "No text of this briefing is on file to check these words against."
        if not self.places:
            return "Not found in the stored text in exactly these words. Saved so, they are marked as not found there."
        if len(self.places) == 1:
            return "Found in the stored text, exactly."
        return "These words stand at several places of the stored text. Choose the one that is meant."


class SourceForm(forms.Form):
    """A row: a briefing on file, or a new one, and the words of it that say something for or against the claim."""

    briefing = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**62)
    title = Line(label="Title", required=False, max_length=300)
    published_on = Day(label="Published", required=False)
    precision = known_to()
    kind = forms.ChoiceField(label="Type", required=False, choices=[("", "Choose a type"), *BriefingKind.choices])
    publisher = Line(label="Publisher", required=False, max_length=300)
    url = Address(label="Address")
    relation = choice("Relation", Relation.choices, "Choose one of the relations.", initial=Relation.SUPPORTS)
    quote = Paragraphs(
        label="Its exact words", rows=2, max_length=5_000, help_text="Empty: the document as a whole is cited."
    )
    place = forms.CharField(required=False, max_length=9)
    locator = Line(label="Where in it", required=False, max_length=300, help_text="Page, point or paragraph.")
    prefix = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200, strip=False)
    suffix = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200, strip=False)
    quote_url = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1000)

    def __init__(self, data=None, *, key: str, number: int, rows: "SourceRows", initial=None):
        super().__init__(data, prefix=f"source-{key}", auto_id=f"{rows.prefix_id}-%s", initial=initial)
        self.key, self.number, self.rows = key, number, rows
        self.fields["relation"].required = self.fields["precision"].required = False
        self.fields["precision"].widget.attrs["aria-label"] = f"How exactly the date of source {number} is known"
        self.fields["relation"].widget.attrs["aria-label"] = f"What source {number} does for the claim"
        for name in ("title", "published_on", "kind", "url"):
            self.fields[name].error_messages["required"] = "Fill this in, or remove the source."

    @property
    def values(self) -> dict:
        """Return what stands in the row, as typed."""
        return {name: self[name].value() for name in self.fields}

    @property
    def document(self) -> Briefing | None:
        """Return the briefing on file that the row cites, or None."""
        key = str(self["briefing"].value() or "")
        return self.rows.documents.get(int(key)) if key.isdecimal() and len(key) < 19 else None

    @property
    def is_new(self) -> bool:
        """Tell whether the row is to add a briefing."""
        return not self["briefing"].value()

    @property
    def day(self) -> str:
        """Return the date of the briefing on file."""
        return short(self.document.published_on, self.document.precision) if self.document else ""

    @property
    def check(self) -> Check | None:
        """Return whether the words stand in the stored text; None where there are no words, or nothing is cited yet."""
        quote = str(self["quote"].value() or "")
        if not quote.strip() or not self.document:
            return None
        text = self.document.text
        around = (str(self[name].value() or "") for name in ("prefix", "suffix"))
        return Check(bool(text), Text(text).places(quote, *around, most=PLACES) if text else [])

    @property
    def chosen(self) -> str:
        """Return the place that was chosen among several, as the form has it."""
        return str(self["place"].value() or "")

    def clean(self):
        if self.is_new:
            for name in ("title", "published_on", "kind"):
                if not self.cleaned_data.get(name) and name not in self.errors:
                    self.add_error(name, self.fields[name].error_messages["required"])
        elif not self.document:
            self.add_error(None, "This briefing is not on file any more. Remove the source, and cite another.")
        check = self.check
        if check and len(check.places) > 1 and not self.anchor(check):
            self.add_error("quote", "These words stand at several places of the stored text. Choose the one meant.")

    def anchor(self, check: Check) -> Anchor | None:
        """Return where the words stand, if that is known."""
        found = [one for one in check.places if len(check.places) == 1 or str(one.start) == self.chosen]
        return Text(self.document.text).placed(found[0].start, found[0].end) if found and self.document else None

    @property
    def source(self) -> dict:
        """Return the row as fields of a citation; `document` holds those of a new briefing."""
        given = self.cleaned_data
        found = {name: given[name] for name in ("locator", "quote", "prefix", "suffix")}
        found["relation"] = given["relation"] or Relation.SUPPORTS
        found["quote_url"] = given["quote_url"] if link(given["quote_url"]) else None
        if not given["quote"]:
            found |= {"prefix": "", "suffix": "", "quote_url": None}
        elif (check := self.check) and (anchor := self.anchor(check)):
            found |= {"prefix": anchor.prefix, "suffix": anchor.suffix}
        if self.document:
            return found | {"briefing_id": self.document.pk}
        document = {name: given[name] for name in ("title", "published_on", "kind", "publisher")}
        return found | {"document": document | {"precision": given["precision"] or "day", "url": given["url"] or None}}

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """Return (id of the field or "", its label, message) for each fault."""
        found = []
        for name, errors in self.errors.items():
            drawn = name in self.fields and not isinstance(self.fields[name].widget, forms.HiddenInput)
            label = f"Source {self.number}" + (f", {str(self.fields[name].label).lower()}" if drawn else "")
            found += [(self[name].auto_id if drawn else "", label, str(error)) for error in errors]
        return found


class SourceRows:
    """The rows of a form, and what its picker was asked: to find words, to add a row, or to drop one."""

    def __init__(self, data, process: Process, prefix_id: str):
        self.process, self.prefix_id, self.data = process, prefix_id, data
        self.find = data.get("find", "")[:200].replace("\x00", "") if data is not None else ""
        keys = data.getlist("source") if data is not None and hasattr(data, "getlist") else []
        self.keys = [key for key in dict.fromkeys(keys) if KEY.fullmatch(key)][:ROWS]
        self.rows = [SourceForm(data, key=key, number=n, rows=self) for n, key in enumerate(self.keys, 1)]
        self.found = None
        self.notice = ""
        self.is_left = False  # a row was dropped, and the focus with it
        self._documents: dict[int, Briefing] | None = None

    @property
    def documents(self) -> dict[int, Briefing]:
        """Return key → briefing for those that the rows cite, live ones of the process only. One SQL query."""
        if self._documents is None:
            keys = {str(row["briefing"].value() or "") for row in self.rows}
            wanted = [int(key) for key in keys if key.isdecimal() and len(key) < 19]
            found = Briefing.objects.live().filter(process=self.process, pk__in=wanted) if wanted else ()
            self._documents = {row.pk: row for row in found}
        return self._documents

    @property
    def asked(self) -> str:
        """Return what was asked of the picker rather than to save: pick, drop, find, check or nothing."""
        given = self.data.get if self.data is not None else {}.get
        for name in ("pick", "drop"):
            if given(name):
                return name
        # Enter in any line of the form presses its first button: with words to look for, those are meant.
        do = given("do", "")
        return do if do in ("find", "check") else "find" if do == "enter" and self.find.strip() else ""

    def reopened(self) -> "SourceRows":
        """Return the rows as they stand, without faults, to be shown again."""
        again = SourceRows(None, self.process, self.prefix_id)
        again.find = self.find
        for row in self.rows:
            again.add(row.values, row.key)
        return again

    def add(self, values: dict, key: str = "") -> SourceForm | None:
        """Add a row; None where there are too many already."""
        if len(self.rows) >= ROWS:
            return None
        key = key or str(max((int(one) for one in self.keys), default=0) + 1)
        row = SourceForm(key=key, number=len(self.rows) + 1, rows=self, initial=values)
        self.keys.append(key)
        self.rows.append(row)
        self._documents = None
        return row

    def drop(self, key: str):
        """Leave a row out."""
        kept = [(row.key, row.values) for row in self.rows if row.key != key]
        self.keys, self.rows = [], []
        for one, values in kept:
            self.add(values, one)


class CitingForm(EditForm):
    """A form whose save may cite briefings for what it writes: `cited` holds the rows."""

    template = "issues/_citing.html"

    def __init__(self, data=None, *, process, **kwargs):
        super().__init__(data, **kwargs)
        self.cited = SourceRows(data, process, self.prefix_id)

    @classmethod
    def field_of(cls, attribute):
        """Return the name of the field that holds an attribute of a row; the sources are none."""
        return None if attribute == "sources" else super().field_of(attribute)

    def is_valid(self):
        return all([super().is_valid(), *(row.is_valid() for row in self.cited.rows)])

    def focus(self):
        """Let the focus begin at the first field that is at fault in the sources, where none is before them."""
        faulty = [(row, name) for row in self.cited.rows if row.is_bound for name in row.errors if name in row.fields]
        if self.is_bound and not self.errors and len(self.faults) == 1 and faulty:
            row, name = faulty[0]
            row.fields[name].widget.attrs["autofocus"] = True
            return self
        return super().focus()

    def keep(self, other):
        """Take over the sources of another form."""
        self.cited = other.cited.reopened()
        return self

    def differs(self, typed):
        """Tell whether a draft says something else than the form as it opens, or cites anything."""
        return super().differs(typed) or "source" in typed

    def bring_back(self, typed):
        """Open with what a draft holds in place of what is stored, and with its sources."""
        super().bring_back(typed)
        self.cited = SourceRows(typed, self.cited.process, self.prefix_id).reopened()

    @property
    def asks(self) -> bool:
        """Tell whether the form was sent to ask its picker something, not to be saved."""
        return bool(self.cited.asked)

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """Return the faults of the form, then those of its sources."""
        return [*super().faults, *(fault for row in self.cited.rows for fault in row.faults)]

    @property
    def sources(self) -> list[dict]:
        """Return the sources that the form adds, each as fields of a citation."""
        return [row.source for row in self.cited.rows]
