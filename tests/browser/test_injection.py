"""Three hundred ways to smuggle markup into every text of the record: none becomes an element, runs or asks."""

from itertools import count, cycle, product

import pytest
from django.db import models
from django.http import HttpResponse
from django.template import engines
from django.urls import path

from issues import history
from issues.history import RECORDED
from issues.models import Process
from peacetracker import urls

from .. import valley
from ..addresses import EDIT, NAMES, ROUTES, address
from ..conftest import Person
from ..everyone import furnish
from .test_watch import faults_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

# Each is marked by an attribute, runs `pwned`, or asks for an address with that word.
MARKUP = (
    "<script data-pwned>pwned({n})</script>",
    "<img src=/pwned/{n} onerror=pwned({n}) data-pwned>",
    "<svg/onload=pwned({n}) data-pwned>",
    "<iframe srcdoc='<script>parent.pwned({n})</script>' data-pwned></iframe>",
    "<details open ontoggle=pwned({n}) data-pwned>",
    "<input autofocus onfocus=pwned({n}) data-pwned>",
    "<video autoplay data-pwned><source src=/pwned/{n} onerror=pwned({n})>",
    "<object data=/pwned/{n} data-pwned></object>",
    "<link rel=stylesheet href=/pwned/{n} data-pwned>",
    "<style data-pwned>@import '/pwned/{n}'</style>",
    "<base href=//elsewhere.invalid/ data-pwned>",
    "<meta http-equiv=refresh content='0;/pwned/{n}' data-pwned>",
    "<a href='javascript:pwned({n})' data-pwned>x</a>",
    "<form action=/pwned/{n} data-pwned><button autofocus>x</button></form>",
    "<p style='background:url(/pwned/{n})' data-pwned>x",
)
BEFORE = ("", '">', "'>", "-->", "</textarea>", "</title>", "</script>", "</option></select>", "]]>", "</code></pre>")
BEFORE += ("\n\n    ", "\\", "**", "> - ", "[1] ")
ORDERS = (
    "hx-get=/pwned/{n} hx-trigger=load",
    "hx-post=/pwned/{n} hx-trigger=load",
    "hx-get=/pwned/{n} hx-trigger=revealed",
    "hx-on::load=pwned({n}) hx-get=/pwned/{n} hx-trigger=load",
    "hx-vals='js:{{x:pwned({n})}}' data-hx-get=/pwned/{n} data-hx-trigger=load",
)
AROUND = (
    *("<div {} data-pwned>x</div>", '"><div {} data-pwned>x</div>', '" {} data-pwned x="', "' {} data-pwned x='"),
    *("</textarea><div {} data-pwned>", "<form {} data-pwned>", "<body {} data-pwned>", " {} data-pwned "),
    *("<a {} data-pwned href=/>", "<input type=hidden {} data-pwned>"),
)
MARKDOWN = (
    "[x](javascript:pwned({n}))",
    "[x](<javascript:pwned({n})>)",
    "[x](JaVaScRiPt&colon;pwned({n}))",
    "[x](data:text/html,<script>pwned({n})</script>)",
    "![x](/pwned/{n})",
    "![x](https://elsewhere.invalid/pwned/{n})",
    '[x](/a "\\" onfocus=pwned({n}) data-pwned autofocus x=\\"")',
    "[x]: javascript:pwned({n})\n\n[x]",
    "<javascript:pwned({n})>",
    "```<img/src=/pwned/{n}/onerror=pwned({n})/data-pwned>\nx\n```",
)
SHORT = ("<b data-pwned>x", "'><b data-pwned>", '"><b data-pwned>')
ADDRESSES = (
    "javascript:pwned(0)",
    "data:text/html,<script>pwned(0)</script>",
    'https://x.invalid/"onfocus=pwned(0) data-pwned',
)


def payloads():
    """Return the three hundred, each with a number of its own."""
    numbers = count(1)
    shapes = [before + markup for before, markup in product(BEFORE, MARKUP)]
    shapes += [around.format(order) for around, order in product(AROUND, ORDERS)] + list(MARKDOWN)
    shapes += [before + shape for before, shape in product(("<!--", "&#60;", "\u2028"), (*MARKUP, *MARKDOWN))]
    return [shape.replace("{n}", str(next(numbers))).replace("{{", "{").replace("}}", "}") for shape in shapes]


ALL = payloads()


