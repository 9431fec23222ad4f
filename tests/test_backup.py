"""Backing up and restoring: all of it or nothing, whatever the database, and never from a damaged file."""

import io
import json
import os
import stat
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime
from random import Random

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models

from issues import history
from issues.models import Changeset, CompromiseLink, Draft, Invitation, Process, Removal, Snapshot, Task
from issues.safekeeping import archive, manifest, tables

from . import valley
from .conftest import ROOT
from .everyone import keep

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 2, 28, 23, 59, 59, 123456, tzinfo=UTC)


def run(command, *arguments, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    return out.getvalue(), err.getvalue()


def everything():
    """Return all rows of all tables that a backup holds."""
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in tables.held()}


@pytest.fixture(scope="module")
def loaded_process(loaded):
    return loaded(full_house)


@pytest.fixture
def process(loaded_process, db):
    """Return a process with history, and around it a row of every other kind."""
    return loaded_process.restore()


def full_house():
    anna = User.objects.create_user("anna", "anna@example.org", "a long and quiet river", is_staff=True)
    process = valley.create(visibility="members")
    held = valley.hold(process, "hill", "2024-02-01", 0, body="“Ünïcode”, \u2028 <b>tags</b>,\r\nlines")
    valley.retire(valley.hold(process, "plain", "2024-02-01", None))
    valley.cite(held, quote="Grass")
    first, second = (valley.propose(process, n, ("2024-01-05", "suggested")) for n in (1, 2))
    valley.add(CompromiseLink(process=process, source=first, target=second, kind="requires"))
    with history.changeset(process, reason="Say how it was made", user=anna, key="a-form") as door:
        door.update(process, method={"weight": 2.0, "share": 1e-7, "notes": [None, True, "é"], "a": {"b": 10**20}})
    process.memberships.create(user=anna, role="curator")
    keep(process, anna)
    Invitation.objects.create(
        process=process, email="x@example.org", token_hash="x", invited_by=anna, created_at=NOW, expires_at=NOW
    )
    Removal.objects.create(slug="glen", changes=3, last_seal="f" * 64, deleted_at=NOW, removed_at=NOW)
    valley.suggest(held, author=anna)
    Draft.objects.create(process=process, address="/a/", user=anna, typed='{"b": ["c"]}', kept_at=NOW, seen_at=NOW)
    Task.objects.create(process=process, kind="no-source", model="position", object_id=held.pk, claimed_by=anna)
    Authenticator.objects.create(user=anna, type="totp", data={"secret": "s"}, created_at=NOW)
    anna.emailaddress_set.create(email="anna@example.org", verified=True, primary=True)
    group = Group.objects.create(name="Desk")
    group.permissions.add(Permission.objects.get(codename="change_position"))
    anna.groups.add(group)
    anna.user_permissions.add(Permission.objects.get(codename="view_group"))
    LogEntry.objects.create(
        user=anna, content_type=ContentType.objects.get_for_model(Process), object_repr="x", action_flag=ADDITION
    )
    return process


@pytest.fixture
def file(process, tmp_path):
    """Return a backup of all that."""
    path = tmp_path / "valley.zip"
    assert run("backup", path)[1] == ""
    return path


def test_what_was_backed_up_comes_back_to_the_letter_and_nothing_else(process, file, append_only):
    before = everything()
    assert all(before.values()), [label for label, rows in before.items() if not rows]
    valley.create("hollow")
    with history.changeset(process, reason="Change it") as door:
        door.update(process, name="Another")
    User.objects.all().update(password="")
    Session.objects.create(session_key="s", session_data="", expire_date=NOW)
    out, err = run("restore", file, replace=True)
    assert err == "" and everything() == before
    assert "valley: holds: 11 changes" in out and f"SHA-256 {manifest_of(file).content}" in out
    assert User.objects.get().check_password("a long and quiet river")
    assert not Session.objects.exists()
    with pytest.raises(DatabaseError, match="append-only"):
        Changeset.objects.update(reason="Another")
    process.refresh_from_db()
    valley.hold(process, "town", "2024-03-01", 5)  # with the next free key
    assert list(history.verify(process)) == []


