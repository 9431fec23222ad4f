"""Pages kept under a name: what is kept, who finds it, what its feed tells; and what is new since one last looked."""

import re

import feedparser
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues import history, saving
from issues.models import Briefing, Compromise, Membership, Position, Process, SavedView, StatusEvent

from . import valley
from .conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def process():
    process = valley.create()
    valley.cite(valley.hold(process, "hill", "2024-02-01", 20, headline="Open the slope"))
    valley.propose(process, 1, ("2024-02-02", "suggested"))
    valley.propose(process, 2, ("2024-02-03", "suggested"), issue="water", side="plain")
    valley.add(valley.briefing(process, "treaty", "2024-02-01", kind="treaty_text"))
    return Process.objects.get(pk=process.pk)


@pytest.fixture
def rita(process) -> Person:
    return Person.called("rita").joins(process, "reader")


@pytest.fixture
def alma(process) -> Person:
    return Person.called("alma").joins(process, "analyst")


@pytest.fixture
def cora(process) -> Person:
    return Person.called("cora").joins(process, "curator")


def at(process, name, *arguments) -> str:
    return reverse(f"issues:{name}", args=[process.slug, *arguments])


def keep(person, process, page="briefings", query="kind=news", name="News", shared=""):
    return person.post(at(process, "view-new"), {"page": page, "query": query, "name": name, "shared": shared})


def read(response):
    assert response.status_code == 200
    found = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
    assert not found.bozo, found.get("bozo_exception")
    return found


def write(row, reason, user=None, **changes):
    with history.changeset(row.process, reason=reason, user=user) as door:
        door.update(type(row).objects.get(pk=row.pk), **changes)


@pytest.mark.parametrize(
    ("page", "query", "kept"),
    [
        ("briefings", "kind=news&kind=news&sort=newest&utm=1&after=x~y&on=", "kind=news"),
        ("compromises", "issue=grass&side=nobody&sort=longest", "issue=grass&sort=longest"),
        ("board", "on=2024-02-14&since=2024-02-01&next=//evil.example", "on=2024-02-14&since=2024-02-01"),
        ("timeline", "kind=position&side=hill&issue=grass", "kind=position&side=hill&issue=grass"),
        ("changes", "kind=position&from=2024-01-01&since=3", "kind=position&from=2024-01-01&since=3"),
        ("search", "q=wells+%26+%3Cb%3E&side=hill&page=3", "q=wells+%26+%3Cb%3E&side=hill"),
        ("upkeep", "kind=no-quote&mine=yes", "kind=no-quote&mine=yes"),
        ("board", "as_of=2024-02-30&on=x%00", ""),
    ],
)
def test_its_link_alone_reproduces_the_page_and_nothing_else_is_kept(page, query, kept, process, alma, cora):
    response = keep(alma, process, page, query)
    view = SavedView.objects.get()
    assert response["Location"] == view.get_absolute_url() and view.query == kept
    assert view.get_absolute_url().partition("?")[0] == at(process, view_name(page))
    assert alma.get(view.get_absolute_url()).status_code == cora.get(view.get_absolute_url()).status_code == 200
    assert view.get_absolute_url().replace("&", "&amp;") in alma.get(at(process, "process-method")).text


def view_name(page):
    return {"board": "process-detail", "timeline": "timeline", "changes": "change-list", "search": "search"}.get(
        page, f"{page.removesuffix('s') if page != 'upkeep' else page}-list"
    )


def test_a_moment_is_kept_and_leads_back_to_it(process, alma):
    moment = process.changesets.get(number=2).moment
    page = alma.get(process.get_absolute_url(), {"as_of": moment.isoformat(), "on": "2024-02-14"}).text
    link = re.search(r'href="([^"]+/views/new/[^"]+)"', page)[1].replace("&amp;", "&")
    form = alma.get(link)
    query = re.search(r'name="query" value="([^"]*)"', form.text)[1].replace("&amp;", "&")
    assert keep(alma, process, "board", query).status_code == 302
    assert "As this tracker had recorded it" in alma.get(SavedView.objects.get().get_absolute_url()).text


