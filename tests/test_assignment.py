"""Posting more than a form asks for: only what the form names ever changes."""

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models, transaction
from django.forms import CharField, DateField

from issues.forms import IssueEditForm
from issues.models import Draft

from . import valley
from .addresses import ACCOUNTS, CHANGES, EDIT, PANEL, ROUTES, address
from .conftest import PASSWORD, Person
from .test_picker import shown

pytestmark = pytest.mark.django_db

# What no form of the record may ever set, whatever it is called in a later form.
NEVER = {"id", "process", "version", "slug", "created_at", "updated_at", "retired_at", "retired_reason", "provenance"}
NEVER |= {"content_version", "later_sections", "method", "visibility", "members", "text_sha256"}
# What the door itself keeps.
# Texts of a form of their own.
PLAIN = {"reason": "Correct", "language": "en", "scale_anchors": "50: Half open"}
PLAIN |= {name: f"https://example.org/{name}" for name in ("url", "other_urls", "archived_url", "quote_url")}
KEPT = {"version", "updated_at", "content_version", "text_sha256", "last_login"}
MODELS = [*apps.get_app_config("issues").get_models(), User]
WRITTEN = {"changeset", "snapshot", "draft"}  # who, when, why, and what was typed
WRITTEN |= {"searchentry", "searchword"}  # what follows from the record


def forged(other) -> dict:
    """Return every field of every model with an odd value: a row of another process, or what nobody types."""
    found = {"is_staff": "on", "is_superuser": "on", "groups": "1", "user_permissions": "1", "role": "curator"}
    for model in MODELS:
        for field in model._meta.concrete_fields:
            if field.is_relation:
                value = field.related_model._base_manager.order_by("-pk").values_list("pk", flat=True).first() or 1
            elif isinstance(field, models.DateField):
                value = "1999-09-09"
            elif isinstance(field, models.IntegerField):
                value = 4242
            else:
                value = next((choice for choice, _ in reversed(field.choices or ())), "forged")
            found |= {field.name: value, field.attname: value}
    # A form counts the rows of its sources by what is posted: these would be one without its words.
    found = {name: value for name, value in found.items() if not name.startswith("source")}
    return found | {"process": other.pk, "process_id": other.pk, "pk": 4242, "id": 4242}


def stored() -> dict:
    """Return every row of every model, by model and key."""
    return {
        (model._meta.model_name, row["pk"]): row
        for model in MODELS
        for row in model._base_manager.annotate().values(
            "pk", *(field.attname for field in model._meta.concrete_fields)
        )
    }


def changed(before) -> dict:
    """Return what differs from before: the names of the fields of each row changed, and the whole of each new one."""
    return {
        key: {name for name in row if row[name] != before[key][name]} if key in before else row
        for key, row in stored().items()
        if before.get(key) != row and key[0] not in WRITTEN
    }


def filled(form) -> dict:
    """Return what a form would send when every text in it has been changed, and what it must have is given."""
    values = {}
    for bound in form:
        value, field = bound.value(), bound.field
        choices = [choice for choice, _ in getattr(field, "choices", ()) if choice not in ("", None)]
        if choices:
            value = value or (choices[0] if field.required or bound.name.endswith("briefing") else "")
        elif isinstance(field, DateField):
            value = value or "2024-06-01"
        elif isinstance(field, CharField) and not field.widget.is_hidden and bound.name not in PLAIN:
            value = f"{value or ''} anew".strip()
        values[bound.name] = "" if value is None else value
    return values | PLAIN


# A draft has no form of its own, and a clip keeps nothing but sources.
FORMS = [name for name in ROUTES if ROUTES[name] is EDIT and name not in ("draft-list", "clip-new")]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_changes_what_it_names(name, house):
    analyst, process = house.people["analyst"], house.public
    spare = valley.add(valley.briefing(process, "spare", "2024-03-01"))  # a briefing that is cited stays
    url = address(name, process, **{"briefing": spare.slug} if name == "briefing-delete" else {})
    form = analyst.get(url).context["form"]
    own = {form.stored_as.get(field, field).removesuffix("_id") for field in form.record_fields}
    assert not own & NEVER
    kept = KEPT | ({"retired_at", "retired_reason"} if name.endswith("-delete") else set())
    before = stored()
    response = analyst.post(url, forged(house.private) | filled(form))
    assert response.status_code == 302, response.context["form"].errors
    found = changed(before)
    assert found.pop(("process", process.pk)) <= own | kept
    assert {model for model, _ in found} <= {model for model, _ in before}
    for (model, key), fields in found.items():
        if (model, key) in before:
            assert {field.removesuffix("_id") for field in fields} <= own | kept, (model, key)
        else:
            assert fields["process_id"] == process.pk and fields["version"] == 1 and key != 4242, (model, key)
            assert "forged" not in {fields[field] for field in NEVER & fields.keys()}, (model, key)
            assert fields["retired_at"] is None


