"""The revisions of one thing: the changes that touched it or what hangs on it, and what differs between two."""

from dataclasses import dataclass
from itertools import groupby

from django.http import Http404

from ..analysis import diff
from ..families import PARENTS, Key, family, key_of, process_of, standing
from ..models import Changeset, Process, Snapshot
from ..models.base import Record
from ..permissions import sees
from . import pages
from .changes import NEWEST, at, who
from .differences import Item, items
from .names import KINDS, Names, Reader, reader

GROUPS = {"citation": "Citations", "statusevent": "Steps", "compromiselink": "Links"}
HIGHEST = 2**31 - 1  # of the numbers that may be asked for


@dataclass(frozen=True)
class Subject:
    """The thing whose history is shown, what it is called, where it stands now (or empty), and what its reader sees."""

    row: Record
    key: Key
    kind: str
    name: str
    href: str
    reader: Reader
    is_retired: bool

    @property
    def process(self) -> Process:
        """Return the process that the thing belongs to."""
        return process_of(self.row)


@dataclass(frozen=True, slots=True)
class Revision:
    """One change in the list; `is_from` and `is_to` say that it is one of the two compared."""

    pk: int
    number: int
    who: str
    machine: str
    at: str
    why: str
    is_from: bool
    is_to: bool


@dataclass(frozen=True)
class Comparison:
    """What differs between two changes: in the thing itself (None: nothing), and in what hangs on it by kind.

    `first` is 0 where there is nothing before. `added` and `removed` count words.
    """

    first: int
    last: int
    item: Item | None
    groups: list[tuple[str, list[Item]]]
    added: int
    removed: int


def find(user, model: type[Record], **lookup) -> Subject:
    """Return a thing whose history the person may see; else raise Http404. One SQL query, up to five for a part.

    The history of what was taken out is for those who may bring it back.
    """
    parents = PARENTS.get(str(model._meta.model_name), ())
    rows = model.objects.filter(**lookup)
    if model is not Process:
        rows = rows.select_related("process", *parents).defer("process__later_sections")
    row = rows.first()
    if row is not None and sees(user, process := process_of(row)):
        key, shown, is_retired = key_of(row), reader(user, process), row.retired_at is not None
        if hasattr(row, "get_absolute_url"):
            is_closed = is_retired or any(getattr(row, each).retired_at for each in parents)
            name, href = str(row), "" if is_closed else row.get_absolute_url()
        else:
            names = Names(process, [key], shown)
            is_closed, name, href = names.is_closed(key), names.name(key), names.href(key)
        if shown.all_shown or not is_closed:
            return Subject(row, key, KINDS[key[0]], name, href, shown, is_retired)
    asked = next(reversed(lookup.values()))
    name = KINDS[str(model._meta.model_name)].lower()
    raise Http404(
        f"There is no {name} “{asked}” that you can see. It may belong to a private process, or have been taken out."
    )


def listing(subject: Subject, after: str | None, before: str | None) -> pages.Page:
    """Return a page of the changes that touched a thing or what hangs on it, newest first. One SQL query."""
    process = subject.process
    touching = Snapshot.objects.filter(family(subject.row), process=process).order_by()
    changes = Changeset.objects.filter(process=process, pk__in=touching.values("changeset"))
    return pages.keyset(changes, NEWEST, after=after, before=before)


def chosen(page: pages.Page, first: int | None, last: int | None) -> tuple[int, int]:
    """Return the numbers of the two changes to compare: those asked for, else the newest and the one before it."""
    numbers = [one.number for one in page.rows]
    if last is None:
        last = next((number for number in numbers if first is None or number > first), first or 0)
    if first is None:
        first = next((number for number in numbers if number < last), 0)
    return first, last


def revisions(page: pages.Page, first: int, last: int) -> list[Revision]:
    """Return the rows of a list of changes, with the two compared marked."""
    return [
        Revision(
            one.pk,
            one.number,
            who(one),
            one.moment.isoformat(),
            at(one.moment),
            one.reason,
            one.number == first,
            one.number == last,
        )
        for one in page.rows
    ]


def compare(subject: Subject, first: int, last: int) -> Comparison:
    """Return what differs in a thing, and in what hangs on it, between two changes. At most six SQL queries."""
    before, after = (standing(subject.row, number) if number else {} for number in (first, last))
    pairs = []
    for key in sorted(before.keys() | after.keys(), key=lambda key: (list(KINDS).index(key[0]), key[1])):
        then, now = before.get(key), after.get(key)
        gone = [not data or bool(data["retired_at"]) for data in (then, now)]
        if key != subject.key:
            if all(gone):
                continue
            now = None if gone[1] else now  # so that what was taken out shows its words, as removed
        if then != now:
            pairs.append((key, then, now))
    found = items(subject.process, pairs, subject.reader)
    itself = next((one for one, (key, *_) in zip(found, pairs, strict=True) if key == subject.key), None)
    hanging = [(key[0], one) for one, (key, *_) in zip(found, pairs, strict=True) if key != subject.key]
    words = [diff.counts(each.segments) for one in found for each in one.differences]
    return Comparison(
        first=first,
        last=last,
        item=itself,
        groups=[
            (GROUPS[kind], [one for _, one in group]) for kind, group in groupby(hanging, key=lambda pair: pair[0])
        ],
        added=sum(added for added, _ in words),
        removed=sum(removed for _, removed in words),
    )
