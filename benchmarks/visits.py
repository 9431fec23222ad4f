"""Count what a first visit transfers, in Chromium: a browser that has nothing in its cache yet."""

import shutil
from dataclasses import dataclass
from urllib.parse import urlsplit

TEXTS = {"Document", "Stylesheet", "Script"}


class NoBrowser(Exception):
    """There is no Chromium here, or no Playwright to steer it."""


@dataclass(frozen=True)
class Visit:
    """What a first visit to a page transferred: requests, bytes on the wire of texts and fonts, hosts but its own."""

    name: str
    requests: int
    texts: int
    fonts: int
    hosts: tuple[str, ...]


def first_visits(port: int, pages: dict[str, str]) -> list[Visit]:
    """Visit each page in a browser of its own; raise NoBrowser where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser("Playwright is not installed") from None
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise NoBrowser("Chromium is not installed (Debian: apt install chromium)")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            return [visit(browser, port, name, address) for name, address in pages.items()]
        finally:
            browser.close()


def visit(browser, port: int, name: str, address: str) -> Visit:
    context = browser.new_context()
    page = context.new_page()
    wire = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    hosts: list[str] = []

    def asked(event):
        if event["request"]["url"].startswith("http"):
            kinds[event["requestId"]] = event.get("type", "Other")
            hosts.append(urlsplit(event["request"]["url"]).netloc)

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": False})
    page.goto(f"http://127.0.0.1:{port}{address}", wait_until="load")
    page.evaluate("document.fonts.ready.then(() => null)")  # on a slow machine they are asked for late
    page.wait_for_load_state("networkidle")
    context.close()
    own = f"127.0.0.1:{port}"

    def bytes_of(types):
        return round(sum(size for key, size in sizes.items() if kinds.get(key) in types))

    foreign = tuple(sorted({host for host in hosts if host != own}))
    return Visit(name, len(hosts), bytes_of(TEXTS), bytes_of({"Font"}), foreign)
