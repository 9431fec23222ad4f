"""Read settings from the environment, loudly: a bad value stops the start with a sentence that says what to write."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name, default=None):
    """Return the variable as text; without a default it must be set."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it in the environment; README, “Settings”, says to what.")
    return value


def flag(name, default):
    """Return the variable as a truth value."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Write 1 or 0.")


def number(name, default):
    """Return the variable as a whole number of 0 or more."""
    value = os.environ.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number.")
    return int(value)


def names(name, default=()):
    """Return the variable as a list, written with commas between its items."""
    value = os.environ.get(name)
    if value is None:
        return list(default)
    return [item.strip() for item in value.split(",") if item.strip()]


def choice(name, default, allowed):
    """Return the variable, which must be one of the allowed words."""
    value = os.environ.get(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write one of: {', '.join(allowed)}.")
    return value


def database(name, default):
    """Return the ENGINE, NAME, USER … of a database address: sqlite:///file or postgresql://user:word@host:port/name.

    A query string goes to OPTIONS as it is (`?sslmode=require`; a socket folder as `?host=/run/postgresql`).
    """
    value = os.environ.get(name) or default
    parts = urlsplit(value)
    options = dict(parse_qsl(parts.query))
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path[1:]), "OPTIONS": options}
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or options.pop("port", "")),
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        f"{name} starts with {parts.scheme!r}. Write postgresql://user:password@host:port/name or sqlite:///file."
    )


def mail(name, default=None):
    """Return the EMAIL_… settings of a mail server's address: smtp://user:word@host:587, smtps://…, or console:.

    `smtp` turns to TLS after the greeting, `smtps` speaks it from the start; `console` prints every message.
    """
    value = text(name, default)
    parts = urlsplit(value)
    if value == "console:":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme in {"smtp", "smtps"} and parts.hostname:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": parts.scheme == "smtp",
            "EMAIL_USE_SSL": parts.scheme == "smtps",
        }
    raise ImproperlyConfigured(
        f"{name} is no address of a mail server. Write smtp://user:password@host:587, smtps://… or console:."
    )
