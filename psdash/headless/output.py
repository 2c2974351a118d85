"""stdout as a stream of lines that never holds up the gateways, and whose reader may leave whenever it likes.

A thread writes, because a pipe that is not read blocks whoever writes to it, and a blocked loop would lose its
connection. Lines wait in memory up to a limit; beyond it `put` refuses, and whoever puts must say what was lost.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from psdash.settings import Exit

#: Bytes that may wait for a slow reader: more than half a minute at 5,000 changes a second.
BACKLOG: Final = 64 * 1024 * 1024
#: Bytes of one write. A pipe's buffer is as large, and each line wholly inside it is whole for the reader.
CHUNK: Final = 64 * 1024


class Output:
    """A descriptor, and the thread that writes to it. `on_end` is called from that thread, at most once.

    `problem` is None while the reader is there, "" when it left (a closed pipe), else the system's words.
    """

    def __init__(self, descriptor: int, on_end: Callable[[], None], *, backlog: int = BACKLOG) -> None:
        self._descriptor = descriptor
        self._on_end = on_end
        self._limit = backlog
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._moved = threading.Condition()
        self._closing = False
        self.problem: str | None = None
        self._is_pipe = _is_pipe(descriptor)
        # A daemon: at the end a reader that never reads again must not keep the program.
        self._thread = threading.Thread(target=self._write, name="stdout", daemon=True)
        self._thread.start()

    def put(self, line: str) -> bool:
        """Queue a line (ASCII, with its end). False when it was not taken: too much waits."""
        data = line.encode("ascii")
        with self._moved:
            if self._size + len(data) > self._limit:
                return False
            self._waiting.append(data)
            self._size += len(data)
            self._moved.notify()
        return True

    @property
    def has_drained(self) -> bool:
        """Whether so much was read that it is worth beginning again."""
        return self._size <= self._limit // 4

    def notice_reader(self) -> None:
        """Look whether the reader of a pipe has left, which a quiet market would not tell for long."""
        if self._is_pipe and self.problem is None:
            poll = select.poll()
            poll.register(self._descriptor, 0)
            if any(event & select.POLLERR for _, event in poll.poll(0)):
                self._ended("")

    def close(self, within_s: float) -> None:
        """Write what waits, as far as the reader takes it within `within_s` seconds."""
        with self._moved:
            self._closing = True
            self._moved.notify()
        self._thread.join(within_s)

    def _write(self) -> None:
        while True:
            with self._moved:
                while not self._waiting and not self._closing:
                    self._moved.wait()
                if not self._waiting:
                    return
                lines = [self._waiting.popleft()]
                size = len(lines[0])
                while self._waiting and size + len(self._waiting[0]) <= CHUNK:
                    lines.append(self._waiting.popleft())
                    size += len(lines[-1])
            try:
                write_all(self._descriptor, b"".join(lines))
            except BrokenPipeError:
                self._ended("")
                return
            except OSError as error:
                self._ended(error.strerror or type(error).__name__)
                return
            with self._moved:
                self._size -= size

    def _ended(self, problem: str) -> None:
        with self._moved:
            if self.problem is not None:
                return
            self.problem = problem
        self._on_end()


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, also to a descriptor that somebody made non-blocking. Raises OSError."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def print_line(line: str) -> int:
    """Write one line to stdout and return the exit code: a reader that left is no failure."""
    try:
        write_all(sys.stdout.fileno(), line.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        return Exit.OK
    except OSError as error:
        sys.stderr.write(f"psdash: stdout cannot be written: {error.strerror}\n")
        return Exit.CRASH
    return Exit.OK


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
