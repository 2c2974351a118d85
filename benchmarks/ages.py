"""How old what a slow terminal shows is: on the stage every size tells the step that set it.

A row is as old as the moment at which the first change that it does not show was told to the screen; a row that shows
its newest change is not old at all. The header's clock moves with the steps and is read in the same way.
"""

from __future__ import annotations

import json
import re
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.bench import median, quantile
from benchmarks.relay import Relay
from benchmarks.screen import Emulator, frames
from benchmarks.stage import BASE_SIZE, Steps
from benchmarks.staged import COLUMNS, ROWS, on_stage
from psdash.market.ticks import CENT
from tests.support import boards

PERIOD_MS: Final = 33
CHANGES: Final = 33
#: Nothing is read off the screen before: the first paint is on its way.
SETTLE_S: Final = 6.0
SAMPLE_S: Final = 0.05

_PRICE = re.compile(r"\d{1,2}")
_SIZE = re.compile(r"(?<![\d,.])\d,\d{3}(?![\d,.])")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d) UTC")


@dataclass(frozen=True, slots=True)
class Ages:
    """Seconds, at each sample: the older of the two touch rows and the header; and the oldest row of all."""

    touch: tuple[float, ...]
    whole: tuple[float, ...]
    gap_s: float
    peak: int

    @property
    def growth(self) -> float:
        """The whole screen's age late in the run, against the middle of it."""
        third = len(self.whole) // 3
        return median(self.whole[-third:]) / max(0.05, median(self.whole[third : 2 * third]))

    def said(self) -> str:
        return (
            f"touch and header {median(self.touch):.2f} s, worst {max(self.touch):.2f}; "
            f"whole {median(self.whole):.2f} s, p95 {quantile(self.whole, 0.95):.2f}, worst {max(self.whole):.2f}"
        )


def ages_behind(rate: float, seconds: float, driver: str) -> Ages:
    """Play on a link of `rate` bytes a second."""
    relay = Relay(rate)
    steps = int(seconds * 1000 / PERIOD_MS)
    arguments = ("--tell-step", "--changes", str(CHANGES), "--steps", str(steps), "--period-ms", str(PERIOD_MS))
    with on_stage(*arguments, "--linger-s", "0.5", driver=driver, relay=relay) as (tty, path):
        log = _log(path, seconds * 6 + 60)
        tty.close()
        chunks = list(tty.chunks)
    history = _history(steps)
    told_s: list[float] = log["told_s"]
    samples = list(_samples(chunks, told_s, history, log["began_s"] + SETTLE_S))
    if not samples:
        raise RuntimeError("nothing was shown")
    return Ages(tuple(a for a, _ in samples), tuple(b for _, b in samples), log["gap_s"], relay.peak)


def _log(path: Path, timeout_s: float) -> dict[str, Any]:
    deadline_s = time.monotonic() + timeout_s
    while not path.exists():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the stage did not come to its end")
        time.sleep(0.1)
    log: dict[str, Any] = json.loads(path.read_text())
    return log


def _history(count: int) -> dict[int, list[int]]:
    """The steps that changed each price (in cents), in order."""
    steps = Steps(CHANGES, tell_step=True)
    history: dict[int, list[int]] = {}
    for number in range(1, count + 1):
        for price in {change.ticks // CENT for change in steps.next()}:
            history.setdefault(price, []).append(number)
    return history


def _samples(
    chunks: Sequence[tuple[float, bytes]], told_s: Sequence[float], history: dict[int, list[int]], from_s: float
) -> Iterator[tuple[float, float]]:
    screen = Emulator(COLUMNS, ROWS)
    next_s = from_s
    for at_s, data in frames(chunks):  # a terminal that knows synchronised output shows whole frames only
        while next_s <= at_s and next_s <= told_s[-1]:
            yield _age(screen, told_s, history, next_s)
            next_s += SAMPLE_S
        screen.feed(data)


def _age(
    screen: Emulator, told_s: Sequence[float], history: dict[int, list[int]], now_s: float
) -> tuple[float, float]:
    lines = screen.lines
    shown = dict(_rows(lines))
    ages = {price: _since(now_s, told_s, history[price], shown[price]) for price in shown if price in history}
    header = _clock_age(lines[:3], told_s, now_s)
    touch = max(header, ages.get(52, now_s - told_s[0]), ages.get(53, now_s - told_s[0]))
    return touch, max([header, *ages.values()])


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Price in cents and the step that its size tells (0 or less when it tells none), of each row of the ladder.

    A size stands beside its price, left or right; further out are own orders and what is ahead of them.
    """
    head = next((line for line in lines if "BID" in line and "ASK" in line and "¢" in line), None)
    if head is None:
        return
    at = head.index("¢")
    for line in lines:
        price = _PRICE.fullmatch(line[at - 2 : at + 1].strip())
        sizes = _SIZE.findall(line[at - 12 : at - 1]) + _SIZE.findall(line[at + 1 : at + 13])
        if price is not None and len(sizes) == 1:
            yield int(price[0]), int(sizes[0].replace(",", "")) - BASE_SIZE


def _since(now_s: float, told_s: Sequence[float], changes: Sequence[int], shown: int) -> float:
    """For how long a newer change than the one shown has been there."""
    at = bisect_right(changes, shown)
    if at and changes[at - 1] != shown:
        return 0.0  # no change made it so: the link has brought a part of its digits, and the next sample tells
    if at == len(changes):
        return 0.0
    return max(0.0, now_s - told_s[changes[at] - 1])


def _clock_age(lines: Sequence[str], told_s: Sequence[float], now_s: float) -> float:
    found = next((found for line in lines if (found := _CLOCK.search(line))), None)
    if found is None:
        return now_s - told_s[0]
    hours, minutes, seconds = (int(part) for part in found.groups())
    day_s = boards.NOW_MS // 1000 % 86_400
    shown_s = (hours * 3600 + minutes * 60 + seconds - day_s) % 86_400
    # The first step whose clock says more.
    step = -(-(shown_s + 1) * 1000 // PERIOD_MS)
    return 0.0 if step > len(told_s) else max(0.0, now_s - told_s[step - 1])
