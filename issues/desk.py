"""The curators’ desk: who may enter the admin panel, and the start pages there, its own and that of each process."""

from functools import wraps

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .models import Process
from .permissions import curated
from .queries import desk, processes


def curates(request) -> dict:
    """Give templates those keys, for links from the site to the desk; a page that asks costs one SQL query."""
    return {"curates": SimpleLazyObject(lambda: curated(request))}


class Desk(admin.AdminSite):
    """The curators’ desk: open to who curates a process, whatever else their account may do, and to superusers."""

    site_header = index_title = "The curators’ desk"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request):
        return request.user.is_active and (request.user.is_superuser or bool(curated(request)))

    def get_urls(self):
        return [path("desk/<slug:slug>/", self.admin_view(self.process), name="process"), *super().get_urls()]

    def admin_view(self, view, cacheable=False):
        @wraps(view)
        def careful(request, *args, **kwargs):
            try:
                return view(request, *args, **kwargs)
            except (OverflowError, FieldDoesNotExist):  # a year that no database holds, a key by a column without name
                raise BadRequest("A part of this address cannot be read. Take off what stands behind “?”.") from None

        return super().admin_view(careful, cacheable)

    def index(self, request, extra_context=None):
        """List the processes that the person may keep."""
        kept = Process.objects.live().filter(pk__in=curated(request))
        context = {"entries": processes.entries(kept), "apps": self.get_app_list(request)}
        return self.page(request, "admin/index.html", context)

    def process(self, request, slug):
        """Show the start page of one process: its queues, and what it holds."""
        process = Process.objects.live().filter(pk__in=curated(request), slug=slug).first()
        if process is None:
            raise Http404(f"There is no process “{slug}” that you curate.")
        queues, shelves = desk.holdings(process)
        context = {"process": process, "nav": "desk", "queues": queues, "shelves": shelves}
        return self.page(request, "admin/desk.html", context | {"changes": desk.latest(process)})

    @staticmethod
    @require_safe
    def page(request, template, context):
        return render(request, template, context)


@never_cache
def sign_in(request):
    """Send visitors to the site’s sign-in, and tell those who are signed in that this door is not theirs."""
    if request.user.is_authenticated:
        raise PermissionDenied("Your account may not use the admin panel. A curator or administrator can change that.")
    return redirect_to_login(request.GET.get("next", "/admin/"))


def nowhere(request, **kwargs):
    """Answer 404."""
    raise Http404
