"""Start a throwaway PostgreSQL server from the binaries on this machine."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

ROLE = "peacetracker"
# Nothing here has to outlive a power cut; that a killed server keeps what it acknowledged is another matter.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


class NotInstalled(Exception):
    """There are no PostgreSQL binaries here."""


def binaries() -> Path:
    """Return the folder with `initdb` and `postgres`, on PATH or where Debian puts it; raise NotInstalled."""
    on_path = shutil.which("initdb")
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = [Path(on_path).resolve()] if on_path else sorted(debian, key=lambda file: int(file.parts[-3]))
    if not found:
        raise NotInstalled("PostgreSQL is not installed here. Install it (Debian: apt install postgresql).")
    return found[-1].parent


class Cluster:
    """A server of its own in a temporary folder, reached only through a socket there. Call `stop` at the end.

    Further arguments are settings of the server, in place of those that make it quick.
    """

    def __init__(self, **settings: str):
        self.programs = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.folder / "data"
        self.settings = QUICK | {"listen_addresses": "", "unix_socket_directories": str(self.folder)} | settings
        self.process = None
        try:
            self._make()
            self.start()
        except BaseException:
            self.stop()
            raise

    def _make(self):
        self.options = {"cwd": self.folder, "stdin": subprocess.DEVNULL, "text": True, "env": _environment()}
        if os.geteuid() == 0:  # as which PostgreSQL refuses to run
            owner = _unprivileged()
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        initdb = [
            self.programs / "initdb",
            "-D",
            self.data,
            "-U",
            ROLE,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
        ]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **self.options)

    def start(self):
        """Start the server and wait until it answers."""
        self.log = (self.folder / "log").open("w+")
        self.process = subprocess.Popen(
            [
                self.programs / "postgres",
                "-D",
                self.data,
                *(f"--{name}={value}" for name, value in self.settings.items()),
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C ends the tests first; they stop the server themselves
            **self.options,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.log.seek(0)
                    raise RuntimeError(f"PostgreSQL did not start: {self.log.read() or error}") from error
                time.sleep(0.05)

    def url(self, database: str = ROLE) -> str:
        """Return the address of a database on the server, as DATABASE_URL takes it."""
        return f"postgresql://{ROLE}@/{database}?host={self.folder}"

    def kill(self):
        """End the server and every process of it as a crash would; `start` brings it back."""
        pid = self.process.pid
        os.kill(pid, signal.SIGSTOP)  # so that it starts no further process meanwhile
        family = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for one in (pid, *family):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.process.wait()
        # On a busy machine they take a while to die, and a server does not start beside what is left of the one before.
        deadline = time.monotonic() + 30
        while any(map(_lives, family)) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.log.close()

    def stop(self):
        """Stop the server at once and remove all that it kept."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    """Tell whether a process still holds what it had; one that only waits to be counted does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _environment():
    """Return the environment without what would steer the server elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _unprivileged():
    """Return the account to run the server as in place of root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotInstalled("PostgreSQL does not run as root, and there is no user “postgres” or “nobody” to run it as.")
