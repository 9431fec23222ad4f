"""Measure cases beside an anchor, in rounds: every ratio is one of two things measured within the same moment."""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .servers import Server

ANCHOR = ("/anchor/", "letters")
ANCHORS, ASKS = 15, 3  # requests of a round
LEAST, MOST = 3, 60  # rounds


@dataclass
class Case:
    """An address on a server, and what was measured of it: one figure a round."""

    name: str
    server: Server
    address: str
    word: str
    times: list[float] = field(default_factory=list)  # seconds a request
    costs: list[float] = field(default_factory=list)  # in anchors: the case's time over the anchor's
    cpu: float = 0.0  # seconds of the server, in all
    asked: int = 0

    def measure(self):
        """Ask for the anchor and for the case, and keep how they compare: of each, the request least disturbed."""
        anchor = min(self.server.check(*ANCHOR) for _ in range(ANCHORS))
        before = self.server.cpu()
        took = min(self.server.check(self.address, self.word) for _ in range(ASKS))
        after = self.server.cpu()
        self.times.append(took)
        self.costs.append(took / anchor)
        self.cpu += (after or 0) - (before or 0)
        self.asked += ASKS


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        low, middle, high = statistics.quantiles(figures, n=4, method="inclusive")
        return cls(low, middle, high)


def rounds(cases: Sequence[Case], seconds: float) -> int:
    """Measure the cases in turn, in another order each round, for so many seconds; return the number of rounds."""
    for case in cases:  # the first answer compiles templates and fills caches
        case.server.check(case.address, case.word)
    shuffled, order = list(cases), random.Random(1)
    end = time.perf_counter() + seconds
    done = 0
    while done < LEAST or (time.perf_counter() < end and done < MOST):
        order.shuffle(shuffled)
        for case in shuffled:
            case.measure()
        done += 1
    return done


def compared(case: Case, base: Case) -> Spread:
    """Return how many times as much as another a case costs, each against the anchor of its own round."""
    return Spread.of([one / other for one, other in zip(case.costs, base.costs, strict=True)])
