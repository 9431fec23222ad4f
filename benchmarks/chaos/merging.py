"""Two edits of one text, generated: no word that either person wrote, or that both left, may be missing."""

from collections.abc import Iterator
from random import Random
from zlib import crc32

from issues.analysis.merge import marked, merge

COMMON = ("the", "talks", "of", "and", "a", "border")
SPACES = (" ", " ", " ", " ", "\n\n", "\n", "  ")


def triples(number: int, seed: int = 1) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Yield (base, theirs, mine) as lists of words; but for common ones, a word says whose it is."""
    random = Random(seed)
    for _ in range(number):
        base = [f"b{n}" if random.random() < 0.6 else random.choice(COMMON) for n in range(random.randint(0, 40))]
        yield base, edited(random, base, "t"), edited(random, base, "m")


def edited(random: Random, base: list[str], mark: str) -> list[str]:
    """Return a text after some edits; what they insert begins with a mark."""
    words = list(base)
    for n in range(random.randint(0, 5)):
        at, length = random.randint(0, len(words)), random.randint(0, 4)
        new = [
            f"{mark}{n}.{i}" if random.random() < 0.7 else random.choice(COMMON) for i in range(random.randint(0, 3))
        ]
        words[at : at + length] = new
    return words


def text(words: list[str]) -> str:
    """Return words as a text; after the same word stands the same white space."""
    return "".join(word + SPACES[crc32(word.encode()) % len(SPACES)] for word in words).strip()


def missing(number: int, merge=merge) -> list[str]:
    """Return a sentence for every word that is missing after a merge, over so many generated triples."""
    faults = []
    for n, (base, theirs, mine) in enumerate(triples(number)):
        old, first, second = (text(words) for words in (base, theirs, mine))
        found = merge(old, first, second).text
        left = set(base) & set(theirs) & set(mine)
        written = (set(theirs) | set(mine)) - set(base)
        if gone := (left | written) - {*COMMON, *found.split()}:
            faults.append(f"triple {n}: {', '.join(sorted(gone))} missing from {found!r}")
        for new in (first, second):
            if "".join(words for kind, words in marked(old, new) if kind != "del") != new:
                faults.append(f"triple {n}: what is shown is not {new!r}")
    return faults
