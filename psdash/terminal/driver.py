"""The driver: Textual's Linux driver with our own way out and our own way in.

Out: what Textual writes goes into a `Screen`; what the terminal gets are frames of changed cells, when the kernel has
room for them (`Outlet`) and when they would not stand in a buffer on the way (`Pacer`). In: bytes are read on the
loop, made fit (`Intake`) and given to Textual's parser. Nothing here waits, and nothing runs while nothing happens.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from psdash.terminal.intake import Answer, Intake
from psdash.terminal.measures import Measures
from psdash.terminal.outlet import Outlet, OutletError, open_terminal
from psdash.terminal.pacing import Pacer
from psdash.terminal.screen import SYNC_END, Screen

if TYPE_CHECKING:
    from textual.app import App

    from psdash.terminal.hop import LastHop

log = logging.getLogger(__name__)

#: Bytes read at a time: what a paste costs the loop in one turn.
_READ: Final = 4096
#: Seconds to wait for a terminal that is slow to take the last bytes, the ones that put it back.
_LAST_PATIENCE_S: Final = 0.5
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
        hop = self.hop
        super().__init__(app, debug=debug, mouse=mouse and hop.quirks.asks, size=size)
        self._clock: Callable[[], float] = time.monotonic
        self._screen = Screen(*_FALLBACK_SIZE, quirks=hop.quirks)
        self._pacer = Pacer(self._screen, hop.cap, asks=hop.quirks.asks, regions=lambda: hop.name_regions())
        self._outlet: Outlet | None = None
        self._intake = Intake()
        self._parser = XTermParser(debug)
        #: While the terminal is being taken or given back, output is only kept.
        self._is_quiet = True
        self._is_gone = False
        self._is_turn_due = False
        self._wake: asyncio.TimerHandle | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._ticking: asyncio.TimerHandle | None = None
        hop.driver = self

    # starting and stopping ------------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal. Raises OutletError when it cannot be opened."""
        # Nothing is sent before the line settings are: an answer that comes earlier would be echoed onto the screen.
        self._is_quiet = True
        self._outlet = Outlet(open_terminal(_stderr()), self._loop, self._send, self._on_lost)
        self._intake, self._parser = Intake(), XTermParser(self._debug)
        self._pacer.restart()
        self._screen.resize(*self._get_terminal_size())
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._loop.add_reader(self.fileno, self._read)
        self._is_quiet = self._is_gone = False
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
        self._is_quiet = self._is_gone = True
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

    def resume_application_mode(self) -> None:
        """Take the terminal again, in the loop's next turn: Textual calls this from its handler of SIGCONT."""
        self._loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        before = None
        if self._outlet is not None:
            # Nobody had given it back: we were stopped by SIGSTOP, or the terminal hung up, which also says SIGCONT.
            before = self.attrs_before
            self.close()
            self._outlet.abandon()
            self._outlet = None
            self._loop.remove_reader(self.fileno)
        try:
            self.start_application_mode()
        except OutletError:
            self._is_gone = False
            self._on_lost()
        if before is not None:
            self.attrs_before = before

    # out ------------------------------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Take what the app writes; it is sent by `flush`, or in the loop's next turn."""
        if self._outlet is None:
            return
        # Before it is read: what the app draws in a new size must not be cut to the old one.
        self._pacer.resize(self._get_terminal_size(), self._clock())
        self._screen.write(data)
        if self._screen.has_controls and not self._is_turn_due and not self._is_quiet:
            self._is_turn_due = True
            self._loop.call_soon(self._turn)

    def place(self, lines: Sequence[tuple[int, int, str]]) -> None:
        """Take finished lines, text in colours at (row, column) from 0, past the stream; they are sent by `flush`."""
        if self._outlet is None:
            return
        self._pacer.resize(self._get_terminal_size(), self._clock())
        self._screen.place(lines)

    def flush(self) -> None:
        """Send what changed, if it may go now."""
        self._send()

    def redraw(self) -> None:
        """Whatever the terminal shows: send all of it again."""
        self._screen.void()
        self._send()

    def _turn(self) -> None:
        self._is_turn_due = False
        self._send()

    def _send(self) -> None:
        outlet = self._outlet
        if outlet is None or outlet.is_lost or self._is_quiet or self.hop.restorer.is_restored:
            return
        now_s = self._clock()
        self._pacer.resize(self._get_terminal_size(), now_s)
        if outlet.is_full:
            self._pacer.on_held(now_s)
            return
        data = self._pacer.take(now_s)
        if data:
            outlet.write(data.encode("utf-8", "replace"))
        wait_s = self._pacer.wakes_in_s(now_s)
        if wait_s is not None:
            self._wake_in(wait_s)

    def _wake_in(self, delay_s: float) -> None:
        now_s = self._loop.time()
        wake = self._wake
        if wake is not None and not wake.cancelled():
            if now_s < wake.when() <= now_s + delay_s:
                return
            wake.cancel()
        self._wake = self._loop.call_at(now_s + delay_s, self._send)

    def _get_terminal_size(self) -> tuple[int, int]:
        """Columns and rows by the kernel; where that knows none, as Textual finds them.

        Textual asks the environment first, and an exported COLUMNS stays what it was when the window changes.
        """
        with suppress(OSError):
            size = os.get_terminal_size(self._outlet.fd if self._outlet is not None else _stderr())
            if size.columns > 0 and size.lines > 0:
                return size.columns, size.lines
        return super()._get_terminal_size()

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
        has_room = typed = False
        for piece in pieces:
            if isinstance(piece, Answer):
                has_room |= self._pacer.on_answer(piece, self._clock())
            else:
                typed = True
                self._parse(piece)
        if typed:
            has_room |= self._pacer.on_typed(self._clock())
            if self._ticking is not None:
                self._ticking.cancel()  # an Esc may be the last of these: its delay begins now
            self._ticking = self._loop.call_later(constants.ESCAPE_DELAY + 0.005, self._tick)
        if has_room:
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
        except Exception as error:  # noqa: BLE001 - input must never end the program, whatever it is
            # The sequence is lost; the parser is a generator and does not survive its own exception.
            log.warning("input that the parser could not take: %s", type(error).__name__)
            self._parser = XTermParser(self._debug)

    def _on_lost(self) -> None:
        """The terminal is gone; nobody is left to show anything to."""
        with suppress(OSError, ValueError):
            self._loop.remove_reader(self.fileno)
        if not self._is_gone:
            self._is_gone = True
            self.hop.departure.begin(_HUNG_UP)
            self.hop.on_lost(_HUNG_UP)

    @property
    def behind_s(self) -> float:
        """For how long (seconds) the terminal has not had all of the wanted screen."""
        return self._pacer.behind_s(self._clock())

    def measures(self) -> Measures:
        """What is known of the last hop now."""
        return self._pacer.measures(self._clock())
