"""Sources: the passages that claims rest on, and the superscripts that lead to them."""

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from issues import history
from issues.models import Briefing
from issues.queries import sources
from issues.templatetags.record import cited

from . import valley


@pytest.fixture
def claim(db):
    """Return a position without any source."""
    return valley.hold(valley.create(), "hill", "2024-02-01")


def of(claim):
    return sources.of(claim.process, "position", [claim.pk]).get(claim.pk, ())


def rows(claim) -> str:
    return render_to_string("issues/_sources.html", {"sources": of(claim), "back": "claim"})


def test_rows_are_numbered_in_the_order_of_the_citations(claim):
    later = valley.cite(claim, order=2, quote="second words")
    first = valley.cite(claim, order=1, quote="first words")
    assert [(row.number, row.key, row.quote) for row in of(claim)] == [
        (1, f"source-{first.pk}", "first words"),
        (2, f"source-{later.pk}", "second words"),
    ]


def test_superscripts_lead_to_the_rows_they_name(claim):
    one, two = valley.cite(claim, order=1), valley.cite(claim, order=2)
    text = cited("Said.[2] Denied.[1]", of(claim))
    assert text.index(f'href="#source-{two.pk}"') < text.index(f'href="#source-{one.pk}"')
    assert f'id="source-{one.pk}"' in rows(claim) and f'id="source-{two.pk}"' in rows(claim)


def test_a_row_shows_the_words_and_where_they_stand(claim):
    valley.cite(
        claim,
        quote="the words",
        locator="page 4",
        relation="contradicts",
        credibility="2",
        quote_url="https://www.example.org/minutes",
    )
    page = rows(claim)
    assert "“the words”" in page and "Page 4." in page
    assert 'href="https://www.example.org/minutes"' in page and ">example.org</a>" in page
    assert '<span class="tag">contradicts</span>, reliability F' in page
    assert "Publisher: F, cannot be judged. Passage: 2, probably true." in page


def test_a_document_cited_as_a_whole_has_no_quote(claim):
    valley.cite(claim, locator="earlier demand")
    assert "<blockquote>" not in rows(claim)
    assert "Cited as a whole: earlier demand." in rows(claim)


def test_the_address_of_the_document_stands_in_for_that_of_the_words(claim):
    valley.add(valley.briefing(claim.process, "letter", "2024-01-06", url="https://example.net/letter"))
    valley.cite(claim, "letter")
    assert of(claim)[0].read_at.url == "https://example.net/letter"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//example.org", "https://a b/"])
def test_an_address_that_is_no_web_page_is_no_link(claim, address):
    valley.cite(claim, quote_url=address)
    assert of(claim)[0].read_at is None
    assert address not in rows(claim)


def test_text_of_the_record_never_becomes_markup(claim):
    evil = '<img src=x onerror="alert(1)">'
    valley.cite(claim, quote=evil, locator=evil)
    assert "<img" not in rows(claim) and escape(evil) in rows(claim)
    assert "<img" not in cited(evil, of(claim))


def test_retired_citations_and_briefings_are_left_out(claim):
    valley.add(valley.briefing(claim.process, "letter", "2024-01-06"))
    kept, dropped = valley.cite(claim), valley.cite(claim)
    valley.cite(claim, "letter")
    valley.retire(dropped)
    valley.retire(Briefing.objects.get(slug="letter"))
    assert [row.key for row in of(claim)] == [f"source-{kept.pk}"]


def test_any_number_of_claims_costs_one_query(claim, django_assert_num_queries):
    more = [valley.hold(claim.process, "plain", f"2024-03-{day:02}") for day in range(1, 9)]
    for one in [claim, *more]:
        valley.cite(one)
    with django_assert_num_queries(1):
        found = sources.of(claim.process, "position", [claim.pk, *(one.pk for one in more)])
    assert len(found) == 9


@pytest.mark.parametrize(
    ("text", "said", "is_loose"),
    [
        ("They said the words.", "Found in the stored text.", False),
        ("They said THE WORDS.", "Not found in the stored text.", True),
        ("First the words, then the words.", "Stands more than once in the stored text.", True),
        ("", "No text on file to check these words against.", False),
    ],
)
def test_a_row_says_whether_its_words_stand_in_the_stored_text_and_follows_every_change(claim, text, said, is_loose):
    minutes = Briefing.objects.get(slug="minutes")
    valley.cite(claim, quote="the words")
    valley.cite(claim)
    assert [row.standing for row in of(claim)] == ["No text on file to check these words against.", ""]
    with history.changeset(claim.process, reason="Keep the text") as door:
        door.update(minutes, text=text)
    assert [row.standing for row in of(claim)] == [said, ""]
    assert said in rows(claim) and ("quote not anchored" in rows(claim)) == is_loose
    with history.changeset(claim.process, reason="Other words") as door:
        door.update(of_first(claim), quote="nobody said this")
    assert of(claim)[0].standing == ("Not found in the stored text." if text else said)
    with history.changeset(claim.process, reason="Take the text away") as door:
        door.update(minutes, text="")
    assert of(claim)[0].standing == "No text on file to check these words against."
    assert list(history.verify(claim.process)) == []


def of_first(claim):
    return claim.citations.get(quote="the words")


def test_the_list_reads_no_text(claim):
    valley.cite(claim, quote="the words")
    with CaptureQueriesContext(connection) as queries:
        of(claim)
    assert len(queries) == 1 and '"text"' not in queries[0]["sql"]


def test_a_contradicting_source_is_said_wherever_the_claim_is_listed_and_the_board_leads_to_the_compromises(vera):
    process = valley.create()
    valley.cite(valley.hold(process, "hill", "2024-02-01"), relation="contradicts")
    for number in range(1, 6):
        proposed = valley.propose(process, number, ("2024-02-01", "suggested"))
        valley.cite(proposed.status_events.get(), relation="contradicts")
    listed = vera.get(reverse("issues:timeline", args=["valley"])).text
    assert listed.count("<small>Grass, contested</small>") == 6
    board = vera.get(reverse("issues:process-detail", args=["valley"])).text
    assert f'{reverse("issues:compromise-list", args=["valley"])}?contested=yes"' in board
