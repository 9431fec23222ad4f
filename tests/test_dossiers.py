"""The dossier, the whole record, and how pages are cited: what they say, to whom, and at what cost."""

import io
import json
import re
from datetime import date

import docx
import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history
from issues.exports import citing, tags
from issues.exports.dossier import paragraphs
from issues.exports.pages import POLICY, STYLE
from issues.exports.references import reference
from issues.models import Briefing, Compromise, Issue, Position, Process, Side

from . import valley
from .conftest import Person
from .everyone import whole

NASTY = "<script>alert(1)</script> *a* | [1]"


@pytest.fixture
def process(db) -> Process:
    """Return a small record in which something rests on a source."""
    process = valley.create()
    valley.add(
        valley.briefing(process, "report", "2024-02-01", title="On the wells", author="Ada Low", text="Own words.")
    )
    with history.changeset(process, reason="Draw the scale anew") as door:
        for issue in Issue.objects.filter(process=process):
            door.update(issue, scale_anchors=[])
    held = valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope", body=NASTY)
    valley.hold(process, "hill", "2024-01-10", headline="Keep it shut")
    valley.cite(held, "report", quote="The <wells> are shared", locator="p. 3")
    refused = {"rejected_by": Side.objects.get(process=process, slug="plain")}
    valley.propose(process, 1, ("2024-02-01", "suggested"), ("2024-03-01", "rejected", refused), test_sentence="A law")
    process.refresh_from_db()
    return process


def dossier(person, process, ending, **query):
    return whole(person.get(reverse("issues:export-dossier", args=[process.slug, ending]), query)).text


@pytest.mark.parametrize("ending", ["html", "docx", "md"])
def test_a_dossier_holds_board_positions_compromises_quotes_and_a_bibliography(ending, process, vera):
    text = dossier(vera, process, ending)
    version = str(process.content_version)
    for words in (
        "Open the slope",
        "Keep it shut",
        "C1",
        "Concession 1",
        "Rejected by Plain farmers",
        "are shared",
        "A law",
    ):
        assert words in text, words
    for words in ("p. 3", "Low, Ada. “On the wells.”", "Where each side stands", "No position recorded", version):
        assert words in text, words
    assert not re.search(r"(?<!\\)<script", text) and "Own words" not in text
    early = dossier(vera, process, ending, on="2024-01-20")
    assert "Keep it shut" in early and "Open the slope" not in early and "On the wells" not in early
    assert "2024-01-20" in early


def test_a_dossier_as_a_page_needs_nothing_and_runs_nothing(process, vera):
    text = dossier(vera, process, "html")
    assert not re.findall(r"<(?:script|link|img|iframe|form)\b|\bsrc=|\son\w+=|\sstyle=", text)
    assert f"<style>{STYLE}</style>" in text and POLICY.replace("'", "&#x27;") in text


def test_a_dossier_in_word_opens_as_a_document(process, vera):
    response = vera.get(reverse("issues:export-dossier", args=[process.slug, "docx"]))
    found = docx.Document(io.BytesIO(b"".join(response.streaming_content)))
    assert [one.text for one in found.paragraphs if one.style.name == "Heading 1"][-1] == "Bibliography"
    assert found.tables[0].cell(0, 1).text == "Hill farmers" and found.core_properties.author == "Peacetracker"


def test_marks_become_the_numbers_of_the_bibliography():
    assert paragraphs("They say so [1], not [2].\n\nAnd [9].", [4, 7]) == ["They say so [4], not [7].", "And [9]."]
    assert paragraphs("They *say* so.", [4, 4]) == ["They say so. [4]"]


def test_an_issue_has_a_dossier_of_its_own(process, vera):
    text = whole(vera.get(reverse("issues:export-issue", args=[process.slug, "water", "md"]))).text
    assert "## Water" in text and "Open the slope" not in text and "## Grass" not in text
    assert vera.get(reverse("issues:export-issue", args=[process.slug, "wind", "md"])).status_code == 404


def test_dossier_and_record_cost_the_same_however_much_they_hold(process, vera):
    def asked(name, ending):
        with CaptureQueriesContext(connection) as queries:
            whole(vera.get(reverse(f"issues:export-{name}", args=[process.slug, ending])))
        return len(queries)

    kinds = [("dossier", "docx"), ("record", "json"), ("record", "xlsx")]
    before = [asked(*one) for one in kinds]
    for n in range(3, 9):
        valley.cite(valley.hold(process, "plain", f"2024-02-0{n}"), "report", quote="Shared")
        valley.propose(process, n, ("2024-02-01", "suggested"))
    assert [asked(*one) for one in kinds] == before and before[0] <= 8 and before[1] <= 12 and before[2] <= 45


