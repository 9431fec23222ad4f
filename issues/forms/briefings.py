"""What an analyst may say of a briefing."""

from collections.abc import Callable
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.html import format_html

from ..choices import BriefingKind, ReadAs, Reliability
from .editing import MARKDOWN, Address, Addresses, CorrectionForm, Day, EditForm, Line, Paragraphs, choice, known_to

LARGEST = 1_000_000  # characters of a document's own text
is_language = RegexValidator(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z", "Write a language tag, such as en, uk or pt-BR.")


class NewBriefingForm(EditForm):
    """A dated document.

    `twin` returns (title, address of its page) of another briefing with the web address given, or None. One that has
    it is named; the form is taken when it is sent a second time.
    """

    title = Line(label="Title", max_length=300, error_messages={"required": "Give the title of the document."})
    author = Line(label="Author", required=False, max_length=200)
    publisher = Line(label="Publisher", required=False, max_length=300)
    kind = choice("Type", BriefingKind.choices, "Choose what sort of document it is.", widget=forms.RadioSelect)
    published_on = Day(label="Published", required=True)
    precision = known_to()
    language = Line(
        label="Language",
        max_length=12,
        initial="en",
        validators=[is_language],
        help_text="A language tag, such as en, uk or ru.",
        error_messages={"required": "Write a language tag, such as en, uk or ru."},
    )
    url = Address(label="Address", help_text="Where the document can be read. It begins with https:// or http://.")
    abstract = Paragraphs(label="Abstract", rows=4, help_text=f"What it says, in your own words. {MARKDOWN}")
    reliability = choice(
        "Publisher’s reliability", Reliability.choices, "Choose one of the grades.", initial=Reliability.F
    )
    reliability_reason = Paragraphs(label="Why this grade", rows=2)
    read_as = choice("How it was read", ReadAs.choices, "Choose how it was read.", initial=ReadAs.NOT_READ)
    reading_note = Paragraphs(label="Reading note", rows=2, help_text=MARKDOWN)
    archived_url = Address(label="Archived copy")
    other_urls = Addresses(label="Other addresses", rows=2, help_text="One a line.")
    text = Paragraphs(
        label="Its text",
        rows=10,
        max_length=LARGEST,
        help_text="The document’s own words, where they may be kept. Only analysts and curators see the whole of it; "
        "quotes are found in it.",
    )
    # The web address that the form was last sent with although another briefing has it.
    known = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1000)

    carried = (*EditForm.carried, "known")
    layout = ("title", ("author", "publisher"), "kind", ("published_on", "language"), "url", "abstract")
    folded: ClassVar = {
        "How reliable it is, and how it was read": (("reliability", "reliability_reason"), ("read_as", "reading_note")),
        "Other addresses": ("archived_url", "other_urls"),
        "The document’s own words": ("text",),
    }

    def __init__(self, data=None, *, twin: Callable[[str], tuple[str, str] | None], **kwargs):
        super().__init__(data, **kwargs)
        self.twin = twin

    def is_multipart(self) -> bool:
        """Tell that the form is sent without escapes, which would make a long text up to six times as long."""
        return True

    def clean(self):
        url = self.cleaned_data.get("url")
        if not url or self.cleaned_data.get("known") == url or not (twin := self.twin(url)):
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("known")] = url
        title, href = twin
        raise ValidationError(
            format_html(
                'Another briefing has this address: <a href="{}" target="_blank">{} (opens in a new tab)</a>. If this '
                "is a different document, save it again as it is.",
                href,
                title,
            )
        )


class BriefingEditForm(CorrectionForm, NewBriefingForm):
    """A correction of a briefing."""
