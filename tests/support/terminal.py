"""A real pty with a terminal emulator on the other end: what a person at the program would see."""

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
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import pyte

T = TypeVar("T")

#: What Textual asks at start: "do you know synchronised output?". Answering yes makes it mark its frames, so that a
#: test looks at whole frames only, never at half a one.
_ASK_SYNC = b"\x1b[?2026$p"
_ANSWER_SYNC = b"\x1b[?2026;2$y"
_FRAME_END = b"\x1b[?2026l"
#: Sequences the emulator does not know and would print (kitty keyboard protocol, mode queries).
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z]*u|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*[a-zA-Z]")


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
        self._pending = b""
        self._asked = b""
        self.raw = bytearray()
        self.frames = 0
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
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

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
        os.close(self._master)
        self._master = -1

    def wait_until_full(self, timeout_s: float = 60.0) -> None:
        """Do not read, until the program has written all that the terminal holds."""
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
        """Read on until `look` returns something true for a finished frame.

        Raises AssertionError, with the last screen, when the deadline passes or the program ends first.
        """
        deadline = time.monotonic() + timeout_s
        found = look(self)
        while not found:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not self._read(left_s, lambda: bool(look(self))):
                raise AssertionError(f"waited for {what}; the screen is:\n{self.text}")
            found = look(self)
        return found

    def wait_for_text(self, *texts: str, timeout_s: float = 30.0) -> str:
        """Read on until every text stands on the screen; returns the screen."""
        self.wait_for(lambda t: all(text in t.text for text in texts), f"{texts} on the screen", timeout_s)
        return self.text

    def wait_exit(self, timeout_s: float = 20.0) -> int:
        """Read until the program ends; returns its exit status (negative for a signal)."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self._read(deadline - time.monotonic(), lambda: False):
            pass
        return self.process.wait(timeout=max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _read(self, timeout_s: float, stop: Callable[[], bool]) -> bool:
        """Feed what the program writes, frame by frame, until `stop` holds after one. False at end of file."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, timeout_s))
        if not ready:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux reports the closed far side of a pty as EIO
            return False
        if not data:
            return False
        self.raw += data
        self._asked += data  # a question may come in two reads
        for _ in range(self._asked.count(_ASK_SYNC)):
            os.write(self._master, _ANSWER_SYNC)
        self._asked = self._asked.rpartition(_ASK_SYNC)[2][-len(_ASK_SYNC) + 1 :]
        self._pending += data
        while _FRAME_END in self._pending:
            frame, self._pending = self._pending.split(_FRAME_END, 1)
            self._feed(frame)
            self.frames += 1
            if stop():
                return True
        if b"\x1b[?2026h" not in self._pending and not self._pending.endswith(b"\x1b"):
            rest, self._pending = self._pending, b""
            self._feed(rest)
        return True

    def _feed(self, data: bytes) -> None:
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
