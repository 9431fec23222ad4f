"""Who takes part: suspended here or everywhere, handed over, on record, and nobody's business but the curators'."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from issues import drafts, history, people
from issues.models import Changeset, Invitation, Membership, Process

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db

WHY = {"reason": "They left the team"}


@pytest.fixture
def process(db):
    return valley.create(visibility="members")


@pytest.fixture
def cora(process) -> Person:
    return Person.called("cora").joins(process, "curator")


@pytest.fixture
def alma(process) -> Person:
    return Person.called("alma").joins(process, "analyst")


@pytest.fixture
def root(db) -> Person:
    return Person.called("root", is_superuser=True)


def place(process, name, *args):
    return reverse(f"issues:people-{name}", args=[process.slug, *args])


def member(process, person):
    return Membership.objects.get(process=process, user=person.user)


def reasons(process):
    return list(process.changesets.exclude(kind="").order_by("number").values_list("reason", flat=True))


def test_an_invitation_sent_to_the_console_leads_all_the_way_in(cora, process, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # as it is where nothing is configured
    cora.post(place(process, "invite"), {"email": "new@example.org", "role": "analyst"})
    printed = capsys.readouterr().out
    assert "To: new@example.org" in printed
    link = urlsplit(re.search(r"http://\S+", printed)[0]).path
    newcomer = Person()
    page = newcomer.get(link).content.decode()
    assert process.name in page and "analyst" in page
    made = newcomer.post(f"{link}accept/", follow=True)
    word = "a river that nobody has named"
    fields = {"username": "nina", "email": "new@example.org", "password1": word, "password2": word}
    done = newcomer.post(made.redirect_chain[-1][0], fields, follow=True)
    assert done.redirect_chain[-1][0] == process.get_absolute_url() and done.status_code == 200
    assert newcomer.get(process.get_absolute_url() + "edit/").status_code == 200
    assert reasons(process) == ["Invite someone as analyst", "Join as analyst, invited by cora"]
    assert newcomer.get(link).status_code == 404


def test_who_is_suspended_here_is_out_at_the_next_request_and_keeps_their_role(cora, alma, process):
    board = process.get_absolute_url()
    assert alma.get(board).status_code == 200
    where = place(process, "suspend", member(process, alma).pk)
    assert cora.post(where, {"reason": " "}, follow=True).status_code == 200
    assert alma.get(board).status_code == 200 and not reasons(process)
    cora.post(where, WHY)
    assert alma.get(board).status_code == alma.post(board + "edit/", {}).status_code == 404
    assert "valley" not in alma.get(reverse("account")).content.decode()
    assert "Suspended here" in cora.get(place(process, "list")).content.decode()
    cora.post(place(process, "lift", member(process, alma).pk), {"reason": "A mistake"})
    assert alma.get(board + "edit/").status_code == 200
    assert reasons(process) == [
        "Suspend alma: They left the team",
        "Lift the suspension of alma: A mistake",
    ]


def test_a_suspended_curator_leads_nothing_begins_nothing_and_is_no_curator_that_counts(cora, process):
    other = Person.called("otto").joins(process, "curator")
    people.invite(process, "x@example.org", "reader", other.user)
    cora.post(place(process, "suspend", member(process, other).pk), WHY)
    assert not Invitation.objects.open().exists()
    assert other.get("/processes/new/").status_code == 403
    assert other.get(place(process, "list")).status_code == 404
    for name, extra in (("remove", {}), ("role", {"role": "reader"})):
        page = cora.post(place(process, name, member(process, cora).pk), extra, follow=True).content.decode()
        assert "cora is the only curator" in page
    assert member(process, cora).role == "curator"


def test_nobody_suspends_themselves_and_only_superusers_the_whole_site(cora, alma, process):
    for person, answer in ((cora, 302), (alma, 403)):
        where = place(process, "suspend", member(process, cora).pk)
        assert person.post(where, WHY).status_code == answer
    for name in ("suspend", "lift"):
        where = place(process, name, member(process, alma).pk)
        assert cora.post(where, WHY | {"scope": "site"}).status_code == 403
    assert User.objects.filter(is_active=True).count() == 2 and not reasons(process)


def test_who_is_suspended_on_the_site_is_signed_out_everywhere_at_the_next_request(cora, alma, root, process):
    glen = valley.create("glen", visibility="members")
    alma.joins(glen, "reader")
    phone = Person()
    phone.post(reverse("account_login"), {"login": "alma", "password": "a long and quiet river"})
    sessions = Session.objects.count()
    for browser in (alma, phone):
        assert browser.get(process.get_absolute_url()).status_code == 200
    where = place(process, "suspend", member(process, alma).pk)
    root.post(where, WHY | {"scope": "site"})
    assert Session.objects.count() < sessions
    for browser in (alma, phone):
        assert browser.get(process.get_absolute_url()).status_code == 404
        assert browser.get(reverse("account")).status_code == 302
        assert browser.post(process.get_absolute_url() + "edit/", {}).status_code == 403
    said = ["Suspend alma on the whole site: They left the team"]
    assert reasons(process) == reasons(glen) == said
    again = Person()
    again.post(reverse("account_login"), {"login": "alma", "password": "a long and quiet river"})
    assert again.get(reverse("account")).status_code == 302
    root.post(place(process, "lift", member(process, alma).pk), {"reason": "Back"} | {"scope": "site"})
    assert phone.get(reverse("account")).status_code == 302  # that session is over
    phone.post(reverse("account_login"), {"login": "alma", "password": "a long and quiet river"})
    assert phone.get(process.get_absolute_url()).status_code == 200


def test_a_process_keeps_its_last_curator_even_from_a_superuser(cora, alma, root, process):
    glen = valley.create("glen")
    alma.joins(glen, "curator")
    for scope in ("process", "site"):
        answer = root.post(place(process, "suspend", member(process, cora).pk), WHY | {"scope": scope}, follow=True)
        assert "cora is the only curator of “Sharing the valley”" in answer.content.decode()
    root.post(place(process, "suspend", member(process, alma).pk), WHY | {"scope": "site"})
    assert User.objects.filter(is_active=True).count() == 3
    assert not reasons(process) and not reasons(glen)


def test_a_curatorship_is_handed_over_whole_and_what_is_typed_stays(cora, alma, process):
    drafts.keep(cora.user, process, "/somewhere/", {"title": ["Half a thought"]})
    people.invite(process, "x@example.org", "reader", cora.user)
    where = place(process, "hand-over")
    for to, why in ((member(process, cora).pk, "x"), (member(process, alma).pk, ""), ("nobody", "x")):
        cora.post(where, {"to": to, "reason": why})
        assert member(process, cora).role == "curator"
    assert cora.post(where, {"to": 10**9, "reason": "x"}).status_code == 404
    cora.post(where, {"to": member(process, alma).pk, "reason": "I retire"})
    assert (member(process, cora).role, member(process, alma).role) == ("analyst", "curator")
    assert reasons(process)[-1] == "Hand the curatorship over to alma: I retire"
    assert drafts.find(cora.user, process, "/somewhere/").typed["title"] == "Half a thought"
    assert Invitation.objects.open().get().invited_by == alma.user
    assert cora.get(place(process, "list")).status_code == 403
    assert cora.post(where, {"to": member(process, alma).pk, "reason": "x"}).status_code == 403


def test_a_suspended_member_is_handed_nothing(cora, alma, process):
    cora.post(place(process, "suspend", member(process, alma).pk), WHY)
    cora.post(place(process, "hand-over"), {"to": member(process, alma).pk, "reason": "I retire"})
    assert member(process, cora).role == "curator"


def test_what_is_changed_of_people_is_told_to_curators_only(cora, process):
    public = valley.create("glen")
    rita, otto = Person.called("rita").joins(public, "reader"), Person.called("otto").joins(public, "analyst")
    curator = Person.called("curt").joins(public, "curator")
    with history.changeset(public, reason="A siskin of old", user=curator.user):
        pass  # as changes of people were before they had a kind
    people.give(public, rita.user, "analyst", curator.user)
    people.give(public, rita.user, "reader", curator.user)
    old, *_, new = Changeset.objects.filter(process=public).order_by("number")[1:]
    board = public.get_absolute_url()
    now = timezone.now().isoformat()
    addresses = [
        board + "changes/",
        board + "changes/?kind=people",
        board + "changes/?who=curt",
        board + "news/?seen=1",
        board + f"?as_of={now}",
        f"/changes/{Changeset.objects.get(process=public, number=1).pk}/",
    ]
    for person in (Person(), rita, otto):
        for each in addresses:
            page = person.get(each.replace("+", "%2B")).content.decode()
            assert not re.search(r"siskin|Give rita|by curt|>curt<", page), each
            assert f"/changes/{new.pk}/" not in page
        for one in (old, new):
            assert person.get(f"/changes/{one.pk}/").status_code == 404
            assert person.post(f"/changes/{one.pk}/undo/", {}).status_code in (403, 404)
    page = curator.get(board + "changes/").content.decode()
    assert "siskin" in page and "Give rita the role reader" in page and "Who takes part" in page
    assert "siskin" not in curator.get(board + "changes/?kind=people").content.decode()
    assert curator.get(f"/changes/{new.pk}/").status_code == 200
    assert "Give rita the role reader" in curator.get(place(public, "list")).content.decode()
    assert not list(history.verify(public))
    Changeset.objects.filter(pk=new.pk).update(kind="")
    assert any("altered" in fault for fault in history.verify(public))


def test_people_of_archived_talks_change_and_their_record_does_not(cora, alma, process):
    cora.post(process.get_absolute_url() + "archive/", {"reason": "Over", "key": "0" * 32})
    assert Process.objects.get(pk=process.pk).archived_at
    cora.post(place(process, "role", member(process, alma).pk), {"role": "reader"})
    assert member(process, alma).role == "reader"
    assert cora.post(process.get_absolute_url() + "edit/", {}).status_code == 403


def test_the_page_costs_the_same_whatever_its_length(cora, process, django_assert_num_queries):
    for number in range(12):
        Person.called(f"n{number}").joins(process, "reader")
        people.give(process, User.objects.get(username=f"n{number}"), "analyst", cora.user)
    cora.get(place(process, "list"))
    with django_assert_num_queries(7):
        cora.get(place(process, "list"))
