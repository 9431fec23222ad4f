"""From nothing but Python to an environment, and one clear sentence wherever that cannot be."""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from peacetracker import bootstrap

ROOT = Path(__file__).parent.parent
MANAGE = """import sys
from peacetracker import bootstrap
bootstrap.prepare(sys.argv)
print("ready")
"""
# Stands in for uv: notes how it was called, and leaves a Python that has everything.
FAKE_UV = f"""#!/bin/sh
[ "$1" = --version ] && exit 0
echo "$1 $2" >> calls
[ -n "$FAULT" ] && [ "$1" = pip ] && {{ eval "$FAULT"; exit $?; }}
mkdir -p .venv/bin && printf '#!/bin/sh\\nexec {sys.executable} "$@"\\n' > .venv/bin/python && chmod +x .venv/bin/python
"""


class Checkout:
    """A copy of what the bootstrap needs, run by a Python without packages."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "peacetracker").mkdir()
        shutil.copy(ROOT / "peacetracker" / "bootstrap.py", folder / "peacetracker")
        for file in ROOT.glob("requirements*"):
            shutil.copy(file, folder)
        (folder / "manage.py").write_text(MANAGE)
        (folder / "bin").mkdir()
        (folder / "tmp").mkdir()

    def with_fake_uv(self):
        uv = self.folder / "bin" / "uv"
        uv.write_text(FAKE_UV)
        uv.chmod(0o755)
        return self

    def run(self, *arguments, python=(sys.executable, "-S"), path="", **variables):
        """Run the command; without `path` there is only the checkout's own uv, if any, on PATH."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
        kept |= {"PATH": f"{self.folder / 'bin'}:{path or '/usr/bin:/bin'}", "TMPDIR": str(self.folder / "tmp")}
        return subprocess.run(
            [*python, "manage.py", *arguments],
            cwd=self.folder,
            env=kept | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self) -> list[str]:
        """Return how the stand-in was called since the last time."""
        file = self.folder / "calls"
        calls = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return calls


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def closed_address():
    """Return the address of a registry where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}/simple"


def last_line(result) -> str:
    """Return the sentence that a failed run ended with, having checked that it failed without a traceback."""
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()[-1]


def test_it_makes_the_environment_once_and_again_when_the_lock_changes(checkout):
    checkout.with_fake_uv()
    first = checkout.run("demo")
    assert first.stdout == "ready\n"
    assert checkout.calls() == ["venv --allow-existing", "pip install"]
    assert re.search(r"Installing \d+ packages with uv", first.stderr)
    second = checkout.run("demo")
    assert (second.stdout, second.stderr, checkout.calls()) == ("ready\n", "", [])
    with (checkout.folder / "requirements.txt").open("a") as lock:
        lock.write("# a newer lock\n")
    assert checkout.run("demo").stdout == "ready\n"
    assert "pip install" in checkout.calls()


def test_the_packages_for_tests_contain_those_of_the_demo_and_not_the_other_way_round(checkout):
    checkout.with_fake_uv().run("demo")
    checkout.calls()
    checkout.run("test")
    assert "pip install" in checkout.calls()
    checkout.run("demo")
    assert checkout.calls() == []


def test_an_interrupted_install_is_repaired_by_the_next_run(checkout):
    checkout.with_fake_uv()
    assert "was cut short" in last_line(checkout.run("demo", FAULT="echo 'error: it was cut short'; false"))
    checkout.calls()
    assert checkout.run("demo").stdout == "ready\n"
    assert "pip install" in checkout.calls()


def test_an_interrupted_update_is_repaired_even_if_the_lock_goes_back(checkout):
    checkout.with_fake_uv().run("demo")
    lock = checkout.folder / "requirements.txt"
    before = lock.read_text()
    lock.write_text(before + "# a newer lock\n")
    assert checkout.run("demo", FAULT="false").returncode == 1
    lock.write_text(before)
    checkout.calls()
    checkout.run("demo")
    assert "pip install" in checkout.calls()


def test_whoever_has_the_packages_is_left_alone(checkout):
    checkout.with_fake_uv()
    for command in ("demo", "test"):
        result = checkout.run(command, python=(sys.executable,))
        assert (result.stdout, result.stderr) == ("ready\n", "")
    assert checkout.calls() == []
    assert not (checkout.folder / ".venv").exists()


def test_other_commands_are_none_of_its_business(checkout):
    checkout.with_fake_uv()
    assert checkout.run("migrate").stdout == "ready\n"
    assert checkout.calls() == []


@pytest.mark.parametrize(
    ("stamp", "made"), [(None, []), ("requirements.txt 0\n", ["requirements.txt"])], ids=["own", "made here, stale"]
)
def test_inside_the_environment_only_a_stale_stamp_counts(monkeypatch, tmp_path, stamp, made):
    done = []
    monkeypatch.setattr(bootstrap, "VENV", sys.prefix)
    monkeypatch.setattr(bootstrap, "STAMP", str(tmp_path / "stamp"))
    monkeypatch.setattr(bootstrap, "make", done.append)
    if stamp:
        (tmp_path / "stamp").write_text(stamp)
    bootstrap.prepare(["manage.py", "demo"])
    assert done == made


def test_a_python_that_is_too_old_is_told_so(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.10\."):
        bootstrap.prepare(["manage.py", "demo"])


@pytest.mark.parametrize("file", ["manage.py", "peacetracker/__init__.py", "peacetracker/bootstrap.py"])
def test_old_pythons_can_read_the_file_that_tells_them(file):
    ast.parse((ROOT / file).read_text(), feature_version=(3, 6))


def test_a_missing_venv_module_is_named_with_its_package(monkeypatch, tmp_path):
    find_spec = bootstrap.importlib.util.find_spec
    stamp = tmp_path / "stamp"
    stamp.write_text("requirements.txt 0\n")
    monkeypatch.setattr(bootstrap, "STAMP", str(stamp))
    monkeypatch.setattr(bootstrap, "which", lambda program: None)
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find_spec(name)
    )
    with pytest.raises(SystemExit, match=rf"apt install python3\.{sys.version_info[1]}-venv"):
        bootstrap.make("requirements.txt")
    assert stamp.exists(), "what is there was not touched"


def test_a_broken_venv_module_is_named_too(checkout):
    # `python -m` finds it in the working folder, before the real one.
    (checkout.folder / "venv.py").write_text("raise SystemExit('ensurepip is not available')")
    assert "-venv" in last_line(checkout.run("demo"))


def test_a_disk_that_fills_up_in_the_client_is_named(checkout):
    fault = "echo 'error: failed to write: No space left on device (os error 28)'; false"
    assert last_line(checkout.with_fake_uv().run("demo", FAULT=fault)).startswith("The disk is full: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, the device that is always full")
def test_a_disk_that_fills_up_under_the_last_write_is_named(checkout):
    fault = "ln -s /dev/full .venv/installed-locks"
    assert last_line(checkout.with_fake_uv().run("demo", FAULT=fault)).startswith("The disk is full: ")


def test_a_package_that_is_not_the_locked_one_is_refused(checkout):
    fault = "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'; false"
    assert "differs from the one that was locked" in last_line(checkout.with_fake_uv().run("demo", FAULT=fault))


@pytest.mark.skipif(not bootstrap.which("uv"), reason="needs uv on PATH")
def test_uv_without_a_registry_says_how_to_go_on(checkout, closed_address):
    settings = {"UV_DEFAULT_INDEX": closed_address, "UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1", "UV_NO_CONFIG": "1"}
    sentence = last_line(checkout.run("demo", path=os.environ["PATH"], **settings))
    assert sentence.startswith("uv cannot reach the package registry")
    assert "UV_DEFAULT_INDEX" in sentence


def test_pip_without_a_registry_says_how_to_go_on(checkout, closed_address):
    settings = {"PIP_INDEX_URL": closed_address, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    sentence = last_line(checkout.run("demo", PIP_CONFIG_FILE=os.devnull, **settings))
    assert sentence.startswith("pip cannot reach the package registry")
    assert "PIP_INDEX_URL" in sentence


@pytest.mark.parametrize(
    "line",
    [
        "error: Failed to fetch: Caused by: dns error: failed to lookup address information: Name or service not known",
        "WARNING: Retrying (Retry(total=4)) after connection broken by 'ReadTimeoutError(\"Read timed out.\")'",
        "ERROR: Could not find a version that satisfies the requirement asgiref==3.13.0 (from versions: none)",
    ],
)
def test_it_knows_an_unreachable_registry_by_what_the_clients_say(line):
    sentence = bootstrap.sentence_for_output("uv", [line, "error: and so nothing was installed"])
    assert "cannot reach the package registry" in sentence


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==\S+", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_lock_for_tests_holds_every_pin_of_the_demo():
    assert pins("requirements.txt") < pins("requirements-dev.txt")


def test_the_locks_were_made_for_what_the_project_asks_for():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = lambda name: sorted(line for line in (ROOT / name).read_text().split("\n") if line and line[0] != "-")  # noqa: E731
    assert asked("requirements.in") == sorted(project["project"]["dependencies"])
    assert asked("requirements-dev.in") == sorted(project["dependency-groups"]["dev"])
