"""People of a process: a curator invites, the invitee joins, roles change, and all of it is on record."""

import re
from datetime import timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from issues import history, people
from issues.models import Changeset, Invitation, Membership

from .conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db

LONG = "a river that nobody has named"


def place(process, name, *args):
    return reverse(f"issues:people-{name}", args=[process.slug, *args])


def invited(carl, process, email="new@example.org", role="analyst"):
    """Send an invitation through the page, and return the path of the link that the e-mail holds."""
    response = carl.post(place(process, "invite"), {"email": email, "role": role}, follow=True)
    assert f"An invitation is on its way to {email.lower()}." in response.text
    return urlsplit(re.search(r"http://\S+", mail.outbox[-1].body)[0]).path


def member(process, person):
    return Membership.objects.get(process=process, user=person.user)


def latest(process):
    changeset = Changeset.objects.filter(process=process).order_by("-number").first()
    return changeset.user_name, changeset.reason


def test_a_row_of_another_process_cannot_be_reached(carl, talks, back_channel, rita):
    stranger = member(back_channel, rita)
    invitation, _ = people.invite(back_channel, "new@example.org", "reader", None)
    assert carl.post(place(talks, "remove", stranger.pk)).status_code == 404
    assert carl.post(place(talks, "role", stranger.pk), {"role": "curator"}).status_code == 404
    assert carl.post(place(talks, "withdraw", invitation.pk)).status_code == 404


def test_an_invitation_goes_out_by_e_mail_and_its_secret_is_stored_nowhere(carl, talks):
    link = invited(carl, talks)
    message = mail.outbox[-1]
    assert message.to == ["new@example.org"] and talks.name in message.subject and "as analyst" in message.body
    token = link.split("/")[2]
    assert len(token) >= 43
    assert token not in str(list(Invitation.objects.values_list()))
    assert token not in carl.get(place(talks, "list")).text and "new@example.org" in carl.get(place(talks, "list")).text


def test_the_curator_is_not_told_whether_an_address_has_an_account(carl, talks):
    User.objects.create_user("kate", "kate@example.org", PASSWORD)
    answers = []
    for email in ("kate@example.org", "nobody@example.org"):
        response = carl.post(place(talks, "invite"), {"email": email, "role": "reader"}, follow=True)
        text = response.text.partition('id="log"')[0].replace(email, "…")  # the log has a line more each time
        answers.append(re.sub(r'value="\w{64}"|"x-csrftoken": "\w+"|invitations/\d+', "", text))
        Invitation.objects.all().delete()
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "values",
    [{}, {"email": "x", "role": "reader"}, {"email": "a@example.org", "role": "king"}, {"email": "\x00@x.org"}],
)
def test_a_form_that_makes_no_sense_is_shown_again(carl, talks, values):
    response = carl.post(place(talks, "invite"), values)
    assert response.status_code == 422 and "field-error" in response.text and not mail.outbox


def test_an_invitation_that_cannot_be_sent_is_withdrawn(carl, talks, monkeypatch):
    def fail(*args, **kwargs):
        raise SMTPException

    monkeypatch.setattr("issues.views.people.send_mail", fail)
    response = carl.post(place(talks, "invite"), {"email": "new@example.org", "role": "reader"})
    assert response.status_code == 503 and "could not be sent" in response.text
    assert not Invitation.objects.open().exists()


def test_who_has_no_account_makes_one_and_is_in(carl, talks, vera):
    link = invited(carl, talks)
    page = vera.get(link)
    assert "carl invites you" in page.text and talks.name in page.text and "as analyst" in page.text
    assert vera.post(f"{link}accept/")["Location"] == "/accounts/signup/"
    weak = vera.post("/accounts/signup/", {"username": "nora", "password1": "nora1"})
    assert "too short" in weak.text and not User.objects.filter(username="nora").exists()
    taken = vera.post("/accounts/signup/", {"username": "carl", "password1": LONG})
    assert "already exists" in taken.text
    done = vera.post("/accounts/signup/", {"username": "nora", "password1": LONG})
    assert done["Location"] == talks.get_absolute_url()
    nora = User.objects.get(username="nora")
    assert nora.email == "new@example.org" and not nora.is_staff and nora.check_password(LONG)
    assert Membership.objects.get(process=talks, user=nora).role == "analyst"
    assert latest(talks) == ("nora", "Join as analyst, invited by carl")
    assert vera.get("/accounts/").status_code == 200
    assert "Accounts are by invitation" in Person().get("/accounts/signup/").text


def test_who_is_signed_in_accepts_with_that_account(carl, talks, rita):
    link = invited(carl, talks)
    assert "Accept as rita" in rita.get(link).text
    assert rita.post(f"{link}accept/")["Location"] == talks.get_absolute_url()
    assert member(talks, rita).role == "analyst"
    assert latest(talks) == ("rita", "Join as analyst, invited by carl")


def test_reading_an_invitation_uses_up_nothing(carl, talks, vera):
    link = invited(carl, talks)
    with CaptureQueriesContext(connection) as queries:
        assert vera.get(link).status_code == vera.get(link).status_code == 200
    assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]


def test_a_link_works_once(carl, talks, rita, vera):
    link = invited(carl, talks)
    vera.post(f"{link}accept/")  # one visitor has the form open …
    rita.post(f"{link}accept/")  # … while another takes it up
    for response in (vera.get(link), vera.post(f"{link}accept/")):
        assert response.status_code == 404 and "This invitation is not open" in response.text
    late = vera.post("/accounts/signup/", {"username": "late", "password1": LONG})
    assert "Accounts are by invitation" in late.text and not User.objects.filter(username="late").exists()


