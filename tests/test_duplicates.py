"""Which documents are probably one and the same."""

import random
import time
from datetime import date, timedelta

import pytest

from issues.analysis.duplicates import ADDRESS, DOI, TITLE, Document, Known, address, alike, doi, pairs, words

DAY = date(2025, 2, 12)
ENVOYS = "Envoys meet at the river to talk about grazing rights"


def document(key=1, title=ENVOYS, day=DAY, **more) -> Document:
    return Document(key, title, day, **more)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://www.Example.org/a/", "example.org/a"),
        ("http://example.org/a?utm_source=x#top", "example.org/a"),
        ("https://example.org/a%20b?id=7", "example.org/a b?id=7"),
        ("https://example.org/", ""),  # the front of a site is no document
        ("javascript:alert(1)", ""),
        ("https://[", ""),
        (None, ""),
    ],
)
def test_addresses_of_one_page_are_equal(url, found):
    assert address(url) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://doi.org/10.1000/ABC.5", "10.1000/abc.5"),
        ("doi:10.1000/abc.5.", "10.1000/abc.5"),
        ("https://dx.doi.org/10.1000%2Fabc?x=1", "10.1000/abc"),
        ("10.12/short", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_doi_is_found(text, found):
    assert doi(text) == found


def test_a_title_is_read_without_case_accents_signs_and_the_name_of_the_site():
    assert words("“Où sont LES envoyés?” – The Daily Valley") == words("Ou sont les envoyes")
    assert words("The side’s plan") == words("The side's plan")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (document(2, "Quite another", urls=(None, "http://example.org/a/")), ADDRESS),
        (document(2, "Quite another", doi="10.1000/x"), DOI),
        (document(2, ENVOYS.upper()), TITLE),
        (document(2, ENVOYS + " again"), TITLE),
        (document(2, day=DAY + timedelta(days=3)), TITLE),
        (document(2, day=date(2025, 2, 1), precision="month"), TITLE),
        (document(2, day=date(2025, 12, 31), precision="year"), TITLE),
        (document(2, day=DAY + timedelta(days=4)), None),
        (document(2, day=date(2025, 3, 31), precision="month"), None),
        (document(2, day=None), None),
        (document(2, ENVOYS + ", part 2"), None),
        (document(2, "Envoys meet at the river"), None),
        (document(2, "", urls=("https://example.org/",)), None),
        (document(1), None),  # itself
    ],
)
def test_a_document_is_recognised(other, why):
    first = document(urls=("https://www.example.org/a?utm_source=x", "https://doi.org/10.1000/X"))
    found = Known([other]).find(first)
    assert [match.why for match in found] == ([why] if why else [])
    assert [match.why for match in Known([first]).find(other)] == ([why] if why else [])


def test_the_surest_reason_comes_first_and_each_document_once():
    twin = document(2, doi="10.1000/x", urls=("https://example.org/a",))
    same_page = document(3, "Quite another", urls=("https://example.org/a",))
    found = Known([document(4), same_page, twin]).find(document(doi="10.1000/x", urls=("https://example.org/a",)))
    assert [(match.document.key, match.why) for match in found] == [(2, DOI), (3, ADDRESS), (4, TITLE)]
    assert found[0].words == "the same DOI"


def test_the_ends_of_the_calendar_are_days_like_others():
    for day in (date.min, date.max):
        for precision in ("day", "month", "year"):
            assert list(pairs([document(1, day=day, precision=precision), document(2, day=day)]))


def test_the_index_finds_whatever_a_walk_through_all_would():
    random.seed(1)
    vocabulary = [f"{letter}{'abcdefghijkl'[:n]}" for letter in "mnopq" for n in range(12)]
    drawn = [
        document(
            i,
            " ".join(random.choices(vocabulary[: random.choice((8, 60))], k=random.randint(2, 9))),
            DAY + timedelta(days=random.randint(0, 90)),
            precision=random.choice(("day", "day", "month")),
        )
        for i in range(400)
    ]
    expected = {(b.key, a.key) for i, b in enumerate(drawn) for a in drawn[:i] if alike(a, b)}
    assert len(expected) > 20
    assert {(one.key, match.document.key) for one, match in pairs(drawn)} == expected


@pytest.mark.parametrize("title", ["River talks, report {}", "The same title every time", "{} {} {} word"])
def test_thousands_of_documents_take_seconds(title):
    began = time.process_time()
    for _ in pairs(document(i, title.format(i, i + 1, i + 2), DAY) for i in range(3_000)):
        pass
    assert time.process_time() - began < 3
