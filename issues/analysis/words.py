"""Words as a search knows them: small, without accents; what was typed as a query, and where it stands. Pure Python."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice

from . import phrases

LONGEST = 60  # letters of a word; the rest is not looked at
TYPED = 1_000  # characters of a query that are read
TERMS = 12
PREFIX = 2  # letters from which the last word stands for all that begin so
STRETCH = 20_000  # characters of a long text that are looked at together
NEAR = 120  # characters to each side in which words count as close together
MARKED = 200  # places in one text that are looked for
TRIED = 40  # places of a word that are looked at
COMPARED = 3  # places whose sentences are
SHORT = 260  # characters of a passage without any of the words
CLOSE = 0.75  # how alike a word must be to be meant
MARKUP = re.compile(r"[*`]+|\[\d{1,3}\]|\]\(|^[#>]+ ", re.M)
LINK = re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{0,1000}\)")
PART = re.compile(r"""(?<!\S)([-−–])?(?:"([^"]*)"?|“([^“”]*)”?|«([^«»]*)»?|(\S+))""")


class Fold(dict[int, str]):
    """Each character as small letters and digits without accents, nothing for a mark upon one, else a space."""

    def __missing__(self, code: int) -> str:
        found = []
        for one in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold()):
            if one.isalnum() or unicodedata.category(one) == "Mc":
                found.append(one)
            elif not unicodedata.combining(one) and unicodedata.category(one) != "Mn":
                found.append(" ")
        self[code] = "".join(found)
        return self[code]


FOLD = Fold()
for _code in range(128):
    FOLD[_code]


def folded(text: str) -> str:
    """Return a text in small letters and digits without accents; whatever is neither is a space."""
    return text.translate(FOLD)


def words(text: str) -> list[str]:
    """Return the words of a text in its order."""
    return [word[:LONGEST] for word in folded(text).split()]


@dataclass(frozen=True)
class Term:
    """Words that stand next to each other; with `is_prefix` the last may be the beginning of one."""

    words: tuple[str, ...]
    is_prefix: bool = False

    def __str__(self):
        joined = " ".join(self.words)
        return f'"{joined}"' if len(self.words) > 1 else joined


@dataclass(frozen=True)
class Query:
    """What was typed: all of `wanted` and none of `unwanted` must stand in what is found."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]

    @cached_property
    def patterns(self) -> list[re.Pattern]:
        """Return the patterns of what is wanted, for folded texts behind a space."""
        return [
            re.compile(" " + " +".join(map(re.escape, term.words)) + ("" if term.is_prefix else r"(?!\S)"))
            for term in self.wanted
        ]

    @cached_property
    def titled(self) -> list[tuple[str, str, bool]]:
        """Return each term as it begins and as it stands in words between spaces, and whether it may be begun."""
        joined = [(" ".join(term.words), term.is_prefix) for term in self.wanted]
        return [(f" {one}", f" {one} ", is_prefix) for one, is_prefix in joined]

    def replaced(self, meant: dict[str, str]) -> "Query":
        """Return the query with other words for some, or for several that were written apart."""
        wanted = []
        for term in self.wanted:
            whole = meant.get("".join(term.words))
            said = (whole,) if whole else tuple(meant.get(word, word) for word in term.words)
            wanted.append(Term(said, term.is_prefix))
        return Query(tuple(wanted), self.unwanted)

    def __str__(self):
        return " ".join([*map(str, self.wanted), *(f"-{term}" for term in self.unwanted)])


def parse(text: str) -> Query:
    """Return what was typed as a query: phrases in quotes, words to leave out behind a minus, the last word begun.

    What holds no letter and no digit counts for nothing; a word with a hyphen or an apostrophe in it is a phrase.
    """
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for part in PART.finditer(text[:TYPED]):
        minus, *quoted, word = part.groups()
        found = words(next(filter(None, (*quoted, word)), ""))
        if not found:
            continue
        is_last = bool(word) and not minus and not words(text[part.end() : TYPED])
        term = Term(tuple(found[:TERMS]), is_last and len(found[-1]) >= PREFIX)
        (unwanted if minus else wanted).append(term)
    return Query(tuple(dict.fromkeys(wanted))[:TERMS], tuple(dict.fromkeys(unwanted))[:TERMS])


def begun(text: str) -> Query:
    """Return a text that is being typed as a query: its words, whatever stands around them, the last of them begun.

    As long as that is too short to stand for others it counts for nothing.
    """
    *whole, last = words(text[:TYPED]) or [""]
    wanted = [Term((word,)) for word in whole[:TERMS]]
    if len(last) >= PREFIX and len(wanted) < TERMS:
        wanted.append(Term((last,), is_prefix=True))
    return Query(tuple(dict.fromkeys(wanted)), ())


def spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Return where the words of a query stand in a text, in its order and without overlaps."""
    plain, found = " " + folded(text), []
    for pattern in query.patterns:
        # The space in front is not of the word, and one was put before the text.
        found += [(place.start(), place.end() - 1) for place in islice(pattern.finditer(plain), MARKED)]
    found.sort(key=lambda span: (span[0], -span[1]))
    kept: list[tuple[int, int]] = []
    for begin, end in found:
        if not kept or begin >= kept[-1][1]:
            kept.append((begin, end))
    if kept and not is_level(text):
        origins = [at for at, one in enumerate(text) for _ in FOLD[ord(one)]]
        kept = [(origins[begin], end_of(text, origins[end - 1] + 1)) for begin, end in kept]
    return kept


