"""The suite's own promises: its databases, its data, and no silent skips where nothing may lack."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from issues.management.commands.test import is_whole_suite
from issues.models import Briefing, Citation, Compromise, CompromiseLink, Issue, Position, Side, StatusEvent

from .conftest import TALKS
from .plugin import absent

ROOT = Path(__file__).parent.parent
CONTENT = (Side, Issue, Briefing, Position, Compromise, StatusEvent, CompromiseLink, Citation)


def test_the_database_is_the_one_that_was_asked_for(pytestconfig):
    named = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert connection.vendor == (pytestconfig.getoption("database") or named)


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        ([], True),
        (["--database", "postgresql"], True),
        (["--database=sqlite", "-q"], True),
        (["-k", "board"], False),
        (["tests/test_suite.py"], False),
        (["--database", "sqlite", "-n", "3"], False),
    ],
)
def test_only_the_whole_suite_runs_in_parallel(arguments, whole):
    assert is_whole_suite(arguments) == whole


def test_the_command_passes_every_option_on():
    command = [
        sys.executable,
        "manage.py",
        "test",
        __file__,
        "-k",
        "in_parallel and arguments2",
        "--collect-only",
        "-q",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "test_only_the_whole_suite_runs_in_parallel[arguments2-True]" in result.stdout


def test_a_missing_program_skips_here_and_fails_under_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Install it"):
        absent("It is not here. Install it.")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Install it"):
        absent("It is not here. Install it.")


@pytest.mark.postgres
def test_a_throwaway_server_answers_and_leaves_nothing(cluster):
    from .cluster import Cluster

    own = Cluster()
    with psycopg.connect(own.url("postgres")) as session:
        assert session.execute("SHOW fsync").fetchone() == ("off",)
    own.stop()
    assert not own.folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own.url("postgres"))
    psycopg.connect(cluster.url("postgres")).close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["before the tables were emptied", "after"])
def test_the_talks_are_whole_whenever_they_are_asked_for(talks, time):
    document = json.loads(TALKS.read_text())
    assert Position.objects.filter(process=talks).count() == len(document["positions"])
    changeset = talks.changesets.get()
    rows = sum(model.objects.filter(process=talks).count() for model in CONTENT)
    assert changeset.snapshots.count() == 1 + rows
    assert Position.objects.order_by("pk").first().pk >= 1_000_000


def test_what_is_written_after_the_talks_comes_after_them(talks, back_channel):
    assert back_channel.pk > talks.pk
    assert back_channel.changesets.get().pk > talks.changesets.get().pk


def test_two_processes_stand_side_by_side(talks, other_talks):
    assert talks.slug != other_talks.slug
    assert other_talks.changesets.count() == talks.changesets.count() == 1


def test_loading_the_file_again_changes_nothing(talks):
    call_command("load_process", str(TALKS), stdout=StringIO())
    talks.refresh_from_db()
    assert talks.changesets.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "after the tables were emptied"])
def test_tables_are_emptied_but_for_what_django_made(time, django_user_model):
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType

    assert not django_user_model.objects.exists() and not Group.objects.exists()
    assert ContentType.objects.filter(app_label="issues", model="position").count() == 1
    assert Permission.objects.filter(codename="change_position").count() == 1
    Group.objects.create(name="Left behind").permissions.add(Permission.objects.first())
    django_user_model.objects.create_user("left-behind")
