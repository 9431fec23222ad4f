"""A database of its own, the site over it with several workers, and the writers: what is put under strain."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from tests.cluster import Cluster

from ..servers import ROOT, Server, environment, free_port, run
from .check import Found
from .record import SHARED
from .writers import Task

READY = 30  # seconds within which a worker or a database must be back


class Site:
    """Leave the `with` block to stop it and remove all that it kept. `breaks` names a rule for it to break."""

    def __init__(
        self, kind: str, *, people: int = 20, workers: int = 4, threads: int = 4, breaks="", serve=True, **durability
    ):
        self.people, self.workers, self.threads = people, workers, threads
        self.folder = Path(tempfile.mkdtemp(prefix="peacetracker-chaos-"))
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.cluster = Cluster(**durability) if kind == "postgresql" else None
        self.server = None
        try:
            url = self.cluster.url("postgres") if self.cluster else f"sqlite:///{self.folder / 'site.sqlite3'}"
            settings = "benchmarks.chaos.settings"
            self.env = environment(self.folder, url, DJANGO_SETTINGS_MODULE=settings, CHAOS_BREAKS=breaks)
            self.record = self.ask("record", str(people)) | {"shared": SHARED}
            if serve:
                self.serve()
        except BaseException:
            self.stop()
            raise

    def serve(self, **more: str):
        """Start the site as the README says to run it in production, in place of the one that runs."""
        if self.server:
            self.server.stop()
        port = free_port()
        options = ["--interface", "wsgi", "--workers", str(self.workers), "--blocking-threads", str(self.threads)]
        place = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
        command = ["granian", *options, "--respawn-failed-workers", *place, "benchmarks.chaos.wsgi:application"]
        self.server = Server([sys.executable, "-m", *command], self.env | more, port)
        self.server.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.server:
            workers = self.worker_pids() if self.server.process.poll() is None else []
            self.server.stop()
            for pid in workers:  # one that Granian did not end in time would stay behind
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.cluster:
            self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name: str, behaviour: str, edits: int, writers: int, *, loader=False, **more) -> Found:
        """Let so many writers make so many edits, and compare all logs so far with the database."""
        process = self.start_writers(name, behaviour, edits, writers, **more)
        loading = self.start_loader() if loader else None
        try:
            finish(process)
        finally:
            if loading:
                self.say_stop(loading)
        return self.check()

    def start_writers(self, name: str, behaviour: str, edits: int, writers: int, **more) -> subprocess.Popen:
        """Start so many writers, each a process."""
        task = Task(name, behaviour, edits, writers, self.server.port, str(self.logs), self.record, **more)
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chaos.writers"], cwd=ROOT, stdin=subprocess.PIPE, text=True
        )
        process.stdin.write(json.dumps(asdict(task)))
        process.stdin.close()
        return process

    def say_stop(self, process: subprocess.Popen):
        """Let writers or the loader end what they are at, and wait for them."""
        (self.logs / "stop").touch()
        finish(process)
        (self.logs / "stop").unlink()

    def start_loader(self) -> subprocess.Popen:
        """Start to load a document over and over, until `say_stop`."""
        command = [sys.executable, "-m", "benchmarks.chaos.loader", str(self.logs), str(self.people)]
        return subprocess.Popen(command, cwd=ROOT, env=self.env)

    def check(self) -> Found:
        """Compare the logs of all writers so far with the database."""
        return Found(**self.ask("check", str(self.logs)))

    def ask(self, module: str, argument: str) -> dict:
        """Run a module of the harness on the database and return what it prints."""
        return json.loads(run([f"benchmarks.chaos.{module}", argument], self.env))

    def errors(self) -> int:
        """Return how many errors of the database the server has logged."""
        text = Path(self.server.log.name).read_text()
        return text.count("database is locked") + text.count("deadlock detected")

    # Killing

    def worker_pids(self) -> list[int]:
        """Return the processes that answer, in the order in which they were started."""
        task = Path(f"/proc/{self.server.process.pid}/task/{self.server.process.pid}/children")
        return [int(pid) for pid in task.read_text().split() if is_worker(int(pid))]

    def kill_worker(self) -> float:
        """Kill the oldest worker as a crash would; return the seconds until there are as many again, and an answer.

        The oldest, because a worker that dies within seconds of its start makes Granian give up.
        """
        before, began = self.worker_pids(), time.monotonic()
        os.kill(before[0], signal.SIGKILL)
        return self._until(lambda: len([pid for pid in self.worker_pids() if pid != before[0]]) >= self.workers, began)

    def kill_database(self) -> float:
        """Kill PostgreSQL with all its processes, start it again, and return the seconds until the site answers."""
        self.cluster.kill()
        began = time.monotonic()
        self.cluster.start()
        return self._until(lambda: True, began)

    def _until(self, back, began: float) -> float:
        while time.monotonic() - began < READY:
            if back() and self._answers():
                break
            time.sleep(0.02)
        return time.monotonic() - began

    def _answers(self) -> bool:
        try:
            return self.server.ask("/healthz")[0] == 200
        except OSError:
            self.server.connection.close()
            return False


def is_worker(pid: int) -> bool:
    """Tell whether a child of the server lives and serves; Python's own tracker of resources does not."""
    try:
        return "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text() and (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False


def finish(process: subprocess.Popen):
    """Wait until a process has ended; raise RuntimeError unless it ended well."""
    if process.wait():
        raise RuntimeError(f"{process.args[2]} ended with status {process.returncode}.")