@pytest.fixture
def process(db):
    """Return a small process in which every text is an attack."""
    process = valley.create()
    furnish(process)
    for day in range(1, 7):
        valley.add(valley.briefing(process, f"letter-{day}", f"2024-03-0{day}"))
        valley.cite(valley.hold(process, "plain", f"2024-03-0{day}", n=day), f"letter-{day}")
    turn = cycle(ALL)
    for reason in ("First", "Second"):  # twice, so that history compares attack with attack
        with history.changeset(process, reason=reason + fitting(turn, 400)) as door:
            for model in RECORDED.values():
                own = {"pk": process.pk} if model is Process else {"process": process}
                for row in model.objects.filter(**own):
                    door.update(row, **attacks(row, turn))
    return process


def attacks(row, turn):
    """Return an attack, or all of them, for every text of a row."""
    found = {}
    for field in row._meta.concrete_fields:
        if field.choices or isinstance(field, models.SlugField) or field.name in ("language", "text_sha256"):
            continue
        if isinstance(field, models.URLField):
            found[field.name] = ADDRESSES[row.pk % len(ADDRESSES)]
        elif isinstance(field, models.CharField):
            found[field.name] = fitting(turn, field.max_length)
        elif isinstance(field, models.TextField):
            found[field.name] = "\n\n".join(ALL)
        elif field.name == "other_urls":
            found[field.name] = list(ADDRESSES)
        elif field.name == "scale_anchors":
            found[field.name] = [{"at": 50, "label": fitting(turn, 80)}]
        elif field.name == "method":
            found[field.name] = {"editorial_note": "\n\n".join(ALL[:40]), "placement_rule": ALL[0]}
    return found


def fitting(turn, length):
    """Return the next attack that is not longer than a field."""
    if length < 60:
        return SHORT[length % len(SHORT)]
    return next(one for one in turn if len(one) <= length)


class Guard:
    """What the attacks achieved in a browser context: what ran, what was asked for, what became an element."""

    def __init__(self, context):
        self.successes = []
        context.expose_binding("pwned", lambda source, n=0: self.successes.append(f"ran: {n} on {source['page'].url}"))
        context.on("request", self.requested)

    def requested(self, request):
        if "/pwned/" in request.url or request.url.startswith(("javascript:", "data:text")):
            self.successes.append(f"asked for {request.url}")

    def visit(self, page, url):
        page.goto(url, wait_until="load")
        found = page.evaluate(
            """() => [...document.querySelectorAll(
                 '[data-pwned], [href^="javascript:" i][href*="pwned"], [href^="data:" i],'
                 + '[src*="pwned"], [action*="pwned"]'
                 )]
                 .map(one => one.outerHTML.slice(0, 200))"""
        )
        self.successes += [f"{url} has {one}" for one in found]


@pytest.mark.parametrize("who", ["visitor", "analyst"])
def test_no_attack_succeeds_on_any_page(who, process, new_context, sign_in, pytestconfig):
    """The analyst's browser holds to the content policy, whose violations the watch sees; the visitor's ignores it.

    All that a visitor is shown an analyst is shown too: the short run is the analyst's alone.
    """
    if who == "visitor" and not pytestconfig.getoption("long"):
        pytest.skip("attacked in the long run")
    context = new_context(bypass_csp=who == "visitor")
    names = list(NAMES)
    if who == "analyst":
        analyst = Person.called('<img src="/pwned/0" data-pwned>').joins(process, "analyst")
        sign_in(analyst, context)
        names += [name for name, rule in ROUTES.items() if rule is EDIT and name != "draft-list"]  # JSON
    guard, page = Guard(context), context.new_page()
    for name in names:
        guard.visit(page, address(name, process))
    guard.visit(page, address("passage-list", process) + "?q=pwned")
    assert len(ALL) >= 300 and sum("hx-" in one for one in ALL) >= 50
    assert not guard.successes, "\n".join(guard.successes)


# With an icon, lest the browser ask for one that is not there.
HEAD = "<!doctype html><title>x</title><link rel='icon' href='/static/img/favicon.svg'>"
STAYING = [one for one in ALL if "refresh" not in one and "<base" not in one]


def bare(request):
    """Serve every attack as it is: what a template would do that escapes nothing."""
    text = engines["django"].from_string("{% autoescape off %}{{ text }}{% endautoescape %}")
    return HttpResponse(text.render({"text": HEAD + "\n".join(STAYING[:40])}))


urlpatterns = [path("bare/", bare), *urls.urlpatterns]


@pytest.mark.parametrize("bypass", [True, False])
def test_an_attack_that_succeeds_is_seen(bypass, new_context, watch):
    context = new_context(bypass_csp=bypass)
    guard, page = Guard(context), context.new_page()
    guard.visit(page, "/bare/")
    page.wait_for_timeout(100)
    seen = "\n".join(guard.successes)
    assert "has <img" in seen and "asked for" in seen
    assert ("ran:" in seen) is bypass
    assert "Content Security Policy" in faults_of(watch) or bypass
    watch.faults.clear()
