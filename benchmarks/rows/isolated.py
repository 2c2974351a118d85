"""One change on a quiet screen: how soon it is painted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row
from benchmarks.exchange import LOADED
from benchmarks.latency import latency
from benchmarks.program import COLUMNS, ROWS, psdash_on, spend
from benchmarks.screen import painted_seqs

TARGET_MS: Final = 3.0
#: Of all six markets: the shown book changes about every 1.2 s.
RATE: Final = 10


def run(context: Context) -> Iterator[Figure]:
    with psdash_on("--rate", str(RATE), slugs=LOADED[:1]) as running:
        spent = spend(running.tty.pid, context.pick(40, 25))
        log = running.tap.close()
        running.tty.close()
        painted = painted_seqs(running.tty.chunks, COLUMNS, ROWS)
    taken = latency(log.seqs, painted, spent.from_s, spent.until_s - 0.3)
    detail = f"p99 {taken.p99_ms:.1f} ms of {taken.changes} changes; waited for the core {spent.waited:.0%}"
    yield Figure("p50", taken.p50_ms, "ms", TARGET_MS, detail)


ROW = Row("isolated", "one isolated event → painted, p50", "-", run)
