"""A frozen brief: what a page or a table said at a moment, as files that stay as they are."""

import hashlib
import json
import zlib
from base64 import b64decode, b64encode

from django.conf import settings
from django.db import models
from django.urls import reverse

from .process import Process
from .saved import LONGEST

CODE = 16  # letters of the content hash that stand in an address
CONTENT = "json"  # the ending of the file whose hash is that of the content


class Brief(models.Model):
    """One frozen brief. Append-only: a database guard refuses to change or delete it.

    `of` says what was frozen, as a path: briefings, dossier, issues/<slug>; `query` its filters. `number`, `moment` and
    `change_hash` are of the last change that it knows of. `content_hash` is the SHA-256 of its JSON file, and `seal`
    that of everything else said here, and of the hashes of all its files.
    """

    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="briefs")
    code = models.CharField(max_length=CODE, help_text="The beginning of the content hash: its name in addresses.")
    title = models.CharField(max_length=400)
    of = models.CharField(max_length=120)
    query = models.CharField(max_length=LONGEST, blank=True)
    number = models.PositiveBigIntegerField()
    moment = models.DateTimeField()
    change_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    # Briefs outlive accounts, as the record of changes does.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    user_name = models.CharField(max_length=150)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["process", "code"], name="brief_once")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("issues:brief-detail", args=[self.process.slug, self.code])

    def sealed(self, files) -> str:
        """Return the seal that fits what stands here and the hashes of the files."""
        said = [self.process_id, self.code, self.title, self.of, self.query, self.number, self.moment.isoformat()]
        said += [self.change_hash, self.content_hash, self.frozen_at.isoformat(), self.user_id, self.user_name]
        said += sorted([one.ending, one.type, one.size, one.sha256] for one in files)
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


class Tampered(Exception):
    """The bytes of a file do not have the hash they had when the brief was frozen."""


class BriefFile(models.Model):
    """One download of a brief, to the byte. Append-only, like its brief."""

    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="files")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=10)
    type = models.CharField(max_length=100, help_text="Its media type.")
    size = models.PositiveIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64)
    # Text, because a backup holds what every database gives back alike.
    packed = models.TextField(help_text="The bytes, deflated and in Base64.")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["brief", "ending"], name="brief_file_once")]

    def __str__(self):
        return f"brief.{self.ending}"

    @classmethod
    def of(cls, ending: str, kind: str, data: bytes) -> "BriefFile":
        """Return an unsaved file."""
        packed = b64encode(zlib.compress(data, 9)).decode("ascii")
        return cls(ending=ending, type=kind, size=len(data), sha256=hashlib.sha256(data).hexdigest(), packed=packed)

    @property
    def data(self) -> bytes:
        """Return the bytes; raise Tampered if they are not what was frozen."""
        try:
            found = zlib.decompress(b64decode(self.packed, validate=True))
        except (ValueError, zlib.error):
            raise Tampered from None
        if hashlib.sha256(found).hexdigest() != self.sha256:
            raise Tampered
        return found
