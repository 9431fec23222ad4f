"""Make the tables at once as the eighteen migrations that this one replaces leave them.

Django takes it where none of the eighteen was applied, and counts them as applied then; a database that stopped at one
of them goes on with the next. What they did to rows of their time is not here, because there are none.

Constraints and indexes stand where their table is made: SQLite copies a table for each one that is added later. Columns
stand in the order in which they came.
"""

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.core.management import call_command
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils import timezone

from issues.models import rules

PROCESS_STATUSES = [("open", "Open"), ("paused", "Paused"), ("closed", "Closed")]
VISIBILITIES = [("public", "Public"), ("members", "Members only")]
PRECISIONS = [("day", "Day"), ("month", "Month"), ("year", "Year")]
BRIEFING_KINDS = [
    ("analysis", "Analysis"),
    ("official_statement", "Official statement"),
    ("treaty_text", "Treaty text"),
    ("news", "News"),
]
RELIABILITIES = [
    ("A", "A, completely reliable"),
    ("B", "B, usually reliable"),
    ("C", "C, fairly reliable"),
    ("D", "D, not usually reliable"),
    ("E", "E, unreliable"),
    ("F", "F, cannot be judged"),
]
READINGS = [("whole", "Read whole"), ("part", "Read in part"), ("report", "Known by report"), ("not_read", "Not read")]
ROLES = [("reader", "Reader"), ("analyst", "Analyst"), ("curator", "Curator")]
CHANGE_KINDS = [("", "The record"), ("people", "Who takes part")]
SIDE_ROLES = [("principal", "Principal"), ("party", "Party"), ("stakeholder", "Stakeholder"), ("mediator", "Mediator")]
MARKERS = [
    ("circle", "Circle"),
    ("square", "Square"),
    ("diamond", "Diamond"),
    ("triangle", "Triangle"),
    ("hexagon", "Hexagon"),
    ("plus", "Plus"),
    ("star", "Star"),
    ("inverted_triangle", "Inverted triangle"),
]
COMMITMENTS = [
    ("leak", "Leak"),
    ("spokesperson", "Spokesperson"),
    ("leader_statement", "Leader’s statement"),
    ("formal_proposal", "Formal proposal"),
    ("signed_text", "Signed text"),
    ("law", "Law"),
]
CONFIDENCES = [("high", "High"), ("moderate", "Moderate"), ("low", "Low"), ("unassessed", "Unassessed")]
LINK_KINDS = [
    ("requires", "Requires"),
    ("excludes", "Excludes"),
    ("in_exchange_for", "In exchange for"),
    ("follows", "Follows"),
]
LINK_BASES = [("source", "A source says so"), ("logic", "It follows from the two texts")]
STATUSES = [
    ("suggested", "Suggested"),
    ("signalled", "Signalled"),
    ("offered", "Offered"),
    ("agreed_in_principle", "Agreed in principle"),
    ("adopted", "Adopted"),
    ("in_force", "In force"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("superseded", "Superseded"),
    ("lapsed", "Lapsed"),
]
IMPLEMENTATIONS = [("0", "Not initiated"), ("1", "Minimal"), ("2", "Intermediate"), ("3", "Full")]
RELATIONS = [("supports", "Supports"), ("contradicts", "Contradicts"), ("context", "Context")]
CREDIBILITIES = [
    ("1", "1, confirmed by other sources"),
    ("2", "2, probably true"),
    ("3", "3, possibly true"),
    ("4", "4, doubtful"),
    ("5", "5, improbable"),
    ("6", "6, cannot be judged"),
]
SUGGESTION_STATES = [
    ("pending", "Waiting"),
    ("accepted", "Accepted"),
    ("declined", "Declined"),
    ("withdrawn", "Withdrawn"),
]
TASK_KINDS = [
    ("no-position", "No position"),
    ("no-source", "No source"),
    ("single-source", "A single source"),
    ("one-sided", "Only one side’s media"),
    ("contested", "Contested"),
    ("no-test", "No test sentence"),
    ("unsure", "Low or no confidence"),
    ("unplaced", "Not on the scale"),
    ("no-quote", "No quote"),
    ("unanchored", "Quote not in the text"),
    ("dead-link", "Dead link"),
    ("stale", "Not checked lately"),
]
SEARCH_KINDS = [
    ("issue", "Issues"),
    ("position", "Positions"),
    ("compromise", "Compromises"),
    ("step", "Steps"),
    ("quote", "Quotes"),
    ("briefing", "Briefings"),
    ("text", "Stored texts"),
    ("change", "Changes"),
]
SCOPES = [("read", "Read"), ("write", "Read and write")]
PAGES = [
    ("board", "Board"),
    ("timeline", "Timeline"),
    ("compromises", "Compromises"),
    ("briefings", "Briefings"),
    ("changes", "History"),
    ("search", "Search"),
    ("upkeep", "Upkeep"),
]


def columns(**fields):
    """Return fields as CreateModel takes them."""
    return list(fields.items())


def numbered(**fields):
    """Return the number of a row, and its own columns."""
    return columns(
        id=models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"), **fields
    )


def of_the_record(**fields):
    """Return the columns that every row of the record begins with, and its own."""
    return numbered(
        version=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        created_at=models.DateTimeField(db_default=Now(), editable=False),
        updated_at=models.DateTimeField(db_default=Now(), editable=False),
        retired_at=models.DateTimeField(editable=False, null=True),
        retired_reason=models.TextField(blank=True, editable=False),
        **fields,
    )


def known(field, choices, name):
    """Return the constraint that a column holds one of its choices."""
    return CheckConstraint(condition=Q((f"{field}__in", [value for value, _ in choices])), name=name)


def retired(model):
    """Return the index of the few rows that were taken out."""
    return Index(
        condition=Q(retired_at__isnull=False), fields=["process", "-retired_at", "-id"], name=f"{model}_retired"
    )


def make_cache(apps, schema_editor):
    """Make the table of the cache that all workers share (settings, CACHES)."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop_cache(apps, schema_editor):
    schema_editor.execute("DROP TABLE shared_cache")


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("issues", "0001_initial"),
        ("issues", "0002_invitation"),
        ("issues", "0003_shared_cache"),
        ("issues", "0004_draft"),
        ("issues", "0005_citation_places"),
        ("issues", "0006_import"),
        ("issues", "0007_review"),
        ("issues", "0008_task"),
        ("issues", "0009_closed_and_suspended"),
        ("issues", "0010_briefing_merged_into_process_own_rules"),
        ("issues", "0011_changes_of_people"),
        ("issues", "0012_search"),
        ("issues", "0013_token"),
        ("issues", "0014_rows_of_few"),
        ("issues", "0015_draft_without_process"),
        ("issues", "0016_suggestion_withdrawn"),
        ("issues", "0017_views_and_briefs"),
        ("issues", "0018_lists_by_choice"),
    ]
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Process",
            fields=of_the_record(
                slug=models.SlugField(max_length=80, unique=True),
                name=models.CharField(max_length=200),
                short_name=models.CharField(blank=True, max_length=60),
                question=models.CharField(max_length=300),
                summary=models.TextField(blank=True),
                started_on=models.DateField(),
                ended_on=models.DateField(blank=True, null=True),
                status=models.CharField(choices=PROCESS_STATUSES, default="open", max_length=10),
                visibility=models.CharField(choices=VISIBILITIES, default="members", max_length=10),
                stalled_after_days=models.PositiveIntegerField(
                    default=180,
                    help_text="A compromise without a step for this many days counts as stalled.",
                    validators=[MinValueValidator(1)],
                ),
                provenance=models.TextField(blank=True, help_text="For curators: where the facts were verified."),
                method=models.JSONField(
                    blank=True, default=dict, help_text="How the record was made: the document’s `meta`."
                ),
                later_sections=models.JSONField(blank=True, default=dict, editable=False),
                content_version=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
                asks_review=models.BooleanField(
                    default=False,
                    help_text="What analysts save waits as a suggestion until a curator accepts it.",
                    verbose_name="changes are reviewed",
                ),
                archived_at=models.DateTimeField(editable=False, help_text="Closed to changes since.", null=True),
                own_rules=models.JSONField(blank=True, default=dict, editable=False, validators=[rules.check]),
            ),
            options={
                "verbose_name_plural": "processes",
                "ordering": ["name"],
                "constraints": [
                    known("status", PROCESS_STATUSES, "process_status_known"),
                    known("visibility", VISIBILITIES, "process_visibility_known"),
                    CheckConstraint(
                        condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="process_ends_after_start"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Briefing",
            fields=of_the_record(
                precision=models.CharField(choices=PRECISIONS, default="day", max_length=5),
                slug=models.SlugField(max_length=120),
                published_on=models.DateField(),
                kind=models.CharField(choices=BRIEFING_KINDS, max_length=20),
                title=models.CharField(max_length=300),
                author=models.CharField(blank=True, max_length=200),
                publisher=models.CharField(blank=True, max_length=300),
                url=models.URLField(blank=True, max_length=1000, null=True),
                other_urls=models.JSONField(blank=True, default=list),
                archived_url=models.URLField(blank=True, max_length=1000, null=True),
                language=models.CharField(
                    default="en", help_text="A language tag, such as en, uk or ru.", max_length=12
                ),
                abstract=models.TextField(blank=True),
                text=models.TextField(blank=True, help_text="The document’s own words, where they may be kept."),
                text_sha256=models.CharField(blank=True, editable=False, max_length=64),
                reliability=models.CharField(choices=RELIABILITIES, default="F", max_length=1),
                reliability_reason=models.TextField(blank=True),
                read_as=models.CharField(choices=READINGS, default="not_read", max_length=10),
                reading_note=models.TextField(blank=True),
                provenance=models.TextField(blank=True),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
                merged_into=models.ForeignKey(
                    "issues.briefing", models.PROTECT, editable=False, null=True, related_name="+"
                ),
            ),
            options={
                "ordering": ["-published_on", "-id"],
                "indexes": [
                    Index(fields=["process", "-published_on", "-id"], name="briefing_newest"),
                    Index(fields=["process", "title", "id"], name="briefing_title"),
                    retired("briefing"),
                ],
                "constraints": [
                    UniqueConstraint(fields=("process", "slug"), name="briefing_slug_once"),
                    known("kind", BRIEFING_KINDS, "briefing_kind_known"),
                    known("precision", PRECISIONS, "briefing_precision_known"),
                    known("reliability", RELIABILITIES, "briefing_reliability_known"),
                    known("read_as", READINGS, "briefing_read_as_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Issue",
            fields=of_the_record(
                slug=models.SlugField(max_length=80),
                order=models.PositiveSmallIntegerField(),
                title=models.CharField(max_length=120),
                question=models.CharField(blank=True, max_length=300),
                summary=models.TextField(blank=True),
                scale_low=models.CharField(help_text="What 0 means.", max_length=120),
                scale_high=models.CharField(help_text="What 100 means.", max_length=120),
                scale_question=models.CharField(blank=True, max_length=300),
                scale_anchors=models.JSONField(
                    blank=True, default=list, help_text="A list of {“at”: 0–100, “label”: text}."
                ),
                not_listed=models.TextField(blank=True, help_text="What the scale leaves out, and why."),
                provenance=models.TextField(blank=True),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
            ),
            options={
                "ordering": ["process", "order", "id"],
                "constraints": [UniqueConstraint(fields=("process", "slug"), name="issue_slug_once")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=numbered(
                role=models.CharField(choices=ROLES, default="reader", max_length=10),
                user=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships"),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="memberships"),
                suspended_at=models.DateTimeField(editable=False, help_text="Counts as no member since.", null=True),
                seen_at=models.DateTimeField(editable=False, null=True),
                seen_number=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
            ),
            options={
                "ordering": ["process", "user"],
                "constraints": [
                    known("role", ROLES, "membership_role_known"),
                    UniqueConstraint(fields=("process", "user"), name="membership_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="process",
            name="members",
            field=models.ManyToManyField(
                related_name="processes", through="issues.Membership", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="Changeset",
            fields=numbered(
                number=models.PositiveBigIntegerField(help_text="The process’s content version after this write."),
                moment=models.DateTimeField(),
                reason=models.CharField(max_length=500),
                user_name=models.CharField(blank=True, help_text="Empty: written from a shell.", max_length=150),
                idempotency_key=models.CharField(max_length=64, null=True, unique=True),
                previous_hash=models.CharField(blank=True, max_length=64),
                hash=models.CharField(max_length=64),
                user=models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.DO_NOTHING,
                    db_constraint=False,
                    null=True,
                    related_name="changesets",
                ),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="changesets"),
                accepted_by=models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
                ),
                accepted_by_name=models.CharField(blank=True, max_length=150),
                kind=models.CharField(blank=True, choices=CHANGE_KINDS, default="", max_length=10),
            ),
            options={
                "ordering": ["-id"],
                "indexes": [
                    Index(fields=["process", "moment"], name="changeset_moment"),
                    Index(condition=~Q(kind=""), fields=["process", "number"], name="changeset_of_people"),
                ],
                "constraints": [
                    UniqueConstraint(fields=("process", "number"), name="changeset_in_sequence"),
                    CheckConstraint(condition=~Q(reason=""), name="changeset_has_reason"),
                    known("kind", CHANGE_KINDS, "changeset_kind_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Side",
            fields=of_the_record(
                slug=models.SlugField(max_length=80),
                name=models.CharField(max_length=120),
                short_label=models.CharField(max_length=20),
                role=models.CharField(choices=SIDE_ROLES, max_length=12),
                order=models.PositiveSmallIntegerField(),
                note=models.TextField(blank=True),
                marker=models.CharField(choices=MARKERS, max_length=20),
                colour=models.PositiveSmallIntegerField(
                    help_text="1 to 8: a colour of the palette.",
                    validators=[MinValueValidator(1), MaxValueValidator(8)],
                ),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
            ),
            options={
                "ordering": ["process", "order", "id"],
                "constraints": [
                    UniqueConstraint(fields=("process", "slug"), name="side_slug_once"),
                    UniqueConstraint(fields=("process", "marker"), name="side_marker_once"),
                    known("role", SIDE_ROLES, "side_role_known"),
                    known("marker", MARKERS, "side_marker_known"),
                    CheckConstraint(condition=Q(colour__range=(1, 8)), name="side_colour_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=numbered(
                model=models.CharField(help_text="The model’s name in small letters: position.", max_length=20),
                object_id=models.PositiveBigIntegerField(),
                version=models.PositiveIntegerField(),
                data=models.TextField(
                    help_text="The row’s columns as JSON, with sorted names and without white space."
                ),
                changeset=models.ForeignKey("issues.changeset", models.PROTECT, related_name="snapshots"),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
            ),
            options={
                "ordering": ["id"],
                "indexes": [Index(fields=["process", "model", "object_id", "-changeset"], name="snapshot_latest")],
                "constraints": [UniqueConstraint(fields=("changeset", "model", "object_id"), name="snapshot_once")],
            },
        ),
        migrations.CreateModel(
            name="Compromise",
            fields=of_the_record(
                number=models.PositiveIntegerField(help_text="C12: never changes.", validators=[MinValueValidator(1)]),
                slug=models.SlugField(max_length=120),
                headline=models.CharField(max_length=200),
                body=models.TextField(blank=True),
                test_sentence=models.TextField(blank=True, help_text="Which observable fact would count as adopted?"),
                origin=models.CharField(blank=True, max_length=60),
                provenance=models.TextField(blank=True),
                issue=models.ForeignKey("issues.issue", models.PROTECT, related_name="compromises"),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
                side=models.ForeignKey("issues.side", models.PROTECT, related_name="compromises"),
            ),
            options={
                "ordering": ["process", "number"],
                "indexes": [Index(fields=["issue", "side", "number"], name="compromise_cell"), retired("compromise")],
                "constraints": [
                    UniqueConstraint(fields=("process", "number"), name="compromise_number_once"),
                    UniqueConstraint(fields=("process", "slug"), name="compromise_slug_once"),
                    CheckConstraint(condition=Q(number__gte=1), name="compromise_number_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=of_the_record(
                precision=models.CharField(choices=PRECISIONS, default="day", max_length=5),
                slug=models.SlugField(max_length=120),
                held_from=models.DateField(),
                held_from_note=models.TextField(blank=True),
                headline=models.CharField(max_length=200),
                body=models.TextField(blank=True),
                placement=models.PositiveSmallIntegerField(
                    blank=True,
                    help_text="0 to 100 on the issue’s scale; empty where the position says nothing about it.",
                    null=True,
                    validators=[MinValueValidator(0), MaxValueValidator(100)],
                ),
                placement_note=models.TextField(blank=True),
                commitment=models.CharField(choices=COMMITMENTS, max_length=20),
                commitment_note=models.TextField(blank=True),
                confidence=models.CharField(choices=CONFIDENCES, default="unassessed", max_length=10),
                provenance=models.TextField(blank=True),
                issue=models.ForeignKey("issues.issue", models.PROTECT, related_name="positions"),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
                side=models.ForeignKey("issues.side", models.PROTECT, related_name="positions"),
            ),
            options={
                "ordering": ["-held_from", "-id"],
                "indexes": [
                    Index(fields=["issue", "side", "-held_from", "-id"], name="position_latest"),
                    Index(fields=["process", "-held_from", "-id"], name="position_newest"),
                    retired("position"),
                    Index(fields=["process", "commitment", "-held_from", "-id"], name="position_by_commitment"),
                    Index(fields=["process", "confidence", "-held_from", "-id"], name="position_by_confidence"),
                ],
                "constraints": [
                    UniqueConstraint(fields=("process", "slug"), name="position_slug_once"),
                    CheckConstraint(
                        condition=Q(placement__isnull=True) | Q(placement__range=(0, 100)),
                        name="position_placement_on_scale",
                    ),
                    known("commitment", COMMITMENTS, "position_commitment_known"),
                    known("confidence", CONFIDENCES, "position_confidence_known"),
                    known("precision", PRECISIONS, "position_precision_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompromiseLink",
            fields=of_the_record(
                kind=models.CharField(choices=LINK_KINDS, max_length=20),
                basis=models.CharField(choices=LINK_BASES, default="source", max_length=10),
                reason=models.TextField(blank=True),
                briefing=models.ForeignKey(
                    "issues.briefing", models.PROTECT, blank=True, null=True, related_name="compromise_links"
                ),
                source=models.ForeignKey("issues.compromise", models.PROTECT, related_name="links_out"),
                target=models.ForeignKey("issues.compromise", models.PROTECT, related_name="links_in"),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
            ),
            options={
                "ordering": ["source", "kind", "id"],
                "indexes": [retired("compromiselink")],
                "constraints": [
                    known("kind", LINK_KINDS, "compromiselink_kind_known"),
                    known("basis", LINK_BASES, "compromiselink_basis_known"),
                    UniqueConstraint(fields=("source", "target", "kind"), name="compromiselink_once"),
                    CheckConstraint(condition=~Q(source=F("target")), name="compromiselink_two_ends"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatusEvent",
            fields=of_the_record(
                precision=models.CharField(choices=PRECISIONS, default="day", max_length=5),
                status=models.CharField(choices=STATUSES, max_length=20),
                occurred_on=models.DateField(),
                note=models.TextField(blank=True),
                implementation=models.CharField(blank=True, choices=IMPLEMENTATIONS, max_length=1, null=True),
                briefing=models.ForeignKey(
                    "issues.briefing", models.PROTECT, blank=True, null=True, related_name="status_events"
                ),
                compromise=models.ForeignKey("issues.compromise", models.PROTECT, related_name="status_events"),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
                rejected_by=models.ForeignKey(
                    "issues.side", models.PROTECT, blank=True, null=True, related_name="rejections"
                ),
                superseded_by=models.ForeignKey(
                    "issues.compromise", models.PROTECT, blank=True, null=True, related_name="supersedes"
                ),
            ),
            options={
                "ordering": ["compromise", "occurred_on", "id"],
                "indexes": [
                    Index(fields=["compromise", "-occurred_on", "-id"], name="statusevent_latest"),
                    Index(fields=["process", "-occurred_on", "-id"], name="statusevent_newest"),
                    retired("statusevent"),
                    Index(fields=["process", "status", "-occurred_on", "-id"], name="statusevent_by_status"),
                ],
                "constraints": [
                    known("status", STATUSES, "statusevent_status_known"),
                    known("precision", PRECISIONS, "statusevent_precision_known"),
                    CheckConstraint(
                        condition=Q(status="suggested") | Q(briefing__isnull=False),
                        name="statusevent_has_briefing",
                        violation_error_message="Every step after “suggested” needs the briefing it rests on.",
                    ),
                    CheckConstraint(
                        condition=Q(rejected_by__isnull=False, status="rejected")
                        | ~Q(status="rejected") & Q(rejected_by__isnull=True),
                        name="statusevent_rejected_by_side",
                        violation_error_message="A rejection names the side that refused, and nothing else does.",
                    ),
                    CheckConstraint(
                        condition=Q(superseded_by__isnull=True) | Q(status="superseded"),
                        name="statusevent_superseded_by",
                        violation_error_message="Only a superseded compromise names its successor.",
                    ),
                    CheckConstraint(
                        condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=F("compromise")),
                        name="statusevent_superseded_by_other",
                        violation_error_message="A compromise cannot supersede itself.",
                    ),
                    CheckConstraint(
                        condition=Q(implementation__isnull=True)
                        | Q(implementation__in=["0", "1", "2", "3"], status__in=("adopted", "in_force")),
                        name="statusevent_implementation",
                        violation_error_message="Implementation is recorded from “adopted” on.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Citation",
            fields=of_the_record(
                order=models.PositiveSmallIntegerField(
                    default=1, help_text="[1] in the text means the first citation."
                ),
                relation=models.CharField(choices=RELATIONS, default="supports", max_length=12),
                quote=models.TextField(blank=True, help_text="The exact words. Empty: the document as a whole."),
                prefix=models.CharField(blank=True, max_length=200),
                suffix=models.CharField(blank=True, max_length=200),
                quote_url=models.URLField(
                    blank=True, help_text="Where the words were read.", max_length=1000, null=True
                ),
                locator=models.CharField(
                    blank=True, help_text="Where in the document: page, point, paragraph.", max_length=300
                ),
                credibility=models.CharField(choices=CREDIBILITIES, default="6", max_length=1),
                briefing=models.ForeignKey("issues.briefing", models.PROTECT, related_name="citations"),
                compromise=models.ForeignKey(
                    "issues.compromise", models.PROTECT, blank=True, db_index=False, null=True, related_name="citations"
                ),
                position=models.ForeignKey(
                    "issues.position", models.PROTECT, blank=True, db_index=False, null=True, related_name="citations"
                ),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
                status_event=models.ForeignKey(
                    "issues.statusevent",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="citations",
                ),
                places=models.PositiveSmallIntegerField(editable=False, null=True),
            ),
            options={
                "ordering": ["order", "id"],
                "indexes": [
                    retired("citation"),
                    Index(condition=Q(position__isnull=False), fields=["position"], name="citation_of_position"),
                    Index(condition=Q(compromise__isnull=False), fields=["compromise"], name="citation_of_compromise"),
                    Index(
                        condition=Q(status_event__isnull=False),
                        fields=["status_event"],
                        name="citation_of_status_event",
                    ),
                    Index(
                        condition=Q(quote=models.Func(output_field=models.TextField(), template="''")),
                        fields=["process"],
                        name="citation_unquoted",
                    ),
                    Index(
                        condition=Q(places=models.Func(output_field=models.IntegerField(), template="0")),
                        fields=["process"],
                        name="citation_unanchored",
                    ),
                    Index(
                        condition=Q(relation=models.Func(output_field=models.CharField(), template="'contradicts'")),
                        fields=["process"],
                        name="citation_contrary",
                    ),
                ],
                "constraints": [
                    CheckConstraint(
                        condition=Q(compromise__isnull=True, position__isnull=False, status_event__isnull=True)
                        | Q(compromise__isnull=False, position__isnull=True, status_event__isnull=True)
                        | Q(compromise__isnull=True, position__isnull=True, status_event__isnull=False),
                        name="citation_exactly_one_target",
                        violation_error_message=(
                            "A citation backs exactly one claim: a position, a compromise or a step."
                        ),
                    ),
                    known("relation", RELATIONS, "citation_relation_known"),
                    known("credibility", CREDIBILITIES, "citation_credibility_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=numbered(
                email=models.EmailField(max_length=254),
                role=models.CharField(choices=ROLES, default="reader", max_length=10),
                token_hash=models.CharField(max_length=64, unique=True),
                created_at=models.DateTimeField(),
                expires_at=models.DateTimeField(),
                accepted_at=models.DateTimeField(null=True),
                withdrawn_at=models.DateTimeField(null=True),
                accepted_by=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                invited_by=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="invitations"),
            ),
            options={
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    known("role", ROLES, "invitation_role_known"),
                    UniqueConstraint(
                        condition=Q(accepted_at=None, withdrawn_at=None),
                        fields=("process", "email"),
                        name="invitation_pending_once",
                    ),
                    CheckConstraint(
                        condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="invitation_accepted_or_withdrawn"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=numbered(
                address=models.CharField(max_length=500),
                typed=models.TextField(blank=True),
                base_version=models.PositiveIntegerField(null=True),
                kept_at=models.DateTimeField(
                    help_text="When the text was kept; empty while nothing is typed.", null=True
                ),
                seen_at=models.DateTimeField(help_text="When the writer was last at the form."),
                process=models.ForeignKey("issues.process", models.CASCADE, null=True, related_name="+"),
                user=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts"),
            ),
            options={
                "indexes": [Index(fields=["seen_at"], name="draft_seen")],
                "constraints": [
                    UniqueConstraint(fields=("process", "address", "user"), name="draft_once"),
                    UniqueConstraint(
                        condition=Q(process=None), fields=("address", "user"), name="draft_once_without_process"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=numbered(
                file_name=models.CharField(max_length=200),
                kind=models.CharField(help_text="The model’s name in small letters: briefing.", max_length=20),
                made_at=models.DateTimeField(default=timezone.now, editable=False),
                table=models.TextField(),
                mapping=models.TextField(),
                findings=models.TextField(),
                ticked=models.TextField(),
                seen=models.PositiveBigIntegerField(),
                changeset=models.OneToOneField("issues.changeset", models.CASCADE, null=True, related_name="+"),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="imports"),
                user=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+"),
            ),
            options={
                "ordering": ["-id"],
                "indexes": [Index(fields=["made_at"], name="import_made")],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=numbered(
                title=models.CharField(help_text="What the form is for: Edit C12.", max_length=300),
                address=models.CharField(max_length=500),
                is_form=models.BooleanField(help_text="Whether it can be opened and edited before it is accepted."),
                typed=models.TextField(),
                rows=models.TextField(),
                base_version=models.PositiveIntegerField(null=True),
                about_model=models.CharField(max_length=20),
                about_id=models.PositiveBigIntegerField(),
                reason=models.CharField(max_length=500),
                key=models.CharField(
                    help_text="One sending of one form, whatever comes twice.", max_length=64, unique=True
                ),
                author_name=models.CharField(max_length=150),
                made_at=models.DateTimeField(),
                state=models.CharField(choices=SUGGESTION_STATES, default="pending", max_length=10),
                decided_by_name=models.CharField(blank=True, max_length=150),
                decided_at=models.DateTimeField(null=True),
                answer=models.CharField(blank=True, help_text="Why it was declined, or withdrawn.", max_length=500),
                is_edited=models.BooleanField(default=False, help_text="Whether it was accepted with edits."),
                author=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                changeset=models.OneToOneField(
                    "issues.changeset", models.PROTECT, null=True, related_name="suggestion"
                ),
                decided_by=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="suggestions"),
            ),
            options={
                "ordering": ["id"],
                "indexes": [
                    Index(fields=["process", "state", "id"], name="suggestion_queue"),
                    Index(fields=["process", "about_model", "about_id"], name="suggestion_about"),
                ],
                "constraints": [
                    CheckConstraint(
                        condition=Q(changeset__isnull=False, state="accepted")
                        | ~Q(state="accepted") & Q(changeset__isnull=True),
                        name="suggestion_accepted_as_changeset",
                    ),
                    CheckConstraint(
                        condition=~Q(state="declined") | ~Q(answer=""), name="suggestion_declined_with_reason"
                    ),
                    known("state", SUGGESTION_STATES, "suggestion_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=numbered(
                kind=models.CharField(choices=TASK_KINDS, max_length=20),
                model=models.CharField(max_length=20),
                object_id=models.PositiveBigIntegerField(),
                beside=models.PositiveBigIntegerField(default=0),
                claimed_at=models.DateTimeField(null=True),
                dismissed_at=models.DateTimeField(null=True),
                reason=models.CharField(blank=True, help_text="Why it was dismissed.", max_length=500),
                seen=models.PositiveBigIntegerField(default=0),
                flagged_at=models.DateTimeField(null=True),
                note=models.CharField(
                    blank=True, help_text="What was found wrong, by whoever flagged it.", max_length=500
                ),
                about=models.CharField(blank=True, help_text="The address that was flagged.", max_length=1000),
                claimed_by=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                dismissed_by=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                flagged_by=models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="+"),
            ),
            options={
                "constraints": [
                    known("kind", TASK_KINDS, "task_kind_known"),
                    UniqueConstraint(fields=("process", "kind", "model", "object_id", "beside"), name="task_once"),
                    CheckConstraint(condition=Q(dismissed_at=None) | ~Q(reason=""), name="task_dismissed_with_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Removal",
            fields=numbered(
                slug=models.SlugField(max_length=80),
                changes=models.PositiveBigIntegerField(help_text="How many changes the record had."),
                last_seal=models.CharField(max_length=64),
                deleted_at=models.DateTimeField(),
                deleted_by=models.CharField(blank=True, help_text="Empty: from a shell.", max_length=150),
                removed_at=models.DateTimeField(),
            ),
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=numbered(
                kind=models.CharField(choices=SEARCH_KINDS, max_length=10),
                object_id=models.PositiveBigIntegerField(),
                part=models.PositiveSmallIntegerField(default=0, help_text="Of a long stored text."),
                status=models.CharField(blank=True, choices=STATUSES, max_length=20),
                day=models.DateField(null=True),
                precision=models.CharField(choices=PRECISIONS, default="day", max_length=5),
                is_cited=models.BooleanField(null=True),
                editors_only=models.BooleanField(default=False),
                since=models.PositiveBigIntegerField(),
                place=models.CharField(help_text="The number or the name in the address of its page.", max_length=120),
                title=models.CharField(blank=True, max_length=300),
                body=models.TextField(blank=True, help_text="Empty for a stored text, which is read where it stands."),
                title_words=models.CharField(blank=True, max_length=1000),
                words=models.TextField(blank=True),
                scope=models.CharField(max_length=120),
                vector=SearchVectorField(null=True),
                briefing=models.ForeignKey("issues.briefing", models.CASCADE, null=True, related_name="+"),
                issue=models.ForeignKey("issues.issue", models.CASCADE, null=True, related_name="+"),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="+"),
                side=models.ForeignKey("issues.side", models.CASCADE, null=True, related_name="+"),
            ),
            options={
                "verbose_name_plural": "search entries",
                "constraints": [
                    known("kind", SEARCH_KINDS, "searchentry_kind_known"),
                    known("precision", PRECISIONS, "searchentry_precision_known"),
                    UniqueConstraint(fields=("kind", "object_id", "part"), name="searchentry_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=numbered(
                word=models.CharField(max_length=60),
                initial=models.CharField(max_length=1),
                length=models.PositiveSmallIntegerField(),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="+"),
            ),
            options={
                "indexes": [Index(fields=["process", "initial", "length"], name="searchword_like")],
                "constraints": [UniqueConstraint(fields=("process", "word"), name="searchword_once")],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=columns(
                key=models.CharField(max_length=80, primary_key=True, serialize=False),
                minute=models.PositiveBigIntegerField(),
                count=models.PositiveIntegerField(),
            ),
        ),
        migrations.CreateModel(
            name="Token",
            fields=numbered(
                name=models.CharField(max_length=60),
                start=models.CharField(max_length=12),
                token_hash=models.CharField(max_length=64, unique=True),
                scope=models.CharField(choices=SCOPES, default="read", max_length=10),
                created_at=models.DateTimeField(),
                expires_at=models.DateTimeField(null=True),
                used_on=models.DateField(null=True),
                user=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens"),
            ),
            options={
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    known("scope", SCOPES, "token_scope_known"),
                    UniqueConstraint(fields=("user", "name"), name="token_named_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Brief",
            fields=numbered(
                code=models.CharField(
                    help_text="The beginning of the content hash: its name in addresses.", max_length=16
                ),
                title=models.CharField(max_length=400),
                of=models.CharField(max_length=120),
                query=models.CharField(blank=True, max_length=4000),
                number=models.PositiveBigIntegerField(),
                moment=models.DateTimeField(),
                change_hash=models.CharField(max_length=64),
                content_hash=models.CharField(max_length=64),
                frozen_at=models.DateTimeField(),
                user_name=models.CharField(max_length=150),
                seal=models.CharField(max_length=64),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="briefs"),
                user=models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
                ),
            ),
            options={
                "ordering": ["-id"],
                "constraints": [UniqueConstraint(fields=("process", "code"), name="brief_once")],
            },
        ),
        migrations.CreateModel(
            name="BriefFile",
            fields=numbered(
                ending=models.CharField(max_length=10),
                type=models.CharField(help_text="Its media type.", max_length=100),
                size=models.PositiveIntegerField(help_text="In bytes."),
                sha256=models.CharField(max_length=64),
                packed=models.TextField(help_text="The bytes, deflated and in Base64."),
                brief=models.ForeignKey("issues.brief", models.PROTECT, related_name="files"),
                process=models.ForeignKey("issues.process", models.PROTECT, related_name="+"),
            ),
            options={
                "ordering": ["id"],
                "constraints": [UniqueConstraint(fields=("brief", "ending"), name="brief_file_once")],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=numbered(
                name=models.CharField(max_length=80),
                page=models.CharField(choices=PAGES, max_length=20),
                query=models.CharField(blank=True, max_length=4000),
                is_shared=models.BooleanField(default=False, help_text="For everyone who may read the process."),
                made_at=models.DateTimeField(default=timezone.now, editable=False),
                process=models.ForeignKey("issues.process", models.CASCADE, related_name="saved_views"),
                user=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+"),
            ),
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    known("page", PAGES, "savedview_page_known"),
                    UniqueConstraint(fields=("process", "user", "name"), name="savedview_once"),
                    UniqueConstraint(
                        condition=Q(is_shared=True), fields=("process", "name"), name="savedview_shared_once"
                    ),
                ],
            },
        ),
        migrations.RunPython(make_cache, drop_cache),
    ]
