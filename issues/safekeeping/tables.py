"""Which tables a backup holds, and a row as a line of text: the same line whatever the database."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# Django makes these with the tables, with keys that differ from one database to the next. Rows that point to them do
# so by name.
MADE_BY_DJANGO = {"contenttypes.ContentType": ("app_label", "model"), "auth.Permission": ("codename",)}
# What nobody misses after a restore: who is signed in where, links in e-mails that end within days, files that were
# brought to be looked at, and what searches look through, which `migrate` makes anew. Nor tokens: one that was revoked
# must not open anything again because an older backup was restored.
PASSING = {
    "issues.Import",
    "issues.SearchEntry",
    "issues.SearchWord",
    "issues.Tally",
    "issues.Token",
    "sessions.Session",
    "usersessions.UserSession",
    "account.EmailConfirmation",
}
CHUNK = 200  # rows read at a time: of documents with a text of a megabyte each, too


@dataclass(frozen=True)
class Part:
    """The rows of one table: their number, and the SHA-256 of their lines."""

    table: str
    rows: int
    sha256: str


def held(apps: Apps = apps) -> list[type[models.Model]]:
    """Return the models whose rows a backup holds, each after those that it points to; all but those named above.

    `apps` may be those of an earlier release, as its migrations know them.
    """
    found = {
        model: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label not in {*PASSING, *MADE_BY_DJANGO}
    }
    targets = {
        model: {field.related_model for field in columns(model) if field.is_relation and field.related_model in found}
        - {model}
        for model in sorted(found, key=lambda model: model._meta.label)
    }
    return list(TopologicalSorter(targets).static_order())


def passing() -> list[type[models.Model]]:
    """Return the models whose rows end with the database, each before those that it points to."""
    return [apps.get_model(label) for label in sorted(PASSING, reverse=True)]


def columns(model: type[models.Model]) -> list[Any]:
    """Return the fields of a model that are stored as they are given."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def lines(model: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> Iterator[bytes]:
    """Yield the rows of a table in the order of their keys, each as one line of canonical JSON. One SQL query."""
    fields = columns(model)
    names = [field.attname for field in fields]
    lookups = {i: named(field, using) for i, field in enumerate(fields) if by_name(field)}
    loose = [i for i, field in enumerate(fields) if isinstance(field, models.JSONField)]
    for row in model._base_manager.using(using).order_by("pk").values_list(*names).iterator(CHUNK):
        if lookups or loose:
            row = list(row)
            for i, lookup in lookups.items():
                row[i] = lookup.get(row[i])
            for i in loose:
                row[i] = settled(row[i])
        yield (
            json.dumps(
                dict(zip(names, row, strict=True)),
                sort_keys=True,
                separators=(",", ":"),
                ensure_ascii=False,
                default=in_iso,
            ).encode()
            + b"\n"
        )


def reader(model: type[models.Model]) -> Callable[[bytes], list]:
    """Return the function that turns a line back into the values of the columns, as this database takes them.

    It raises ValueError, KeyError or ValidationError for a line that is none.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    fields = columns(model)
    keys = {
        field: {name: key for key, name in named(field, DEFAULT_DB_ALIAS).items()} for field in fields if by_name(field)
    }

    def read(line: bytes) -> list:
        row, values = json.loads(line), []
        if row.keys() != {field.attname for field in fields}:
            raise ValueError(f"a row of {model._meta.label} has other columns")
        for field in fields:
            value = row[field.attname]
            if field in keys and value is not None:
                value = keys[field][value]
            clean = (field.target_field if field.is_relation else field).to_python(value)
            values.append(field.get_db_prep_save(clean, connection))
        return values

    return read


def by_name(field) -> bool:
    """Tell whether a field points to a row that Django makes."""
    return field.is_relation and field.related_model._meta.label in MADE_BY_DJANGO


def named(field, using: str) -> dict[Any, str]:
    """Return {key: name} of the rows that Django made and that a field may point to."""
    target = field.related_model
    paths = list(MADE_BY_DJANGO[target._meta.label])
    if target._meta.label == "auth.Permission":
        paths = ["content_type__app_label", "content_type__model", *paths]
    rows = target._base_manager.using(using).values_list("pk", *paths)
    return {key: ".".join(names) for key, *names in rows}


def settled(value: Any) -> Any:
    """Return a JSON value as every database gives it back: PostgreSQL keeps no exponent, and no sign of a zero."""
    if isinstance(value, dict):
        return {name: settled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [settled(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and (value == 0 or "e" in repr(value)):
        return int(value) or 0.0
    return value


def in_iso(value: object) -> str:
    """Return a moment or a day as text."""
    if not isinstance(value, date | time):
        raise TypeError(f"A backup cannot hold a {type(value).__name__}.")
    return value.isoformat()


def measured(model: type[models.Model], found: Iterator[bytes], sink: Callable[[bytes], object]) -> Part:
    """Pass the lines of a table on to a sink, and return what they are."""
    digest, rows = hashlib.sha256(), 0
    for line in found:
        digest.update(line)
        rows += 1
        sink(line)
    return Part(model._meta.label, rows, digest.hexdigest())


def content(parts: list[Part]) -> str:
    """Return the hash of the whole content: the SHA-256, in hexadecimal, of the parts in the order of their names."""
    listed = sorted((part.table, part.rows, part.sha256) for part in parts)
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def migrations(using: str = DEFAULT_DB_ALIAS) -> set[tuple[str, str]]:
    """Return the migrations that made the tables of a database that a backup holds: (application, name).

    One that replaces several is not named, but each of those, which Django counts as applied with it. So a backup says
    the same whichever way its tables were made, and releases that know only the several can read it.
    """
    applications = {model._meta.app_label for model in held()}
    applied = MigrationRecorder(connections[using]).applied_migrations()
    return {node for node in applied.keys() - steps().replacements.keys() if node[0] in applications}


def steps(connection: BaseDatabaseWrapper | None = None) -> MigrationLoader:
    """Return what knows the migrations one by one, as releases brought them, without those that replace several."""
    loader = MigrationLoader(connection, replace_migrations=False)
    for node, migration in loader.replacements.items():
        loader.graph.remove_replacement_node(node, migration.replaces)
    return loader
