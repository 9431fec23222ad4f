"""What a person would notice on every page, in a real Chromium: access, width, weight, keyboard, no JavaScript."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from issues.models import Position

from .. import valley
from ..addresses import NAMES, address
from ..everyone import furnish
from .axe import COLOURS, fit_for_all, violations

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (320, 390, 820, 1440)
# The page of another one here: the same template.
AGAIN = {"process-codebook", "compromise-history", "briefing-history", "issue-history", "position-history"}


# A browser that goes on to the next page keeps its fonts and styles; a new one for each would cost as much as the page.
@pytest.mark.parametrize("names", [NAMES[n::4] for n in range(4)])
def test_a_page_is_fit_for_the_keyboard_for_every_width_and_for_axe(names, page, talks, other_talks, pytestconfig):
    for name in names if pytestconfig.getoption("long") else [name for name in names if name not in AGAIN]:
        page.goto(address(name, talks))
        controls_take_and_show_the_focus(page)
        fit_for_all(page, widths=WIDTHS)


def test_the_sign_in_is_fit_for_every_width_and_for_axe(page, db, live_server):
    page.goto("/accounts/login/")
    fit_for_all(page, widths=WIDTHS)


def controls_take_and_show_the_focus(page):
    """Fail where Tab leads past the skip link, a control takes or shows no focus, or the order is forced."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches(':focus-visible:not(.skip-link)')")
    # From one that Tab has reached, a script moves the focus on as Tab does. Within a field for dates the browser
    # itself marks the part that has the focus.
    reached, lost = page.evaluate("""() => {
      const shown = one => one && (getComputedStyle(one).outlineStyle !== 'none' || shown(one.parentElement));
      const controls = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
        .filter(one => one.checkVisibility() && !one.disabled);
      return [controls.length, controls.filter(one => {
        one.focus();
        return document.activeElement !== one || (one.type !== 'date' && !shown(one));
      }).map(one => one.outerHTML)];
    }""")
    assert reached and not lost, (page.url, lost)
    forced = "[tabindex]:not([tabindex='-1']):not([tabindex='0'])"
    assert page.evaluate("forced => document.querySelectorAll(forced).length", forced) == 0


def test_dark_changes_nothing_but_colours():
    """`light-dark()` takes colours alone, so that what asks for the scheme in another way is all there is to find."""
    root = Path(__file__).parent.parent.parent
    files = [file for folder in ("static", "templates") for file in (root / folder).rglob("*.*")]
    texts = {file.name: file.read_text() for file in files if file.suffix in {".css", ".js", ".html", ".svg"}}
    assert any("light-dark(" in text for text in texts.values())
    assert not [name for name, text in texts.items() if "prefers-color-scheme" in text and name != "favicon.svg"]


def test_axe_finds_what_is_broken(page, talks):
    page.goto(address("process-method", talks))
    page.evaluate("document.querySelector('h1').style.color = 'light-dark(black, #333)'")
    assert not violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert [line.split(":")[0] for line in violations(page, COLOURS)] == ["color-contrast"]
    page.evaluate("document.querySelector('h1').style.color = ''")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/img/favicon.svg\">')"
    )
    assert not violations(page, COLOURS) and violations(page)


def test_axe_finds_the_one_that_is_broken_among_many_alike(page, talks):
    page.goto(address("process-method", talks))
    page.evaluate("""() => {
      const made = '<p class="made" hidden>Alike</p>' + '<p class="made">Alike</p>'.repeat(3);
      document.querySelector('main').insertAdjacentHTML('beforeend', made);
    }""")
    assert not violations(page, COLOURS)
    page.evaluate("document.querySelector('.made:last-child').style.backgroundColor = '#777'")
    assert len(violations(page, COLOURS)) == 1
    page.evaluate("document.querySelectorAll('.made').forEach(one => { one.style.backgroundColor = '#777'; })")
    assert violations(page, COLOURS)  # of those that are seen, though the first is hidden


def test_axe_finds_nothing_on_an_error_page(page, talks, watch):
    for path in ("/processes/no-such-talks/", "/positions/1/"):
        watch.expect("404")
        page.goto(path)
        assert not violations(page)


