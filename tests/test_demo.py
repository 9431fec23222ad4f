"""One command serves the site, keeps what is in it, and ends in a sentence where it cannot."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parent.parent


class Demo:
    """The demo of one data folder on one port, each run a process of its own."""

    def __init__(self, data: Path):
        self.data, self.port = data, free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self, *options) -> subprocess.Popen:
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "ALLOWED_HOSTS"}}
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(self.port), *options],
            cwd=ROOT,
            env=kept | {"PEACETRACKER_DATA_DIR": str(self.data)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def running(self, *options, ended_by=signal.SIGTERM):
        """Run the demo until the block ends; `said` holds what it printed, after the block all of it."""
        process = self.process = self.start(*options)
        said: list[str] = []
        try:
            for line in process.stdout:
                said.append(line)
                if "at http" in line:
                    break
            assert process.poll() is None and "at http" in said[-1], said
            yield said
        finally:
            process.send_signal(ended_by)
            said.append(process.communicate(timeout=20)[0])
        assert process.returncode == 0, said
        assert "Traceback" not in "".join(said)

    def get(self, path: str) -> str:
        """Return a page of the running demo, waiting for it to come up."""
        deadline = time.monotonic() + 20
        while True:
            try:
                with urlopen(self.address + path, timeout=10) as answer:
                    return answer.read().decode()
            except URLError as error:
                if time.monotonic() > deadline or self.process.poll() is not None or hasattr(error, "code"):
                    raise
                time.sleep(0.05)

    def sql(self, statement: str) -> list[tuple]:
        """Run one statement on the demo's database, past the application."""
        connection = sqlite3.connect(self.data / "peacetracker.sqlite3")
        with connection:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return a demo that ran once."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    with demo.running() as demo.first_words:
        demo.first_page = demo.get("/")
        demo.style = demo.get(re.search(r'href="(/static/[^"]+\.css)"', demo.first_page).group(1))
    return demo


def test_the_first_run_loads_the_talks_and_prints_two_passwords(demo):
    words = "".join(demo.first_words)
    assert len(re.findall(r"Account: (?:anna|carl) .*password: \S{12}\n", words)) == 2
    assert f"Peacetracker is at {demo.address}/" in words
    name = demo.sql("SELECT name FROM issues_process")[0][0]
    assert name in demo.first_page


def test_its_static_files_are_fingerprinted(demo):
    assert re.search(r"/static/css/\w+\.[0-9a-f]{12}\.css", demo.first_page)
    assert "{" in demo.style


def test_its_accounts_have_their_roles(demo):
    roles = demo.sql(
        "SELECT username, role, is_staff FROM auth_user JOIN issues_membership m ON m.user_id = auth_user.id ORDER BY 1"
    )
    assert roles == [("anna", "analyst", 0), ("carl", "curator", 1)]


def test_a_second_run_keeps_everything_and_prints_no_password(demo):
    demo.sql("UPDATE issues_process SET question = 'What was kept?'")
    with demo.running(ended_by=signal.SIGINT) as words:
        assert "What was kept?" in demo.get("/")
    assert "password" not in "".join(words)
    assert "Loading" not in "".join(words)
    assert "Collecting" not in "".join(words)


def test_reset_begins_anew_a_given_password_is_for_both_and_another_host_is_answered_when_asked_for(demo):
    before = demo.sql("SELECT password FROM auth_user ORDER BY username")
    demo.sql("UPDATE issues_process SET question = 'What was kept?'")
    with demo.running("--reset", "--password", "one for both", "--host", "127.0.0.2") as words:
        demo.address = f"http://127.0.0.2:{demo.port}"
        assert "What was kept?" not in demo.get("/")
    assert f"at http://127.0.0.2:{demo.port}/" in "".join(words)
    assert "".join(words).count("password: one for both") == 2
    assert not set(before) & set(demo.sql("SELECT password FROM auth_user ORDER BY username"))


def refusal(*arguments, **options) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("demo", *arguments, **options)
    return str(refused.value)


def test_a_port_in_use_is_named_with_a_free_one():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        sentence = refusal(port=port)
    assert f"Port {port} is in use already." in sentence
    assert re.search(r"--port \d+$", sentence)


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "٨٠"])
def test_a_port_that_is_none_is_named(port):
    assert f"{port!r} is not a port" in refusal(f"--port={port}")


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_host_that_is_not_here_is_named(host):
    assert f"--host {host} is not an address of this machine" in refusal(host=host)


def test_an_empty_password_is_refused():
    assert "--password is empty" in refusal(password="")


def test_it_does_not_run_in_production(settings):
    settings.PRODUCTION = True
    assert "does not run in production" in refusal()


def test_reset_touches_no_other_database(db):
    assert "--reset deletes only the demo’s own SQLite file" in refusal(reset=True, port=free_port())
