"""The citation picker of a form: what it was asked, done to the rows of the form, with nothing written."""

from ..forms.sources import NEW, ROWS, SourceRows
from ..queries import quotable

GONE = "What you chose is not there any more, or was changed. Look for it again."
FULL = f"A save adds {ROWS} sources at most. Save these first."


def answer(asked: SourceRows, rows: SourceRows) -> None:
    """Do to `rows` what `asked` asks for: find words, add what was picked, drop a row, or only check the words."""
    data = asked.data
    if asked.asked == "pick":
        pick = data["pick"]
        found = {} if pick == NEW else quotable.picked(rows.process, pick[:80])
        if found is None:
            rows.notice = GONE
        elif (row := rows.add(values(found))) is None:
            rows.notice = FULL
        else:
            rows.find = ""
            row.fields["relation" if found else "title"].widget.attrs["autofocus"] = True
    elif asked.asked == "drop":
        rows.drop(data["drop"])
        rows.is_left = True
    if rows.find and asked.asked != "check":
        rows.found = quotable.search(rows.process, rows.find, texts=True)


def values(found: dict) -> dict:
    """Return what a pick cites as the values of a row."""
    briefing = found.get("briefing")
    return {name: value or "" for name, value in found.items()} | {"briefing": briefing.pk if briefing else ""}