def test_of_two_who_join_at_once_one_does(carl, talks, rita, anna):
    invitation, _ = people.invite(talks, "new@example.org", "curator", carl.user)
    people.join(invitation, rita.user)
    with pytest.raises(people.NotOpen):
        people.join(invitation, anna.user)
    assert member(talks, anna).role == "analyst"


@pytest.mark.parametrize("closed_by", ["time", "curator", "new invitation", "process"])
def test_a_closed_invitation_opens_nothing(closed_by, carl, talks, vera, rita):
    link = invited(carl, talks)
    invitation = Invitation.objects.get()
    vera.post(f"{link}accept/")
    if closed_by == "time":
        assert invitation.expires_at - invitation.created_at == timedelta(days=14)
        Invitation.objects.update(expires_at=timezone.now())
    elif closed_by == "curator":
        carl.post(place(talks, "withdraw", invitation.pk))
    elif closed_by == "new invitation":
        assert invited(carl, talks, "NEW@example.org") != link
    else:
        with history.changeset(talks, reason="Close") as door:
            door.retire(talks, "Closed")
    assert [rita.get(link).status_code, rita.post(f"{link}accept/").status_code] == [404, 404]
    vera.post("/accounts/signup/", {"username": "late", "password1": LONG})
    assert not User.objects.filter(username="late").exists()


@pytest.mark.parametrize("token", ["x", "%00", "x" * 5000, "é", "%ed%a0%80"])
def test_a_made_up_link_is_a_page_that_says_so(token, vera):
    response = vera.get(f"/invitations/{token}/")
    assert response.status_code == 404 and "<h1" in response.text


def test_an_invitation_never_lowers_a_role(carl, talks, rita):
    people.join(people.invite(talks, "a@example.org", "reader", None)[0], carl.user)
    assert member(talks, carl).role == "curator"
    people.join(people.invite(talks, "b@example.org", "reader", None)[0], rita.user)
    people.join(people.invite(talks, "c@example.org", "curator", None)[0], rita.user)
    assert member(talks, rita).role == "curator"


def test_a_role_changes_with_who_changed_it_on_record(carl, anna, talks):
    carl.post(place(talks, "role", member(talks, anna).pk), {"role": "curator"})
    assert member(talks, anna).role == "curator"
    assert latest(talks) == ("carl", "Give anna the role curator")
    carl.post(place(talks, "role", member(talks, anna).pk), {"role": "emperor"})
    assert member(talks, anna).role == "curator"


def test_who_is_removed_is_out_at_once(back_channel, rita):
    root = Person.called("root", is_superuser=True)
    assert rita.get(back_channel.get_absolute_url()).status_code == 200
    root.post(place(back_channel, "remove", member(back_channel, rita).pk))
    assert rita.get(back_channel.get_absolute_url()).status_code == 404
    assert latest(back_channel) == ("root", "Remove rita from the members")


def test_the_last_curator_stays(carl, anna, talks):
    before = Changeset.objects.filter(process=talks).count()
    for name, values in (("remove", {}), ("role", {"role": "reader"})):
        response = carl.post(place(talks, name, member(talks, carl).pk), values, follow=True)
        assert "carl is the only curator of" in response.text
    assert member(talks, carl).role == "curator" and Changeset.objects.filter(process=talks).count() == before
    people.give(talks, anna.user, "curator", carl.user)
    assert carl.post(place(talks, "remove", member(talks, carl).pk))["Location"] == reverse("issues:process-list")
    assert not Membership.objects.filter(process=talks, user=carl.user).exists()


def test_with_a_curator_go_the_invitations_they_sent(carl, anna, talks):
    people.give(talks, anna.user, "curator", carl.user)
    people.invite(talks, "a@example.org", "curator", anna.user)
    people.invite(talks, "b@example.org", "reader", carl.user)
    people.give(talks, anna.user, "analyst", carl.user)
    assert [invitation.email for invitation in Invitation.objects.open()] == ["b@example.org"]


def test_the_admin_panel_keeps_the_same_rules(carl, anna, talks):
    def url(page, *args):
        return reverse(f"admin:issues_membership_{page}", args=args)

    assert carl.post(url("change", member(talks, anna).pk), {"role": "reader"}).status_code == 302
    assert latest(talks) == ("carl", "Give anna the role reader")
    assert carl.post(url("change", member(talks, carl).pk), {"role": "reader"}).status_code == 403
    assert carl.post(url("delete", member(talks, carl).pk), {"post": "yes"}).status_code == 403
    assert member(talks, carl).role == "curator"
    new = User.objects.create_user("new")
    added = {"process": talks.pk, "user": new.pk, "role": "reader"}
    assert carl.post(url("add"), added).status_code == 403  # who has an account is not for curators to see
    sam = Person.called("sam", is_staff=True, is_superuser=True)
    assert sam.post(url("add"), added).status_code == 302
    assert latest(talks) == ("sam", "Give new the role reader")


def test_the_list_costs_the_same_whatever_its_length(carl, talks, django_assert_max_num_queries):
    def load():
        with CaptureQueriesContext(connection) as queries:
            assert carl.get(place(talks, "list")).status_code == 200
        return len(queries)

    before = load()
    assert before <= 12
    for n in range(20):
        talks.memberships.create(user=User.objects.create_user(f"user-{n}"), role="reader")
        people.invite(talks, f"{n}@example.org", "reader", carl.user)
    assert load() == before
