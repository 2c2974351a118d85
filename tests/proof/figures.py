"""What a scenario measured: plain numbers by name."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

Figures = dict[str, float | int | str]

#: Endings and beginnings of the names that are not counts: they are shown as a range over the seeds, not added up.
_RANGES = ("_s", "_mb", "_h", "tokens", "rate", "sids", "tasks")


def resident_mb() -> float:
    """This process' resident size now, in MB; its peak where /proc is not there."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def p99(values: Sequence[float]) -> float:
    """The 99th percentile, inclusive."""
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


def summary(runs: Sequence[Figures]) -> str:
    """The figures of many seeds in one line."""
    words: list[str] = []
    for key in runs[0] if runs else ():
        numbers = [float(run[key]) for run in runs if not isinstance(run.get(key, ""), str)]
        if not numbers:
            continue
        if key.endswith(_RANGES) or key.startswith("dials"):
            low, high = min(numbers), max(numbers)
            spread = f"{low:g}" if low == high else f"{low:g}..{high:g}"
            words.append(
                f"{key} {spread}" if len(numbers) < 20 or low == high else f"{key} {spread} (p99 {p99(numbers):g})"
            )
        else:
            words.append(f"{key} {sum(numbers):,.0f}")
    return ", ".join(words)
