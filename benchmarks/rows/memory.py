"""Resident memory after five minutes at five thousand messages a second, and how it grows after the first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.bench import Context, Figure, Row
from benchmarks.floor import arguments_for as floor
from benchmarks.machine import rss_kb
from benchmarks.program import COLUMNS, ROWS, psdash_on
from benchmarks.rows.first_frame import HELLO
from benchmarks.tty import Tty

TARGET: Final = 1.6
GROWTH_PERCENT: Final = 1.0
RATE: Final = 5_000


def run(context: Context) -> Iterator[Figure]:
    hello, least = _hello_kb(HELLO), _hello_kb(floor("memory"))
    early_s, late_s = context.pick(60, 10), context.pick(300, 20)
    with psdash_on("--rate", str(RATE)) as running:
        began_s = time.monotonic()
        sizes: list[tuple[float, int]] = []
        while (at_s := time.monotonic() - began_s) < late_s:
            sizes.append((at_s, rss_kb(running.tty.pid)))
            context.say(f"{at_s:.0f} of {late_s} s: {sizes[-1][1] / 1024:.1f} MB")
            time.sleep(min(10, late_s - at_s))
        sizes.append((late_s, rss_kb(running.tty.pid)))
    last = sizes[-1][1]
    early = next(size for at_s, size in sizes if at_s >= early_s)
    yield Figure(
        "RSS",
        last / hello,
        "x",
        TARGET,
        f"{last / 1024:.1f} MB; hello world {hello / 1024:.1f} MB, on these libraries {least / 1024:.1f} MB",
        slack=0.1,
    )
    if not context.short:
        yield Figure(
            "growth after the first minute", (last / early - 1) * 100, "%", GROWTH_PERCENT, f"{last - early} KB"
        )


def _hello_kb(argv: Sequence[str]) -> int:
    with Tty(argv, columns=COLUMNS, rows=ROWS) as tty:
        tty.wait_bytes(b"Hello, world")
        time.sleep(1.0)
        return rss_kb(tty.pid)


ROW = Row("memory", "RSS after 5 minutes at 5k messages a second, and its growth", "Textual hello world", run)
