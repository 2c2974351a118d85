"""Playing a recorded market through the exchange, at its own pace or several times faster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from psdash.simulator.actors.recording import BookLine, ChangeLine, Line, Recording, RecordingError, TradeLine
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketStatus

log = logging.getLogger(__name__)


class Replay:
    """Plays one recording on the exchange's clock.

    The books that open the recording stand at once; every later line comes when its time has come, `speed` times as
    fast as it was recorded. A line that is wrong ends the replay there (`failure` says which and why): the books keep
    the last state that the recording vouches for. At the end they keep the final state and the exchange stays up. The
    recorded markets are CLOSED then, or SUSPENDED when a line was wrong, so that nobody waits for more.
    """

    def __init__(self, exchange: Exchange, path: Path, symbols: Sequence[str], speed: float = 1.0) -> None:
        """Open the recording; market number n of it is `symbols[n]`.

        Raises `RecordingError` when it cannot be opened, and `ValueError` when `speed` is not above 0.
        """
        if not 0 < speed < float("inf"):
            raise ValueError(f"replay speed must be above 0, not {speed}")
        self._exchange = exchange
        self._symbols = tuple(symbols)
        self._speed = speed
        self._recording = Recording(path, len(self._symbols))
        self._lines: Iterator[Line] = iter(self._recording)
        self._next: Line | None = None
        self._first_ms = 0
        self._origin_ms = 0
        #: Lines applied so far.
        self.played = 0
        #: The time of the last line applied, in the recording's own epoch milliseconds.
        self.recording_ms = 0
        #: True when nothing more will come, whether the end was reached or a line was wrong.
        self.finished = False
        #: What was wrong with the line that ended the replay; None when none was.
        self.failure: RecordingError | None = None

    @property
    def fraction(self) -> float:
        """How much of the file has been read, 0 to 1."""
        if self.finished:
            return 1.0
        return self._recording.position_bytes / max(1, self._recording.size_bytes)

    def start(self) -> None:
        """Show the opening books now and plan the rest. Raises `RecordingError` when the first line is wrong."""
        self._next = self._read()
        if self.failure is not None:
            raise self.failure
        if self._next is None:
            return
        self._first_ms = self._next.at_ms
        # Keep the recording's phase within the second: trades come on the beat of the venue's clock.
        now_ms = self._exchange.scheduler.now_ms
        self._origin_ms = now_ms + (self._first_ms - now_ms) % 1000
        while isinstance(self._next, BookLine):
            self._apply(self._next)
            self._next = self._read()
        self._plan()

    def close(self) -> None:
        """Stop playing and close the file."""
        self._next = None
        self.finished = True
        self._recording.close()

    def _due_ms(self, line: Line) -> int:
        return self._origin_ms + int((line.at_ms - self._first_ms) / self._speed)

    def _plan(self) -> None:
        if self._next is not None:
            self._exchange.scheduler.at(self._due_ms(self._next), self._play)

    def _play(self) -> None:
        """Apply every line of the present millisecond, then plan the next."""
        now_ms = self._exchange.scheduler.now_ms
        while self._next is not None and self._due_ms(self._next) <= now_ms:
            self._apply(self._next)
            self._next = self._read()
        self._plan()

    def _read(self) -> Line | None:
        try:
            line = next(self._lines, None)
        except RecordingError as error:
            log.error("the replay stops: %s", error)  # noqa: TRY400 - the sentence says it all, a stack says nothing
            self.failure = error
            line = None
        if line is None:
            self.close()
            self._end()
        return line

    def _end(self) -> None:
        """Nothing more will happen in these markets, and they say so."""
        status = MarketStatus.CLOSED if self.failure is None else MarketStatus.SUSPENDED
        for symbol in self._symbols:
            if self._exchange.market_status(symbol) is MarketStatus.OPEN:
                self._exchange.set_market_status(symbol, status)
        log.info("the replay has ended after %d lines: its markets are %s", self.played, status)

    def _apply(self, line: Line) -> None:
        symbol = self._symbols[line.market]
        if isinstance(line, ChangeLine):
            self._exchange.replace_level(symbol, line.side, line.price, line.quantity)
        elif isinstance(line, TradeLine):
            self._exchange.print_trade(symbol, 0, line.price, line.quantity, line.taker_side)
        else:
            self._exchange.load_book(symbol, list(line.bids), list(line.asks))
        self.played += 1
        self.recording_ms = line.at_ms
