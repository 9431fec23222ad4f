"""What programs that read the web ask for: which addresses there are, and which to leave alone."""

from django.contrib.sitemaps import Sitemap
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..choices import Visibility
from ..models import Briefing, Compromise, Issue, Process

# Forms, accounts, and the same pages over and over: as of each moment, on each day, filtered in each way.
LEFT_ALONE = ("/accounts/", "/admin/", "/invitations/", "/*?", "/*/edit/", "/*/new/", "/*/history/", "/*/changes/")


class Pages(Sitemap):
    """The pages of one kind of row in public processes.

    The pages of positions are left out: the board and its issues lead to them, and they are as many as the record is
    long.
    """

    limit = 10_000

    def __init__(self, model):
        self.model = model

    def items(self):
        rows = self.model.objects.live()
        if self.model is Process:
            return rows.filter(visibility=Visibility.PUBLIC).order_by("pk")
        public = {"process__visibility": Visibility.PUBLIC, "process__retired_at": None}
        return rows.filter(**public).select_related("process").order_by("pk")

    def lastmod(self, row):
        return row.updated_at


SITEMAPS = {model._meta.model_name: Pages(model) for model in (Process, Issue, Compromise, Briefing)}


@require_safe
def robots(request):
    """Say what programs should leave alone, and where the list of pages is."""
    sitemap = request.build_absolute_uri(reverse("issues:sitemap"))
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in LEFT_ALONE), f"Sitemap: {sitemap}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
