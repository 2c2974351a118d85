"""The far side of a pty, in the test's hands: reads when told to, answers as a terminal does, keeps everything."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.support.processes import heed_signals

ROOT = Path(__file__).resolve().parents[2]

#: Questions and what a terminal with everything answers.
ANSWERS = {b"\x1b[5n": b"\x1b[0n", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}


class FarSide:
    """A program on a pty. Nothing is read from it except inside a method of this class.

    `answers` maps questions to answers; an empty map is a terminal that never says anything.
    """

    def __init__(
        self,
        *arguments: str,
        module: str = "tests.support.restless_app",
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        answers: Mapping[bytes, bytes] | None = None,
        nohup: bool = False,
        wrap: Sequence[str] = (),
    ) -> None:
        self.answers = dict(ANSWERS if answers is None else answers)
        self.raw = bytearray()
        self._asked = bytearray()
        self.master, slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(slave)
        base = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TEXTUAL_ANIMATIONS": "none",
            "PYTHONPATH": str(ROOT),
        }

        def set_up() -> None:
            heed_signals()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if nohup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

        self.process = subprocess.Popen(
            [*wrap, sys.executable, "-m", module, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**base, **(env or {})},
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=set_up,
        )
        self._slave = slave  # kept open, to see how the program left the terminal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
        for fd in (self._slave, self.master):
            if fd >= 0:
                os.close(fd)
        self._slave = self.master = -1

    def resize(self, columns: int, rows: int) -> None:
        """The window has another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, data: bytes | str) -> None:
        """Type, or answer, or send garbage; reads meanwhile, so that no two ends wait for each other."""
        data = data.encode() if isinstance(data, str) else data
        deadline = time.monotonic() + 60
        while data:
            assert time.monotonic() < deadline, "the program does not read"
            readable, writable, _ = select.select([self.master], [self.master], [], 1)
            if writable:
                data = data[os.write(self.master, data[:512]) :]
            if readable:
                self.read_once(0)

    def read_once(self, timeout_s: float, most: int = 65536) -> bytes | None:
        """What is there to be read, answered; None at the end."""
        if not select.select([self.master], [], [], timeout_s)[0]:
            return b""
        try:
            data = os.read(self.master, most)
        except OSError:
            return None
        if not data:
            return None
        self.raw += data
        self._asked += data
        for question, answer in self.answers.items():
            for _ in range(self._asked.count(question)):
                os.write(self.master, answer)
        # A question may be cut by the end of a read.
        keep = next((at for at in range(min(len(self._asked), 12), 0, -1) if self._begins(self._asked[-at:])), 0)
        self._asked = self._asked[len(self._asked) - keep :]
        return data

    def _begins(self, tail: bytes | bytearray) -> bool:
        return any(question != tail and question.startswith(bytes(tail)) for question in ANSWERS)

    def read_until(self, holds: Callable[[], Any], what: str, timeout_s: float = 60.0) -> None:
        """Read on until a condition holds. Raises AssertionError at the deadline and at the end of the program."""
        deadline = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < deadline, f"never: {what}; the end of what came: {bytes(self.raw[-600:])!r}"
            assert self.read_once(0.2) is not None, f"the program ended before {what}: {bytes(self.raw[-600:])!r}"

    def read_for(self, seconds: float) -> None:
        """Read for so long; for pauses of a journey, never to wait for something."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self.read_once(left) is not None:
            pass

    def wait_ready(self) -> None:
        """Until it has drawn."""
        self.read_until(lambda: b"ready" in self.raw, "the first frame")

    def wait_exit(self, *, reads: bool = True, timeout_s: float = 60.0) -> int:
        """The exit status; with `reads` the terminal goes on reading meanwhile."""
        os.close(self._slave) if self._slave >= 0 and self.master < 0 else None
        deadline = time.monotonic() + timeout_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            if reads and self.master >= 0:
                self.read_once(0.1)
            else:
                time.sleep(0.02)
        while reads and self.master >= 0 and self.read_once(0):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self._slave)
        os.close(self.master)
        self._slave = self.master = -1

    def drain(self) -> bytes:
        """What was still in the pty, after the program's end."""
        at = len(self.raw)
        while self.read_once(0.1):
            pass
        return bytes(self.raw[at:])

    @property
    def is_as_before(self) -> bool:
        """Whether the line settings of the terminal are those it had."""
        return termios.tcgetattr(self._slave) == self.before

    def assert_restored(self) -> None:
        """Main screen, cursor, wrapping, no mouse, focus, paste or keyboard reports, and the old line settings."""
        raw = bytes(self.raw)
        after = raw[raw.rindex(b"\x1b[?1049h") :]
        for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?7h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1006l",
                         b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[<u"):  # fmt: skip
            assert sequence in after, f"{sequence!r} is not in {after[-800:]!r}"
        assert after.rindex(b"\x1b[?1049l") > after.rindex(b"\x1b[<u"), "the keyboard protocol belongs to the screen"
        assert self.is_as_before, "the line settings are not what they were"
