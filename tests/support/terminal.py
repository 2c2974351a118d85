"""A real pty with a terminal emulator on the other end: what a person at the program would see.

The terminal reads, and answers what it is asked, at once and whatever the test is busy with, as terminals do: to a
program that paces itself by the answers, a test that thinks for a second would be a slow link, which gets frames in
parts. What was read is shown to the test frame by frame, in its own time.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import pyte

from tests.support.processes import heed_signals

T = TypeVar("T")

#: What Textual asks at start: "do you know synchronised output?". Answering yes makes it mark its frames, so that a
#: test looks at whole frames only, never at half a one.
_ASK_SYNC = b"\x1b[?2026$p"
_ANSWER_SYNC = b"\x1b[?2026;2$y"
_FRAME_START, _FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"
#: Output without marks (a frame of one row has none) is whole when nothing followed it for so long, seconds.
_QUIET_S = 0.03
#: When a look is taken again though no whole frame came, seconds: it may wait for something beside the screen.
_LOOK_AGAIN_S = 0.5
#: A look that asks the exchange may take longer than a frame lasts: so many frames wait, those before go unseen.
_FAR_BEHIND = 8
#: Sequences the emulator does not know and would print (kitty keyboard protocol, mode queries).
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z]*u|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*[a-zA-Z]")


def _as_in_a_shell() -> None:
    heed_signals()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """The program under test in a pty of `columns` x `rows`.

    `wait_for` reads until a condition holds on a completed frame; everything the program ever wrote is in `raw`.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        emulator: type[pyte.Screen] = pyte.Screen,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.screen = emulator(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        #: Everything that stood on the screen so far, and in how many frames.
        self.raw = bytearray()
        self.frames = 0
        #: Read and not shown yet. `_heard` is the reader's; `_news` guards it and tells of more and of the end.
        self._pending = b""
        self._heard = bytearray()
        self._is_over = False
        self._news = threading.Condition()
        #: Held for every read: who holds it is a terminal that does not read.
        self._eyes = threading.Lock()
        self._is_shut = False
        self._is_idle = False
        self._master, slave = pty.openpty()
        self._name = os.ttyname(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        base = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**base, **(env or {})},
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_as_in_a_shell,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._listen, name=f"terminal {self._name}", daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # what a person does ------------------------------------------------------------------------------------------

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Drag the window's corner."""
        self.columns, self.rows = columns, rows
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the window."""
        self._shut()

    def stop_reading(self) -> None:
        """Read nothing more, until `wait_exit`; what was read is still shown."""
        with self._eyes:
            self._is_idle = True

    def wait_until_full(self, timeout_s: float = 60.0) -> None:
        """Do not read, until the program has written all that the terminal holds."""
        self.stop_reading()
        deadline = time.monotonic() + timeout_s
        far_side = os.open(self._name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            while select.select([], [far_side], [], 0)[1]:
                assert time.monotonic() < deadline, "the terminal was never full"
                time.sleep(0.05)
        finally:
            os.close(far_side)

    # what a person sees ------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        """The screen, a string a row."""
        return list(self.screen.display)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    def wait_for(self, look: Callable[[Terminal], T | None], what: str, timeout_s: float = 30.0) -> T:
        """Show frame after frame until `look` returns something true; what it returned.

        Raises AssertionError, with the last screen, when the deadline passes or the program ends first.
        """
        deadline = time.monotonic() + timeout_s
        while not (found := look(self)):
            if time.monotonic() >= deadline or not self._show_more(deadline):
                raise AssertionError(f"waited for {what}; the screen is:\n{self.text}")
        return found

    def wait_for_text(self, *texts: str, timeout_s: float = 30.0) -> str:
        """Read on until every text stands on the screen; returns the screen."""
        self.wait_for(lambda t: all(text in t.text for text in texts), f"{texts} on the screen", timeout_s)
        return self.text

    def wait_exit(self, timeout_s: float = 60.0) -> int:
        """Read until the program ends; returns its exit status (negative for a signal)."""
        deadline = time.monotonic() + timeout_s
        with self._eyes:
            self._is_idle = False
        while time.monotonic() < deadline and self._show_more(deadline):
            pass
        return self.process.wait(timeout=max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
        self._shut()

    def _shut(self) -> None:
        with self._eyes:
            self._is_shut = True
        self._reader.join(20)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    # what a terminal does by itself --------------------------------------------------------------------------------

    def _listen(self) -> None:
        """On the reader's thread: read and answer, until the far side or the window is closed."""
        asked = b""
        data: bytes | None = b""
        while data is not None:
            select.select([self._master], [], [], 0.1)
            with self._eyes:
                if self._is_shut:
                    break
                data = b"" if self._is_idle else self._read()
            if data == b"" and self._is_idle:
                time.sleep(0.02)
            with self._news:
                self._heard += data or b""
                self._news.notify()
            asked += data or b""  # a question may come in two reads
            for _ in range(asked.count(_ASK_SYNC)):
                with suppress(OSError):  # asked, and gone before the answer
                    os.write(self._master, _ANSWER_SYNC)
            asked = asked.rpartition(_ASK_SYNC)[2][-len(_ASK_SYNC) + 1 :]
        with self._news:
            self._is_over = True
            self._news.notify()

    def _read(self) -> bytes | None:
        """What is there; None at the end of the file, which Linux reports as EIO."""
        if not select.select([self._master], [], [], 0)[0]:
            return b""
        try:
            return os.read(self._master, 65536) or None
        except OSError:
            return None

    # one frame after the other -------------------------------------------------------------------------------------

    def _show_more(self, deadline: float) -> bool:
        """Show the next whole frame, or come back after a while without one. False when nothing more will come."""
        again = min(deadline, time.monotonic() + _LOOK_AGAIN_S)
        while True:
            is_over = self._fetch()
            behind = self._pending.count(_FRAME_END)
            if behind:
                for _ in range(max(1, behind - _FAR_BEHIND)):
                    frame, self._pending = self._pending.split(_FRAME_END, 1)
                    self._feed(frame + _FRAME_END)
                return True
            left_s = again - time.monotonic()
            is_marked = _FRAME_START in self._pending and not is_over
            if self._pending and not is_marked and (is_over or left_s <= 0 or not self._hears_more(_QUIET_S)):
                rest, self._pending = self._pending, b""
                self._feed(rest)
                return True
            if is_over or left_s <= 0:
                return not is_over
            if is_marked or not self._pending:
                self._hears_more(left_s)

    def _hears_more(self, timeout_s: float) -> bool:
        """Wait until more is read, or the end; False when neither happens."""
        with self._news:
            return self._news.wait_for(lambda: bool(self._heard) or self._is_over, timeout_s)

    def _fetch(self) -> bool:
        """Take over what was read; whether that was all there will ever be."""
        with self._news:
            self._pending += bytes(self._heard)
            self._heard.clear()
            return self._is_over

    def _feed(self, data: bytes) -> None:
        self.raw += data
        self.frames += 1
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
