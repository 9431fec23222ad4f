"""Bring a file: every row is compared, chosen ones are written in one change, and that change is undone as one."""

import csv
import io
import json
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis.strategies import text

from issues import history, imports
from issues.analysis.cells import neutral, plain
from issues.models import Briefing, Changeset, Compromise, Import, Position, Process

from . import valley
from .conftest import Person

ROWS = """Title,Published,Type,Link,Publisher,DOI
The upper well,2024-03-01,report,https://example.org/well,Valley Post,
The lower well,2024-03,News,https://example.org/lower,Valley Post,10.1234/AB.c
Minutes of the spring meeting of the farmers,2024-01-05,news,https://www.example.org/minutes/?utm_source=x,Valley Post,
"""


@pytest.fixture
def process(db) -> Process:
    """Return a small record; its one briefing has a title and an address."""
    process = valley.create()
    minutes = Briefing.objects.get()
    with history.changeset(process, reason="Complete it") as door:
        door.update(
            minutes,
            title="Minutes of the spring meeting of the farmers",
            url="https://example.org/minutes",
            author="Ada",
        )
    return process


@pytest.fixture
def cora(process) -> Person:
    """Curate the valley."""
    return Person.called("cora").joins(process, "curator")


def url(process, name="list", *args):
    return reverse(f"issues:import-{name}", args=[process.slug, *args])


def bring(person, process, text, name="reading.csv", kind="briefing"):
    """Bring a file through the page; return the answer, and the import if one was kept."""
    data = text.encode() if isinstance(text, str) else text
    response = person.post(url(process), {"kind": kind, "file": SimpleUploadedFile(name, data)})
    return response, Import.objects.order_by("pk").last()


def apply(person, process, one, *, picked=None, **fields):
    """Write the ticked rows; `picked` are those ticked on the one page."""
    ticked = json.loads(one.ticked) if picked is None else picked
    total = len(json.loads(one.findings))
    form = {"reason": "Read in", "key": "0" * 32, "shown": list(range(total)), "picked": ticked} | fields
    return person.post(url(process, "apply", one.pk), form)


def kinds(one) -> list[str]:
    return [kind for kind, *_ in json.loads(one.findings)]


def table(*rows, columns=("title", "date", "kind")) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows([columns, *rows])
    return out.getvalue()


def test_a_file_is_looked_at_written_and_undone_as_one(process, cora):
    before = process.content_version
    response, one = bring(cora, process, ROWS)
    assert response.status_code == 302 and kinds(one) == ["new", "new", "changed"]
    page = cora.get(response.url).text
    assert "2 new, 1 changed, 0 same, 0 faulty" in page and "The same address as on record." in page
    assert "<ins>Valley Post</ins>" in page and Briefing.objects.count() == 1
    response = apply(cora, process, one)
    change = Changeset.objects.first()
    assert response.url == reverse("issues:change-detail", args=[change.pk]) and change.reason == "Read in"
    assert change.number == before + 1 and change.user == cora.user
    lower = Briefing.objects.get(title="The lower well")
    assert (lower.precision, lower.published_on.isoformat(), lower.kind) == ("month", "2024-03-01", "news")
    assert lower.other_urls == ["https://doi.org/10.1234/ab.c"] and lower.slug == "the-lower-well-2024-03-01"
    minutes = Briefing.objects.get(slug="minutes")
    assert (minutes.publisher, minutes.author, minutes.version) == ("Valley Post", "Ada", 3)
    assert minutes.url == "https://example.org/minutes" and not list(history.verify(process))
    undone = cora.post(reverse("issues:change-undo", args=[change.pk]), {"reason": "Too soon", "key": "1" * 32})
    assert undone.status_code == 302 and Briefing.objects.live().count() == 1
    assert Briefing.objects.get(slug="minutes").publisher == ""


def test_a_file_brought_again_says_the_same(process, cora):
    _, one = bring(cora, process, ROWS)
    apply(cora, process, one)
    _, again = bring(cora, process, ROWS)
    assert kinds(again) == ["same"] * 3 and again.ticked == "[]"
    assert "No row is ticked" in apply(cora, process, again).text


def test_what_is_sent_twice_is_written_once(process, cora):
    _, one = bring(cora, process, ROWS)
    first, second = (apply(cora, process, one) for _ in range(2))
    assert first.url == second.url and Briefing.objects.count() == 3


