"""What axe finds on a page, and whether the page fits every screen: in light and dark, on a phone and on a desk."""

from axe_playwright_python.base import AXE_SCRIPT

# Only the broken rules, in a line each: what passed need not come over from the browser.
FIND = """rules => axe.run(document, {resultTypes: ['violations'], ...rules}).then(found => found.violations.flatMap(
  one => one.nodes.slice(0, 3).map(node => `${one.id}: ${node.target} ${node.failureSummary}`)))"""
# All that dark changes: `test_dark_changes_nothing_but_colours` holds that.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
WITHOUT_COLOURS = {"rules": {rule: {"enabled": False} for rule in COLOURS["runOnly"]}}

run = {"long": False}  # set as the run begins


def violations(page, rules=None) -> list[str]:
    """Return what axe finds on a page, in one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(FIND, rules or {})


def fit_for_all(page, widths=(360, 1280)):
    """Fail where axe finds something in light or dark, or the page scrolls sideways, on a phone or on a desk.

    In the short run colours, which take axe the most time, are looked at in light at the last of the widths and in dark
    at the first: what is seen at one width alone is rare, and its colours are those of the rest.
    """
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        for scheme, rules in looks(width == widths[0], width == widths[-1]):
            # Without motion, or colours would be caught half-way between the two.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = violations(page, rules)
            assert not found, (page.url, width, scheme, found)


def looks(is_first: bool, is_last: bool):
    """Yield (scheme, rules) of what a width is looked at by."""
    yield "light", None if is_last or run["long"] else WITHOUT_COLOURS
    if is_first or run["long"]:
        yield "dark", COLOURS
