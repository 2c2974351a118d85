"""CPU a frame of the ladder, against the same one as `Static(Text)`; what the bare loop costs is taken off both."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.drivers import STOCK
from benchmarks.staged import CHANGES, run_stage

TARGET = 0.35


def run(context: Context) -> Iterator[Figure]:
    steps = str(context.pick(150, 60))
    for changes in CHANGES:
        context.say(f"{changes} changes a frame")

        def cpu_ms(subject: str, changes: int = changes) -> float:
            return run_stage("--subject", subject, "--changes", str(changes), "--steps", steps, driver=STOCK).cpu_ms

        ladder, static, idle = interleaved(
            context.pick(3, 2), lambda: cpu_ms("ladder"), lambda: cpu_ms("static"), lambda: cpu_ms("idle")
        )
        bare = median(idle)
        ratio = median([(a - bare) / (b - bare) for a, b in zip(ladder, static, strict=True)])
        detail = f"{median(ladder) - bare:.2f} ms; Static {median(static) - bare:.2f} ms; loop {bare:.2f} ms"
        yield Figure(f"{changes} changes", ratio, "x", TARGET, detail)


ROW = Row("cpu_ladder", "ladder CPU per frame", "the same ladder as Static(Text)", run)
