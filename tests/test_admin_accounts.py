"""The admin panel’s list of users: no set of talks loses its last curator there, and what is done is on record."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse

from issues import history, people
from issues.models import Membership

from . import valley
from .conftest import Person
from .test_people import reasons

pytestmark = pytest.mark.django_db

LIST = reverse("admin:auth_user_changelist")


@pytest.fixture
def cast(db):
    """Return two superusers, and who curates two sets of talks, one of them with somebody else."""
    found = {name: Person.called(name, is_staff=True, is_superuser=True) for name in ("root", "ruth")}
    found |= {name: Person.called(name) for name in ("cora", "curt")}
    hill, glen = valley.create(), valley.create("glen", visibility="members")
    for name, process, role in (("cora", hill, "curator"), ("cora", glen, "curator"), ("curt", glen, "curator")):
        found[name].joins(process, role)
    return found | {"valley": hill, "glen": glen}


def place(person, page="change"):
    return reverse(f"admin:auth_user_{page}", args=[person.user.pk])


def save(root, person, **changes):
    """Send the form of an account with some of it changed."""
    form = root.get(place(person)).context["adminform"].form
    sent = {}
    for bound in form:
        value = bound.value()
        if bound.name in ("last_login", "date_joined"):
            sent |= {f"{bound.name}_{n}": str(part) for n, part in enumerate(bound.field.widget.decompress(value))}
        elif value not in (None, False) and bound.name != "password":
            sent[bound.name] = value
    sent |= changes
    return root.post(place(person), {name: value for name, value in sent.items() if value is not None})


def chosen(root, *people_, confirmed=True):
    """Delete accounts from the list, after asking."""
    picked = {"action": "delete_selected", "_selected_action": [person.user.pk for person in people_]}
    return root.post(LIST, picked | ({"post": "yes"} if confirmed else {}), follow=True)


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.text))


def standing(*names):
    return set(User.objects.filter(is_active=True).values_list("username", flat=True)) == set(names)


ALL = ("root", "ruth", "cora", "curt")
WHY = {"reason": "Left the team"}
NAMED = "nobody would curate “Sharing the valley”. First hand it over, or make someone else a curator"


def test_the_last_curator_of_talks_is_neither_closed_nor_deleted(cast):
    root, cora, curt = (cast[name] for name in ("root", "cora", "curt"))
    response = save(root, cora, is_active=None, first_name="Cora", **WHY)
    assert response.status_code == 200 and f"Without cora {NAMED}" in words(response)
    assert "Left the team" in response.text and 'value="Cora"' in response.text  # nothing typed is lost
    for page in (
        root.get(place(cora, "delete"), follow=True),
        root.post(place(cora, "delete"), {"post": "yes"}, follow=True),
    ):
        assert f"Without cora {NAMED}" in words(page) and "Nothing was deleted." in words(page)
    for confirmed in (False, True):
        page = chosen(root, cora, curt, confirmed=confirmed)
        assert "Without" in words(page) and "“Sharing the valley” and “Sharing the valley”" in words(page)
    assert standing(*ALL) and not reasons(cast["valley"]) and not reasons(cast["glen"])
    assert Membership.objects.count() == 3
    # What is no power over talks can be changed, and whoever is not the last can go.
    assert save(root, cora, first_name="Cora", is_staff="on").status_code == 302
    assert chosen(root, curt).status_code == 200 and standing("root", "ruth", "cora")


def test_past_the_form_the_door_refuses_and_nothing_is_half_done(cast, monkeypatch):
    """As if the other curator went between the look and the write."""
    root, cora, curt = (cast[name] for name in ("root", "cora", "curt"))
    for module in ("forms", "people"):
        monkeypatch.setattr(f"issues.admin.{module}.alone", lambda *args, **kwargs: "")
    assert save(root, cora, is_active=None, **WHY).status_code == 403
    assert root.post(place(cora, "delete"), {"post": "yes"}).status_code == 403
    assert chosen(root, curt, cora).status_code == 403
    assert standing(*ALL) and not reasons(cast["glen"]) and Membership.objects.count() == 3


def test_what_is_done_to_an_account_is_on_record_as_a_suspension_is(cast):
    root, curt, glen = (cast[name] for name in ("root", "curt", "glen"))
    people.invite(glen, "x@example.org", "reader", curt.user)
    curt.get("/")
    phone = Session.objects.count()
    said = words(save(root, curt, is_active=None))
    assert "Say in one line why." in said and standing(*ALL)
    assert save(root, curt, is_active=None, **WHY).status_code == 302
    assert standing("root", "ruth", "cora") and Session.objects.count() <= phone
    assert save(root, curt, is_active="on", reason="Back").status_code == 302
    assert save(root, curt, is_superuser="on", reason="Runs the site").status_code == 302
    assert save(root, curt, is_superuser=None, reason="Ran it").status_code == 302
    assert chosen(root, curt).status_code == 200
    assert reasons(glen)[1:] == [
        "Suspend curt on the whole site: Left the team",
        "Lift the suspension of curt on the whole site: Back",
        "Make curt a superuser: Runs the site",
        "Take the rights of a superuser from curt: Ran it",
        "Delete the account of curt",
    ]
    assert glen.changesets.latest("number").user_name == "root"
    assert not list(history.verify(glen)) and not reasons(cast["valley"])
    assert glen.invitations.get().withdrawn_at


def test_the_site_keeps_a_superuser(cast):
    root, ruth = cast["root"], cast["ruth"]
    assert save(root, ruth, is_superuser=None, **WHY).status_code == 302
    for change in ({"is_superuser": None}, {"is_active": None}):
        assert "Without root there would be no superuser" in words(save(root, root, **change, **WHY))
    assert "Without root there would be no superuser" in words(chosen(root, root))
    root.user.refresh_from_db()
    assert root.user.is_active and root.user.is_superuser
    with pytest.raises(people.LastSuperuser):
        people.suspend_everywhere(root.user, root.user, "By hand")


def test_deleted_talks_hold_nobody_back(cast):
    with history.changeset(cast["valley"], reason="Gone") as door:
        door.retire(cast["valley"], "Gone")
    assert save(cast["root"], cast["cora"], is_active=None, **WHY).status_code == 302
    assert standing("root", "ruth", "curt")