def test_it_is_a_zip_file_for_its_owner_alone(file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and os.listdir(file.parent) == [file.name]
    with zipfile.ZipFile(file) as box:
        assert box.testzip() is None
        assert {name.removesuffix(".jsonl") for name in box.namelist()} == {*everything(), "manifest.json"}
    assert "is there already" in run("backup", file)[1]
    assert run("backup", file, force=True)[1] == ""


def test_a_database_that_is_not_empty_is_left_alone(process, file):
    before = everything()
    assert "not empty: it holds" in run("restore", file)[1]
    assert everything() == before


def test_a_new_database_takes_it_and_a_shell_is_told_so(process, file):
    before = everything()
    empty()
    assert run("restore", file)[1] == "" and everything() == before
    assert "cannot be read: No such file" in run("restore", file.with_name("none.zip"))[1]
    assert "cannot be read: Is a directory" in run("restore", file.parent)[1]


def empty():
    for model in reversed(tables.held()):
        model._base_manager.all().delete()


# What is damaged, altered or of another time


@pytest.mark.parametrize("kind", ["flipped", "cut", "longer"])
def test_a_damaged_file_is_refused_and_nothing_written(process, file, kind):
    whole, before, random = file.read_bytes(), everything(), Random(4)
    for place in [0, 1, len(whole) - 1, *random.sample(range(len(whole)), 20)]:
        damaged = bytearray(whole)
        if kind == "flipped":
            damaged[place] ^= 1 << random.randrange(8)
        file.write_bytes({"flipped": damaged, "cut": whole[:place], "longer": whole + whole[: place + 1]}[kind])
        out, err = run("restore", file, replace=True)
        assert not out and err.count("\n") == 0 and ("damaged" in err or "is no backup" in err), (place, err)
    assert everything() == before


def manifest_of(file):
    with archive.reading(file) as box:
        return manifest.read(box.read(archive.MANIFEST))


def rewritten(file, part, change):
    """Write a sound archive anew with one part changed."""
    with zipfile.ZipFile(file) as box:
        texts = {name: box.read(name) for name in box.namelist()}
    texts[part] = change(texts[part])
    with file.open("w+b") as place, archive.writing(place) as box:
        for name, text in texts.items():
            if text is not None:
                box.writestr(name, text)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("issues.Snapshot.jsonl", lambda text: text.replace(b"tags", b"sags")),
        ("issues.Snapshot.jsonl", lambda text: text[: text.rindex(b"\n", 0, -1) + 1]),
        ("issues.Citation.jsonl", lambda text: text.replace(b'"quote"', b'"quota"')),
        ("issues.Citation.jsonl", lambda text: b"no line of JSON\n" + text),
        ("issues.Citation.jsonl", lambda text: text.replace(b'"briefing_id":', b'"briefing_id":9')),
        ("auth.User.jsonl", lambda text: None),
        ("auth.User_user_permissions.jsonl", lambda text: text.replace(b"auth.group", b"auth.troop")),
        ("manifest.json", lambda text: text.replace(b'"content": "', b'"content": "0')),
        ("manifest.json", lambda text: None),
        ("manifest.json", lambda text: b"[]"),
    ],
)
def test_an_altered_part_is_refused_though_the_file_is_sealed(process, file, part, change):
    before = everything()
    rewritten(file, part, change)
    out, err = run("restore", file, replace=True)
    assert not out and err.strip()
    assert everything() == before


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b'"version": 1', b'"version": 2', "has the format 2, and this release reads format 1"),
        (b'"0002_invitation"', b'"0999_to_come"', "of a newer release"),
        (b'"0002_invitation"', b'"0001_initial"', "of an earlier release"),
        (b"peacetracker backup", b"another's backup", "no backup of Peacetracker"),
        (b'"auth.Group"', b'"auth.Troop"', "holds other tables"),
    ],
)
def test_what_is_of_another_time_is_refused(process, file, old, new, sentence):
    rewritten(file, "manifest.json", lambda text: text.replace(old, new))
    assert sentence in run("restore", file, replace=True)[1]


