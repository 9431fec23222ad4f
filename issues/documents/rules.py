"""What a schema cannot say: references, dates in step, statuses that agree, circles. Each fault with its place."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField

from ..analysis.circles import circles
from ..choices import POLICY, LinkBasis, LinkKind, Status
from ..models import Briefing, Citation, Compromise, Issue, Position, Process, Side
from ..models.base import check_address
from ..models.briefing import RESERVED
from ..models.process import TAKEN
from .faults import Fault, near, quoted
from .fields import FIELDS

CITED = ("positions[].citations[]", "compromises[].citations[]", "compromises[].status_changes[].citations[]")
STEPS = "compromises[].status_changes[]"
# Where a field names a row, and of which section; a successor is a compromise or a briefing.
REFERENCES = (
    ("positions[].issue", "issues"),
    ("positions[].side", "sides"),
    ("compromises[].issue", "issues"),
    ("compromises[].side", "sides"),
    ("compromises[].rejected_by", "sides"),
    (f"{STEPS}.briefing", "briefings"),
    (f"{STEPS}.rejected_by", "sides"),
    (f"{STEPS}.superseded_by", "successors"),
    ("links[].from", "compromises"),
    ("links[].to", "compromises"),
    ("links[].briefing", "briefings"),
    *((f"{place}.briefing", "briefings") for place in CITED),
    ("options[].issue", "issues"),
    ("options[].compromises[]", "compromises"),
    ("options[].drawn_from[]", "briefings"),
    ("assessments[].option", "options"),
    ("assessments[].side", "sides"),
    ("assessments[].analyst", "analysts"),
    ("reservations[].side", "sides"),
    ("weights[].side", "sides"),
    ("weights[].issue", "issues"),
    ("packages[].options", "options"),
    ("packages[].drawn_from[]", "briefings"),
)
NOUNS = {"successors": "compromise or briefing"}
PLAIN_ADDRESS = re.compile(r"https?://(?:[a-z0-9]{1,60}\.)+[a-z]{2,60}(?:/[!-~]*)?")
HINTING = 200_000  # slugs compared in search of hints; a hostile document could ask for millions
# What no two rows of a list may share.
DISTINCT = (
    ("sides[]", ("slug", "order", "marker")),
    ("issues[]", ("slug", "order")),
    ("issues[].scale_anchors[]", ("at",)),
    ("briefings[]", ("slug",)),
    ("positions[]", ("slug",)),
    ("compromises[]", ("slug", "number")),
    ("analysts[]", ("slug",)),
    ("options[]", ("slug",)),
    ("packages[]", ("slug",)),
)
ROWS = (
    ("process", Process),
    ("sides[]", Side),
    ("issues[]", Issue),
    ("briefings[]", Briefing),
    ("positions[]", Position),
    ("compromises[]", Compromise),
    *((place, Citation) for place in CITED),
)
ONE_LINE = tuple(
    f"{place}.{name}"
    for place, model in ROWS
    for name, attribute in FIELDS[model].items()
    if isinstance(model._meta.get_field(attribute), CharField)
)
ADDRESSES = (
    "briefings[].url",
    "briefings[].archived_url",
    "briefings[].other_urls[]",
    *(f"{place}.quote_url" for place in CITED),
)


def check(document: dict) -> Iterator[Fault]:
    """Yield the faults of a document in which every value that is there and not None has the schema's type."""
    yield from process_dates(document)
    for rows, names in DISTINCT:
        for name in names:
            yield from repeated(document, rows, name)
    yield from references(document)
    for place in ONE_LINE:
        for path, text in at(document, place):
            if isinstance(text, str) and text.splitlines() not in ([], [text]):
                yield Fault(path, "must stand on one line; take the line break out")
    for place in ADDRESSES:
        for path, text in at(document, place):
            if not is_address(text):
                yield Fault(path, f"{quoted(text)} is not an address that can be visited; look for a slip")
    for path, slug in at(document, "process.slug"):
        if slug in TAKEN:
            yield Fault(path, f"{quoted(slug)} is the address of a page of this site; choose another")
    for path, slug in at(document, "briefings[].slug"):
        if slug == RESERVED:
            yield Fault(path, f"{quoted(slug)} is the address of the form for a new briefing; choose another")
    for path, step in at(document, STEPS):
        yield from step_alone(path, step)
    for path, row in at(document, "compromises[]"):
        yield from stated(path, row)
    yield from successors(document)
    yield from links(document)


