"""From exec to the first frame, against Textual's hello world."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.bench import Context, Figure, Row, interleaved, median
from benchmarks.exchange import LOADED, Exchange, exchange
from benchmarks.floor import arguments_for as floor
from benchmarks.program import COLUMNS, ROWS, arguments_for
from benchmarks.screen import Emulator
from benchmarks.tty import Tty

TARGET: Final = 1.15
HELLO: Final = [sys.executable, "-m", "benchmarks.hello"]


def run(context: Context) -> Iterator[Figure]:
    with exchange("--rate", "1000") as venue:
        ours, least, hello = interleaved(
            context.pick(15, 5), lambda: frame_ms(venue), lambda: hello_ms(floor("frame")), hello_ms
        )
    yield Figure("first frame", ratio_of(ours, hello), "x", TARGET, in_words(ours, least, hello), slack=0.15)


def ratio_of(ours: Sequence[float], hello: Sequence[float]) -> float:
    """The median of the pairs' ratios."""
    return median([a / b for a, b in zip(ours, hello, strict=True)])


def in_words(ours: Sequence[float], least: Sequence[float], hello: Sequence[float]) -> str:
    """The times, and what hello world takes on psdash's libraries alone (`benchmarks.floor`)."""
    return (
        f"{median(ours):.0f} ms; hello world {median(hello):.0f} ms; "
        f"hello world on these libraries {ratio_of(least, hello):.2f}x"
    )


def hello_ms(argv: Sequence[str] = HELLO) -> float:
    """Milliseconds until the words stand there."""
    with Tty(argv, columns=COLUMNS, rows=ROWS) as tty:
        return (tty.wait_bytes(b"Hello, world") - tty.started_s) * 1000


def frame_ms(venue: Exchange) -> float:
    """Milliseconds until the dashboard stands there, every pane with its frame and its state."""
    with Tty(arguments_for(LOADED[:1]), columns=COLUMNS, rows=ROWS, env=venue.environment()) as tty:
        return (tty.wait_screen(_is_drawn, "the panes") - tty.started_s) * 1000


def _is_drawn(screen: Emulator) -> bool:
    text = screen.text
    return "adder" in text and "ape" in text and "╯" in text


ROW = Row("first_frame", "exec → first frame", "Textual hello world", run)
