"""Take tables and references away: what they hold, that it comes back, and that a spreadsheet computes none of it."""

import csv
import io
import json
import re
from datetime import date
from itertools import accumulate, chain

import openpyxl
import pytest
import rispy
from bibtexparser import parse_string
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as some
from jsonschema import Draft7Validator
from pybtex.database import parse_string as parse_bibtex
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

from issues import exports, history, imports
from issues.analysis.cells import below_head
from issues.analysis.names import Name, authors
from issues.analysis.prose import UNPRINTABLE
from issues.exports import bibtex, sheets, tables
from issues.exports.references import reference
from issues.imports.faults import File
from issues.imports.objects import json_table
from issues.imports.references import bibtex_table, ris_table
from issues.models import Briefing, Compromise, Position, Process

from . import valley
from .everyone import whole

CRUEL = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "'=x",
    "'",
    "# Peacetracker. x",
    'a "b", c;\n\nd',
    "Угода «Мир»",
    "a\u2028b",
)
SHEETS = ("briefings", "positions", "compromises", "steps", "quotes", "issues", "sides", "links")


@pytest.fixture(scope="module")
def loaded_cruelties(loaded):
    return loaded(cruelties)


@pytest.fixture
def process(loaded_cruelties, db) -> Process:
    """Return a small record full of what spreadsheets and parsers trip over."""
    return loaded_cruelties.restore()


def cruelties() -> Process:
    process = valley.create()
    for n, text in enumerate(CRUEL):
        line = " ".join(text.split())
        valley.add(
            valley.briefing(
                process,
                f"b{n}",
                f"2024-0{n % 9 + 1}-01",
                title=line,
                author=line,
                publisher=line,
                abstract=text,
                precision=("day", "month", "year")[n % 3],
                url=f"https://example.org/{n}?a=%20b~",
                other_urls=[f"https://example.org/{n}/{m}" for m in range(n % 3)],
            )
        )
        valley.hold(process, "hill", f"2024-0{n % 9 + 1}-02", n, headline=line, body=text, n=n, placement_note=text)
        steps = [("2024-02-01", "suggested", {"note": text}), ("2024-03-01", "adopted")]
        valley.propose(process, n + 1, *steps[: n % 2 + 1], body=text, test_sentence=text)
    first = Position.objects.first()
    valley.cite(first, "b1", quote="=quoted", locator="p. 1")
    valley.cite(Position.objects.last(), "b2", quote="=1+1", relation="contradicts", order=1)
    valley.cite(
        Position.objects.last(), "b3", quote='-a "b"\n\tc', order=2, credibility="2", quote_url="https://a.org/b"
    )
    valley.cite(Compromise.objects.first(), "b4", prefix="@x", suffix="=y", locator="+1")
    valley.retire(valley.cite(first, "b5", order=2))
    process.refresh_from_db()
    return process


