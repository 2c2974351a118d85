"""Runs of the stage (stage.py) in a pty: the frames it sent, what they cost, and the screens they made."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from benchmarks.bench import SkipRowError
from benchmarks.drivers import OWN, has_own
from benchmarks.ideal import diff_bytes
from benchmarks.relay import Relay
from benchmarks.screen import Emulator, Rows, frames
from benchmarks.tty import Tty

COLUMNS, ROWS = 160, 50
#: Level changes a frame of the issue's table.
CHANGES = (3, 33, 167)
#: What a terminal of sixteen colours says of itself.
SIXTEEN = {"TEXTUAL_COLOR_SYSTEM": "standard", "COLORTERM": ""}


def need_own_driver() -> None:
    """Raises SkipRowError while psdash has no driver of its own."""
    if not has_own():
        raise SkipRowError("psdash has no terminal driver of its own yet")


@dataclass(frozen=True, slots=True)
class Staged:
    """One run. `frames` are those of the steps alone, each with when it came."""

    frames: tuple[tuple[float, bytes], ...]
    chunks: tuple[tuple[float, bytes], ...]
    steps: int
    cpu_ms: float
    began_s: float
    told_s: tuple[float, ...]
    gap_s: float

    @property
    def bytes_per_step(self) -> float:
        return sum(len(data) for _, data in self.frames) / self.steps

    def screens(self) -> tuple[Rows, ...]:
        """What stood on the terminal before the first step and after each frame of one."""
        emulator = Emulator(COLUMNS, ROWS)
        before = [data for at_s, data in frames(self.chunks) if at_s < self.began_s]
        for data in before:
            emulator.feed(data)
        taken = [emulator.cells()]
        for _, data in self.frames:
            emulator.feed(data)
            taken.append(emulator.cells())
        return tuple(taken)

    def ideal_per_step(self) -> float:
        """Bytes a step of the greedy diff of these screens."""
        screens = self.screens()
        return sum(diff_bytes(a, b) for a, b in pairwise(screens)) / self.steps


@contextmanager
def on_stage(
    *arguments: str, driver: str, env: Mapping[str, str] | None = None, relay: Relay | None = None
) -> Iterator[tuple[Tty, Path]]:
    """The stage in a pty, and where its log will be."""
    if driver == OWN:
        need_own_driver()
    with tempfile.TemporaryDirectory(prefix="psdash-stage-") as directory:
        log = Path(directory) / "log.json"
        command = [sys.executable, "-m", "benchmarks.stage", "--driver", driver, "--log", str(log), *arguments]
        with Tty(command, columns=COLUMNS, rows=ROWS, env=env, relay=relay) as tty:
            yield tty, log


def run_stage(*arguments: str, driver: str, env: Mapping[str, str] | None = None) -> Staged:
    """Play it to its end. Raises RuntimeError, with the screen, when it fails."""
    with on_stage(*arguments, driver=driver, env=env) as (tty, path):
        try:
            code = tty.wait_exit(120)
        except subprocess.TimeoutExpired:
            code = -1
        if code or not path.exists():
            raise RuntimeError(f"the stage failed ({code}):\n{tty.emulated().text}")
        log = json.loads(path.read_text())
        tty.close()
        chunks = tuple((chunk.at_s, chunk.data) for chunk in tty.chunks)
    steps = len(log["told_s"])
    ended_s = log["told_s"][-1] + 0.2
    return Staged(
        frames=tuple((at_s, data) for at_s, data in frames(chunks) if log["began_s"] <= at_s < ended_s),
        chunks=chunks,
        steps=steps,
        cpu_ms=log["cpu_s"] * 1000 / steps,
        began_s=log["began_s"],
        told_s=tuple(log["told_s"]),
        gap_s=log["gap_s"],
    )


@lru_cache(maxsize=32)
def bytes_run(driver: str, changes: int, steps: int, *, sixteen: bool = False) -> Staged:
    """A run whose bytes are wanted: they do not depend on the machine, so one run serves every row."""
    arguments = ("--changes", str(changes), "--steps", str(steps))
    return run_stage(*arguments, driver=driver, env=SIXTEEN if sixteen else None)
