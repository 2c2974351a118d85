"""Bytes of the real program on the recorded match, against the greedy cell diff of the screens it made."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row
from benchmarks.exchange import RECORDED_SLUG, exchange, recording
from benchmarks.ideal import diff_bytes
from benchmarks.program import COLUMNS, ROWS, WARM_S, is_live
from benchmarks.screen import Emulator, frames
from benchmarks.tty import Tty

TARGET: Final = 1.0
#: Seconds into the recording: play is on.
SKIP_S: Final = 300


def run(context: Context) -> Iterator[Figure]:
    path = recording()
    seconds = context.pick(20, 8)
    for speed in (1, 20):
        context.say(f"{speed}x")
        with (
            exchange("--replay", str(path), "--speed", str(speed), "--skip", str(SKIP_S)) as venue,
            Tty(
                [sys.executable, "-m", "psdash", "--slug", RECORDED_SLUG],
                columns=COLUMNS,
                rows=ROWS,
                env=venue.environment(),
            ) as tty,
        ):
            tty.wait_screen(is_live, "a live book", 60)
            time.sleep(WARM_S)
            from_s = time.monotonic()
            time.sleep(seconds)
            tty.close()
            chunks = list(tty.chunks)
        screen = Emulator(COLUMNS, ROWS)
        sent = ideal = count = 0
        before = None
        for at_s, data in frames(chunks):
            screen.feed(data)
            if at_s < from_s:
                continue
            cells = screen.cells()
            if before is not None:
                sent, ideal, count = sent + len(data), ideal + diff_bytes(before, cells), count + 1
            before = cells
        kb = seconds * 1024
        detail = f"{sent / kb:.1f} KB/s in {count / seconds:.0f} frames/s; ideal {ideal / kb:.1f} KB/s"
        yield Figure(f"{speed}x", sent / max(1, ideal), "x", TARGET, detail, slack=0.1)


ROW = Row("bytes_recorded", "bytes per frame on the recorded match", "greedy cell diff of the same screens", run)
