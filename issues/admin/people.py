"""Who has which role in a process, and who is invited to it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied

from .. import people
from ..models import Invitation, Membership
from .base import CuratedAdmin
from .lists import OfProcess


@admin.register(Membership)
class MembershipAdmin(CuratedAdmin):
    list_display = ("user", "process", "role")
    list_filter = (("process", OfProcess), "role")
    list_select_related = ("user", "process")
    search_fields = ("user__username", "user__first_name", "user__last_name")

    has_delete_permission = CuratedAdmin.has_view_permission

    def has_add_permission(self, request):
        # Curators invite: to choose among all accounts would tell them who has one.
        return request.user.is_superuser

    def get_readonly_fields(self, request, obj=None):
        return ("process", "user") if obj else ()

    def save_model(self, request, obj, form, change):
        obj.pk = self.on_record(people.give, obj.process, obj.user, obj.role, request.user).pk

    def delete_model(self, request, obj):
        self.on_record(people.remove, obj, request.user)

    def delete_queryset(self, request, queryset):
        for membership in queryset.select_related("process", "user"):
            self.delete_model(request, membership)

    def on_record(self, change, *arguments):
        try:
            return change(*arguments)
        except people.LastCurator:
            raise PermissionDenied(
                "This would leave a process without a curator. Make someone else one first."
            ) from None


@admin.register(Invitation)
class InvitationAdmin(CuratedAdmin):
    """To read: invitations are sent and withdrawn on the page of a process's people."""

    list_display = ("email", "process", "role", "invited_by", "created_at", "expires_at", "accepted_by", "withdrawn_at")
    list_filter = (("process", OfProcess), "role")
    list_select_related = ("process", "invited_by", "accepted_by")
    search_fields = ("email",)
    exclude = ("token_hash",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