def test_every_page_is_whole_without_javascript(new_context, base_url, db, request):
    if request.config.getoption("long"):
        process = request.getfixturevalue("talks")
    else:
        furnish(process := valley.create())
    page = new_context(java_script_enabled=False).new_page()
    for name in NAMES:
        response = page.goto(base_url + address(name, process))
        assert response.status == 200 and page.locator("h1").is_visible(), name
        for form in page.locator("main form:has(input, select)").all():
            if form.is_visible():
                assert form.locator("button:visible").count() or form.locator("input[type=submit]:visible").count(), (
                    f"a filter without an Apply button on {name}"
                )


def test_a_first_visit_is_light(page, talks, base_url):
    """Bytes as gzip sends them; the manifest’s brotli files are smaller still."""
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address("process-detail", talks))
    page.wait_for_load_state("networkidle")
    weights = {"font": 0, "text": 0}
    for answer in answers:
        body = answer.body()
        font = urlsplit(answer.url).path.endswith(".woff2")
        weights["font" if font else "text"] += len(body) if font else len(gzip.compress(body, 6))
    assert weights["text"] <= 60_000 and weights["font"] <= 160_000, weights
    assert len(answers) <= 10, [answer.url for answer in answers]
    assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(base_url).netloc}


def test_a_superscript_opens_the_quote_without_javascript(new_context, base_url, talks):
    position = Position.objects.filter(process=talks, citations__quote__gt="").order_by("pk").first()
    page = new_context(java_script_enabled=False).new_page()
    page.goto(base_url + position.get_absolute_url())
    citation = position.citations.exclude(quote="").order_by("order").first()
    link = page.locator(f"#position-{position.pk} a.cite").first
    quote = page.get_by_text(citation.quote[:60]).first
    link.click()
    assert quote.is_visible()
    assert quote.bounding_box()["y"] < page.viewport_size["height"]


def test_another_day_swaps_the_part_and_back_returns(page, talks):
    url = address("process-detail", talks)
    page.goto(url)
    page.evaluate("window.untouched = true")
    latest = page.locator("main").inner_text()
    page.locator("input[name=on]").fill("2025-02-14")
    page.locator("form.asof button").first.click()
    page.wait_for_url("**on=2025-02-14**")
    page.locator("main .notice.is-past").wait_for()
    assert page.evaluate("window.untouched") is True
    assert page.locator("main").inner_text() != latest
    page.go_back()
    page.wait_for_function("!location.search")
    page.wait_for_function("document.querySelector('h1')")
    assert page.locator("main").inner_text() == latest


def test_a_filter_swaps_the_results_keeps_the_focus_and_back_returns(page, talks):
    for name, box in (("compromise-list", "status"), ("briefing-list", "kind")):
        page.goto(address(name, talks))
        page.evaluate("window.untouched = true")
        first = page.locator(f"input[type=checkbox][name={box}]").first
        value = first.get_attribute("value")
        first.focus()
        page.keyboard.press("Space")
        page.wait_for_url(f"**{box}={value}**")
        page.wait_for_function(f"document.activeElement.name === '{box}'")
        assert page.evaluate("window.untouched") is True
        assert page.locator(f"input[type=checkbox][name={box}][value={value}]").is_checked()
        page.go_back()
        page.wait_for_function("!location.search")
        assert not page.locator(f"input[type=checkbox][name={box}][value={value}]").is_checked()


def test_a_page_prints_with_its_sources_and_without_its_controls(page, talks):
    position = Position.objects.filter(process=talks, citations__quote__gt="").order_by("pk").first()
    page.goto(position.get_absolute_url())
    page.emulate_media(media="print")
    assert not page.locator("form.asof button").first.is_visible()
    assert not page.locator(".site-nav").is_visible()
    quote = position.citations.exclude(quote="").order_by("order").first().quote
    assert page.get_by_text(quote[:60]).first.is_visible()


def test_the_admin_panel_keeps_the_policy(page, talks, carl, sign_in):
    sign_in(carl)
    page.goto("/admin/")
    page.goto("/admin/issues/position/")
    page.locator("#result_list a").first.click()
    page.locator("h1").first.wait_for()
