"""CPU at five thousand messages a second, against one thousand: painting costs the same, messages hardly count.

The floor stands beside it: what the four thousand more cost a program that reads them, with the same library into
the same models, and does nothing with them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.exchange import LOADED, exchange, tap
from benchmarks.program import WARM_S, psdash_on, spend
from benchmarks.tty import Tty

TARGET: Final = 1.25
MANY: Final = 5_000
FEW: Final = 1_000


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(10, 5)

    def share(rate: int) -> float:
        context.say(f"{rate:,} messages a second")
        with psdash_on("--rate", str(rate)) as running:
            return spend(running.tty.pid, seconds).share

    def floor(rate: int) -> float:
        context.say(f"{rate:,} messages a second, read and thrown away")
        with exchange("--rate", str(rate)) as venue:
            tokens = [venue.token(slug, outcome) for slug in LOADED for outcome in (0, 1)]
            command = [sys.executable, "-m", "benchmarks.bare", "--decode", *tokens]
            with tap(venue, tokens[0]) as wire, Tty(command, env=venue.environment(ws_url=wire.ws_url)) as tty:
                tty.wait_bytes(b"ready")
                time.sleep(WARM_S)
                return spend(tty.pid, seconds).share

    many, few, bare_many, bare_few = interleaved(
        context.pick(5, 2), lambda: share(MANY), lambda: share(FEW), lambda: floor(MANY), lambda: floor(FEW)
    )
    ratio = median([a / b for a, b in zip(many, few, strict=True)])
    least = median([a - b for a, b in zip(bare_many, bare_few, strict=True)])
    base = median(few)
    detail = (
        f"{median(many):.1%} of a core; {base:.1%} at 1k, of which the target leaves {base * (TARGET - 1):.1%} for "
        f"4,000 more; reading them into models and nothing else takes {least:.1%}"
    )
    yield Figure("5k / 1k", ratio, "x", TARGET, detail)


ROW = Row("cpu_rate", "CPU at 5k messages a second", "the same at 1k", run)
