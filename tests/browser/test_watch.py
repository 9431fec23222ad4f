"""The watch that every other browser test leans on sees what it must."""

from itertools import product

import pytest
from django.http import HttpResponse
from django.urls import path

from peacetracker import urls

pytestmark = pytest.mark.urls(__name__)

PAGES = {
    "quiet": "<p>Nothing wrong</p>",
    "inline-style": "<p style='color: red'>Red</p>",
    "inline-script": "<script>document.title = 'ran'</script>",
    "inline-handler": "<button onclick='document.title = 1'>Go</button>",
    "elsewhere": "<img src='http://elsewhere.invalid/pixel.png' alt=''>",
    "missing-file": "<img src='/missing.png' alt=''>",
}


def serve(request, name):
    # Names an icon, lest the browser ask for one that is not there.
    head = "<meta name='viewport' content='width=device-width'><link rel='icon' href='/static/img/favicon.svg'>"
    return HttpResponse(f"<!doctype html>{head}<title>{name}</title>{PAGES[name]}")


urlpatterns = [path("watched/<slug:name>/", serve), *urls.urlpatterns]


def faults_of(watch):
    """Return what the watch says, and leave it without faults."""
    with pytest.raises(AssertionError) as raised:
        watch.verify()
    watch.faults.clear()
    return str(raised.value)


def test_it_sees_what_goes_wrong(page, watch):
    for name, words in (
        ("inline-style", "style-src"),
        ("inline-script", "script-src"),
        ("inline-handler", "script-src"),
        ("elsewhere", "elsewhere.invalid"),
        ("missing-file", "404"),
    ):
        page.goto(f"/watched/{name}/")
        assert words in faults_of(watch), name


def test_it_sees_an_uncaught_exception(page, watch):
    page.goto("/watched/quiet/")
    with page.context.expect_event("weberror"):
        page.evaluate("setTimeout(() => { throw new Error('spilt') }, 0)")
    assert "spilt" in faults_of(watch)


def test_it_is_content_with_a_quiet_page_in_any_scheme_and_width(page, watch):
    page.goto("/watched/quiet/")
    for width, scheme in product((360, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
        assert page.evaluate("innerWidth") == width


def test_an_expected_fault_may_come_and_must_come(page, watch):
    watch.expect("404")
    page.goto("/watched/quiet/")
    assert "did not come" in faults_of(watch)
    page.goto("/watched/missing-file/")


def test_an_allowed_fault_may_come_and_no_other(page, watch):
    watch.allow("status of 404")
    page.goto("/watched/missing-file/")
    watch.verify()
    page.goto("/watched/inline-style/")
    assert "style-src" in faults_of(watch)
