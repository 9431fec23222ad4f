"""What can be wrong with a backup, or with the place where it should go."""


class Refused(Exception):
    """The backup was not restored, and nothing was written; the text says why and what to do."""