def get(person, process, name, **query) -> bytes:
    """Return the content of a file of a process."""
    what, _, ending = name.partition(".")
    response = person.get(reverse("issues:export-table", args=[process.slug, what, ending]), query)
    assert response.status_code == 200 and response["Content-Disposition"].startswith("attachment; ")
    return b"".join(response.streaming_content)


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    text, lines = below_head(data.decode("utf-8-sig"))
    assert lines
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("name", ["briefing", "position", "compromise"])
def test_what_is_taken_away_is_read_back_as_it_was(name, ending, process, vera):
    kind = imports.KINDS[name]
    table = imports.read(kind, f"x.{ending}", get(vera, process, f"{kind.plural}.{ending}"))
    mapping = imports.guess(kind, table)
    # Not for everybody, or not stored; JSON leaves out what is empty.
    own = {"cited", "relation", "quote", "locator", "credibility"}  # of one source, where all of them are a list
    assert ending == "json" or set(kind.fields) - set(mapping) <= {"provenance", "text", "doi"} | own
    found = list(imports.compare(process, kind, table, mapping))
    assert [(one.notes, one.changes) for one in found if one.kind != imports.SAME] == []
    assert len(found) == kind.model.objects.count()
    # Into a record that has none of it: everything is new, and taken away from there it is as it was.
    elsewhere = valley.create("elsewhere")
    if name == "briefing":
        valley.retire(Briefing.objects.get(process=elsewhere))
        with history.changeset(elsewhere, reason="Free the name") as door:
            door.update(Briefing.objects.get(process=elsewhere), slug="of-old")
    else:
        valley.add(*(valley.briefing(elsewhere, f"b{n}", "2024-01-01") for n in range(len(CRUEL))))
    again = list(imports.compare(elsewhere, kind, table, mapping))
    assert {one.kind for one in again} == {imports.NEW}
    chosen = [imports.Chosen(one.kind, one.pk, one.values) for one in again]
    imports.apply(elsewhere, kind, chosen, imports.version_of(elsewhere), reason="Read back")
    before, after = (
        sorted(rows_of(get(vera, one, f"{kind.plural}.csv")), key=lambda row: row["slug"])
        for one in (process, elsewhere)
    )
    passing = {"page"} | (
        {"current_status", "current_since", "current_precision", "stalled"} if name == "compromise" else set()
    )
    for one, other in zip(before, after, strict=True):
        assert {key: one[key] for key in one.keys() - passing} == {key: other[key] for key in one.keys() - passing}


def test_a_cell_that_could_be_computed_is_neutralised(process, vera, monkeypatch):
    data = get(vera, process, "positions.csv")
    assert not [cell for row in rows_of(data) for cell in row.values() if cell[:1] in set("=+-@\t\r")]
    page = openpyxl.load_workbook(io.BytesIO(get(vera, process, "positions.xlsx")))["Positions"]
    assert "f" not in {cell.data_type for row in page for cell in row}
    monkeypatch.setattr(sheets, "neutral", lambda text: text)
    assert "=1+1" in {row["headline"] for row in rows_of(get(vera, process, "positions.csv"))}


def test_a_workbook_has_typed_dates_a_frozen_head_filters_links_and_says_where_it_is_from(process, vera):
    book = openpyxl.load_workbook(io.BytesIO(get(vera, process, "positions.xlsx", on="2024-05-01")))
    page, about = book["Positions"], dict(book["About"].values)
    head = [cell.value for cell in page[1]]
    first = dict(zip(head, page[2], strict=True))
    assert first["held_from"].value.date() == date(2024, 5, 2) or first["held_from"].value.date() < date(2024, 5, 2)
    assert first["held_from"].is_date and first["placement"].data_type == "n"
    assert first["page"].hyperlink.target == first["page"].value
    assert page.freeze_panes == "A2" and page.auto_filter.ref.startswith("A1:")
    assert about["On"].startswith("2024-05-01") and about["Data version"] == str(process.content_version)


@pytest.mark.parametrize("ending", ["csv", "json", "bib", "ris", "csl", "xlsx"])
def test_a_file_says_what_it_holds(ending, process, vera):
    version, past = process.content_version, process.changesets.latest("number").moment.isoformat()
    valley.add(valley.briefing(process, "later", "2024-01-02"))
    query = {"kind": "news", "on": "2024-09-30", "as_of": past, "from": "yesterday"}
    address = reverse("issues:export-table", args=[process.slug, "briefings", ending])
    text = whole(vera.get(address, query)).text
    for words in ("News", "2024-09-30", past[:19], address) + (("yesterday",) if ending in ("csv", "bib") else ()):
        assert words in text
    assert ending == "xlsx" or re.search(rf"version\W+{version}\b", text)
    assert "later" not in text


