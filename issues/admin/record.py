"""Lists and forms for what the record holds."""

from django.contrib import admin

from ..models import (
    Briefing,
    Citation,
    Compromise,
    CompromiseLink,
    Issue,
    Position,
    Process,
    Side,
    StatusEvent,
)
from ..queries import links
from .base import OWN_ISSUE, OWN_PROCESS, OWN_SIDE, PartInline, RecordAdmin
from .forms import LinkForm


class CitationInline(PartInline):
    model = Citation
    fields = ("briefing", ("relation", "credibility"), "quote", ("prefix", "suffix"), ("locator", "quote_url"))


class StepInline(PartInline):
    model = StatusEvent
    fk_name = "compromise"
    verbose_name, verbose_name_plural = "step", "steps"
    can_delete = False  # a step goes with its citations, on the site
    fields = (
        ("status", "occurred_on", "precision"),
        "briefing",
        "note",
        ("rejected_by", "superseded_by", "implementation"),
    )


@admin.register(Process)
class ProcessAdmin(RecordAdmin):
    to_process = "pk"
    list_display = ("name", "status", "visibility", "started_on", "content_version")
    list_filter = ("status", "visibility")
    date_hierarchy = "started_on"
    search_fields = ("name", "slug", "question")
    actions = ()  # whole talks are archived and deleted on the site, under “The talks as a whole”

    def has_add_permission(self, request):
        return False  # new talks have a page of their own


@admin.register(Side)
class SideAdmin(RecordAdmin):
    list_display = ("name", "process", "role", "order", "marker", "colour")
    list_filter = (OWN_PROCESS, "role")
    list_select_related = ("process",)
    search_fields = ("name", "slug", "short_label")
    made_here = ("slug",)


@admin.register(Issue)
class IssueAdmin(RecordAdmin):
    list_display = ("title", "process", "order", "scale_low", "scale_high")
    list_filter = (OWN_PROCESS,)
    list_select_related = ("process",)
    search_fields = ("title", "slug", "question")
    made_here = ("slug",)


@admin.register(Briefing)
class BriefingAdmin(RecordAdmin):
    list_display = ("title", "published_on", "precision", "kind", "publisher", "reliability", "read_as")
    list_filter = (OWN_PROCESS, "kind", "reliability", "read_as", "language")
    date_hierarchy = "published_on"
    search_fields = ("title", "author", "publisher", "slug")
    made_here = ("slug",)


@admin.register(Position)
class PositionAdmin(RecordAdmin):
    list_display = ("headline", "side", "issue", "held_from", "placement", "commitment", "confidence")
    list_filter = (OWN_PROCESS, "commitment", "confidence", OWN_SIDE, OWN_ISSUE)
    list_select_related = ("side", "issue")
    date_hierarchy = "held_from"
    search_fields = ("headline", "body", "slug")
    made_here = ("slug",)
    inlines = (CitationInline,)


@admin.register(Compromise)
class CompromiseAdmin(RecordAdmin):
    list_display = ("code", "headline", "side", "issue", "origin")
    list_display_links = ("code", "headline")
    list_filter = (OWN_PROCESS, OWN_SIDE, OWN_ISSUE)
    list_select_related = ("side", "issue")
    search_fields = ("headline", "slug", "=number")
    made_here = ("slug", "number")
    inlines = (StepInline, CitationInline)

    @admin.display(ordering="number", description="Number")
    def code(self, compromise):
        return compromise.code


@admin.register(StatusEvent)
class StatusEventAdmin(RecordAdmin):
    list_display = ("compromise", "status", "occurred_on", "precision", "briefing", "rejected_by")
    list_filter = (OWN_PROCESS, "status", "precision")
    list_select_related = ("compromise", "briefing", "rejected_by")
    date_hierarchy = "occurred_on"
    ordering = ("-occurred_on", "-id")
    search_fields = ("compromise__headline", "note")
    inlines = (CitationInline,)


@admin.register(CompromiseLink)
class CompromiseLinkAdmin(RecordAdmin):
    list_display = ("source", "kind", "target", "basis", "briefing")
    list_filter = (OWN_PROCESS, "kind", "basis")
    list_select_related = ("source", "target", "briefing")
    ordering = ("-id",)
    search_fields = ("source__headline", "target__headline", "reason")
    form = LinkForm
    fits = staticmethod(links.faults)


@admin.register(Citation)
class CitationAdmin(RecordAdmin):
    list_display = ("quote_or_whole", "relation", "briefing", "claim", "credibility")
    list_filter = (OWN_PROCESS, "relation", "credibility")
    list_select_related = ("briefing", "position", "compromise", "status_event")
    ordering = ("-id",)
    search_fields = ("quote", "locator", "briefing__title")

    @admin.display(description="Quote", ordering="quote")
    def quote_or_whole(self, citation):
        return citation.quote or "The document as a whole"

    @admin.display(description="Claim")
    def claim(self, citation):
        return citation.position or citation.compromise or citation.status_event
