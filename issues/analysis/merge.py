"""Two edits of one text, word by word, against the text that both began with."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORD = re.compile(r"\s*\S+|\s+")  # a word with the white space before it
COSTLY = 300_000  # pairs of equal words; beyond it a difference is one block, which costs nothing to find


@dataclass(frozen=True)
class Merged:
    """Two edits in one text. `clean`: they touch different words; otherwise the text is a proposal to read."""

    text: str
    clean: bool


def words(text: str) -> list[str]:
    """Return the words of a text; joined, they are the text."""
    return WORD.findall(text)


def changes(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return (i1, i2, j1, j2) for every place where `old[i1:i2]` became `new[j1:j2]`, in order; no two touch."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if not before and not after:
        return []
    one, other = Counter(before), Counter(after)
    if sum(count * other[word] for word, count in one.items()) > COSTLY:
        return [(start, len(old) - end, start, len(new) - end)]
    found = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(start + i1, start + i2, start + j1, start + j2) for tag, i1, i2, j1, j2 in found if tag != "equal"]


def marked(old: str, new: str) -> list[tuple[str, str]]:
    """Return what became of a text as (kind, words); a kind is "same", "del" or "ins"."""
    before, after = words(old), words(new)
    parts, at = [], 0
    for i1, i2, j1, j2 in changes(before, after):
        parts += [("same", before[at:i1]), ("del", before[i1:i2]), ("ins", after[j1:j2])]
        at = i2
    parts.append(("same", before[at:]))
    return [(kind, "".join(part)) for kind, part in parts if part]


def merge(base: str, theirs: str, mine: str) -> Merged:
    """Return both edits in one text. Where both touch the same words, theirs stand first, then what mine adds."""
    old, first, second = words(base), words(theirs), words(mine)
    left, right = changes(old, first), changes(old, second)
    text, at, clean = "", 0, True
    while left or right:
        low = high = min(side[0][0] for side in (left, right) if side)
        ours: tuple[list, list] = ([], [])
        while True:
            for side, taken in zip((left, right), ours, strict=True):
                if side and side[0][0] <= high:
                    taken.append(side.pop(0))
                    high = max(high, taken[-1][1])
                    break
            else:
                break
        text = joined(text, old[at:low])
        became = [became_of(low, high, *pair) for pair in zip(ours, (first, second), strict=True) if pair[0]]
        text = joined(text, became[0])
        if len(became) == 2 and became[0] != became[1]:
            clean = False
            for _, _, j1, j2 in ours[1]:
                text = joined(text, second[j1:j2])
        at = high
    return Merged(joined(text, old[at:]), clean)


def became_of(low: int, high: int, taken: Sequence[tuple[int, int, int, int]], new: Sequence[str]) -> Sequence[str]:
    """Return what an edit made of the words from `low` to `high`, which hold all of the changes given."""
    (i1, _, j1, _), (_, i2, _, j2) = taken[0], taken[-1]
    return new[j1 - (i1 - low) : j2 + (high - i2)]


def joined(text: str, more: Sequence[str]) -> str:
    """Return a text with further words; two words never run into one."""
    following = "".join(more)
    if text and following and not text[-1].isspace() and not following[0].isspace():
        return f"{text} {following}"
    return text + following
