"""Briefings that are one document: found, merged, redirected, and taken apart again; and many rows set at once."""

import uuid

import pytest
from django.urls import reverse

from issues import history, reverting
from issues.models import Briefing, Changeset, Citation, Compromise, Position, StatusEvent

from . import valley
from .conftest import Person

pytestmark = pytest.mark.django_db
ENVOYS = "Envoys meet at the river to talk about grazing"


@pytest.fixture
def process():
    """Return a record with two briefings that are one: a letter that most rests on, and its copy."""
    process = valley.create()
    letter = {"title": ENVOYS, "url": "https://a.example/1", "publisher": "The Valley"}
    copy = {"title": ENVOYS + " again", "url": "https://b.example/2", "author": "A. Writer", "text": "They share it."}
    valley.add(valley.briefing(process, "letter", "2024-01-09", **letter))
    valley.add(valley.briefing(process, "copy", "2024-01-10", **copy))
    held = valley.hold(process, "hill", "2024-02-01", 20)
    valley.cite(held, "letter")
    valley.cite(held, "copy", quote="They share", order=2)
    other = Briefing.objects.get(slug="copy")
    valley.propose(process, 1, ("2024-02-01", "offered", {"briefing": other}))
    valley.cite(valley.hold(process, "plain", "2024-02-01", 20), "letter")
    return process


@pytest.fixture
def carl(process):
    return Person.called("carl").joins(process, "curator")


def named(slug) -> Briefing:
    return Briefing.objects.get(slug=slug)


def url(process, verb="merge", *slugs):
    query = "&".join(f"b={named(slug).pk}" for slug in slugs)
    return reverse(f"issues:duplicate-{verb}", args=[process.slug]) + (f"?{query}" if query else "")


def sent(keeper="letter", *others, **more):
    rows = [named(slug) for slug in (keeper, *(others or ("copy",)))]
    data = {"b": [row.pk for row in rows], "keeper": rows[0].pk, "reason": "One text", "key": uuid.uuid4().hex}
    return data | {f"version-{row.pk}": row.version for row in rows} | more


def everything(process):
    """Return what the record says, without versions and moments."""
    skipped = {"version", "updated_at", "places"}
    return {
        (model.__name__, row.pk): {k: v for k, v in vars(row).items() if k not in skipped and k[0] != "_"}
        for model in (Briefing, Citation, StatusEvent)
        for row in model.objects.filter(process=process)
    }


def test_what_looks_the_same_is_listed_and_compared(process, carl):
    page = carl.get(url(process, "list"))
    assert page.text.count('class="doc"') == 1 and "Nearly the same title and date" in page.text
    assert f"{ENVOYS} again" in page.text and "Minutes" not in page.text
    compared = carl.get(url(process, "merge", "letter", "copy")).text
    assert compared.index("This one") and "2 citations, 0 steps" in compared and "1 citation, 1 step" in compared
    for value in ("The Valley", "A. Writer", "https://a.example/1", "https://b.example/2", "They share it."):
        assert value in compared


def test_a_merge_moves_what_rests_on_the_other_and_can_be_undone_as_one(process, carl, vera):
    before, letter, copy = everything(process), named("letter"), named("copy")
    fields = {f"keep-{name}": copy.pk for name in ("author", "text", "published_on")}
    response = carl.post(url(process), sent(**fields))
    assert response.url == reverse("issues:briefing-detail", args=[process.slug, "letter"])
    letter.refresh_from_db()
    assert (letter.author, letter.publisher, letter.text) == ("A. Writer", "The Valley", "They share it.")
    assert letter.text_sha256 and str(letter.published_on) == "2024-01-10"
    assert letter.other_urls == ["https://b.example/2"] and letter.url == "https://a.example/1"
    assert not Citation.objects.filter(briefing=copy).exists() and StatusEvent.objects.get().briefing == letter
    assert Citation.objects.get(quote="They share").places == 1
    written = Changeset.objects.get(number=Changeset.objects.filter(process=process).count(), process=process)
    assert not list(history.verify(process))
    old = reverse("issues:briefing-detail", args=[process.slug, "copy"])
    moved = vera.get(old, {"on": "2024-03-01"})
    assert (moved.status_code, moved.url) == (301, f"{response.url}?on=2024-03-01")
    assert moved["Cache-Control"] == "no-cache"
    assert carl.get(reverse("issues:briefing-history", args=[process.slug, "copy"])).status_code == 200
    reverting.undo(written, reason="They differ", user=carl.user, key="a")
    assert everything(process) == before
    assert vera.get(old).status_code == 200 and not list(history.verify(process))


def test_addresses_lead_on_to_what_stays_at_last_and_only_for_who_may_see(process, carl, vera):
    valley.add(valley.briefing(process, "third", "2024-01-09", title="Third"))
    carl.post(url(process), sent("copy", "letter"))
    carl.post(url(process), sent("third", "copy"))
    first = reverse("issues:briefing-detail", args=[process.slug, "letter"])
    assert vera.get(first).url.endswith("/briefings/third/")
    with history.changeset(process, reason="Close") as door:
        process.refresh_from_db()
        door.update(process, visibility="members")
    assert vera.get(first).status_code == 404
    assert carl.get(first).status_code == 301


