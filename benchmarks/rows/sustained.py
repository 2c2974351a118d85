"""How many messages a second psdash takes while it still paints, against the bare receive loop of the same library.

Both are fed by the tap's hose, as fast as they take it. Where psdash then paints less than it should, it is fed less.
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
PAINTS: Final = 0.95
#: Shares of the saturated rate that are tried in turn.
LESS: Final = (1.0, 0.9, 0.8, 0.65, 0.5)


class Taken(NamedTuple):
    """Messages a second, paints as a share of the frame rate, and share of a core."""

    rate: float
    paints: float
    cpu: float


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(6, 3)
    ours, bare = interleaved(context.pick(3, 1), lambda: _psdash(seconds, context), lambda: _bare(seconds))
    ratio = median([mine.rate / other.rate for mine, other in zip(ours, bare, strict=True)])
    mine = sorted(ours)[len(ours) // 2]
    detail = (
        f"{mine.rate:,.0f}/s at {mine.paints:.0%} of the paints and {mine.cpu:.0%} of a core; "
        f"bare {median([each.rate for each in bare]):,.0f}/s"
    )
    yield Figure("sustained", ratio, "x", TARGET, detail, at_least=True)


def _psdash(seconds: float, context: Context) -> Taken:
    rate = 0
    taken = _psdash_at(0, seconds)
    for share in LESS[1:]:
        if taken.paints >= PAINTS:
            break
        rate = rate or int(taken.rate)
        context.say(f"{taken.rate:,.0f} a second leave {taken.paints:.0%} of the paints; trying less")
        taken = _psdash_at(int(rate * share), seconds)
    return taken


def _psdash_at(rate: int, seconds: float) -> Taken:
    with psdash_on("--quiet", slugs=LOADED[:1]) as running:
        taken = _spray(running.tap, rate, running.tty, seconds)
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
                taken = _spray(wire, 0, tty, seconds)
                log = wire.close()
    return Taken(_rate(log, *taken[:2]), 0.0, taken[2])


def _spray(wire: Tap, rate: int, tty: Tty, seconds: float) -> tuple[float, float, float]:
    """Open the hose; when measuring began and ended, and the share of a core."""
    wire.say(f"spray {rate}")
    time.sleep(1.5)
    from_s, cpu = time.monotonic(), cpu_s(tty.pid)
    time.sleep(seconds)
    until_s = time.monotonic()
    return from_s, until_s, (cpu_s(tty.pid) - cpu) / (until_s - from_s)


def _rate(log: Log, from_s: float, until_s: float) -> float:
    sent = [count for at_s, count in log.sprayed if from_s <= at_s < until_s]
    return (sent[-1] - sent[0]) / (until_s - from_s) if len(sent) > 1 else 0.0


ROW = Row("sustained", "sustained rate with ≥ 95 % of the target paints", "bare websockets receive loop", run)
