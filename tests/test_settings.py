"""Settings: each is documented, and production refuses what is unsafe."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from peacetracker import env
from peacetracker.settings import sqlite_journal

ROOT = Path(__file__).parent.parent
SAFE = {
    "PEACETRACKER_MODE": "production",
    "SECRET_KEY": "q8Wn3-Zr7Lk0-Vt5Yp2-Xc9Bm4-Jh6Dg1-Sf8Qa3-We7Rt0-Uy5Io2",
    "ALLOWED_HOSTS": "tracker.example.org",
    "DATABASE_URL": "postgresql://someone@localhost/nowhere",
    "EMAIL_URL": "smtp://someone:secret@mail.example.org",
}


def django(*arguments, **variables):
    """Run manage.py’s Django with exactly these variables, and return the finished process."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_variable_that_is_read_stands_in_the_readme():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "peacetracker" / "settings.py").read_text()))
    table = (ROOT / "README.md").read_text().split("### Settings")[1].split("###")[0]
    assert read == set(re.findall(r"^\| `([A-Z_]+)`", table, re.M))


def test_production_starts_when_all_is_safe():
    finished = django("check", "--deploy", "--fail-level", "WARNING", **SAFE)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"DEBUG": "1"}, "DEBUG is on in production"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too weak"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts"),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'. Write 1 or 0."),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL starts with 'mysql'"),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL is no address of a mail server"),
        ({"CONN_MAX_AGE": "-1"}, "CONN_MAX_AGE is '-1'"),
        ({"PEACETRACKER_MODE": "prod"}, "PEACETRACKER_MODE is 'prod'"),
    ],
)
def test_production_refuses_with_a_sentence(change, sentence):
    finished = django("check", **SAFE | change)
    assert finished.returncode == 1
    assert sentence in finished.stderr


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "DELETE"),
        ((3, 44, 5), "DELETE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "DELETE"),
        ((3, 50, 6), "DELETE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_sqlite_writes_ahead_only_where_that_is_safe(version, mode):
    assert sqlite_journal(version) == mode


def test_a_database_address_is_read_whole(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:p%40ss@db.example.org:5433/talks?sslmode=require")
    read = env.database("DATABASE_URL", "")
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"], read["NAME"]) == (
        "me",
        "p@ss",
        "db.example.org",
        "5433",
        "talks",
    )
    assert read["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("smtp://me:p%40ss@mail.example.org", ("mail.example.org", 587, "me", "p@ss", True, False)),
        ("smtps://mail.example.org:4650", ("mail.example.org", 4650, "", "", False, True)),
        ("console:", ()),
    ],
)
def test_a_mail_servers_address_is_read_whole(monkeypatch, address, read):
    monkeypatch.setenv("EMAIL_URL", address)
    backend, *others = env.mail("EMAIL_URL").values()
    assert tuple(others) == read and ("smtp" if read else "console") in backend


def test_production_asks_curators_for_a_second_factor_and_a_machine_of_ones_own_does_not():
    shown = "from django.conf import settings; print(settings.REQUIRE_MFA, settings.ALLAUTH_TRUSTED_PROXY_COUNT)"
    for variables, printed in ((SAFE | {"BEHIND_PROXY": "1"}, "True 1"), ({}, "False 0")):
        assert printed in django("shell", "-v0", "-c", shown, **variables).stdout


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.text("SECRET_KEY")


@pytest.mark.django_db
def test_the_connection_runs_with_the_settings_that_keep_data_safe():
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            assert [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys")] == [
                2,
                1,
            ]
            assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
            assert connection.settings_dict["OPTIONS"]["timeout"] >= 20
        else:
            shown = {}
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SHOW {name}")
                shown[name] = cursor.fetchone()[0]
            assert shown == {
                "statement_timeout": "5s",
                "lock_timeout": "2s",
                "idle_in_transaction_session_timeout": "10s",
            }
