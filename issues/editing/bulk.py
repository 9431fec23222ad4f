"""Set the same fields of many rows, with one reason, in one change."""

from collections.abc import Mapping

from .. import history
from ..models import Changeset, Process
from ..models.base import Content
from . import Unchanged


class Conflicts(Exception):
    """Rows were changed or taken out since the writer looked at them; nothing was written.

    `changed` are those that were changed; `gone` counts those that are not in the record any more.
    """

    def __init__(self, changed: list[Content], gone: int):
        super().__init__(f"{len(changed)} changed, {gone} gone")
        self.changed, self.gone = changed, gone


def change(
    process: Process,
    model: type[Content],
    versions: Mapping[int, int],
    fields: Mapping[str, object],
    *,
    reason: str,
    user,
    key: str,
) -> Changeset:
    """Set fields of rows of a model in one changeset, and return that; `versions` are those that the writer saw.

    Rows that say so already stay as they are. A second call with the same key and content writes nothing. Raises
    Conflicts or Unchanged, with nothing written.
    """
    content = history.once(key, user.pk, "bulk", model._meta.model_name, sorted(versions.items()), fields)
    try:
        with history.changeset(process, reason=reason, user=user, key=content) as door:
            rows = model.objects.live().filter(process=process).in_bulk(versions)
            changed = [rows[pk] for pk in sorted(rows) if rows[pk].version != versions[pk]]
            if changed or len(rows) < len(versions):
                raise Conflicts(changed, len(versions) - len(rows))
            for row in rows.values():
                differing = {name: value for name, value in fields.items() if getattr(row, name) != value}
                if differing:
                    door.update(row, **differing)
            if not door.touched:
                raise Unchanged(None)
    except history.AlreadyWritten as done:
        return done.changeset
    return Changeset.objects.get(process=process, number=process.content_version)
