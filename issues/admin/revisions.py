"""The record of changes, to read: nobody edits it, here or elsewhere."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q

from ..choices import SearchKind
from ..models import RECORDED, Changeset, Snapshot
from .base import CuratedAdmin
from .lists import OfProcess


class OfKind(admin.SimpleListFilter):
    """Versions of rows of one kind; the rows are not looked through for the kinds that there are."""

    title, parameter_name = "kind", "model"

    def lookups(self, request, model_admin):
        return [(name, model._meta.verbose_name.capitalize()) for name, model in RECORDED.items()]

    def queryset(self, request, queryset):
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(Changeset)
class ChangesetAdmin(CuratedAdmin):
    list_display = ("moment", "process", "number", "user_name", "reason")
    list_display_links = ("reason",)
    list_filter = (("process", OfProcess),)
    list_select_related = ("process",)
    search_fields = ("reason",)
    in_order = ("-moment", "-id")
    finds: ClassVar = {"pk": SearchKind.CHANGE}
    readonly_fields = ("moment", "process", "number", "user_name", "reason", "rows", "hash")
    fields = readonly_fields

    @admin.display(description="Rows written")
    def rows(self, changeset):
        return changeset.snapshots.count()

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Snapshot)
class SnapshotAdmin(ChangesetAdmin):
    list_display = ("model", "object_id", "version", "changeset")
    list_display_links = ("model",)
    list_filter = (("process", OfProcess), OfKind)
    list_select_related = ("changeset",)
    in_order = ()
    search_fields = ("=object_id",)
    search_help_text = "The number of a row."
    finds: ClassVar = {}
    ordering = ("-id",)
    readonly_fields = fields = ("changeset", "model", "object_id", "version", "data")

    def numbered(self, number):
        return Q(model__in=RECORDED, object_id=number)  # as the index has them
