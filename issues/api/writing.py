"""Writes: what is sent becomes the page's own form, and goes through the same door, in the same words."""

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse

from .. import editing, history, suggesting
from ..models import Briefing, Citation, Compromise, Position, Process, StatusEvent
from ..models.base import Content
from ..problems import problem
from ..views.editing import Task, day_of
from ..views.gate import check_edit, signed
from ..views.reviewing import address
from .reading import Refusal, unusable
from .shapes import NAMED, SAID

KEY = re.compile(r"[A-Za-z0-9_:.-]{8,100}")
VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})(?:\.[0-9.]+)?"')


class Stale(editing.Refused):
    """Others have written to the row since the version that was named, though to other fields."""


def begin(request, process: Process):
    """Raise PermissionDenied unless the person may write to the process, as it is now."""
    if "as_of" in request.GET:
        raise PermissionDenied("This address looks back, and the past is not written to. Leave “as_of” out.")
    check_edit(request, process)


def version_named(request) -> int:
    """Return the version of a row that a correction began with; raise Refusal where it does not say."""
    given = request.headers.get("If-Match", "").strip()
    found = VERSION.fullmatch(given)
    if not found:
        said = "Say with If-Match which version this correction began with: the ETag of the row as you read it."
        raise Refusal(problem(428, f"{said} “{given[:60]}” is none." if given else said))
    return int(found[1])


def key_of(request, *, must: bool) -> str:
    """Return the key of what is sent, as forms have one; raise Refusal where there must be one and is none."""
    given = request.headers.get("Idempotency-Key", "")
    if not given and not must:
        return uuid.uuid4().hex
    if not KEY.fullmatch(given):
        said = "Name this request with Idempotency-Key, in 8 to 100 letters, digits and _ : . -"
        raise Refusal(problem(400, f"{said}, so that it is done once however often it arrives."))
    return hashlib.sha256(f"api {request.path} {given}".encode()).hexdigest()[:32]


# What is sent, as a form


def sent(form_class, given: Mapping[str, Any], process: Process, initial: dict, row: Content | None, offered: dict):
    """Return the form of a page as a browser would send it: as it opened, with what was given put in.

    Raises Refusal, with every fault by the name that it was sent by.
    """
    opened = form_class(initial=initial, **offered) if row is None else form_class.of(row, initial=initial, **offered)
    data = QueryDict(mutable=True)
    for name, field in opened.fields.items():
        data[name] = text_of(field.prepare_value(opened[name].value()))
    for name, value in keys(process, given).items():
        if name != "sources":
            data[next((one for one in opened.fields if SAID.get(one, one) == name), name)] = text_of(value)
    for number, source in enumerate(given.get("sources") or (), start=1):
        data.appendlist("source", str(number))
        for name, value in keys(process, source, f"/sources/{number - 1}").items():
            data[f"source-{number}-{'published_on' if name == 'date' else name}"] = text_of(value)
    form = form_class(data, **offered)
    if not form.is_valid():
        raise unusable(faults(form))
    return form