COLUMNS = {
    "position": ("issue", "side", "held since", "headline", "place on the scale", "commitment", "confidence"),
    "compromise": ("issue", "proposed for", "headline", "first put forward", "status", "in the briefing"),
}


CLAIM = ("grass", "hill", "2024-02-01", "Open the slope", "law")
SOURCED = ("issue", "side", "held since", "headline", "commitment", "source", "quote", "relation", "page number")


def said_of(row) -> list[tuple]:
    """Return what the live citations of a claim say."""
    return list(row.citations.live().values_list("briefing__slug", "quote", "relation", "locator", "order"))


def test_positions_come_in_with_their_sources_in_one_change(process, cora):
    rows = [
        (*CLAIM, "https://example.org/minutes", "We open it", "", "p. 3"),
        ("water", "hill", "2024-02-01", "Share it", "law", "MINUTES", "", "context", ""),
        ("water", "plain", "2024-02-01", "Sell it", "law", "", "", "", ""),
        ("water", "town", "2024-02-01", "Buy it", "law", "the diary", "Bought", "", ""),
        ("grass", "town", "2024-02-01", "Mow it", "law", "", "Mown", "", ""),
        ("grass", "plain", "2024-02-01", "Graze it", "law", "minutes", "Eaten", "perhaps", ""),
    ]
    _, one = bring(cora, process, table(*rows, columns=SOURCED), kind="position")
    found = json.loads(one.findings)
    assert [kind for kind, *_ in found] == ["new", "new", "new", "faulty", "faulty", "faulty"]
    page = cora.get(url(process, "detail", one.pk)).text
    for place, sentence in (
        ("Line 5", "Cited briefing “the diary” is not in this process"),
        ("Line 6", "Cited briefing is missing: name the briefing in which the quote stands."),
        ("Line 7", "What the source does “perhaps” is not one of: supports, contradicts, context"),
    ):
        assert place in page and sentence in page
    assert "minutes: “We open it”" in page and "minutes context" in page and page.count("Cited briefing") == 3
    before = process.content_version
    assert apply(cora, process, one).status_code == 302
    opened, shared, sold = Position.objects.order_by("pk")
    assert said_of(opened) == [("minutes", "We open it", "supports", "p. 3", 1)]
    assert said_of(shared) == [("minutes", "", "context", "", 1)] and said_of(sold) == []
    change = Changeset.objects.latest("number")
    assert change.number == before + 1 and change.snapshots.filter(model="citation").count() == 2
    # Brought again it says the same; another source of a position on record joins the others.
    _, again = bring(cora, process, table(*rows[:3], columns=SOURCED), kind="position")
    assert kinds(again) == ["same"] * 3
    more = (*CLAIM, "minutes", "All of it", "contradicts", "")
    _, again = bring(cora, process, table(more, columns=SOURCED), kind="position")
    page = cora.get(url(process, "detail", again.pk)).text
    assert kinds(again) == ["changed"] and "minutes contradicts: “All of it”" in page
    apply(cora, process, again)
    opened.refresh_from_db()
    assert opened.version == 1 and said_of(opened)[1:] == [("minutes", "All of it", "contradicts", "", 2)]
    cora.post(
        reverse("issues:change-undo", args=[Changeset.objects.latest("number").pk]), {"reason": "No", "key": "1" * 32}
    )
    assert len(said_of(opened)) == 1
    assert not list(history.verify(Process.objects.get(pk=process.pk)))


