"""Bytes a frame in sixteen colours, against a curses program that draws the same cells."""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Context, Figure, Row
from benchmarks.drivers import OWN
from benchmarks.screen import Rows
from benchmarks.staged import CHANGES, COLUMNS, ROWS, bytes_run
from benchmarks.tty import Tty

TARGET = 1.25


def run(context: Context) -> Iterator[Figure]:
    for changes in CHANGES:
        context.say(f"{changes} changes a frame")
        own = bytes_run(OWN, changes, context.pick(150, 40), sixteen=True)
        ours, theirs = own.bytes_per_step, curses_bytes(own.screens()) / own.steps
        yield Figure(
            f"{changes} changes", ours / theirs, "x", TARGET, f"{ours:,.0f} B; curses {theirs:,.0f} B", slack=0.03
        )


def curses_bytes(screens: tuple[Rows, ...]) -> int:
    """What curses sends from the first of these screens to the last, one refresh a screen."""
    with tempfile.TemporaryDirectory(prefix="psdash-curses-") as directory:
        path = Path(directory) / "screens.pickle"
        plain = [[[tuple(cell) for cell in row] for row in screen] for screen in screens]
        path.write_bytes(pickle.dumps(plain))
        command = [sys.executable, "-m", "benchmarks.curses_twin", str(path)]
        with Tty(command, columns=COLUMNS, rows=ROWS) as tty:
            began_s = tty.wait_bytes(b"\x07")  # it rings once the first screen is painted
            code = tty.wait_exit(60)
            tty.close()
            written = b"".join(chunk.data for chunk in tty.chunks)
            if code:
                raise RuntimeError(f"the curses program failed ({code}) at {began_s}:\n{tty.emulated().text}")
    first, last = written.find(b"\x07"), written.rfind(b"\x07")
    return last - first - 1


ROW = Row("bytes_curses", "the same in sixteen colours", "a curses program drawing the same cells", run)