def test_a_migration_that_replaces_others_may_be_named(process, file):
    further = b'"0002_invitation"], ["issues", "0001_squashed_0018_lists_by_choice"'
    rewritten(file, "manifest.json", lambda text: text.replace(b'"0002_invitation"', further))
    before = everything()
    assert run("restore", file, replace=True)[1] == ""
    assert everything() == before


def test_tables_that_wait_for_a_migration_say_so(process, file):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'issues' AND name = '0002_invitation'")
        try:
            assert "Run migrate, then restore it." in run("restore", file, replace=True)[1]
        finally:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('issues', '0002_invitation', %s)", [NOW]
            )


def test_a_record_that_was_tampered_with_is_restored_as_it_was_and_named(process, tmp_path):
    Snapshot.objects.filter(model="side").update(data="{}")
    run("backup", tmp_path / "bad.zip")
    before = everything()
    err = run("restore", tmp_path / "bad.zip", replace=True)[1]
    assert "valley: Change 1 was altered" in err and "do not hold together" in err
    assert everything() == before


# While others write, and elsewhere


def test_a_backup_taken_while_people_write_is_of_one_moment(process, tmp_path, pytestconfig):
    count = 4 if pytestconfig.getoption("long") else 2
    held, ends, failed = valley.hold(process, "town", "2024-02-02", 1), threading.Event(), []

    def write():
        try:
            number = 0
            while not ends.is_set():
                with history.changeset(process, reason="Once more") as door:
                    door.update(held, headline=f"Said {(number := number + 1)} times")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [tmp_path / f"{n}.zip" for n in range(count)]
        begun = Changeset.objects.count()
        assert [run("backup", file)[1] for file in files] == [""] * count
        assert Changeset.objects.count() > begun
    finally:
        ends.set()
        writer.join()
    assert not failed
    for file in files:
        out, err = run("restore", file, replace=True)
        assert err == "" and "valley: holds" in out


ELSEWHERE = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("restore", sys.argv[1])
call_command("backup", sys.argv[2])
from issues import history
from issues.models import Process
process = Process.objects.get()
with history.changeset(process, reason="Go on, with the next free keys") as door:
    door.update(process, name="Elsewhere")
call_command("verify_history")
"""


def test_it_moves_to_the_other_database_and_back(process, file, tmp_path, request):
    elsewhere = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    if connection.vendor == "sqlite":
        elsewhere = request.getfixturevalue("cluster").url("postgres")
    before, back = everything(), tmp_path / "back.zip"
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(file), str(back)],
        env=os.environ | {"DATABASE_URL": elsewhere, "DJANGO_SETTINGS_MODULE": "peacetracker.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert manifest_of(back).content == manifest_of(file).content
    assert manifest_of(back).database != manifest_of(file).database
    assert "valley: holds: 11 changes" in done.stdout
    assert run("restore", back, replace=True)[1] == ""
    assert everything() == before


# What it holds


def test_every_column_is_of_a_kind_that_both_databases_give_back_alike():
    known = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.DateField)
    others = {
        f"{model._meta.label}.{field.name}"
        for model in tables.held()
        for field in tables.columns(model)
        if not isinstance(field, (*known, models.JSONField, models.ForeignKey))
    }
    assert others == set()
    assert {model._meta.label for model in tables.passing()} == tables.PASSING


def test_numbers_in_json_stand_as_any_database_gives_them_back():
    given = {"a": [1e16, 2.0, 1e-7, True, None, {"b": -0.0}]}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CAST(%s AS jsonb)" if connection.vendor == "postgresql" else "SELECT %s", [json.dumps(given)]
        )
        stored = cursor.fetchone()[0]
    assert json.dumps(tables.settled(given)) == json.dumps(tables.settled(json.loads(stored)))
    assert json.dumps(tables.settled(given)) == '{"a": [10000000000000000, 2.0, 1e-07, true, null, {"b": 0.0}]}'
