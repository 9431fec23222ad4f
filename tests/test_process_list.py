"""The list of processes: what a person may see, and the way straight to a single one."""

from datetime import date

import pytest
from django.urls import reverse

from issues import history
from issues.models import Briefing, Process

from .conftest import Person

pytestmark = pytest.mark.django_db

HOME = "/"


def begin(slug, **fields):
    process = Process(
        **{
            "slug": slug,
            "name": slug.title(),
            "question": f"What of {slug}?",
            "started_on": date(2024, 3, 1),
            "visibility": "public",
        }
        | fields
    )
    with history.changeset(process, reason="Begin"):
        pass
    return process


def board(process):
    return reverse("issues:process-detail", args=[process.slug])


def test_a_single_visible_process_is_shown_straight_away(vera, talks, back_channel):
    response = vera.get(HOME)
    assert (response.status_code, response["Location"]) == (302, board(talks))


def test_the_only_process_of_a_member_may_be_private(rita, back_channel):
    assert rita.get(HOME)["Location"] == board(back_channel)


def test_several_processes_are_listed_with_what_is_on_file(vera, talks, other_talks):
    page = vera.get(HOME).content.decode()
    for process in (talks, other_talks):
        assert f'href="{board(process)}"' in page
        assert process.question in page
    assert "4 sides · 5 issues · 40 compromises · 52 briefings" in page
    assert "3 sides · 7 issues · 0 compromises · 6 briefings" in page
    assert "Since 12 Feb 2025" in page
    assert 'Last change <time datetime="2026-06-23">23 Jun 2026</time>' in page


def test_a_new_process_says_that_nothing_is_dated_yet(vera):
    begin("salt")
    begin("pepper", started_on=date(2020, 1, 2), ended_on=date(2021, 3, 4), status="closed")
    page = vera.get(HOME).content.decode()
    assert page.count("0 sides · 0 issues · 0 compromises · 0 briefings") == 2
    assert page.count("Nothing dated yet") == 2
    assert "2 Jan 2020 to 4 Mar 2021" in page
    assert "Closed." in page
    assert page.index("Pepper") < page.index("Salt")


def test_what_was_retired_is_not_counted(vera, talks):
    begin("salt")
    with history.changeset(talks, reason="A double") as door:
        door.retire(Briefing.objects.filter(process=talks).first(), "Filed twice")
    assert "51 briefings" in vera.get(HOME).content.decode()


def test_private_processes_are_listed_for_their_members_only(vera, anna, rita, talks, back_channel):
    begin("salt")
    assert back_channel.name not in vera.get(HOME).content.decode()
    assert back_channel.name not in anna.get(HOME).content.decode()
    page = rita.get(HOME).content.decode()
    assert back_channel.name in page
    assert "Members only." in page


def test_without_a_process_it_says_what_to_do(vera, back_channel):
    page = vera.get(HOME)
    assert page.status_code == 200
    assert "No process to show yet" in page.content.decode()
    assert ">sign in</a>" in page.content.decode()
    stranger = Person.called("stranger").get(HOME).content.decode()
    assert "your account is a member of none" in stranger


def test_its_number_of_queries_is_constant(vera, rita, talks, other_talks, django_assert_num_queries):
    with django_assert_num_queries(1):
        vera.get(HOME)
    with django_assert_num_queries(3):
        rita.get(HOME)
    for number in range(10):
        begin(f"more-{number}")
    with django_assert_num_queries(1):
        vera.get(HOME)
    with django_assert_num_queries(3):
        rita.get(HOME)


def test_it_can_only_be_read(vera):
    assert vera.post(HOME).status_code == 405