def end_of(text: str, end: int) -> int:
    """Return where a word ends with the marks upon its last letter."""
    while end < len(text) and not FOLD[ord(text[end])]:
        end += 1
    return end


def pieces(text: str, query: Query) -> list[tuple[str, bool]]:
    """Return a text cut into (words, whether they are among those looked for)."""
    found, at = [], 0
    for begin, end in spans(text, query):
        found += [(text[at:begin], False), (text[begin:end], True)]
        at = end
    return [piece for piece in (*found, (text[at:], False)) if piece[0]]


def passage(text: str, query: Query) -> list[tuple[str, bool]]:
    """Return the sentence of a text in which most of a query stands, in pieces; else how the text begins, unmarked."""
    best, most = "", 0
    for part in parts(text, STRETCH):
        for at in likeliest(" " + folded(part), query):
            at = origin(part, at)
            sentence = part[slice(*phrases.sentence(part, (at, at + 1)))]
            plain = " " + folded(sentence)
            number = sum(bool(pattern.search(plain)) for pattern in query.patterns)
            if number > most:
                best, most = sentence, number
            if most == len(query.wanted):
                break
        if most == len(query.wanted):
            break
    if best:
        return pieces(" ".join(best.split()), query)
    start = " ".join(text[: SHORT * 2].split())
    return [(start if len(start) <= SHORT else start[:SHORT].rpartition(" ")[0] + " …", False)] if start else []


def likeliest(plain: str, query: Query) -> list[int]:
    """Return where a folded text has most of a query close together, the best of its places first."""
    places = [[one.start() for one in islice(pattern.finditer(plain), TRIED)] for pattern in query.patterns]
    rarest = min((found for found in places if found), key=len, default=[])
    if len(places) == 1:
        return rarest[:1]

    def near(at: int) -> tuple[int, int]:
        found = [
            pattern.search(plain, at, at + NEAR) or pattern.search(plain, max(0, at - NEAR), at)
            for pattern in query.patterns
        ]
        there = [abs(one.start() - at) for one in found if one]
        return len(there), -sum(there)

    return sorted(rarest, key=near, reverse=True)[:COMPARED]


def origin(text: str, at: int) -> int:
    """Return the place in a text that a place in its folded form comes from."""
    if is_level(text):
        return at
    for origin, one in enumerate(text):
        at -= len(FOLD[ord(one)])
        if at < 0:
            return origin
    return len(text) - 1


def is_level(text: str) -> bool:
    """Tell whether each character of a text is folded to one."""
    return text.isascii() or all(len(FOLD[ord(one)]) == 1 for one in set(text))


def parts(text: str, size: int) -> Iterator[str]:
    """Yield a text in parts of `size` characters at most that end between words."""
    begin = 0
    while begin < len(text):
        end = begin + size
        if end < len(text):
            end = max(text.rfind(" ", begin, end), text.rfind("\n", begin, end)) + 1 or end
        yield text[begin:end]
        begin = end


def plain(text: str) -> str:
    """Return a text without the marks of Markdown, for where only a line of it stands."""
    return MARKUP.sub("", LINK.sub(r"\1", text)) if MARKUP.search(text) else text


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the word most like one that was typed, or None if none is like it."""
    found = get_close_matches(word, known, n=1, cutoff=CLOSE)
    return found[0] if found else None
