"""What may stand in an address. A filter that makes no sense is named and ignored; the rest of the page stands."""

import calendar
import re
from datetime import UTC, date, datetime, time

from django import forms
from django.utils import timezone

from ..choices import BriefingKind, LackKind, ReadAs, Reliability, SearchKind, Status, SuggestionState

SHOWN = 60  # characters of a bad value that are quoted back


class DayField(forms.DateField):
    """A day written as 2025-02-14, or left empty."""

    widget = forms.DateInput(attrs={"type": "date"})
    pattern = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

    def __init__(self, **kwargs):
        super().__init__(**{"required": False} | kwargs)

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, date):
            return value or None
        parts = self.pattern.fullmatch(value.strip())
        if not parts or not value.isascii():
            raise forms.ValidationError("is not a day; write one as 2025-02-14")
        year, month, day = map(int, parts.groups())
        if not (1 <= year <= 9998 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
            raise forms.ValidationError("is not a day in the calendar")
        return date(year, month, day)


class MomentField(forms.Field):
    """A moment written as 2026-11-22T16:40:05Z, without a zone in the site's own, or a day, which means its end."""

    pattern = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[ +-]\d{2}:\d{2})?)?")

    def __init__(self, **kwargs):
        super().__init__(required=False, label="As recorded at", **kwargs)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        parts = self.pattern.fullmatch(value.strip())
        if not parts or not value.isascii():
            raise forms.ValidationError("is not a moment; write one as 2026-11-22T16:40:05Z, or a day as 2026-11-22")
        day, clock, zone = parts.groups()
        try:
            # In an address, a plus sign that was not escaped reads as a space.
            moment = datetime.fromisoformat(f"{day}T{clock or time.max}{(zone or '').replace(' ', '+')}")
            if moment.year < 1000:  # beyond any record, and what a zone takes off must stay in the calendar
                raise ValueError
            moment = moment if zone else timezone.make_aware(moment)
        except (ValueError, OverflowError):
            raise forms.ValidationError("is not a moment in the calendar") from None
        now = timezone.now()
        if moment > now and not (clock is None and day == str(timezone.localdate(now))):
            raise forms.ValidationError("lies in the future; the record is shown as it is now")
        return min(moment, now).astimezone(UTC)


class FilterForm(forms.Form):
    """A form read from the address. Call `read` and use what it returns; `ignored` names what was not usable.

    Each field's messages end a sentence that begins with the bad value: “2025-02-30” is not a day in the calendar.
    """

    use_required_attribute = False
    unsaid = ("as_of", "after", "before", "page")  # a moment and a page are no filters

    @classmethod
    def read(cls, request, **kwargs):
        """Return the form bound to the query string, validated."""
        form = cls(request.GET, **kwargs)
        form.full_clean()
        return form

    @property
    def ignored(self) -> list[tuple[str, str, str]]:
        """Return (label, the bad value cut short, message) for each filter that was ignored."""
        return [
            (str(self.fields[name].label or name), self._shown(name), str(errors[0]))
            for name, errors in self.errors.items()
            if name in self.fields
        ]

    def _shown(self, name):
        value = " ".join(self.data.getlist(name)).replace("\x00", "�")
        return value if len(value) <= SHOWN else value[:SHOWN] + "…"

    def value(self, name):
        """Return a field's cleaned value, or None when it is empty or was ignored."""
        return self.cleaned_data.get(name) or None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return what filters, dates and sorts the list as (name, value), without what goes without saying."""
        found = []
        for name, field in self.fields.items():
            value = self.value(name)
            if not value or name in self.unsaid or (name == "sort" and value == field.choices[0][0]):
                continue
            found += [(name, str(one)) for one in (dict.fromkeys(value) if isinstance(value, list) else [value])]
        return found

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what reproduces the page: `pairs`, and the moment that it looks back to."""
        moment = self.value("as_of")
        return [*self.pairs, *([("as_of", moment.isoformat().replace("+00:00", "Z"))] if moment else [])]

    @property
    def said(self) -> list[tuple[str, str]]:
        """Return what filters and sorts the list in words, as (label, value); the day is said elsewhere."""
        choices = {name: dict(getattr(field, "choices", ())) for name, field in self.fields.items()}
        return [
            (str(self.fields[name].label), str(choices[name].get(value, value)))
            for name, value in self.pairs
            if name != "on"
        ]


