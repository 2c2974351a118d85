"""Two hundred markets subscribed and one shown, against one subscribed: CPU for the same number of messages."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.many_markets import slug_of
from benchmarks.program import psdash_on, spend

TARGET: Final = 1.15
RATE: Final = 5_000
MARKETS: Final = 200


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(10, 5)

    def share(markets: int) -> float:
        context.say(f"{markets} markets")
        with psdash_on(
            "--markets", str(markets), "--rate", str(RATE), slugs=[slug_of(0)], module="benchmarks.many_markets",
            command=[sys.executable, "-m", "benchmarks.watcher", str(markets)],
        ) as running:  # fmt: skip
            time.sleep(8 if markets > 1 else 2)  # until the other books are subscribed too
            return spend(running.tty.pid, seconds).share

    many, one = interleaved(context.pick(3, 2), lambda: share(MARKETS), lambda: share(1))
    ratio = median([a / b for a, b in zip(many, one, strict=True)])
    yield Figure(
        "CPU per message", ratio, "x", TARGET, f"{median(many):.1%} of a core at {RATE:,}/s; one {median(one):.1%}"
    )


ROW = Row("markets", "200 markets subscribed, one shown", "one market subscribed", run)
