"""A link of 8 KB/s behind a relay that holds 256 KB: how old what the terminal shows is, and how soon keys answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.ages import ages_behind
from benchmarks.bench import Context, Figure, Row, median, quantile
from benchmarks.drivers import OWN, STOCK
from benchmarks.relay import Relay
from benchmarks.rows.keys import echoes_ms, press
from benchmarks.staged import on_stage

RATE: Final = 8 * 1024
TOUCH_S, WHOLE_S, GROWTH, KEYS_MS = 0.7, 3.0, 1.3, 700.0


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(30, 16)
    context.say("ages")
    ours = ages_behind(RATE, seconds, OWN)
    theirs = ""
    if not context.short:
        context.say("the stock driver")
        theirs = f"; stock: {ages_behind(RATE, seconds, STOCK).said()}"
    yield Figure("age of touch and header, median", median(ours.touch), "s", TOUCH_S, f"{ours.said()}{theirs}")
    yield Figure(
        "age of the whole screen, worst", max(ours.whole), "s", WHOLE_S, f"relay held {ours.peak / 1024:.0f} KB"
    )
    yield Figure("growth", ours.growth, "x", GROWTH, "whole screen, last third against the middle one")
    context.say("keys")
    echoes, missing = keys_behind(RATE, context.pick(40, 12))
    detail = f"p50 {quantile(echoes, 0.5):.0f} ms of {len(echoes)} keys; {missing} without"
    yield Figure("keys, p99", quantile(echoes, 0.99), "ms", KEYS_MS, detail)


def keys_behind(rate: float, times: int) -> tuple[list[float], int]:
    """Milliseconds from key to echo on the far side of the relay; and how many keys had none."""
    steps = str(int(times * 1.5 / 0.033) + 400)
    arguments = ("--changes", "33", "--steps", steps, "--period-ms", "33")
    with on_stage(*arguments, driver=OWN, relay=Relay(rate)) as (tty, _):
        tty.wait_screen(lambda screen: "ladder" in screen.text and "#" in screen.text, "the ladder")
        press(tty, 2, least_s=2.0)
        pressed = press(tty, times, least_s=1.3)
        tty.close()
        echoes = echoes_ms(tty.chunks, pressed, whole=False)
    return echoes, len(pressed) - len(echoes)


ROW = Row("slow_8", "link of 8 KB/s behind a 256 KB relay buffer", "stock driver", run)
