"""What the database itself refuses, whoever writes, and the words in which the record is asked."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from issues import documents
from issues.models import (
    Briefing,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Membership,
    Position,
    Process,
    Side,
    StatusEvent,
    guards,
)

from .test_document_faults import AMBER_PASS

MODELS = {
    "position": Position,
    "compromise": Compromise,
    "statusevent": StatusEvent,
    "compromiselink": CompromiseLink,
    "citation": Citation,
    "issue": Issue,
    "side": Side,
    "briefing": Briefing,
}


def load(slug):
    """Load a small process with a row of every kind, and return it."""
    document = documents.read(AMBER_PASS)
    document["process"]["slug"] = slug
    return documents.load(document, reason="Load it").process


@pytest.fixture
def amber(db):
    return load("amber-pass")


def refused(write):
    """Return the words with which the database refuses a write; fail if it does not."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()
    return str(caught.value)


def fields_of(row, **changes):
    """Return the columns of a row, changed, for a new row like it."""
    columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}
    return columns | changes


def copied(row, **changes):
    """Insert a row like another without asking any form."""
    return type(row).objects.bulk_create([type(row)(**fields_of(row, **changes))])[0]


def first(model, process, **wanted):
    return model.objects.filter(process=process, **wanted).order_by("pk").first()


# Each row: a model, which row to take, what to change in it, and the constraint that must refuse it.
BROKEN = {
    "process, status": (Process, {}, {"status": "stalled"}, "process_status_known"),
    "process, visibility": (Process, {}, {"visibility": "secret"}, "process_visibility_known"),
    "process, ends before it starts": (Process, {}, {"ended_on": date(2024, 4, 30)}, "process_ends_after_start"),
    "side, role": (Side, {}, {"role": "guest"}, "side_role_known"),
    "side, marker": (Side, {}, {"marker": "heart"}, "side_marker_known"),
    "side, colour 0": (Side, {}, {"colour": 0}, "side_colour_known"),
    "side, colour 9": (Side, {}, {"colour": 9}, "side_colour_known"),
    "briefing, kind": (Briefing, {}, {"kind": "blog"}, "briefing_kind_known"),
    "briefing, precision": (Briefing, {}, {"precision": "week"}, "briefing_precision_known"),
    "briefing, reliability": (Briefing, {}, {"reliability": "G"}, "briefing_reliability_known"),
    "briefing, read as": (Briefing, {}, {"read_as": "skimmed"}, "briefing_read_as_known"),
    "position, placement": (Position, {}, {"placement": 101}, "position_placement_on_scale"),
    "position, commitment": (Position, {}, {"commitment": "oath"}, "position_commitment_known"),
    "position, confidence": (Position, {}, {"confidence": "sure"}, "position_confidence_known"),
    "position, precision": (Position, {}, {"precision": ""}, "position_precision_known"),
    "compromise, number 0": (Compromise, {}, {"number": 0}, "compromise_number_positive"),
    "step, status": (
        StatusEvent,
        {"status": "rejected"},
        {"status": "tabled", "rejected_by_id": None},
        "statusevent_status_known",
    ),
    "step without a briefing": (
        StatusEvent,
        {"status": "adopted"},
        {"briefing_id": None},
        "statusevent_has_briefing",
    ),
    "rejection by nobody": (
        StatusEvent,
        {"status": "rejected"},
        {"rejected_by_id": None},
        "statusevent_rejected_by_side",
    ),
    "refuser of another step": (
        StatusEvent,
        {"status": "rejected"},
        {"status": "adopted"},
        "statusevent_rejected_by_side",
    ),
    "successor of another step": (
        StatusEvent,
        {"status": "superseded"},
        {"status": "lapsed"},
        "statusevent_superseded_by",
    ),
    "implementation, value": (
        StatusEvent,
        {"status": "adopted"},
        {"implementation": "4"},
        "statusevent_implementation",
    ),
    "implementation before adoption": (
        StatusEvent,
        {"status": "suggested"},
        {"implementation": "1"},
        "statusevent_implementation",
    ),
    "link, kind": (CompromiseLink, {}, {"kind": "blocks"}, "compromiselink_kind_known"),
    "link, basis": (CompromiseLink, {}, {"basis": "hope"}, "compromiselink_basis_known"),
    "citation, relation": (Citation, {}, {"relation": "proves"}, "citation_relation_known"),
    "citation, credibility": (Citation, {}, {"credibility": "7"}, "citation_credibility_known"),
    "citation of nothing": (
        Citation,
        {"position__isnull": False},
        {"position_id": None},
        "citation_exactly_one_target",
    ),
}


