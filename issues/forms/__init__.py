"""What people may submit."""

from .agenda import IssueEditForm, ProcessEditForm
from .briefings import BriefingEditForm, NewBriefingForm
from .briefs import BriefForm
from .citations import CitationEditForm
from .clips import ClipForm
from .compromises import CompromiseEditForm, NewCompromiseForm, StatusForm
from .editing import CorrectionForm, EditForm
from .filters import (
    BoardForm,
    BriefingForm,
    ChangeForm,
    CompareForm,
    CompromiseForm,
    DayField,
    DayForm,
    FilterForm,
    MomentForm,
    PageForm,
    PickField,
    PicksField,
    PositionForm,
    RowForm,
    SearchForm,
    SuggestionForm,
    TimelineForm,
    UpkeepForm,
    WordsField,
)
from .imports import ApplyForm, MatchForm, TicksForm, UploadForm
from .keeping import DeleteForm, DocumentForm, KeepingForm, SettingsForm
from .links import LinkEditForm, NewLinkForm
from .people import EVERYWHERE, HandOverForm, InvitationForm, RoleForm, WhyForm
from .positions import NewPositionForm, PositionEditForm
from .processes import NewProcessForm
from .reverting import RestoreForm
from .saved import NewViewForm, SavedViewForm
from .suggestions import AnswerForm, PicksForm, WithdrawForm
from .tokens import TokenForm
from .upkeep import DismissForm, FlagForm, ThingsForm

__all__ = [
    "EVERYWHERE",
    "AnswerForm",
    "ApplyForm",
    "BoardForm",
    "BriefForm",
    "BriefingEditForm",
    "BriefingForm",
    "ChangeForm",
    "CitationEditForm",
    "ClipForm",
    "CompareForm",
    "CompromiseEditForm",
    "CompromiseForm",
    "CorrectionForm",
    "DayField",
    "DayForm",
    "DeleteForm",
    "DismissForm",
    "DocumentForm",
    "EditForm",
    "FilterForm",
    "FlagForm",
    "HandOverForm",
    "InvitationForm",
    "IssueEditForm",
    "KeepingForm",
    "LinkEditForm",
    "MatchForm",
    "MomentForm",
    "NewBriefingForm",
    "NewCompromiseForm",
    "NewLinkForm",
    "NewPositionForm",
    "NewProcessForm",
    "NewViewForm",
    "PageForm",
    "PickField",
    "PicksField",
    "PicksForm",
    "PositionEditForm",
    "PositionForm",
    "ProcessEditForm",
    "RestoreForm",
    "RoleForm",
    "RowForm",
    "SavedViewForm",
    "SearchForm",
    "SettingsForm",
    "StatusForm",
    "SuggestionForm",
    "ThingsForm",
    "TicksForm",
    "TimelineForm",
    "TokenForm",
    "UpkeepForm",
    "UploadForm",
    "WhyForm",
    "WithdrawForm",
    "WordsField",
]
