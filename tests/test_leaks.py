"""Words that only some may read: they stand in no answer to anyone else, wherever one looks."""

import json
import re
from urllib.parse import urlencode

import pytest
from django.db import models
from django.urls import reverse
from django.utils import timezone

from issues import freezing, history, search
from issues.history import RECORDED
from issues.models import Briefing, Citation, Draft, Issue, Position, Process, SavedView, Side
from issues.queries import names
from issues.views import exports

from . import valley
from .addresses import PARAMETERS, PROGRAM, PROGRAMS, ROUTES, address
from .everyone import HTMX, ask, cacheable, unguarded

pytestmark = pytest.mark.django_db

# The birds sing where: in the private process; in what was taken out; in curators' notes; in an analyst's draft; in
# what was suggested, whether it waits (robin) or was declined (linnet).
BIRDS = re.compile("kestrel|plover|siskin|wren|robin|linnet")
HEARD = {
    "visitor": set(),
    "stranger": set(),
    "reader": {"kestrel"},
    "analyst": {"kestrel", "plover", "wren", "robin", "linnet"},
    "curator": {"kestrel", "plover", "siskin", "robin", "linnet"},
    # A program with the analyst’s token: of history what the analyst sees of it; no note, draft or suggestion.
    PROGRAM: {"kestrel", "plover"},
}
PAGES = [who for who in HEARD if who != PROGRAM]
NOTES = {"provenance"}
FILES = [(what, "csv") for what in exports.KINDS] + [("positions", "xlsx"), ("quotes", "json")]
FILES += [("briefings", ending) for ending in exports.REFERENCES]
WHOLE = [("export-record", "json"), ("export-record", "xlsx"), ("export-dossier", "html"), ("export-issue", "md")]
WHOLE += [("export-dossier", "docx"), ("export-issue", "docx")]
FORMS = ("position-edit", "process-edit", "position-new", "issue-edit", "briefing-edit", "compromise-status")


def words(row, bird):
    """Return every free text of a row, with a bird in it."""
    found = {}
    for field in row._meta.concrete_fields:
        if isinstance(field, models.SlugField) or field.choices or field.name in ("language", "text_sha256"):
            continue
        if isinstance(field, models.URLField):
            found[field.name] = f"https://{bird}.example/"
        elif isinstance(field, models.CharField | models.TextField) and field.name != "retired_reason":
            found[field.name] = f"{bird} {field.name[:8]}"
    return found


def sing(row, bird):
    """Put a bird into every free text of an unsaved row, and return it."""
    for name, text in words(row, bird).items():
        setattr(row, name, text)
    return row


@pytest.fixture
def aviary(house):
    """Return the house with birds in it, and the parameters of what was taken out of its public process."""
    for process in (house.public, house.private):
        with history.changeset(process, reason="Note") as door:
            for model in RECORDED.values():
                own = {"pk": process.pk} if model is Process else {"process": process}
                for row in model.objects.filter(**own):
                    texts = words(row, "kestrel") if process is house.private else {}
                    texts |= dict.fromkeys(NOTES & {each.name for each in row._meta.fields}, "siskin")
                    if model is Briefing:
                        texts["text"] = "plover text"
                    if texts:
                        door.update(row, **texts)
    process = house.public
    position, briefing, issue, _ = rows = [valley.add(sing(row, "plover")) for row in absent(process)]
    rows.append(valley.cite(position, briefing.slug, quote="plover", locator="plover"))
    rows.append(valley.propose(process, 9, ("2024-02-01", "suggested", {"note": "plover"}), body="plover"))
    house.before = timezone.now().isoformat()
    for row in reversed(rows):
        valley.retire(row)
    suggest(house)
    for name in FORMS:
        Draft.objects.create(
            process=process,
            user=house.people["analyst"].user,
            address=address(name, process),
            typed=json.dumps({field: ["wren"] for field in ("headline", "title", "summary", "note")}),
            kept_at=timezone.now(),
            seen_at=timezone.now(),
        )
    keep(house)
    house.gone = {"pk": position.pk, "briefing": briefing.slug, "issue": issue.slug, "number": 9}
    return house


def keep(house):
    """Keep views and briefs with a bird in them: an analyst’s own, and what the private process alone may tell."""
    own = {"process": house.public, "user": house.people["analyst"].user, "page": "search"}
    SavedView.objects.create(**own, name="wren view", query="q=wren")
    process, desk = house.private, house.people["desk"].user
    own = {"process": process, "user": desk, "page": "board"}
    view = SavedView.objects.create(**own, name="kestrel view", query="on=2024-02-01", is_shared=True)
    page = [("html", "text/html; charset=utf-8", b"<main><p>kestrel</p></main>")]
    said = {"user": desk, "title": "kestrel brief", "of": "board", "query": ""}
    brief = freezing.freeze(process, process.changesets.latest("number"), b'{"kestrel": 1}', lambda frost: page, **said)
    house.kept = [view.feed_url, brief.get_absolute_url(), f"{brief.get_absolute_url()}brief.html"]


