"""Where changes are reviewed: what an analyst saves waits, and a curator accepts it, edits it, or declines it."""

import re

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history, reverting
from issues.history import RECORDED
from issues.models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    StatusEvent,
    Suggestion,
)

from . import valley
from .addresses import EDIT, ROUTES, address
from .conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def process(db) -> Process:
    """Return a small record that asks for review."""
    process = valley.create()
    valley.cite(valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body="One. Two. Three."))
    first, second = (valley.propose(process, number, ("2024-02-01", "suggested")) for number in (1, 2))
    valley.add(CompromiseLink(process=process, source=first, target=second, kind="follows"))
    return reviewed(process)


def reviewed(process, asks=True) -> Process:
    with history.changeset(process, reason="Ask for review") as door:
        door.update(Process.objects.get(pk=process.pk), asks_review=asks)
    return Process.objects.get(pk=process.pk)


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


@pytest.fixture
def cora(process) -> Person:
    """Curate the valley."""
    return Person.called("cora").joins(process, "curator")


def typed(person, url, **fields) -> dict:
    """Return what the form at an address would send."""
    form = person.get(url).context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    return {name: "" if value is None else value for name, value in values.items()} | {"reason": "As heard"} | fields


def suggest(person, url, **fields) -> Suggestion:
    """Save a form, and return what became of it."""
    response = person.post(url, typed(person, url, **fields))
    assert response.status_code == 302, response.context["form"].errors
    return Suggestion.objects.latest("id")


def edit_of(process) -> str:
    return address("position-edit", process)


def accept(person, suggestion):
    return person.post(reverse("issues:suggestion-accept", args=[suggestion.process.slug, suggestion.pk]))


def decline(person, suggestion, answer="Not what they said"):
    url = reverse("issues:suggestion-decline", args=[suggestion.process.slug, suggestion.pk])
    return person.post(url, {"answer": answer})


def agrees(process):
    assert list(history.verify(Process.objects.get(pk=process.pk))) == []


def test_an_edit_waits_until_a_curator_accepts_it_in_both_names(process, alma, cora, vera):
    before, url = Changeset.objects.count(), edit_of(process)
    assert "This process asks for review" in alma.get(url).text
    made = suggest(alma, url, headline="Close the slope")
    position = Position.objects.get()
    assert (position.headline, position.version, Changeset.objects.count()) == ("Open the slope", 1, before)
    assert (made.state, made.author, made.reason, made.base_version) == ("pending", alma.user, "As heard", 1)
    assert (made.about_model, made.about_id) == ("position", position.pk)
    assert f"suggestion {made.pk}</a>, and waits for a curator" in alma.get(process.get_absolute_url()).text
    assert "Close the slope" not in vera.get(position.get_absolute_url()).text
    page = cora.get(reverse("issues:suggestion-list", args=["valley"])).text
    assert "<del>Open</del> <ins>Close</ins> the slope" in page and "As heard" in page
    assert accept(cora, made).status_code == 302
    position.refresh_from_db()
    made.refresh_from_db()
    written = Changeset.objects.latest("id")
    assert (position.headline, position.version, made.state, made.changeset) == (
        "Close the slope",
        2,
        "accepted",
        written,
    )
    assert (written.user_name, written.accepted_by_name, written.reason) == ("alma", "cora", "As heard")
    assert (made.decided_by, made.is_edited) == (cora.user, False)
    assert "alma, accepted by cora" in vera.get(reverse("issues:change-detail", args=[written.pk])).text
    agrees(process)


def test_what_is_declined_is_not_written_and_its_author_reads_why(process, alma, cora):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    assert decline(cora, made, "").status_code == 422
    assert decline(cora, made).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.answer, made.decided_by_name) == ("declined", "Not what they said", "cora")
    assert Position.objects.get().version == 1
    assert "Not what they said" in alma.get(reverse("issues:suggestion-detail", args=["valley", made.pk])).text
    accept(cora, made)
    assert Position.objects.get().version == 1
    agrees(process)


