"""Read what reference managers write: BibTeX, RIS and CSL-JSON. Each entry becomes the fields of a briefing."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import bibtexparser
import rispy
from bibtexparser.middlewares import (
    LatexDecodingMiddleware,
    RemoveEnclosingMiddleware,
    ResolveStringReferencesMiddleware,
)
from bibtexparser.model import Block, DuplicateBlockKeyBlock, Entry, Field

from ..choices import BriefingKind
from .faults import File, Refused
from .kinds import simple
from .sheets import decode
from .tables import Table, of_records

logging.getLogger("bibtexparser").setLevel(logging.ERROR)  # what is wrong with a file is said to whoever brought it
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DEEPEST = 50  # braces inside each other
MOST, AUTHORS = 200, 180  # letters of all names, and of those that are written out where they are more
WEB = re.compile(r"https?://[^\s{}\\]+")
RIS_TAG = re.compile(r"([A-Z][A-Z0-9])  -(?: |$)")
RUN_ON = re.compile(r"[}\"]\s*\n?\s*[A-Za-z][\w-]*\s*=\s*[{\"]")
AND = re.compile(r"[{}]| and (?=[^ ])")
ESCAPED = re.compile(r"\\([%&$#_{}~])")
PEOPLE = ("author", "editor")
OURS = {simple(word): value for value, label in BriefingKind.choices for word in (value, label)}


def bibtex_table(file: File) -> Table:
    """Return the entries of a BibTeX or BibLaTeX file."""
    return of_records(file, "line", bibtex_records(file))


def bibtex_records(file: File) -> Iterator[tuple[int, dict[str, Any]]]:
    text = decode(file)
    balanced(file, text)
    try:
        raw = bibtexparser.parse_string(text, parse_stack=[])
        blocks = [renamed(block, place) for place, block in enumerate(raw.blocks)]
        whole(file, blocks)
        library = bibtexparser.Library(blocks)
        for step in (ResolveStringReferencesMiddleware(), RemoveEnclosingMiddleware()):
            library = step.transform(library)
        addresses = {entry.key: address_of(entry) for entry in library.entries}
        for entry in library.entries:
            entry.fields = [part for field in entry.fields for part in parted(field)]
        library = LatexDecodingMiddleware().transform(library)
    except Refused:
        raise
    except (ValueError, RecursionError, IndexError, KeyError, AttributeError) as error:
        raise file.refuse(
            "", f"this is no BibTeX ({type(error).__name__}). Export it again from where it comes."
        ) from None
    for block in library.failed_blocks:
        sentence = "the entry that begins there is broken: look for a missing comma, quote or brace, or a field "
        raise file.refuse(f"line {(block.start_line or 0) + 1}", f"{sentence}that is given twice.")
    if not library.entries:
        raise file.refuse("line 1", "there is no BibTeX entry in it, such as @article{…}. Choose a BibTeX file.")
    for entry in library.entries:
        fields = {field.key.lower(): str(field.value) for field in entry.fields}
        yield (entry.start_line or 0) + 1, bibtex_record(entry.entry_type, fields, addresses[entry.key])


def whole(file: File, blocks: list[Block]):
    """Refuse an entry in which one field runs into the next for want of a comma."""
    for block in blocks:
        for field in block.fields if isinstance(block, Entry) else ():
            if RUN_ON.search(str(field.value)):
                sentence = f"a comma is missing after the field “{field.key[:60]}”. Put it there."
                raise file.refuse(f"line {(field.start_line or block.start_line or 0) + 1}", sentence)


def renamed(block: Block, place: int) -> Block:
    """Return a block; an entry whose key stood in the file before gets one of its own, and counts as any other."""
    if not isinstance(block, DuplicateBlockKeyBlock) or not isinstance(block.ignore_error_block, Entry):
        return block
    entry = block.ignore_error_block
    return Entry(entry.entry_type, f"{entry.key}\x1f{place}", entry.fields, entry.start_line, entry.raw)


def balanced(file: File, text: str):
    """Refuse braces that are nested too deeply."""
    depth = 0
    for found in re.finditer(r"[{}]", text):
        depth = depth + 1 if found[0] == "{" else max(depth - 1, 0)
        if depth > DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            raise file.refuse(f"line {line}", f"braces stand {DEEPEST} deep inside each other. Close those left open.")


def address_of(entry: Entry) -> str:
    """Return the web address of an entry as it stands: a percent sign in it begins no comment."""
    fields = {field.key.lower(): str(field.value) for field in entry.fields}
    web = WEB.search(fields.get("url") or fields.get("howpublished") or fields.get("note") or "")
    return ESCAPED.sub(r"\1", web[0]) if web else ""


def parted(field: Field) -> Iterator[Field]:
    """Yield a field, and one of names as a field for each of them; a name in braces is not to be turned."""
    if (kind := field.key.lower()) not in PEOPLE:
        yield field
        return
    text, depth, start, closed = " ".join(str(field.value).split()), 0, 0, -1
    for found in [*AND.finditer(text), None]:
        if found and found[0] == "{":
            depth += 1
        elif found and found[0] == "}":
            depth = max(depth - 1, 0)
            closed = found.start() if closed < start and not depth else closed
        elif not found or not depth:
            name = text[start : found.start() if found else None]
            whole = name.startswith("{") and closed == start + len(name) - 1
            yield Field(f"{kind}\x1f{start}\x1f{'whole' if whole else ''}", name, field.start_line)
            start = found.end() if found else 0


def bibtex_record(kind: str, fields: dict[str, str], address: str) -> dict[str, str]:
    """Return the fields of a BibTeX entry as those of a briefing."""
    said = [(key.split("\x1f"), text) for key, text in fields.items() if "\x1f" in key]
    people = [[text if key[2] else turned(text, 1) for key, text in said if key[0] == role] for role in PEOPLE]
    return record(
        title=fields.get("title", ""),
        date=fields.get("date", "").split("/")[0] or day(fields.get("year"), fields.get("month"), fields.get("day")),
        kind=fields.get("entrysubtype") or kind,
        names=people[0] or people[1],
        publishers=[fields.get(name, "") for name in PUBLISHERS],
        url=address,
        doi=fields.get("doi", ""),
        language=fields.get("langid") or fields.get("language") or "",
        abstract=fields.get("abstract", ""),
    )


PUBLISHERS = ("journaltitle", "journal", "publisher", "institution", "organization", "school", "booktitle")


def ris_table(file: File) -> Table:
    """Return the entries of a RIS file."""
    return of_records(file, "line", ris_records(file))


def ris_records(file: File) -> Iterator[tuple[int, dict[str, Any]]]:
    text = decode(file).replace("\r\n", "\n").replace("\r", "\n")
    starts = list(ris_starts(file, text))
    found = rispy.loads(text)
    if len(found) != len(starts):
        raise file.refuse("", "the entries cannot be told apart. Each begins with “TY  -” and ends with “ER  -”.")
    for number, fields in zip(starts, found, strict=True):
        title = fields.get("title") or fields.get("primary_title") or fields.get("short_title") or ""
        written = fields.get("date") or fields.get("publication_year") or fields.get("year") or ""
        parts = [part for part in re.split(r"[/\s]+", written) if part]
        urls = fields.get("urls") or [fields.get("url", "")]
        yield (
            number,
            record(
                title=title,
                date=written if "-" in written else day(*(parts + [None] * 3)[:3]),
                kind=OURS.get(simple(fields.get("type_of_work", ""))) or fields.get("type_of_reference", ""),
                names=[turned(name, 2) for name in fields.get("authors") or fields.get("first_authors") or ()],
                publishers=[fields.get(name, "") for name in RIS_PUBLISHERS],
                url=urls[0],
                doi=fields.get("doi", ""),
                language=fields.get("language", ""),
                abstract=fields.get("abstract") or fields.get("notes_abstract") or "",
            ),
        )


RIS_PUBLISHERS = ("journal_name", "secondary_title", "publisher", "alternate_title3")


def ris_starts(file: File, text: str) -> Iterator[int]:
    """Yield the line where each entry begins, and refuse entries that do not end or begin."""
    opened = 0
    for number, line in enumerate(text.split("\n"), start=1):
        tag = found[1] if (found := RIS_TAG.match(line)) else ""
        if tag == "TY" and opened:
            raise file.refuse(f"line {opened}", "the entry that begins there has no end. Write “ER  -” below it.")
        if tag and tag != "TY" and not opened:
            raise file.refuse(f"line {number}", f"“{tag}” stands outside of any entry. Each begins with “TY  -”.")
        if tag == "TY":
            opened = number
            yield number
        elif tag == "ER":
            opened = 0
        elif not tag and not opened and line.strip():
            raise file.refuse(f"line {number}", "this is no line of a RIS file. Each entry begins with “TY  -”.")
    if opened:
        raise file.refuse(f"line {opened}", "the entry that begins there has no end. Write “ER  -” below it.")


def is_csl(entry: dict[str, Any]) -> bool:
    """Tell whether an entry is one of CSL-JSON."""
    return isinstance(entry.get("issued"), dict) or "container-title" in entry or isinstance(entry.get("author"), list)


def csl_record(entry: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a CSL-JSON entry as those of a briefing; what is no text counts as missing."""

    def text(name: str) -> str:
        value = entry.get(name)
        return value if isinstance(value, str) else ""

    return record(
        title=text("title"),
        date=csl_date(entry.get("issued")),
        kind=OURS.get(simple(text("genre"))) or text("type"),
        names=[csl_name(one) for one in entry.get("author") or () if isinstance(one, dict)]
        if isinstance(entry.get("author"), list)
        else [text("author")],
        publishers=[text("container-title"), text("publisher")],
        url=text("URL"),
        doi=text("DOI"),
        language=text("language"),
        abstract=text("abstract"),
    )


