"""Clip: what is read elsewhere comes with the address into a form, and is kept in one change or not at all."""

from uuid import uuid4

import pytest
from django.urls import reverse

from issues import history
from issues.models import Briefing, Changeset, Citation

from . import valley
from .conftest import Person
from .test_picker import shown

PAGE = "https://www.news.example/well?id=7&utm_source=mail#top"


@pytest.fixture
def process(db):
    return valley.create()


@pytest.fixture
def held(process):
    return valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


def url(process) -> str:
    return reverse("issues:clip-new", args=[process.slug])


def clipped(**changes) -> dict:
    return {"url": PAGE, "title": "The well reopens", "date": "2024-04-02T10:00:00Z", "words": "It opens."} | changes


def test_what_came_with_the_address_fills_the_form_and_writes_nothing(alma, process, held):
    before = Changeset.objects.count()
    page = alma.get(url(process), clipped())
    found = shown(page)
    assert found["source-1-title"] == ["The well reopens"] and found["source-1-quote"] == ["It opens."]
    assert found["source-1-published_on"] == ["2024-04-02"] and found["reason"] == ["Clipped from news.example"]
    assert "Hill farmers on Grass, 1 Feb 2024: Open the slope" in page.text
    assert "The server fetches" not in page.text and "javascript:(()=&gt;{const d=document" in page.text
    assert Changeset.objects.count() == before and Briefing.objects.count() == 1


@pytest.mark.parametrize(
    ("date", "day", "precision"),
    [
        ("2024-04-02", "2024-04-02", "day"),
        ("2024-04", "2024-04-01", "month"),
        ("2024", "2024-01-01", "year"),
        ("2 April", "", "day"),
        ("20240402", "", "day"),
        ("", "", "day"),
    ],
)
def test_a_date_is_taken_as_exactly_as_the_page_gives_it(alma, process, date, day, precision):
    found = shown(alma.get(url(process), clipped(date=date)))
    assert (found["source-1-published_on"], found["source-1-precision"]) == ([day], [precision])


def test_a_page_is_kept_as_a_source_of_a_claim_in_one_change(alma, process, held):
    before = Changeset.objects.count()
    data = shown(alma.get(url(process), clipped())) | {
        "claim": f"position-{held.pk}",
        "source-1-relation": "contradicts",
    }
    answers = [alma.post(url(process), data, follow=True) for _ in range(2)]
    assert all("The source is added." in answer.text for answer in answers)
    cited = held.citations.get()
    assert (cited.quote, cited.relation, cited.briefing.title) == ("It opens.", "contradicts", "The well reopens")
    assert cited.briefing.url == PAGE and Changeset.objects.count() == before + 1
    assert "Contested" in alma.get(held.get_absolute_url()).text
    assert list(history.verify(process)) == []


def test_a_page_that_is_on_file_is_offered_and_not_added_again(alma, process, held):
    valley.add(valley.briefing(process, "report", "2024-04-02", title="Report", url="http://news.example/well/?id=7"))
    page = alma.get(url(process), clipped())
    found = shown(page)
    assert "<b>Report</b>" in page.text and "source-1-title" not in found
    assert alma.post(url(process), found).status_code == 422
    assert alma.post(url(process), found | {"claim": f"position-{held.pk}"}).status_code == 302
    cited = held.citations.get()
    assert (cited.briefing.slug, cited.quote_url, Briefing.objects.count()) == ("report", PAGE, 2)


def test_a_page_is_kept_as_a_briefing_alone_and_only_once(alma, process):
    data = shown(alma.get(url(process), clipped(words="")))
    assert [alma.post(url(process), data).status_code for _ in range(2)] == [302, 302]
    assert Briefing.objects.get(title="The well reopens").slug == "the-well-reopens-2024-04-02"
    refused = alma.post(url(process), data | {"key": uuid4().hex})
    assert refused.status_code == 422 and "is on file with this address" in refused.text
    assert Briefing.objects.count() == 2 and not Citation.objects.exists()


def test_words_are_never_dropped_in_silence(alma, process, held):
    data = shown(alma.get(url(process), clipped()))
    refused = alma.post(url(process), data)
    assert refused.status_code == 422 and "Choose the claim that the words speak to" in refused.text
    dropped = shown(alma.post(url(process), data | {"drop": "1"}))
    refused = alma.post(url(process), dropped)
    assert refused.status_code == 422 and "There is nothing to keep." in refused.text


@pytest.mark.parametrize(
    "given",
    [
        {"url": "javascript:alert(1)", "title": "<script>alert(1)</script>", "words": "\x00<img src=x>"},
        dict.fromkeys(("url", "title", "date", "words"), "x" * 4000),
        {"url": "https://[", "date": "9999-99-99"},
        {"url": "http://" + "a" * 900 + ".example"},
        {},
    ],
)
def test_whatever_comes_with_the_address_is_cut_and_shown_as_text(alma, process, given):
    page = alma.get(url(process), given)
    assert page.status_code == 200 and "<img src=x>" not in page.text and "<script>alert" not in page.text
    assert 'value="javascript:' not in page.text
    assert alma.post(url(process), shown(page)).status_code == 422


def test_a_claim_of_another_process_is_refused(alma, process):
    other = valley.hold(valley.create("far"), "hill", "2024-02-01")
    data = shown(alma.get(url(process), clipped())) | {"claim": f"position-{other.pk}"}
    refused = alma.post(url(process), data)
    assert refused.status_code == 422 and "Choose one from the list." in refused.text


def test_an_address_only_fills_in_what_its_reader_may_see(process, held):
    assert Person().get(url(process), clipped()).status_code == 302
    rosa = Person.called("rosa").joins(process, "reader")
    assert rosa.get(url(process), clipped()).status_code == 403