def withdraw(person, suggestion, answer=""):
    url = reverse("issues:suggestion-withdraw", args=[suggestion.process.slug, suggestion.pk])
    return person.post(url, {"answer": answer})


def test_an_author_withdraws_what_waits_and_nobody_else_does(process, alma, cora):
    otto = Person.called("otto").joins(process, "analyst")
    made, other = (suggest(alma, edit_of(process), headline=f"Close {what}") for what in ("it", "all"))
    page, listed = reverse("issues:suggestion-detail", args=["valley", made.pk]), f"{made.pk}/withdraw/"
    for url in (page, reverse("issues:suggestion-list", args=["valley"])):
        assert listed in alma.get(url).text
        assert listed not in cora.get(url).text and listed not in otto.get(url).text
    for person in (cora, otto, Person.called("root", is_superuser=True)):
        assert withdraw(person, made).status_code == 403
    assert "at most 500 characters" in withdraw(alma, made, "x" * 501).text
    assert Suggestion.objects.pending().count() == 2
    assert withdraw(alma, made, "Heard  wrong").url == page
    assert withdraw(alma, other).status_code == 302  # a reason is not asked for
    made.refresh_from_db()
    assert (made.state, made.answer, made.decided_by, made.changeset) == ("withdrawn", "Heard wrong", alma.user, None)
    for person in (alma, cora, otto):
        assert "Withdrawn by alma" in (text := person.get(page).text) and "Heard wrong" in text
        assert listed not in text and "/accept/" not in text
    about = Position.objects.get().get_absolute_url()
    assert f"uggestion {made.pk}" not in alma.get(about).text  # who withdrew it need not be told
    waiting = cora.get(reverse("issues:suggestion-list", args=["valley"]))
    assert "Nothing waits" in waiting.text
    assert "Heard wrong" in cora.get(reverse("issues:suggestion-list", args=["valley"]), {"state": "withdrawn"}).text
    # What is withdrawn is decided on by nobody, and the same sending does not bring it back.
    for person, act in ((cora, accept), (cora, decline), (alma, withdraw)):
        answer = act(person, made)
        assert f"suggestion {made.pk} is withdrawn already" in person.get(answer.url).text
    made.refresh_from_db()
    assert (made.state, Position.objects.get().version) == ("withdrawn", 1)
    agrees(process)


@pytest.mark.parametrize("decision", [accept, decline])
def test_what_is_decided_is_not_withdrawn(decision, process, alma, cora):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    decision(cora, made)
    made.refresh_from_db()
    before = made.state, made.answer, made.decided_by_name
    assert f"is {made.state} already" in alma.get(withdraw(alma, made).url).text
    made.refresh_from_db()
    assert (made.state, made.answer, made.decided_by_name) == before


def test_who_analyses_no_more_withdraws_nothing(process, alma):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    process.memberships.filter(user=alma.user).update(role="reader")
    assert withdraw(alma, made).status_code == 404
    made.refresh_from_db()
    assert made.is_pending


def test_a_curators_own_save_is_written_at_once_and_so_is_one_where_no_review_is_asked_for(process, alma, cora):
    cora.post(edit_of(process), typed(cora, edit_of(process), headline="Close the slope"))
    reviewed(process, asks=False)
    alma.post(edit_of(process), typed(alma, edit_of(process), body="One."))
    position = Position.objects.get()
    assert (position.headline, position.body, position.version) == ("Close the slope", "One.", 3)
    assert not Suggestion.objects.exists()


def test_a_form_sent_twice_is_one_suggestion_and_accepted_once(process, alma, cora):
    sent = typed(alma, edit_of(process), headline="Close the slope")
    for _ in range(3):
        assert alma.post(edit_of(process), sent).status_code == 302
    made = Suggestion.objects.get()
    before = Changeset.objects.count()
    accept(cora, made)
    accept(cora, made)
    alma.post(edit_of(process), sent)
    assert (Suggestion.objects.count(), Changeset.objects.count()) == (1, before + 1)


