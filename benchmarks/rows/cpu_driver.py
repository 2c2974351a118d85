"""CPU a frame of the whole screen, our driver against the stock one under the same app."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.drivers import OWN, STOCK
from benchmarks.staged import CHANGES, run_stage

TARGET = 1.15


def run(context: Context) -> Iterator[Figure]:
    steps = str(context.pick(150, 50))
    for changes in CHANGES:
        context.say(f"{changes} changes a frame")

        def cpu_ms(driver: str, changes: int = changes) -> float:
            return run_stage("--changes", str(changes), "--steps", steps, driver=driver).cpu_ms

        own, stock = interleaved(context.pick(3, 2), lambda: cpu_ms(OWN), lambda: cpu_ms(STOCK))
        ratio = median([a / b for a, b in zip(own, stock, strict=True)])
        detail = f"{median(own):.2f} ms; stock {median(stock):.2f} ms"
        yield Figure(f"{changes} changes", ratio, "x", TARGET, detail)


ROW = Row("cpu_driver", "CPU per frame of the whole screen with the driver", "the same app on the stock driver", run)
