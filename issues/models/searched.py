"""What a search looks through: one entry a thing that can be found, and the words of each process.

Both follow from the record: `search.keeping` brings them up to date in the transaction of every change.
"""

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models

from ..analysis import words
from ..choices import Precision, SearchKind, Status
from .base import one_of
from .briefing import Briefing
from .issue import Issue
from .process import Process
from .side import Side

LAST = 16_383  # the last place in a tsvector
GAP = 10  # places between a title and what follows, so that no phrase reaches from one into the other
KNOWN = range(4, words.LONGEST + 1)  # letters of the words that one that is begun, or holds a typing error, may mean


class SearchEntry(models.Model):
    """What a search finds: words in one row of the record, with what they are shown and filtered by.

    It follows from the record, so that it is no part of it, nor of a backup. `since` is the number of the change that
    last wrote what is shown. SQLite looks through `title_words`, `words` and `scope`, PostgreSQL through `vector`.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=SearchKind)
    object_id = models.PositiveBigIntegerField()
    part = models.PositiveSmallIntegerField(default=0, help_text="Of a long stored text.")
    issue = models.ForeignKey(Issue, null=True, on_delete=models.CASCADE, related_name="+")
    side = models.ForeignKey(Side, null=True, on_delete=models.CASCADE, related_name="+")
    briefing = models.ForeignKey(Briefing, null=True, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=20, choices=Status, blank=True)
    day = models.DateField(null=True)
    precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    is_cited = models.BooleanField(null=True)
    editors_only = models.BooleanField(default=False)
    since = models.PositiveBigIntegerField()
    place = models.CharField(max_length=120, help_text="The number or the name in the address of its page.")
    title = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True, help_text="Empty for a stored text, which is read where it stands.")
    title_words = models.CharField(max_length=1000, blank=True)
    words = models.TextField(blank=True)
    scope = models.CharField(max_length=120)
    vector = SearchVectorField(null=True)

    said = ""  # the words to look through, where they are not those of the body
    is_titled = True  # whether the title is its own, and so is looked through
    follows: tuple = ()  # the other rows that it shows something of, as snapshots name them

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [
            one_of("kind", SearchKind),
            one_of("precision", Precision),
            models.UniqueConstraint(fields=["kind", "object_id", "part"], name="searchentry_once"),
        ]

    def __str__(self):
        return f"{self.kind} {self.object_id}"

    def index(self) -> set[str]:
        """Set the columns that are looked through, and return the words that typing errors are measured by."""
        title = words.words(self.title) if self.is_titled else []
        body = words.words(self.said or self.body)
        self.title_words = f" {' '.join(title)} " if title else ""
        scope = [f"{'e' if self.editors_only else 'p'}{self.process_id}", f"k{self.kind}"]
        scope += [f"{letter}{key}" for letter, key in (("i", self.issue_id), ("s", self.side_id)) if key]
        scope += [f"t{self.status.replace('_', '')}"] if self.status else []
        scope += [f"c{int(self.is_cited)}"] if self.is_cited is not None else []
        self.scope = " ".join(scope)
        if connection.vendor == "postgresql":
            self.vector = vector(scope, title, body)
        else:
            self.words = " ".join(body)
        return {word for word in (*title, *body) if len(word) in KNOWN and not word.isdigit()}


class SearchWord(models.Model):
    """A word that stands, or stood, in a process: what one that is begun, or holds a typing error, may mean."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=words.LONGEST)
    initial = models.CharField(max_length=1)
    length = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["process", "word"], name="searchword_once")]
        indexes = [models.Index(fields=["process", "initial", "length"], name="searchword_like")]

    def __str__(self):
        return self.word


def vector(scope: list[str], title: list[str], body: list[str]) -> str:
    """Return words with their places as PostgreSQL writes a tsvector; marks of scope stand without a place."""
    places: dict[str, list[str]] = {}
    for at, word in enumerate(title, start=1):
        places.setdefault(word, []).append(f"{at}A")
    for at, word in enumerate(body, start=len(title) + GAP):
        places.setdefault(word, []).append(str(min(at, LAST)))
    return " ".join([*(f"'={one}'" for one in scope), *(f"'{one}':{','.join(at)}" for one, at in places.items())])