def test_edits_of_different_fields_merge_and_of_the_same_show_the_conflict(process, alma, cora):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    cora.post(edit_of(process), typed(cora, edit_of(process), body="One. Two."))
    assert "has been changed since" not in cora.get(reverse("issues:suggestion-list", args=["valley"])).text
    assert accept(cora, made).status_code == 302
    position = Position.objects.get()
    assert (position.headline, position.body, position.version) == ("Close the slope", "One. Two.", 3)

    made = suggest(alma, edit_of(process), headline="Close the lower slope")
    cora.post(edit_of(process), typed(cora, edit_of(process), headline="Close the slope at night"))
    assert "has been changed since" in cora.get(reverse("issues:suggestion-list", args=["valley"])).text
    response = accept(cora, made)
    assert response.status_code == 409 and "Save over version 4" in response.text
    assert "cora saved this position while you were editing" in response.text
    form = response.context["form"]
    assert form["headline"].value() == "Close the lower slope at night"
    sent = {bound.html_name: bound.value() or "" for bound in form} | {"suggestion": made.pk}
    assert Position.objects.get().version == 4
    assert cora.post(edit_of(process), sent).status_code == 302
    made.refresh_from_db()
    assert (Position.objects.get().headline, made.state, made.is_edited) == (
        "Close the lower slope at night",
        "accepted",
        True,
    )
    assert (made.changeset.user_name, made.changeset.accepted_by_name) == ("alma", "cora")
    agrees(process)


def test_it_is_accepted_with_edits_in_its_own_form(process, alma, cora):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    url = f"{edit_of(process)}?suggestion={made.pk}"
    page = cora.get(url)
    assert page.context["form"]["headline"].value() == "Close the slope" and "Accept with edits" in page.text
    sent = {bound.html_name: bound.value() or "" for bound in page.context["form"]}
    response = cora.post(edit_of(process), sent | {"suggestion": made.pk, "headline": "Close the upper slope"})
    assert response.url == reverse("issues:suggestion-list", args=["valley"])
    made.refresh_from_db()
    written = made.changeset
    assert (Position.objects.get().headline, made.is_edited) == ("Close the upper slope", True)
    assert (written.user_name, written.accepted_by_name) == ("alma", "cora")
    # Another analyst has no such form: it opens as ever, and saving it suggests.
    otto = Person.called("otto").joins(process, "analyst")
    assert otto.get(url).context["suggestion"] is None
    made = suggest(otto, edit_of(process), headline="Mine", suggestion=made.pk)
    assert (made.author_name, made.state) == ("otto", "pending")


# Every form by which an analyst writes: what is typed beyond what it opens with, and what the record then holds.
DAY = {"occurred_on": "2024-06-01", "precision": "day"}
CITED = {"source": "1", "source-1-briefing": "", "source-1-title": "A letter", "source-1-published_on": "2024-05-01"}
CITED |= {"source-1-precision": "day", "source-1-kind": "news", "source-1-quote": "Open it all"}
FORMS = {
    "process-edit": ({"question": "Who may graze?"}, lambda: Process.objects.get(question="Who may graze?")),
    "issue-edit": (
        {"scale_anchors": "50: Half open\n75: Nearly"},
        lambda: next(one for one in Issue.objects.all() if {"at": 75, "label": "Nearly"} in one.scale_anchors),
    ),
    "position-edit": (CITED, lambda: Citation.objects.get(quote="Open it all", briefing__title="A letter").position),
    "position-new": (
        {"headline": "Ask for time", "held_from": "2024-06-01", "confidence": "low", "commitment": "law"} | CITED,
        lambda: Position.objects.get(headline="Ask for time", citations__briefing__title="A letter"),
    ),
    "compromise-edit": ({"test_sentence": "A gate"}, lambda: Compromise.objects.get(test_sentence="A gate")),
    "compromise-new": (
        {"headline": "A gate", **DAY} | CITED,
        lambda: StatusEvent.objects.get(compromise__headline="A gate", compromise__number=3),
    ),
    "compromise-status": (
        {"status": "signalled", **DAY} | CITED,
        lambda: StatusEvent.objects.get(status="signalled", briefing__title="A letter", citations__quote="Open it all"),
    ),
    "link-new": (
        {"kind": "requires", "basis": "logic"},
        lambda: CompromiseLink.objects.get(kind="requires"),
    ),
    "link-edit": (
        {"grounds": "They say so", "basis": "logic"},
        lambda: CompromiseLink.objects.get(reason="They say so"),
    ),
    "briefing-new": (
        {"title": "A letter", "published_on": "2024-05-01", "kind": "news"},
        lambda: Briefing.objects.get(title="A letter"),
    ),
    "briefing-edit": ({"abstract": "They met."}, lambda: Briefing.objects.get(abstract="They met.")),
    "citation-edit": ({"locator": "page 7"}, lambda: Citation.objects.get(locator="page 7")),
    "clip-new": ({**CITED, "source-1-quote": ""}, lambda: Briefing.objects.get(title="A letter")),
}