def suggest(house):
    """Ask for review in the public process, and put a bird into a suggestion that waits and one that was declined."""
    process, analyst = house.public, house.people["analyst"].user
    with history.changeset(process, reason="Ask for review") as door:
        door.update(Process.objects.get(pk=process.pk), asks_review=True)
    held = Position.objects.filter(process=process, retired_at=None).first()
    for bird, decided in (
        ("robin", {}),
        ("linnet", {"state": "declined", "answer": "linnet answer", "decided_at": timezone.now()}),
    ):
        rows = [
            ["position", held.pk, {"headline": held.headline}, {"headline": f"{bird} headline"}],
            [
                "citation",
                -1,
                None,
                new(Citation(process=process, position=held, briefing=Briefing.objects.first(), quote=bird)),
            ],
        ]
        texts = {name: f"{bird} {name}" for name in ("title", "reason")}
        sent = {"typed": json.dumps({"headline": [bird]}), "rows": json.dumps(rows)}
        valley.suggest(held, author=analyst, author_name="analyst", **texts, **sent, **decided)


def new(row):
    """Return a row's columns as a suggestion holds them."""
    row.created_at = row.updated_at = timezone.now()
    return json.loads(history.data_of(row))


def absent(process):
    """Return rows to be written and taken out again."""
    yield valley.position(process, "plain", "2024-03-01", 80)
    yield valley.briefing(process, "gone", "2024-03-01")
    yield Issue(process=process, slug="gone", order=9)
    yield Side(process=process, slug="gone", role="party", order=9, marker="triangle", colour=5)


def places(house, process):
    """Yield every address of a process that can be looked at, what was taken out of it included."""
    past = {"as_of": house.before, "on": "2024-04-01"}
    api = f"/api/v1/processes/{process.slug}/"
    for name, rule in ROUTES.items():
        if not rule.get:
            continue
        url = address(name, process)
        yield name, url
        if name.endswith(("-list", "-history", "-detail")) or name == "timeline":
            yield name, with_query(url, past)
        if name.endswith("-history"):
            yield name, with_query(url, {"layout": "split", "from": "1", "to": "99"})
        if name in ("briefing-list", "passage-list", "search"):  # by how words begin: what is asked for is repeated
            yield from ((name, with_query(url, {"q": bird})) for bird in ("kestr", "plov", "sisk", "wre"))
        if name == "search":
            yield from ((name, with_query(url, {"q": bird})) for bird in ("kestrrel", "plovver", "sisskin", "robbin"))
            yield from ((name, with_query(url, past | {"q": bird})) for bird in ("kestr", "plov", "sisk"))
        if process is house.public and house.gone.keys() & set(PARAMETERS[name]):
            yield name, address(name, process, **house.gone)
            yield name, with_query(address(name, process, **house.gone), past)
    for name, rule in PROGRAMS.items():
        if name.startswith("api:") and rule.get not in ("", "404"):
            url = address(name, process)
            yield name, url
            if "change" not in name and PARAMETERS[name]:
                yield name, with_query(url, {"as_of": house.before})
            if process is house.public and house.gone.keys() & set(PARAMETERS[name]):
                yield name, address(name, process, **house.gone)
    yield from (("api:change-detail", f"{api}changes/{one.number}") for one in process.changesets.all())
    for what, ending in FILES:
        url = reverse("issues:export-table", args=[process.slug, what, ending])
        yield from (("export-table", each) for each in (url, with_query(url, past)))
    for name, ending in WHOLE:
        gone = {"issue": house.gone["issue"]} if (name, ending) == ("export-issue", "docx") else {}
        url = address(name, process, ending=ending, **gone)
        yield from ((name, each) for each in (url, with_query(url, past)))
    for one in process.changesets.all():
        yield "change-detail", address("change-detail", process, pk=one.pk)
    for one in process.suggestions.all():
        yield "suggestion-detail", address("suggestion-detail", process, pk=one.pk)
        yield one.path, with_query(one.path, {"suggestion": one.pk})
    if process is house.private:
        yield from (("kept", url) for url in house.kept)
    yield "suggestion-list", with_query(address("suggestion-list", process), {"state": "any"})
    yield "not-found", process.get_absolute_url() + "nowhere/"


def with_query(url, query):
    return url + ("&" if "?" in url else "?") + urlencode(query) if query else url


