"""The passage of a briefing that a claim rests on."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import models
from django.db.models import Func, Q

from ..analysis.anchoring import Text
from ..choices import Credibility, Relation
from .base import Content, RecordQuerySet, one_of, out_of
from .briefing import Briefing

COUNTED = ("quote", "prefix", "suffix")
TOGETHER = 100  # rows, or briefings with their texts, at a time
TARGETS = ("position", "compromise", "status_event")
# Of few among many, each with an index of its own. Their values stand in the SQL: SQLite matches no parameter with the
# condition of an index.
UNQUOTED = Q(quote=Func(template="''", output_field=models.TextField()))
UNANCHORED = Q(places=Func(template="0", output_field=models.IntegerField()))
CONTRARY = Q(relation=Func(template=f"'{Relation.CONTRADICTS}'", output_field=models.CharField()))

CITED_BY = 'FROM "issues_citation" AS cited WHERE cited."{}_id" = %(expressions)s AND cited."retired_at" IS NULL'


def exactly_one_target():
    """Return the condition that one of the three targets is set and the two others are not."""
    condition = Q()
    for one in TARGETS:
        condition |= Q(**{f"{name}__isnull": name != one for name in TARGETS})
    return condition


def cut(keys: list[int]) -> list[list[int]]:
    """Return keys in batches."""
    return [keys[at : at + TOGETHER] for at in range(0, len(keys), TOGETHER)]


class CitationQuerySet(RecordQuerySet):
    # Both are written out: nearly every page asks them, and Django takes longer to write than a database to answer.
    def contradicting(self, target, of="pk"):
        """Return the condition that a live citation contradicts a target; `of` names it in the outer row."""
        found = f"EXISTS (SELECT 1 {CITED_BY.format(target)} AND cited.\"relation\" = '{Relation.CONTRADICTS}')"
        return Func(of, template=found, output_field=models.BooleanField())

    def contradicting_step(self):
        """Return the condition that a live citation contradicts a step, or the compromise that it is one of."""
        return self.contradicting("status_event") | self.contradicting("compromise", of="compromise")

    def sources(self, target, of="pk"):
        """Return the expression for the number of briefings that bear out a target; `of` names it in the outer row."""
        cited = f"{CITED_BY.format(target)} AND cited.\"relation\" <> '{Relation.CONTRADICTS}'"
        number = f'(SELECT COUNT(DISTINCT cited."briefing_id") {cited})'
        return Func(of, template=number, output_field=models.IntegerField())

    def recount(self, citations: Iterable["Citation"], briefings: Iterable[Briefing]):
        """Count anew at how many places quotes stand: those of citations just written, and all of changed briefings."""
        written: defaultdict[int, list[Citation]] = defaultdict(list)
        changed = {briefing.pk for briefing in briefings if briefing.version > 1}
        for citation in citations:
            if citation.briefing_id not in changed:
                written[citation.briefing_id].append(citation)
        for keys in cut([*changed, *written]):
            texts = dict(Briefing.objects.filter(pk__in=keys).exclude(text="").values_list("pk", "text"))
            rows = [row for key in keys for row in written[key]]
            rows += self.filter(briefing__in=changed.intersection(keys)).only(
                "briefing_id", "version", "places", *COUNTED
            )
            found: defaultdict[int | None, list[int]] = defaultdict(list)
            prepared = {key: Text(texts[key]) for key in texts}
            for row in rows:
                text = prepared.get(row.briefing_id) if row.quote.strip() else None
                places = len(text.places(*(getattr(row, name) for name in COUNTED), most=2)) if text else None
                # A row that was just made has none; what another was before is not known of one just written.
                if places != row.places or row.version > 1:
                    found[places].append(row.pk)
                row.places = places
            for places, pks in found.items():
                for some in cut(pks):
                    self.filter(pk__in=some).update(places=places)


class Citation(Content):
    position = models.ForeignKey(
        "issues.Position", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="citations"
    )
    compromise = models.ForeignKey(
        "issues.Compromise", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="citations"
    )
    status_event = models.ForeignKey(
        "issues.StatusEvent", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="citations"
    )
    briefing = models.ForeignKey("issues.Briefing", on_delete=models.PROTECT, related_name="citations")
    order = models.PositiveSmallIntegerField(default=1, help_text="[1] in the text means the first citation.")
    relation = models.CharField(max_length=12, choices=Relation, default=Relation.SUPPORTS)
    quote = models.TextField(blank=True, help_text="The exact words. Empty: the document as a whole.")
    prefix = models.CharField(max_length=200, blank=True)
    suffix = models.CharField(max_length=200, blank=True)
    quote_url = models.URLField(max_length=1000, null=True, blank=True, help_text="Where the words were read.")
    locator = models.CharField(max_length=300, blank=True, help_text="Where in the document: page, point, paragraph.")
    credibility = models.CharField(max_length=1, choices=Credibility, default=Credibility.UNJUDGED)
    # At how many places of the briefing's stored text the quote stands: 0, 1, or 2 for several; None where there is no
    # text to look in, or no quote. It follows from the text and the quote, so that no snapshot holds it.
    places = models.PositiveSmallIntegerField(null=True, editable=False)

    objects = CitationQuerySet.as_manager()

    class Meta:
        ordering = ["order", "id"]
        indexes = [
            out_of("citation"),
            # Each row is in one of these three: no plan takes the many without a target for many of one.
            *(
                models.Index(fields=[one], condition=Q(**{f"{one}__isnull": False}), name=f"citation_of_{one}")
                for one in TARGETS
            ),
            models.Index(fields=["process"], condition=UNQUOTED, name="citation_unquoted"),
            models.Index(fields=["process"], condition=UNANCHORED, name="citation_unanchored"),
            models.Index(fields=["process"], condition=CONTRARY, name="citation_contrary"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_target(),
                name="citation_exactly_one_target",
                violation_error_message="A citation backs exactly one claim: a position, a compromise or a step.",
            ),
            one_of("relation", Relation),
            one_of("credibility", Credibility),
        ]

    def __str__(self):
        return self.quote or str(self.briefing)
