"""Bytes a frame of the whole screen, against Textual's own driver."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Context, Figure, Row
from benchmarks.drivers import OWN, STOCK
from benchmarks.staged import CHANGES, bytes_run

TARGET = 0.45


def run(context: Context) -> Iterator[Figure]:
    steps = context.pick(150, 40)
    for changes in CHANGES:
        context.say(f"{changes} changes a frame")
        ours = bytes_run(OWN, changes, steps).bytes_per_step
        stock = bytes_run(STOCK, changes, steps).bytes_per_step
        yield Figure(
            f"{changes} changes", ours / stock, "x", TARGET, f"{ours:,.0f} B; stock {stock:,.0f} B", slack=0.03
        )


ROW = Row("bytes_stock", "bytes per frame of the whole screen", "the stock driver", run)
