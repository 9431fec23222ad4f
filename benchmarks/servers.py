"""Start the site under Granian on loopback, and ask it for pages."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = 30  # seconds a server may take to answer
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class WrongAnswer(Exception):
    """An answer was not what the case expects; measuring it would mean nothing."""


def environment(folder: Path, database: str | None, **more: str) -> dict[str, str]:
    """Return the variables for a command on a data folder and a database, with none of the caller's own settings."""
    dropped = {"DEBUG", "DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "PEACETRACKER_MODE", "SQLITE_JOURNAL"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    kept |= {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "PEACETRACKER_DATA_DIR": str(folder),
        "PAGE_MEMORY_MB": "0",  # pages are measured as they are made, unless a case says otherwise
    }
    return kept | ({"DATABASE_URL": database} if database else {}) | more


def run(arguments: list[str], env: dict[str, str]) -> str:
    """Run a Python module of the checkout to its end and return what it printed; raise RuntimeError if it fails."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running site, with one connection kept open to it. Leave the `with` block to stop it."""

    def __init__(self, command: list[str], env: dict[str, str], port: int):
        self.port, self.lengths = port, {}
        self.began = time.perf_counter()
        self.log = (Path(env["PEACETRACKER_DATA_DIR"]) / f"server-{port}.log").open("w+")
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=self.log, stderr=subprocess.STDOUT)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    @classmethod
    def granian(cls, env: dict[str, str]) -> "Server":
        """Start the site with one worker of four threads, as `demo` does."""
        port = free_port()
        options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
        place = ["--host", "127.0.0.1", "--port", str(port), "peacetracker.wsgi:application"]
        return cls([sys.executable, "-m", "granian", *options, *place], env, port)

    def __enter__(self):
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def wait(self) -> float:
        """Wait until the site answers; return the seconds since it was started."""
        while True:
            try:
                if self.ask("/healthz")[0] == 200:
                    return time.perf_counter() - self.began
            except OSError:
                self.connection.close()
            if self.process.poll() is not None or time.perf_counter() - self.began > START:
                self.log.seek(0)
                raise RuntimeError(f"The server did not start:\n{self.log.read()[-2000:]}")
            time.sleep(0.02)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def ask(self, address: str) -> tuple[int, bytes]:
        """Return the status and the body of an answer; a connection that was closed while idle is opened again."""
        try:
            self.connection.request("GET", address)
            response = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            self.connection.close()
            self.connection.request("GET", address)
            response = self.connection.getresponse()
        return response.status, response.read()

    def check(self, address: str, word: str) -> float:
        """Ask for a page and return the seconds it took; raise WrongAnswer unless it is the page it was before."""
        began = time.perf_counter()
        status, body = self.ask(address)
        took = time.perf_counter() - began
        length = self.lengths.setdefault(address, len(body))
        if status != 200 or len(body) != length or len(body) < 1000 or word.encode() not in body:
            raise WrongAnswer(f"{address}: status {status}, {len(body)} bytes (before: {length}), looking for {word!r}")
        return took

    def cpu(self) -> float | None:
        """Return the seconds of processor time that the server has used, its workers' included; None if not known."""
        total, family = 0, {self.process.pid}
        try:
            entries = sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())
        except OSError:
            return None
        for pid in entries:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if pid in family or int(fields[1]) in family:
                family.add(pid)
                total += int(fields[11]) + int(fields[12])
        return total / TICKS
