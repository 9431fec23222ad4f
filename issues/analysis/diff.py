"""What differs between two texts, word by word. Pure Python."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

SAME, REMOVED, ADDED = "same", "removed", "added"
Segment = tuple[str, str]  # (SAME, REMOVED or ADDED, the words)

TOKEN = re.compile(r"\s*(?:\w+(?:[’'\-]\w+)*|[^\w\s])|\s+")
# Pairs of equal tokens that are compared: a matcher needs longer the more a text repeats itself, up to the cube.
PAIRS = 12_000
REACH = 300  # letters in which whole words are looked for that a removed and an added text share


def words(before: str, after: str) -> list[Segment]:
    """Return the segments that make `before` (same, removed) and `after` (same, added), in reading order.

    Compares words and punctuation marks; texts that are too long for that line by line; at worst as two wholes.
    Takes at most some 30 ms whatever the texts. Source of the method: Ratcliff and Metzener (1988), through difflib.
    """
    return merged(compared(before, after, (TOKEN.findall, lines)))


def lines(text: str) -> list[str]:
    """Return the lines of a text, each with its end."""
    return text.splitlines(keepends=True)


def compared(before: str, after: str, cuts: tuple[Callable[[str], list[str]], ...]) -> Iterable[Segment]:
    """Yield segments by the first way of cutting the texts that is cheap enough."""
    if before == after:
        yield SAME, before
        return
    if cuts:
        a, b = cuts[0](before), cuts[0](after)
        begin, end = shared(a, b)
        middle_a, middle_b = a[begin : len(a) - end], b[begin : len(b) - end]
        yield SAME, "".join(a[:begin])
        if cost(middle_a, middle_b) <= PAIRS:
            yield from matched(middle_a, middle_b)
        else:
            yield from compared("".join(middle_a), "".join(middle_b), cuts[1:])
        yield SAME, "".join(a[len(a) - end :])
        return
    yield REMOVED, before
    yield ADDED, after


def shared(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    """Return how many tokens (or letters) two sequences share at their beginning, and at their end without those."""
    room = min(len(a), len(b))
    begin = next((i for i in range(room) if a[i] != b[i]), room)
    room -= begin
    end = next((i for i in range(room) if a[-1 - i] != b[-1 - i]), room)
    return begin, end


def cost(a: list[str], b: list[str]) -> int:
    """Return how many pairs of equal tokens two lists make: what one pass of the matcher looks at."""
    counted = Counter(b)
    return sum(counted[token] for token in a)


def matched(a: list[str], b: list[str]) -> Iterable[Segment]:
    """Yield the segments of two lists of tokens; one token between two replacements is replaced with them."""
    steps = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    for place, (tag, i1, i2, j1, j2) in enumerate(steps):
        between = steps[place - 1 : place] + steps[place + 1 : place + 2]
        lone = i2 - i1 == 1 and len(between) == 2 and all(step[0] == "replace" for step in between)
        if tag == "equal" and not lone:
            yield SAME, "".join(a[i1:i2])
        else:
            yield REMOVED, "".join(a[i1:i2])
            yield ADDED, "".join(b[j1:j2])


def merged(segments: Iterable[Segment]) -> list[Segment]:
    """Return segments without empty ones, neighbours of a kind joined, what was removed before what was added."""
    found: list[Segment] = []
    gap: dict[str, list[str]] = {REMOVED: [], ADDED: []}

    def add(kind, text):
        if found and found[-1][0] == kind:
            text = found.pop()[1] + text
        if text:
            found.append((kind, text))

    def close():
        for segment in narrowed("".join(gap[REMOVED]), "".join(gap[ADDED])):
            add(*segment)
        gap[REMOVED], gap[ADDED] = [], []

    for kind, text in segments:
        if kind != SAME:
            gap[kind].append(text)
        elif text:
            close()
            add(SAME, text)
    close()
    return found


def narrowed(removed: str, added: str) -> Iterable[Segment]:
    """Yield what was removed and added without the whole words that both begin or end with."""
    begin, _ = shared(removed[:REACH], added[:REACH])
    begin = next((n for n in range(begin, 0, -1) if is_edge(removed, n) and is_edge(added, n)), 0)
    end, _ = shared(removed[begin:][: -REACH - 1 : -1], added[begin:][: -REACH - 1 : -1])  # both read backwards
    end = next((n for n in range(end, 0, -1) if is_edge(removed, -n) and is_edge(added, -n)), 0)
    yield SAME, removed[:begin]
    yield REMOVED, removed[begin : len(removed) - end]
    yield ADDED, added[begin : len(added) - end]
    yield SAME, removed[len(removed) - end :]


def is_edge(text: str, place: int) -> bool:
    """Tell whether a word begins or ends at a place of a text (negative: from its end), or none stands there."""
    before, after = text[:place][-1:], text[place:][:1]
    return not (before.isalnum() and after.isalnum())


def folded(segments: list[Segment], around: int = 120, longest: int = 600) -> list[Segment]:
    """Return segments with long stretches cut out: `around` characters stay beside a change, `longest` of a change."""
    found = []
    for place, (kind, text) in enumerate(segments):
        if kind != SAME:
            found.append((kind, text if len(text) <= longest else f"{text[:longest].rstrip()} …"))
            continue
        head = text[:around] if place else ""
        tail = text[-around:] if place < len(segments) - 1 else ""
        found.append((SAME, text if len(text) <= len(head) + len(tail) + around else f"{head} … {tail}"))
    return found


def side(segments: Iterable[Segment], dropped: str) -> list[Segment]:
    """Return one of the two texts side by side: the segments without those that were `dropped` from it."""
    return [segment for segment in segments if segment[0] != dropped]


def counts(segments: Iterable[Segment]) -> tuple[int, int]:
    """Return how many words were added and how many removed."""
    found: Counter[str] = Counter()
    for kind, text in segments:
        found[kind] += len(text.split())
    return found[ADDED], found[REMOVED]
