"""Who has an account, who has which role in a process, and who is invited to it."""

from contextlib import contextmanager

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect

from .. import people
from ..models import Invitation, Membership
from .base import CuratedAdmin
from .forms import AccountForm, alone
from .lists import OfProcess

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """The accounts of the site: what is closed, entrusted or deleted here is on record where its person takes part."""

    form = AccountForm
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Why", {"fields": ("reason",)}))
    actions = ("delete_selected",)

    def save_model(self, request, obj, form, change):
        """Save an account; what is closed, opened or entrusted goes on record."""
        signed = (request.user, form.cleaned_data.get("reason"))
        changed = form.changed_data if change else ()
        with refusing():
            if "is_active" in changed:
                (people.lift_everywhere if obj.is_active else people.suspend_everywhere)(obj, *signed)
            if "is_superuser" in changed:
                people.entrust(obj, *signed, everything=obj.is_superuser)
        super().save_model(request, obj, form, change)

    def delete_view(self, request, object_id, extra_context=None):
        """Delete an account after asking, or lead back with what stands in the way."""
        account = self.get_object(request, object_id)
        if account and self.stands_in_the_way(request, [account]):
            return redirect("admin:auth_user_change", object_id)
        return super().delete_view(request, object_id, extra_context)

    @admin.action(permissions=["delete"], description="Delete selected users")
    def delete_selected(self, request, queryset):
        """Delete accounts after asking, all of them or none."""
        return None if self.stands_in_the_way(request, list(queryset)) else delete_selected(self, request, queryset)

    def delete_model(self, request, obj):
        self.delete_queryset(request, [obj])

    def delete_queryset(self, request, queryset):
        with refusing():
            people.delete(queryset, request.user)

    def stands_in_the_way(self, request, users) -> bool:
        """Tell whether the accounts must stay, and say why."""
        if said := alone(users):
            self.message_user(request, f"{said} Nothing was deleted.", messages.ERROR)
        return bool(said)


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
        with refusing():
            return change(*arguments)


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


@contextmanager
def refusing():
    """Refuse what would leave a process without a curator, or the site without a superuser."""
    try:
        yield
    except people.LastCurator as last:
        raise PermissionDenied(f"{last} Make someone else a curator there first.") from None
    except people.LastSuperuser:
        raise PermissionDenied("Nobody else is a superuser. Make someone else one first.") from None
