"""The terminal stops reading for a minute at five thousand messages a second, then reads again.

The loop is watched from outside: the tap slips a WebSocket ping between the frames every 20 ms, and the pong is late
by as much as the loop was busy. What the machine's other work does to that, the same span without a stop shows.
"""

from __future__ import annotations

import fcntl
import struct
import termios
import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row, median, quantile
from benchmarks.machine import rss_kb
from benchmarks.program import COLUMNS, ROWS, is_live, psdash_on
from benchmarks.screen import painted_seqs

RATE: Final = 5_000
GAP_MS: Final = 50.0
GROWTH_MB: Final = 2.0
FRESH_MS: Final = 50.0
PING_MS: Final = 20


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(60, 8)
    with psdash_on("--rate", str(RATE), tap_arguments=("--ping-ms", str(PING_MS))) as running:
        tty = running.tty
        time.sleep(context.pick(20, 3))  # caches fill, so that memory says something
        context.say(f"{seconds} s not stopped")
        open_s = time.monotonic()
        time.sleep(seconds)
        context.say(f"{seconds} s stopped")
        before_kb = rss_kb(tty.pid)
        tty.hold()
        held_s = time.monotonic()
        time.sleep(seconds)
        after_kb = rss_kb(tty.pid)
        held_bytes = _readable(tty.master)
        released_s = tty.release()
        time.sleep(3)
        live = is_live(tty.emulated())
        log = running.tap.close()
        tty.close()
        painted = painted_seqs(tty.chunks, COLUMNS, ROWS)
        first_paint = sum(len(chunk.data) for chunk in tty.chunks[:8])
    passed = [at_s for at_s, _ in log.seqs]
    newest = log.seqs[bisect_left(passed, released_s) - 1][1]
    fresh_s = next((at_s for at_s, seq in painted if at_s > released_s and seq >= newest), float("inf"))
    until_fresh = sum(len(chunk.data) for chunk in tty.since(released_s, fresh_s + 0.000_001))
    stopped = [wait_s * 1000 for at_s, wait_s in log.pongs if held_s <= at_s < released_s]
    flowing = [wait_s * 1000 for at_s, wait_s in log.pongs if open_s <= at_s < held_s]
    yield Figure("loop gap, worst", max(stopped), "ms", GAP_MS, f"{_said(stopped)}; not stopped: {_said(flowing)}")
    yield Figure("gateway lost", log.redials + (0 if live else 1), "times", 0, "LIVE before, in the stop and after")
    yield Figure("memory", (after_kb - before_kb) / 1024, "MB", GROWTH_MB, f"{after_kb / 1024:.1f} MB after")
    yield Figure(
        "fresh screen after", (fresh_s - released_s) * 1000, "ms", FRESH_MS, "the first sequence that is not old"
    )
    yield Figure(
        "read until fresh", until_fresh / 1024, "KB", (first_paint + held_bytes) / 1024,
        f"the pty held {held_bytes / 1024:.1f} KB; a whole screen is {first_paint / 1024:.1f} KB",
    )  # fmt: skip


def _said(waits_ms: list[float]) -> str:
    return f"p50 {median(waits_ms):.1f}, p99 {quantile(waits_ms, 0.99):.1f}, worst {max(waits_ms):.1f} ms"


def _readable(descriptor: int) -> int:
    """Bytes that wait in the pty."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])


ROW = Row("stall", "terminal stopped for 60 s at 5k messages a second", "not stopped", run)
