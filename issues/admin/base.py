"""What every row of the record has in the admin panel: a reason, a version check, and retiring in place of deleting."""

from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db import models
from django.shortcuts import render
from django.utils.text import capfirst

from .. import editing, history
from ..families import process_of
from ..models import Citation, Process, Snapshot
from ..permissions import CURATE, can, curated
from ..queries import changes, pages
from .forms import Chooser, PartForm, Parts, ReasonForm, RecordForm, told
from .lists import Listed, RetiredFilter

DATES = ("held_from", "occurred_on", "published_on")  # each known to the day, the month or the year
DAY: dict = {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
LINK: dict = {"assume_scheme": "https", "widget": forms.URLInput}
MANY = 40  # rows below another that its form still holds; more are read and corrected in their own list
AT_ONCE = 1_000  # rows that one change takes out or brings back
VERSIONS = 50  # on one page of a history


class Curated:
    """Rows of the processes that the signed-in person curates, and foreign keys that lead to such rows only."""

    to_process = "process"
    formfield_overrides: ClassVar = {models.URLField: LINK, models.DateField: DAY}

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(**{f"{self.to_process}__in": curated(request)})

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        model = db_field.related_model
        kwargs["widget"] = Chooser(db_field, self.admin_site)
        if not request.user.is_superuser:
            if model is Process:
                kwargs["queryset"] = Process.objects.filter(pk__in=curated(request))
            elif any(field.name == "process" for field in model._meta.fields):
                kwargs["queryset"] = model.objects.filter(process__in=curated(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # Without the small pictures that open further windows.
        if isinstance(getattr(field, "widget", None), admin.widgets.RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class CuratedAdmin(Curated, Listed):
    """Rows of the processes that the signed-in person curates."""

    def view_on_site(self, row):
        """Return where a row stands on the site, straight: the panel's own detour tells it to anyone on the staff."""
        return row.get_absolute_url() if hasattr(row, "get_absolute_url") else None

    def has_module_permission(self, request):
        return request.user.is_superuser or bool(curated(request))

    def has_view_permission(self, request, obj=None):
        if obj is None:
            return self.has_module_permission(request)
        return can(request.user, CURATE, process_of(obj))

    has_change_permission = has_view_permission

    def has_add_permission(self, request):
        return self.has_module_permission(request)

    def get_search_results(self, request, queryset, search_term):
        rows, may_double = super().get_search_results(request, queryset, search_term)
        if self.chooses(request) and hasattr(self.model, "retired_at"):
            rows = rows.filter(retired_at=None)  # nothing new is to point to what was taken out
        return rows, may_double

    def get_changeform_initial_data(self, request):
        found = super().get_changeform_initial_data(request)
        if len(curated(request)) == 1:
            found.setdefault("process", *curated(request))
        return found

    def changelist_view(self, request, extra_context=None):
        titled = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, titled | (extra_context or {}))

    def render_change_form(self, request, context, add=False, change=False, **kwargs):
        row = context["original"]
        home = process_of(row) if row else None
        if add or (change and self.has_change_permission(request, row)):
            context["title"] = f"{'New' if add else 'Edit'} {self.opts.verbose_name}"
        return super().render_change_form(request, context | {"home": home}, add=add, change=change, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        """Show the versions of a row, newest first, as the record of changes has them."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        found = Snapshot.objects.none()
        if hasattr(row, "version"):
            own = {"process": process_of(row), "model": self.opts.model_name, "object_id": row.pk}
            found = Snapshot.objects.filter(**own).select_related("changeset").defer("data")
        listed = pages.keyset(
            found, ("-id",), after=request.GET.get("after"), before=request.GET.get("before"), size=VERSIONS
        )
        context = self.admin_site.each_context(request) | {
            "title": f"History: {row}",
            "opts": self.opts,
            "original": row,
            "home": process_of(row),
            "listed": listed,
            "lines": [(one, changes.who(one.changeset), changes.at(one.changeset.moment)) for one in listed.rows],
        }
        return render(request, "admin/object_history.html", context)


class PartInline(Curated, admin.StackedInline):
    """Rows below the one they belong to, written along with it."""

    form, formset = PartForm, Parts
    extra = 0
    show_change_link = True

    def get_queryset(self, request):
        pointers = [field.name for field in self.opts.concrete_fields if field.is_relation and field.name != "process"]
        return super().get_queryset(request).filter(retired_at=None).select_related(*pointers)

    def get_fields(self, request, obj=None):
        return (*super().get_fields(request, obj), "base_version")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.refused = getattr(request, "refused", None)
        return formset

    def has_view_permission(self, request, obj=None):
        return obj is None or can(request.user, CURATE, process_of(obj))

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request, obj):
        return self.has_view_permission(request, obj)


class RecordAdmin(CuratedAdmin):
    """A row of the record: written through the door, never deleted."""

    form = RecordForm
    readonly_fields = ("recorded",)
    actions = ("retire", "restore")
    made_here: ClassVar[tuple[str, ...]] = ()  # what a new row gets without being asked

    @staticmethod
    def fits(row) -> dict[str, str]:
        """Return what does not fit with what else is stored; asked behind the door."""
        return editing.fits(row)

    def get_list_filter(self, request):
        return (*super().get_list_filter(request), RetiredFilter)

    def get_readonly_fields(self, request, obj=None):
        fixed = ("process",) if obj and self.to_process == "process" else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_fields(self, request, obj=None):
        """Return the fields of the form: what the row belongs to first, the reason last, beside what saves."""
        beside = ("process", "recorded", "reason", "precision")
        found = [name for name in super().get_fields(request, obj) if name not in beside]
        found = [(name, "precision") if name in DATES else name for name in found]
        return [
            *(["process"] if self.to_process == "process" else []),
            *found,
            *(["recorded"] if obj else []),
            "reason",
        ]

    def get_exclude(self, request, obj=None):
        return self.made_here if obj is None else None

    def get_prepopulated_fields(self, request, obj=None):
        return {}

    def get_inlines(self, request, obj):
        """Return what stands below a row, as far as it fits into one form."""
        found = super().get_inlines(request, obj)
        if obj is None:
            return found
        return [one for one in found if not one.model.objects.live().filter(**{self.below(one): obj})[MANY:].exists()]

    def below(self, inline) -> str:
        """Return the name of the field by which a row below points to the one above."""
        return inline.fk_name or next(
            field.name for field in inline.model._meta.concrete_fields if field.related_model is self.model
        )

    @admin.display(description="Recorded")
    def recorded(self, row):
        if not row.pk:
            return "Not yet"
        text = f"Version {row.version}, last written {row.updated_at:%d %b %Y %H:%M} UTC."
        return f"{text} Taken out: {row.retired_reason}" if row.retired_at else text

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        # What was taken out is only read, and brought back first.
        return allowed and (obj is None or obj.retired_at is None or hasattr(request, "refused"))

    def has_delete_permission(self, request, obj=None):
        return False

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refused = getattr(request, "refused", None)
        return form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except editing.Refused as refused:
            # Nothing was written. The same form again, which now knows why.
            request.refused = refused
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request, context, *args, **kwargs):
        form, refused = context["adminform"].form, getattr(request, "refused", None)
        forms = [form, *(one for inline in context["inline_admin_formsets"] for one in inline.formset.forms)]
        parted = next((one for one in forms if getattr(one, "is_parted", False)), None)
        response = super().render_change_form(
            request, context | (told(refused, parted) if parted else {}), *args, **kwargs
        )
        if isinstance(refused, editing.Conflict):
            response.status_code = 409 if refused.base else 428
        return response

    def save_model(self, request, obj, form, change):
        """Leave it to `save_related`: a row and what stands below it are one change."""

    def save_related(self, request, form, formsets, change):
        row, sources, parts = form.instance, [], []
        for formset in formsets:
            formset.save(commit=False)  # which only tells what was added, changed and taken out
            for part in formset.parts():
                is_new = isinstance(part.row, Citation) and part.row.pk is None
                (sources if is_new else parts).append(part.typed if is_new else part)
        signed = {"reason": form.cleaned_data["reason"], "key": form.cleaned_data["key"], "user": request.user}
        more = {"sources": sources, "parts": parts, "check": self.fits}
        if change:
            saved = editing.save(row, form.typed, form.cleaned_data["base_version"], **more, **signed)
            if saved.kept:
                labels = ", ".join(str(form.fields[form.field_of(name)].label).lower() for name in saved.kept)
                self.message_user(request, f"Kept what someone else changed meanwhile: {labels}.", messages.WARNING)
        else:
            row.pk = editing.add(row, **more, **signed).pk

    def log_addition(self, request, obj, message):
        """Write nothing: the record of changes has it."""

    log_change = log_addition

    def construct_change_message(self, request, form, formsets, add=False):
        return []

    @admin.action(description="Retire selected rows")
    def retire(self, request, queryset):
        return self._with_reason(request, queryset.filter(retired_at=None), "retire", "Retire", "retired")

    @admin.action(description="Restore selected rows")
    def restore(self, request, queryset):
        return self._with_reason(request, queryset.exclude(retired_at=None), "restore", "Restore", "restored")

    def _with_reason(self, request, rows, action, verb, done):
        """Ask for one reason, then retire or restore the rows, one changeset a process."""
        rows = list(rows[: AT_ONCE + 1])
        if not rows or len(rows) > AT_ONCE:
            said = f"Select {AT_ONCE:,} rows at most." if rows else "None of the selected rows needed it."
            self.message_user(request, said, messages.WARNING)
            return None
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if form.is_valid():
            for process in {row if isinstance(row, Process) else row.process for row in rows}:
                own = [row.pk for row in rows if process in (row, getattr(row, "process", None))]
                with history.changeset(process, reason=form.cleaned_data["reason"], user=request.user) as door:
                    # Read again behind the door: someone may have saved a row since it was selected.
                    for row in self.model.objects.filter(pk__in=own).order_by("pk"):
                        door.retire(row, form.cleaned_data["reason"]) if action == "retire" else door.restore(row)
            self.message_user(request, f"{len(rows)} {'row' if len(rows) == 1 else 'rows'} {done}.", messages.SUCCESS)
            return None
        context = self.admin_site.each_context(request) | {
            "title": f"{verb} {len(rows)} {'row' if len(rows) == 1 else 'rows'}",
            "rows": rows,
            "form": form,
            "action": action,
            "verb": verb,
            "opts": self.model._meta,
            "select": helpers.ACTION_CHECKBOX_NAME,
        }
        return render(request, "admin/issues/reason.html", context)
