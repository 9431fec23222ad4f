"""What is stored.

The law of imports: a module here imports only from modules named above it in this list, and nothing else of `issues`
but `choices`: base, rules, process, invitation, token, draft, side, issue, briefing, compromise, position, citation,
changeset, task, imported, suggestion, saved, brief, searched, guards, indexes, shadows.
"""

from .brief import Brief, BriefFile
from .briefing import Briefing
from .changeset import Changeset, Snapshot
from .citation import Citation
from .compromise import Compromise, CompromiseLink, StatusEvent
from .draft import Draft
from .imported import Import
from .invitation import Invitation
from .issue import Issue
from .position import Position
from .process import Membership, Process, Removal
from .saved import SavedView
from .searched import SearchEntry, SearchWord
from .side import Side
from .suggestion import Suggestion
from .task import Task
from .token import Tally, Token

# What the record is made of, by the names that snapshots give. Targets stand before what points to them.
RECORDED = {
    model._meta.model_name: model
    for model in (Process, Side, Issue, Briefing, Position, Compromise, StatusEvent, CompromiseLink, Citation)
}

__all__ = [
    "RECORDED",
    "Brief",
    "BriefFile",
    "Briefing",
    "Changeset",
    "Citation",
    "Compromise",
    "CompromiseLink",
    "Draft",
    "Import",
    "Invitation",
    "Issue",
    "Membership",
    "Position",
    "Process",
    "Removal",
    "SavedView",
    "SearchEntry",
    "SearchWord",
    "Side",
    "Snapshot",
    "StatusEvent",
    "Suggestion",
    "Tally",
    "Task",
    "Token",
]