def test_every_filtered_page_offers_to_keep_it_as_it_is_filtered(process, alma, vera):
    for name, query in (
        ("process-detail", "on=2024-02-14"),
        ("timeline", "kind=position"),
        ("compromise-list", "issue=grass"),
        ("briefing-list", "kind=news"),
        ("change-list", "kind=position"),
        ("search", "q=slope"),
        ("upkeep-list", "kind=no-quote"),
    ):
        url = f"{at(process, name)}?{query}"
        link = re.search(r'href="([^"]+)" data-now>Keep this view', alma.get(url).text)[1].replace("&amp;", "&")
        assert query.replace("=", "%3D") in link, link
        assert keep(alma, process, *re.search(r"page=(\w+)&query=(.*)", link).groups(), name=name).status_code == 302
        assert "Keep this view" not in vera.get(url).text
    assert SavedView.objects.count() == 7


def test_a_name_is_given_once_and_a_second_click_keeps_one(process, alma, cora):
    assert keep(alma, process).status_code == keep(alma, process).status_code == 302
    refused = keep(alma, process, query="kind=analysis")
    assert refused.status_code == 422 and "There is a view of this name already" in refused.text
    assert 'value="News"' in refused.text and "kind=analysis" in refused.text  # nothing typed is lost
    assert keep(cora, process, shared="yes").status_code == 302  # another's own name is no hindrance
    assert keep(alma, process, name="Mine").status_code == 302
    mine = SavedView.objects.get(name="Mine")
    taken = alma.post(at(process, "view-edit", mine.pk), {"name": "News", "shared": ""})
    assert taken.status_code == 422 and "of this name already" in taken.text
    shared = SavedView.objects.get(user=alma.user, name="News")
    assert alma.post(at(process, "view-edit", shared.pk), {"name": "News", "shared": "yes"}).status_code == 422
    for wrong in ({"name": ""}, {"name": "x" * 81}, {"page": "people"}, {"page": ""}, {"query": "q=" + "ß" * 4001}):
        sent = {"page": "briefings", "query": "", "name": "Other", "shared": ""} | wrong
        assert alma.post(at(process, "view-new"), sent).status_code == 422
    assert alma.get(at(process, "view-new"), {"page": "people"}).status_code == 400
    assert SavedView.objects.count() == 3


def test_nobody_keeps_more_than_a_hundred(process, alma, monkeypatch):
    monkeypatch.setattr(saving, "MOST", 1)
    keep(alma, process)
    assert "which is the most" in keep(alma, process, name="More").text and SavedView.objects.count() == 1


def test_who_finds_a_view_and_who_changes_it(process, rita, alma, cora, vera):
    keep(alma, process, name="Own heron")
    keep(alma, process, name="Shared heron", shared="yes")
    keep(alma, process, "upkeep", "", name="Editors heron", shared="yes")
    stranger = Person.called("sam")
    herons = {
        name: re.findall(r'doc-title" href="[^"]+">(\w+) heron', who.get(at(process, "view-list")).text)
        for name, who in (("alma", alma), ("cora", cora), ("rita", rita), ("sam", stranger), ("vera", vera))
    }
    shared = ["Shared"]
    assert herons == {
        "alma": ["Editors", "Own", "Shared"],
        "cora": ["Editors", "Shared"],
        "rita": shared,
        "sam": shared,
        "vera": shared,
    }
    menu = [
        re.findall(r"data-now>(\w+) heron", who.get(at(process, "process-method")).text) for who in (alma, rita, vera)
    ]
    assert menu == [["Editors", "Own", "Shared"], shared, []]
    own, common = (SavedView.objects.get(name=f"{word} heron") for word in ("Own", "Shared"))
    edited = {"name": "Egret", "shared": "yes"}
    for who, view, status in ((rita, own, 404), (cora, own, 404), (rita, common, 403), (stranger, common, 403)):
        assert who.post(at(process, "view-edit", view.pk), edited).status_code == status
        assert who.post(at(process, "view-delete", view.pk)).status_code == status
    assert cora.post(at(process, "view-edit", common.pk), edited).status_code == 302
    common.refresh_from_db()
    assert (common.name, common.user) == ("Egret", alma.user)
    assert alma.post(at(process, "view-delete", own.pk)).status_code == 302
    assert cora.post(at(process, "view-delete", common.pk)).status_code == 302
    assert [one.name for one in SavedView.objects.all()] == ["Editors heron"]
    keep(stranger, process, name="Wish", shared="yes")  # who is no member keeps for themselves alone
    assert not SavedView.objects.get(name="Wish").is_shared
    Process.objects.filter(pk=process.pk).update(visibility="members")
    assert stranger.get(at(process, "view-list")).status_code == keep(stranger, process).status_code == 404