def keys(process: Process, given: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Return what was given with the keys of the rows that it names; raise Refusal for one that is not there.

    One SQL query for each.
    """
    found = dict(given)
    for name in given.keys() & NAMED.keys():
        model, by = NAMED[name]
        if given[name] is not None:
            rows = model.objects.live().filter(**{"process": process, by: given[name]})
            found[name] = rows.values_list("pk", flat=True).first()
            if found[name] is None:
                said = f"There is no {name.replace('_', ' ')} “{given[name]}” here."
                raise unusable([{"pointer": f"#{place}/{name}", "detail": said}])
    return found


def text_of(value: Any) -> str:
    """Return a value as a form sends it."""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def faults(form) -> list[dict[str, str]]:
    """Return what is at fault in a form and in its sources, each by the name that it was sent by."""
    places = [("#", form), *((f"#/sources/{row.number - 1}", row) for row in (form.cited.rows if cites(form) else ()))]
    return [
        {"pointer": place if name == "__all__" else f"{place}/{SAID.get(name, name)}", "detail": message}
        for place, one in places
        for name, messages in one.errors.items()
        for message in messages
    ]


def cites(form) -> bool:
    return hasattr(form, "cited")


# Through the door


def save(request, row: Content, task: Task, form_class, given, base: int | None, *, check=editing.fits, **offered):
    """Write what was given over version `base` of a row, if that is the version it has; return what was saved.

    Without a version only sources are added, whatever the row says. Raises Refusal with the answer to all that stands
    in the way.
    """
    key = key_of(request, must=base is None or "Idempotency-Key" in request.headers)
    began = row if base in (None, row.version) else editing.version_of(row, base)
    if began is None:
        said = f"There is no version {base} of this {task.noun}. It is at version {row.version}."
        raise Refusal(problem(412, said, headers={"ETag": f'"{row.version}"'}))
    form = sent(form_class, given, task.process, {"key": key}, began, offered)

    def unmoved(stored):  # asked behind the door, where nobody else writes
        if stored.version != (base or stored.version):
            raise Stale(stored)
        return check(stored)

    typed = {} if base is None else form.content
    more = {"sources": form.sources, "number": form.becomes, "check": unmoved}
    try:
        with transaction.atomic():
            # Every row has a first version, so that the same sources are the same write whatever others write to it.
            return editing.save(row, typed, base or 1, **more, **signed(request, form))
    except editing.Unchanged as unchanged:  # what is asked for is so
        return editing.Saved(unchanged.stored.version)
    except editing.Unfit as unfit:
        raise unusable(faults(form.faulted(unfit.faults))) from None
    except editing.Retired:
        raise Http404(f"This {task.noun} was taken out of the record meanwhile; nothing was written.") from None
    except (editing.Conflict, Stale) as refused:
        raise Refusal(parted(row, refused, form)) from None
    except history.UnderReview as waiting:
        raise Refusal(kept(request, waiting, task, form, base)) from None


def correct(request, row: Content, task: Task, form_class, given: Mapping[str, Any], **more) -> HttpResponse:
    """Answer to a correction of the version of a row that the request names."""
    base = version_named(request)
    saved = save(request, row, task, form_class, given, base, **more)
    return written(request, row, saved.version or base)


def record(request, task: Task, form_class, given, write: Callable[[Any], Content], **offered) -> HttpResponse:
    """Answer to something new; `write` takes the valid form, and returns the row."""
    form = sent(form_class, given, task.process, {"key": key_of(request, must=True)}, None, offered)
    try:
        with transaction.atomic():
            made = write(form)
    except editing.Unfit as unfit:
        raise unusable(faults(form.faulted(unfit.faults))) from None
    except editing.Retired as retired:
        raise Http404(f"“{retired.stored}” was taken out of the record meanwhile; nothing was written.") from None
    except editing.Overtaken as overtaken:
        raise Refusal(overtaken_by(overtaken.stored)) from None
    except history.UnderReview as waiting:
        raise Refusal(kept(request, waiting, task, form)) from None
    return written(request, made, 1, status=201)


# Answers


def written(request, row: Content, version: int, status=200) -> HttpResponse:
    """Return the answer to a write: the same however often it arrives."""
    name, url = place_of(row)
    url, page = request.build_absolute_uri(url), request.build_absolute_uri(page_of(row))
    headers = {"ETag": f'"{version}"'} | ({"Location": url} if status == 201 else {})
    return JsonResponse({"name": name, "version": version, "url": url, "page": page}, status=status, headers=headers)


def place_of(row: Content) -> tuple[str | int, str]:
    """Return what an address names a row by, and the address where it is read."""
    match row:
        case Position() | Briefing():
            kind, name = str(row._meta.model_name), row.slug
        case Compromise():
            kind, name = "compromise", row.number
        case StatusEvent():
            kind, name = "step", row.pk
        case _:
            kind, name = "citation", row.pk
    return name, reverse(f"api:{kind}-detail", args=[row.process.slug, name])


def page_of(row: Content) -> str:
    """Return the address of the page on which people read a row: its own, or that of what it belongs to."""
    match row:
        case Citation():
            return page_of(row.position or row.compromise or row.status_event)
        case StatusEvent():
            return page_of(row.compromise)
    return row.get_absolute_url()


def parted(row: Content, refused: editing.Refused, form) -> HttpResponse:
    """Return the answer to a correction of a version that is not the last: nobody's words are lost.

    `conflicts` are the fields that both changed, each with the text both began with, theirs, mine and a proposal;
    `merged` is what to send again over the version that is named.
    """
    # As it stood behind the door: of a version saved since, the texts here would say nothing.
    stored = editing.version_of(row, refused.stored.version)
    writer = editing.writer(stored)
    is_conflict = isinstance(refused, editing.Conflict)
    merged = refused.merged if is_conflict else {name: getattr(refused.stored, name) for name in form.content}
    who = (writer.name if writer else "") or "Someone"
    more = "Compare the texts of each field, then send" if is_conflict else "They touched other fields: send"
    return problem(
        412,
        f"{who} has saved version {stored.version} since; nothing was written. {more} “merged” with this ETag.",
        headers={"ETag": f'"{stored.version}"'},
        version=stored.version,
        conflicts=[
            {
                "field": SAID.get(one.name, one.name),
                "base": one.base,
                "theirs": one.theirs,
                "mine": one.mine,
                "proposal": one.proposal,
            }
            for one in (refused.partings if is_conflict else ())
        ],
        merged={
            SAID.get(name, name): value
            for name, value in merged.items()
            if not editing.same(value, getattr(stored, name))
        },
    )


def overtaken_by(last: StatusEvent | None) -> HttpResponse:
    """Return the answer to a step that was sent after another than the last."""
    said = f"The step recorded last is “{last.get_status_display()}”, {day_of(last)}." if last else "There is no step."
    after = last.pk if last else 0
    return problem(409, f"{said} If yours still holds, send it again with “after” {after}.", after=after)


def kept(request, waiting: history.UnderReview, task: Task, form, base: int | None = None) -> HttpResponse:
    """Keep what waits for a curator as the suggestion that the page's own form would have made, and say where it is."""
    typed = dict(form.data.lists())
    with transaction.atomic():
        made = suggesting.keep(waiting, task.action, typed, title=task.title, is_form=True, base_version=base)
    page = request.build_absolute_uri(address(made))
    said = {"suggestion": made.pk, "state": made.state, "page": page}
    return JsonResponse(said, status=202, headers={"Location": page})