def test_compromises_come_in_with_their_sources_and_a_list_holds_several(process, cora):
    columns = ("issue", "side", "headline", "date", "status", "briefing", "quote", "citations")
    several = [{"briefing": "https://example.org/minutes", "quote": "One"}, {"briefing": "minutes", "credibility": 2}]
    rows = [
        ("grass", "hill", "A gate", "2024-02-01", "signalled", "minutes", "A gate it is", ""),
        ("grass", "hill", "A fence", "2024-02-01", "suggested", "", "", json.dumps(several)),
        ("water", "hill", "A well", "2024-02-01", "suggested", "", "", "[1"),
        ("water", "plain", "A dam", "2024-02-01", "suggested", "", "", '[{"quote": "x"}]'),
        ("water", "town", "A pond", "2024-02-01", "suggested", "", "", '[{"briefing": "diary"}]'),
    ]
    _, one = bring(cora, process, table(*rows, columns=columns), kind="compromise")
    found = json.loads(one.findings)
    assert [kind for kind, *_ in found] == ["new", "new", "faulty", "faulty", "faulty"]
    assert "Sources are no list as JSON" in found[2][3][0]
    assert "Sources at citations[0].briefing: is missing" in found[3][3][0]
    assert "Sources cite what is not on record: “diary” is not in this process" in found[4][3][0]
    apply(cora, process, one)
    gate, fence = Compromise.objects.order_by("number")
    assert said_of(gate) == [("minutes", "A gate it is", "supports", "", 1)]
    assert [said[:2] for said in said_of(fence)] == [("minutes", "One"), ("minutes", "")]
    assert fence.citations.get(order=2).credibility == "2"
    # The compromises of a process document bring theirs as they stand there.
    document = json.dumps({"compromises": [{"number": 2, "citations": several}, {"number": 1, "citations": []}]})
    _, again = bring(cora, process, document, "x.json", kind="compromise")
    assert kinds(again) == ["same", "same"]


@pytest.mark.parametrize("cell", ["[" * 100_000, "{}", "7", "[[]]", '[{"briefing": "minutes", "x": 1}]', "[null]"])
def test_a_list_of_sources_that_is_none_makes_its_row_faulty(cell, process, cora):
    row = (*CLAIM, cell)
    _, one = bring(cora, process, table(row, columns=(*SOURCED[:5], "citations")), kind="position")
    assert kinds(one) == ["faulty"] and "Sources" in json.loads(one.findings)[0][3][0]


def test_positions_name_issue_and_side_and_are_recognised_by_both_date_and_headline(process, cora):
    valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope")
    rows = [
        ("Grass", "Hill farmers", "2024-02-01", "Open the slope!", "25", "Law", "high"),
        ("grass", "hill", "2024-02-01", "Close the slope", "", "law", ""),
        ("water", "PLAIN", "2024-03", "Share the well", "101", "spokesperson", ""),
        ("water", "plain", "2024-03", "Share the well", "100", "spokesperson", ""),
        ("sea", "plain", "2024-03-04", "Share the sea", "", "law", ""),
    ]
    _, one = bring(cora, process, table(*rows, columns=COLUMNS["position"]), kind="position")
    found = json.loads(one.findings)
    assert [kind for kind, *_ in found] == ["changed", "new", "faulty", "new", "faulty"]
    assert json.loads(one.ticked) == [0, 3]  # the second may be the position of that day
    assert "not between 0 and 100" in found[2][3][0] and "Issue “sea” is not in this process" in found[4][3][0]
    apply(cora, process, one)
    held = Position.objects.order_by("pk").values_list("headline", "placement", "precision", "slug")
    assert list(held) == [
        ("Open the slope!", 25, "day", "grass-hill-2024-02-01-0"),
        ("Share the well", 100, "month", "water-plain-2024-03-01"),
    ]


def test_compromises_get_a_number_and_a_first_step(process, cora):
    valley.propose(process, 7, ("2024-02-01", "suggested"))
    rows = [
        ("grass", "hill", "Let them graze", "2024-04-01", "", ""),
        ("grass", "hill", "Let them drink", "2024-04-01", "signalled", "minutes"),
        ("grass", "hill", "Let them sleep", "2024-04-01", "signalled", ""),
        ("grass", "hill", "Concession 7", "", "", ""),
        ("grass", "hill", "Let them eat", "", "", ""),
    ]
    _, one = bring(cora, process, table(*rows, columns=COLUMNS["compromise"]), kind="compromise")
    assert kinds(one) == ["new", "new", "faulty", "same", "faulty"]
    apply(cora, process, one)
    made = {row.headline: row for row in Compromise.objects.exclude(number=7)}
    assert {row.number for row in made.values()} == {8, 9} and len(made) == 2
    step = made["Let them drink"].status_events.get()
    assert (step.status, step.briefing.slug, str(step.occurred_on)) == ("signalled", "minutes", "2024-04-01")
    assert not list(history.verify(process))


