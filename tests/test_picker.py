"""The citation picker: what a form may cite, found, picked, checked and saved in one change, without any script."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse

from issues import history
from issues.models import Briefing, Citation, Position, StatusEvent

from . import valley
from .conftest import Person

HTMX = {"HX-Request": "true"}
TEXT = "They met. We open the well in May. They parted. Later: We open the well in May. That was all."


@pytest.fixture
def process(db):
    """Return the small record, with a briefing whose text is stored."""
    process = valley.create()
    valley.add(valley.briefing(process, "protocol", "2024-03-01", title="Protocol", text=TEXT))
    return process


@pytest.fixture
def held(process) -> Position:
    return valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


def url(position) -> str:
    return reverse("issues:position-edit", args=[position.pk])


def key_of(process, slug) -> int:
    return Briefing.objects.get(process=process, slug=slug).pk


def typed(position, *rows, **changes) -> dict:
    """Return what the form of a position posts, with rows of sources as dictionaries."""
    names = ("headline", "body", "held_from", "precision", "placement", "placement_note", "commitment", "confidence")
    values = {name: getattr(position, name) for name in names}
    values |= {"base_version": position.version, "key": uuid4().hex, "reason": "Heard it", "source": []} | changes
    for n, row in enumerate(rows, 1):
        values["source"].append(str(n))
        values |= {f"source-{n}-{name}": value for name, value in row.items()}
    return {name: "" if value is None else value for name, value in values.items()}


def shown(response) -> dict:
    """Return what the form on a page would post."""
    form = re.search(r'<form class="edit-form.*?</form>', response.text, re.DOTALL)[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in attributes and (attributes.get("type") != "radio" or " checked" in tag):
            found.setdefault(attributes["name"], []).append(unescape(attributes.get("value", "")))
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(?:\n|&#10;)?(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(value)]
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        found[name] = re.findall(r'value="([^"]*)" selected', options) or [""]
    return found


def test_words_are_found_picked_and_saved_with_everything_typed_kept(alma, held):
    page = alma.post(url(held), typed(held, headline="Typed anew", find="parted", do="find"))
    assert page.status_code == 200 and "1 passage" in page.text.replace("<mark>", "").lower()
    pick = re.search(r'name="pick" value="(text-[^"]+)"', page.text)[1]
    page = alma.post(url(held), shown(page) | {"pick": pick})
    assert "Found in the stored text, exactly." in page.text and "Typed anew" in page.text
    page = alma.post(url(held), shown(page) | {"pick": f"briefing-{key_of(held.process, 'minutes')}"})
    assert not held.citations.exists() and Position.objects.get(pk=held.pk).version == held.version
    response = alma.post(url(held), shown(page), follow=True)
    assert "Saved as version 2. 2 sources are added." in response.text
    one, two = held.citations.order_by("order")
    assert (one.quote, one.prefix) == ("They parted.", "They met. We open the well in May. ")
    assert one.suffix.startswith(" Later: We open") and one.order == 1
    assert (two.briefing.slug, two.quote, two.prefix, two.order) == ("minutes", "", "", 2)
    assert list(history.verify(held.process)) == []


def test_a_script_gets_the_part_with_the_sources_and_nothing_else_moves(alma, held):
    pick = f"briefing-{key_of(held.process, 'minutes')}"
    response = alma.post(url(held), typed(held, pick=pick), headers=HTMX)
    place = f"#edit-{held.pk}-sources"
    assert (response["HX-Retarget"], response["HX-Reselect"]) == (place, place)
    assert f'id="{place[1:]}" data-unsaved' in response.text
    checked = alma.post(url(held), typed(held, do="check"), headers=HTMX)
    assert "HX-Retarget" not in checked


def test_a_row_is_dropped_and_the_others_keep_what_was_typed(alma, held):
    minutes = key_of(held.process, "minutes")
    rows = [{"briefing": minutes, "quote": f"words {n}", "relation": "context"} for n in (1, 2, 3)]
    page = alma.post(url(held), typed(held, *rows, drop="2"))
    found = shown(page)
    assert found["source"] == ["1", "3"] and found["source-3-quote"] == ["words 3"]
    assert found["source-3-relation"] == ["context"] and "words 2" not in page.text


@pytest.mark.parametrize(
    ("quote", "place", "status", "said", "prefix"),
    [
        ("They  parted", "", 302, "", "They met. We open the well in May. "),
        ("We open the well", "", 422, "Choose the one meant", None),
        ("We open the well", "55", 302, "", "They met. We open the well in May. They parted. Later: "),
        ("We open the well", "54", 422, "Choose the one meant", None),
        ("we open the well", "", 302, "", ""),
    ],
)
def test_words_are_anchored_exactly_or_the_person_chooses_or_they_stay_loose(
    alma, held, quote, place, status, said, prefix
):
    row = {"briefing": key_of(held.process, "protocol"), "quote": quote, "place": place}
    response = alma.post(url(held), typed(held, row))
    assert response.status_code == status
    assert said in response.text
    assert [one.prefix for one in held.citations.all()] == ([] if prefix is None else [prefix])


@pytest.mark.parametrize(
    ("slug", "quote", "said"),
    [
        ("protocol", "They parted", "Found in the stored text, exactly."),
        ("protocol", "they parted", "Not found in the stored text in exactly these words."),
        ("protocol", "We open the well", "These words stand at several places"),
        ("minutes", "They parted", "No text of this briefing is on file to check these words against."),
    ],
)
def test_the_form_says_whether_words_stand_in_the_stored_text(alma, held, slug, quote, said):
    row = {"briefing": key_of(held.process, slug), "quote": quote}
    page = alma.post(url(held), typed(held, row, do="check"))
    assert said in page.text and page.text.count('type="radio" name="source-1-place"') == 2 * said.count("several")


NEW = {
    "title": "A letter from the town",
    "published_on": "2024-04-02",
    "precision": "month",
    "kind": "news",
    "publisher": "The Town Post",
    "url": "https://www.town.example/letter/?utm_source=x",
    "quote": "We wait.",
    "relation": "contradicts",
}


def test_a_document_that_is_not_on_file_is_added_in_place_in_the_same_change(alma, held):
    page = alma.post(url(held), typed(held, pick="new"))
    assert "A briefing that is not on file yet" in page.text
    before = held.process.changesets.count()
    data = typed(held, NEW)
    assert [alma.post(url(held), data).status_code for _ in range(2)] == [302, 302]
    cited = held.citations.get()
    letter = cited.briefing
    assert (letter.title, letter.precision, letter.publisher) == (NEW["title"], "month", "The Town Post")
    assert (cited.relation, cited.quote, cited.prefix) == ("contradicts", "We wait.", "")
    assert held.process.changesets.count() == before + 1
    assert {one.model for one in held.process.changesets.latest("number").snapshots.all()} == {"briefing", "citation"}
    again = NEW | {"url": "http://town.example/letter#top"}
    refused = alma.post(url(held), typed(held, again))
    assert refused.status_code == 422 and "“A letter from the town” is on file with this address" in refused.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "Fill this in, or remove the source."),
        ({"kind": ""}, "Fill this in, or remove the source."),
        ({"kind": "rumour"}, "Select a valid choice"),
        ({"published_on": "2024-02-30"}, "This is not a day in the calendar"),
        ({"url": "javascript:alert(1)"}, "This is not a web address"),
    ],
)
def test_a_document_that_lacks_something_is_not_added_and_nothing_is_lost(alma, held, changes, said):
    response = alma.post(url(held), typed(held, NEW | changes, headline="Typed anew"))
    assert response.status_code == 422 and said in response.text
    assert "Typed anew" in response.text and "We wait." in response.text
    assert Briefing.objects.count() == 2 and not Citation.objects.exists()


def test_enter_looks_for_the_words_that_were_typed_and_saves_where_there_are_none(alma, held):
    page = alma.post(url(held), typed(held, headline="Typed anew", find="parted", do="enter"))
    assert page.status_code == 200 and "<mark>parted</mark>" in page.text
    assert alma.post(url(held), typed(held, headline="Typed anew", find="", do="enter")).status_code == 302


@pytest.mark.parametrize("pick", ["quote-1", "briefing-99999999", "text-1-0-5-abc", "<b>", "9" * 9000, "text-1-2"])
def test_a_pick_that_is_gone_or_never_was_says_so(alma, held, pick):
    page = alma.post(url(held), typed(held, pick=pick))
    assert page.status_code == 200 and "Look for it again." in page.text and shown(page).get("source") is None


def test_there_is_an_end_to_the_sources_of_one_save(alma, held):
    rows = [{"briefing": key_of(held.process, "minutes")}] * 30
    page = alma.post(url(held), typed(held, *rows, pick="new"))
    assert len(shown(page)["source"]) == 12 and "A save adds 12 sources at most" in page.text


def test_a_step_rests_on_what_is_cited_for_it(alma, process):
    proposed = valley.propose(process, 1, ("2024-02-01", "suggested"))
    address = reverse("issues:compromise-status", args=[process.slug, 1])
    data = {
        "status": "signalled",
        "occurred_on": "2024-04-02",
        "precision": "day",
        "reason": "Heard it",
        "key": uuid4().hex,
        "after": proposed.status_events.get().pk,
    }
    refused = alma.post(address, data)
    assert refused.status_code == 422 and "needs the briefing that it rests on" in refused.text
    rows = {"source": ["1"]} | {f"source-1-{name}": value for name, value in NEW.items()}
    assert alma.post(address, data | rows).status_code == 302
    step = StatusEvent.objects.get(compromise=proposed, status="signalled")
    assert step.briefing.title == NEW["title"] and step.citations.get().quote == "We wait."
    assert list(history.verify(process)) == []


def test_nobody_else_may_ask_and_nothing_private_is_found(held):
    stranger = Person.called("sven").joins(valley.create("far"), "analyst")
    assert stranger.post(url(held), typed(held, find="parted", do="find")).status_code == 403
    found = stranger.get(reverse("issues:passage-list", args=["valley"]), {"into": "new", "find": "parted"})
    assert "parted</mark>" not in found.text


def test_the_search_answers_a_form_with_buttons_and_what_it_found(alma, process):
    address = reverse("issues:passage-list", args=["valley"])
    part = alma.get(address, {"into": "edit-1", "find": "parted"}, headers=HTMX).text
    assert part.lstrip().startswith('<li><button class="picker-result" name="pick" value="text-')
    assert '<p id="edit-1-pick-status" hx-swap-oob="innerHTML">1 passage</p>' in part
    assert "<script" not in alma.get(address, {"into": '"><script', "find": "parted"}, headers=HTMX).text
