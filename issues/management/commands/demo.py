"""Serve the site with its data set on this machine, making what is missing first."""

import errno
import hashlib
import ipaddress
import json
import os
import socket
import sys
from argparse import ArgumentTypeError
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.crypto import get_random_string
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from issues.choices import MembershipRole
from issues.models import Membership, Process

FIXTURES = settings.BASE_DIR / "fixtures"
DATABASE = settings.DATA_DIR / "peacetracker.sqlite3"
STATIC_STAMP = settings.DATA_DIR / "static-collected"
ACCOUNTS = {
    "anna": (MembershipRole.ANALYST, {"first_name": "Anna"}),
    "carl": (MembershipRole.CURATOR, {"first_name": "Carl", "is_staff": True}),
}


class Command(BaseCommand):
    help = "Make what is missing (database, data set, two accounts, static files) and serve the site on this machine."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=port_number, default=8000, help="port to serve on (default: 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: this machine only)")
        parser.add_argument("--reset", action="store_true", help="delete the demo database and make it anew")
        parser.add_argument("--password", help="the password of both accounts, in place of random ones")

    def handle(self, *, port, host, reset, password, **options):
        if settings.PRODUCTION:
            raise CommandError("The demo does not run in production mode. Unset PEACETRACKER_MODE.")
        if password == "":
            raise CommandError("--password is empty. Write a password, or leave the option out for random ones.")
        address = listening_address(host, port)
        try:
            if reset:
                self.reset()
            self.make_database()
            self.load_data_set()
            self.collect_static_files()
            self.make_accounts(password)
        except KeyboardInterrupt:
            raise CommandError("Stopped. The same command goes on from here.", returncode=130) from None
        except (OSError, OperationalError) as error:
            if getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in str(error):
                raise CommandError(f"The disk of {settings.DATA_DIR} is full. Make room, then run it again.") from None
            raise
        self.serve(host, address, port)

    def reset(self):
        """Delete the demo's own database, and no other."""
        if connection.vendor != "sqlite" or Path(connection.settings_dict["NAME"]) != DATABASE:
            raise CommandError(
                "--reset deletes only the demo’s own SQLite file, but DATABASE_URL names another database. Unset it."
            )
        connection.close()
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{DATABASE}{ending}").unlink(missing_ok=True)

    def make_database(self):
        """Bring the tables up to date."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Making the database …")
            call_command("migrate", verbosity=0, interactive=False)

    def load_data_set(self):
        """Load each process of `fixtures/` that the database does not know."""
        for file in sorted(FIXTURES.glob("*.json")):
            slug = json.loads(file.read_text(encoding="utf-8"))["process"]["slug"]
            if not Process.objects.filter(slug=slug).exists():
                self.say("Loading the data set …")
                call_command("load_process", str(file), stdout=self.stdout, stderr=self.stderr)

    def collect_static_files(self):
        """Fingerprint and compress the static files if one of them changed since the last time."""
        found = [(path, os.stat(storage.path(path))) for finder in get_finders() for path, storage in finder.list([])]
        sizes = sorted((path, stat.st_size, stat.st_mtime_ns) for path, stat in found)
        state = hashlib.sha256(repr(sizes).encode()).hexdigest()
        manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
        if not manifest.exists() or not STATIC_STAMP.exists() or STATIC_STAMP.read_text() != state:
            self.say("Collecting the static files …")
            call_command("collectstatic", verbosity=0, interactive=False)
            STATIC_STAMP.write_text(state)

    def make_accounts(self, password):
        """Make the accounts that are missing, members of every process, and print each new password this once."""
        for name, (role, fields) in ACCOUNTS.items():
            with transaction.atomic():
                user, created = get_user_model().objects.get_or_create(username=name, defaults=fields)
                if not created and not password:
                    continue
                secret = password or get_random_string(12)
                user.set_password(secret)
                user.save()
                for process in Process.objects.all() if created else ():
                    Membership.objects.create(process=process, user=user, role=role)
            self.say(f"Account: {name} ({role.label.lower()}), password: {secret}")

    def serve(self, host, address, port):
        """Serve until Ctrl+C or SIGTERM."""
        name = f"[{host}]" if ":" in host else host
        everywhere = ipaddress.ip_address(address).is_unspecified
        settings.ALLOWED_HOSTS = ["*"] if everywhere else [*settings.ALLOWED_HOSTS, name]
        os.environ["ALLOWED_HOSTS"] = ",".join(settings.ALLOWED_HOSTS)  # for a worker that loads the settings anew
        place = f"http://{'localhost' if everywhere else name}:{port}/"
        others = " and at every other address of this machine" if everywhere else ""
        connections.close_all()  # the worker is a fork, which must not share them
        server = Granian(
            settings.WSGI_APPLICATION.replace(".application", ":application"),
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=4,
            workers_kill_timeout=3,  # seconds; a worker that misses its signal must not keep Ctrl+C waiting
            log_level=LogLevels.error,
        )
        server.on_startup(lambda: self.say(f"Peacetracker is at {place}{others} (Ctrl+C stops it)"))
        server.serve()

    def say(self, line):
        """Print a line at once, even into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def port_number(text: str) -> int:
    """Return a port from the command line."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text!r} is not a port. Write a number from 1 to 65535.")
    return int(text)


def listening_address(host: str, port: int) -> str:
    """Return the numeric address of a host name of this machine, free to serve on; raise CommandError otherwise."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":  # where it would let two servers share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            advice = f"Stop what runs there, or choose another port: --port {free_port(family, place[0])}"
            raise CommandError(f"Port {port} is in use already. {advice}") from None
        if error.errno == errno.EACCES:
            raise CommandError(f"Port {port} is for administrators. Choose one from 1024 on: --port 8000") from None
        raise CommandError(f"--host {host} is not an address of this machine. Try --host 127.0.0.1") from None
    return place[0]


def free_port(family: int, address: str) -> int:
    """Return a port that is free now."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]