class WordsField(forms.CharField):
    """A few words to look for."""

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "max_length": 200} | kwargs)
        self.error_messages["max_length"] = f"is too long; use at most {self.max_length} characters"
        self.error_messages["null_characters_not_allowed"] = "holds a character that no text has"


class PickField(forms.ChoiceField):
    """One value of a list, or none."""

    default_error_messages = {"invalid_choice": "is not one of the choices"}

    def __init__(self, **kwargs):
        super().__init__(**{"required": False} | kwargs)


class PicksField(forms.MultipleChoiceField):
    """Any number of values of a list; shown as checkboxes."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"invalid_choice": "is not one of the choices"}

    def __init__(self, **kwargs):
        super().__init__(**{"required": False} | kwargs)


class MomentForm(FilterForm):
    """`?as_of=`: the moment to look back to."""

    as_of = MomentField()


class DayForm(MomentForm):
    """`?on=`: the day to show. Every page with a date has it."""

    on = DayField(label="Date")


class BriefingForm(MomentForm):
    """The filters of the list of briefings. `issues` and `languages`: (value, label) of those that the process has."""

    q = WordsField(label="Title or author")
    kind = PicksField(label="Type", choices=BriefingKind.choices)
    issue = PicksField(label="Issue")
    used = PicksField(label="Use", choices=(("cited", "Cited"), ("uncited", "Not cited yet")))
    reliability = PicksField(label="Publisher’s reliability", choices=Reliability.choices)
    read = PicksField(label="How it was read", choices=ReadAs.choices)
    language = PicksField(label="Language")
    on = DayField(label="Date")
    sort = PickField(label="Sort", choices=(("newest", "Newest first"), ("oldest", "Oldest first"), ("title", "Title")))
    after = WordsField(label="Page", max_length=400, strip=False)
    before = WordsField(label="Page", max_length=400, strip=False)

    def __init__(self, data, *, issues, languages):
        super().__init__(data)
        self.fields["issue"].choices = issues
        self.fields["language"].choices = languages
        self.fields |= {"from": DayField(label="Published from"), "to": DayField(label="Published to")}

    def clean(self):
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and first > last:
            self.add_error("to", "lies before the day that the range begins with")


class BoardForm(DayForm):
    """What the board shows: a day, from when changes are highlighted, and between whom gaps are measured."""

    since = DayField(label="Highlight changes since")
    between = PickField(label="Gaps between", choices=(("principals", "The principals"), ("all", "All sides")))

    def clean(self):
        on, since = self.cleaned_data.get("on"), self.cleaned_data.get("since")
        if on and since and since > on:
            self.add_error("since", "lies after the day shown")


class CompromiseForm(MomentForm):
    """The filters of the list of compromises. `sides`, `issues`, `origins`: (value, label) of those the process has."""

    status = PicksField(label="Status", choices=Status.choices)
    side = PicksField(label="Side")
    issue = PicksField(label="Issue")
    origin = PicksField(label="Origin")
    stalled = PickField(label="Stalled", choices=(("yes", "Stalled"),))
    contested = PickField(label="Contested", choices=(("yes", "Contested"),))
    on = DayField(label="Date")
    sort = PickField(
        label="Sort",
        choices=(("number", "By number"), ("newest", "Newest status first"), ("longest", "Longest in status first")),
    )
    after = WordsField(label="Page", strip=False)
    before = WordsField(label="Page", strip=False)

    def __init__(self, data, *, sides, issues, origins):
        super().__init__(data)
        for name, choices in (("side", sides), ("issue", issues), ("origin", origins)):
            self.fields[name].choices = choices


class PositionForm(DayForm):
    """A day, and a page of the positions of one side on one issue."""

    after = WordsField(label="Page", strip=False)
    before = WordsField(label="Page", strip=False)


class RowForm(DayForm):
    """What is taken away of positions, steps and quotes. `sides` and `issues`: (value, label) of the process's."""

    issue = PicksField(label="Issue")
    side = PicksField(label="Side")
    held = PickField(label="Positions", choices=(("yes", "What was held on the day alone"),))

    def __init__(self, data, *, sides, issues):
        super().__init__(data)
        self.fields["side"].choices, self.fields["issue"].choices = sides, issues