def csl_name(name: dict[str, Any]) -> str:
    """Return a person’s or a body’s name."""
    parts = [name.get(part) for part in ("literal", "given", "non-dropping-particle", "family", "suffix")]
    return " ".join(part for part in parts if isinstance(part, str))


def csl_date(issued: Any) -> str:
    """Return a date of CSL-JSON; the first of two where it is a span."""
    if not isinstance(issued, dict):
        return issued if isinstance(issued, str) else ""
    parts = issued.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        return day(*([str(part) for part in parts[0]] + [None] * 3)[:3])
    raw = issued.get("raw") or issued.get("literal")
    return raw if isinstance(raw, str) else ""


def record(*, title, date, kind, names, publishers, url, doi, language, abstract) -> dict[str, str]:
    """Return what a reference says of a document, by the fields of a briefing."""
    return {
        "title": title,
        "date": date,
        "kind": kind or "document",
        "author": people(names),
        "publisher": next((name for name in publishers if name), ""),
        "url": url,
        "doi": doi,
        "language": language,
        "abstract": abstract,
    }


def people(names: list[str]) -> str:
    """Return names as one line; those that do not fit are counted."""
    names, found = [name for name in (" ".join(str(name).split()) for name in names) if name], ""
    if len(", ".join(names)) <= MOST:
        return ", ".join(names)
    for place, name in enumerate(names):
        more = f"{found}, {name}" if found else name
        if found and len(more) > AUTHORS:
            return f"{found} and {len(names) - place} more"
        found = more
    return found


def turned(name: str, suffix: int) -> str:
    """Return “Family, Given” as it is said; of three parts the one at `suffix` follows the name (Jr.).

    Two commas stand for the one in the name of a body; nothing follows the one at its end.
    """
    if ",," in name:
        return name.replace(",,", ",", 1)
    family, *parts = (part.strip() for part in name.split(","))
    last = parts.pop(suffix - 1) if len(parts) == 2 else ""
    return " ".join(filter(None, (*parts, family, last)))


def day(year: str | None, month: str | None = None, of_month: str | None = None) -> str:
    """Return a date from its parts, as far as they go: 2025, 2025-02, 2025-02-14."""
    year, month, of_month = ((part or "").strip() for part in (year, month, of_month))
    if (word := month[:3].lower()) in MONTHS:
        month = str(MONTHS.index(word) + 1)
    if not month.isdecimal():
        return year
    return f"{year}-{month:0>2}-{of_month:0>2}" if of_month.isdecimal() else f"{year}-{month:0>2}"
