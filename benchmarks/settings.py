"""The site's own settings; only one address is added, that of the anchor."""

from peacetracker.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