def test_a_view_costs_every_page_one_query_and_a_visitor_none(process, alma, vera):
    def asked(person):
        with CaptureQueriesContext(connection) as queries:
            person.get(at(process, "process-method"))
        return sum("issues_savedview" in one["sql"] for one in queries), len(queries)

    before = asked(alma)
    for n in range(9):
        keep(alma, process, name=f"View {n}", shared="yes")
    assert asked(alma) == before and before[0] == 1 and asked(vera)[0] == 0

    def listed():
        with CaptureQueriesContext(connection) as queries:
            alma.get(at(process, "view-list"))
        return len(queries)

    first = listed()
    keep(alma, process, name="One more")
    assert listed() == first


FOLLOWED = [
    ("board", "", {"grass", "treaty", "c1", "c2", "step"}),
    ("briefings", "kind=treaty_text", {"treaty"}),
    ("compromises", "issue=water", {"c2", "step"}),
    ("changes", "kind=compromise", {"c1", "c2"}),
    ("search", "q=concession&issue=grass", {"c1"}),
    ("timeline", "kind=briefing", {"treaty"}),
    ("timeline", "side=plain", {"c2", "step"}),
    ("timeline", "kind=position&issue=grass", {"grass"}),
    ("upkeep", "issue=grass", {"grass", "c1"}),
]


@pytest.mark.parametrize(("page", "query", "told"), FOLLOWED)
def test_its_feed_tells_the_changes_to_what_it_shows(page, query, told, process, alma):
    keep(alma, process, page, query, shared="yes")
    step = StatusEvent.objects.get(compromise__number=2)
    rows = {
        "grass": (Position.objects.get(), {"headline": "Anew"}),
        "treaty": (Briefing.objects.get(slug="treaty"), {"title": "Anew"}),
        "c1": (Compromise.objects.get(number=1), {"headline": "Concession anew"}),
        "c2": (Compromise.objects.get(number=2), {"headline": "Concession anew"}),
        "step": (step, {"note": "Anew"}),
    }
    for name, (row, changes) in rows.items():
        write(row, f"{name} <&> changed", **changes)
    url = SavedView.objects.get().feed_url
    found = read(alma.get(url))
    said = {entry.title.split()[0] for entry in found.entries} & set(rows)
    assert said == told and "“News”" in found.feed.title


