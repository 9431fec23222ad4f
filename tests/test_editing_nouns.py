"""The forms for briefings, compromises, links and citations: one set of tests, a table of nouns.

Who may use them: `test_gate`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.urls import reverse

from issues import history
from issues.models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Side,
    StatusEvent,
)
from issues.models.base import Content

from . import valley
from .conftest import Person

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Noun:
    """What the tests need to know of a form. `made` writes a row to edit; a new row's form has none.

    `change` is one valid edit, `clash` another of the same field and `beside` one of another field. `invalid` are
    (changes, a sentence of the answer).
    """

    form: str
    model: type[Content]
    values: dict
    change: dict
    made: Callable | None = None
    address: Callable | None = None
    clash: dict | None = None
    beside: dict | None = None
    invalid: tuple = ()

    def url(self, process) -> str:
        """Return the address of the form."""
        return self.address(process)

    def typed(self, process, **changes) -> dict:
        """Return what the form posts."""
        values = {"base_version": "1", "key": uuid4().hex, "reason": "Put right", "place": "own"}
        values |= self.values | changes
        return {name: value(process) if callable(value) else value for name, value in values.items()}


def letter(process) -> Briefing:
    return Briefing.objects.get(process=process, slug="letter")


def key(model, slug) -> Callable:
    """Return the function that finds the key of a row by its name in the address."""
    return lambda process: str(model.objects.get(process=process, slug=slug).pk)


def first(process) -> Compromise:
    return Compromise.objects.get(process=process, number=1)


BRIEFING = {
    "title": "Letter",
    "kind": "news",
    "published_on": "2024-01-09",
    "precision": "day",
    "language": "en",
    "reliability": "F",
    "read_as": "not_read",
    "url": "https://example.org/letter",
}
NOT_A_BRIEFING = (
    ({"title": " "}, "Give the title of the document."),
    ({"title": "x" * 301}, "at most 300 characters"),
    ({"title": "a\x07b"}, "U+0007, which no text needs"),
    ({"kind": "rumour"}, "Choose what sort of document it is."),
    ({"published_on": ""}, "Give a day."),
    ({"published_on": "2024-02-30"}, "not a day in the calendar"),
    ({"language": "the English"}, "Write a language tag"),
    ({"url": "javascript:alert(1)"}, "This is not a web address."),
    ({"url": "ftp://example.org/"}, "This is not a web address."),
    ({"url": "https://example.org/\\@evil.example"}, "This is not a web address."),
    ({"url": "https://[::1"}, "This is not a web address."),
    ({"archived_url": "example.org"}, "This is not a web address."),
    ({"other_urls": "https://example.org/a\nexample.org"}, "Line 2: This is not a web address."),
    ({"reliability": "G"}, "Choose one of the grades."),
    ({"read_as": "skimmed"}, "Choose how it was read."),
    ({"text": "x" * 1_000_001}, "at most 1000000 characters"),
    ({"reason": ""}, "Say in one line what changed, and why."),
    ({"key": "x"}, "lacks what identifies it"),
)
COMPROMISE = {"headline": "Concession 1", "body": "", "test_sentence": "", "origin": ""}
NEW_COMPROMISE = COMPROMISE | {
    "issue": key(Issue, "grass"),
    "side": key(Side, "hill"),
    "occurred_on": "2024-03-01",
    "precision": "month",
    "briefing": key(Briefing, "minutes"),
}
NOT_A_COMPROMISE = (
    ({"headline": " "}, "Give the concession in one line."),
    ({"headline": "x" * 201}, "at most 200 characters"),
    ({"body": "x" * 20_001}, "at most 20000 characters"),
    ({"origin": "x" * 61}, "at most 60 characters"),
    ({"test_sentence": "a\x00b"}, "U+0000, which no text needs"),
)
LINK = {
    "kind": "requires",
    "target": lambda process: str(Compromise.objects.get(process=process, number=2).pk),
    "basis": "source",
    "briefing": key(Briefing, "minutes"),
    "grounds": "",
}
NOT_A_LINK = (
    ({"kind": "likes"}, "Choose one of the kinds."),
    ({"target": ""}, "Choose a compromise."),
    ({"target": "0"}, "Choose one of the list."),
    ({"basis": "hope"}, "Choose one of the two."),
    ({"briefing": ""}, "Name the briefing that states the link"),
    ({"grounds": "x" * 20_001}, "at most 20000 characters"),
)
CITATION = {
    "relation": "supports",
    "quote": "the words",
    "locator": "",
    "credibility": "6",
    "quote_url": "",
    "number": "1",
    "began_as": "1",
    "prefix": "",
    "suffix": "",
}
NOUNS = {
    "briefing-new": Noun(
        "briefing-new",
        Briefing,
        BRIEFING,
        {"title": "Another letter", "url": ""},
        address=lambda process: reverse("issues:briefing-new", args=[process.slug]),
        invalid=NOT_A_BRIEFING,
    ),
    "briefing-edit": Noun(
        "briefing-edit",
        Briefing,
        BRIEFING,
        {"title": "The letter"},
        made=letter,
        address=lambda process: reverse("issues:briefing-edit", args=[process.slug, "letter"]),
        clash={"title": "Their letter"},
        beside={"abstract": "They ask for a path."},
        invalid=(*NOT_A_BRIEFING, ({}, "Nothing was changed")),
    ),
    "compromise-new": Noun(
        "compromise-new",
        Compromise,
        NEW_COMPROMISE,
        {"headline": "Open it at dusk"},
        address=lambda process: reverse("issues:compromise-new", args=[process.slug]) + "?issue=grass&side=hill",
        invalid=(
            *NOT_A_COMPROMISE,
            ({"issue": ""}, "Choose an issue."),
            ({"issue": "7"}, "Choose one of the list."),
            ({"side": "hill"}, "Choose one of the list."),
            ({"briefing": "0"}, "Choose one of the list."),
            ({"occurred_on": ""}, "Give a day."),
            ({"precision": "week"}, "Choose day, month or year."),
        ),
    ),
    "compromise-edit": Noun(
        "compromise-edit",
        Compromise,
        COMPROMISE,
        {"headline": "Open it at dusk"},
        made=first,
        address=lambda process: reverse("issues:compromise-edit", args=[process.slug, 1]),
        clash={"headline": "Open it at dawn"},
        beside={"test_sentence": "A herd passes."},
        invalid=(*NOT_A_COMPROMISE, ({}, "Nothing was changed")),
    ),
    "link-new": Noun(
        "link-new",
        CompromiseLink,
        LINK,
        {"kind": "follows"},
        address=lambda process: reverse("issues:link-new", args=[process.slug, 1]),
        invalid=(
            *NOT_A_LINK,
            ({"target": lambda process: str(first(process).pk)}, "Choose one of the list."),
            ({"kind": "in_exchange_for"}, "The link “C1 in exchange for C2” is on file."),
        ),
    ),
    "link-edit": Noun(
        "link-edit",
        CompromiseLink,
        LINK | {"kind": "in_exchange_for"},
        {"grounds": "The minutes say so."},
        made=lambda process: CompromiseLink.objects.get(process=process),
        address=lambda process: reverse("issues:link-edit", args=[CompromiseLink.objects.get(process=process).pk]),
        clash={"grounds": "They never said so."},
        beside={"kind": "follows"},
        invalid=(*NOT_A_LINK, ({}, "Nothing was changed")),
    ),
    "citation-edit": Noun(
        "citation-edit",
        Citation,
        CITATION,
        {"quote": "their words"},
        made=lambda process: Citation.objects.get(process=process, briefing__slug="minutes"),
        address=lambda process: reverse("issues:citation-edit", args=[NOUNS["citation-edit"].made(process).pk]),
        clash={"quote": "no words"},
        beside={"credibility": "2"},
        invalid=(
            ({"relation": "proves"}, "Choose one of the relations."),
            ({"credibility": "0"}, "Choose one of the grades."),
            ({"quote": "x" * 5_001}, "at most 5000 characters"),
            ({"locator": "x" * 301}, "at most 300 characters"),
            ({"quote_url": "javascript:alert(1)"}, "This is not a web address."),
            ({"number": ""}, "Give a number."),
            ({"number": "0"}, "The first is 1."),
            ({"number": "3"}, "There are 2 sources."),
            ({"number": "9" * 40}, "There are 2 sources."),
            ({"number": "first"}, "Write a whole number."),
            ({"began_as": "x"}, "lacks what identifies it"),
            ({}, "Nothing was changed"),
        ),
    ),
}
EDITS = [name for name, noun in NOUNS.items() if noun.made]


@pytest.fixture(scope="module")
def loaded_process(loaded):
    return loaded(small_record)


@pytest.fixture
def process(loaded_process, db) -> Process:
    """Return a small record with a row of each noun."""
    return loaded_process.restore()


def small_record():
    process = valley.create()
    valley.add(valley.briefing(process, "letter", "2024-01-09", url="https://example.org/letter"))
    one, two = (valley.propose(process, number, ("2024-02-01", "suggested")) for number in (1, 2))
    minutes = Briefing.objects.get(process=process, slug="minutes")
    valley.add(CompromiseLink(process=process, source=one, target=two, kind="in_exchange_for", briefing=minutes))
    held = valley.hold(process, "hill", "2024-02-01", 20)
    valley.cite(held, quote="the words", order=1)
    valley.cite(held, slug="letter", order=2)
    return process


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


def rows(process):
    """Return every row of the process that people write, by its kind, without what counts versions."""
    left_out = {"version", "updated_at"}
    return {
        (name, row.pk): {k: v for k, v in vars(row).items() if k not in left_out and not k.startswith("_")}
        for name, model in history.RECORDED.items()
        if model is not Process
        for row in model.objects.filter(process=process)
    }


def changed(before: dict, after: dict) -> dict:
    """Return the fields that differ by row, True for a new row."""
    return {
        key: True if key not in before else {name for name in row if row[name] != before[key][name]}
        for key, row in after.items()
        if row != before.get(key)
    }


# Saving


@pytest.mark.parametrize("name", NOUNS)
def test_a_save_is_one_changeset_of_few_queries_and_is_made_once(name, process, alma, django_assert_max_num_queries):
    noun, before = NOUNS[name], Changeset.objects.count()
    data = noun.typed(process, **noun.change)
    # Two of them begin and end what is a transaction of its own outside of tests.
    with django_assert_max_num_queries(27):
        first = alma.post(noun.url(process), data)
    again = alma.post(noun.url(process), data)
    assert (first.status_code, first["Location"]) == (302, again["Location"])
    assert Changeset.objects.count() == before + 1
    written = Changeset.objects.latest("number")
    assert (written.user, written.reason) == (alma.user, "Put right")
    followed = alma.get(first["Location"], headers=HTMX)
    assert followed.status_code == 200 and "<html" not in followed.text and 'id="notice"' in followed.text
    assert list(history.verify(process)) == []


@pytest.mark.parametrize("name", NOUNS)
def test_what_cannot_be_saved_comes_back_with_a_sentence(name, process, alma):
    noun, before = NOUNS[name], Changeset.objects.count()
    for changes, sentence in noun.invalid:
        response = alma.post(noun.url(process), noun.typed(process, **changes), headers=HTMX)
        assert response.status_code == 422 and sentence in response.text, changes
        assert response["HX-Retarget"].startswith("#") and "<html" not in response.text
    assert Changeset.objects.count() == before


@pytest.mark.parametrize("name", NOUNS)
def test_only_the_fields_of_the_form_ever_change(name, process, alma):
    noun, far = NOUNS[name], valley.create("far")
    before, elsewhere = rows(process), rows(far)
    fields = alma.get(noun.url(process)).context["form"].fields
    forged = {
        field: "7"
        for one in noun.model._meta.concrete_fields
        for field in (one.name, one.attname)
        if field not in fields
    }
    forged |= {"process": str(far.pk), "process_id": str(far.pk), "version": "40", "user": "1"}
    forged |= {"slug": "forged", "provenance": "forged", "retired_at": "2020-01-01", "text_sha256": "0" * 64}
    assert alma.post(noun.url(process), noun.typed(process, **noun.change) | forged).status_code == 302
    found = changed(before, rows(process))
    if noun.made:
        stored = {"grounds": "reason"}
        assert found == {
            (noun.model._meta.model_name, noun.made(process).pk): {stored.get(field, field) for field in noun.change}
        }
    else:
        assert set(found.values()) == {True}
        made = noun.model.objects.latest("pk")
        assert (made.process, made.version, made.retired_at) == (process, 1, None)
        assert "forged" not in vars(made).values()
    assert rows(far) == elsewhere


# At the same time


@pytest.mark.parametrize("name", EDITS)
def test_other_fields_merge_and_the_same_field_is_a_conflict(name, process, alma):
    noun = NOUNS[name]
    otto = Person.called("otto").joins(process, "analyst")
    first, second = noun.typed(process, **noun.change), noun.typed(process, **noun.beside)
    assert alma.post(noun.url(process), first).status_code == 302
    merged = otto.post(noun.url(process), second, follow=True)
    assert "together with what someone else changed meanwhile" in merged.text
    clash = noun.typed(process, **noun.clash)
    for headers in ({}, HTMX):
        response = otto.post(noun.url(process), clash, headers=headers)
        assert response.status_code == 409 and "alma saved this" not in response.text
        assert all(str(value) in response.text for value in noun.clash.values())
    assert otto.post(noun.url(process), clash | {"base_version": ""}).status_code == 428
    shown = response.context["form"]
    data = {field: shown[field].value() for field in shown.fields}
    data = {field: "" if value is None else value for field, value in data.items()}
    assert otto.post(noun.url(process), data).status_code == 302
    assert noun.made(process).version == 4
    assert list(history.verify(process)) == []


# Briefings


def test_the_text_has_its_fingerprint_in_new_and_in_corrected_briefings(process, alma):
    text = "Ґ" * 400_000
    assert (
        alma.post(
            NOUNS["briefing-new"].url(process), NOUNS["briefing-new"].typed(process, url="", text=text)
        ).status_code
        == 302
    )
    made = Briefing.objects.latest("pk")
    assert (made.text, made.text_sha256) == (text, hashlib.sha256(text.encode()).hexdigest())
    assert made.slug == "letter-2024-01-09"
    edit = reverse("issues:briefing-edit", args=["valley", made.slug])
    for base, text in ((1, "Short."), (2, "")):
        data = NOUNS["briefing-edit"].typed(process, url="", text=text, base_version=base)
        assert alma.post(edit, data).status_code == 302
        made.refresh_from_db()
        assert made.text_sha256 == (hashlib.sha256(text.encode()).hexdigest() if text else "")
    assert list(history.verify(process)) == []


def test_another_briefing_with_the_same_address_is_named_and_the_second_submit_saves(process, alma):
    noun = NOUNS["briefing-new"]
    data = noun.typed(process, title="A & B", url="http://example.org/letter/")
    first = alma.post(noun.url(process), data)
    assert first.status_code == 422 and "Another briefing has this address" in first.text
    assert f'<a href="{letter(process).get_absolute_url()}" target="_blank">Letter' in first.text
    shown = first.context["form"]
    assert shown["known"].value() == data["url"]
    elsewhere = data | {"known": "https://example.org/other"}
    assert alma.post(noun.url(process), elsewhere).status_code == 422
    assert alma.post(noun.url(process), data | {"known": data["url"]}).status_code == 302
    edited = NOUNS["briefing-edit"]
    # One that keeps its address is not asked again.
    assert alma.post(edited.url(process), edited.typed(process, abstract="Short.")).status_code == 302


def test_the_addresses_of_a_briefing_are_a_list_each_once(process, alma):
    noun = NOUNS["briefing-edit"]
    two = "https://example.org/a\r\n\r\nhttps://example.org/b\r\nhttps://example.org/a\r\n"
    assert alma.post(noun.url(process), noun.typed(process, other_urls=two)).status_code == 302
    assert letter(process).other_urls == ["https://example.org/a", "https://example.org/b"]
    assert "https://example.org/a\nhttps://example.org/b</textarea>" in alma.get(noun.url(process)).text


def test_only_who_may_edit_is_offered_to_edit_and_never_on_a_day(process, alma):
    page, form = letter(process).get_absolute_url(), NOUNS["briefing-edit"].url(process)
    assert form in alma.get(page).text and form not in Person().get(page).text
    assert form not in alma.get(page, {"on": "2024-02-01"}).text
    assert NOUNS["briefing-new"].url(process) in alma.get(reverse("issues:briefing-list", args=["valley"])).text


# Compromises


def test_a_new_compromise_begins_with_its_first_step_in_one_changeset(process, alma):
    noun = NOUNS["compromise-new"]
    valley.retire(valley.propose(process, 7, ("2024-02-01", "suggested")))
    response = alma.post(noun.url(process), noun.typed(process), follow=True)
    assert "The new compromise is recorded as C8." in response.text and "Concession 1" in response.text
    made = Compromise.objects.get(process=process, number=8)
    step = made.status_events.get()
    assert (made.slug, made.issue.slug, made.side.slug) == ("c8-concession-1", "grass", "hill")
    assert (step.status, str(step.occurred_on), step.precision) == ("suggested", "2024-03-01", "month")
    assert step.briefing.slug == "minutes"
    written = Changeset.objects.latest("number")
    assert sorted(one.model for one in written.snapshots.all()) == ["compromise", "statusevent"]


def test_two_new_compromises_at_once_get_two_numbers(process, alma):
    noun = NOUNS["compromise-new"]
    for headline in ("One", "Two"):
        assert alma.post(noun.url(process), noun.typed(process, headline=headline)).status_code == 302
    numbers = Compromise.objects.filter(process=process).values_list("number", "headline").order_by("number")
    assert list(numbers)[2:] == [(3, "One"), (4, "Two")]


@pytest.mark.parametrize(
    ("query", "chosen"),
    [("", (None, None)), ("?issue=grass&side=hill", ("grass", "hill")), ("?issue=none&side=%00", (None, None))],
)
def test_the_address_says_for_which_issue_and_side_a_compromise_is_proposed(query, chosen, process, alma):
    form = alma.get(reverse("issues:compromise-new", args=["valley"]) + query).context["form"]
    rows = Issue.objects.filter(pk=form["issue"].value()).first(), Side.objects.filter(pk=form["side"].value()).first()
    assert tuple(row and row.slug for row in rows) == chosen


def test_new_compromises_are_offered_where_they_belong_but_not_on_a_day_in_the_past(process, alma):
    new = reverse("issues:compromise-new", args=["valley"])
    dossier = reverse("issues:issue-detail", args=["valley", "grass"])
    listed = reverse("issues:compromise-list", args=["valley"])
    own = first(process).get_absolute_url()
    for page, form in ((dossier, f"{new}?issue=grass&amp;side=plain"), (listed, new), (own, f"{own}edit/")):
        assert form in alma.get(page).text and form not in Person().get(page).text
        assert form not in alma.get(page, {"on": "2024-01-10"}).text, page


# Links


def link(process, source, target, kind, **fields) -> CompromiseLink:
    """Record a link between two compromises, which are made if need be."""
    ends = [
        Compromise.objects.filter(process=process, number=number).first()
        or valley.propose(process, number, ("2024-02-01", "suggested"))
        for number in (source, target)
    ]
    return valley.add(CompromiseLink(process=process, source=ends[0], target=ends[1], kind=kind, basis="logic"))


@pytest.mark.parametrize("kind", ["requires", "follows"])
def test_a_link_that_closes_a_circle_is_refused_and_the_circle_named(kind, process, alma):
    link(process, 2, 3, kind), link(process, 3, 1, kind)
    link(process, 2, 4, "excludes")
    noun, before = NOUNS["link-new"], rows(process)
    response = alma.post(noun.url(process), noun.typed(process, kind=kind), headers=HTMX)
    assert response.status_code == 422
    assert f"This closes a circle of “{kind}”: C1 → C2 → C3 → C1." in response.text
    edit = NOUNS["link-edit"]
    own = f"/links/{first(process).links_out.get().pk}/edit/"
    assert alma.post(own, edit.typed(process, kind=kind)).status_code == 422
    assert rows(process) == before


@pytest.mark.parametrize(
    ("kind", "ends", "retired", "sentence"),
    [
        ("requires", (1, 2), False, "The link “C1 requires C2” is on file."),
        ("requires", (1, 2), True, "was taken out of the record. Restore it instead"),
        ("requires", (2, 1), True, ""),
        ("excludes", (2, 1), False, "The link “C2 excludes C1” is on file."),
        ("excludes", (2, 1), True, ""),
    ],
)
def test_a_link_is_on_file_once_even_when_it_was_taken_out(kind, ends, retired, sentence, process, alma):
    made = link(process, *ends, kind)
    if retired:
        valley.retire(made)
    noun = NOUNS["link-new"]
    response = alma.post(noun.url(process), noun.typed(process, kind=kind))
    assert response.status_code == (422 if sentence else 302) and sentence in response.text


def test_a_link_is_offered_on_both_pages_and_leads_back_to_the_one(process, alma):
    made = CompromiseLink.objects.get(process=process)
    for number, end in ((1, "source"), (2, "target")):
        page = reverse("issues:compromise-detail", args=["valley", number])
        address = f"/links/{made.pk}/edit/"
        assert f'href="{address}?place={end}"' in alma.get(page).text
        assert address not in Person().get(page).text
        assert f'action="{address}"' in alma.get(address, {"place": end}).text
        noun = NOUNS["link-edit"]
        data = noun.typed(process, place=end, grounds=end, base_version=number)
        assert alma.post(address, data)["Location"] == f"{page}#link-{made.pk}"
    valley.retire(first(process))
    assert alma.get(f"/links/{made.pk}/edit/").status_code == 404


# Citations


def test_a_source_becomes_the_first_and_the_others_move_on(process, alma):
    held = Position.objects.get(process=process)
    third = valley.cite(held, slug="letter", order=2, quote="third")
    valley.retire(valley.cite(held, slug="letter", order=1, quote="gone"))
    noun = NOUNS["citation-edit"]
    address = reverse("issues:citation-edit", args=[third.pk])
    form = alma.get(address).context["form"]
    assert (form["number"].value(), form["began_as"].value()) == (3, 3)
    data = noun.typed(process, quote="third", number=1, began_as=3)
    assert [alma.post(address, data).status_code for _ in range(2)] == [302, 302]
    live = held.citations.live().order_by("order", "id")
    assert [(one.quote, one.order) for one in live] == [("third", 1), ("the words", 2), ("", 3)]
    written = Changeset.objects.latest("number")
    assert {one.object_id for one in written.snapshots.all()} == {one.pk for one in live}
    # Who leaves the number as it was does not move it back, wherever it went meanwhile.
    stale = noun.typed(process, quote="third", number=3, began_as=3, locator="page 2", base_version=1)
    assert alma.post(address, stale).status_code == 302
    third.refresh_from_db()
    assert (third.order, third.locator) == (1, "page 2") and list(history.verify(process)) == []


def test_words_are_anchored_in_the_stored_text_when_they_change(process, alma):
    text = "We open the slope at dusk. They open the slope at dawn. Nobody sleeps."
    with history.changeset(process, reason="Keep its words") as door:
        door.update(Briefing.objects.get(process=process, slug="minutes"), text=text)
    noun = NOUNS["citation-edit"]
    response = alma.post(noun.url(process), noun.typed(process, quote="open the slope"))
    assert response.status_code == 422 and "stand at several places" in response.text
    assert (
        alma.post(noun.url(process), noun.typed(process, quote="open the slope", suffix="at dawn")).status_code == 302
    )
    cited = noun.made(process)
    assert cited.prefix.endswith("They ") and cited.suffix.startswith(" at dawn.")
    again = noun.typed(process, quote="open the slope", prefix=cited.prefix, suffix=cited.suffix, base_version=2)
    assert "Nothing was changed" in alma.post(noun.url(process), again).text
    assert alma.post(noun.url(process), again | {"quote": ""}).status_code == 302
    cited.refresh_from_db()
    assert (cited.quote, cited.prefix, cited.suffix) == ("", "", "")


def test_a_citation_is_offered_on_the_page_of_its_claim_and_leads_back_there(process, alma):
    held, one = Position.objects.get(process=process), first(process)
    second, step = reverse("issues:compromise-detail", args=["valley", 2]), StatusEvent.objects.latest("pk")
    claims = {
        ("issue", reverse("issues:issue-detail", args=["valley", "grass"]), "dossier"): held,
        ("own", held.get_absolute_url(), "positions"): held,
        ("own", one.get_absolute_url(), "compromise"): one,
        ("own", second, "compromise"): step,
    }
    for number, ((place, page, part), claim) in enumerate(claims.items(), start=1):
        cited = claim.citations.first() or valley.cite(claim)
        address = f"/citations/{cited.pk}/edit/"
        assert f'href="{address}?place={place}"' in alma.get(page).text
        assert address not in Person().get(page).text and address not in alma.get(page, {"on": "2024-01-01"}).text
        assert f'hx-target="#{part}"' in alma.get(address, {"place": place}, headers=HTMX).text
        data = NOUNS["citation-edit"].typed(process, place=place, locator=f"page {number}", base_version=cited.version)
        assert alma.post(address, data)["Location"] == f"{page}#source-{cited.pk}"
    valley.retire(one)
    assert alma.get(f"/citations/{one.citations.get().pk}/edit/").status_code == 404