BIB = r"""@string{post = "Valley Post"}
@article{a, title={The {Upper} well and the caf{\'e}}, author={Doe, Jane and Roe, Rik}, year=2024, month=feb,
  journal=post, url={https://example.org/a}, doi={10.1000/XYZ}}
@misc{a, title="The second of a key", date={2024-02-14}, howpublished={\url{https://example.org/two}}}
"""
RIS = "TY  - NEWS\nTI  - The well\nAU  - Doe, Jane\nDA  - 2024/02/14/\nJO  - Valley Post\nAB  - One\n two\nER  - \n"
CSL = [
    {
        "type": "speech",
        "title": "The well",
        "issued": {"date-parts": [[2024, 2]]},
        "author": [{"family": "Doe", "given": "Jane"}, {"literal": "The Council"}],
        "container-title": "Valley Post",
        "URL": "https://example.org/a",
        "custom": {"a": {"b": 1}},
    }
]
RSS = """<rss version="2.0"><channel><title>Valley Post</title><item><title>Well &amp; water</title>
<link>https://example.org/a</link><pubDate>Wed, 14 Feb 2024 23:30:00 GMT</pubDate>
<description>&lt;p&gt;One &lt;b&gt;two&lt;/b&gt;
&lt;script&gt;x()&lt;/script&gt;&lt;/p&gt;</description></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Valley Post</title><entry><title>The well</title>
<link href="https://example.org/a"/><updated>2024-02-14T10:00:00Z</updated>
<author><name>Jane Doe</name></author></entry>
</feed>"""
WELL = {"title": "The well", "date": "2024-02-14", "publisher": "Valley Post", "author": "Jane Doe", "kind": "news"}
# (file name, content, what its first row says)
FORMATS = [
    ("a.bib", BIB, {"title": "The Upper well and the café", "date": "2024-02-01", "author": "Jane Doe, Rik Roe"}),
    ("a.bib", BIB, {"publisher": "Valley Post", "precision": "month", "other_urls": ["https://doi.org/10.1000/xyz"]}),
    ("a.ris", RIS, WELL | {"abstract": "One two"}),
    (
        "a.json",
        json.dumps(CSL),
        {"author": "Jane Doe, The Council", "kind": "official_statement", "date": "2024-02-01"},
    ),
    ("a.json", json.dumps({"briefings": [WELL]}), WELL),
    (
        "a.rss",
        RSS,
        {"title": "Well & water", "date": "2024-02-14", "abstract": "One two", "url": "https://example.org/a"},
    ),
    ("a.xml", ATOM, WELL),
    (
        "a.tsv",
        "title\tdate\tkind\nThe well\t14 February 2024\tNewspaper article\n",
        {"date": "2024-02-14", "kind": "news"},
    ),
    ("a.csv", 'title;date;kind;text\r\nThe well;2024;book;"a\r\nb"\r\n', {"precision": "year", "text": "a\nb"}),
]


@pytest.mark.parametrize(("name", "content", "says"), FORMATS)
def test_every_format_is_read(name, content, says, process):
    kind = imports.KINDS["briefing"]
    read = imports.read(kind, name, content.encode())
    first = next(iter(imports.compare(process, kind, read, imports.guess(kind, read))))
    assert first.kind == imports.NEW and says.items() <= first.values.items()


def test_a_workbook_is_read_with_its_dates(process):
    book, file = openpyxl.Workbook(), io.BytesIO()
    for cells in (
        ["Title", "Published", "Type"],
        ["'=A well", datetime(2024, 2, 14), "news"],
        [None],
        ["B", 2024, "news"],
    ):
        book.active.append(cells)
    book.save(file)
    read = imports.read(imports.KINDS["briefing"], "a.xlsx", file.getvalue())
    assert read.rows == [["=A well", "2024-02-14", "news"], ["B", "2024", "news"]] and read.numbers == [2, 4]


