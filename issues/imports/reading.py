"""Tell a file's format by its name, and read it as a table."""

from collections.abc import Callable

from ..uploads import LARGEST
from .faults import File
from .feeds import feed_table
from .kinds import Kind
from .objects import json_table
from .references import bibtex_table, ris_table
from .sheets import csv_table
from .tables import Table
from .workbooks import xlsx_table

TABLES: dict[str, Callable[[File], Table]] = {"csv": csv_table, "tsv": csv_table, "xlsx": xlsx_table}
# What holds documents alone.
DOCUMENTS: dict[str, Callable[[File], Table]] = {
    "bib": bibtex_table,
    "ris": ris_table,
    "rss": feed_table,
    "atom": feed_table,
    "xml": feed_table,
}
READERS = (*TABLES, "json", *DOCUMENTS)


def read(kind: Kind, name: str, data: bytes) -> Table:
    """Return what a file holds as a table. Raises Refused with one sentence: the file, the place, the remedy."""
    file = File(cut(name), data)
    ending = name.rpartition(".")[2].lower()
    if ending not in READERS:
        endings = ", ".join(f".{one}" for one in READERS)
        raise file.refuse("", f"this is no kind of file that can be read. Choose one that ends in {endings}.")
    if len(data) > LARGEST:
        raise file.refuse("", f"the file is larger than {LARGEST // 1024**2} MB. Bring it in several files.")
    if not data.strip():
        raise file.refuse("", "the file is empty. Save it again where it comes from, or choose another.")
    if ending == "json":
        return json_table(file, kind.plural)
    if ending in DOCUMENTS:
        if kind.name != "briefing":
            raise file.refuse("", f"a file that ends in .{ending} holds briefings alone. Choose briefings, or a table.")
        return DOCUMENTS[ending](file)
    return TABLES[ending](file)


def cut(name: str) -> str:
    """Return a file's name as it is stored and said."""
    plain = "".join(sign if sign.isprintable() else "�" for sign in name)
    return plain if len(plain) <= 100 else f"{plain[:60]}…{plain[-30:]}"