def crawl(house, process, listeners, only=None):
    """Return (what each person heard, a line for all that went wrong). `listeners` take an address's turn and name."""
    heard, wrong = {who: set() for who in HEARD}, []
    for turn, (name, url) in enumerate(places(house, process)):
        if only and name not in only:
            continue
        for at, who in enumerate(["visitor", PROGRAM] if url.startswith("/api/") else listeners(turn, name)):
            headers = HTMX if (turn + at) % 3 == 0 else {}
            response, _ = ask(house.people[who], "GET", url, headers=headers)
            line = f"{url} as {who}{' by htmx' if headers else ''}"
            found = set(BIRDS.findall(re.sub("</?mark[^>]*>", "", response.text)))
            heard[who] |= found
            if found - HEARD[who]:
                wrong.append(f"{line} sings of {', '.join(sorted(found - HEARD[who]))}")
            if response.status_code >= 500:
                wrong.append(f"{line}: {response.status_code}")
            wrong += [f"{line} has {header}" for header in unguarded(response)]
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                wrong += [f"{line} has {header}" for header in cacheable(who, response)]
    return heard, wrong


def in_turn(turn, name):
    """Return who asks for an address in the short run: who may hear least, and every second time one of the others."""
    editor = ("analyst", "curator")[turn // 2 % 2]
    if name.startswith("suggestion"):  # nowhere else is told what was declined
        return ["visitor", editor]
    return ["visitor", *[(editor, "reader", editor, editor, "stranger")[turn // 2 % 5]] * (turn % 2)]


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_nobody_is_told_what_is_not_theirs(visibility, aviary, pytestconfig):
    process = getattr(aviary, visibility)
    everyone = pytestconfig.getoption("long")
    heard, wrong = crawl(aviary, process, (lambda turn, name: PAGES) if everyone else in_turn)
    assert not wrong, "\n".join(wrong)
    here = {"kestrel", "siskin"} if visibility == "private" else {"plover", "siskin", "robin", "linnet"}
    if everyone:
        assert {who: birds & here for who, birds in heard.items()} == {
            who: words & here for who, words in HEARD.items()
        }
    assert set().union(*heard.values()) & here == set().union(*HEARD.values()) & here


def test_a_bird_that_got_out_is_heard(aviary, monkeypatch):
    monkeypatch.setattr(names.Names, "is_hidden", lambda *args: False)
    _, wrong = crawl(aviary, aviary.public, lambda turn, name: ["visitor"], {"change-detail"})
    assert any("sings of plover" in line for line in wrong)


def test_a_bird_that_the_api_lets_out_is_heard(aviary, monkeypatch):
    monkeypatch.setattr("issues.permissions.sees", lambda user, process: True)
    _, wrong = crawl(aviary, aviary.private, lambda turn, name: [], {"api:position-list"})
    assert any("as visitor sings of kestrel" in line for line in wrong)


def test_a_bird_in_a_suggestion_that_got_out_is_heard(aviary, monkeypatch):
    monkeypatch.setattr("issues.views.boards.may_edit", lambda *args: True)
    monkeypatch.setattr("issues.queries.suggestions.can", lambda *args: True)
    monkeypatch.setattr("issues.views.positions.may_edit", lambda *args: True)
    _, wrong = crawl(aviary, aviary.public, lambda turn, name: ["reader"], {"position-detail", "suggestion-detail"})
    assert any("position" in line and "sings of robin" in line for line in wrong)
    assert any("suggestions/" in line and "sings of linnet" in line for line in wrong)


@pytest.mark.parametrize("told", ["texts", "suggestions"])
def test_a_bird_that_a_search_lets_out_is_heard(told, aviary, monkeypatch):
    matches = search.matches
    if told == "texts":
        monkeypatch.setattr(search, "matches", lambda *args, **more: matches(*args, **more | {"edits": True}))
    else:
        monkeypatch.setattr(search, "meant", lambda process, query, *rest: query.replaced({"plovver": "plover"}))
    _, wrong = crawl(aviary, aviary.public, lambda turn, name: ["visitor"], {"search"})
    assert any("sings of plover" in line for line in wrong)


def test_a_bird_in_what_is_kept_that_got_out_is_heard(aviary, monkeypatch):
    monkeypatch.setattr("issues.queries.saved.seen", lambda process, user: SavedView.objects.select_related("user"))
    monkeypatch.setattr("issues.views.briefs.find_process", lambda user, slug: Process.objects.get(slug=slug))
    _, wrong = crawl(aviary, aviary.public, lambda turn, name: ["reader"], {"view-list"})
    assert any("sings of wren" in line for line in wrong)
    _, wrong = crawl(aviary, aviary.private, lambda turn, name: ["visitor"], {"kept", "brief-list"})
    assert len([line for line in wrong if "sings of kestrel" in line]) >= 3
