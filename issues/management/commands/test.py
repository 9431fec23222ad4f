"""Run the test suite with pytest."""

import os
import subprocess
import sys
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the test suite with pytest. Every option and path goes to pytest as it is."

    def run_from_argv(self, argv):
        """Hand the arguments to pytest unread, in a new process: it chooses the database before settings load."""
        command = [sys.executable, "-m", "pytest", *argv[2:]]
        if is_whole_suite(argv[2:]):
            os.chdir(settings.BASE_DIR)
            # One more than there are cores: a test in a browser leaves them idle now and then.
            command += ["-n", str(min(4, (os.cpu_count() or 1) + 1)), "--dist", "worksteal"]
            # Its many processes compile each module once together, and not each for itself.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        if os.name == "nt":
            raise SystemExit(subprocess.call(command))
        os.execv(sys.executable, command)


def is_whole_suite(arguments: list[str]) -> bool:
    """Tell whether the arguments select no tests: all of them run faster in parallel, a few of them slower."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--database")
    return set(parser.parse_known_args(arguments)[1]) <= {"-q", "-v", "-vv", "-x", "--long"}
