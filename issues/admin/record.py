"""Lists and forms for what the record holds."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q

from ..choices import SearchKind
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
from .base import PartInline, RecordAdmin
from .forms import LinkForm
from .lists import ByMonth, OfOne, OfProcess

# Filters that offer only what the person may see, without looking through the rows for it.
OWN_PROCESS, OWN_SIDE, OWN_ISSUE = ("process", OfProcess), ("side", OfOne), ("issue", OfOne)


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
    list_filter = (OWN_PROCESS, "kind", "reliability", "read_as", ("published_on", ByMonth))
    in_order = ("-published_on", "-id")
    ordering = ("-id",)
    sorts = ("published_on",)
    finds: ClassVar = {"pk": SearchKind.BRIEFING}
    search_fields = ("title", "author", "publisher", "slug")
    made_here = ("slug",)


@admin.register(Position)
class PositionAdmin(RecordAdmin):
    list_display = ("headline", "side", "issue", "held_from", "placement", "commitment", "confidence")
    list_filter = (OWN_PROCESS, "commitment", "confidence", OWN_SIDE, OWN_ISSUE, ("held_from", ByMonth))
    list_select_related = ("side", "issue")
    in_order = ("-held_from", "-id")
    ordering = ("-id",)
    sorts = ("held_from",)
    finds: ClassVar = {"pk": SearchKind.POSITION}
    search_fields = ("headline", "body", "slug")
    made_here = ("slug",)
    inlines = (CitationInline,)


@admin.register(Compromise)
class CompromiseAdmin(RecordAdmin):
    list_display = ("code", "headline", "side", "issue", "origin")
    list_display_links = ("code", "headline")
    list_filter = (OWN_PROCESS, OWN_SIDE, OWN_ISSUE)
    list_select_related = ("side", "issue")
    in_order = ("number",)
    ordering = ("-id",)
    sorts = ("code",)
    finds: ClassVar = {"pk": SearchKind.COMPROMISE}
    search_fields = ("headline", "slug", "=number")
    made_here = ("slug", "number")
    inlines = (StepInline, CitationInline)

    def numbered(self, number):
        return Q(number=number)

    @admin.display(ordering="number", description="Number")
    def code(self, compromise):
        return compromise.code


@admin.register(StatusEvent)
class StatusEventAdmin(RecordAdmin):
    list_display = ("compromise", "status", "occurred_on", "precision", "briefing", "rejected_by")
    list_filter = (OWN_PROCESS, "status", "precision", ("occurred_on", ByMonth))
    list_select_related = ("compromise", "briefing", "rejected_by")
    in_order = ("-occurred_on", "-id")
    ordering = ("-id",)
    sorts = ("occurred_on",)
    finds: ClassVar = {"pk": SearchKind.STEP, "compromise": SearchKind.COMPROMISE}
    search_fields = ("compromise__headline", "note")
    inlines = (CitationInline,)


@admin.register(CompromiseLink)
class CompromiseLinkAdmin(RecordAdmin):
    list_display = ("source", "kind", "target", "basis", "briefing")
    list_filter = (OWN_PROCESS, "kind", "basis")
    list_select_related = ("source", "target", "briefing")
    ordering = ("-id",)
    finds: ClassVar = {"source": SearchKind.COMPROMISE, "target": SearchKind.COMPROMISE}
    search_fields = ("source__headline", "target__headline", "reason")
    form = LinkForm
    fits = staticmethod(links.faults)


@admin.register(Citation)
class CitationAdmin(RecordAdmin):
    list_display = ("quote_or_whole", "relation", "briefing", "claim", "credibility")
    list_filter = (OWN_PROCESS, "relation", "credibility")
    list_select_related = ("briefing", "position", "compromise", "status_event")
    ordering = ("-id",)
    finds: ClassVar = {"pk": SearchKind.QUOTE, "briefing": SearchKind.BRIEFING}
    search_fields = ("quote", "locator", "briefing__title")

    @admin.display(description="Quote", ordering="quote")
    def quote_or_whole(self, citation):
        return citation.quote or "The document as a whole"

    @admin.display(description="Claim")
    def claim(self, citation):
        return citation.position or citation.compromise or citation.status_event