class TimelineForm(DayForm):
    """The filters of a timeline, and a page of its events. `sides` and `issues`: (value, label) of the process's."""

    kind = PicksField(
        label="Kind",
        choices=(("briefing", "Briefings"), ("position", "Positions"), ("compromise", "Compromises")),
    )
    side = PicksField(label="Side")
    issue = PickField(label="Issue")
    after = WordsField(label="Page", strip=False)
    before = WordsField(label="Page", strip=False)

    def __init__(self, data, *, sides, issues):
        super().__init__(data)
        self.fields["side"].choices, self.fields["issue"].choices = sides, issues


class ChangeForm(FilterForm):
    """The filters of the list of changes. Each list holds the (value, label) of those to choose from."""

    who = PickField(label="Who")
    kind = PickField(label="Kind")
    issue = PickField(label="Issue")
    side = PickField(label="Side")
    after = WordsField(label="Page", strip=False)
    before = WordsField(label="Page", strip=False)

    def __init__(self, data, *, people, kinds, issues, sides):
        super().__init__(data)
        for name, choices in (("who", people), ("kind", kinds), ("issue", issues), ("side", sides)):
            self.fields[name].choices = choices
        self.fields |= {"from": DayField(label="From"), "to": DayField(label="To")}
        self.fields["since"] = NumberField(label="After change")

    def clean(self):
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and first > last:
            self.add_error("to", "lies before the day that the range begins with")


class SearchForm(MomentForm):
    """What is searched for, and its filters. `issues` and `sides`: (value, label) of those that the process has."""

    q = WordsField(label="Words", max_length=1000)
    kind = PicksField(label="Kind", choices=SearchKind.choices)
    issue = PicksField(label="Issue")
    side = PicksField(label="Side")
    status = PicksField(label="Status", choices=Status.choices)
    cited = PicksField(label="Sources", choices=(("cited", "Cited"), ("uncited", "Not cited")))
    on = DayField(label="Date")
    page = forms.IntegerField(label="Page", required=False, min_value=1, max_value=50)

    def __init__(self, data, *, issues, sides):
        super().__init__(data)
        self.fields["issue"].choices, self.fields["side"].choices = issues, sides
        self.fields |= {"from": DayField(label="From"), "to": DayField(label="To")}
        self.fields["page"].error_messages["invalid"] = said = "is not a page of what is found; the first is shown"
        for validator in self.fields["page"].validators:
            validator.message = said

    def clean(self):
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and first > last:
            self.add_error("to", "lies before the day that the range begins with")


class UpkeepForm(FilterForm):
    """The filters of the queue of what the record lacks. Each list holds the (value, label) of those to choose from."""

    kind = PickField(label="Kind", choices=LackKind.choices)
    issue = PickField(label="Issue")
    side = PickField(label="Side")
    mine = PickField(label="Claimed", choices=(("yes", "Claimed by you"),))
    state = PickField(label="State", choices=(("dismissed", "Dismissed"),))
    after = WordsField(label="Page", strip=False)
    before = WordsField(label="Page", strip=False)

    def __init__(self, data, *, issues, sides):
        super().__init__(data)
        self.fields["issue"].choices, self.fields["side"].choices = issues, sides


class PageForm(FilterForm):
    """A page of a list."""

    after = WordsField(label="Page", strip=False)
    before = WordsField(label="Page", strip=False)


class SuggestionForm(PageForm):
    """The filters of the list of suggestions. `authors` holds the (value, label) of those who made any."""

    state = PickField(label="State", choices=[("any", "All"), *SuggestionState.choices])
    who = PickField(label="Author")

    def __init__(self, data, *, authors):
        super().__init__(data)
        self.fields["who"].choices = authors


class NumberField(forms.IntegerField):
    """The number of a change."""

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "min_value": 1, "max_value": 2**31 - 1} | kwargs)
        said = "is not the number of a change"
        self.error_messages["invalid"] = said
        for validator in self.validators:
            validator.message = said


class CompareForm(PageForm):
    """Two changes to compare, and how."""

    layout = PickField(label="Layout", choices=(("inline", "In one text"), ("split", "Side by side")))

    def __init__(self, data):
        super().__init__(data)
        self.fields |= {"from": NumberField(label="From"), "to": NumberField(label="To")}

    def clean(self):
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and first >= last:
            self.add_error("from", "is not before the change that it is compared with")