@pytest.mark.parametrize(("model", "which", "change", "constraint"), BROKEN.values(), ids=BROKEN)
def test_the_database_refuses_what_the_vocabulary_does_not_know(amber, model, which, change, constraint):
    rows = model.objects.filter(**which).order_by("pk")[:1]
    row = model.objects.filter(pk=rows[0].pk)
    assert row.update(version=5) == 1  # the same row takes a sound change
    assert constraint in refused(lambda: row.update(**change))


def test_a_citation_has_one_target_and_not_two(amber):
    compromise = first(Compromise, amber)
    citations = Citation.objects.filter(position__isnull=False)
    assert "citation_exactly_one_target" in refused(lambda: citations.update(compromise=compromise))
    assert citations.update(compromise=compromise, position=None) == 1


def test_a_compromise_cannot_supersede_itself_nor_link_to_itself(amber):
    event = StatusEvent.objects.get(status="superseded")
    events = StatusEvent.objects.filter(pk=event.pk)
    assert "statusevent_superseded_by_other" in refused(lambda: events.update(superseded_by=event.compromise_id))
    link = CompromiseLink.objects.get()
    links = CompromiseLink.objects.filter(pk=link.pk)
    assert "compromiselink_two_ends" in refused(lambda: links.update(target=link.source_id))


UNIQUE = {
    "side, slug": (Side, {"marker": "plus"}, {"slug": "other"}),
    "side, marker": (Side, {"slug": "other"}, {"marker": "plus"}),
    "issue, slug": (Issue, {}, {"slug": "other"}),
    "briefing, slug": (Briefing, {}, {"slug": "other"}),
    "position, slug": (Position, {}, {"slug": "other"}),
    "compromise, number": (Compromise, {"slug": "other"}, {"number": 9}),
    "compromise, slug": (Compromise, {"number": 9}, {"slug": "other"}),
    "link": (CompromiseLink, {}, {"kind": "requires"}),
}


@pytest.mark.parametrize(("model", "alike", "apart"), UNIQUE.values(), ids=UNIQUE)
def test_no_two_rows_of_a_process_share_a_name(amber, model, alike, apart):
    row = first(model, amber)
    assert "unique" in refused(lambda: copied(row, **alike)).lower()
    assert copied(row, **alike, **apart).pk


def test_the_name_of_a_process_is_its_own_and_a_person_has_one_role_in_it(amber, django_user_model):
    assert "unique" in refused(lambda: copied(amber)).lower()
    user = django_user_model.objects.create_user("rita")
    Membership.objects.create(process=amber, user=user)
    assert "membership_role_known" in refused(lambda: Membership.objects.update(role="owner"))
    assert "unique" in refused(lambda: Membership.objects.create(process=amber, user=user, role="curator")).lower()


def test_two_processes_may_use_the_same_names(amber):
    assert load("another").pk != amber.pk


