"""The rules by which a process’s record was made, in reading order."""

from ..models import Process

RULES = (
    ("method", "How the facts were read"),
    ("neutrality", "Wording"),
    ("status_rule", "When a status changes"),
    ("placement_rule", "How positions are placed on a scale"),
    ("numbering_rule", "How compromises are numbered"),
    ("editorial_note", "Whose judgement it is"),
)


def rules(process: Process) -> list[tuple[str, str]]:
    """Return (title, text) of the rules that the process’s document states. No SQL query."""
    return [(title, process.method[key]) for key, title in RULES if isinstance(process.method.get(key), str)]