def test_a_table_holds_what_passes_the_filters(process, vera):
    assert {row["slug"] for row in rows_of(get(vera, process, "briefings.csv", q="SUM"))} == {"b3"}
    adopted = rows_of(get(vera, process, "compromises.csv", status="adopted"))
    assert {row["current_status"] for row in adopted} == {"adopted"} and len(adopted) == len(CRUEL) // 2
    assert {row["first_status"] for row in adopted} == {"suggested"}
    assert not rows_of(get(vera, process, "compromises.csv", on="2024-02-15", status="adopted"))
    held = rows_of(get(vera, process, "positions.csv", held="yes", on="2024-03-15", side=["hill", "town"]))
    assert [(row["side"], row["held_from"]) for row in held] == [("hill", "2024-03-02")]
    assert rows_of(get(vera, process, "positions.csv", issue="water")) == []
    quote, *others = rows_of(get(vera, process, "quotes.csv"))
    assert len(others) == 3
    assert quote["quote"] == "'=quoted" and quote["briefing"] == "b1" and quote["claim"]


def test_what_is_written_meanwhile_is_in_no_batch(process, monkeypatch):
    """Nor is what was taken out. Negative control: without the look for changes, the row stands there as changed."""
    monkeypatch.setattr(tables, "FIRST", 3)
    monkeypatch.setattr(tables, "CHUNK", 3)
    sheet = exports.position_sheet(process, exports.Picks(), "")

    def read():
        batches = exports.read(sheet, Process.objects.get(pk=process.pk), ["headline"])
        found = next(batches)
        last = Position.objects.order_by("held_from", "pk")[0]
        with history.changeset(Process.objects.get(pk=process.pk), reason="Meanwhile") as door:
            door.update(last, headline=f"changed {last.version}")
        valley.retire(Position.objects.order_by("held_from", "pk")[1])
        return [row[0] for batch in (found, *batches) for row in batch]

    before = [row[0] for batch in exports.read(sheet, process, ["headline"]) for row in batch]
    assert read() == [*before[:-2], before[-1]]
    monkeypatch.setattr(tables, "version_of", lambda process: process.content_version)
    assert read()[-1] == "changed 2"


def test_the_page_says_how_much_there_is_before_anybody_takes_it(process, vera, monkeypatch):
    url = reverse("issues:export-list", args=["valley"])

    def said(**query):
        with CaptureQueriesContext(connection) as queries:
            found = re.findall(
                r'<dt>(\w+)</dt>(?:(?!<dt>).)*?<span class="hint">([^<]+)</span>', vera.get(url, query).text
            )
        return dict(found), len(queries)

    sizes, before = said()
    quotes = len(rows_of(get(vera, process, "quotes.csv")))
    assert sizes == {
        "Briefings": f"{len(CRUEL) + 1} rows",
        "Positions": f"{len(CRUEL)} rows",
        "Compromises": f"{len(CRUEL)} rows",
        "Steps": f"{len(CRUEL) + len(CRUEL) // 2} rows",
        "Quotes": f"{quotes} rows",
    }
    past = process.changesets.latest("number").moment.isoformat()
    valley.hold(process, "plain", "2024-02-03")
    assert said(as_of=past)[0] == sizes
    assert said() == (sizes | {"Positions": f"{len(CRUEL) + 1} rows"}, before) and before <= 12
    monkeypatch.setattr(sheets, "MANY", 10)
    many, _ = said()
    weight = len(get(vera, process, "positions.csv"))
    number, unit = re.fullmatch(r"12 rows, about ([0-9.]+)\xa0(bytes|KB) as CSV", many["Positions"]).groups()
    assert weight / 2.5 < float(number) * {"bytes": 1, "KB": 1024}[unit] < weight * 2
    for module in (sheets, exports):
        monkeypatch.setattr(module, "COUNTED", 11)
    assert said()[0]["Positions"].startswith("more than 11 rows, more than ")


@pytest.mark.parametrize("what", (*SHEETS, "board"))
def test_no_cell_of_any_table_is_computed(what, process, vera):
    """What a file says is a text; a number or a day may begin with any sign that numbers have."""
    for row in rows_of(get(vera, process, f"{what}.csv")):
        assert not [cell for cell in row.values() if cell[:1] in set("=+-@\t\r")]
    for page in openpyxl.load_workbook(io.BytesIO(get(vera, process, f"{what}.xlsx"))):
        cells = [cell for row in page for cell in row]
        assert "f" not in {cell.data_type for cell in cells}
        assert not [cell.value for cell in cells if cell.data_type == "s" and cell.value[:1] in set("=+-@\t\r")]


