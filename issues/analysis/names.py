"""Names as a reference manager needs them: which part is the family’s, and which name is a body’s. Pure Python."""

import re
from dataclasses import dataclass

PARTICLES = frozenset(
    re.findall(
        r"\w+",
        "af al am an auf av aus bin bint da dal das de degli dei del della den der des di do dos du e el freiherr ibn "
        "im in la las le les lo los op ten ter til to und van vom von vor y zu zum zur zer d",
    )
)
SUFFIXES = frozenset(("Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"))
# Words in the names of bodies, and of nobody.
BODIES = frozenset(
    re.findall(
        r"\w+",
        """academy administration agency alliance army assembly association authority bank board bureau cabinet center
    centre chamber chancellery college command commission commissioner committee company conference congress council
    court delegation department desk directorate duma embassy federation force forces forum foundation fund government
    group house initiative institute institution kremlin league library mission ministry ministries movement nations
    network news newspaper office organisation organization parliament party people press project republic research
    review reuters rada secretariat secretary senate service services society staff state states study tass team times
    treasury tribunal union university white world""",
    )
)
BETWEEN = re.compile(r"\s*;\s*|\s+(?:and|&)\s+|,\s+")
LINKS = re.compile(r"['’-]")
LONGEST = 6  # words of a person’s name


@dataclass(frozen=True)
class Name:
    """One author. A body has its name in `literal`; a person a family name, with what goes before and after it."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def said(self) -> str:
        """Return the name as it is said: Ursula von der Leyen."""
        return self.literal or " ".join(filter(None, (self.given, self.particle, self.family, self.suffix)))

    @property
    def last(self) -> str:
        """Return what a list is sorted by and a name begins with: von der Leyen."""
        return self.literal or " ".join(filter(None, (self.particle, self.family)))


def authors(text: str) -> list[Name]:
    """Return the authors that a line of text names: several only where each by itself is a person’s name."""
    text = " ".join(text.split())
    parts = [part for part in BETWEEN.split(text) if part]
    # “Martin Luther King, Jr.” is one name.
    for at in reversed(range(1, len(parts))):
        if parts[at] in SUFFIXES:
            parts[at - 1 : at + 1] = [f"{parts[at - 1]} {parts[at]}"]
    people = [person(part) for part in parts]
    if people and all(people):
        return [one for one in people if one]
    return [Name(literal=text)] if text else []


def person(text: str) -> Name | None:
    """Return a person’s name by its parts, or None where it does not look like one."""
    words = text.split()
    suffix = words.pop() if len(words) > 2 and words[-1] in SUFFIXES else ""
    if not 2 <= len(words) <= LONGEST or not all(map(fits, words)) or not is_capital(words[0]):
        return None
    if any(word.casefold().strip(".") in BODIES for word in words):
        return None
    start = len(words) - 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    # A small word anywhere else belongs to no name that is known here.
    if not is_capital(words[-1]) or not all(map(is_capital, words[:start])):
        return None
    return Name(words[-1], " ".join(words[:start]), " ".join(words[start:-1]), suffix)


def fits(word: str) -> bool:
    """Tell whether a word holds nothing but letters, and the signs that names hold."""
    return all(part.rstrip(".").isalpha() for part in LINKS.split(word))


def is_capital(word: str) -> bool:
    """Tell whether a word begins as names do: with a capital, after an article that hangs on it (d’Estaing)."""
    return word[0].isupper() or (len(word) > 2 and word[1] in "'’" and word[2].isupper())
