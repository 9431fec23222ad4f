"""The curators’ door: what it lists, who may enter, and that it writes as every other door does."""

import hashlib
import json
import re
from functools import cache

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.staticfiles.finders import get_finders
from django.urls import reverse

from issues import history, people
from issues.models import (
    Briefing,
    Changeset,
    Citation,
    Compromise,
    Invitation,
    Issue,
    Membership,
    Position,
    Process,
    Side,
    Snapshot,
)

from .conftest import Person

pytestmark = pytest.mark.django_db

# A draft, a saved view and a token are nobody's but whose they are, a curator's neither; what is suggested is decided
# on its own pages, and briefs are listed on theirs; what is left of removed talks is for `verify_history`.
ABSENT = {"Process_members", "Brief", "BriefFile", "Draft", "Import", "Removal", "SavedView", "SearchEntry"}
ABSENT |= {"SearchWord", "Suggestion", "Tally", "Task", "Token"}
RECORD = [model for model in apps.get_app_config("issues").get_models() if model.__name__ not in ABSENT]


def address(model, page="changelist", *args):
    return reverse(f"admin:issues_{model._meta.model_name}_{page}", args=args)


def filled(client, url):
    """Return what the form at an address would send if nobody touched it."""
    form = client.get(url).context["adminform"].form
    values = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False:
            continue
        if hasattr(bound.field, "prepare_value"):
            value = bound.field.prepare_value(value)
        values[bound.name] = value
    return MANAGED | {name: value for name, value in values.items() if value is not None}


# Nothing below the row, for forms that are sent without their inlines.
MANAGED = {f"{name}-{count}_FORMS": 0 for name in ("citations", "status_events") for count in ("TOTAL", "INITIAL")}


@pytest.fixture
def root(talks):
    return Person.called("root", is_staff=True, is_superuser=True)


@pytest.mark.parametrize("model", RECORD, ids=lambda model: model.__name__)
def test_every_model_is_registered_with_a_list_and_a_search(model, carl):
    registered = admin.site.get_model_admin(model)
    assert registered.search_fields and len(registered.list_display) > 1
    for query in ("", "?q=russia", "?state=retired", "?state=all"):
        if "state" in query and model in (Membership, Invitation, Changeset, Snapshot):
            continue
        assert carl.get(address(model) + query).status_code == 200


