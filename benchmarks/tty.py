"""A program in a pty, watched from outside: what it wrote, and when; read at once, not at all, or behind a relay."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from benchmarks.machine import TESTED, pinning
from benchmarks.relay import Relay
from benchmarks.screen import Emulator

REPOSITORY = Path(__file__).resolve().parent.parent
#: What Textual asks, and our driver after every frame: "do you know synchronised output?"
_ASK_SYNC = b"\x1b[?2026$p"
_ANSWER_SYNC = b"\x1b[?2026;2$y"


class Chunk(NamedTuple):
    """What one read brought, and when (monotonic seconds)."""

    at_s: float
    data: bytes


class Tty:
    """`argv` in a pty of `columns` x `rows`, on the core of what is measured."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 160,
        rows: int = 50,
        env: Mapping[str, str] | None = None,
        core: int | None = TESTED,
        relay: Relay | None = None,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.chunks: list[Chunk] = []
        self._relay = relay
        self._held = False
        self._ended = threading.Event()
        self._tail = b""
        self._home = tempfile.TemporaryDirectory(prefix="psdash-bench-")
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        base = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": self._home.name,
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": str(REPOSITORY),
        }
        pin = pinning(core)

        def prepare() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            pin()

        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**base, **(env or {})},
            start_new_session=True,
            preexec_fn=prepare,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="tty", daemon=True)
        self._reader.start()

    def __enter__(self) -> Tty:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # what a person does ------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def master(self) -> int:
        """The descriptor on the terminal's side."""
        return self._master

    def send(self, keys: str) -> float:
        """Type; returns the monotonic second."""
        at_s = time.monotonic()
        os.write(self._master, keys.encode())
        return at_s

    def hold(self) -> None:
        """Stop reading, as a terminal does whose window is being dragged or whose link is gone."""
        self._held = True

    def release(self) -> float:
        """Read again; returns the monotonic second."""
        self._held = False
        return time.monotonic()

    # what a person sees ------------------------------------------------------------------------------------------

    def written(self) -> int:
        """Bytes read so far."""
        return sum(len(chunk.data) for chunk in list(self.chunks))

    def since(self, at_s: float, until_s: float = float("inf")) -> list[Chunk]:
        """What was read in a span of time."""
        return [chunk for chunk in list(self.chunks) if at_s <= chunk.at_s < until_s]

    def wait_bytes(self, needle: bytes, timeout_s: float = 30.0) -> float:
        """When these bytes first came. Raises TimeoutError."""
        deadline_s = time.monotonic() + timeout_s
        seen, tail = 0, b""
        while time.monotonic() < deadline_s:
            chunks = self.chunks[seen:]
            seen += len(chunks)
            for chunk in chunks:
                tail += chunk.data
                if needle in tail:
                    return chunk.at_s
                tail = tail[-len(needle) :]
            if self.process.poll() is not None and not chunks:
                break
            time.sleep(0.002)
        raise TimeoutError(f"{needle!r} never came; the screen is:\n{self.emulated().text}")

    def wait_screen(self, look: Callable[[Emulator], bool], what: str, timeout_s: float = 40.0) -> float:
        """When the screen first looked so. Raises TimeoutError with the screen."""
        deadline_s = time.monotonic() + timeout_s
        screen, seen = Emulator(self.columns, self.rows), 0
        while time.monotonic() < deadline_s:
            chunks = self.chunks[seen:]
            seen += len(chunks)
            for chunk in chunks:
                screen.feed(chunk.data)
                if screen.is_whole and look(screen):
                    return chunk.at_s
            time.sleep(0.01)
        raise TimeoutError(f"waited for {what}; the screen is:\n{screen.text}")

    def emulated(self) -> Emulator:
        """The screen as it stands."""
        screen = Emulator(self.columns, self.rows)
        for chunk in list(self.chunks):
            screen.feed(chunk.data)
        return screen

    def wait_exit(self, timeout_s: float = 30.0) -> int:
        """The exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        return self.process.wait(timeout_s)

    def close(self) -> None:
        """End the program by force, whatever it does."""
        if self._ended.is_set():
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)
        self._ended.set()
        self._reader.join(timeout=10)
        os.close(self._master)
        self._home.cleanup()

    # the reading thread ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        relay = self._relay
        while not self._ended.is_set():
            wait_s = 0.2 if relay is None else 0.004
            wants = not self._held and (relay is None or relay.room > 0)
            ready: list[int] = []
            if wants:
                ready = select.select([self._master], [], [], wait_s)[0]
            else:
                time.sleep(0.004)
            if ready:
                try:
                    data = os.read(self._master, 65536 if relay is None else min(65536, relay.room))
                except OSError:  # Linux reports the closed far side of a pty as EIO
                    return
                if relay is None:
                    self._came(data)
                else:
                    relay.put(data)
            if relay is not None:
                self._came(relay.take(time.monotonic()))

    def _came(self, data: bytes) -> None:
        if not data:
            return
        self.chunks.append(Chunk(time.monotonic(), data))
        asked = self._tail + data
        for _ in range(asked.count(_ASK_SYNC)):
            os.write(self._master, _ANSWER_SYNC)
        # Whatever may be the beginning of a question; a whole one is answered.
        self._tail = asked.rpartition(_ASK_SYNC)[2][-(len(_ASK_SYNC) - 1) :]