def test_the_whole_record_loads_elsewhere_as_it_is(process, vera, tmp_path):
    anna, carl = (Person.called(name).joins(process, role) for name, role in (("anna", "analyst"), ("carl", "curator")))
    with history.changeset(process, reason="Note") as door:
        door.update(Briefing.objects.get(slug="report"), provenance="kept in the drawer")
    read = {}
    for person in (vera, anna, carl):
        read[person] = json.loads(whole(person.get(reverse("issues:export-record", args=[process.slug, "json"]))).text)
    own, notes = ([word in json.dumps(read[one]) for one in read] for word in ("Own words.", "in the drawer"))
    assert own == [False, True, True] and notes == [False, False, True]
    document = read[vera]
    document["process"]["slug"] = "elsewhere"
    (tmp_path / "x.json").write_text(json.dumps(document))
    call_command("load_process", str(tmp_path / "x.json"), stdout=io.StringIO())
    again = Person.called("root", is_superuser=True).get(reverse("issues:export-record", args=["elsewhere", "json"]))
    assert json.loads(whole(again).text) | {"$comment": ""} == document | {"$comment": ""}


def test_a_workbook_of_the_record_has_a_sheet_a_kind(process, vera):
    response = vera.get(reverse("issues:export-record", args=[process.slug, "xlsx"]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    kinds = ["Board", "Briefings", "Positions", "Compromises", "Steps", "Quotes", "Issues", "Sides", "Links", "About"]
    assert book.sheetnames == kinds
    assert book["Board"].max_row == 1 + 2 * 3  # every issue and side, those without a position included


# How pages are cited.

ROW = {
    "slug": "a",
    "title": "Who shares the wells?",
    "author": "Ursula von der Leyen, Martin Luther King Jr., Jean-Luc Low",
    "publisher": "Valley Post",
    "published_on": date(2025, 2, 14),
    "precision": "day",
    "kind": "news",
    "url": "https://example.org/a",
    "language": "en",
    "abstract": "",
}
BODY = {"author": "Ministry of Wells", "precision": "month", "kind": "official_statement", "title": "On wells"}


@pytest.mark.parametrize(
    ("row", "apa", "chicago"),
    [
        (
            ROW,
            "von der Leyen, U., King, M. L., Jr., & Low, J.-L. (2025, February 14). Who shares the wells? [News]. "
            "Valley Post. https://example.org/a",
            "von der Leyen, Ursula, Martin Luther King Jr., and Jean-Luc Low. “Who shares the wells?” Valley Post, "
            "February 14, 2025. https://example.org/a.",
        ),
        (
            ROW | BODY,
            "Ministry of Wells. (2025, February). On wells [Official statement]. Valley Post. https://example.org/a",
            "Ministry of Wells. “On wells.” Valley Post, February 2025. https://example.org/a.",
        ),
        (
            ROW | BODY | {"author": "", "publisher": "", "url": "", "precision": "year"},
            "On wells [Official statement]. (2025).",
            "“On wells.” 2025.",
        ),
    ],
)
def test_a_document_is_cited_as_the_styles_say(row, apa, chicago):
    assert [text for _, text in citing(reference(row)).styles[:2]] == [apa, chicago]


def test_the_tags_of_a_page_name_every_author():
    found = tags(reference(ROW))
    assert next(text for name, text in found if name == "citation_author") == "von der Leyen, Ursula"
    assert {"citation_title", "citation_publication_date", "DC.title", "DC.date"} <= {name for name, _ in found}
    assert ("citation_publication_date", "2025/02/14") in found and ("DC.date", "2025-02-14") in found


def test_a_briefing_has_tags_and_a_list_has_coins_and_never_both(process, vera):
    one = vera.get(reverse("issues:briefing-detail", args=[process.slug, "report"])).text
    many = vera.get(reverse("issues:briefing-list", args=[process.slug])).text
    assert 'name="citation_title" content="On the wells"' in one and "Z3988" not in one
    assert many.count('class="Z3988"') == 2 and "rft.creator=Ada+Low" in many and "citation_title" not in many


@pytest.mark.parametrize("what", ["briefing", "position", "compromise"])
def test_a_page_says_how_it_is_cited(what, process, vera):
    row = {"briefing": Briefing, "position": Position, "compromise": Compromise}[what]
    found = row.objects.filter(process=process).order_by("pk").last()
    url = found.get_absolute_url()
    text = vera.get(url).text
    assert "<summary>Cite" in text and "APA" in text and "Chicago" in text and re.search(r"@(misc|article)\{", text)
    if what != "briefing":
        assert f"Version {process.content_version} of the record" in text and f"http://testserver{url}" in text
        past = process.changesets.latest("number").moment.isoformat()
        assert "as_of=" in re.search(r"Retrieved [^<]*", vera.get(url, {"as_of": past}).text)[0]


def test_the_menu_carries_the_filters_of_its_page(process, vera):
    text = vera.get(reverse("issues:briefing-list", args=[process.slug]), {"kind": "news", "on": "2024-02-01"}).text
    links = re.findall(r'href="([^"]*/export/briefings\.\w+\?[^"]*)"', text)
    assert len(links) == 6 and all("kind=news" in one and "on=2024-02-01" in one for one in links)
    text = vera.get(process.get_absolute_url(), {"on": "2024-02-01"}).text
    assert f"/processes/{process.slug}/export/dossier.docx?on=2024-02-01" in text
    past = process.changesets.latest("number").moment.isoformat()
    assert re.search(r"/export/dossier\.docx\?as_of=", vera.get(process.get_absolute_url(), {"as_of": past}).text)
