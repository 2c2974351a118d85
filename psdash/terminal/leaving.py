"""Leaving: the terminal is put back as it was, whatever way the program ends.

The usual way is the driver's own. What stands here is for the others: a loop that is stuck, a terminal that does not
read, a program that was told to go and does not. It needs no loop, no Textual and no lock that somebody may hold.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import termios
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from psdash.terminal.outlet import OutletError, force, open_terminal, write_all

log = logging.getLogger(__name__)

#: 128 + the signal's number is the exit code (143, 129, 130).
SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
#: Seconds after the signal at which the terminal is put back by force, and those at which the program ends by force.
RESTORE_S: Final = 1.5
END_S: Final = 5.0
#: How long the end waits for another thread that is putting the terminal back.
_LOOKS: Final = 50
_LOOK_S: Final = 0.01

#: Colours, synchronised output, mouse, focus, paste, sizes in band, keyboard protocol, screen, wrapping, cursor. The
#: keyboard protocol belongs to a screen, so it is left before the screen is.
RESTORE: Final = (
    "\x1b[?2026l",
    "\x1b[m",
    *(f"\x1b[?{mode}l" for mode in (1000, 1002, 1003, 1006, 1015, 1016, 1004, 2004, 2048)),
    "\x1b[?7h",
    "\x1b[<u",
    "\x1b[?1049l",
    "\x1b[?25h",
)


class Restorer:
    """Remembers what a terminal was like and puts it back, once, from any thread."""

    def __init__(self, edit: Callable[[str], str | None] = lambda sequence: sequence) -> None:
        """`edit` drops what this terminal would print as text."""
        self._sequence = "".join(filter(None, map(edit, RESTORE))).encode()
        self._in_fd = -1
        self._fd = -1
        self._attributes: list[Any] | None = None
        self._is_armed = False
        #: True when the terminal was put back by force: nothing may be written to it any more.
        self.is_restored = False
        #: False while a thread is about to put the terminal back: whoever ends the program gives it a moment.
        self.is_done = True

    def arm(self, in_fd: int, out_fd: int) -> None:
        """Remember the terminal as it is now, before a driver changes it. A terminal that is none is left alone."""
        self.disarm()
        self.is_restored = False
        with suppress(OutletError):
            self._fd = open_terminal(out_fd)
            with suppress(termios.error):
                self._attributes = termios.tcgetattr(in_fd)
            self._in_fd = in_fd
            self._is_armed = True
            atexit.register(self.restore)

    def disarm(self) -> None:
        """The driver has put the terminal back itself."""
        self._is_armed = False
        atexit.unregister(self.restore)
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            with suppress(OSError):
                os.close(fd)

    def restore(self) -> None:
        """Put the terminal back now. Never raises, and waits a fraction of a second at most."""
        if not self._is_armed:
            return
        self.is_done = False
        self._is_armed = False
        self.is_restored = True
        # CAN and ST first: whatever sequence was cut short ends here.
        if not write_all(self._fd, b"\x18\x1b\\" + self._sequence, 0.2):
            force(self._fd, self._sequence)
        if self._attributes is not None:
            with suppress(termios.error, OSError):
                termios.tcsetattr(self._in_fd, termios.TCSANOW, self._attributes)
        self.is_done = True


class Departure:
    """Leaves by signals: first as the app leaves, then by force."""

    def __init__(self, restorer: Restorer, signals: Iterable[signal.Signals] = SIGNALS) -> None:
        self._restorer = restorer
        self._signals = tuple(signals)
        self._code: int | None = None
        self._told = 0

    def install(self, loop: asyncio.AbstractEventLoop, leave: Callable[[int], object]) -> None:
        """Call `leave` with the exit code on the loop when a signal comes. From the main thread only."""

        def told(signum: int, _frame: FrameType | None) -> None:
            # Not the loop's own handlers: Python runs this one even while the loop is stuck in a callback.
            self._told += 1
            if self._told == 2:  # somebody is in a hurry
                self._end(128 + signum)
            if self._told > 2:  # it came in the middle of the second one's work, which goes on after this
                return
            self.begin(128 + signum)
            with suppress(RuntimeError):  # the loop has ended; so will the program
                loop.call_soon_threadsafe(leave, 128 + signum)

        for signum in self._signals:
            signal.signal(signum, told)

    def begin(self, code: int) -> None:
        """The program is on its way out with this code: where that takes too long, it is ended."""
        if self._code is not None:
            return
        self._code = code
        for after_s, act in ((RESTORE_S, self._restorer.restore), (END_S, lambda: self._end(code))):
            timer = threading.Timer(after_s, act)
            timer.daemon = True
            timer.start()

    def _end(self, code: int) -> None:
        self._restorer.restore()
        for _ in range(_LOOKS):  # no lock: this may run in the middle of anything
            if self._restorer.is_done:
                break
            time.sleep(_LOOK_S)
        os._exit(code)
