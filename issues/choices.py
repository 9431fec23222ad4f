"""The vocabulary: every value the record uses. What each means stands in `codebook`."""

from django.db.models import TextChoices


class Visibility(TextChoices):
    PUBLIC = "public", "Public"
    MEMBERS = "members", "Members only"


class ProcessStatus(TextChoices):
    OPEN = "open", "Open"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class TokenScope(TextChoices):
    READ = "read", "Read"
    WRITE = "write", "Read and write"


class MembershipRole(TextChoices):
    READER = "reader", "Reader"
    ANALYST = "analyst", "Analyst"
    CURATOR = "curator", "Curator"


class SuggestionState(TextChoices):
    PENDING = "pending", "Waiting"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ChangeKind(TextChoices):
    """What a change is to: the record, or who takes part."""

    RECORD = "", "The record"
    PEOPLE = "people", "Who takes part"


class SearchKind(TextChoices):
    """What a search finds, in the order in which it is shown."""

    ISSUE = "issue", "Issues"
    POSITION = "position", "Positions"
    COMPROMISE = "compromise", "Compromises"
    STEP = "step", "Steps"
    QUOTE = "quote", "Quotes"
    BRIEFING = "briefing", "Briefings"
    TEXT = "text", "Stored texts"
    CHANGE = "change", "Changes"


class ViewPage(TextChoices):
    """A page that can be kept with its filters."""

    BOARD = "board", "Board"
    TIMELINE = "timeline", "Timeline"
    COMPROMISES = "compromises", "Compromises"
    BRIEFINGS = "briefings", "Briefings"
    CHANGES = "changes", "History"
    SEARCH = "search", "Search"
    UPKEEP = "upkeep", "Upkeep"


class SideRole(TextChoices):
    PRINCIPAL = "principal", "Principal"
    PARTY = "party", "Party"
    STAKEHOLDER = "stakeholder", "Stakeholder"
    MEDIATOR = "mediator", "Mediator"


class Marker(TextChoices):
    """A side's shape; colour only repeats it."""

    CIRCLE = "circle", "Circle"
    SQUARE = "square", "Square"
    DIAMOND = "diamond", "Diamond"
    TRIANGLE = "triangle", "Triangle"
    HEXAGON = "hexagon", "Hexagon"
    PLUS = "plus", "Plus"
    STAR = "star", "Star"
    INVERTED_TRIANGLE = "inverted_triangle", "Inverted triangle"


class Precision(TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"
    YEAR = "year", "Year"


class BriefingKind(TextChoices):
    ANALYSIS = "analysis", "Analysis"
    OFFICIAL_STATEMENT = "official_statement", "Official statement"
    TREATY_TEXT = "treaty_text", "Treaty text"
    NEWS = "news", "News"


class ReadAs(TextChoices):
    WHOLE = "whole", "Read whole"
    PART = "part", "Read in part"
    REPORT = "report", "Known by report"
    NOT_READ = "not_read", "Not read"


class Reliability(TextChoices):
    A = "A", "A, completely reliable"
    B = "B", "B, usually reliable"
    C = "C", "C, fairly reliable"
    D = "D", "D, not usually reliable"
    E = "E", "E, unreliable"
    F = "F", "F, cannot be judged"


class Credibility(TextChoices):
    CONFIRMED = "1", "1, confirmed by other sources"
    PROBABLE = "2", "2, probably true"
    POSSIBLE = "3", "3, possibly true"
    DOUBTFUL = "4", "4, doubtful"
    IMPROBABLE = "5", "5, improbable"
    UNJUDGED = "6", "6, cannot be judged"


class Commitment(TextChoices):
    LEAK = "leak", "Leak"
    SPOKESPERSON = "spokesperson", "Spokesperson"
    LEADER_STATEMENT = "leader_statement", "Leader’s statement"
    FORMAL_PROPOSAL = "formal_proposal", "Formal proposal"
    SIGNED_TEXT = "signed_text", "Signed text"
    LAW = "law", "Law"


class Confidence(TextChoices):
    HIGH = "high", "High"
    MODERATE = "moderate", "Moderate"
    LOW = "low", "Low"
    UNASSESSED = "unassessed", "Unassessed"


class Status(TextChoices):
    """A step of a compromise, in the order of the ladder, then the four ways off it."""

    SUGGESTED = "suggested", "Suggested"
    SIGNALLED = "signalled", "Signalled"
    OFFERED = "offered", "Offered"
    AGREED_IN_PRINCIPLE = "agreed_in_principle", "Agreed in principle"
    ADOPTED = "adopted", "Adopted"
    IN_FORCE = "in_force", "In force"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    SUPERSEDED = "superseded", "Superseded"
    LAPSED = "lapsed", "Lapsed"


# A compromise “became policy” from `adopted` on; the endings close it. Neither can be stalled.
POLICY = (Status.ADOPTED, Status.IN_FORCE)
ENDINGS = (Status.REJECTED, Status.WITHDRAWN, Status.SUPERSEDED, Status.LAPSED)


class Implementation(TextChoices):
    NOT_INITIATED = "0", "Not initiated"
    MINIMAL = "1", "Minimal"
    INTERMEDIATE = "2", "Intermediate"
    FULL = "3", "Full"


class LinkKind(TextChoices):
    REQUIRES = "requires", "Requires"
    EXCLUDES = "excludes", "Excludes"
    IN_EXCHANGE_FOR = "in_exchange_for", "In exchange for"
    FOLLOWS = "follows", "Follows"


class LinkBasis(TextChoices):
    SOURCE = "source", "A source says so"
    LOGIC = "logic", "It follows from the two texts"


class Relation(TextChoices):
    SUPPORTS = "supports", "Supports"
    CONTRADICTS = "contradicts", "Contradicts"
    CONTEXT = "context", "Context"


class LackKind(TextChoices):
    """What the record lacks, in the order in which the queue shows it."""

    NO_POSITION = "no-position", "No position"
    NO_SOURCE = "no-source", "No source"
    SINGLE_SOURCE = "single-source", "A single source"
    ONE_SIDED = "one-sided", "Only one side’s media"
    CONTESTED = "contested", "Contested"
    NO_TEST = "no-test", "No test sentence"
    UNSURE = "unsure", "Low or no confidence"
    UNPLACED = "unplaced", "Not on the scale"
    NO_QUOTE = "no-quote", "No quote"
    UNANCHORED = "unanchored", "Quote not in the text"
    DEAD_LINK = "dead-link", "Dead link"
    STALE = "stale", "Not checked lately"


# Defaults that a process may replace.
STALLED_AFTER_DAYS = 180
STALE_AFTER_DAYS = 180
GAP_BANDS = ((25, "Narrow"), (50, "Moderate"), (101, "Wide"))