@given(text())
def test_a_neutralised_cell_reads_back_as_what_it_was(cell):
    assert plain(neutral(cell)) == cell and not neutral(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1+1", "''", "'quoted'"])
def test_a_neutralised_title_is_stored_as_it_was(title, process, cora):
    _, one = bring(cora, process, table((neutral(title), "2024-02-14", "news")))
    apply(cora, process, one)
    assert Briefing.objects.exclude(slug="minutes").get().title == title


def test_duplicates_are_recognised(process, cora):
    """By address, DOI, or nearly the same title and date: on record, and further up in the file."""
    minutes = Briefing.objects.get()
    with history.changeset(process, reason="Add a DOI") as door:
        door.update(minutes, other_urls=["https://doi.org/10.1234/ABC"])
    columns = ("title", "date", "kind", "url", "doi")
    rows = [
        ("Something else", "2024-05-01", "news", "http://www.example.org/minutes/", ""),
        ("By DOI", "2024-05-01", "news", "", "https://doi.org/10.1234/abc"),
        ("Minutes of the spring meeting of farmers", "2024-01-06", "news", "", ""),
        ("Minutes of the spring meeting of the farmers", "2024-01-09", "news", "", ""),
        ("On the use of the wells in 2024", "2024-02-01", "news", "", ""),
        ("On the use of the wells in 2023", "2024-02-01", "news", "", ""),
        ("On the good use of the wells in 2024", "2024-02-02", "news", "", ""),
        ("A page", "2024-02-03", "news", "https://example.org/page", ""),
        ("Another", "2024-02-04", "news", "https://example.org/page?utm_source=x", ""),
    ]
    _, one = bring(cora, process, table(*rows, columns=columns))
    assert kinds(one) == ["changed", "same", "new", "new", "new", "new", "new", "new", "same"]
    assert json.loads(one.ticked) == [0, 3, 4, 5, 7]
    notes = [" ".join(notes) for _, _, _, notes, *_ in json.loads(one.findings)]
    assert "Nearly the same title and date as “Minutes of" in notes[2] and "as line 6" in notes[6]
    assert notes[8] == "The same address as line 9; only the first of them counts."


def test_what_was_taken_out_is_named_and_not_ticked(process, cora):
    valley.retire(Briefing.objects.get())
    row = ("Minutes", "2024-01-05", "news", "https://example.org/minutes", "")
    again = ("Minutes", "2024-01-05", "news", "", "minutes")
    _, one = bring(cora, process, table(row, again, columns=("title", "date", "kind", "url", "slug")))
    assert kinds(one) == ["new", "faulty"] and one.ticked == "[]"
    assert "taken out of the record" in cora.get(url(process, "detail", one.pk)).text


def test_what_was_merged_stands_for_what_it_was_merged_into(process, cora):
    minutes = Briefing.objects.get()
    other = valley.add(valley.briefing(process, "copy", "2024-01-05", url="https://example.org/copy"))
    with history.changeset(process, reason="The same") as door:
        door.update(other, merged_into=minutes, retired_at=door.moment, retired_reason="The same")
    row = ("A title", "2024-01-05", "news", "https://example.org/copy")
    _, one = bring(cora, process, table(row, columns=("title", "date", "kind", "url")))
    assert [found[:2] for found in json.loads(one.findings)] == [["changed", minutes.pk]]


def test_faults_are_said_row_by_row_and_the_rest_is_written(process, cora):
    rows = [
        ("", "2024-02-14", "news"),
        ("A" * 301, "2024-02-14", "news"),
        ("A", "14/02/2024", "news"),
        ("A", "2024-02-30", "news"),
        ("A", "2024-02-14", "gossip"),
        ("A", "2024-02-14", "news"),
    ]
    _, one = bring(cora, process, table(*rows))
    assert kinds(one) == ["faulty"] * 5 + ["new"]
    said = [notes[0] for _, _, _, notes, *_ in json.loads(one.findings)[:5]]
    for words, sentence in zip(
        ("is missing", "1 more than fit", "not a day", "not a day", "not one of"), said, strict=True
    ):
        assert words in sentence
    apply(cora, process, one, picked=list(range(6)))
    assert Briefing.objects.count() == 2


def test_columns_are_matched_anew(process, cora):
    _, one = bring(cora, process, table(("A well", "2024-02-14", "x"), columns=("Heading", "When", "Sort")))
    assert (
        kinds(one) == ["faulty"]
        and "No column fills Title, Published, Type" in cora.get(url(process, "detail", one.pk)).text
    )
    answer = cora.post(url(process, "match", one.pk), {"title": "0", "date": "1", "kind": "=news"})
    one.refresh_from_db()
    assert answer.status_code == 302 and kinds(one) == ["new"]
    assert cora.post(url(process, "match", one.pk), {"title": "7"}).status_code == 422
    apply(cora, process, one)
    assert Briefing.objects.get(title="A well").kind == "news"


def test_ticks_are_kept_from_page_to_page(process, cora):
    _, one = bring(cora, process, table(*((f"Report {n}", "2024-02-14", "news") for n in range(120))))
    answer = cora.post(
        url(process, "detail", one.pk), {"shown": list(range(100)), "picked": [1, 2], "page": "2", "show": ""}
    )
    one.refresh_from_db()
    assert answer.url.endswith("?page=2") and json.loads(one.ticked) == [1, 2, *range(100, 120)]
    assert cora.post(url(process, "detail", one.pk), {"shown": ["120"]}).status_code == 422
    assert Briefing.objects.count() == 1


def test_what_changed_since_the_preview_is_looked_at_again(process, cora):
    _, one = bring(cora, process, ROWS)
    valley.add(valley.briefing(process, "well", "2024-03-01", title="The upper well", url="https://example.org/well"))
    response = apply(cora, process, one)
    assert response.status_code == 409 and "Look at the preview again" in response.text
    one.refresh_from_db()
    assert kinds(one) == ["changed", "new", "changed"] and Briefing.objects.count() == 2
    assert apply(cora, process, one).status_code == 302


def test_a_fault_half_way_leaves_nothing(process, cora, monkeypatch):
    _, one = bring(cora, process, ROWS)
    update = history.Door.update

    def fail(*args, **kwargs):
        update(*args, **kwargs)
        raise history.StaleVersion(args[1])

    monkeypatch.setattr(history.Door, "update", fail)
    assert apply(cora, process, one).status_code == 409
    assert Briefing.objects.count() == 1 and Briefing.objects.get().publisher == ""


def test_files_are_for_curators_and_thrown_away_after_a_week(process, cora):
    _, one = bring(cora, process, ROWS)
    _, other = bring(cora, process, ROWS)
    elsewhere = Person.called("nora").joins(valley.create("glen"), "curator")
    assert elsewhere.get(url(process, "detail", one.pk)).status_code == 403
    glen = Process.objects.get(slug="glen")
    assert elsewhere.get(url(glen, "detail", one.pk)).status_code == 404
    assert cora.post(url(process, "discard", one.pk)).status_code == 302
    Import.objects.filter(pk=other.pk).update(made_at=timezone.now() - timedelta(days=8))
    bring(cora, process, ROWS)
    call_command("sweep", stdout=io.StringIO())
    assert Import.objects.count() == 1


def test_the_pages_cost_the_same_whatever_the_file(process, cora, django_assert_max_num_queries):
    _, one = bring(cora, process, table(*((f"Report {n}", "2024-02-14", "news") for n in range(300))))
    for address in (url(process), url(process, "detail", one.pk)):
        with django_assert_max_num_queries(12):
            assert cora.get(address).status_code == 200


def test_the_command_says_what_it_would_do_and_does_it(process, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(ROWS + "No date,,news,,,\n")

    def run(*arguments):
        out, err = io.StringIO(), io.StringIO()
        call_command("import_briefings", "valley", str(file), *arguments, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    said, _ = run()
    assert "line 5, faulty: Published is missing." in said and "2 new, 1 changed, 0 same, 1 faulty." in said
    assert "Nothing was written." in said and Briefing.objects.count() == 1
    said, _ = run("--apply", "--reason", "From a shell")
    assert "3 written as change" in said and Changeset.objects.first().reason == "From a shell"
    assert Briefing.objects.count() == 3
    file.write_text("Heading,date\n" + "".join(f"Report {n},2024-02-14\n" for n in range(600)))
    said, bar = run("--match", "title=Heading", "--match", "kind==news", "--apply")
    assert "600 new" in said and "100% of 600 rows written" in bar and Briefing.objects.count() == 603
    for wrong in (["--match", "x=y"], ["--match", "title=y"], ["--match", "kind==y"], ["--user", "nobody"]):
        with pytest.raises(CommandError):
            run(*wrong)
    file.write_bytes(b"\xff")
    with pytest.raises(CommandError, match="line 1: this is not UTF-8"):
        run("--apply")


def test_of_a_file_that_is_too_large_no_more_is_kept_than_tells_so(process, cora):
    seen = []

    class Kept(uploadhandler.TemporaryFileUploadHandler):
        def file_complete(self, file_size):
            found = super().file_complete(file_size)
            seen.append(found.size)
            return found

    with override_settings(FILE_UPLOAD_HANDLERS=["issues.uploads.BoundedUpload", f"{__name__}.kept"]):
        globals()["kept"] = Kept
        response, _ = bring(cora, process, "title\n" + "a" * (12 * 1024**2))
    assert response.status_code == 422 and "larger than 10 MB" in response.text
    assert 10 * 1024**2 < seen[0] < 11 * 1024**2
