"""Taking back: undo, restore, retire and bring back; who may, what stands in the way, and that nothing is lost."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import families, history
from issues.models import RECORDED, Briefing, Changeset, Compromise, CompromiseLink, Issue, Position, Process, Side
from issues.queries import retired as taken_out

from . import valley
from .conftest import Person


@pytest.fixture
def process(db) -> Process:
    """Return the small record."""
    return valley.create()


@pytest.fixture
def held(process) -> Position:
    """Return a position of it, recorded in change 2."""
    return valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")


@pytest.fixture
def alma(process) -> Person:
    """Analyse the valley."""
    return Person.called("alma").joins(process, "analyst")


@pytest.fixture
def cora(process) -> Person:
    """Curate the valley."""
    return Person.called("cora").joins(process, "curator")


def change(process, number) -> Changeset:
    return Changeset.objects.get(process=process, number=number)


def latest(process) -> Changeset:
    return process.changesets.order_by("-number").first()


def content(process) -> dict:
    """Return everything that the record of a process says, without its bookkeeping."""
    left_out = {"version", "created_at", "updated_at"}
    found = {}
    for name, model in RECORDED.items():
        rows = model.objects.filter(pk=process.pk) if model is Process else model.objects.filter(process=process)
        for row in rows:
            columns = json.loads(history.data_of(row))
            columns["retired_at"] = bool(columns["retired_at"])
            found[name, row.pk] = {key: value for key, value in columns.items() if key not in left_out}
    return found


def undo(person, changeset, **posted):
    posted = {"reason": "Take it back", "key": uuid4().hex} | posted
    return person.post(reverse("issues:change-undo", args=[changeset.pk]), posted)


def write(process, *updates, reason="Write", **rest):
    """Write one change: (row, fields) or a row alone, which is new."""
    with history.changeset(process, reason=reason) as door:
        for row in updates:
            if isinstance(row, tuple):
                stored = type(row[0]).objects.get(pk=row[0].pk)
                door.update(stored, **row[1])
            else:
                door.create([row])
    return latest(process)


# Undo


def created(process, held):
    return write(process, valley.position(process, "plain", "2024-03-01", 60))


def changed(process, held):
    return write(process, (held, {"headline": "Close the slope", "placement": None}))


def retired(process, held):
    valley.retire(held)
    return latest(process)


def restored(process, held):
    valley.retire(held)
    with history.changeset(process, reason="Back") as door:
        door.restore(Position.objects.get(pk=held.pk))
    return latest(process)


def several(process, held):
    return write(
        process,
        (held, {"headline": "Close the slope"}),
        (Briefing.objects.get(process=process), {"title": "Minutes of a meeting"}),
        valley.position(process, "plain", "2024-03-01", 60),
    )


@pytest.mark.parametrize("act", [created, changed, retired, restored, several])
def test_an_undo_sets_back_what_a_change_did_and_an_undo_of_that_is_the_identity(act, process, held, alma):
    before = content(process)
    if act is restored:
        before = content(process)
        before["position", held.pk] |= {"retired_at": True, "retired_reason": "A mistake"}
    one = act(process, held)
    after = content(process)
    response = undo(alma, one)
    two = latest(process)
    assert response.url == reverse("issues:change-detail", args=[two.pk])
    assert (two.user_name, two.reason) == ("alma", "Take it back")
    now = content(process)
    new = after.keys() - before.keys()
    assert {key: row for key, row in now.items() if key not in new} == before
    assert all(now[key]["retired_at"] and now[key]["retired_reason"] == "Take it back" for key in new)
    undo(alma, two)
    assert content(process) == after
    undo(alma, latest(process))
    assert content(process) == now
    assert not list(history.verify(process))


CREATED, HEADLINE, PROVENANCE, TEXT = "a new row", "a headline", "a curator’s note", "a text"
SIDE, PROCESS, SUMMARY = "a side", "the process", "its summary"
MAY_UNDO = [
    # person, what the change did, answer
    ("visitor", CREATED, 403),
    ("reader", CREATED, 403),
    ("stranger", CREATED, 403),
    ("analyst", CREATED, 302),
    ("analyst", HEADLINE, 302),
    ("analyst", PROVENANCE, 403),
    ("analyst", TEXT, 302),
    ("analyst", SIDE, 403),
    ("analyst", PROCESS, 403),
    ("analyst", SUMMARY, 302),
    ("curator", PROVENANCE, 302),
    ("curator", SIDE, 302),
    ("curator", PROCESS, 302),
    ("superuser", PROCESS, 302),
]


@pytest.mark.parametrize(("who", "what", "answer"), MAY_UNDO)
def test_who_may_undo_what(who, what, answer, process, held, alma, cora):
    person = {"analyst": alma, "curator": cora}.get(who) or {
        "visitor": Person,
        "reader": lambda: Person.called("rosa").joins(process, "reader"),
        "stranger": lambda: Person.called("sven").joins(valley.create("far-valley"), "analyst"),
        "superuser": lambda: Person.called("root", is_superuser=True),
    }[who]()
    one = {
        CREATED: lambda: created(process, held),
        HEADLINE: lambda: changed(process, held),
        PROVENANCE: lambda: write(process, (held, {"provenance": "Told at the well", "headline": "Other"})),
        TEXT: lambda: write(process, (Briefing.objects.get(process=process), {"text": "All of it"})),
        SIDE: lambda: write(process, (Side.objects.get(process=process, slug="hill"), {"name": "Hill people"})),
        PROCESS: lambda: write(process, (process, {"name": "The valley", "question": "Who?"})),
        SUMMARY: lambda: write(process, (process, {"summary": "Much grass.", "question": "Who?"})),
    }[what]()
    page = person.get(reverse("issues:change-detail", args=[one.pk])).text
    assert ("Undo this change" in page) is (answer == 302)
    before = content(process)
    response = undo(person, one)
    assert response.status_code == answer
    assert (content(process) != before) is (answer == 302)


def test_a_change_in_a_private_process_is_not_there_for_others(process, held, rita):
    with history.changeset(process, reason="Close the doors") as door:
        door.update(process, visibility="members")
    assert undo(rita, change(process, 2)).status_code == 404
    assert rita.get(reverse("issues:change-undo", args=[change(process, 2).pk])).status_code == 405


def stands_on_an_edit(process, held):
    later = write(process, (held, {"body": "Corrected"}), reason="Correct the text")
    return change(process, 2), f"/changes/{later.pk}/", "touched the same rows since"


def stands_on_a_citation(process, held):
    valley.cite(held)
    return change(process, 2), f"/positions/{held.pk}/", "which would be taken out"


def stands_on_a_name(process, held):
    one = write(process, (held, {"slug": "renamed"}))
    other = valley.position(process, "plain", "2024-03-01", 60)
    other.slug = held.slug
    write(process, other)
    return one, f"/positions/{other.pk}/", "has by now what"


def stands_on_nothing(process, held):
    minutes = Briefing.objects.get(process=process)
    citation = valley.cite(held)
    valley.retire(citation)
    one = latest(process)
    valley.retire(minutes)
    return one, reverse("issues:briefing-history", args=["valley", "minutes"]), "which has been taken out"


def stands_in_a_circle(process, held):
    one, two = (
        valley.propose(process, 1, ("2024-02-01", "suggested")),
        valley.propose(process, 2, ("2024-02-01", "suggested")),
    )
    link = valley.add(CompromiseLink(process=process, source=one, target=two, kind="requires", basis="logic"))
    valley.retire(link)
    taken_out = latest(process)
    valley.add(CompromiseLink(process=process, source=two, target=one, kind="requires", basis="logic"))
    return taken_out, "", "would close a circle of links"


@pytest.mark.parametrize(
    "stands", [stands_on_an_edit, stands_on_a_citation, stands_on_a_name, stands_on_nothing, stands_in_a_circle]
)
def test_what_stands_in_the_way_is_named_with_a_link_and_nothing_is_done_by_half(stands, process, held, alma, cora):
    one, link, words = stands(process, held)
    address = reverse("issues:change-detail", args=[one.pk])
    before = content(process)
    person = cora if stands is stands_on_a_name else alma
    response = undo(person, one, reason="My own words")
    assert response.status_code == 409 and "Nothing was written." in response.text
    for text in (person.get(address).text, response.text):
        where = text[text.index('<details class="revert"') :]
        where = where[: where.index("</details>")]
        assert f'href="{link}"' in where or not link
        assert words in where and "<form" not in where
    assert content(process) == before and latest(process).reason != "My own words"


def test_the_change_that_began_the_record_cannot_be_undone(process, alma):
    one = change(process, 1)
    assert "This change began the record" in alma.get(reverse("issues:change-detail", args=[one.pk])).text
    response = undo(alma, one)
    assert response.status_code == 409 and "This change began the record" in response.text


def test_a_reason_is_asked_for_and_what_was_typed_stays(process, held, alma):
    response = undo(alma, change(process, 2), reason=" ")
    assert response.status_code == 422 and "Say in one line" in response.text
    response = undo(alma, change(process, 2), key="?", reason="Mistaken")
    assert response.status_code == 422 and 'value="Mistaken"' in response.text
    assert latest(process).number == 2


def test_the_form_offers_a_reason_that_says_which_change(process, held, alma):
    text = alma.get(reverse("issues:change-detail", args=[change(process, 2).pk])).text
    assert 'value="Undo change 2: A test writes"' in text
    assert "It takes 1 position out of the record." in text


def test_a_form_sent_twice_undoes_once_and_another_says_that_it_is_so_already(process, held, alma):
    one, key = change(process, 2), uuid4().hex
    first, second = undo(alma, one, key=key), undo(alma, one, key=key)
    assert first.url == second.url and latest(process).number == 3
    third = undo(alma, one)
    assert third.url == reverse("issues:change-detail", args=[one.pk])
    assert "it is so already" in alma.get(third.url).text and latest(process).number == 3


def test_nothing_that_is_posted_beside_reason_and_key_matters(process, held, alma):
    fields = {"headline": "Injected", "version": "1", "retired_at": "", "process": "9", "user": "1", "seen": "0"}
    undo(alma, changed(process, held), **fields)
    held.refresh_from_db()
    assert (held.headline, held.placement, held.retired_at) == ("Open the slope", 20, None)


def test_the_offer_to_undo_costs_a_fixed_number_of_queries(process, held, alma, django_assert_max_num_queries):
    rows = [valley.position(process, "plain", f"2024-03-{day:02}", 60) for day in range(1, 29)]
    few, many = write(process, rows[0]), write(process, *rows[1:])
    address = reverse("issues:change-detail", args=[few.pk])
    alma.get(address)
    with CaptureQueriesContext(connection) as once:
        alma.get(address)
    with django_assert_max_num_queries(len(once)):
        alma.get(reverse("issues:change-detail", args=[many.pk]))


# Restore


def versions(process, held):
    """Return a position after seven changes: of its words, its citations, and of others."""
    old = valley.cite(held, quote="Let all in.")  # 3
    write(process, (held, {"headline": "Open to all herds", "placement": 55}))  # 4
    valley.retire(old)  # 5
    valley.cite(held, quote="Every herd.")  # 6
    write(process, valley.position(process, "plain", "2024-03-01", 60))  # 7
    return old


def restore(person, row, to, **posted):
    number = latest(row.process).number
    posted = {"reason": "It was right", "key": uuid4().hex, "seen": seen(row), "to": to} | posted
    response = person.post(reverse("issues:position-restore", args=[row.pk]), posted)
    return response, latest(row.process).number - number


def seen(row):
    return max(one.number for one in Changeset.objects.filter(process=row.process) if touches(one, row))


def touches(changeset, row):
    names = [("position", row.pk), *(("citation", pk) for pk in row.citations.values_list("pk", flat=True))]
    return any((one.model, one.object_id) in names for one in changeset.snapshots.all())


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_a_restored_version_is_the_whole_thing_as_it_stood_then(number, process, held, alma):
    versions(process, held)
    own = {("position", held.pk), *(("citation", pk) for pk in held.citations.values_list("pk", flat=True))}
    before = content(process)
    then = families.standing(held, number)
    response, added = restore(alma, held, number)
    assert added == 1 and response.url == reverse("issues:position-history", args=[held.pk])
    now = content(process)
    for key in own:
        was = then.get(key)
        assert now[key]["retired_at"] is (not was or bool(was["retired_at"]))
        assert not was or all(now[key][name] == was[name] for name in ("headline", "placement", "quote") if name in was)
    assert {key: row for key, row in now.items() if key not in own} == {
        key: row for key, row in before.items() if key not in own
    }
    assert f"The version of change {number} is restored, as change 8." in alma.get(response.url).text
    undo(alma, latest(process))
    assert content(process) == before
    assert not list(history.verify(process))


def test_the_history_offers_the_version_before_and_the_undo_of_the_change_after(process, held, alma, vera):
    versions(process, held)
    address = reverse("issues:position-history", args=[held.pk])
    text = alma.get(address, {"from": 3, "to": 4}).text
    assert "Restore the version of change 3" in text and "Undo change 4" in text
    assert "It sets back 1 position (Headline, Place on scale)." in text
    assert "It takes 1 citation out of the record. It brings 1 citation back." in text
    assert 'class="revert"' not in vera.get(address, {"from": 3, "to": 4}).text


def test_a_restore_over_what_somebody_wrote_meanwhile_is_refused_and_the_reason_stays(process, held, alma):
    versions(process, held)
    before = seen(held)
    write(process, (held, {"body": "Meanwhile."}))
    response, added = restore(alma, held, 3, seen=before, reason="My own words")
    assert (response.status_code, added) == (409, 0)
    assert "Someone changed it after this page was opened." in response.text and 'value="My own words"' in response.text
    assert f'name="seen" value="{seen(held)}"' in response.text
    response, added = restore(alma, held, 3, seen="")
    assert (response.status_code, added) == (428, 0)


@pytest.mark.parametrize(("to", "words"), [(1, "not yet recorded after"), (3, "taken out of the record at")])
def test_a_version_that_was_not_there_cannot_be_restored(to, words, process, held, alma):
    valley.retire(held)
    with history.changeset(process, reason="Back") as door:
        door.restore(Position.objects.get(pk=held.pk))
    response, added = restore(alma, held, to)
    assert (response.status_code, added) == (409, 0) and words in response.text


def test_a_restore_of_what_is_so_already_writes_nothing(process, held, alma):
    response, added = restore(alma, held, 2)
    assert (response.status_code, added) == (302, 0) and "it is so already" in alma.get(response.url).text


def test_a_restore_sent_twice_is_done_once(process, held, alma):
    versions(process, held)
    sent = {"key": uuid4().hex, "seen": seen(held)}
    assert [restore(alma, held, 3, **sent)[1] for _ in range(2)] == [1, 0]


def test_what_was_taken_out_comes_back_with_what_went_with_it(process, held, alma):
    valley.cite(held)
    before = content(process)
    with history.changeset(process, reason="Out") as door:
        for row in (held, *held.citations.all()):
            door.retire(type(row).objects.get(pk=row.pk), "A mistake")
    address = reverse("issues:position-history", args=[held.pk])
    text = alma.get(address).text
    assert "Bring it back" in text and "It brings 1 position, 1 citation back." in text
    assert restore(alma, held, "")[1] == 1 and content(process) == before


@pytest.mark.parametrize("name", ["compromise", "briefing", "issue", "process"])
def test_every_kind_of_thing_has_a_version_to_restore(name, process, alma):
    row = {
        "compromise": lambda: valley.propose(process, 1, ("2024-02-01", "suggested")),
        "briefing": lambda: Briefing.objects.get(process=process),
        "issue": lambda: Issue.objects.get(process=process, slug="grass"),
        "process": lambda: process,
    }[name]()
    where = {"compromise": ["valley", 1], "briefing": ["valley", "minutes"], "issue": ["valley", "grass"]}
    number = latest(process).number
    field = {"compromise": "headline", "process": "question"}.get(name, "title")
    before = content(process)
    one = write(process, (row, {field: "Something else"}))
    address = reverse(f"issues:{name}-restore", args=where.get(name, ["valley"]))
    posted = {"reason": "It was right", "key": uuid4().hex, "seen": one.number, "to": number}
    assert alma.post(address, posted).status_code == 302
    assert content(process) == before


# Take out, and bring back

GONE = ["position", "compromise", "briefing", "statusevent", "compromiselink", "citation"]


@pytest.fixture
def things(process, held):
    """Return one thing of each kind that can be taken out, by kind, each with what belongs to it."""
    cited = valley.cite(held)
    one, two = (valley.propose(process, n, ("2024-02-01", "suggested"), ("2024-03-01", "signalled")) for n in (1, 2))
    link = valley.add(CompromiseLink(process=process, source=one, target=two, kind="requires", basis="logic"))
    last = one.status_events.order_by("-id").first()
    valley.cite(last)
    papers = valley.add(valley.briefing(process, "papers", "2024-02-02"))
    rows = {"position": held, "compromise": two, "briefing": papers}
    return rows | {"statusevent": last, "compromiselink": link, "citation": cited}


def door_of(row, verb):
    kind = row._meta.model_name
    where = {"compromise": lambda: ["valley", row.number], "briefing": lambda: ["valley", row.slug]}
    return reverse(f"issues:{kind}-{verb}", args=where.get(kind, lambda: [row.pk])())


def sent(page, **posted) -> dict:
    """Return what the form of a page posts."""
    form = page.context["offer" if "offer" in page.context else "offers"]
    form = (form[0] if isinstance(form, list) else form).form
    names = ("key", "seen", "to", "reason")
    return {name: form[name].value() if form[name].value() is not None else "" for name in names} | posted


@pytest.mark.parametrize("kind", GONE)
def test_what_is_taken_out_is_listed_and_comes_back_as_it_was(kind, process, things, alma):
    row, before = things[kind], content(process)
    page = alma.get(door_of(row, "delete"))
    assert "out of the record." in page.text and 'name="reason"' in page.text
    answer = alma.post(door_of(row, "delete"), sent(page, reason="Recorded twice"))
    assert answer.url == door_of(row, "history")
    after = content(process)
    assert after[kind, row.pk]["retired_at"] and after[kind, row.pk]["retired_reason"] == "Recorded twice"
    assert alma.get(door_of(row, "delete")).url == door_of(row, "history")
    listed = alma.get(reverse("issues:retired-list", args=["valley"]))
    (line,) = [line for line, _ in listed.context["lines"]]
    assert (line.why, line.who, line.number) == ("Recorded twice", "alma", latest(process).number)
    assert line.restore == door_of(row, "restore") and f'action="{line.restore}"' in listed.text
    posted = {"reason": line.reason, "key": uuid4().hex, "seen": line.number}
    for _ in range(2):
        assert alma.post(line.restore, posted).url == door_of(row, "history")
    assert content(process) == before and latest(process).number == line.number + 1
    assert "Nothing has been taken out" in alma.get(reverse("issues:retired-list", args=["valley"])).text
    assert not list(history.verify(process))


def test_what_belongs_to_a_thing_goes_with_it_and_is_said(process, things, alma):
    page = alma.get(door_of(things["compromise"], "delete"))
    assert "It takes 1 compromise, 2 steps, 1 link out of the record." in page.text
    assert f'href="{door_of(things["compromiselink"], "delete")}"' in page.text


@pytest.mark.parametrize("kind", GONE)
@pytest.mark.parametrize(("who", "answer"), [("visitor", 302), ("reader", 403), ("stranger", 403)])
def test_only_analysts_and_curators_take_out_and_see_what_was(who, answer, kind, process, things):
    person = Person() if who == "visitor" else Person.called("rosa")
    if who == "reader":
        person.joins(process, "reader")
    before = content(process)
    posted = {"reason": "Mine", "key": uuid4().hex, "seen": 99}
    doors = [door_of(things[kind], "delete"), door_of(things[kind], "restore")]
    assert [person.post(door, posted).status_code for door in doors] == [403, 403]
    assert person.get(doors[0]).status_code == answer
    assert person.get(reverse("issues:retired-list", args=["valley"])).status_code == answer
    assert content(process) == before


def test_a_briefing_that_something_rests_on_stays_and_what_does_is_named(process, things, alma):
    minutes = Briefing.objects.get(process=process, slug="minutes")
    page = alma.get(door_of(minutes, "delete"))
    assert 'name="reason"' not in page.text and page.text.count("rests on “Minutes”") == 6
    assert f'href="/positions/{things["position"].pk}/"' in page.text
    response = alma.post(door_of(minutes, "delete"), {"reason": "Out", "key": uuid4().hex, "seen": 99})
    minutes.refresh_from_db()
    assert response.status_code == 409 and minutes.retired_at is None


def test_only_the_last_step_is_taken_out(process, things, alma):
    first = things["compromise"].status_events.order_by("id").first()
    page = alma.get(door_of(first, "delete"))
    assert "Only the last step of a compromise is taken out" in page.text and 'name="reason"' not in page.text


def test_what_hangs_on_what_was_taken_out_does_not_come_back_alone(process, things, alma):
    valley.retire(things["citation"])
    valley.retire(things["position"])
    page = alma.get(door_of(things["citation"], "history"))
    assert f'href="{door_of(things["position"], "history")}"' in page.text and "which has been taken out" in page.text
    response = alma.post(door_of(things["citation"], "restore"), {"reason": "Back", "key": uuid4().hex, "seen": 99})
    assert response.status_code == 409 and content(process)["citation", things["citation"].pk]["retired_at"]


def test_to_take_out_over_what_somebody_wrote_meanwhile_is_refused(process, things, alma):
    posted = sent(alma.get(door_of(things["position"], "delete")), reason="My own words")
    write(process, (things["position"], {"body": "Meanwhile."}))
    response = alma.post(door_of(things["position"], "delete"), posted)
    assert response.status_code == 409 and 'value="My own words"' in response.text
    again = alma.post(door_of(things["position"], "delete"), sent(response))
    assert again.status_code == 302


def test_sides_are_brought_back_by_curators(process, alma, cora):
    town = Side.objects.get(process=process, slug="town")
    valley.retire(town)
    address = reverse("issues:retired-list", args=["valley"])
    assert "A curator can bring it back." in alma.get(address).text
    posted = {"reason": "Back", "key": uuid4().hex, "seen": latest(process).number}
    assert alma.post(door_of(town, "restore"), posted).status_code == 403
    assert f'action="{door_of(town, "restore")}"' in cora.get(address).text
    assert cora.post(door_of(town, "restore"), posted).status_code == 302


def test_the_history_of_a_part_is_hidden_with_what_it_belongs_to(process, things, vera):
    address = door_of(things["statusevent"], "history")
    assert vera.get(address).status_code == 200
    cited = things["statusevent"].citations.get()
    assert vera.get(door_of(cited, "history")).status_code == 200
    valley.retire(Compromise.objects.get(process=process, number=1))
    assert vera.get(address).status_code == vera.get(door_of(cited, "history")).status_code == 404


def test_the_list_of_what_was_taken_out_pages_by_key_in_a_fixed_number_of_queries(process, alma, monkeypatch):
    monkeypatch.setattr(taken_out, "SIZE", 3)
    rows = [valley.hold(process, "hill", f"2024-02-{day:02}") for day in range(1, 5)]
    rows += [valley.add(valley.briefing(process, f"b{n}", "2024-02-02")) for n in range(3)]
    with history.changeset(process, reason="All at once") as door:
        for row in rows[:6]:
            door.retire(row, "A mistake")
    valley.retire(rows[6])
    address, names, queries = reverse("issues:retired-list", args=["valley"]), [], []
    query = {}
    while True:
        with CaptureQueriesContext(connection) as asked:
            response = alma.get(address, query)
        queries.append(len(asked))
        names.append([line.name for line, _ in response.context["lines"]])
        if not (after := response.context["listed"].next):
            break
        query = {"after": after}
    assert [len(page) for page in names] == [3, 3, 1]
    assert sorted(name for page in names for name in page) == sorted(str(row) for row in rows)
    assert names[0][0] == "B2" and max(queries) <= 24
    back = alma.get(address, {"before": response.context["listed"].previous})
    assert [line.name for line, _ in back.context["lines"]] == names[1]
    assert "is not a place in this list" in alma.get(address, {"after": "x"}).text
