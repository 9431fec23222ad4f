"""Any history of writes: what was noted after each change is what looking back shows, and nothing is ever lost.

HISTORY_EXAMPLES sets how many histories are tried; `python -m benchmarks.chaos` tries many.
"""

import os
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from benchmarks.chaos.check import replay
from issues import editing, history, reverting
from issues.models import RECORDED, Briefing, Changeset, Compromise, Issue, Position, Process, Side, StatusEvent

from . import valley

EXAMPLES = int(os.environ.get("HISTORY_EXAMPLES", "6"))
STEPS = 15 if EXAMPLES < 20 else 30
BOOKKEEPING = {"version", "created_at", "updated_at", "retired_at"}
TEXT = st.lists(st.sampled_from(["open", "shut", "the", "slope", "“well”", "\n\n", "é"]), min_size=1, max_size=6)
NUMBER = st.integers(0, 40)
REFUSED = (
    editing.Refused,
    reverting.Blocked,
    reverting.Unchanged,
    reverting.Overtaken,
    PermissionDenied,
)


class Histories(RuleBasedStateMachine):
    """A record that one person writes to, and what it said after each change, kept in plain dictionaries."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.process = valley.create()
        self.user = User.objects.create_superuser("root")
        self.noted = []  # (moment, content) after each change
        valley.hold(self.process, "hill", "2024-02-01", 20)
        valley.propose(self.process, 1, ("2024-02-01", "suggested"))
        self.note()

    def teardown(self):
        try:
            for moment, content in self.noted:
                self.look_back(moment, content)
            assert list(history.verify(self.process)) == []
            assert replay(self.process)[1] == []
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # What is done

    @rule(side=NUMBER, text=TEXT, day=st.integers(1, 28))
    def record_position(self, side, text, day):
        position = Position(
            process=self.process,
            issue=self.pick(Issue, side),
            side=self.pick(Side, side),
            held_from=f"2024-03-{day:02}",
            headline=" ".join(text)[:200].strip() or "Nothing",
            commitment="law",
            confidence="high",
        )
        position.full_clean(exclude=["slug"])
        self.write(editing.add, position)

    @rule(
        model=st.sampled_from([Position, Compromise, Issue, Briefing]), at=NUMBER, text=TEXT, behind=st.integers(0, 2)
    )
    def edit(self, model, at, text, behind):
        row = self.pick(model, at)
        column = {Issue: "summary", Briefing: "abstract"}.get(model, "body")
        base = max(1, row.version - behind)
        self.write(editing.save, row, {column: " ".join(text).strip()}, base)

    @rule(at=NUMBER, text=TEXT)
    def cite(self, at, text):
        row, briefing = self.pick(Position, at), self.pick_live(Briefing, at)
        if not briefing:
            return
        source = {"briefing_id": briefing.pk, "relation": "supports", "quote": " ".join(text).strip()}
        self.write(editing.save, row, {}, row.version, sources=[source])

    @rule(at=NUMBER, status=st.sampled_from(["signalled", "offered", "adopted"]))
    def take_step(self, at, status):
        compromise, briefing = self.pick_live(Compromise, at), self.pick_live(Briefing, at)
        if not compromise or not briefing:
            return  # the form offers only what is live
        last = editing.last_step(compromise)
        step = StatusEvent(process=self.process, compromise=compromise, occurred_on="2024-05-01", status=status)
        step.briefing = briefing
        self.write(editing.add_step, step, last.pk if last else 0)

    @rule(model=st.sampled_from([Position, Compromise, StatusEvent, Briefing]), at=NUMBER)
    def retire(self, model, at):
        row = self.pick(model, at)
        self.write(reverting.retire, row, reverting.newest(row))

    @rule(model=st.sampled_from([Position, Compromise, StatusEvent, Briefing]), at=NUMBER)
    def bring_back(self, model, at):
        row = self.pick(model, at)
        self.write(reverting.bring_back, row, reverting.newest(row))

    @rule(model=st.sampled_from([Position, Compromise, Issue, Briefing]), at=NUMBER, number=NUMBER)
    def restore(self, model, at, number):
        row = self.pick(model, at)
        self.write(reverting.restore, row, 1 + number % len(self.noted), reverting.newest(row))

    @rule(at=NUMBER)
    def undo(self, at):
        self.write(reverting.undo, self.pick(Changeset, at))

    # What must hold

    @rule(at=NUMBER)
    def undo_of_an_undo_is_the_identity(self, at):
        before = self.content()
        if undone := self.write(reverting.undo, self.pick(Changeset, at)):
            assert self.write(reverting.undo, undone)
            assert without_bookkeeping(self.content()) == without_bookkeeping(before)

    @rule(model=st.sampled_from([Position, Compromise, StatusEvent]), at=NUMBER)
    def retiring_and_bringing_back_loses_nothing(self, model, at):
        row, before = self.pick(model, at), self.content()
        if not row.retired_at and self.write(reverting.retire, row, reverting.newest(row)):
            assert self.write(reverting.bring_back, self.stored(row), reverting.newest(row))
            assert without_bookkeeping(self.content()) == without_bookkeeping(before)

    @precondition(lambda self: len(self.noted) > 2)
    @rule(at=NUMBER, later=st.booleans())
    def look_back_at(self, at, later):
        """Look at a moment, and at the last one before the next change."""
        at %= len(self.noted) - 1
        moment, content = self.noted[at]
        self.look_back(self.noted[at + 1][0] - timedelta(microseconds=1) if later else moment, content)

    # How

    def write(self, verb, *arguments, **more):
        """Write, and note what the record says then; where it is refused, nothing may have changed."""
        before, key, again = self.content(), uuid4().hex, deepcopy(arguments)
        more |= {"reason": "A test writes", "user": self.user, "key": key}
        changes = self.process.changesets.count()
        try:
            with transaction.atomic():
                written = verb(*arguments, **more)
        except REFUSED:
            assert self.content() == before
            assert self.process.changesets.count() == changes
            return None
        assert self.process.changesets.count() == changes + 1
        with suppress(REFUSED), transaction.atomic():  # the same again writes nothing
            verb(*again, **more)
        assert self.process.changesets.count() == changes + 1
        self.note()
        return written

    def note(self):
        self.noted.append((self.process.changesets.latest("number").moment, self.content()))

    def look_back(self, moment, content):
        with history.as_of(self.process, history.at(self.process, moment)):
            assert self.content() == content

    def content(self) -> dict:
        """Return every row of the record as a dictionary of its columns."""
        found = {}
        for name, model in RECORDED.items():
            rows = model.objects.filter(pk=self.process.pk) if model is Process else self.all(model)
            found |= {(name, row["id"]): row for row in rows.values()}
        found["process", self.process.pk].pop("content_version")
        return found

    def all(self, model):
        return model.objects.filter(process=self.process).order_by("-pk")

    def pick(self, model, at):
        """Return a row, retired or not; 0 stands for the newest, as what is drawn is mostly small."""
        rows = self.all(model)
        return rows[at % rows.count()]

    def pick_live(self, model, at):
        """Return a row that is not retired, or None."""
        rows = self.all(model).live()
        return rows[at % len(rows)] if rows else None

    def stored(self, row):
        return type(row).objects.get(pk=row.pk)


def without_bookkeeping(content: dict) -> dict:
    """Return what the rows say; when a row was retired says nothing, whether it is does."""
    return {
        key: {name: value for name, value in row.items() if name not in BOOKKEEPING} | {"gone": bool(row["retired_at"])}
        for key, row in content.items()
    }


@pytest.mark.django_db
def test_any_history_can_be_looked_back_at_and_taken_back():
    limits = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # to shrink a history takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Histories, settings=limits)
