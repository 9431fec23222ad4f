"""Forms in the place of what they change: on the dossier of an issue, on a page of its own, and without scripts."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from .. import drafts, editing
from ..analysis.dates import words
from ..analysis.merge import marked
from ..htmx import page
from ..models import Process, StatusEvent
from ..models.base import Record
from . import citing
from .gate import signed
from .reviewing import typed


@dataclass(frozen=True)
class Place:
    """Where an edit began and where it leads back to: the page, its part, and the element that the form stands in."""

    name: str
    href: str
    part: str
    target: str


def place_of(name: str, *, slug: str, issue: str, own: str, own_part: str, target: str) -> Place:
    """Return the dossier of the issue as the place if it is named “issue”, else the row's own page."""
    if name == "issue":
        return Place("issue", reverse("issues:issue-detail", args=[slug, issue]), "dossier", target)
    return Place("own", own, own_part, target)


@dataclass(frozen=True)
class Task:
    """What one form is for, in words; where it posts to, where it leads back to, and which link opened it.

    `title` heads its page and `heading` the form there; in place of a row the form is headed by the title. `noun` is
    what it changes: position. `crumbs` are the (words, address) above the title; `instead` is the (words, address) of
    what the person may have meant to do; `level` is the heading’s in place.
    """

    process: Process
    place: Place
    action: str
    opener: str
    noun: str
    title: str
    heading: str
    save: str
    crumbs: tuple[tuple[str, str], ...] = ()
    lede: str = ""
    hint: str = ""
    instead: tuple[str, str] | None = None
    nav: str = "board"
    level: int = 3
    bookmarklet: str = ""


@dataclass(frozen=True)
class Version:
    """One field of a conflict: what became of the text in each version, as (kind, words), and both as hidden inputs."""

    label: str
    saved: list[tuple[str, str]]
    yours: list[tuple[str, str]]
    carried: SafeString


def began(request) -> str:
    """Return the name of the page where an edit began, as the form or the link to it has it."""
    return request.POST.get("place") or request.GET.get("place", "")


def correct(request, row: Record, task: Task, form_class, *, check=editing.fits, **offered):
    """Correct a row where it stands, over whatever others saved meanwhile; `offered` are the form's own choices."""
    request.task = task
    if request.method != "POST":
        return opened(request, task, form_class.of(row, initial={"place": task.place.name}, **offered))
    form = form_class(with_one_kept(request.POST), **offered)
    if form.asks:
        return asked(request, task, form, form_class, **offered)
    if not form.is_valid():
        return show(request, task, form.focus(), status=422)
    wanted, base = form.content, form.cleaned_data["base_version"]
    try:
        with transaction.atomic():
            saved = editing.save(
                row,
                wanted,
                base,
                sources=form.sources,
                number=form.becomes,
                check=check,
                **signed(request, form),
            )
            drafts.discard(request.user, task.process, task.action)
    except editing.Unchanged as unchanged:
        if request.POST.get("keep") == "theirs":
            drafts.discard(request.user, task.process, task.action)
            said = f"Version {unchanged.stored.version} stands as it was saved, and yours was given up."
            return done(request, task, task.place, said)
        form.add_error(None, "Nothing was changed, so nothing was saved. Change something, or cancel.")
        return show(request, task, form.focus(), status=422)
    except editing.Unfit as unfit:
        return show(request, task, form.faulted(unfit.faults).focus(), status=422)
    except editing.Retired:
        raise Http404(f"This {task.noun} was taken out of the record meanwhile. Copy what you typed.") from None
    except editing.Conflict as conflict:
        again = {name: form[name].value() for name in form.fields if name not in (*form.record_fields, "base_version")}
        proposed = {form.field_of(name): value for name, value in conflict.merged.items()}
        merged = form_class.of(conflict.stored, initial=proposed | again, **offered).keep(form)
        status = 409 if conflict.base else 428
        return show(request, task, merged, status=status, **conflict_context(conflict, merged))
    return done(request, task, task.place, saved_sentence(saved, form))


def record(request, task: Task, form_class, write: Callable[..., tuple[Place, str]], *, initial=None, **offered):
    """Record something new. `write` takes the valid form, and returns where it leads and what is said of it."""
    request.task = task
    if request.method != "POST":
        return opened(request, task, form_class(initial={"place": task.place.name} | (initial or {}), **offered))
    form = form_class(request.POST, **offered)
    if form.asks:
        return asked(request, task, form, form_class, **offered)
    if not form.is_valid():
        return show(request, task, form.focus(), status=422)
    try:
        with transaction.atomic():
            made = write(form)
            drafts.discard(request.user, task.process, task.action)
        return done(request, task, *made)
    except editing.Unfit as unfit:
        return show(request, task, form.faulted(unfit.faults).focus(), status=422)
    except editing.Retired as retired:
        said = f"“{retired.stored}” was taken out of the record meanwhile, so nothing can be added to it."
        raise Http404(f"{said} Copy what you typed.") from None
    except editing.Overtaken as overtaken:
        last = overtaken.stored
        again = {name: form[name].value() for name in form.fields} | {"after": last.pk if last else 0}
        said = f"The step recorded last is now “{last.get_status_display()}”, {day_of(last)}." if last else ""
        status = 428 if form.cleaned_data["after"] is None else 409
        kept = form_class(initial=again, **offered).keep(form)
        return show(request, task, kept, status=status, overtaken=True, latest=said)


