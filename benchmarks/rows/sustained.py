"""How many messages a second psdash takes, against the bare receive loop of the same library.

Both are fed by the tap's hose, as fast as they take it, and fill their core. Where others share that core, a rate
would say how much of it each got: what is compared is messages for each second of CPU, painting included.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.exchange import LOADED, Tap, exchange, tap
from benchmarks.machine import cpu_s
from benchmarks.program import FPS, psdash_on
from benchmarks.screen import frames
from benchmarks.tap import Log
from benchmarks.tty import Tty

TARGET: Final = 0.45
PAINTS_PERCENT: Final = 95.0


class Taken(NamedTuple):
    """Messages a second, paints as a share of the frame rate, and share of a core."""

    rate: float
    paints: float
    cpu: float

    @property
    def per_cpu_s(self) -> float:
        return self.rate / self.cpu


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(6, 3)
    ours, bare = interleaved(context.pick(3, 1), lambda: _psdash(seconds), lambda: _bare(seconds))
    ratio = median([mine.per_cpu_s / other.per_cpu_s for mine, other in zip(ours, bare, strict=True)])
    mine, other = sorted(ours)[len(ours) // 2], sorted(bare)[len(bare) // 2]
    detail = (
        f"{mine.per_cpu_s:,.0f} a CPU second ({mine.rate:,.0f}/s on {mine.cpu:.0%} of a core); "
        f"bare {other.per_cpu_s:,.0f} ({other.rate:,.0f}/s on {other.cpu:.0%})"
    )
    yield Figure("messages a CPU second", ratio, "x", TARGET, detail, at_least=True)
    paints = median([each.paints for each in ours])
    yield Figure("paints when saturated", paints * 100, "%", PAINTS_PERCENT, "of the frame rate", at_least=True)


def _psdash(seconds: float) -> Taken:
    with psdash_on("--quiet", slugs=LOADED[:1]) as running:
        taken = _spray(running.tap, running.tty, seconds)
        log = running.tap.close()
        running.tty.close()
        painted = sum(1 for at_s, _ in frames(running.tty.chunks) if taken[0] <= at_s < taken[1])
    return Taken(_rate(log, *taken[:2]), painted / (taken[1] - taken[0]) / FPS, taken[2])


def _bare(seconds: float) -> Taken:
    with exchange("--quiet") as venue:
        token = venue.token(LOADED[0])
        with tap(venue, token) as wire:
            command = [sys.executable, "-m", "benchmarks.bare", token]
            with Tty(command, env=venue.environment(ws_url=wire.ws_url)) as tty:
                tty.wait_bytes(b"ready")
                taken = _spray(wire, tty, seconds)
                log = wire.close()
    return Taken(_rate(log, *taken[:2]), 0.0, taken[2])


def _spray(wire: Tap, tty: Tty, seconds: float) -> tuple[float, float, float]:
    """Open the hose; when measuring began and ended, and the share of a core."""
    wire.say("spray")
    time.sleep(1.5)
    from_s, cpu = time.monotonic(), cpu_s(tty.pid)
    time.sleep(seconds)
    until_s = time.monotonic()
    return from_s, until_s, (cpu_s(tty.pid) - cpu) / (until_s - from_s)


def _rate(log: Log, from_s: float, until_s: float) -> float:
    sent = [count for at_s, count in log.sprayed if from_s <= at_s < until_s]
    return (sent[-1] - sent[0]) / (until_s - from_s) if len(sent) > 1 else 0.0


ROW = Row("sustained", "sustained rate with ≥ 95 % of the target paints", "bare websockets receive loop", run)