def test_no_form_is_left_out():
    forms = {name for name, rule in ROUTES.items() if rule is EDIT} - {"draft-list"}
    assert forms == FORMS.keys() | {f"{kind}-delete" for kind in TAKEN_OUT}


@pytest.mark.parametrize("name", FORMS)
def test_whatever_an_analyst_saves_waits_and_is_written_as_it_was_sent(name, process, alma, cora, vera):
    fields, find = FORMS[name]
    url, before = address(name, process), Changeset.objects.count()
    if name == "link-new":
        fields = fields | {"target": Compromise.objects.get(number=2).pk}
    if name == "compromise-new":
        fields = fields | {"issue": Issue.objects.first().pk, "side": Position.objects.get().side_id}
    made = suggest(alma, url, **fields)
    with pytest.raises((StopIteration, ObjectDoesNotExist)):
        find()
    assert Changeset.objects.count() == before and made.title
    page = cora.get(reverse("issues:suggestion-detail", args=["valley", made.pk]))
    assert page.status_code == 200 and "<ins>" in page.text
    about = page.context["line"].about_href
    assert f"Suggestion {made.pk} by alma waits" in cora.get(about).text
    assert f"Your suggestion {made.pk} waits" in alma.get(about).text
    assert f"uggestion {made.pk}" not in vera.get(about).text
    accept(cora, made)
    assert find()
    made.refresh_from_db()
    assert (made.changeset.user_name, made.changeset.accepted_by_name, made.is_edited) == ("alma", "cora", False)
    assert Changeset.objects.count() == before + 1
    agrees(process)


TAKEN_OUT = ("position", "compromise", "statusevent", "compromiselink", "citation", "briefing")


@pytest.mark.parametrize("kind", [kind for kind in TAKEN_OUT if kind != "briefing"])
def test_what_is_taken_out_brought_back_and_undone_waits_too(kind, process, alma, cora):
    model, url = RECORDED[kind], address(f"{kind}-delete", process)
    row = model.objects.order_by("pk").first()

    def sent(page_url, offer, **more):
        page = alma.get(page_url)
        form = offer(page.context).form
        hidden = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
        return hidden | {"reason": "Recorded twice"} | more

    def goes(url, data, **changed):
        response = alma.post(url, data)
        assert response.status_code == 302, response.text
        made = Suggestion.objects.latest("id")
        assert response.url == reverse("issues:suggestion-detail", args=["valley", made.pk]) and made.is_pending
        assert cora.get(response.url).status_code == 200
        accept(cora, made)
        made.refresh_from_db()
        assert (made.changeset.user_name, made.changeset.accepted_by_name) == ("alma", "cora")
        row.refresh_from_db()
        return made

    goes(url, sent(url, lambda context: context["offer"]))
    assert row.retired_at
    history_url = address(
        f"{kind}-history", process, pk=row.pk, **({"number": row.number} if kind == "compromise" else {})
    )
    restore_url = history_url.replace("/history/", "/restore/")
    made = goes(restore_url, sent(history_url, lambda context: context["offers"][0]))
    assert row.retired_at is None
    undone = reverse("issues:change-detail", args=[made.changeset_id])
    goes(f"{undone}undo/", sent(undone, lambda context: context["undo"]))
    assert row.retired_at
    agrees(process)