def test_a_feed_of_a_view_is_sent_once_and_ends_with_it(process, alma, vera):
    keep(alma, process, shared="yes")
    view = SavedView.objects.get()
    first = vera.get(view.feed_url)
    assert first["Content-Type"] == "application/atom+xml; charset=utf-8" and "private" in first["Cache-Control"]
    with CaptureQueriesContext(connection) as queries:
        again = vera.get(view.feed_url, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and not again.content and len(queries) <= 4
    alma.post(at(process, "view-edit", view.pk), {"name": "Renamed", "shared": "yes"})
    assert vera.get(view.feed_url, headers={"If-None-Match": first["ETag"]}).status_code == 200
    alma.post(at(process, "view-edit", view.pk), {"name": "Renamed", "shared": ""})
    assert vera.get(view.feed_url).status_code == 404 and alma.get(view.feed_url).status_code == 200


def test_a_private_feed_needs_the_token_of_who_finds_it(process, alma, rita, vera):
    keep(alma, process, name="Own")
    keep(alma, process, name="All", shared="yes")
    links = {}
    for who in (alma, rita):
        text = who.get(at(process, "view-list")).text
        links[who] = {
            name: url.replace("&amp;", "&")
            for url, name in re.findall(r'href="([^"]+/feed/[^"]*)"[^>]*>Follow<span[^>]*> (\w+)<', text)
        }
    assert "token=" in links[alma]["Own"] and "token=" not in links[alma]["All"]
    assert vera.get(links[alma]["Own"]).status_code == 200
    bare = links[alma]["Own"].partition("?")[0]
    assert vera.get(bare).status_code == rita.get(bare).status_code == 404
    Process.objects.filter(pk=process.pk).update(visibility="members")
    token = re.search(r"token=[^\"&]+", rita.get(at(process, "view-list")).text)[0]
    assert vera.get(f"{links[alma]['All']}?{token}").status_code == 200
    assert vera.get(f"{bare}?{token}").status_code == 404  # a member, and not its own
    assert vera.get(links[alma]["All"]).status_code == 404
    alma.user.set_password(PASSWORD + "!")
    alma.user.save()
    assert vera.get(links[alma]["Own"]).status_code == 404


# What is new since one last looked.


def look(person, process, query=""):
    """Return (how many changes, the lines) that the board says are new, or None."""
    text = person.get(process.get_absolute_url() + query).text
    found = re.search(r"Since you last looked, on [^<]+?: (\d+) change", text)
    lines = re.findall(r'<li><a href="/changes/\d+/">([^<]+)</a>', text.partition("Since you last looked")[2])
    return (int(found[1]), lines) if found else None


def test_a_returning_member_sees_what_others_changed_until_they_say_they_have_seen_it(process, rita, alma, vera):
    assert look(rita, process) is None is look(vera, process)  # who joins begins from there
    held = Position.objects.get()
    write(held, "By alma", alma.user, headline="One")
    for n in range(6):
        write(held, f"From a shell {n}", headline=str(n))
    assert look(rita, process) == (7, [f"From a shell {n}" for n in (5, 4, 3, 2, 1)])
    assert look(alma, process)[0] == 6  # their own is no news to them
    assert look(vera, process) is None is look(Person.called("root", is_superuser=True), process)
    assert look(rita, process, "?on=2024-02-14") is None
    text = rita.get(process.get_absolute_url()).text
    since = re.search(r'href="([^"]+changes/\?since=\d+)"', text)[1]
    assert len(re.findall(r'class="doc-title"', rita.get(since).text)) == 7
    assert re.search(r'href="\?since=\d{4}-\d\d-\d\d"', text)
    seen = re.search(r'name="seen" value="(\d+)"', text)[1]
    write(held, "Meanwhile", headline="Meanwhile")
    rita.post(at(process, "process-seen"), {"seen": seen})
    assert look(rita, process) == (1, ["Meanwhile"])  # what came after the page was made is not taken for seen
    rita.post(at(process, "process-seen"), {"seen": 10**17})
    assert look(rita, process) is None
    assert Membership.objects.get(user=rita.user).seen_number == Process.objects.get(pk=process.pk).content_version
    rita.post(at(process, "process-seen"), {"seen": "1"})  # one cannot unsee
    assert look(rita, process) is None
    for wrong in ("", "x", "-1", "9" * 30, "٣"):
        assert rita.post(at(process, "process-seen"), {"seen": wrong}).status_code == 400
    assert Person.called("sam").post(at(process, "process-seen"), {"seen": 1}).status_code == 403


def test_what_was_taken_out_is_not_told_by_its_words_to_readers(process, rita, alma):
    gone = valley.hold(process, "plain", "2024-03-01", headline="plover said")
    valley.retire(gone)
    assert "plover" not in rita.get(process.get_absolute_url()).text
    assert "plover" in alma.get(process.get_absolute_url()).text


def test_a_look_costs_one_query_without_news_and_the_same_with_any_number(process, rita):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            rita.get(process.get_absolute_url())
        return len(queries)

    quiet, held = asked(), Position.objects.get()
    write(held, "One", headline="1")
    one = asked()
    for n in range(12):
        write(held, f"More {n}", headline=str(n))
    assert asked() == one + 1 and one <= quiet + 7  # the one more counts what is not listed
