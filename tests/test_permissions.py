"""Who may do what, as tables."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from issues.backends import CuratorBackend
from issues.permissions import CURATE, EDIT, READ, can, curated_by, visible_to

from .conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(vera, anna, carl, rita, talks, back_channel):
    gone = Person.called("gone", is_active=False).joins(talks, "curator")
    root = Person.called("root", is_superuser=True)
    sent_off = Person.called("sent off").joins(talks, "curator")
    sent_off.user.memberships.update(suspended_at=timezone.now())
    people = {"vera": vera, "anna": anna, "carl": carl, "rita": rita, "gone": gone, "root": root, "sent off": sent_off}
    users = {name: person.user or AnonymousUser() for name, person in people.items()}
    return users, {"talks": talks, "back channel": back_channel}


MAY = [
    # person, process, read, edit, curate
    ("vera", "talks", True, False, False),
    ("vera", "back channel", False, False, False),
    ("anna", "talks", True, True, False),
    ("anna", "back channel", False, False, False),
    ("carl", "talks", True, True, True),
    ("carl", "back channel", False, False, False),
    ("rita", "talks", True, False, False),
    ("rita", "back channel", True, False, False),
    ("gone", "talks", True, False, False),
    ("sent off", "talks", True, False, False),
    ("root", "talks", True, True, True),
    ("root", "back channel", True, True, True),
]


@pytest.mark.parametrize(("person", "process", "read", "edit", "curate"), MAY)
def test_each_person_may_do_what_the_table_says(cast, person, process, read, edit, curate):
    users, processes = cast
    signed_in = CuratorBackend().get_user(users[person].pk)  # nobody, where the account is closed
    for user in filter(None, (users[person], signed_in)):
        asked = [can(user, action, processes[process]) for action in (READ, EDIT, CURATE)]
        assert asked == [read, edit, curate]
        assert (processes[process] in visible_to(user)) is read
        assert (processes[process] in curated_by(user)) is curate
    assert (signed_in is None) is (person in ("vera", "gone"))
    assert getattr(signed_in, "is_curator", False) is (person in ("carl", "root"))


def test_what_somebody_who_is_signed_in_may_do_costs_no_query(cast, django_assert_num_queries):
    users, processes = cast
    with django_assert_num_queries(1):
        carl = CuratorBackend().get_user(users["carl"].pk)
        assert all(can(carl, action, processes["talks"]) for action in (READ, EDIT, CURATE))
        assert not can(carl, READ, processes["back channel"])


def test_a_retired_process_is_seen_by_nobody(cast):
    users, processes = cast
    from issues import history

    with history.changeset(processes["talks"], reason="Close the record") as door:
        door.retire(processes["talks"], "Closed")
    assert all(processes["talks"] not in visible_to(user) for user in users.values())
