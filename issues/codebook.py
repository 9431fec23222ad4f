"""The codebook: what each value of a vocabulary means, and the test by which it is given."""

from dataclasses import dataclass

from django.db.models import TextChoices

from .choices import (
    BriefingKind,
    Commitment,
    Confidence,
    Credibility,
    Implementation,
    LinkBasis,
    LinkKind,
    Precision,
    ReadAs,
    Relation,
    Reliability,
    SideRole,
    Status,
)


@dataclass(frozen=True)
class Vocabulary:
    """One list of values with its definitions: what the codebook shows."""

    slug: str
    title: str
    intro: str
    source: str
    choices: type[TextChoices]
    definitions: dict[str, str]

    @property
    def terms(self) -> list[tuple[str, str, str]]:
        """Return (value, label, definition) for every value, in the vocabulary's order."""
        return [(value, label, self.definitions[value]) for value, label in self.choices.choices]


CODEBOOK_VERSION = "1.0"

CODEBOOK = (
    Vocabulary(
        "status",
        "Status of a compromise",
        "How far a proposed compromise has travelled towards policy. The current status is that of its latest dated "
        "step and is stored nowhere else. Every step after “suggested” names the briefing it rests on. "
        "Steps back are recorded with a reason.",
        "Peacetracker; adoption and entry into force are used as in the United Nations Treaty Collection’s glossary.",
        Status,
        {
            "suggested": "A third party or an analyst proposes it; the conceding side is silent.",
            "signalled": "The conceding side shows openness in a way it can deny: a remark, a leak, a partial step.",
            "offered": "The conceding side formally puts it forward, in a text or an express public offer.",
            "agreed_in_principle": "Both sides confirm it, or their delegations agree subject to approval.",
            "adopted": "It stands in an initialled or signed text, an enacted decision or a declared policy of the "
            "conceding side.",
            "in_force": "It is ratified, provisionally applied, or operating policy.",
            "rejected": "A named side refuses it, in words or by conduct.",
            "withdrawn": "The side that put it forward takes it back.",
            "superseded": "Another compromise replaces it; the successor is named.",
            "lapsed": "The time or occasion for it has passed.",
        },
    ),
    Vocabulary(
        "implementation",
        "Implementation",
        "From “adopted” on, how far a compromise has been carried out.",
        "Peace Accords Matrix, Kroc Institute for International Peace Studies, University of Notre Dame.",
        Implementation,
        {
            "0": "No step has been taken to carry it out.",
            "1": "First steps have been taken; most of it is still to be done.",
            "2": "Enough has been done that completion is in sight.",
            "3": "It has been carried out, or nearly so.",
        },
    ),
    Vocabulary(
        "link",
        "Links between compromises",
        "How one compromise bears on another. “Requires” and “follows” never run in a circle.",
        "Peacetracker.",
        LinkKind,
        {
            "requires": "The first cannot be carried out unless the second is.",
            "excludes": "The two cannot both be carried out; it reads in both directions.",
            "in_exchange_for": "A source presents the first as the return for the second.",
            "follows": "If both are carried out, the first comes after the second.",
        },
    ),
    Vocabulary(
        "basis",
        "Basis of a link",
        "What a link between two compromises rests on.",
        "Peacetracker.",
        LinkBasis,
        {
            "source": "A briefing on file states the link.",
            "logic": "The texts of the two compromises imply the link; no source is needed.",
        },
    ),
    Vocabulary(
        "commitment",
        "Commitment of a position",
        "How binding the form is in which a side holds a position, from least to most.",
        "Peacetracker.",
        Commitment,
        {
            "leak": "Unnamed sources, an unpublished paper or a second-hand report.",
            "spokesperson": "A spokesperson, ambassador, aide or envoy speaks for the side.",
            "leader_statement": "A head of state, government or institution, or a minister announcing policy; joint "
            "political statements included.",
            "formal_proposal": "A text tabled, handed over or issued in talks by an authorised delegation, not signed.",
            "signed_text": "A text signed by the side.",
            "law": "A legal act or executive measure in force.",
        },
    ),
    Vocabulary(
        "confidence",
        "Confidence in a position",
        "How sure the analyst is that the side holds this position. It says nothing of how likely an outcome is.",
        "Analytic confidence after Intelligence Community Directive 203.",
        Confidence,
        {
            "high": "Rests on a recent text, legal act or statement of the side itself.",
            "moderate": "Rests on reports, or on texts that point in different directions.",
            "low": "Mostly inference; little comes from the side itself.",
            "unassessed": "Nobody has judged it yet.",
        },
    ),
    Vocabulary(
        "briefing-kind",
        "Kind of briefing",
        "What sort of dated document a briefing is.",
        "Peacetracker.",
        BriefingKind,
        {
            "analysis": "An author interprets events or proposes something.",
            "official_statement": "A side, state or institution speaks for itself, in its own words or as reported.",
            "treaty_text": "The text of an agreement or of a draft for one.",
            "news": "A report of events by a news organisation.",
        },
    ),
    Vocabulary(
        "read-as",
        "How a briefing was read",
        "Whether the document itself was read, or only an account of it.",
        "Peacetracker.",
        ReadAs,
        {
            "whole": "The document named in the title was read in full.",
            "part": "Its own words were read, in the original or a reproduction, but not all of them.",
            "report": "It is known through someone else’s account.",
            "not_read": "It was not located.",
        },
    ),
    Vocabulary(
        "reliability",
        "Reliability of a publisher",
        "A judgement on the publisher, whatever the document says. F is the default.",
        "Admiralty code, first character.",
        Reliability,
        {
            "A": "The issuing body’s own site, for its own text.",
            "B": "An established news organisation, its licensed copy, or a law firm citing legal acts.",
            "C": "A state-run or relaying outlet, a reproduction of a text, or opinion by a named author.",
            "D": "A partisan or aggregating site that is not the origin.",
            "E": "Known for false reports.",
            "F": "There is not enough to go by.",
        },
    ),
    Vocabulary(
        "credibility",
        "Credibility of a cited passage",
        "A judgement on the content of one passage, whoever published it. 6 is the default.",
        "Admiralty code, second character.",
        Credibility,
        {
            "1": "Independent sources say the same.",
            "2": "It agrees with what is known, though no independent source confirms it.",
            "3": "It agrees in part with what is known.",
            "4": "It is possible but does not fit what is known.",
            "5": "What is known speaks against it.",
            "6": "There is nothing to compare it with.",
        },
    ),
    Vocabulary(
        "relation",
        "Relation of a citation to its claim",
        "What a cited passage does for the claim that cites it. A contradicting passage makes the claim contested; "
        "it never changes a status by itself. Sources are counted by origin: two articles that repeat one report "
        "are one source.",
        "Peacetracker.",
        Relation,
        {
            "supports": "The passage says what the claim says.",
            "contradicts": "The passage says otherwise.",
            "context": "The passage helps to understand the claim without bearing it out.",
        },
    ),
    Vocabulary(
        "precision",
        "Precision of a date",
        "How exactly a date is known. It is shown that way: “Feb 2025, day not given”.",
        "Peacetracker.",
        Precision,
        {
            "day": "The day is known.",
            "month": "The month is known; the day is not, or is taken from a report.",
            "year": "Only the year is known.",
        },
    ),
    Vocabulary(
        "side-role",
        "Role of a side",
        "What part a side has in the talks. Distances between sides are measured between the principals by default.",
        "Peacetracker.",
        SideRole,
        {
            "principal": "Negotiates and can conclude.",
            "party": "A party to the conflict whose consent an outcome needs.",
            "stakeholder": "Is affected, or is asked to contribute.",
            "mediator": "Brings the others together and holds no position of its own on the outcome.",
        },
    ),
)
