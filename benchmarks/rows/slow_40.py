"""A link of 40 KB/s behind the relay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.ages import ages_behind
from benchmarks.bench import Context, Figure, Row, median
from benchmarks.drivers import OWN, STOCK

RATE: Final = 40 * 1024
MEDIAN_S, WORST_S = 0.3, 1.2


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(30, 14)
    context.say("ages")
    ours = ages_behind(RATE, seconds, OWN)
    theirs = ""
    if not context.short:
        context.say("the stock driver")
        theirs = f"; stock: {ages_behind(RATE, seconds, STOCK).said()}"
    yield Figure("age of the whole screen, median", median(ours.whole), "s", MEDIAN_S, f"{ours.said()}{theirs}")
    yield Figure("worst", max(ours.whole), "s", WORST_S, f"relay held {ours.peak / 1024:.0f} KB")


ROW = Row("slow_40", "link of 40 KB/s behind the relay", "stock driver", run)