def notes(document: dict) -> Iterator[Fault]:
    """Yield what is no fault but worth knowing: two positions of one side on one issue with the same date."""
    first: dict = {}
    for path, row in at(document, "positions[]"):
        cell = row["issue"], row["side"], row["as_of"]
        if cell in first:
            other = Fault(first[cell], "").place
            yield Fault(path, f"has the issue, side and date of {other}; the one recorded later counts as the newer")
        first[cell] = path


def at(value: dict, place: str, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Yield (path, value) for all that stands at a place such as positions[].citations[].briefing and is not None."""
    step, _, rest = place.partition(".")
    name = step.removesuffix("[]")
    found = value.get(name)
    path = (*path, name)
    each = [(path, found)] if name == step else [((*path, i), item) for i, item in enumerate(found or ())]
    for where, inner in each:
        if inner is not None and rest:
            yield from at(inner, rest, where)
        elif inner is not None:
            yield where, inner


def process_dates(document: dict) -> Iterator[Fault]:
    """Yield a fault where the talks end before they start."""
    process = document.get("process") or {}
    start, end = process.get("start_date"), process.get("end_date")
    if start and end and end < start:
        yield Fault(("process", "end_date"), f"{end} is before the start, {start}")


def repeated(document: dict, rows: str, name: str) -> Iterator[Fault]:
    """Yield a fault for each row that shares a field's value with one before it in the same list."""
    first: dict = {}
    for path, value in at(document, f"{rows}.{name}"):
        before = first.setdefault((path[:-2], value), path)
        if before != path:
            yield Fault(path, f"{quoted(value)} is taken by {Fault(before[:-1], '').place}; give each its own")


def known(document: dict) -> dict[str, dict]:
    """Return {section: {slug, or number, of a row: its slug}}."""
    names: dict = {}
    for section in {section for _, section in REFERENCES} - {"successors"}:
        rows = [row for _, row in at(document, f"{section}[]") if row.get("slug")]
        names[section] = {row["slug"]: row["slug"] for row in rows}
        if section == "compromises":
            names[section] |= {row["number"]: row["slug"] for row in rows if row.get("number")}
    return names | {"successors": names["briefings"] | names["compromises"]}


def references(document: dict) -> Iterator[Fault]:
    """Yield a fault for each name of a row that is not there."""
    names, compared = known(document), 0
    for path, section, value in named(document):
        if value in names[section] or document.get(section, ()) is None:
            continue
        sentence = f"no {NOUNS.get(section, section.removesuffix('s'))} {quoted(value)} in this process"
        slugs = [name for name in names[section] if isinstance(name, str)]
        compared += len(slugs)
        if compared <= HINTING and isinstance(value, str):
            sentence += near(value, slugs)
        yield Fault(path, sentence)


def named(document: dict) -> Iterator[tuple[tuple, str, object]]:
    """Yield (path, section, slug or number) for each reference to a row."""
    for place, section in REFERENCES:
        for path, value in at(document, place):
            if isinstance(value, dict):  # a package: {issue: option}
                for issue, option in value.items():
                    yield (*path, issue), "issues", issue
                    if option is not None:
                        yield (*path, issue), section, option
            else:
                yield path, section, value


def is_address(text: str) -> bool:
    """Tell whether a text is an address that a browser could visit."""
    if PLAIN_ADDRESS.fullmatch(text) and len(text) < 250:
        return True  # as most are; the full rule takes ten times as long
    try:
        check_address(text)
    except ValidationError:
        return False
    return True


def step_alone(path: tuple, step: dict) -> Iterator[Fault]:
    """Yield what is wrong with one step of a compromise, whatever the others are."""
    status = step.get("status")
    if status is None:
        return
    rejected, superseded = status == Status.REJECTED, status == Status.SUPERSEDED
    refuser, successor = step.get("rejected_by"), step.get("superseded_by")
    if status != Status.SUGGESTED and not step.get("briefing"):
        yield Fault((*path, "briefing"), 'is missing; every step after "suggested" names the briefing it rests on')
    if rejected and not refuser:
        yield Fault((*path, "rejected_by"), "is missing; a rejection names the side that refused")
    if refuser and not rejected:
        yield Fault((*path, "rejected_by"), f'belongs to a step "rejected"; this one is "{status}"')
    if superseded and successor is None:
        yield Fault((*path, "superseded_by"), "is missing; name what replaces it: a compromise, or the step’s briefing")
    if successor is not None and not superseded:
        yield Fault((*path, "superseded_by"), f'belongs to a step "superseded"; this one is "{status}"')
    if status not in POLICY and step.get("implementation") is not None:
        yield Fault((*path, "implementation"), f'is recorded from "adopted" on; this step is "{status}"')


def latest(steps: Iterable[dict]) -> dict:
    """Return the step that gives a compromise its status: of the latest date, the last in the list."""
    return max(enumerate(steps), key=lambda pair: (pair[1]["date"], pair[0]))[1]


def stated(path: tuple, row: dict) -> Iterator[Fault]:
    """Yield a fault where a compromise says of itself what its steps do not."""
    steps = row.get("status_changes")
    if not steps or not all(step and step.get("date") and step.get("status") for step in steps):
        return  # reported already
    last = latest(steps)
    if row.get("status") and row["status"] != last["status"]:
        derived = f'"{last["status"]}", of {last["date"]}'
        yield Fault((*path, "status"), f'is "{row["status"]}", but the latest step is {derived}; make the two agree')
    refuser = last.get("rejected_by")
    if row.get("rejected_by") and row["rejected_by"] != refuser:
        derived = quoted(refuser) if refuser else "no side"
        yield Fault(
            (*path, "rejected_by"),
            f"is {quoted(row['rejected_by'])}, but the latest step names {derived}; make the two agree",
        )


def successors(document: dict) -> Iterator[Fault]:
    """Yield a fault for each step whose successor is the compromise itself, or a briefing it does not rest on."""
    names = known(document)
    for path, row in at(document, "compromises[]"):
        for inner, step in at(row, "status_changes[]", path):
            value, where = step.get("superseded_by"), (*inner, "superseded_by")
            if value is None or value == step.get("briefing"):
                continue  # a text as a whole, even where a compromise has the same slug
            if value in names["compromises"]:
                if names["compromises"][value] == row.get("slug"):
                    yield Fault(where, "a compromise cannot replace itself; name another")
            elif value in names["briefings"]:
                yield Fault(where, f"{quoted(value)} is a briefing; then it must be the one that the step rests on")


def links(document: dict) -> Iterator[Fault]:
    """Yield what is wrong with the links between compromises: no source, loops, doubles, circles."""
    names = known(document)["compromises"]
    seen: dict = {}
    for path, link in at(document, "links[]"):
        if link.get("basis", LinkBasis.SOURCE) == LinkBasis.SOURCE and not link.get("briefing"):
            yield Fault((*path, "briefing"), 'is missing; name the briefing that states the link, or basis "logic"')
        key = names.get(link.get("from")), names.get(link.get("to")), link.get("type")
        if None in key:
            continue
        if key[0] == key[1]:
            yield Fault((*path, "to"), "is where the link starts; a link joins two compromises")
        elif key in seen:
            yield Fault(path, f"says the same as {Fault(seen[key], '').place}; keep one of the two")
        else:
            seen[key] = path
    for kind in (LinkKind.REQUIRES, LinkKind.FOLLOWS):
        for circle in circles((source, target) for source, target, type_ in seen if type_ == kind):
            path = seen[circle[-2], circle[-1], kind]
            yield Fault(path, f'closes a circle of "{kind}": {" → ".join(circle)}; take one of these links out')
