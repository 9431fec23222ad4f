"""The record of changes, to read: nobody edits it, here or elsewhere."""

from django.contrib import admin

from ..models import Changeset, Snapshot
from .base import OWN_PROCESS, CuratedAdmin


@admin.register(Changeset)
class ChangesetAdmin(CuratedAdmin):
    list_display = ("moment", "process", "number", "user_name", "reason")
    list_display_links = ("reason",)
    list_filter = (OWN_PROCESS,)
    list_select_related = ("process",)
    search_fields = ("reason", "user_name")
    readonly_fields = ("moment", "process", "number", "user_name", "reason", "rows", "hash")
    fields = readonly_fields
    show_full_result_count = False
    list_per_page = 50

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
    list_filter = (OWN_PROCESS, "model")
    list_select_related = ("changeset",)
    search_fields = ("=object_id",)
    readonly_fields = fields = ("changeset", "model", "object_id", "version", "data")
