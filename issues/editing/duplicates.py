"""Merge briefings that are one and the same document: one stays, and what rests on the others rests on it."""

from collections.abc import Collection, Mapping, Sequence

from .. import history
from ..models import Briefing, Changeset, Citation, CompromiseLink, Process, StatusEvent
from ..models.briefing import MERGED
from .making import derived

MOST = 400  # rows that rest on what goes, so that the change can be undone as one
RESTING = (Citation, StatusEvent, CompromiseLink)


class Gone(Exception):
    """One of the briefings was taken out of the record. Nothing was written."""


class Changed(Exception):
    """One of the briefings was changed since the writer looked at it; `row` is it. Nothing was written."""

    def __init__(self, row: Briefing):
        super().__init__(row.title)
        self.row = row


class TooMany(Exception):
    """More rests on what goes than one change may move. Nothing was written."""


def merge(
    process: Process,
    keeper: int,
    versions: Mapping[int, int],
    fields: Mapping[str, int],
    *,
    reason: str,
    user,
    key: str,
) -> Changeset:
    """Merge briefings into one of them in one changeset, and return that.

    `versions`: the version of each briefing that the writer saw, by its key; `fields`: which of them a field is kept
    of, where that is not the keeper. Citations, steps and links that rest on the others rest on the keeper then, and
    the others are taken out; their addresses are among those of the keeper. A second call with the same key and
    content writes nothing. Raises Gone, Changed or TooMany.
    """
    content = history.once(key, user.pk, "merge", keeper, sorted(versions.items()), sorted(fields.items()))
    try:
        with history.changeset(process, reason=reason, user=user, key=content) as door:
            rows = Briefing.objects.live().filter(process=process).in_bulk(versions)
            if len(rows) < len(versions) or keeper not in rows:
                raise Gone
            for pk, row in rows.items():
                if row.version != versions[pk]:
                    raise Changed(row)
            kept, losers = rows[keeper], [row for pk, row in rows.items() if pk != keeper]
            resting = [one for model in RESTING for one in model.objects.live().filter(briefing__in=losers)[: MOST + 1]]
            if len(resting) > MOST:
                raise TooMany
            changes = {
                name: getattr(rows[pk], name)
                for field, pk in fields.items()
                for name in (field, *MERGED[field])
                if getattr(rows[pk], name) != getattr(kept, name)
            }
            changes |= derived(kept, changes)
            changes["other_urls"] = addresses(kept, losers, changes.get("url", kept.url))
            if changes["other_urls"] == kept.other_urls:
                del changes["other_urls"]
            if changes:
                door.update(kept, **changes)
            for one in resting:
                door.update(one, briefing_id=keeper)
            for loser in losers:
                door.update(loser, merged_into_id=keeper, retired_at=door.moment, retired_reason=reason)
    except history.AlreadyWritten as done:
        return done.changeset
    return Changeset.objects.get(process=process, number=process.content_version)


def addresses(kept: Briefing, losers: Sequence[Briefing], url: str | None) -> list:
    """Return the further addresses of the keeper: its own and those of all others, each once, without its first."""
    others = [one for row in (kept, *losers) for one in (row.url, *(row.other_urls or ()))]
    own = kept.other_urls or []
    return list(dict.fromkeys([*own, *(one for one in others if isinstance(one, str) and one and one != url)]))


def are_one(row: Briefing, keys: Collection[int]) -> bool:
    """Tell whether all others of these briefings were merged into one. One SQL query."""
    merged = Briefing.objects.filter(merged_into=row, retired_at__isnull=False, pk__in=keys)
    return merged.count() == len(set(keys) - {row.pk})


def keeper_of(process: Process, slug: str) -> Briefing | None:
    """Return the live briefing into which one of that name was merged, at last, or None. One SQL query a step."""
    own = Briefing.objects.filter(process=process)
    row, seen = own.filter(slug=slug, retired_at__isnull=False).only("merged_into_id", "retired_at").first(), set()
    while row and row.retired_at and row.merged_into_id and row.pk not in seen:
        seen.add(row.pk)
        row = own.only("slug", "merged_into_id", "retired_at").filter(pk=row.merged_into_id).first()
    return row if row and not row.retired_at else None
