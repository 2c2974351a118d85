"""The way out: a terminal written on a descriptor of our own, without ever waiting for it.

The descriptor is a new open file description of the same terminal, so that O_NONBLOCK is seen by nobody else: not by
stdin, not by the shell that started us, not by a program that we start.
"""

from __future__ import annotations

import asyncio
import os
import select
import stat
import termios
import time
from collections.abc import Callable
from contextlib import suppress


class OutletError(OSError):
    """The terminal cannot be opened a second time; the stock driver has to serve."""


def open_terminal(fd: int) -> int:
    """A non-blocking descriptor of its own for the terminal behind `fd`. Raises OutletError."""
    try:
        wanted = os.fstat(fd)
    except OSError as error:
        raise OutletError(f"descriptor {fd} is closed") from error
    for path in _paths(fd):
        with suppress(OSError):
            own = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            found = os.fstat(own)
            if stat.S_ISCHR(found.st_mode) and found.st_rdev == wanted.st_rdev and os.isatty(own):
                return own
            os.close(own)
    raise OutletError("the terminal cannot be opened a second time")


def _paths(fd: int) -> list[str]:
    paths = [f"/proc/self/fd/{fd}", f"/dev/fd/{fd}"]
    with suppress(OSError):
        paths.insert(0, os.ttyname(fd))
    return paths


class Outlet:
    """Writes without blocking; what the terminal does not take waits, and `on_drained` is called when it took it.

    `on_lost` is called once, when the terminal is gone. Not thread-safe: it belongs to the loop.
    """

    def __init__(
        self, fd: int, loop: asyncio.AbstractEventLoop, on_drained: Callable[[], None], on_lost: Callable[[], None]
    ) -> None:
        """`fd` comes from `open_terminal`; the outlet closes it."""
        self.fd = fd
        self._loop = loop
        self._on_drained = on_drained
        self._on_lost = on_lost
        self._rest = b""
        self._is_watched = False
        self.is_lost = False

    @property
    def is_full(self) -> bool:
        """Whether the terminal has not yet taken what was written."""
        return bool(self._rest)

    def write(self, data: bytes) -> None:
        """Send, or keep for when the terminal takes it."""
        if self.is_lost:
            return
        if self._rest:
            self._rest += data
            return
        self._rest = self._send(data)
        if self._rest and not self.is_lost:
            self._loop.add_writer(self.fd, self._drain)
            self._is_watched = True

    def _send(self, data: bytes) -> bytes:
        """What the terminal did not take."""
        at = 0
        while at < len(data):
            try:
                at += os.write(self.fd, data[at:] if at else data)
            except BlockingIOError:
                break
            except InterruptedError:
                continue
            except OSError:
                self._lose()
                return b""
        return data[at:]

    def _drain(self) -> None:
        self._rest = self._send(self._rest)
        if not self._rest:
            self._unwatch()
            if not self.is_lost:
                self._on_drained()

    def _unwatch(self) -> None:
        if self._is_watched:
            self._is_watched = False
            with suppress(ValueError, RuntimeError, OSError):
                self._loop.remove_writer(self.fd)

    def _lose(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self._unwatch()
            self._loop.call_soon_threadsafe(self._on_lost)

    def abandon(self) -> None:
        """Send nothing more, and close."""
        self._unwatch()
        self._rest = b""
        self.is_lost = True
        with suppress(OSError):
            os.close(self.fd)

    def finish(self, last: bytes, patience_s: float) -> None:
        """Send what waits and then `last`, blocking for so many seconds at most, and close.

        A terminal that does not read by then loses what it has not shown yet: `last` puts it back in order.
        """
        if not self.is_lost and not write_all(self.fd, self._rest + last, patience_s):
            force(self.fd, last)
        self.abandon()


def write_all(fd: int, data: bytes, patience_s: float) -> bool:
    """Write all of it to a non-blocking descriptor, waiting at most so many seconds. True when it went."""
    deadline_s = time.monotonic() + patience_s
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            with suppress(InterruptedError):
                select.select([], [fd], [], left_s)
        except InterruptedError:
            continue
        except OSError:
            return False
    return True


def force(fd: int, data: bytes) -> bool:
    """Throw away what the terminal has not read, cancel the sequence it was in, and write. True when it went."""
    with suppress(termios.error, OSError):
        termios.tcflush(fd, termios.TCOFLUSH)
    return write_all(fd, b"\x18\x1b\\" + data, 0.2)
