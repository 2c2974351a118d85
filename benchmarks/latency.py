"""From when a change passed the tap to when the terminal showed it, for every change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.bench import quantile

Seqs = Sequence[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from passing to painted, over `changes` of the shown book, in `paints` paints."""

    p50_ms: float
    p99_ms: float
    changes: int
    paints: int


def latency(passed: Seqs, painted: Seqs, from_s: float, until_s: float) -> Latency:
    """Of every change that passed in the span. Raises ValueError when nothing of it was painted.

    A change is painted when the screen first shows its sequence or a later one.
    """
    shown = [seq for _, seq in painted]
    waits_ms: list[float] = []
    for (_, before), (at_s, seq) in pairwise(passed):
        if not from_s <= at_s < until_s:
            continue
        for each in range(before + 1, seq + 1):
            at = bisect_left(shown, each)
            if at < len(painted):
                waits_ms.append((painted[at][0] - at_s) * 1000)
    paints = sum(1 for at_s, _ in painted if from_s <= at_s < until_s)
    return Latency(quantile(waits_ms, 0.50), quantile(waits_ms, 0.99), len(waits_ms), paints)
