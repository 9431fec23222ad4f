"""Read JSON: a list of entries, one section of a process document, or the CSL-JSON of a reference manager."""

import json
from collections.abc import Iterator
from typing import Any

from .. import documents
from .faults import File
from .references import csl_record, is_csl
from .tables import Table, of_records, text_of

ENTRIES = "Write a list of entries, each a set of fields: [{“title”: …}, …]."


def json_table(file: File, section: str) -> Table:
    """Return the entries of a JSON file; of a process document those of one section."""
    if file.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"[", b"{"):
        raise file.refuse("line 1", f"this is not JSON, which begins with [ or {{. {ENTRIES}")
    try:
        content = documents.parse(file.data, file.name)
    except documents.Unreadable as error:
        raise file.refuse(
            "", f"{str(error).removeprefix(file.name).strip()} Mend it there, then bring it again."
        ) from None
    if isinstance(content, dict):
        name = next((name for name in (section, "items") if isinstance(content.get(name), list)), None)
        if name is None:
            raise file.refuse("", f"there is no list “{section}” in it. {ENTRIES}")
        content = content[name]
    return of_records(file, "entry", records(file, content))


def records(file: File, content: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (number, fields) of each entry."""
    if not isinstance(content, list):
        raise file.refuse("", ENTRIES)
    for number, entry in enumerate(content, start=1):
        if not isinstance(entry, dict):
            raise file.refuse(f"entry {number}", f"this is no set of fields. {ENTRIES}")
        if repeated := getattr(entry, "repeated", None):
            raise file.refuse(f"entry {number}", f"the field “{repeated[0][:60]}” is given twice. Keep one of the two.")
        fields = csl_record(entry) if is_csl(entry) else entry
        yield number, {name: flat(file, number, name, value) for name, value in fields.items() if name not in BESIDE}


# What a process document holds beside the fields of a row; compromises are imported without it.
BESIDE = {"status_changes"}
LIST = "citations"  # which stays JSON


def flat(file: File, number: int, name: str, value: Any) -> str:
    """Return the value of a field as text; a list of texts is one text, its parts a line each."""
    if name == LIST and isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    if isinstance(value, list | dict):
        sentence = f"“{name[:60]}” holds more than a text. Write a text or a number, or leave the field out."
        raise file.refuse(f"entry {number}", sentence)
    return text_of(value)
