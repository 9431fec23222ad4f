"""What an open page hears of changes: in few queries, in one sentence, and only where it shows the latest record."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from issues import history
from issues.models import Briefing, Position

from . import valley
from .addresses import DATED, NAMES, address
from .conftest import Person

ABOUT = {"issue-detail", "position-detail", "compromise-detail"}  # hear nothing of other issues
STILL = {"export-list", "process-codebook", "process-list", "codebook", "method", "process-method", "change-detail"}
# Views and briefs are kept beside the record: what changes in the record changes nothing on their lists.
STILL |= {"view-list", "brief-list"}


@pytest.fixture
def process(db):
    """Return a small record with one position."""
    process = valley.create()
    valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")
    process.refresh_from_db()
    return process


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


def news(process, seen=None) -> str:
    return reverse("issues:process-news", args=[process.slug]) + ("" if seen is None else f"?seen={seen}")


def change(process, user=None, reason="Misheard", **fields):
    position = Position.objects.get(process=process)
    with history.changeset(position.process, reason=reason, user=user) as door:
        door.update(position, **fields or {"headline": f"Version {position.version + 1}"})


@pytest.mark.parametrize(("name", "most"), [("vera", 1), ("alma", 3)])
def test_nothing_new_is_an_empty_answer_at_little_cost(name, most, process, request):
    person = request.getfixturevalue(name)
    with CaptureQueriesContext(connection) as queries:
        response = person.get(news(process, process.content_version))
    assert response.status_code == 204 and not response.content
    assert len(queries) <= most
    assert "no-store" in response["Cache-Control"] and "Cookie" in response["Vary"]


def test_a_change_is_told_with_who_what_and_why(process, vera, alma):
    change(process, alma.user, reason="Misheard <b>&")
    with CaptureQueriesContext(connection) as queries:
        response = vera.get(news(process, process.content_version))
    assert response.status_code == 200 and len(queries) <= 3
    assert "alma changed 1 position: “Misheard &lt;b&gt;&amp;”" in response.text and "<html" not in response.text
    assert f'data-seen="{process.content_version + 1}"' in response.text
    assert vera.get(news(process, process.content_version + 1)).status_code == 204


def test_several_changes_are_told_together_and_many_only_counted(process, vera, alma):
    change(process, alma.user)
    change(process)
    said = vera.get(news(process, process.content_version)).text
    assert "alma and Someone changed 1 position: “Misheard”" in said
    for _ in range(20):
        change(process, alma.user)
    assert "22 changes were made, the last by alma:" in vera.get(news(process, process.content_version)).text


@pytest.mark.parametrize("seen", ["", "x", "-1", "1.0", "٣", "9" * 19, "\x00", None])
def test_a_version_that_is_none_is_named(seen, process, vera):
    response = vera.get(news(process), {} if seen is None else {"seen": seen})
    assert response.status_code == 400 and "?seen=" in response.text


def test_a_page_from_the_future_hears_nothing(process, vera):
    assert vera.get(news(process, 10**17)).status_code == 204


def test_a_private_process_tells_its_members_alone(process, vera, alma):
    with history.changeset(process, reason="Close the doors") as door:
        door.update(process, visibility="members")
    stranger = Person.called("sven").joins(valley.create("far-valley"), "analyst")
    assert [person.get(news(process, 0)).status_code for person in (vera, stranger, alma)] == [404, 404, 200]
    assert valley.__name__ not in vera.get(news(process, 0)).text


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_to_be_read(method, process, vera):
    assert getattr(vera, method)(news(process, 0)).status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_a_page_listens_where_it_shows_the_latest_record(name, talks, other_talks, vera):
    talks.refresh_from_db()
    found = re.findall(r'data-news="([^"]+)"', vera.get(address(name, talks)).text)
    about = re.search(r"issue=[-a-z]+&amp;", found[0])[0] if name in ABOUT else ""
    assert found == ([] if name in STILL else [f"/processes/{talks.slug}/news/?{about}seen={talks.content_version}"])
    if name in DATED:
        for query in ({"on": "2025-02-14"}, {"as_of": timezone.now().isoformat()}):
            assert "data-news" not in vera.get(address(name, talks), query).text


def test_a_page_of_an_issue_hears_nothing_of_what_is_changed_on_others(process, vera):
    seen = process.content_version
    about = {name: f"{news(process)}?issue={name}&seen={seen}" for name in ("grass", "water", "nothing", "%00")}

    def heard():
        return {name for name, url in about.items() if vera.get(url).status_code == 200}

    change(process)
    assert heard() == {"grass", "nothing", "%00"}
    valley.hold(process, "plain", "2024-03-01", issue="water")
    assert heard() == set(about)
    process.refresh_from_db()
    about |= {name: f"{news(process)}?issue={name}&seen={process.content_version}" for name in ("grass", "water")}
    with history.changeset(process, reason="Name it better") as door:
        door.update(Briefing.objects.get(process=process), title="Minutes of the meeting")
    assert {"grass", "water"} <= heard()
