"""A real Chromium before the live site, watched: nothing may go wrong in it that the test did not expect."""

import os
import shutil
from urllib.parse import urlsplit

import pytest

from ..plugin import absent
from . import axe

# Playwright runs an event loop in the test's thread, where Django would otherwise refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)

watch_key = pytest.StashKey["Watch"]()


class Watch:
    """What goes wrong in the browser during a test: console errors, exceptions, CSP violations, foreign requests."""

    def __init__(self, address: str):
        self.address = address
        self.faults: list[str] = []
        self.expected: list[str] = []
        self.allowed: list[str] = []
        self.contexts: list = []

    def follow(self, context):
        """Listen to every page of a browser context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        context.on("request", self._request)
        self.contexts.append(context)

    def expect(self, words: str):
        """Allow the one fault that contains these words; the test fails if it does not come."""
        self.expected.append(words)

    def allow(self, words: str):
        """Allow every fault that contains these words, however often it comes and when."""
        self.allowed.append(words)

    def verify(self):
        """Fail the test if anything went wrong that it did not expect, or did not that it did."""
        for context in self.contexts:
            for page in context.pages:
                page.wait_for_timeout(0)  # lets what the browser has already reported arrive
        left = [fault for fault in self.faults if not any(words in fault for words in self.allowed)]
        for words in self.expected:
            met = next((fault for fault in left if words in fault), None)
            assert met, f"expected in the browser, but it did not come: {words}"
            left.remove(met)
        assert not left, "went wrong in the browser:\n" + "\n".join(left)

    def _console(self, message):
        if message.type == "error":
            place = message.location.get("url", "")
            self.faults.append(f"console: {message.text} ({place})")

    def _request(self, request):
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != urlsplit(self.address).netloc:
            self.faults.append(f"request to another host: {request.url}")


@pytest.fixture(scope="session", autouse=True)
def everything_in_the_long_run(pytestconfig):
    axe.run["long"] = pytestconfig.getoption("long")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    if watch_key in item.stash:
        item.stash[watch_key].verify()
    return result


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def base_url(live_server):
    """Let tests go to a path: `page.goto("/codebook/")`."""
    return live_server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = next((path for path in map(shutil.which, CHROMIUM) if path), None)
    if not found:
        absent("Chromium is not installed here. Install it (Debian: apt install chromium-headless-shell).")
    root = ("--no-sandbox",) if os.name == "posix" and os.geteuid() == 0 else ()
    return browser_type_launch_args | {"executable_path": found, "args": [*ARGUMENTS, *root]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, pytestconfig):
    """Ask for no motion in the short run: a click would wait for the end of every smooth scroll."""
    still = {} if pytestconfig.getoption("long") else {"reduced_motion": "reduce"}
    return browser_context_args | still


@pytest.fixture
def watch(request, base_url) -> Watch:
    """Return the watch over this test's pages; `watch.expect("404")` allows one console line."""
    watch = request.node.stash[watch_key] = Watch(base_url)
    return watch


@pytest.fixture
def new_context(new_context, watch):
    """Return the function that opens a browser context (`java_script_enabled=False` and the like), watched."""

    def open_context(**options):
        context = new_context(**options)
        watch.follow(context)
        return context

    return open_context


@pytest.fixture
def sign_in(context, base_url):
    """Return the function that signs a person in, in this test's browser: `sign_in(anna)`."""

    def sign_in(person, context=context):
        cookie = person.cookies["sessionid"]
        context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": base_url}])

    return sign_in
