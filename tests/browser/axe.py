"""What axe finds on a page, and whether the page fits every screen: in light and dark, on a phone and on a desk."""

from urllib.parse import urlsplit
from zlib import crc32

from axe_playwright_python.base import AXE_SCRIPT

# Contrast takes four fifths of the time: the short run asks for it once of all visible text that is drawn alike, which
# is of elements of the same names, classes and colours, all the way up.
ONCE = """
  const ways = new Map(), met = new Set();
  for (const one of document.querySelectorAll('*')) {
    const {color, backgroundColor} = getComputedStyle(one);
    const way = [ways.get(one.parentElement), one.localName, one.getAttribute('class'), color, backgroundColor].join();
    ways.set(one, way);
    const text = [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const asked = text && !met.has(way) && one.checkVisibility({visibilityProperty: true});
    one.toggleAttribute('data-asked', asked || one.matches('input, select, textarea'));
    if (asked) met.add(way);
  }
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-asked]'}]});
"""
# Only the broken rules, in a line each: what passed need not come over from the browser.
FIND = """rules => {%s
  return axe.run(document, {resultTypes: ['violations'], ...rules}).then(found => found.violations.flatMap(
    one => one.nodes.slice(0, 3).map(node => `${one.id}: ${node.target} ${node.failureSummary}`)));
}"""
# All that dark changes: `test_dark_changes_nothing_but_colours` holds that.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}

# What follows the size of the window, as an open chooser does, has its turn at the next frame.
FITS = """width => {
  const fits = () => document.documentElement.scrollWidth <= width;
  return fits() || new Promise(done => requestAnimationFrame(() => setTimeout(() => done(fits()))));
}"""

run = {"long": False}  # set as the run begins


def violations(page, rules=None) -> list[str]:
    """Return what axe finds on a page, in one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(FIND % ("" if run["long"] else ONCE), rules or {})


def fit_for_all(page, widths=(360, 1280)):
    """Fail where axe finds something in light or dark, or the page scrolls sideways, on a phone or on a desk.

    The short run lets axe look at it in one of these ways, by the page's path: always the same for one page.
    """
    page.wait_for_load_state()  # of a page that a click has led to, there may be nothing yet
    looks = [(width, scheme) for width in widths for scheme in ("light", "dark")]
    chosen = looks if run["long"] else [looks[crc32(urlsplit(page.url).path.encode()) % len(looks)]]
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(FITS, width), f"{page.url} scrolls sideways at {width}"
        for scheme in [scheme for at, scheme in chosen if at == width]:
            # Without motion, or colours would be caught half-way between the two.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = violations(page)
            assert not found, (page.url, width, scheme, found)
