"""Hostile files: each is refused within two seconds, by a sentence with file, place and remedy, and nothing is kept."""

import io
import json
import time
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from issues.models import Briefing, Import, Snapshot

from . import valley
from .conftest import Person

HEAD = "title,date,kind\n"
ROW = "A title,2025-02-14,news\n"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData>{}</worksheet>'
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
BOMB = "<!DOCTYPE x [" + '<!ENTITY a "aaaaaaaaaa">' + '<!ENTITY b "&a;&a;&a;&a;&a;">' * 9 + "]>"
RSS = '<rss version="2.0"><channel><title>Post</title>{}</channel></rss>'
ITEM = "<item><title>A</title><link>https://example.org/</link></item>"


def workbook(*rows, **more) -> bytes:
    """Return a workbook as a spreadsheet program writes it; `more` changes the sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for change in more.values():
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(parts: dict[str, bytes | str], packed=None) -> bytes:
    """Return a workbook with other parts in place of its own."""
    source, target = zipfile.ZipFile(io.BytesIO(packed or workbook(["title", "date", "kind"], ["A"]))), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            if name not in parts:
                out.writestr(name, source.read(name))
        for name, content in parts.items():
            out.writestr(name, content)
    return target.getvalue()


def sheet(rows: str, after: str = "", before: str = "") -> bytes:
    return repacked({"xl/worksheets/sheet1.xml": before + SHEET.format(rows, after)})


def row(number: int, *cells: tuple[str, str]) -> str:
    return f'<row r="{number}">' + "".join(CELL.format(*cell) for cell in cells) + "</row>"


def flipped(data: bytes) -> bytes:
    """Return a file with a byte of its packed content turned over."""
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


TOP = row(1, ("A1", "title"), ("B1", "date"), ("C1", "kind"))


def hostile() -> dict[str, tuple[str, bytes | str, str]]:
    """Return {what it is: (file name, content, words of the place and the remedy)}. It takes seconds to make."""
    return {
        "nothing": ("a.csv", b"", "is empty. Save it again"),
        "white space": ("a.csv", b" \n\n \n", "is empty. Save it again"),
        "only a byte order mark": ("a.csv", b"\xef\xbb\xbf", "is empty"),
        "only a head": ("a.csv", HEAD, "no line in the file below the names"),
        "another kind of file": ("a.exe", b"MZ", "Choose one that ends in .csv"),
        "Latin-1": (
            "a.csv",
            (HEAD + "Café,2025-02-14,news\n").encode("latin-1"),
            "line 2: this is not UTF-8 text. Save",
        ),
        "UTF-16": ("a.csv", (HEAD + ROW).encode("utf-16"), "line 1: this is not UTF-8 text. Save"),
        "UTF-32": ("a.csv", (HEAD + ROW).encode("utf-32"), "line 1: this is not UTF-8 text. Save"),
        "KOI8-R": ("a.csv", (HEAD + "Долина,2025-02-14,news\n").encode("koi8-r"), "line 2: this is not UTF-8"),
        "NUL": ("a.csv", HEAD + "A\0title,2025-02-14,news\n", "line 2: the file holds characters of no text. Save"),
        "a bell": ("a.csv", HEAD + "A\atitle,2025-02-14,news\n", "line 2: “title” holds the character U+0007"),
        "a picture named CSV": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1: this is not UTF-8 text"),
        "a quote left open": (
            "a.csv",
            HEAD + 'A,"2025\n' + ROW * 9,
            "line 2: the quote that opens there is never closed",
        ),
        "a quote inside a cell": ("a.csv", HEAD + 'A,"20"25,news\n', "line 2: a quote stands inside a cell"),
        "too many cells in a row": (
            "a.csv",
            HEAD + ROW + "a,b,c,d\n",
            "line 3: there are 4 cells under 3 column names",
        ),
        "two columns of one name": ("a.csv", "title,Title\nA,B\n", "line 1: two columns are named “Title”"),
        "10⁶ columns": ("a.csv", ",".join(f"c{n}" for n in range(10**6)) + "\n1\n", "1,000,000 columns; at most 200"),
        "10⁶ empty columns": ("a.csv", "a" + "," * 10**6 + "b\n1\n", "columns; at most 200 are read. Keep"),
        "too many rows": ("a.csv", "t\n" + "a\n" * 50_001, "more than 50,000 rows. Bring them in several files"),
        "too large": ("a.csv", b"t\n" + b"a" * (10 * 1024**2), "larger than 10 MB. Bring it in several files"),
        "one huge cell": (
            "a.csv",
            "title\n" + "a" * 1_000_002 + "\n",
            "line 2: a cell has more than 1,000,000 letters",
        ),
        "a huge name of a column": ("a.csv", "a" * 5000 + "\n1\n", "line 1: the name of column 1 has more than 200"),
        "no workbook": ("a.xlsx", HEAD + ROW, "no workbook, or a damaged one. Open it"),
        "an old or locked workbook": (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
            "Save it as .xlsx without",
        ),
        "half a workbook": ("a.xlsx", workbook(["title"], ["A"])[:-900], "a damaged one. Open it"),
        "a flipped byte": ("a.xlsx", flipped(workbook(["title"], ["A"] * 9)), "damaged"),
        "some other zip": ("a.xlsx", repacked({"[Content_Types].xml": "<x/>"}), "the workbook is damaged"),
        "a zip bomb": ("a.xlsx", sheet(TOP, "<x>" + " " * 80_000_000 + "</x>"), "unpacks to more than 64 MB"),
        "a thousand parts": ("a.xlsx", repacked({f"xl/{n}.xml": "" for n in range(600)}), "or 500 parts"),
        "merged cells": (
            "a.xlsx",
            workbook(["title", "date"], ["A", "B"], merge=lambda book: book.active.merge_cells("A2:B2")),
            "cells A2:B2: they are merged. Split them",
        ),
        "a formula": (
            "a.xlsx",
            workbook(["title", "date"], ["A", "=NOW()"]),
            "cell B2: it holds a formula. Copy the column",
        ),
        "a formula for a name": ("a.xlsx", workbook(["=1+1"], ["A"]), "cell A1: it holds a formula"),
        "an error": ("a.xlsx", workbook(["title"], ["#REF!"]), "cell A2: it holds the error #REF!"),
        "two sheets": (
            "a.xlsx",
            workbook(["title"], ["A"], more=lambda book: book.create_sheet("Two").append(["B"])),
            "more than one sheet has rows: “Sheet” and “Two”. Save each",
        ),
        "an empty workbook": ("a.xlsx", workbook(), "the file is empty. Its first row"),
        "10⁶ columns of a sheet": (
            "a.xlsx",
            sheet('<row r="1">' + "".join('<c r="ABC1"><v>1</v></c>' for _ in range(2_000_001)) + "</row>"),
            "more than 8,000,000 tags",
        ),
        "a cell far to the right": (
            "a.xlsx",
            sheet(TOP + row(2, ("A2", "x"), ("XFD2", "y"))),
            "row 2: there are cells as far as column 16,384",
        ),
        "a row far below": ("a.xlsx", sheet(TOP + row(999_999_999, ("A999999999", "x"))), "more than 50,000 rows"),
        "a workbook with entities": ("a.xlsx", sheet(TOP, before=BOMB), "declares a document type"),
        "cells in a bad place": ("a.xlsx", sheet('<row r="x"><c r="??"/></row>'), "damaged"),
        "no JSON": ("a.json", "title: A", "line 1: this is not JSON"),
        "broken JSON": ("a.json", '[{"title": "A",}]', "line 1, column"),
        "deep JSON": ("a.json", "[" * 100_000, "nested too deeply"),
        "a deep field": ("a.json", '[{"title": {"a": ["b"]}}]', "entry 1: “title” holds more than a text. Write"),
        "a list of numbers": ("a.json", "[1, 2]", "entry 1: this is no set of fields. Write a list"),
        "another document": ("a.json", '{"people": []}', "no list “briefings” in it. Write a list"),
        "a field given twice": (
            "a.json",
            '[{"title": "A", "title": "B"}]',
            "entry 1: the field “title” is given twice",
        ),
        "half characters": ("a.json", '[{"title": "\\ud800"}]', "entry 1: “title” holds the character U+D800"),
        "a huge number": ("a.json", '[{"title": ' + "9" * 5000 + "}]", "too many digits"),
        "10⁶ fields": (
            "a.json",
            json.dumps([{f"f{n}": 1 for n in range(10**5)}]),
            "entry 1: there are more than 200 fields",
        ),
        "an open brace": ("a.bib", "@article{a, title={One, year=2025}\n@article{b, title={Two}}", "broken"),
        "a missing comma": (
            "a.bib",
            "\n@article{a, title={One} year={2025}}",
            "line 2: a comma is missing after the field “title”",
        ),
        "no BibTeX": ("a.bib", "Dear editor,", "line 1: there is no BibTeX entry"),
        "deep braces": ("a.bib", "@article{a, title=" + "{" * 5000 + "}" * 5000 + "}", "braces stand 50 deep"),
        "RIS without an end": (
            "a.ris",
            "TY  - NEWS\nTI  - A\n",
            "line 1: the entry that begins there has no end. Write",
        ),
        "RIS in RIS": ("a.ris", "TY  - NEWS\nTY  - NEWS\nER  - \n", "line 1: the entry that begins there has no end"),
        "no RIS": ("a.ris", "Dear editor,\n", "line 1: this is no line of a RIS file"),
        "a lost line of RIS": ("a.ris", "TI  - A\nER  - \n", "line 1: “TI” stands outside of any entry"),
        "a billion laughs": ("a.xml", BOMB + RSS.format(ITEM), "declares a document type or entities"),
        "an entity of a file": (
            "a.xml",
            '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RSS.format("<item><title>&x;</title></item>"),
            "declares a document type or entities",
        ),
        "a broken feed": ("a.rss", RSS.format("<item>"), "line 1, column"),
        "a web page": ("a.xml", "<html><body>Hi</body></html>", "no entry of a feed in it. Choose"),
        "a deep feed": ("a.atom", "<a>" * 100_000 + "</a>" * 100_000, "more than 50 deep"),
        "a feed in a strange encoding": (
            "a.xml",
            '<?xml version="1.0" encoding="x-none"?>' + RSS.format(ITEM),
            "line 1",
        ),
    }


@pytest.fixture
def process(db):
    return valley.create()


def bring(person, process, name, content):
    data = content.encode() if isinstance(content, str) else content
    url = reverse("issues:import-list", args=[process.slug])
    return person.post(url, {"kind": "briefing", "file": SimpleUploadedFile(name, data)})


# The processor's time: on a busy machine the clock would measure the others.
def test_each_is_refused_in_two_seconds_with_place_and_remedy_and_nothing_is_kept(process):
    cora = Person.called("cora").joins(process, "curator")
    before = Briefing.objects.count(), Snapshot.objects.count()
    missed, files = [], hostile()
    assert len(files) >= 50
    for what, (name, content, words) in files.items():
        began = time.process_time()
        response = bring(cora, process, name, content)
        took = time.process_time() - began
        errors = response.context["form"].errors.get("file", [""])[0] if response.status_code == 422 else ""
        if not (words in errors and errors.startswith(name) and took < 2):
            missed.append((what, response.status_code, round(took, 1), errors))
    assert not missed
    assert (Briefing.objects.count(), Snapshot.objects.count()) == before and not Import.objects.exists()