@pytest.mark.parametrize("ending", ["md", "html", "docx"])
def test_a_dossier_says_a_text_as_it_is(ending, process, vera):
    """Nobody computes it there: no apostrophe stands before a text that begins with a sign."""
    words = whole(vera.get(reverse("issues:export-dossier", args=["valley", ending]))).text
    assert "SUM(A1)" in words and "'@SUM" not in words and "\\'=1" not in words and "'=1" not in words


@pytest.mark.parametrize("what", SHEETS)
def test_the_number_of_queries_does_not_grow_with_the_rows(what, process, vera):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            get(vera, process, f"{what}.csv")
        return len(queries)

    before = asked()
    for n in range(20):
        valley.hold(process, "plain", "2024-02-03", n=n)
    assert asked() == before <= 9


@pytest.mark.parametrize(
    "path", ["none.csv", "positions.bib", "briefings.exe", "briefings/minutes.csv", "briefings/no.bib"]
)
def test_what_there_is_not_is_said(path, process, vera):
    response = vera.get(f"/processes/{process.slug}/export/{path}")
    assert response.status_code == 404 and "There is no" in response.text


@pytest.mark.parametrize("slug", ["b3", "b9"])
@pytest.mark.parametrize("ending", ["bib", "ris", "csl"])
def test_one_briefing_is_a_reference(slug, ending, process, vera):
    response = vera.get(reverse("issues:export-briefing", args=[process.slug, slug, ending]))
    name = f"{slug}.{ending}" if ending != "csl" else f"{slug}.json"
    table = imports.read(imports.KINDS["briefing"], name, whole(response).content)
    found = list(
        imports.compare(process, imports.KINDS["briefing"], table, imports.guess(imports.KINDS["briefing"], table))
    )
    assert [one.pk for one in found] == [Briefing.objects.get(slug=slug).pk]


# References over generated data.

WORD = some.text(
    some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85")
    | some.sampled_from("{}\\\"=,@#%&$~^_-`'<>!?"),
    min_size=1,
    max_size=30,
)
LINE = some.builds(lambda words: " ".join(" ".join(words).split()), some.lists(WORD, max_size=5))
GIVEN = some.sampled_from(["Ada", "Jean-Luc", "J. D.", "Сергей", "Ólafur", "Martin Luther", "María José"])
FAMILY = some.sampled_from(["Low", "Лавров", "d’Estaing", "O’Neill-Smith", "Ðorđević", "King"])
PARTICLE = some.sampled_from(["", "", "van der", "de la", "von", "al"])
PERSON = some.builds(
    lambda *parts: " ".join(filter(None, parts)), GIVEN, PARTICLE, FAMILY, some.sampled_from(["", "Jr.", "III"])
)
BODY = some.sampled_from(
    ["Smith and Sons, Kyiv", "Ministry of Foreign Affairs", "外交部", "U.S. Department of State", "{TASS}"]
)
AUTHOR = some.lists(PERSON, max_size=4).map(", ".join) | BODY | LINE
URL = some.just("") | some.text("abc%20_~&=#?{}$^-", max_size=20).map("https://example.org/{}".format)
ROW = some.fixed_dictionaries(
    {
        "slug": some.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
        "title": LINE.filter(bool),
        "author": AUTHOR.filter(lambda text: len(text) <= 200),
        "publisher": LINE,
        "published_on": some.dates(date(1000, 1, 1), date(9998, 12, 31)),
        "precision": some.sampled_from(["day", "month", "year"]),
        "kind": some.sampled_from(["analysis", "official_statement", "treaty_text", "news"]),
        "url": URL.filter(lambda text: "{" not in text and "}" not in text and "\\" not in text),
        "language": some.sampled_from(["en", "uk", "zh-Hant"]),
        "abstract": some.lists(LINE, max_size=3).map("\n\n".join),
    }
)
ABOUT = exports.About("Briefings", "A {valley}", "https://a@example.org/x", "https://example.org/", 7, date(2026, 1, 2))
WRITERS = {
    "bib": (exports.bibtex_lines, bibtex_table),
    "ris": (exports.ris_lines, ris_table),
    "csl": (exports.csl_lines, lambda file: json_table(file, "briefings")),
}


