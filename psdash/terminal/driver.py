"""The driver: Textual's Linux driver with our own way out and our own way in.

Out: what Textual writes goes into a `Screen`; what the terminal gets are frames of changed cells, when it has room
for them (`Outlet`), when they would not stand in a buffer on the way (`Credit`) and as fast as allowed (`Cap`). While
any of the three says no, new output only changes what is wanted. In: bytes are read on the loop, made fit (`Intake`)
and given to Textual's parser. Nothing here waits, and nothing runs while nothing happens.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from psdash.terminal.credit import MAX_WINDOW, Credit
from psdash.terminal.intake import STATUS_QUESTION, SYNC_QUESTION, Answer, Intake
from psdash.terminal.measures import Measures, Meter
from psdash.terminal.outlet import Outlet, OutletError, open_terminal
from psdash.terminal.screen import SYNC_END, Screen

if TYPE_CHECKING:
    from textual.app import App

    from psdash.terminal.hop import LastHop

log = logging.getLogger(__name__)

#: Bytes read at a time: what a paste costs the loop in one turn.
_READ: Final = 4096
#: Seconds to wait for a terminal that is slow to take the last bytes, the ones that put it back.
_LAST_PATIENCE_S: Final = 0.5
#: Seconds after a change of size until which the app's own drawing in the new size is awaited.
_RESIZE_PATIENCE_S: Final = 0.25
#: With an allowance of this much a frame goes out whole, in row order.
_AMPLE: Final = 24 * 1024
_FALLBACK_SIZE: Final = (80, 25)
_HUNG_UP: Final = 129


def _stderr() -> int:
    """Where Textual paints."""
    if sys.__stderr__ is None:
        raise OutletError("stderr is closed")
    return sys.__stderr__.fileno()


class CellDriver(LinuxDriver):
    """Sends changed cells only, and never waits for the terminal. `hop` is set on the subclass that is installed."""

    hop: LastHop

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        """As Textual calls it."""
        super().__init__(app, debug=debug, mouse=mouse and self.hop.quirks.asks, size=size)
        self._clock: Callable[[], float] = time.monotonic
        self._screen = Screen(*_FALLBACK_SIZE, edit=self.hop.quirks.edit)
        self._credit = Credit()
        self._cap = self.hop.cap
        self._meter = Meter()
        self._outlet: Outlet | None = None
        self._intake = Intake()
        self._parser = XTermParser(debug)
        self._answers: Answer | None = None
        self._is_leaving = False
        self._is_turn_due = False
        self._wake: asyncio.TimerHandle | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._drawn_by_s = 0.0
        self._waiting_since_s: float | None = None
        self.hop.driver = self

    # starting and stopping ------------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal. Raises OutletError when it cannot be opened."""
        self._is_leaving = False
        self._outlet = Outlet(open_terminal(_stderr()), self._loop, self._on_room, self._on_lost)
        self._credit = Credit()
        self._intake, self._parser, self._answers = Intake(), XTermParser(self._debug), None
        self._screen.resize(*self._size_now())
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._loop.add_reader(self.fileno, self._read)
        self._send()

    def run_input_thread(self) -> None:
        """Nothing: input is read on the loop."""

    def disable_input(self) -> None:
        """Stop reading."""
        self._loop.remove_reader(self.fileno)
        for timer in (self._settling, self._ticking):
            if timer is not None:
                timer.cancel()
        super().disable_input()

    def stop_application_mode(self) -> None:
        """Put the terminal back as it was."""
        self._is_leaving = True
        if self._wake is not None:
            self._wake.cancel()
        super().stop_application_mode()
        outlet, self._outlet = self._outlet, None
        if outlet is None:
            return
        last = self._screen.reset_colours() + self._screen.controls()
        if self._screen.has_sync:
            last = SYNC_END + last
        if self.hop.restorer.is_restored:
            last = ""
        outlet.finish(last.encode("utf-8", "replace"), _LAST_PATIENCE_S)

    # out ------------------------------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Take what the app writes; it is sent by `flush`, or in the loop's next turn."""
        if self._outlet is None:
            return
        self._screen.write(data)
        if self._screen.has_controls and not self._is_turn_due and not self._is_leaving:
            self._is_turn_due = True
            self._loop.call_soon(self._turn)

    def flush(self) -> None:
        """Send what changed, if it may go now."""
        if not self._is_leaving:
            self._send()

    def redraw(self) -> None:
        """Whatever the terminal shows: send all of it again."""
        self._screen.void()
        self._send()

    def _turn(self) -> None:
        self._is_turn_due = False
        self.flush()

    def _send(self) -> None:
        outlet = self._outlet
        if outlet is None or outlet.is_lost or self._is_leaving or self.hop.restorer.is_restored:
            return
        now_s = self._clock()
        screen = self._screen
        size = self._size_now()
        if size != screen.size:
            screen.resize(*size)
            screen.grid.lowest = -1
            self._drawn_by_s = now_s + _RESIZE_PATIENCE_S
            self._wake_in(_RESIZE_PATIENCE_S)
        if outlet.is_full:
            self._note_waiting(now_s)
            return
        if self._credit.should_probe(now_s):
            self._probe(now_s)
        is_drawn = screen.grid.lowest >= screen.grid.height - 1 or now_s >= self._drawn_by_s
        if not is_drawn:
            if screen.has_controls:
                self._put(screen.controls(), now_s, asks=False)
                screen.painter.lose()
            return
        allowance = self._allowance(now_s)
        if allowance <= 0:
            self._note_waiting(now_s)
            self._wake_when_due(now_s)
            return
        frame = screen.frame(None if allowance >= _AMPLE else allowance, self.hop.importance)
        if frame is None:
            self._waiting_since_s = None
            return
        self._meter.frames += 1
        self._meter.partial_frames += not frame.is_whole
        self._put(frame.data, now_s, asks=True)
        if frame.is_whole:
            self._waiting_since_s = None
        else:
            self._note_waiting(now_s)
            self._wake_when_due(now_s)

    def _allowance(self, now_s: float) -> int:
        allowance = self._credit.allowance(now_s) if self.hop.quirks.asks else MAX_WINDOW
        limit = self._cap.allowance(now_s)
        return allowance if limit is None else min(allowance, limit)

    def _put(self, data: str, now_s: float, *, asks: bool) -> None:
        assert self._outlet is not None
        asked = asks and self.hop.quirks.asks and self._credit.should_ask(len(data), now_s)
        if asked:
            data += self._question
        raw = data.encode("utf-8", "replace")
        self._outlet.write(raw)
        self._credit.on_sent(len(raw), now_s, asked=asked)
        self._cap.on_sent(len(raw))
        self._meter.on_sent(len(raw), now_s)

    @property
    def _question(self) -> str:
        return SYNC_QUESTION if self._answers is Answer.SYNC else STATUS_QUESTION

    def _probe(self, now_s: float) -> None:
        if self._outlet is not None and not self._outlet.is_full:
            raw = self._question.encode()
            self._outlet.write(raw)
            self._credit.on_probe(len(raw), now_s)
            self._meter.on_sent(len(raw), now_s)

    def _note_waiting(self, now_s: float) -> None:
        if self._waiting_since_s is None and not self._screen.is_current:
            self._waiting_since_s = now_s

    def _wake_when_due(self, now_s: float) -> None:
        waits = [self._cap.wakes_in_s(), self._credit.wakes_in_s(now_s) if self.hop.quirks.asks else None]
        known = [wait for wait in waits if wait is not None]
        if known:
            self._wake_in(max(0.005, min(known)))

    def _wake_in(self, delay_s: float) -> None:
        at_s = self._loop.time() + delay_s
        if self._wake is not None and not self._wake.cancelled() and self._loop.time() < self._wake.when() <= at_s:
            return
        if self._wake is not None:
            self._wake.cancel()
        self._wake = self._loop.call_at(at_s, self._send)

    def _on_room(self) -> None:
        self._send()

    def _size_now(self) -> tuple[int, int]:
        """Columns and rows by the kernel; where that knows none, as Textual finds them."""
        with suppress(OSError):
            size = os.get_terminal_size(self._outlet.fd if self._outlet is not None else _stderr())
            if size.columns > 0 and size.lines > 0:
                return size.columns, size.lines
        return self._get_terminal_size()

    # in -------------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = os.read(self.fileno, _READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._on_lost()
            return
        self._take(self._intake.feed(data))
        patience_s = self._intake.patience_s
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        if patience_s is not None:
            self._settling = self._loop.call_later(patience_s, self._settle)

    def _settle(self) -> None:
        self._settling = None
        self._take(self._intake.settle())

    def _take(self, pieces: Iterable[Answer | str]) -> None:
        answered = typed = False
        for piece in pieces:
            if isinstance(piece, Answer):
                is_first = self._answers is None
                if is_first:
                    self._answers = piece
                if piece is self._answers:
                    answered |= self._credit.on_answer(self._clock())
                if is_first and self._credit.flight:
                    self._probe(self._clock())  # what went out meanwhile has no question at its end
            else:
                typed = True
                self._parse(piece)
        if typed:
            answered |= self._credit.on_sign_of_life(self._clock())
            if self._ticking is None:
                self._ticking = self._loop.call_later(constants.ESCAPE_DELAY + 0.005, self._tick)
        if answered:
            self._send()

    def _parse(self, text: str) -> None:
        self._hear(self._parser.feed(text))

    def _tick(self) -> None:
        self._ticking = None
        self._hear(self._parser.tick())

    def _hear(self, events: Iterable[Message]) -> None:
        try:
            for event in events:
                self.process_message(event)
        except Exception as error:
            # The sequence is lost; the parser is a generator and does not survive its own exception.
            log.warning("input that the parser could not take: %s", type(error).__name__)
            self._parser = XTermParser(self._debug)

    def _on_lost(self) -> None:
        """The terminal is gone; nobody is left to show anything to."""
        with suppress(OSError, ValueError):
            self._loop.remove_reader(self.fileno)
        if not self._is_leaving:
            self.hop.departure.begin(_HUNG_UP)
            self.hop.on_lost(_HUNG_UP)

    # measures -------------------------------------------------------------------------------------------------------

    def measures(self) -> Measures:
        """What is known of the last hop now."""
        now_s = self._clock()
        credit = self._credit
        age_s: float | None = None
        if credit.is_answering:
            age_s = 0.0
            if (credit.is_waiting or self._waiting_since_s is not None) and credit.acknowledged_s is not None:
                age_s = now_s - credit.acknowledged_s
        return Measures(
            bytes_per_s=self._meter.rate(now_s),
            bytes_sent=self._meter.sent,
            frames=self._meter.frames,
            partial_frames=self._meter.partial_frames,
            round_trip_s=credit.round_trip_s,
            acknowledged_age_s=age_s,
            waiting_s=0.0 if self._waiting_since_s is None else now_s - self._waiting_since_s,
            is_answering=credit.is_answering,
            window=credit.window,
            faults=self._screen.faults,
        )
