"""A backup of the first release comes into the present: every row, revision and seal as it was."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

from issues import history
from issues.models import Citation, CompromiseLink
from issues.safekeeping import archive, tables

from . import valley
from .conftest import ROOT
from .test_backup import manifest_of

FIRST = ("issues", "0001_initial")
HERE = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("restore", sys.argv[1])
call_command("backup", sys.argv[2])

from django.db import connection
connection.close()
connection.settings_dict["NAME"] = sys.argv[3]
call_command("migrate", verbosity=0)
"""


def as_the_first_release_made_it(file, older):
    """Write a backup again as that release would have: with its tables, its columns and its migrations."""
    nodes = [node for node in manifest_of(file).migrations if node[0] != "issues" or node == FIRST]
    models = tables.held(tables.steps().project_state(nodes).apps)
    parts = []
    with zipfile.ZipFile(file) as given, older.open("w+b") as place, archive.writing(place) as box:
        for model in models:
            names = {field.attname for field in tables.columns(model)}
            with given.open(archive.part(model._meta.label)) as lines:
                rows = [{name: value for name, value in json.loads(line).items() if name in names} for line in lines]
            texts = [
                json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
                for row in rows
            ]
            parts.append(tables.measured(model, iter(texts), lambda line: None))
            box.writestr(archive.part(model._meta.label), b"".join(texts))
        first = replace(manifest_of(file), migrations=nodes, parts=parts, content=tables.content(parts))
        box.writestr(archive.MANIFEST, first.as_json())


def made_of(file):
    """Return the tables, indexes and triggers of a SQLite file by name, each as its parts in no order.

    Columns that a migration alters change their place, which nothing asks for.
    """
    with closing(sqlite3.connect(file)) as opened:
        made = opened.execute("SELECT name, sql FROM sqlite_master WHERE sql > ''")
        return {name: sorted(sql.split(", ")) for name, sql in made}


def test_one_migration_comes_to_the_same_as_those_it_replaces():
    one, several = MigrationLoader(None), tables.steps()
    assert len(one.graph.nodes) < len(several.graph.nodes)
    was, is_now = several.project_state(), one.project_state()
    assert not MigrationAutodetector(was, is_now).changes(several.graph)
    assert not MigrationAutodetector(is_now, was).changes(one.graph)


@pytest.mark.django_db
def test_a_backup_names_every_step_whichever_way_its_tables_were_made():
    steps = {node for node in tables.steps().graph.nodes if node[0] == "issues"}
    assert FIRST in steps
    assert {node for node in tables.migrations() if node[0] == "issues"} == steps


@pytest.mark.django_db(transaction=True)
def test_the_first_release_comes_into_the_present(django_user_model, tmp_path):
    anna = django_user_model.objects.create_user("anna", "anna@example.org", "a long and quiet river")
    process = valley.create()
    process.memberships.create(user=anna, role="analyst")
    valley.add(valley.briefing(process, "letter", "2024-01-09", text="They share the well. They share the road."))
    held = valley.hold(process, "hill", "2024-02-01", 40)
    quoted = valley.cite(held, "letter", quote="They share")
    first, second = (valley.propose(process, n, ("2024-01-05", "suggested")) for n in (1, 2))
    valley.add(CompromiseLink(process=process, source=first, target=second, kind="requires"))
    with history.changeset(process, reason="Correct it", user=anna) as door:
        door.update(held, headline="They ask for less")
    valley.retire(quoted)
    assert Citation.objects.get().places == 2
    last = process.changesets.first()  # a member of an earlier release has seen all that stands there
    process.memberships.update(seen_number=last.number, seen_at=last.moment)
    now, first, then = (tmp_path / name for name in ("now.zip", "first.zip", "then.zip"))
    call_command("backup", str(now), stdout=io.StringIO())
    as_the_first_release_made_it(now, first)
    with pytest.raises(CommandError, match=r"of an earlier release.* before issues\.0002_invitation"):
        call_command("restore", str(first), replace=True)
    done = subprocess.run(
        [sys.executable, "-c", HERE, str(first), str(then), str(tmp_path / "empty.sqlite3")],
        env=os.environ
        | {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.sqlite3'}", "DJANGO_SETTINGS_MODULE": "peacetracker.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "valley: holds: 11 changes" in done.stdout
    old, new = ({part.table: part for part in manifest_of(file).parts} for file in (then, now))
    assert [old[table] for table in new] == list(new.values())
    # One went through all migrations, the other begins with the one that replaces them.
    assert made_of(tmp_path / "new.sqlite3") == made_of(tmp_path / "empty.sqlite3")
