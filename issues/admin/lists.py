"""The desk's lists: what each shows costs the same however many rows there are."""

from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import get_last_value_from_parameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.functional import cached_property

from .. import search
from ..analysis.words import begun, parse
from ..models import Process
from ..permissions import curated

MOST = 10_000  # rows that are counted and paged through; what lies beyond is reached by filters and searches
NAMED = 50  # processes that a filter offers
YEARS = 100  # that one offers, the latest
TYPED = 200  # characters of a search that are read
TOGETHER = 20  # processes that are searched at once


class Capped(Paginator):
    """Pages of a list that is counted up to MOST, and ends there."""

    @cached_property
    def found(self) -> int:
        return self.object_list.order_by()[: MOST + 1].count()

    @cached_property
    def count(self):
        return min(self.found, MOST)

    @property
    def has_more(self) -> bool:
        return self.found > MOST

    @property
    def said(self) -> str:
        """Return how many rows there are, in words."""
        return f"More than {MOST:,}" if self.has_more else f"{self.found:,}"


class RetiredFilter(admin.SimpleListFilter):
    """Live rows unless the curator asks for retired ones."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("retired", "Retired"), ("all", "All")]

    def choices(self, changelist):
        chosen = self.value()
        yield {
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "Live",
        }
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": chosen == value, "query_string": query, "display": label}

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(retired_at__isnull=self.value() != "retired")


class OfProcess(admin.RelatedFieldListFilter):
    """The processes that the person curates; rows are not looked through for those that have any."""

    def field_choices(self, field, request, model_admin):
        rows = Process.objects.filter(pk__in=curated(request)).order_by("name")
        return [(one.pk, str(one)) for one in rows.only("name")[:NAMED]]


class OfOne(admin.RelatedFieldListFilter):
    """The sides or issues of the one process that is in view."""

    def field_choices(self, field, request, model_admin):
        rows = field.related_model.objects.filter(process=model_admin.in_view(request)).order_by("order", "pk")
        return [(one.pk, str(one)) for one in rows]

    def has_output(self):
        return bool(self.lookup_choices or self.lookup_val)


class ByMonth(admin.FieldListFilter):
    """The years of the one process that is in view, and the months of the year that is chosen."""

    def __init__(self, field, request, params, model, model_admin, field_path):
        self.names = [f"{field_path}__year", f"{field_path}__month"]
        self.year, self.month = (get_last_value_from_parameters(params, name) for name in self.names)
        super().__init__(field, request, params, model, model_admin, field_path)
        days = model.objects.filter(process=model_admin.in_view(request)).values_list(field_path, flat=True)
        # The first and the last are read off the index; the years between are all offered, with rows or without.
        first, last = days.order_by(field_path).first(), days.order_by(f"-{field_path}").first()
        self.years = range(last.year, first.year - 1, -1)[:YEARS] if first else ()

    def expected_parameters(self):
        return self.names

    def has_output(self):
        return bool(self.years)

    def choices(self, changelist):
        yield self.choice(changelist, "All", {})
        for year in self.years:
            yield self.choice(changelist, year, {self.names[0]: str(year)})
            if str(year) == self.year:
                for month, name in MONTHS.items():
                    chosen = {self.names[0]: str(year), self.names[1]: str(month)}
                    yield self.choice(changelist, f"{name} {year}", chosen)

    def choice(self, changelist, label, chosen):
        now = {name: value for name, value in zip(self.names, (self.year, self.month), strict=True) if value}
        query = changelist.get_query_string(chosen, remove=[name for name in self.names if name not in chosen])
        return {"selected": now == chosen, "query_string": query, "display": label}


class Listed(admin.ModelAdmin):
    """A list of the desk. Of one process it stands in the order of an index; of several, what was added last is first.

    `in_order` is that order, `sorts` the column that is sorted by it. `finds` names the fields that a search looks up
    among what the site's own search finds, each with the kind of that. Without it, where rows are always few, Django's
    search looks through them.
    """

    paginator = Capped
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # which would count every row for every choice
    in_order: ClassVar[tuple[str, ...]] = ()
    sorts: ClassVar[tuple[str, ...]] = ()
    finds: ClassVar[dict[str, str] | None] = None

    def in_view(self, request) -> int | None:
        """Return the key of the one process that the list is of: the one asked for, or the only one curated."""
        own, asked = curated(request), request.GET.get("process__id__exact", "")
        if asked:
            return int(asked) if asked.isascii() and asked.isdigit() and int(asked) in own else None
        return next(iter(own)) if len(own) == 1 else None

    def changelist_view(self, request, extra_context=None):
        typed = request.GET.get(SEARCH_VAR, "")
        if len(typed) > TYPED:  # which every link of the page would repeat
            request.GET = request.GET.copy()
            request.GET[SEARCH_VAR] = typed[:TYPED]
        return super().changelist_view(request, extra_context)

    def get_ordering(self, request):
        return self.in_order if self.in_order and self.in_view(request) else super().get_ordering(request)

    def get_sortable_by(self, request):
        if self.finds is None:
            return super().get_sortable_by(request)
        return self.sorts if self.in_view(request) else ()

    def get_search_results(self, request, queryset, search_term):
        own, search_term = self.in_view(request), search_term[:TYPED]
        processes = [own] if own else curated(request)
        if self.finds is None or not search_term.strip() or len(processes) > TOGETHER:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(self.looked_up(request, processes, search_term)), False

    def chooses(self, request) -> bool:
        """Tell whether a chooser asks, which does so with each letter that is typed, and not the list."""
        return request.resolver_match.url_name == "autocomplete"

    def looked_up(self, request, processes, typed: str) -> Q:
        """Return the condition that a row has what was typed; what was taken out is looked through itself."""
        number = self.numbered(int(typed)) if typed.isascii() and typed.strip().isdigit() else Q()
        query = begun(typed) if self.chooses(request) else parse(typed)
        if self.chooses(request) and not query.wanted:
            return number  # too little to look for yet: whatever there is may be chosen
        try:
            found = search.keys(processes, query, set(self.finds.values()))
        except search.TooSlow:
            self.message_user(request, "Looking took too long. Try rarer words, or more of them.", messages.WARNING)
            found = {}
        condition = Q(pk__in=[]) | number
        for field, kind in self.finds.items():
            condition |= Q(**{f"{field}__in": found.get(kind, [])})
        if request.GET.get(RetiredFilter.parameter_name) and hasattr(self.model, "retired_at"):
            out = self.model.objects.filter(retired_at__isnull=False, process__in=processes)
            found = super().get_search_results(request, out, typed)[0].order_by()
            condition |= Q(pk__in=list(found.values_list("pk", flat=True)[:MOST]))
        return condition

    def numbered(self, number: int) -> Q:
        """Return the condition that a row has a number that was typed; an empty one where rows have none."""
        return Q()
