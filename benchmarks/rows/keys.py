"""A key under load: how soon its effect is on the screen. Up holds the ladder ("held" in its frame), m lets it go."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.bench import Context, Figure, Row, quantile
from benchmarks.program import COLUMNS, INTERVAL_MS, ROWS, psdash_on, spend
from benchmarks.screen import Emulator, frames
from benchmarks.tty import Tty

RATE: Final = 50_000
ALLOWED_MS: Final = INTERVAL_MS + 10
HOLD, LET_GO = "\x1b[A", "m"


def run(context: Context) -> Iterator[Figure]:
    with psdash_on("--rate", str(RATE)) as running:
        pressed = press(running.tty, context.pick(120, 30))
        spent = spend(running.tty.pid, 2.0)
        running.tty.close()
        echoes = echoes_ms(running.tty.chunks, pressed)
    detail = (
        f"p50 {quantile(echoes, 0.5):.1f} ms of {len(echoes)} keys; {len(pressed) - len(echoes)} without; "
        f"waited for the core {spent.waited:.0%}"
    )
    yield Figure("p99", quantile(echoes, 0.99), "ms", ALLOWED_MS, detail)


def press(tty: Tty, times: int, least_s: float = 0.15) -> list[tuple[float, bool]]:
    """Hold and let go by turns, at moments that follow no frame: when, and whether it was held."""
    rng = random.Random(3)
    pressed = []
    for at in range(times):
        is_hold = at % 2 == 0
        pressed.append((tty.send(HOLD if is_hold else LET_GO), is_hold))
        time.sleep(least_s + rng.random() * 0.1)
    return pressed


def echoes_ms(
    chunks: Sequence[tuple[float, bytes]], pressed: Sequence[tuple[float, bool]], *, whole: bool = True
) -> list[float]:
    """Milliseconds from each key to the first frame that shows what it did; with `whole` False, to a part of one."""
    screen = Emulator(COLUMNS, ROWS)
    changes: list[tuple[float, bool]] = []
    for at_s, data in frames(chunks) if whole else chunks:
        screen.screen.dirty.clear()
        screen.feed(data)
        for y in screen.screen.dirty:
            line = screen.line(y) if y < ROWS else ""
            if "ladder" in line:
                held = "held" in line[: line.index("ladder") + 60]
                if not changes or changes[-1][1] != held:
                    changes.append((at_s, held))
    echoes = []
    for number, (at_s, held) in enumerate(pressed):
        until_s = pressed[number + 1][0] if number + 1 < len(pressed) else at_s + 5
        seen = next((seen_s for seen_s, state in changes if at_s <= seen_s < until_s + 2 and state is held), None)
        if seen is not None:
            echoes.append((seen - at_s) * 1000)
    return echoes


ROW = Row("keys", "key echo p99 at 50k messages a second", "the frame interval", run)