def normal(text: str) -> str:
    """Return a text with one space for all white space, which reference formats keep no count of."""
    return " ".join(UNPRINTABLE.sub("", text).split())


@pytest.mark.parametrize("ending", WRITERS)
@settings(max_examples=25, deadline=None)
@given(rows=some.lists(ROW, min_size=1, max_size=3, unique_by=lambda row: row["slug"]))
def test_references_are_read_back_without_loss(ending, rows):
    write, table_of = WRITERS[ending]
    table = table_of(File("x", b"".join(write(ABOUT, [[reference(row) for row in rows]]))))
    assert len(table.rows) == len(rows)
    for cells, row in zip(table.rows, rows, strict=True):
        found = dict(zip(table.columns, cells, strict=True))
        for name in ("title", "publisher", "url", "language", "abstract"):
            assert normal(found[name]) == normal(row[name]), name
        assert found["author"] == ", ".join(one.said for one in authors(row["author"]))
        assert found["date"] == reference(row).dated
        word = imports.kinds.simple(found["kind"])
        assert imports.genres.GENRES.get(word, found["kind"]) == row["kind"] or word == row["kind"].replace("_", "")


# What pybtex gives back as it stands, because its decoder has no sign for it.
MACROS = {r"{\lbrace}": "{", r"{\rbrace}": "}", r"{\string^}": "^", r"\$": "$"}
MACRO = re.compile("|".join(map(re.escape, MACROS)))


def plain(latex: str) -> str:
    """Return what LaTeX says, as pybtex reads it; braces around the whole of it say nothing."""
    if latex not in MACROS and latex.startswith("{") and closes(latex) == len(latex) - 1:
        latex = latex[1:-1]
    parts = [" " * part.startswith(" ") + str(Text.from_latex(part)) for part in MACRO.split(latex)]
    return normal("".join(chain(*zip(parts, [*map(MACROS.get, MACRO.findall(latex)), ""], strict=True))))


def closes(latex: str) -> int:
    """Return where the brace that a text begins with is closed."""
    depths = accumulate({"{": 1, "}": -1}.get(sign, 0) for sign in latex)
    return next(place for place, depth in enumerate(depths) if depth == 0)


def parts_of(person) -> tuple[str, ...]:
    """Return (given, family, suffix) of an author as pybtex takes them apart; a body is all family."""
    given, family = person.first_names + person.middle_names, person.prelast_names + person.last_names
    return tuple(plain(" ".join(words)) for words in (given, family, person.lineage_names))


def read_by_pybtex(rows):
    """Hold what pybtex reads of briefings against them."""
    text = b"".join(exports.bibtex_lines(ABOUT, [[reference(row) for row in rows]])).decode()
    entries = parse_bibtex(text, "bibtex").entries
    assert len(entries) == len(rows)
    for row in rows:
        one = reference(row)
        entry = entries[one.key]
        assert [parts_of(each) for each in entry.persons.get("author", [])] == [
            tuple(map(normal, (one.given, one.last, one.suffix))) for one in authors(row["author"])
        ]
        publisher = "journal" if row["kind"] == "news" else "publisher"
        for field, said in (
            ("title", row["title"]),
            (publisher, row["publisher"]),
            ("language", row["language"]),
            ("abstract", row["abstract"]),
        ):
            assert plain(entry.fields.get(field, "")) == normal(said), field
        assert entry.fields.get("url", "") == row["url"]
        assert entry.fields["date"] == one.dated and entry.fields["year"] == f"{row['published_on'].year:04}"
        assert ("month" in entry.fields, "day" in entry.fields) == (
            row["precision"] != "year",
            row["precision"] == "day",
        )


@settings(max_examples=40, deadline=None, phases=[Phase.generate])
@given(rows=some.lists(ROW, min_size=1, max_size=3, unique_by=lambda row: row["slug"]))
def test_pybtex_reads_our_bibtex_without_loss(rows):
    """With particles, bodies, names and titles in any script, and dates without a day or a month."""
    read_by_pybtex(rows)


