"""Feeds, previews and what crawlers ask for: valid, kept while nothing changes, and silent about what is private."""

import json
import re
from urllib.parse import quote

import feedparser
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history
from issues.models import Compromise, Membership, Position

from . import valley
from .conftest import PASSWORD, Person


@pytest.fixture
def process(db):
    process = valley.create()
    valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")
    valley.propose(process, 1, ("2024-02-02", "suggested"))
    return process


@pytest.fixture
def private(db):
    process = valley.create("glen", visibility="members")
    valley.hold(process, "hill", "2024-02-01", 20, headline="Secret slope")
    return process


def feed(process) -> str:
    return reverse("issues:change-feed", args=[process.slug])


def read(response):
    found = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_the_feed_is_valid_and_says_who_changed_what_why_and_where(process, vera):
    position = Position.objects.get(process=process)
    with history.changeset(process, reason="Misheard <b>& “so”") as door:
        door.update(position, headline="Open it")
    response = vera.get(feed(process))
    found = read(response)
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert "Misheard" in found.entries[0].title
    assert b"Misheard &lt;b&gt;&amp; \xe2\x80\x9cso" in response.content
    assert len(found.entries) == process.changesets.count() and "1 position" in found.entries[0].summary
    assert found.entries[0].author == "From a shell"
    assert vera.get(found.entries[0].link.removeprefix("http://testserver")).status_code == 200


def test_what_did_not_change_is_not_sent_again(process, vera):
    first = vera.get(feed(process))
    assert first["ETag"] and "private" in first["Cache-Control"]
    with CaptureQueriesContext(connection) as queries:
        again = vera.get(feed(process), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and not again.content and len(queries) <= 3
    with history.changeset(process, reason="Once more") as door:
        door.update(Position.objects.get(process=process), headline="Open it")
    assert vera.get(feed(process), headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_it_follows_a_compromise_an_issue_or_a_filter(process, vera):
    other = valley.propose(process, 2, ("2024-02-03", "suggested"), issue="water")
    compromise = Compromise.objects.get(number=1)
    for row, words in ((compromise, "One moved"), (other, "Two moved")):
        with history.changeset(process, reason=words) as door:
            door.update(row, headline=words)

    def said(query):
        return {entry.title for entry in read(vera.get(feed(process) + query)).entries}

    assert "One moved" in said("?compromise=1") and "Two moved" not in said("?compromise=1")
    assert "Two moved" in said("?issue=water") and "One moved" not in said("?issue=water")
    for wrong in ("?compromise=99", "?compromise=x", "?compromise=%00"):
        assert vera.get(feed(process) + wrong).status_code == 404


def test_a_private_feed_needs_a_members_token_that_ends_with_the_membership_and_the_password(private, vera):
    rita = Person.called("rita").joins(private, "reader")
    assert vera.get(feed(private)).status_code == 404
    page = rita.get(reverse("issues:change-list", args=["glen"])).text
    address = re.search(r'href="(/processes/glen/changes/feed/\?token=[^"]+)"', page)[1].replace("&amp;", "&")
    assert read(vera.get(address)).entries
    for spoilt in (address[:-1], address.replace("token=", "token=9"), f"{feed(private)}?token={quote('1-é')}"):
        assert vera.get(spoilt).status_code == 404
    elsewhere = valley.create("hollow", visibility="members")
    assert vera.get(address.replace("glen", elsewhere.slug)).status_code == 404
    rita.user.set_password(PASSWORD + "!")
    rita.user.save()
    assert vera.get(address).status_code == 404
    rita.user.set_password(PASSWORD)
    Membership.objects.filter(user=rita.user).delete()
    assert vera.get(address).status_code == 404


def test_a_public_page_has_a_preview_and_a_private_one_has_none(process, private, vera):
    with history.changeset(process, reason="Ask") as door:
        door.update(process, question="Who mows </script><b>?")
    page = vera.get(process.get_absolute_url()).text
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert data["@type"] == "Dataset" and data["description"] == "Who mows </script><b>?"
    assert '<meta property="og:title" content="Sharing the valley">' in page
    assert 'type="application/atom+xml"' in page
    rita = Person.called("rita").joins(private, "reader")
    shown = rita.get(private.get_absolute_url()).text
    assert "og:title" not in shown and "ld+json" not in shown and "atom+xml" not in shown
    before = process.changesets.last().moment.isoformat().replace("+00:00", "Z")
    assert "og:title" not in vera.get(process.get_absolute_url() + f"?as_of={before}").text


def test_crawlers_are_told_of_public_pages_alone(process, private, vera):
    robots = vera.get("/robots.txt").text
    assert "Disallow: /admin/" in robots and "Sitemap: http://testserver/sitemap.xml" in robots
    sections = re.findall(r"<loc>http://testserver(.*?)</loc>", vera.get("/sitemap.xml").text)
    assert len(sections) == 4
    pages = {page for one in sections for page in re.findall(r"<loc>http://testserver(.*?)</loc>", vera.get(one).text)}
    assert process.get_absolute_url() in pages and not any("glen" in page for page in pages)
    assert all(vera.get(page).status_code == 200 for page in pages)
    assert vera.get("/sitemap-nothing.xml").status_code == 404
