"""Words in texts: where they stand whatever their case and accents, and the sentence around them. Pure Python."""

import re
from unicodedata import normalize

REACH = 300  # characters to each side in which a sentence is looked for
TRIED = 40  # places of a word whose sentences are compared

# Behind the end of a sentence or of a line. A stop before a small letter, as in “5 p.m. sharp”, ends none, and neither
# does one behind one or two letters of which the first is a capital, as in “Dr. Smith” or “the U.S. Senate”.
SHORT = "".join(rf"(?<!\b[^\W\d_a-zà-ÿа-я]{letters})" for letters in ("", r"\w"))
BORDER = re.compile(rf"(?:{SHORT}\.|[!?…])[”’»\")\]]*\s+(?![a-zà-ÿа-я])|\s*\n\s*")

Span = tuple[int, int]


class Plain(dict[int, str]):
    """Each letter as a small one without accents; always one for one, so that places stay what they are."""

    def __missing__(self, code: int) -> str:
        base = normalize("NFD", chr(code))[0]
        small = base.lower()
        self[code] = small if len(small) == 1 else base
        return self[code]


PLAIN = Plain()


def folded(text: str) -> str:
    """Return a text of the same length in small letters without accents."""
    return text.lower() if text.isascii() else text.translate(PLAIN)


def spans(text: str, words: list[str]) -> list[Span]:
    """Return where any of the words stand in a text, in its order and without overlaps, whatever case and accents."""
    plain, found = folded(text), []
    for word in map(folded, words):
        at = plain.find(word) if word else -1
        while at >= 0:
            found.append((at, at + len(word)))
            at = plain.find(word, at + len(word))
    kept: list[Span] = []
    for begin, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or begin >= kept[-1][1]:
            kept.append((begin, end))
    return kept


def pieces(text: str, words: list[str]) -> list[tuple[str, bool]]:
    """Return a text cut into (words, whether they are among those looked for)."""
    found, at = [], 0
    for begin, end in spans(text, words):
        found += [(text[at:begin], False), (text[begin:end], True)]
        at = end
    return [piece for piece in (*found, (text[at:], False)) if piece[0]]


def rank(text: str, words: list[str]) -> int:
    """Return how well a text fits: 2 for each word that begins a word of it, 1 for each that stands inside one."""
    plain, total = folded(text), 0
    for word in map(folded, words):
        at = begins = plain.find(word)
        while begins > 0 and plain[begins - 1].isalnum():
            begins = plain.find(word, begins + 1)
        total += (at >= 0) + (begins >= 0)
    return total


def sentence(text: str, span: Span) -> Span:
    """Return where the sentence around a place begins and ends, REACH characters to each side at most."""
    start, end = span
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    begin, stop = low, high
    for border in BORDER.finditer(text, low, start + 1):  # one more, to see what follows the border
        if border.end() <= start:
            begin = border.end()
    if begin == low > 0:
        begin = (text.find(" ", low, start) + 1) or start
    if border := BORDER.search(text, max(start, end - 1), high):
        stop = border.start() + len(border[0].rstrip())
    elif high < len(text):
        stop = max(text.rfind(" ", end, high), end)
    while begin < start and text[begin].isspace():
        begin += 1
    while stop > end and text[stop - 1].isspace():
        stop -= 1
    return begin, stop


def best(text: str, words: list[str]) -> Span | None:
    """Return the sentence of a text that holds most of the words, the first of equals, or None if it holds none."""
    places = spans(text, words)[:TRIED]
    found = [sentence(text, place) for place in places]
    return max(found, key=lambda span: rank(text[slice(*span)], words)) if found else None
