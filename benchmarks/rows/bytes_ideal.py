"""Bytes a frame of the whole screen, against the greedy cell diff of the same screens."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Context, Figure, Row
from benchmarks.drivers import OWN
from benchmarks.staged import CHANGES, bytes_run

TARGET = 1.0


def run(context: Context) -> Iterator[Figure]:
    for changes in CHANGES:
        context.say(f"{changes} changes a frame")
        own = bytes_run(OWN, changes, context.pick(150, 40))
        ours, ideal = own.bytes_per_step, own.ideal_per_step()
        yield Figure(
            f"{changes} changes", ours / ideal, "x", TARGET, f"{ours:,.0f} B; ideal {ideal:,.0f} B", slack=0.03
        )


ROW = Row("bytes_ideal", "bytes per frame of the whole screen", "greedy cell diff of the same screens", run)
