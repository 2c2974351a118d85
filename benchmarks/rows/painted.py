"""From the wire to the screen: how long after a change passes the tap the terminal shows it, at four rates.

Taken from outside: the tap writes down when each sequence of the shown book passed, the pty's reader when the foot of
the ladder first showed it or a later one. The time on the loopback, in the library and in the pty is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row, median
from benchmarks.latency import Latency, latency
from benchmarks.program import COLUMNS, INTERVAL_MS, ROWS, Spent, psdash_on, spend
from benchmarks.screen import painted_seqs

RATES: Final = (1_000, 5_000, 20_000, 50_000)
ALLOWED_MS: Final = INTERVAL_MS + 5


def run(context: Context) -> Iterator[Figure]:
    for rate in RATES if not context.short else RATES[:2]:
        context.say(f"{rate:,} messages a second")
        taken = [_once(rate, context.pick(8, 4)) for _ in range(context.pick(2, 1))]
        p99_ms = median([one.p99_ms for one, _ in taken])
        p50_ms = median([one.p50_ms for one, _ in taken])
        spent = taken[0][1]
        detail = (
            f"p50 {p50_ms:.1f} ms; {spent.share:.0%} of a core; waited for the core {spent.waited:.0%} of the time; "
            f"{taken[0][0].paints / (spent.until_s - spent.from_s):.0f} paints/s"
        )
        yield Figure(f"{rate:,}/s, p99", p99_ms, "ms", ALLOWED_MS, detail)


def _once(rate: int, seconds: float) -> tuple[Latency, Spent]:
    with psdash_on("--rate", str(rate)) as running:
        spent = spend(running.tty.pid, seconds)
        log = running.tap.close()
        running.tty.close()
        painted = painted_seqs(running.tty.chunks, COLUMNS, ROWS)
    return latency(log.seqs, painted, spent.from_s, spent.until_s - 0.3), spent


ROW = Row("painted", "received → painted, p99", "the frame interval", run)