def test_many_are_decided_at_once_and_what_does_not_fit_keeps_waiting(process, alma, cora):
    one = suggest(alma, edit_of(process), headline="Close the slope")
    two = suggest(alma, edit_of(process), headline="Close the slope at night")
    three = suggest(alma, address("process-edit", process), question="Who may graze?")
    four = suggest(alma, address("process-edit", process), question="Who else?")
    url = reverse("issues:suggestion-decide", args=["valley"])
    assert cora.post(url, {"pick": [one.pk], "do": "decline"}).status_code == 422
    assert cora.post(url, {"pick": [one.pk, 4040], "do": "accept"}).status_code == 422
    assert cora.post(url, {"do": "accept"}).status_code == 422
    assert alma.post(url, {"pick": [one.pk], "do": "accept"}).status_code == 403
    response = cora.post(url, {"pick": [one.pk, two.pk, three.pk], "do": "accept"}, follow=True)
    assert "2 suggestions accepted." in response.text and f"stands in the way: {two.pk}." in response.text
    response = cora.post(url, {"pick": [two.pk, four.pk], "do": "decline", "answer": "Enough"}, follow=True)
    assert "2 suggestions declined." in response.text
    states = dict(Suggestion.objects.order_by("pk").values_list("pk", "state"))
    assert states == {one.pk: "accepted", two.pk: "declined", three.pk: "accepted", four.pk: "declined"}
    assert set(Suggestion.objects.filter(state="declined").values_list("answer", flat=True)) == {"Enough"}
    agrees(process)


def test_what_was_taken_out_meanwhile_is_said_and_nothing_is_written(process, alma, cora):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    valley.retire(Position.objects.get())
    response = accept(cora, made)
    assert response.status_code == 302
    page = cora.get(response.url)
    assert "cannot be accepted as it is" in page.text and "taken out" in page.text
    made.refresh_from_db()
    assert made.is_pending


def test_a_step_overtaken_by_another_asks_and_can_still_be_accepted(process, alma, cora):
    url = address("compromise-status", process)
    minutes = Briefing.objects.get(slug="minutes")
    step = {"status": "signalled", "briefing": minutes.pk, **DAY}
    made = suggest(alma, url, **step)
    cora.post(url, typed(cora, url, **step | {"status": "adopted"}))
    response = accept(cora, made)
    assert response.status_code == 409 and "adopted" in response.text.lower()
    sent = {bound.html_name: bound.value() or "" for bound in response.context["form"]} | {"suggestion": made.pk}
    cora.post(url, sent)
    made.refresh_from_db()
    assert made.state == "accepted" and StatusEvent.objects.filter(status="signalled").exists()


def test_a_list_costs_the_same_however_much_waits(process, alma, cora):
    lists = [reverse("issues:suggestion-list", args=["valley"]) + query for query in ("", "?state=any")]
    suggest(alma, edit_of(process), headline="Close the slope", **CITED)
    counts = [[measured(cora, url) for url in lists]]
    for n in range(8):
        suggest(alma, edit_of(process), headline=f"Close slope {n}", **CITED)
    suggest(alma, address("compromise-status", process), **{"status": "suggested", **DAY})
    decline(cora, Suggestion.objects.latest("id"))
    counts.append([measured(cora, url) for url in lists])
    assert max(counts[1]) <= 15 and max(a - b for a, b in zip(counts[1], counts[0], strict=True)) <= 1, counts


def measured(person, url) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert person.get(url).status_code == 200
    return len(queries)