def test_what_something_points_to_cannot_be_deleted(amber):
    for model in (Side, Issue, Briefing, Compromise, Process):
        with pytest.raises(DatabaseError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")
            connection.check_constraints()


# Guards: no row points into another process


@pytest.mark.parametrize(("table", "column", "target"), guards.SAME_PROCESS, ids=lambda value: value)
def test_no_row_points_into_another_process(amber, table, column, target):
    other = load("another")
    model, name = MODELS[table], column.removesuffix("_id")
    CompromiseLink.objects.filter(process=amber).update(briefing=first(Briefing, amber))
    Briefing.objects.filter(process=amber).update(merged_into=first(Briefing, amber))
    if (table, column) == ("citation", "compromise_id"):
        rows = Citation.objects.filter(position__isnull=False, process=amber)
        rows.update(compromise=first(Compromise, amber), position=None)
    rows = model.objects.filter(process=amber).exclude(**{name: None}).order_by("pk")
    row, foreign = rows[0], first(MODELS[target], other)
    own = MODELS[target].objects.filter(process=amber).order_by("-pk")[0]
    one = model.objects.filter(pk=row.pk)
    message = f"issues_{table}.{column} points into another process"
    assert message in refused(lambda: one.update(**{name: foreign}))
    assert message in refused(lambda: copied(row, **unlike(row), **{column: foreign.pk}))
    assert "points into another process" in refused(lambda: one.update(process=other))
    if table not in ("compromiselink",) and name not in ("superseded_by",):
        assert one.update(**{name: own}) == 1
        assert copied(row, **unlike(row), **{column: own.pk}).pk


def unlike(row):
    """Return what must differ in a copy of a row."""
    if isinstance(row, CompromiseLink):
        return {"kind": "excludes"}
    return {"slug": "copy"} | ({"number": 77} if isinstance(row, Compromise) else {}) if hasattr(row, "slug") else {}


def test_without_the_guards_a_row_could_point_into_another_process(amber):
    other = load("another")
    positions = Position.objects.filter(process=amber)
    guards.drop()
    try:
        with transaction.atomic():
            assert positions.update(side=first(Side, other)) == 1
            transaction.set_rollback(True)
    finally:
        guards.install()
    assert "position.side_id points into another process" in refused(lambda: positions.update(side=first(Side, other)))


def test_every_foreign_key_between_rows_of_the_record_is_guarded():
    keys = {
        (model._meta.model_name, field.column, field.related_model._meta.model_name)
        for model in MODELS.values()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in MODELS.values()
    }
    assert keys == set(guards.SAME_PROCESS)


# The words in which the record is asked


def test_live_rows_are_those_that_nobody_retired(amber):
    assert Position.objects.live().count() == 1
    Position.objects.update(retired_at=timezone.now())
    assert not Position.objects.live().exists()


def test_a_side_holds_its_latest_position_by_date_then_by_entry(amber):
    row = Position.objects.get()
    later = copied(row, slug="later", held_from=date(2024, 6, 1))
    same_day = copied(row, slug="same-day", held_from=date(2024, 6, 1))
    copied(row, slug="earlier", held_from=date(2024, 1, 1))
    south = copied(row, slug="south", side_id=Side.objects.get(slug="south").pk)
    assert set(Position.objects.held()) == {same_day, south}
    assert set(Position.objects.held(date(2024, 5, 31))) == {row, south}
    assert set(Position.objects.held(date(2023, 12, 31))) == set()
    assert later in Position.objects.on(None)


def test_the_status_is_that_of_the_latest_live_step(amber):
    def status(day=None):
        found = Compromise.objects.with_status(day).filter(number=1)
        return found[0].status if found else None

    assert status() == "superseded"
    assert status(date(2024, 5, 31)) == "suggested"
    assert status(date(2024, 5, 2)) is None
    StatusEvent.objects.filter(status="superseded").update(retired_at=timezone.now())
    assert status() == "adopted"


def test_a_claim_is_contested_by_a_live_contradicting_citation_only(amber):
    contested = Position.objects.filter(Citation.objects.contradicting("position"))
    assert not contested.exists()
    Citation.objects.update(relation="contradicts")
    assert contested.exists()
    Citation.objects.update(retired_at=timezone.now())
    assert not contested.exists()


def test_a_briefing_is_cited_while_a_live_citation_points_to_it(amber):
    assert list(Briefing.objects.cited().values_list("slug", flat=True)) == ["herald-2024-05-03"]
    assert list(Briefing.objects.cited(False).values_list("slug", flat=True)) == ["terms-2024-06"]
    Citation.objects.update(retired_at=timezone.now())
    assert not Briefing.objects.cited().exists()


def test_a_form_is_told_of_a_broken_rule_in_words(amber):
    event = StatusEvent.objects.get(status="rejected")
    event.rejected_by = None
    with pytest.raises(ValidationError, match="A rejection names the side that refused"):
        event.full_clean()
