"""The real program in a pty, on the embedded exchange, with the tap on its wire."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.exchange import LOADED, Exchange, Tap, exchange, tap
from benchmarks.machine import cpu_s
from benchmarks.relay import Relay
from benchmarks.screen import Emulator
from benchmarks.tty import Tty

COLUMNS, ROWS = 160, 50
#: Frames a second, and the milliseconds between two.
FPS: Final = 30
INTERVAL_MS: Final = 1000 / FPS
#: Left alone for so long before anything is measured: caches fill, history is read.
WARM_S: Final = 3.0


class Running(NamedTuple):
    """Everything that runs."""

    tty: Tty
    tap: Tap
    exchange: Exchange


def arguments_for(slugs: Sequence[str]) -> list[str]:
    """`psdash` with these markets."""
    return [sys.executable, "-m", "psdash", *(word for slug in slugs for word in ("--slug", slug))]


@contextmanager
def psdash_on(
    *simulator: str,
    slugs: Sequence[str] = LOADED,
    tap_arguments: Sequence[str] = (),
    relay: Relay | None = None,
    module: str = "psdash.simulator",
    command: Sequence[str] | None = None,
) -> Iterator[Running]:
    """psdash, live on an exchange with these arguments, warmed up."""
    with exchange(*simulator, module=module) as venue, tap(venue, venue.token(slugs[0]), *tap_arguments) as wire:
        argv = list(command) if command is not None else arguments_for(slugs)
        with Tty(argv, columns=COLUMNS, rows=ROWS, env=venue.environment(ws_url=wire.ws_url), relay=relay) as tty:
            tty.wait_screen(is_live, "a live book")
            time.sleep(WARM_S)
            yield Running(tty, wire, venue)


def is_live(screen: Emulator) -> bool:
    """Whether the ladder shows a true book: its frame says LIVE and its foot has a sequence."""
    lines = screen.lines
    return any("ladder" in line and "LIVE" in line for line in lines) and any("#" in line[:60] for line in lines)


class Spent(NamedTuple):
    """What a process used in a span."""

    from_s: float
    until_s: float
    cpu_s: float
    #: Share of the span in which it was ready and others had its core: what the machine did to the figures.
    waited: float

    @property
    def share(self) -> float:
        return self.cpu_s / (self.until_s - self.from_s)


def spend(pid: int, seconds: float) -> Spent:
    """Let so many seconds pass and say what the process used of them."""
    from_s, cpu, waited = time.monotonic(), cpu_s(pid), _waited_s(pid)
    time.sleep(seconds)
    until_s = time.monotonic()
    return Spent(from_s, until_s, cpu_s(pid) - cpu, (_waited_s(pid) - waited) / (until_s - from_s))


def _waited_s(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
