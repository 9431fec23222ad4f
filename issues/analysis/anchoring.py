"""Where quoted words stand in a text: exactly, or not at all. Pure Python.

After the TextQuoteSelector of the W3C Web Annotation Data Model: words are found by themselves, and what stands before
and after them tells two places of the same words apart. White space and line ends equal each other in any number;
nothing else is forgiven, so that no quote is ever attached to words that only resemble it. “He signed” does not stand
in “she signed”: a quote begins and ends where words do.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

CONTEXT = 60  # characters kept before and after a quote, where they are enough to tell its place
LONGEST = 200  # characters kept at most
PLACES = 5000  # places that are looked at; words that stand at more are found nowhere

# A run of white space that is not one plain space; `collapse` makes one of it.
RUN = re.compile(r"\s{2,}|[^\S ]")


@dataclass(frozen=True)
class Anchor:
    """Where words stand in a text: from `start` to `end`, and what stands around them."""

    start: int
    end: int
    prefix: str
    exact: str
    suffix: str


def is_lettered(sign: str) -> bool:
    """Tell whether a sign is a digit, or a letter of a script that knows capitals: those scripts have spaces."""
    return sign.isdigit() or sign.lower() != sign.upper()


def collapse(text: str) -> str:
    """Return a text with every run of white space as one space."""
    return RUN.sub(" ", text)


class Text:
    """A text to find words in. Preparing it takes one pass; the text itself stays as it is."""

    def __init__(self, text: str):
        self.text = text
        self.plain = collapse(text)
        # Each place behind a run that was made shorter, and by how much everything behind it has moved.
        self.behind, self.moved = [0], [0]
        for run in RUN.finditer(text):
            if cut := run.end() - run.start() - 1:
                self.behind.append(run.end() - self.moved[-1] - cut)
                self.moved.append(self.moved[-1] + cut)

    def places(self, quote: str, prefix: str = "", suffix: str = "", most: int = PLACES) -> list[Anchor]:
        """Return where a quote stands in the text, in its order, `most` places at most; none if it does not.

        Where it stands several times, only those with the prefix before and the suffix after them are returned.
        """
        quote = collapse(quote).strip()
        starts, looked = [], 0
        at = self.plain.find(quote) if quote else -1
        while at >= 0:
            if (looked := looked + 1) > PLACES:
                return []
            if not (self._cuts_word(at) or self._cuts_word(at + len(quote))):
                starts.append(at)
            at = self.plain.find(quote, at + 1)
        if len(starts) > 1 and (prefix.strip() or suffix.strip()):
            starts = [start for start in starts if self._between(start, start + len(quote), prefix, suffix)]
        return [self._anchor(start, start + len(quote)) for start in starts[:most]]

    def anchor(self, quote: str, prefix: str = "", suffix: str = "") -> Anchor | None:
        """Return the one place where a quote stands, or None if it stands nowhere, or nothing says at which of several.

        Its prefix and suffix are as long as is needed to find the same place by them again, within `LONGEST`.
        """
        found = self.places(quote, prefix, suffix, most=2)
        return self.placed(found[0].start, found[0].end) if len(found) == 1 else None

    def placed(self, start: int, end: int) -> Anchor:
        """Return the words from `start` to `end` with as much around them as is needed to find them again."""
        begin, stop = self._plain(start), self._plain(end)
        words = self.plain[begin:stop].strip()
        for length in (CONTEXT, 2 * CONTEXT, LONGEST):
            found = self._anchor(begin, stop, length)
            if len(self.places(words, found.prefix, found.suffix, most=2)) == 1:
                break
        return found

    def _cuts_word(self, at: int) -> bool:
        """Tell whether a place is inside a word or a number, in the scripts that put spaces between words."""
        return 0 < at < len(self.plain) and is_lettered(self.plain[at - 1]) and is_lettered(self.plain[at])

    def _between(self, start: int, stop: int, prefix: str, suffix: str) -> bool:
        before, after = collapse(prefix).strip(), collapse(suffix).strip()
        # The white space where the words meet is often lost on the way; the words themselves are not.
        lead = self.plain[max(0, start - len(before) - 1) : start].rstrip()
        follow = self.plain[stop : stop + len(after) + 1].lstrip()
        return lead.endswith(before) and follow.startswith(after)

    def _anchor(self, begin: int, stop: int, length: int = CONTEXT) -> Anchor:
        """Return the anchor of a place in the collapsed text."""
        start, end = self._original(begin), self._original(stop - 1) + 1 if stop > begin else self._original(stop)
        return Anchor(
            start=start,
            end=end,
            prefix=head(self.plain[max(0, begin - length - 1) : begin], length),
            exact=self.text[start:end],
            suffix=tail(self.plain[stop : stop + length + 1], length),
        )

    def _original(self, at: int) -> int:
        """Return the place in the text of a place in the collapsed one."""
        return at + self.moved[bisect_right(self.behind, at) - 1]

    def _plain(self, at: int) -> int:
        """Return the place in the collapsed text of a place in the text that is not inside a run of white space."""
        return len(collapse(self.text[:at]))


def head(text: str, length: int) -> str:
    """Return the words that lead up to a place; a word that was cut is left out."""
    return text if len(text) <= length else text[1:] if text[0] == " " else text.partition(" ")[2] or text[1:]


def tail(text: str, length: int) -> str:
    """Return the words that follow a place; a word that was cut is left out."""
    return text if len(text) <= length else text[:-1] if text[-1] == " " else text.rpartition(" ")[0] or text[:-1]
