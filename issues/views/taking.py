"""What a page offers to take away, and how it is cited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.timezone import localdate

from .. import exports
from ..analysis.dates import words

LABELS = {
    "xlsx": "Excel",
    "csv": "CSV",
    "json": "JSON",
    "bib": "BibTeX",
    "ris": "RIS",
    "csl": "CSL-JSON",
    "html": "HTML",
    "docx": "Word",
    "md": "Markdown",
}
TABLES, REFERENCES, TEXTS = ("xlsx", "csv", "json"), ("bib", "ris", "csl"), ("html", "docx", "md")


@dataclass(frozen=True)
class Files:
    """One line of the menu: what there is, and as what, each (label, address); `size` says how much it is."""

    what: str
    forms: list[tuple[str, str]]
    size: str = ""


def table_files(process, what: str, title: str, pairs: Iterable[tuple[str, str]] = (), size: str = "") -> Files:
    """Return the files of the rows of one kind, under the same filters as the page."""
    endings = TABLES + (REFERENCES if what == "briefings" else ())
    return replace(files(title, "table", [process.slug, what], endings, pairs), size=size)


def files(title: str, name: str, arguments: list, endings: Iterable[str], pairs=()) -> Files:
    """Return files that differ in their endings alone."""
    query = f"?{urlencode(list(pairs))}" if pairs else ""
    forms = [(LABELS[one], reverse(f"issues:export-{name}", args=[*arguments, one]) + query) for one in endings]
    return Files(title, forms)


def on_day(on) -> list[tuple[str, str]]:
    """Return the day that a page shows as a pair of an address; none where it shows the latest record."""
    return [("on", str(on.day))] if on.day else []


def board_files(process, pairs) -> list[Files]:
    """Return the files of the board."""
    return [
        files("Dossier", "dossier", [process.slug], TEXTS, pairs),
        table_files(process, "board", "The board", pairs),
        table_files(process, "positions", "All positions", pairs),
        table_files(process, "quotes", "Quotes", pairs),
    ]


def issue_files(process, issue, pairs) -> list[Files]:
    """Return the files of an issue."""
    pairs = [("issue", issue.slug), *pairs]
    return [
        files("Dossier", "issue", [process.slug, issue.slug], TEXTS, pairs[1:]),
        table_files(process, "positions", "Positions", pairs),
        table_files(process, "compromises", "Compromises", pairs),
        table_files(process, "steps", "Their steps", pairs),
        table_files(process, "quotes", "Quotes", pairs),
        table_files(process, "briefings", "Briefings", pairs),
    ]


def all_files(process, sizes: Mapping[str, tuple[int, float]]) -> list[tuple[str, list[Files]]]:
    """Return everything that there is to take of a process, as (heading, files).

    `sizes` are {kind: (rows, bytes a row)}, as `exports.size_of` has them.
    """
    tables = [(one, one.capitalize()) for one in ("board", "briefings", "positions", "compromises", "steps", "quotes")]
    tables += [(one, one.capitalize()) for one in ("issues", "sides", "links")]
    return [
        (
            "All of it",
            [
                files("Dossier", "dossier", [process.slug], TEXTS),
                files("The whole record", "record", [process.slug], ("xlsx", "json")),
            ],
        ),
        (
            "Tables and references",
            [table_files(process, what, title, size=said(sizes.get(what))) for what, title in tables],
        ),
    ]


def said(size: tuple[int, float] | None) -> str:
    """Return a size in words: “70 rows”, or “12,345 rows, about 6 MB as CSV”."""
    if size is None:
        return ""
    rows, each = min(size[0], exports.COUNTED), size[1]
    more = "more than " if size[0] > rows else ""
    weight = f", {more or 'about '}{filesizeformat(rows * each)} as CSV" if each else ""
    return f"{more}{rows:,} row{'' if rows == 1 else 's'}{weight}"


def site(request) -> str:
    """Return the address of this site, without a path."""
    return request.build_absolute_uri("/").removesuffix("/")


def cite_briefing(request, briefing) -> tuple[exports.Citing, list[tuple[str, str]]]:
    """Return the citations of a document, and the tags that its page carries."""
    one = exports.of_briefing(briefing, site(request) + briefing.get_absolute_url())
    links = files("", "briefing", [briefing.process.slug, briefing.slug], REFERENCES)
    return exports.citing(one, links.forms), exports.tags(one)


def cite_claim(request, kind: str, row, title: str, course=None) -> exports.Citing:
    """Return the citations of the page of a position or a compromise, as this tracker has it now or had it then."""
    if course is None:
        day, precision = row.held_from, row.precision
    else:
        first = course.taken[0].step if course.taken else None
        day, precision = (first.occurred_on, first.precision) if first else (localdate(), "day")
    page = site(request) + row.get_absolute_url()
    past = getattr(request, "past", None)
    asked = [("on", value) for value in [request.GET.get("on")] if value] if past else []
    if past:
        page += f"?{urlencode([('as_of', past.value), *asked])}"
    version = f"Version {row.process.content_version} of the record"
    note = f"{version}, as of {words(past.moment.date())}" if past else version
    one = exports.of_claim(kind, row, title, day, precision, page)
    return exports.citing(one, note=note, seen=localdate())
