"""From exec to the first true book on the screen, the exchange already up, against Textual's hello world."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.bench import Context, Figure, Row, interleaved
from benchmarks.exchange import LOADED, Exchange, exchange
from benchmarks.floor import arguments_for as floor
from benchmarks.program import COLUMNS, ROWS, arguments_for, is_live
from benchmarks.rows.first_frame import hello_ms, in_words, ratio_of
from benchmarks.tty import Tty

TARGET: Final = 1.6


def run(context: Context) -> Iterator[Figure]:
    with exchange("--rate", "1000") as venue:
        ours, least, hello = interleaved(
            context.pick(15, 5), lambda: book_ms(venue), lambda: hello_ms(floor("book")), hello_ms
        )
    yield Figure("first true book", ratio_of(ours, hello), "x", TARGET, in_words(ours, least, hello), slack=0.15)


def book_ms(venue: Exchange) -> float:
    """Milliseconds until the ladder says LIVE, with a book of a known sequence."""
    with Tty(arguments_for(LOADED[:1]), columns=COLUMNS, rows=ROWS, env=venue.environment()) as tty:
        return (tty.wait_screen(is_live, "a live book") - tty.started_s) * 1000


ROW = Row("first_book", "exec → first true book on the screen (exchange already up)", "Textual hello world", run)