def test_a_clip_keeps_its_source_and_nothing_else(house):
    analyst, process = house.people["analyst"], house.public
    page = {"url": "https://www.news.example/well", "title": "The well reopens", "date": "2024-04-02"}
    form = shown(analyst.get(address("clip-new", process), page))
    before = stored()
    response = analyst.post(address("clip-new", process), forged(house.private) | form | {"reason": "Clip"})
    assert response.status_code == 302
    found = changed(before)
    assert set(found.pop(("process", process.pk))) <= KEPT
    [(model, key)] = found
    assert model == "briefing" and key != 4242
    assert (found[model, key]["process_id"], found[model, key]["version"]) == (process.pk, 1)
    assert "forged" not in {found[model, key][name] for name in NEVER & found[model, key].keys()}


# What the doors that are no forms of the record change, in a row that is there.
MAY = {
    "people-role": {"role"},
    "people-suspend": {"suspended_at"},
    "people-lift": {"suspended_at"},
    "people-hand-over": {"role", "invited_by_id"},
    "process-archive": {"archived_at"},
    "process-reopen": {"archived_at"},
    "people-withdraw": {"withdrawn_at"},
    "suggestion-decline": {"state", "answer", "decided_by_id", "decided_by_name", "decided_at"},
    "suggestion-withdraw": {"state", "answer", "decided_by_id", "decided_by_name", "decided_at"},
    "people-invite": {"withdrawn_at"},
    "invitation-accept": {"accepted_at", "accepted_by_id"},
}


def test_what_is_no_form_of_the_record_takes_nothing_that_is_forged(house):
    process, before = house.public, stored()
    data = forged(house.private) | {"email": "new@example.org", "role": "analyst", "address": "/codebook/"}
    for name, rule in (ROUTES | ACCOUNTS).items():
        if not rule.post or name in FORMS:
            continue
        person = house.people["stranger" if name in ACCOUNTS or "invit" in name else "desk"]
        with transaction.atomic():
            assert person.post(address(name, process, **house.known[process]), data).status_code < 500
            for (model, key), fields in changed(before).items():
                if (model, key) in before:
                    assert fields <= KEPT | MAY.get(name, set()), (name, model, fields)
                else:
                    assert (fields["process_id"], fields["role"]) in {(process.pk, "analyst"), (process.pk, "reader")}
                    assert key != 4242 and "forged" not in fields.values(), (name, model)
            assert not Draft.objects.exclude(user=person.user).exists()
            transaction.set_rollback(True)
        person.force_login(person.user)  # one of them was to sign out


def test_an_invitation_gives_what_it_says_and_no_more(house):
    visitor, url = Person(), address("invitation-detail", house.public, **house.known[house.public])
    visitor.post(f"{url}accept/", forged(house.private))
    account = {"username": "nora", "password1": PASSWORD, "email": "other@example.org"}
    assert visitor.post("/accounts/signup/", forged(house.private) | account).status_code == 302
    nora = User.objects.get(username="nora")
    assert (nora.is_staff, nora.is_superuser, nora.email) == (False, False, "valley@example.org")
    assert [(one.process, one.role) for one in nora.memberships.all()] == [(house.public, "reader")]


def test_a_field_that_is_forged_is_seen(house, monkeypatch):
    """As if the form of an issue wrote whatever it is sent."""
    monkeypatch.setattr(IssueEditForm, "content", property(lambda form: form.cleaned_data | {"provenance": "forged"}))
    monkeypatch.setattr(IssueEditForm, "record_fields", property(lambda form: [*form.fields, "provenance"]))
    with pytest.raises(AssertionError):
        test_a_form_changes_what_it_names("issue-edit", house)


# What the desk lets nobody set: what the door itself keeps, and what a row belongs to.
SEALED = {"id", "process", "version", "created_at", "retired_at", "retired_reason", "content_version", "later_sections"}
SEALED |= {"members", "text_sha256", "places", "archived_at"}
DESK = [name for name, pages in PANEL.items() if pages[2] is CHANGES and name != "issues_membership"]


@pytest.mark.parametrize("name", DESK)
def test_a_form_at_the_desk_changes_what_it_names(name, house):
    desk, process = house.people["desk"], house.public
    url = address(f"admin:{name}_change", process)
    form = desk.get(url).context["adminform"].form
    own = {field for field in form.fields if field not in ("reason", "key", "base_version")}
    assert own and not own & SEALED
    values = {}
    for bound in form:
        value = bound.value()
        value = bound.field.prepare_value(value) if hasattr(bound.field, "prepare_value") else value
        is_text = type(bound.field) is CharField and not bound.field.widget.is_hidden
        values[bound.name] = f"{value or ''} anew".strip() if is_text else "" if value is None else value
    values |= {f"{each}-{count}_FORMS": 0 for each in ("citations", "status_events") for count in ("TOTAL", "INITIAL")}
    before = stored()
    response = desk.post(url, forged(house.private) | values | {"reason": "Correct", "language": "en"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    found = changed(before)
    found.pop(("process", process.pk), None) if name != "issues_process" else None
    ((model, key),) = found
    assert (model, key) in before and f"issues_{model}" == name
    # The reason of a link is not that of the change.
    own |= {"reason"} if "grounds" in own else set()
    assert {field.removesuffix("_id") for field in found[model, key]} <= own | KEPT
    assert "Correct" not in [stored()[model, key].get("reason")]