def test_pybtex_sees_what_is_lost(monkeypatch):
    row = dict.fromkeys(("url", "language", "abstract", "publisher"), "") | {"kind": "news", "precision": "day"}
    row |= {"slug": "a", "title": "5%, {all} of it", "author": "Ludwig van Low, Jr.", "published_on": date(2024, 2, 1)}
    read_by_pybtex([row])
    for name, broken in (("escaped", lambda text: text), ("name", lambda one: one.said)):
        with monkeypatch.context() as patch, pytest.raises((AssertionError, PybtexError)):
            patch.setattr(bibtex, name, broken)
            read_by_pybtex([row])


def test_parsers_of_others_read_the_same():
    row = {
        "slug": "a",
        "title": "On {braces} & 5%",
        "author": "Ursula von der Leyen, Martin Luther King Jr.",
        "publisher": "Valley Post",
        "published_on": date(2025, 2, 1),
        "precision": "month",
        "kind": "news",
        "url": "https://example.org/a%20b_c",
        "language": "uk",
        "abstract": "",
    }
    one = [[reference(row)]]
    [entry] = parse_string(b"".join(exports.bibtex_lines(ABOUT, one)).decode()).entries
    assert entry["author"] == "von der Leyen, Ursula and King, Jr., Martin Luther"
    assert (entry["journal"], entry["date"], entry["url"]) == ("Valley Post", "2025-02", row["url"])
    [entry] = rispy.loads(b"".join(exports.ris_lines(ABOUT, one)).decode())
    assert entry["authors"] == ["von der Leyen, Ursula", "King, Martin Luther, Jr."]
    assert (entry["title"], entry["date"], entry["urls"]) == (row["title"], "2025/02//", [row["url"]])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ursula von der Leyen", [Name("Leyen", "Ursula", "von der")]),
        ("Ada Low and Jean-Luc d’Artois", [Name("Low", "Ada"), Name("d’Artois", "Jean-Luc")]),
        ("Martin Luther King, Jr.", [Name("King", "Martin Luther", suffix="Jr.")]),
        ("Smith and Sons, Kyiv", [Name(literal="Smith and Sons, Kyiv")]),
        ("Kremlin Press Service", [Name(literal="Kremlin Press Service")]),
        ("王毅", [Name(literal="王毅")]),
        ("", []),
    ],
)
def test_a_person_is_told_from_a_body(text, names):
    assert authors(text) == names


# What the schema of CSL-JSON allows of what is written here.
NAME = {part: {"type": "string"} for part in ("family", "given", "non-dropping-particle", "suffix", "literal")}
TEXTS = ("id", "title", "container-title", "publisher", "genre", "URL", "language", "abstract", "source")
DATE = {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}
DATES = {"date-parts": {"type": "array", "items": DATE, "minItems": 1, "maxItems": 2}}
TYPES = ["article", "article-newspaper", "document", "hearing", "report", "speech", "treaty", "webpage"]
CSL = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "id"],
        "additionalProperties": False,
        "properties": {name: {"type": "string"} for name in TEXTS}
        | {"type": {"enum": TYPES}}
        | {"author": {"type": "array", "items": {"properties": NAME, "additionalProperties": False}}}
        | {"issued": {"properties": DATES, "additionalProperties": False}},
    },
}


@settings(max_examples=20, deadline=None)
@given(rows=some.lists(ROW, max_size=3))
@example(rows=[])
def test_csl_keeps_to_its_schema(rows):
    items = json.loads(b"".join(exports.csl_lines(ABOUT, [[reference(row) for row in rows]] if rows else [])))
    Draft7Validator(CSL).validate(items)


def test_the_check_of_csl_sees_what_is_wrong():
    for wrong in ({"id": "x"}, {"id": "x", "type": "leaflet"}, {"id": "x", "type": "report", "note": 1}):
        assert list(Draft7Validator(CSL).iter_errors([wrong]))