@pytest.mark.parametrize("model", RECORD, ids=lambda model: model.__name__)
def test_the_list_costs_the_same_whatever_its_length(model, carl, talks, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        carl.get(address(model))


@pytest.mark.parametrize("model", RECORD, ids=lambda model: model.__name__)
def test_the_form_opens_on_a_row_and_on_nothing(model, carl, root, talks):
    people.invite(talks, "new@example.org", "reader", carl.user)
    row = model.objects.filter(**({} if model is Process else {"process": talks})).first()
    pages = [carl.get(address(model)), carl.get(address(model, "change", row.pk))]
    if model not in (Process, Invitation, Changeset, Snapshot):
        pages.append(root.get(address(model, "add")))
    assert [page.status_code for page in pages] == [200] * len(pages)
    needed = {name for page in pages for name in re.findall(r'(?:src|href)="/static/([^"]+)"', page.text)}
    assert needed and needed <= collected()


@cache
def collected() -> set[str]:
    """Return the static files that `collectstatic` collects."""
    left_out = apps.get_app_config("staticfiles").ignore_patterns
    return {name for finder in get_finders() for name, _ in finder.list(left_out)}


def test_a_correction_is_one_changeset_with_its_reason_and_a_new_version(carl, talks):
    position = Position.objects.filter(process=talks).first()
    url = address(Position, "change", position.pk)
    before = Changeset.objects.filter(process=talks).count()
    response = carl.post(url, filled(carl, url) | {"headline": "Said differently", "reason": "Closer to the source"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    stored = Position.objects.get(pk=position.pk)
    assert (stored.headline, stored.version, stored.body) == ("Said differently", position.version + 1, position.body)
    changeset = Changeset.objects.filter(process=talks).first()
    assert Changeset.objects.filter(process=talks).count() == before + 1
    assert (changeset.reason, changeset.user_name) == ("Closer to the source", "carl")
    assert json.loads(changeset.snapshots.get().data)["headline"] == "Said differently"


def test_a_briefing_keeps_the_fingerprint_of_its_text_and_never_the_name_of_the_form(carl, talks):
    briefing = Briefing.objects.filter(process=talks).first()
    url = address(Briefing, "change", briefing.pk)
    response = carl.post(url, filled(carl, url) | {"slug": "new", "reason": "A shorter address"})
    assert "is the address of the form for a new briefing" in response.text
    assert carl.post(url, filled(carl, url) | {"text": "Its words.", "reason": "Kept"}).status_code == 302
    briefing.refresh_from_db()
    assert briefing.text_sha256 == hashlib.sha256(b"Its words.").hexdigest()


def test_a_save_without_a_reason_is_refused_and_writes_nothing(carl, talks):
    position = Position.objects.filter(process=talks).first()
    url = address(Position, "change", position.pk)
    response = carl.post(url, filled(carl, url) | {"headline": "Said differently"})
    assert "Say in one line what changed, and why." in response.text
    assert "Said differently" in response.text
    assert Position.objects.get(pk=position.pk).version == position.version


def test_two_edits_of_different_fields_are_both_kept(carl, talks):
    position = Position.objects.filter(process=talks).first()
    url = address(Position, "change", position.pk)
    opened = filled(carl, url)
    carl.post(url, opened | {"headline": "First", "reason": "One"})
    response = carl.post(url, opened | {"body": "Second", "reason": "Two"}, follow=True)
    assert "Kept what someone else changed meanwhile: headline." in response.text
    position.refresh_from_db()
    assert (position.headline, position.body, position.version) == ("First", "Second", 3)


def test_two_edits_of_one_field_show_both_and_their_difference_and_keep_the_text(carl, anna, talks):
    position = Position.objects.filter(process=talks).first()
    url = address(Position, "change", position.pk)
    opened = filled(carl, url)
    with history.changeset(talks, reason="Meanwhile", user=anna.user) as door:
        door.update(Position.objects.get(pk=position.pk), headline="First words", confidence="low")
    response = carl.post(url, opened | {"headline": "Second words", "reason": "Two"})
    assert response.status_code == 409
    assert "anna saved “First words” while you were editing" in response.text
    assert (
        "<ins>First" in response.text
        and "<ins>Second" in response.text
        and f"<del>{position.headline[:5]}" in response.text
    )
    form = response.context["adminform"].form
    assert "Second words" in form["headline"].value() and form["base_version"].value() == 2
    assert form["confidence"].value() == "low" and form["reason"].value() == "Two"
    again = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert carl.post(url, again | {"headline": "Both"} | MANAGED).status_code == 302
    position.refresh_from_db()
    assert (position.headline, position.confidence, position.version) == ("Both", "low", 3)


def test_a_save_without_its_version_is_refused_and_keeps_the_text(carl, talks):
    position = Position.objects.filter(process=talks).first()
    url = address(Position, "change", position.pk)
    response = carl.post(url, filled(carl, url) | {"headline": "Second", "reason": "Two", "base_version": ""})
    assert response.status_code == 428
    assert "does not say which version" in response.text and "Second" in response.text
    assert Position.objects.get(pk=position.pk).version == position.version


def test_a_form_sent_twice_writes_once_and_one_that_changes_nothing_says_so(carl, talks):
    position = Position.objects.filter(process=talks).first()
    url = address(Position, "change", position.pk)
    sent = filled(carl, url) | {"headline": "Once", "reason": "Said"}
    assert [carl.post(url, sent).status_code for _ in range(2)] == [302, 302]
    assert Position.objects.get(pk=position.pk).version == 2
    assert "Nothing was changed, so nothing was saved." in carl.post(url, filled(carl, url) | {"reason": "No"}).text


def test_sources_and_steps_are_written_with_what_they_belong_to_in_one_change(carl, talks):
    compromise = Compromise.objects.filter(process=talks, citations__isnull=False).first()
    briefing, before = Briefing.objects.filter(process=talks).first(), talks.changesets.count()
    url = address(Compromise, "change", compromise.pk)
    page = carl.get(url)
    citation = compromise.citations.filter(retired_at=None).first()
    form = filled(carl, url) | formsets(page) | {"reason": "Its sources and a step"}
    n = int(form["citations-TOTAL_FORMS"])
    index = next(i for i in range(n) if str(form[f"citations-{i}-id"]) == str(citation.pk))
    steps = int(form["status_events-TOTAL_FORMS"])
    form |= {
        f"citations-{index}-locator": "page 3",
        "citations-TOTAL_FORMS": n + 1,
        f"citations-{n}-briefing": briefing.pk,
        f"citations-{n}-relation": "context",
        f"citations-{n}-credibility": "6",
        "status_events-TOTAL_FORMS": steps + 1,
        f"status_events-{steps}-status": "signalled",
        f"status_events-{steps}-occurred_on": "2026-03-01",
        f"status_events-{steps}-precision": "day",
        f"status_events-{steps}-briefing": briefing.pk,
    }
    response = carl.post(url, form)
    assert response.status_code == 302, [one.errors for one in response.context["inline_admin_formsets"]]
    assert talks.changesets.count() == before + 1
    written = talks.changesets.first().snapshots.values_list("model", "version")
    assert sorted(written) == [("citation", 1), ("citation", 2), ("statusevent", 1)]
    new = compromise.citations.latest("pk")
    assert (new.briefing, new.process, new.order) == (briefing, talks, compromise.citations.count())
    assert compromise.status_events.latest("pk").process == talks
    page = carl.get(url)
    gone = filled(carl, url) | formsets(page) | {f"citations-{index}-DELETE": "on", "reason": "Twice"}
    assert carl.post(url, gone).status_code == 302
    citation.refresh_from_db()
    assert citation.retired_reason == "Twice"


def test_a_source_that_somebody_else_saved_meanwhile_is_a_conflict_of_its_own(carl, talks):
    position = Position.objects.filter(process=talks, citations__isnull=False).first()
    url, citation = address(Position, "change", position.pk), position.citations.filter(retired_at=None).first()
    form = filled(carl, url) | formsets(carl.get(url)) | {"headline": "Also this", "reason": "Where"}
    index = next(i for i in range(99) if str(form[f"citations-{i}-id"]) == str(citation.pk))
    with history.changeset(talks, reason="Meanwhile") as door:
        door.update(Citation.objects.get(pk=citation.pk), locator="page 1")
    response = carl.post(url, form | {f"citations-{index}-locator": "page 2"})
    assert response.status_code == 409 and "page 1" in response.text and "page 2" in response.text
    assert Position.objects.get(pk=position.pk).version == 1
    again = response.context["inline_admin_formsets"][0].formset.forms[index]
    assert again["base_version"].value() == 2


def formsets(page):
    """Return what the rows below a form would send if nobody touched them."""
    values = {}
    for inline in page.context["inline_admin_formsets"]:
        for form in (inline.formset.management_form, *inline.formset.initial_forms):
            values |= {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}
    return values


def test_rows_are_retired_with_a_reason_and_never_deleted(carl, talks):
    position = Position.objects.filter(process=talks).first()
    assert carl.get(address(Position, "delete", position.pk)).status_code == 403
    asked = {"action": "retire", "_selected_action": [position.pk]}
    assert "What changed, and why" in carl.post(address(Position), asked).text
    carl.post(address(Position), asked | {"apply": "Retire", "reason": "Recorded twice"})
    position.refresh_from_db()
    assert position.retired_at and position.retired_reason == "Recorded twice"
    carl.post(
        address(Position),
        asked | {"action": "restore", "apply": "Restore", "reason": "It was not"},
        QUERY_STRING="state=all",
    )
    position.refresh_from_db()
    assert position.retired_at is None and position.version == 3


def test_what_is_deleted_is_named_and_asked_once_more(carl, anna, talks):
    member = Membership.objects.get(process=talks, user=anna.user)
    asked = {"action": "delete_selected", "_selected_action": [member.pk]}
    for page in (carl.get(address(Membership, "delete", member.pk)), carl.post(address(Membership), asked)):
        assert str(member) in page.text and 'name="post" value="yes"' in page.text
        assert "<h1>Delete" in page.text and member in Membership.objects.all()
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page.text))
    assert carl.post(address(Membership), sent).status_code == 302
    assert member not in Membership.objects.all()


def test_a_row_that_was_saved_since_it_was_selected_is_retired_as_it_stands(carl, talks, monkeypatch):
    position, opened = Position.objects.filter(process=talks).first(), history.changeset

    def overtaken(process, **how):
        monkeypatch.undo()
        with opened(process, reason="Meanwhile") as door:
            door.update(Position.objects.get(pk=position.pk), headline="Said anew")
        return opened(process, **how)

    monkeypatch.setattr(history, "changeset", overtaken)
    asked = {"action": "retire", "_selected_action": [position.pk], "apply": "Retire", "reason": "Recorded twice"}
    assert carl.post(address(Position), asked).status_code == 302
    position.refresh_from_db()
    assert (position.headline, position.version, bool(position.retired_at)) == ("Said anew", 3, True)


def test_a_row_that_points_into_another_process_is_named(root, talks, other_talks):
    values = {
        "process": talks.pk,
        "number": 99,
        "slug": "stray",
        "headline": "Stray",
        "issue": talks_issue(talks).pk,
        "side": Side.objects.filter(process=other_talks).first().pk,
        "reason": "Try",
    }
    response = root.post(address(Compromise, "add"), values)
    assert "belongs to another process" in response.text
    assert not Compromise.objects.filter(slug="stray").exists()


def talks_issue(talks):
    return Issue.objects.filter(process=talks).first()


def test_the_record_of_changes_is_there_to_read_only(carl, talks):
    changeset = talks.changesets.first()
    assert carl.get(address(Changeset, "change", changeset.pk)).status_code == 200
    assert carl.post(address(Changeset, "change", changeset.pk), {"reason": "Nothing"}).status_code == 403
    assert carl.get(address(Changeset, "add")).status_code == 403
    assert carl.get(address(Changeset, "delete", changeset.pk)).status_code == 403


def test_a_curator_sees_only_the_processes_they_curate(carl, talks, back_channel):
    with_private = carl.get(address(Process)).text
    assert talks.name in with_private and back_channel.name not in with_private
    assert carl.get(address(Process, "change", back_channel.pk)).status_code in (302, 404)


def test_visitors_are_sent_to_the_sites_own_sign_in(vera):
    response = vera.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_an_analyst_is_told_that_the_door_is_not_theirs(anna):
    assert anna.get("/admin/", follow=True).status_code == 403
