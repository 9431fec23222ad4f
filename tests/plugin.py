"""Prepare a run before Django's settings load: choose its database, keep everything else of this machine out.

pytest loads it through `-p tests.plugin` in pyproject.toml; `python3 manage.py test` and plain `pytest` alike.
"""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from _pytest import runner

from .cluster import Cluster, NotInstalled

# Settings that a developer's shell may hold and that a test run must not see.
FOREIGN = (
    "PEACETRACKER_MODE",
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "BEHIND_PROXY",
    "REQUIRE_MFA",
    "EMAIL_URL",
    "EMAIL_FROM",
)

run: dict = {}

# Python keeps the frames of calls in pieces of 16 kB, and takes and gives back a whole piece at each call that begins
# a new one: https://github.com/python/cpython/issues/142183. A test calls so often at such a depth that this takes a
# tenth of its time. Below a function with so many names there is a larger piece, in which there is room for all.
NAMES = " = ".join(f"a{n}" for n in range(17_000))
ROOMY = f"def roomy(call, *given):\n    if call is None:\n        {NAMES} = None\n    return call(*given)"


def pytest_addoption(parser):
    group = parser.getgroup("peacetracker")
    group.addoption("--long", action="store_true", help="ask and try much more, where a test can; takes many minutes")
    group.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        help="the database of the whole run: SQLite, or a throwaway PostgreSQL server started for it. "
        "Default: the one that DATABASE_URL names, else SQLite",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    options = early_config.known_args_namespace
    if os.environ.get("PYTEST_XDIST_WORKER") or options.help or options.version:
        return  # a worker finds in its environment what the run's main process put there
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that SIGTERM clears up as Ctrl+C does
    for name in FOREIGN:
        os.environ.pop(name, None)
    run["data"] = Path(tempfile.mkdtemp(prefix="peacetracker-tests-", dir=memory()))
    (run["data"] / "static").mkdir()
    os.environ["PEACETRACKER_DATA_DIR"] = str(run["data"])
    scheme = os.environ.get("DATABASE_URL", "sqlite:").partition(":")[0]
    if options.database == "sqlite" and scheme != "sqlite":
        del os.environ["DATABASE_URL"]
    if options.database == "postgresql" and scheme not in {"postgres", "postgresql"}:
        try:
            run["cluster"] = Cluster()
        except NotInstalled as error:
            raise pytest.UsageError(str(error)) from None
        os.environ["DATABASE_URL"] = run["cluster"].url()


def memory() -> str | None:
    """Return a folder kept in memory, where waiting for the disk costs nothing; None where there is no such room."""
    folder = "/dev/shm"
    roomy = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 500_000_000
    return folder if roomy else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if "roomy" not in run:
        space: dict = {}
        exec(ROOMY, space)
        run["roomy"] = space["roomy"]
    return run["roomy"](runner.pytest_runtest_protocol, item, nextitem)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    if "cluster" in run:
        run.pop("cluster").stop()
    if "data" in run:
        shutil.rmtree(run.pop("data"), ignore_errors=True)


def absent(sentence: str):
    """Skip the test that lacks a program, saying what to install; under CI, where nothing may lack, fail it."""
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
