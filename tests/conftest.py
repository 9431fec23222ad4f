"""What every test may ask for: the cast, the data, and the tools that a machine may lack."""

import gc
import logging
from datetime import date
from io import StringIO
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from .cluster import Cluster, NotInstalled
from .plugin import absent

ROOT = Path(__file__).parent.parent
TALKS = ROOT / "fixtures" / "us-russia-talks.json"
WATER_TREATY = ROOT / "tests" / "data" / "water-treaty.json"
PASSWORD = "a long and quiet river"


def pytest_configure():
    from issues.models import guards

    # Collected, fingerprinted files are there only after `collectstatic`; one test of their own looks at those.
    settings.STORAGES |= {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    # Tables are emptied between tests; the fixture `append_only` puts these guards in place for tests of them.
    guards.APPEND_ONLY = ()
    settings.PAGE_MEMORY_MB = 0  # tests write rows past the door, and take them back; `test_stored` has its own
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # In a file, because a live server's threads cannot share one connection to a database in memory.
        database.setdefault("TEST", {})["NAME"] = str(Path(settings.DATA_DIR) / "test.sqlite3")
    database["CONN_MAX_AGE"] = 0  # a live server's threads must not hold on to a database that is to be dropped


def pytest_collection_finish():
    """Let the garbage collector leave alone what lasts as long as the run, and look at the rest less often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Person(Client):
    """A browser without a screen: an HTTP client, signed in where it has a user."""

    user = None

    @classmethod
    def called(cls, name, **fields):
        """Make a user and sign them in; their password is `PASSWORD`."""
        from django.contrib.auth.models import User

        person = cls()
        person.user = User.objects.create_user(name, password=PASSWORD, **fields)
        person.force_login(person.user)
        return person

    def joins(self, process, role):
        """Give them a role in a process, and return them."""
        process.memberships.create(user=self.user, role=role)
        return self


@pytest.fixture
def vera(db) -> Person:
    """Visit, without an account."""
    return Person()


@pytest.fixture
def anna(talks) -> Person:
    """Analyse the talks."""
    return Person.called("anna").joins(talks, "analyst")


@pytest.fixture
def carl(talks) -> Person:
    """Curate the talks."""
    return Person.called("carl", is_staff=True).joins(talks, "curator")


@pytest.fixture
def rita(back_channel) -> Person:
    """Read one private process, and nothing else beyond what is public."""
    return Person.called("rita").joins(back_channel, "reader")


@pytest.fixture
def back_channel(db):
    """Return a process for members only."""
    from issues import history
    from issues.models import Process

    process = Process(
        slug="back-channel",
        name="Back channel",
        question="Who meets whom, and about what?",
        started_on=date(2025, 1, 1),
        visibility="members",
    )
    with history.changeset(process, reason="Open the back channel"):
        pass
    return process


@pytest.fixture
def house(loaded_house, db):
    """Return everyone who might ask and what they ask about, quietly: a door that stays shut is a line in the log."""
    logging.disable(logging.CRITICAL)
    yield loaded_house.restore()
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly():
    from django.test import TransactionTestCase

    from .loaded import empty_tables

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(scope="session")
def loaded(django_db_setup, django_db_blocker):
    """Return what keeps, for as long as the run lasts, the rows that a function writes into empty tables."""
    from .loaded import Loaded

    first_keys = count(3_000_000, 1_000_000)

    def load(make, first_key=None):
        with django_db_blocker.unblock():
            return Loaded(make, first_key or next(first_keys))

    return load


@pytest.fixture(scope="session")
def loaded_talks(loaded):
    return loaded(lambda: _process_of(TALKS), 1_000_000)


@pytest.fixture(scope="session")
def loaded_water_treaty(loaded):
    return loaded(lambda: _process_of(WATER_TREATY), 2_000_000)


@pytest.fixture(scope="session")
def loaded_house(loaded):
    from .everyone import House

    return loaded(House)


def _process_of(file):
    from django.core.management import call_command

    from issues.models import Process

    call_command("load_process", file, stdout=StringIO())
    return Process.objects.get()


@pytest.fixture
def talks(loaded_talks, db):
    """Return the process of the shipped data set, whole, with the revisions of its load."""
    return loaded_talks.restore()


@pytest.fixture
def other_talks(loaded_water_treaty, db):
    """Return a quite different process: three sides, seven issues, no compromises yet."""
    return loaded_water_treaty.restore()


@pytest.fixture(scope="session")
def cluster():
    """Return a PostgreSQL server of the test's own, whatever the run's database is."""
    try:
        server = Cluster()
    except NotInstalled as error:
        absent(str(error))
    yield server
    server.stop()


@pytest.fixture
def one_half_minute(monkeypatch):
    """Let it stay the same half minute: an authenticator code read off at the very end of one would be too late."""
    from allauth.mfa.totp.internal import auth

    now = [*auth.yield_hotp_counters_from_time()]
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", now.__iter__)


@pytest.fixture
def append_only(db, monkeypatch):
    """Put the guards of the record of changes in place, as they are outside of tests."""
    from issues.models import guards

    monkeypatch.setattr(guards, "APPEND_ONLY", guards.SEALED)
    guards.install()
    yield
    guards.drop()
    monkeypatch.undo()
    guards.install()
