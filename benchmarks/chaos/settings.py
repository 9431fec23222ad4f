"""The site's own settings, without collected files; CHAOS_BREAKS=locks waits for no lock of SQLite."""

import os

from peacetracker.settings import *  # noqa: F403
from peacetracker.settings import DATABASES, STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

if os.environ.get("CHAOS_BREAKS") == "locks":
    DATABASES["default"]["OPTIONS"] |= {"transaction_mode": None, "timeout": 0}
