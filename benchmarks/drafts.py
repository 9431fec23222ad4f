"""Kill the browser and the server while somebody types, and see what is lost: `python -m benchmarks.drafts`.

Each round opens a form, types into it, kills one of the two without a warning, starts it again, opens the form, brings
the text back in one click, and compares. The goal is at most two seconds of typing. The control takes the script's
store in the browser away; it is met if more is lost.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .chaos.site import Site
from .servers import Server, run

GOAL = 2.0  # seconds of typing
LONGEST = 7.0  # seconds of typing before a kill
WORDS = "They would share the well in a dry year, and leave the upper meadow open to all who ask for it. " * 12
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Round:
    """What one kill cost: `typed` and `back` count letters, `lost` seconds of typing; `exact` if no letter is wrong."""

    killed: str
    typed: int
    back: int
    lost: float
    exact: bool


class Desk:
    """A person's browser with a profile on disk, before a site; leave the `with` block to remove both."""

    def __init__(self, kind: str, playwright, *, control: bool = False):
        self.playwright, self.control = playwright, control
        self.folder = Path(tempfile.mkdtemp(prefix="peacetracker-desk-"))
        self.context = None
        self.site = Site(kind, people=2, workers=1, serve=False)
        run(["django", "collectstatic", "--no-input", "--verbosity", "0"], self.site.env)
        self.site.serve()
        self.address = f"http://127.0.0.1:{self.site.server.port}"
        self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.context:
            self.context.close()
        self.site.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self):
        """Start the browser, signed in."""
        found = next((path for path in map(shutil.which, CHROMIUM) if path), None)
        if not found:
            raise RuntimeError("Chromium is not installed here. Install it (Debian: apt install chromium).")
        root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        options = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder), executable_path=found, args=[*options, *root]
        )
        cookies = self.site.record["sessions"][-1]
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        if self.control:
            self.context.route("**/js/drafts.js", forgetful)

    def kill_browser(self):
        """Kill every process of the browser, and start it again."""
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self.is_own(entry)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.context = None
        self.open()

    def is_own(self, entry: Path) -> bool:
        """Tell whether a process is of this desk's browser: its profile is in a folder that nobody else knows."""
        try:
            return f"--user-data-dir={self.folder}".encode() in (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False

    def kill_server(self):
        """Kill the server with its workers, and start it again at the same address."""
        server = self.site.server
        for pid in [*self.site.worker_pids(), server.process.pid]:
            os.kill(pid, signal.SIGKILL)
        server.process.wait()
        server.connection.close()
        server.log.close()
        self.site.server = Server(server.process.args, self.site.env, server.port)
        self.site.server.wait()

    def round(self, killed: str, key: int, seconds: float) -> Round:
        """Type for so long into the form of a position, kill, and bring the text back."""
        form = f"{self.address}/positions/{key}/edit/"
        page = self.context.new_page()
        page.goto(form)
        page.wait_for_load_state("networkidle")
        body = page.locator("[name=body]")
        body.press("Control+A")
        moments, began = [], time.monotonic()
        for letter in WORDS:
            if time.monotonic() - began > seconds:
                break
            page.keyboard.type(letter)
            moments.append(time.monotonic())
        died = time.monotonic()
        if killed == "browser":
            self.kill_browser()
        else:
            self.kill_server()
            page.close(run_before_unload=False)
        page = self.context.new_page()
        page.goto(form)
        offer = page.locator("[data-draft]").get_by_text("Bring it back")
        back = ""
        try:
            offer.wait_for(timeout=1_500 if self.control else 10_000)
            offer.click()
            page.get_by_text("This is your draft from").wait_for(timeout=10_000)
            back = page.locator("[name=body]").input_value()
        except Exception as error:  # a form that offers nothing has lost everything
            if "Timeout" not in str(error):
                raise
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("link", name="Cancel").click()
        page.wait_for_url(lambda url: not url.endswith("/edit/"))
        page.close()
        typed = WORDS[: len(moments)]
        lost = died - moments[len(back)] if len(back) < len(moments) else 0.0
        return Round(killed, len(typed), len(back), lost, typed.startswith(back))


def forgetful(route):
    """Answer with the script of drafts, with its store in the browser taken away."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("remember();", ""))


def rounds(desk: Desk, kills: int, longest: float = LONGEST, seed: int = 1) -> Iterator[Round]:
    """Yield what so many kills cost, of the browser and of the server in turn."""
    dice = random.Random(seed)
    keys = desk.site.record["positions"]
    for n in range(kills):
        yield desk.round(("browser", "server")[n % 2], keys[n % len(keys)], dice.uniform(0.5, longest))


def main() -> int:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m benchmarks.drafts", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="of the browser and the server in turn (default: 50)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    missed = 0
    print(
        "| Killed | Times | Letters typed | Brought back | Typing lost, worst | Goal | |\n|---|---|---|---|---|---|---|"
    )
    for control in (False, True):
        with sync_playwright() as playwright, Desk(arguments.database, playwright, control=control) as desk:
            found = list(rounds(desk, 4 if control else arguments.kills))
        for killed in ("browser", "server"):
            of = [one for one in found if one.killed == killed]
            worst = max((one.lost for one in of), default=0.0)
            met = (worst > GOAL) if control else (worst <= GOAL and all(one.exact for one in of))
            name = f"{killed}, control" if control else killed
            verdict = "met" if met else "**missed**"
            if control and killed == "server":
                continue  # the page outlives the server, and sends what it holds as it is left
            missed += not met
            letters, back = sum(one.typed for one in of), sum(one.back for one in of)
            goal = f"{'more than' if control else 'at most'} {GOAL:.0f} s"
            print(f"| {name} | {len(of)} | {letters:,} | {back:,} | {worst:.2f} s | {goal} | {verdict} |")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
