"""CPU at five thousand messages a second, against one thousand: painting costs the same, messages hardly count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.program import psdash_on, spend

TARGET: Final = 1.25


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(10, 5)

    def share(rate: int) -> float:
        context.say(f"{rate:,} messages a second")
        with psdash_on("--rate", str(rate)) as running:
            return spend(running.tty.pid, seconds).share

    many, few = interleaved(context.pick(3, 2), lambda: share(5_000), lambda: share(1_000))
    ratio = median([a / b for a, b in zip(many, few, strict=True)])
    detail = f"{median(many):.1%} of a core; {median(few):.1%} at 1k"
    yield Figure("5k / 1k", ratio, "x", TARGET, detail)


ROW = Row("cpu_rate", "CPU at 5k messages a second", "the same at 1k", run)