def test_a_form_sent_twice_merges_once(process, carl):
    data = sent()
    first, again = carl.post(url(process), data), carl.post(url(process), data)
    assert first.url == again.url and Changeset.objects.filter(reason="One text").count() == 1


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"reason": " "}, 422, "Say in one line why"),
        ({"keeper": "x"}, 422, ""),
        ({"keep-title": "99999"}, 422, ""),
        ({"key": "x"}, 422, ""),
        ({"version": None}, 428, "did not say which versions"),
        ({"version": 7}, 409, "was changed meanwhile"),
        ({"b": ["1", "x", "٣", "9" * 30]}, 302, None),
        ({"b": []}, 302, None),
    ],
)
def test_a_merge_that_cannot_be_is_refused_in_words(more, status, said, process, carl):
    before, copy = everything(process), named("copy")
    data = sent()
    if "version" in more:
        version = more.pop("version")
        data |= {f"version-{copy.pk}": "" if version is None else version}
    response = carl.post(url(process), data | more)
    assert response.status_code == status and (said is None or said in response.text)
    assert everything(process) == before


def test_briefings_of_two_processes_are_never_merged(process, carl):
    glen = valley.create("glen", visibility="members")
    other = Briefing.objects.get(process=glen)
    data = sent()
    data["b"] = [data["b"][0], other.pk]
    data[f"version-{other.pk}"] = 1
    assert carl.post(url(process), data).status_code == 302
    other.refresh_from_db()
    assert other.retired_at is None and "Minutes" not in carl.get(f"{url(process)}?b={other.pk}&b={data['b'][0]}").text


# Many rows at once


def bulk(process, kind="briefings"):
    return reverse("issues:bulk-edit", args=[process.slug, kind])


def ticked(*rows, **more):
    return {"row": [f"{row.pk}.{row.version}" for row in rows], "reason": "The same", "key": uuid.uuid4().hex} | more


@pytest.mark.parametrize(
    ("kind", "model", "fields"),
    [
        ("briefings", Briefing, {"kind": "analysis", "publisher": "The Plain", "reliability": "B", "language": "uk"}),
        ("positions", Position, {"confidence": "low", "commitment": "leak"}),
        ("compromises", Compromise, {"origin": "town-list"}),
    ],
)
def test_fields_of_many_rows_are_set_in_one_change(kind, model, fields, process, carl):
    rows = list(model.objects.filter(process=process).order_by("pk"))
    left = [(row.pk, row.version) for row in rows[2:]]
    assert all(str(row) in carl.get(bulk(process, kind)).text for row in rows)
    response = carl.post(bulk(process, kind), ticked(*rows[:2], **fields), follow=True)
    assert "as change" in response.text, response.text
    for row in model.objects.filter(pk__in=[row.pk for row in rows[:2]]):
        assert {name: getattr(row, name) for name in fields} == fields and row.version == 2
    assert [(row.pk, row.version) for row in model.objects.filter(pk__in=[pk for pk, _ in left]).order_by("pk")] == left
    assert Changeset.objects.filter(reason="The same").count() == 1


def test_a_conflict_is_named_by_row_and_nothing_is_half_written(process, carl):
    letter, copy, minutes = named("letter"), named("copy"), named("minutes")
    data = ticked(letter, copy, minutes, language="uk")
    with history.changeset(process, reason="Meanwhile") as door:
        door.update(copy, author="B. Writer")
    valley.retire(minutes)
    response = carl.post(bulk(process), data)
    assert response.status_code == 409
    assert f"“{ENVOYS} again” was changed meanwhile; it is at version 2 now." in response.text
    assert "1 of the ticked rows is not in the record any more." in response.text
    assert set(Briefing.objects.filter(process=process).values_list("language", flat=True)) == {"en"}
    assert f'value="{copy.pk}.2" id="row-{copy.pk}" checked' in response.text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"row": []}, "Tick the rows"),
        ({"row": ["x"]}, "a row that the list does not have"),
        ({"row": ["1.1"] * 2 + [f"{n}.1" for n in range(300)]}, "Tick 200 rows at most"),
        ({"language": ""}, "Choose at least one field"),
        ({"language": "klingon!"}, "Write a language tag"),
        ({"language": "", "kind": "poem"}, "Choose one of the list"),
        ({"language": "en"}, "say so already"),
        ({"reason": ""}, "Say in one line"),
        ({"key": "x"}, ""),
        ({"publisher": "a\x00b"}, ""),
    ],
)
def test_a_change_of_many_that_makes_no_sense_is_refused_in_words(more, said, process, carl):
    response = carl.post(bulk(process), ticked(named("letter"), **{"language": "uk"} | more))
    assert response.status_code == 422 and said in response.text
    assert named("letter").version == 1


def test_no_other_field_and_no_other_list_can_be_set(process, carl):
    carl.post(bulk(process), ticked(named("letter"), language="uk", title="Mine", slug="mine", retired_at="2024-01-01"))
    assert (named("letter").title, named("letter").language) == (ENVOYS, "uk")
    assert carl.get(bulk(process, "processes")).status_code == 404


def test_ticked_briefings_are_compared(process, carl):
    rows = [named("letter"), named("copy")]
    response = carl.post(url(process), ticked(*rows, compare="yes"))
    assert response.url.endswith(f"?b={rows[0].pk}&b={rows[1].pk}")


def test_these_pages_cost_the_same_queries_however_many_rows(process, carl, django_assert_max_num_queries):
    valley.add(*(valley.briefing(process, f"b{n}", "2024-01-09", title=f"{ENVOYS} {n}") for n in range(80)))
    for address in (bulk(process), bulk(process, "positions"), url(process, "list"), url(process, "merge", "b1", "b2")):
        with django_assert_max_num_queries(10):
            assert carl.get(address).status_code == 200