def test_the_way_to_it_is_shown_to_whom_it_concerns(process, alma, cora, vera):
    rita = Person.called("rita").joins(process, "reader")
    suggest(alma, edit_of(process), headline="Close the slope")
    board = process.get_absolute_url()
    entries = [
        re.search(r'>(Review|Suggestions) <span class="nav-count">(\d+)', who.get(board).text) for who in (cora, alma)
    ]
    assert [one.groups() for one in entries] == [("Review", "1"), ("Suggestions", "1")]
    for who in (rita, vera):
        assert "nav-count" not in who.get(board).text and "suggestions/" not in who.get(board).text
    for who, words in ((alma, "By"), (cora, "Accept all ticked")):
        assert words in who.get(reverse("issues:suggestion-list", args=["valley"])).text
    assert "/accept/" not in alma.get(reverse("issues:suggestion-list", args=["valley"])).text


def test_a_door_that_cannot_suggest_refuses_in_a_sentence(process, alma):
    with (
        pytest.raises(PermissionDenied, match="asks for review"),
        history.changeset(process, reason="By hand", user=alma.user) as door,
    ):
        door.update(Position.objects.get(), headline="Past everything")
    assert Position.objects.get().version == 1
    with history.changeset(process, reason="Join", user=alma.user):
        pass  # what touches no row of the record is nobody's to review
    agrees(process)


def test_without_the_door_asking_an_edit_would_be_written(process, alma, monkeypatch):
    monkeypatch.setattr(Process, "reviews", lambda *args: False)
    alma.post(edit_of(process), typed(alma, edit_of(process), headline="Close the slope"))
    assert Position.objects.get().version == 2 and not Suggestion.objects.exists()


def test_who_accepted_is_under_seal(process, alma, cora):
    accept(cora, suggest(alma, edit_of(process), headline="Close the slope"))
    for changes in ({"accepted_by_name": "carl"}, {"accepted_by_name": "", "accepted_by": None}, {"user_name": "cora"}):
        with transaction.atomic():
            Changeset.objects.filter(accepted_by_name="cora").update(**changes)
            assert list(history.verify(process)), changes
            transaction.set_rollback(True)
    agrees(process)


def test_a_snapshot_of_before_there_was_review_stands_for_none_and_turning_it_on_is_undone(db):
    process = valley.create()
    first = process.changesets.get()
    assert "asks_review" not in first.snapshots.get(model="process").data
    process = reviewed(process)
    agrees(process)
    with history.as_of(process, first):
        assert Process.objects.get(pk=process.pk).asks_review is False
    cora = Person.called("cora").joins(process, "curator")
    page = cora.get(reverse("issues:change-detail", args=[process.changesets.latest("id").pk]))
    assert "Changes are reviewed" in page.text
    reverting.undo(process.changesets.latest("id"), reason="Not yet", user=cora.user, key="0" * 32)
    assert Process.objects.get(pk=process.pk).asks_review is False
    agrees(process)
    Process.objects.filter(pk=process.pk).update(asks_review=True)
    assert [line for line in history.verify(process) if "differs from its last snapshot" in line]


def test_who_wrote_stands_in_the_record_also_when_their_account_is_gone(process, alma, cora):
    made = suggest(alma, edit_of(process), headline="Close the slope")
    alma.user.delete()
    accept(cora, made)
    made.refresh_from_db()
    assert (made.changeset.user_id, made.changeset.user_name, made.changeset.accepted_by_name) == (None, "alma", "cora")
    agrees(process)


def test_a_curator_turns_it_on_in_the_settings(process, alma, cora):
    process = reviewed(process, asks=False)
    url = reverse("issues:keeping-edit", args=["valley"])
    assert alma.get(url).status_code == 403
    assert cora.post(url, typed(cora, url, asks_review="True")).status_code == 302
    assert Process.objects.get(pk=process.pk).asks_review
    assert "Waits until a curator accepts it" in cora.get(reverse("issues:process-keeping", args=["valley"])).text
