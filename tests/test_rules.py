"""What a process sets for itself: thresholds, publishers, and the texts of the vocabulary."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from issues import history, reverting
from issues.choices import STALE_AFTER_DAYS
from issues.codebook import CODEBOOK
from issues.models import Briefing, Changeset, Process
from issues.models.rules import Rules, check
from issues.queries.board import board

from . import valley
from .conftest import Person
from .test_upkeep import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def process():
    return valley.create()


@pytest.fixture
def carl(process):
    return Person.called("carl").joins(process, "curator")


def url(process, name="process-rules"):
    return reverse(f"issues:{name}", args=[process.slug])


def form(person, process, **changes):
    """Return what the form would send as it opens, with changes."""
    page = person.get(url(process)).context["form"]
    typed = {name: page[name].value() for name in page.fields} | {"reason": "Ours", "key": uuid.uuid4().hex}
    return {name: "" if value is None else value for name, value in (typed | changes).items()}


def save(person, process, **changes):
    return person.post(url(process), form(person, process, **changes), follow=True)


def test_everything_follows_what_the_process_has_set(process, carl, vera):
    valley.cite(valley.hold(process, "hill", "2024-02-01", 20))
    valley.cite(valley.hold(process, "plain", "2024-02-01", 44))
    valley.propose(process, 1, ("2024-02-01", "suggested"))

    def seen():
        found = board(Process.objects.get(pk=process.pk), None, None, None, timezone.localdate())
        return found.rows[0].scale.band, "narrow under 20" in found.gap_note

    later = timezone.now() + timedelta(days=31)
    assert seen() == ("Narrow", False) and not rows(process, kind="stale", now=later)
    text = {"term.status.adopted": "Signed by the <b>elders</b>."}
    changes = {"stalled_after_days": 9, "stale_after_days": 30, "narrow": 20, "moderate": 60} | text
    assert "The settings are saved" in save(carl, process, **changes).text
    process.refresh_from_db()
    assert seen() == ("Moderate", True) and len(rows(process, kind="stale", now=later)) == 3
    assert process.stalled_after_days == 9 and "for 30 days" in carl.get(url(process, "upkeep-list")).text
    book = vera.get(url(process, "process-codebook")).text
    assert "Signed by the &lt;b&gt;elders&lt;/b&gt;." in book and f"Elsewhere: {default('status', 'adopted')}" in book
    assert "No step for 9 days" in book and "Elsewhere: 180 days" in book
    assert "narrow below 20, moderate below 60" in book and "Elsewhere: narrow below 25, moderate below 50" in book
    everywhere = vera.get("/codebook/").text
    assert "elders" not in everywhere and "Elsewhere" not in everywhere and "narrow below 25" in everywhere
    assert not list(history.verify(process))


def default(vocabulary, value):
    return next(one.definitions[value] for one in CODEBOOK if one.slug == vocabulary)


def test_it_is_one_change_that_can_be_undone_and_done_again(process, carl):
    for name in ("one", "two", "three"):
        publisher = "The valley" if name == "one" else "The Valley" if name == "two" else "Another"
        valley.add(valley.briefing(process, name, "2024-02-01", publisher=publisher))
    save(carl, process, publishers="The Valley | b\n\nHill Radio | | hill", stale_after_days=30)
    process.refresh_from_db()
    assert process.own_rules == {
        "stale_after_days": 30,
        "publishers": [{"name": "The Valley", "reliability": "B"}, {"name": "Hill Radio", "side": "hill"}],
    }
    graded = Briefing.objects.filter(process=process, reliability="B").values_list("slug", flat=True)
    assert set(graded) == {"one", "two"}
    written = Changeset.objects.get(reason="Ours")
    undone = reverting.undo(written, reason="Not ours", user=carl.user, key="a")
    process.refresh_from_db()
    assert process.own_rules == {} and not graded.all() and not list(history.verify(process))
    reverting.undo(undone, reason="Ours again", user=carl.user, key="b")
    process.refresh_from_db()
    assert process.rules.stale_after_days == 30 and graded.count() == 2 and not list(history.verify(process))


def test_a_claim_borne_out_by_one_sides_media_alone_is_in_the_queue(process, carl):
    for name, publisher in (("radio", "Hill Radio"), ("paper", "Hill Paper"), ("post", "Town Post")):
        valley.add(valley.briefing(process, name, "2024-02-01", publisher=publisher))
    held = valley.hold(process, "hill", "2024-02-01", 20)
    offered = valley.propose(process, 1, ("2024-02-01", "suggested"))
    for claim in (held, offered):
        valley.cite(claim, "radio")
        valley.cite(claim, "paper")
        valley.cite(claim, "post", relation="contradicts")
    assert not rows(process, kind="one-sided")
    save(carl, process, publishers="Hill Radio | C | hill\nHill Paper | C | hill\nTown Post | | town")
    process.refresh_from_db()
    expected = [("Only one side’s media", name) for name in (held.headline, "C1 Concession 1")]
    assert rows(process, kind="one-sided") == expected
    valley.cite(held, "post")
    assert rows(process, kind="one-sided") == expected[1:]


def test_two_curators_set_different_things_and_both_hold(process, carl):
    mine = form(carl, process, narrow=10)
    save(carl, process, stale_after_days=30)
    assert "The settings are saved" in carl.post(url(process), mine, follow=True).text
    process.refresh_from_db()
    assert (process.rules.stale_after_days, process.rules.bands[0][0]) == (30, 10)


def test_two_curators_set_the_same_and_the_second_is_asked(process, carl):
    mine = form(carl, process, stale_after_days=60)
    save(carl, process, stale_after_days=30, narrow=10)
    response = carl.post(url(process), mine)
    assert response.status_code == 409 and "To be checked after: 30" in response.text
    process.refresh_from_db()
    assert process.rules.stale_after_days == 30
    again = response.context["form"]
    typed = {name: again[name].value() for name in again.fields} | {"key": uuid.uuid4().hex}
    carl.post(url(process), {name: "" if value is None else value for name, value in typed.items()})
    process.refresh_from_db()
    assert (process.rules.stale_after_days, process.rules.bands[0][0]) == (60, 10)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"stale_after_days": "0"}, 422, "from 1 to 36,500"),
        ({"stale_after_days": "x"}, 422, "from 1 to 36,500"),
        ({"narrow": "60"}, 422, "the numbers rise"),
        ({"moderate": "101"}, 422, "from 1 to 100"),
        ({"publishers": "The Valley | G"}, 422, "Line 1: “G” is not a grade"),
        ({"publishers": "A | B\n| B"}, 422, "Line 2: write a name"),
        ({"publishers": "A|B|hill|x"}, 422, "Line 1: write a name"),
        ({"publishers": "A | B\na"}, 422, "stands here twice"),
        ({"publishers": "A | B | sea"}, 422, "“sea” is not a side"),
        ({"term.status.adopted": "x" * 1001}, 422, "at most 1000"),
        ({"term.status.adopted": "a\x00"}, 422, ""),
        ({"reason": ""}, 422, "Say in one line"),
        ({"base_version": ""}, 428, "did not say which version"),
        ({}, 422, "Nothing was changed"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(changes, status, said, process, carl):
    response = carl.post(url(process), form(carl, process, **changes))
    assert response.status_code == status and said in response.text
    process.refresh_from_db()
    assert process.own_rules == {} and process.version == 1


BROKEN = (
    [],
    {"stale_after_days": 0},
    {"stale_after_days": True},
    {"gap_bands": [50, 25]},
    {"gap_bands": "ab"},
    {"terms": {"status": {"unknown": "x"}}},
    {"terms": {"mood": {}}},
    {"terms": []},
    {"publishers": [{"reliability": "A"}]},
    {"publishers": [{"name": "A", "reliability": "Z"}]},
    {"publishers": [{"name": 1}]},
    {"colour": "red"},
)


@pytest.mark.parametrize("stored", BROKEN, ids=repr)
def test_what_is_stored_wrongly_is_refused_and_read_as_unset(stored, process, vera):
    with pytest.raises(ValidationError):
        check(stored)
    assert Rules.of(stored) == Rules() and Rules().stale_after_days == STALE_AFTER_DAYS
    Process.objects.filter(pk=process.pk).update(own_rules=stored)
    for name in ("process-detail", "process-codebook"):
        assert vera.get(url(process, name)).status_code == 200


def test_the_page_names_every_value_of_the_vocabulary(process, carl):
    text = carl.get(url(process)).text
    ids = set(re.findall(r'name="(term\.[^"]+)"', text))
    assert ids == {f"term.{one.slug}.{value}" for one in CODEBOOK for value in one.definitions}
