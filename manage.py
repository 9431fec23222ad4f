#!/usr/bin/env python3
"""Run Peacetracker's commands; `demo` and `test` first make what they need."""

import os
import sys

from peacetracker import bootstrap


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peacetracker.settings")
    bootstrap.prepare(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
