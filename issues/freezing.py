"""Freeze what a page or a table says into a brief, and tell whether every brief is still what was frozen."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from .models import Brief, BriefFile, Changeset, Process
from .models.brief import CODE, CONTENT, Tampered

LARGEST = 2_000_000  # letters that one file takes in the database
File = tuple[str, str, bytes]  # its ending, its media type, its bytes


class TooLarge(Exception):
    """What was to be frozen is more than a brief holds. Nothing was kept."""


@dataclass(frozen=True)
class Frost:
    """What every file of a brief says of it: its code, the hash of its content, and who froze it when."""

    content_hash: str
    frozen_at: datetime
    user_name: str

    @property
    def code(self) -> str:
        return self.content_hash[:CODE]


def freeze(
    process: Process,
    changeset: Changeset,
    content: bytes,
    files: Callable[[Frost], Iterable[File]],
    *,
    user,
    **said,
) -> Brief:
    """Return the brief of some content, which is there already or is kept now with its files.

    `content` is its JSON: the same content is the same brief, whoever freezes it and however often. `files` makes the
    others, and is asked only where the brief is new. `said` are its other columns. Raises TooLarge.
    """
    frost = Frost(hashlib.sha256(content).hexdigest(), timezone.now(), user.get_username())
    if present := find(process, frost.code):
        return present
    rows = [BriefFile.of(*one) for one in [(CONTENT, "application/json", content), *files(frost)]]
    if any(len(one.packed) > LARGEST for one in rows):
        raise TooLarge
    brief = Brief(
        process=process,
        code=frost.code,
        number=changeset.number,
        moment=changeset.moment,
        change_hash=changeset.hash,
        content_hash=frost.content_hash,
        frozen_at=frost.frozen_at,
        user_id=user.pk,
        user_name=frost.user_name,
        **said,
    )
    brief.seal = brief.sealed(rows)
    try:
        with transaction.atomic():
            brief.save(force_insert=True)
            for one in rows:
                one.brief, one.process = brief, process
            BriefFile.objects.bulk_create(rows)
    except IntegrityError:  # frozen at the same moment by someone else, or by a second click
        if (present := find(process, frost.code)) is None:
            raise
        return present
    return brief


def find(process: Process, code: str) -> Brief | None:
    """Return a brief of a process by its code in addresses, or None. One SQL query."""
    found = Brief.objects.filter(process=process, code=code).first()
    if found:
        found.process = process
    return found


def verify(process: Process) -> Iterator[str]:
    """Yield a sentence for every brief of a process that is not what was frozen, or knows a change that is not so."""
    briefs = Brief.objects.filter(process=process).order_by("pk")
    known = Changeset.objects.filter(process=process, number__in=briefs.order_by().values("number"))
    seals = dict(known.values_list("number", "hash"))
    for brief in briefs.iterator(50):
        files = list(brief.files.defer("packed"))
        if brief.sealed(files) != brief.seal or {one.sha256 for one in files if one.ending == CONTENT} != {
            brief.content_hash
        }:
            yield f"Brief {brief.code} was altered after it was frozen."
        if seals.get(brief.number) != brief.change_hash:
            yield f"Brief {brief.code} rests on change {brief.number}, which was another one."
        for one in files:
            try:
                one.data  # noqa: B018 (read for its hash)
            except Tampered:
                yield f"The file {one} of brief {brief.code} was altered after it was frozen."