def asked(request, task: Task, form, form_class, **offered):
    """Answer what the form asks its citation picker, with everything typed kept and nothing saved."""
    again = form_class(initial={name: form[name].value() for name in form.fields}, **offered).keep(form)
    citing.answer(form.cited, again.cited)
    response = show(request, task, again, unsaved=True)
    if form.cited.asked != "check":  # which names its own, smaller target
        place = f"#{form.prefix_id}-sources"
        response["HX-Retarget"] = response["HX-Reselect"] = place
        response["HX-Reswap"] = "outerHTML show:none"
        response["HX-Replace-Url"] = "false"
    return response


def opened(request, task: Task, form):
    """Answer with a form as it opens: with what is stored, with a suggestion, or with the draft that was asked back."""
    if suggestion := getattr(request, "suggestion", None):
        form.bring_back(typed(suggestion))
        return show(request, task, form.focus(), unsaved=True)
    draft = drafts.find(request.user, task.process, task.action)
    is_back = draft is not None and request.GET.get("draft") == "1"
    if is_back:
        form.bring_back(draft.typed)
    return show(
        request,
        task,
        form.focus(),
        draft=draft if draft and (is_back or form.differs(draft.typed)) else None,
        is_back=is_back,
        others=drafts.others(request.user, task.process, task.action),
    )


def day_of(step: StatusEvent) -> str:
    """Return the day of a step in words."""
    return words(step.occurred_on, step.precision)


def show(request, task: Task, form, *, status=200, **more):
    """Answer with the form: a page, or the part; one that could not be saved stays in its place."""
    form.recall(editing.reasons(task.process, request.user))
    context = {"process": task.process, "nav": task.nav, "task": task, "place": task.place, "form": form} | more
    query = urlencode({"draft": 1, "place": task.place.name})
    context["suggestion"] = suggestion = getattr(request, "suggestion", None)
    context["is_reviewed"] = not suggestion and task.process.reviews(request.user)
    context["draft_url"] = f"{task.action}{'&' if '?' in task.action else '?'}{query}"
    response = page(request, "issues/edit.html", context, partial="edit", status=status)
    if status != 200:
        response["HX-Retarget"] = f"#{task.place.target}"
        response["HX-Reswap"] = "innerHTML show:none"
        response["HX-Replace-Url"] = "false"
    return response


def done(request, task: Task, place: Place, sentence: str):
    """Say what was saved and lead back to where the edit began; the form's address tells scripts that it is done."""
    messages.success(request, sentence, extra_tags=task.action)
    return redirect(f"{place.href}#{place.target}")


def saved_sentence(saved: editing.Saved, form) -> str:
    """Return what is said after a save."""
    said = f"Saved as version {saved.version}" if saved.version else "Saved"
    labels = ", ".join(str(form.fields[form.field_of(name)].label).lower() for name in saved.kept)
    said += f", together with what someone else changed meanwhile: {labels}." if labels else "."
    added = {0: "", 1: " The source is added."}
    cited = len(saved.cited)
    return said + added.get(cited, f" {cited} sources are added.")


def conflict_context(conflict: editing.Conflict, form) -> dict:
    """Return what the form of a conflict says: who saved, when, and both versions of each field."""
    writer = editing.writer(conflict.stored) if conflict.stored else None
    return {
        "conflict": conflict,
        "writer": (writer.name if writer else "") or "Someone",
        "saved_at": localtime(writer.moment) if writer else None,
        "versions": [
            Version(
                str(form.fields[form.field_of(one.name)].label),
                marked(worded(form, one.name, one.base), worded(form, one.name, one.theirs)),
                marked(worded(form, one.name, one.base), worded(form, one.name, one.mine)),
                carried(form, one),
            )
            for one in conflict.partings
        ],
    }


def carried(form, parting) -> SafeString:
    """Return both values of a field as hidden inputs, from which `with_one_kept` takes one."""
    name = form.field_of(parting.name)
    field = form.fields[name]
    values = (("theirs", parting.theirs), ("mine", parting.mine))
    inputs = ((field.hidden_widget().render(f"{whose}-{name}", field.prepare_value(value)),) for whose, value in values)
    return format_html_join("", "{}", inputs)


def with_one_kept(posted: QueryDict) -> QueryDict:
    """Return what was posted after a conflict, with one whole version in place of the merged fields if that is kept."""
    start = f"{posted.get('keep')}-"
    if start not in ("theirs-", "mine-"):
        return posted
    posted = posted.copy()
    for name in [name for name in posted if name.startswith(start)]:
        posted.setlist(name.removeprefix(start), posted.getlist(name))
    return posted


def worded(form, name: str, value) -> str:
    """Return a value of a field as people read it."""
    field = form.fields[form.field_of(name)]
    choices, value = dict(getattr(field, "choices", ())), field.prepare_value(value)
    return "empty" if value in (None, "") else str(choices.get(value, value))
