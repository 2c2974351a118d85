"""Dying with the parent, portably: a thread reads stdin and the process ends when the other end is gone.

The parent keeps the write end of a pipe and never uses it. However the parent ends, SIGKILL included, the kernel
closes that end, and the read here returns nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

#: After this long the process ends without ceremony, in case its event loop is stuck.
GRACE_S = 3.0


class Lifeline:
    """Watches stdin from a daemon thread. Until `attach` is called, the end of stdin ends the process at once."""

    def __init__(self, fd: int = 0) -> None:
        self._fd = fd
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def attach(self, stop: Callable[[], None]) -> None:
        """From now on call `stop` (from the thread) first, and end the process only if it is still there later."""
        with self._lock:
            self._stop = stop

    def _watch(self) -> None:
        try:
            while os.read(self._fd, 4096):
                pass
        except OSError:
            pass  # stdin is closed or not readable: nobody is there either
        with self._lock:
            stop = self._stop
        if stop is not None:
            stop()
            threading.Event().wait(GRACE_S)
        os._exit(0)
