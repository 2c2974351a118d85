"""How the exchange's happenings reach its listeners: in order, one at a time, whatever a listener does meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from psdash.simulator.exchange.happenings import Happening, Listener


class Outbox:
    """A queue between what happened and who hears it.

    A listener may trade from within its call: what that causes is told after everything that happened before it, so
    every listener sees one and the same order. By the time something is told, the exchange may already be further.
    """

    def __init__(self) -> None:
        self._listeners: tuple[list[Listener], ...] = ()  # in a cell each, so that one registration can be dropped
        self._queue: deque[Happening] = deque()
        self._delivering = False

    @property
    def heard(self) -> bool:
        """Whether anyone listens; what nobody hears need not be written."""
        return bool(self._listeners)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything from now on; the answer stops it, and may be called twice."""
        cell = [listener]
        self._listeners = (*self._listeners, cell)

        def stop() -> None:
            self._listeners = tuple(each for each in self._listeners if each is not cell)

        return stop

    def put(self, happening: Happening) -> None:
        """Queue something for the next `deliver`."""
        if self._listeners:
            self._queue.append(happening)

    def deliver(self) -> None:
        """Tell everything queued. What a listener raises reaches the caller; the rest is told at the next call."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._queue:
                happening = self._queue.popleft()
                for (listener,) in self._listeners:
                    listener(happening)
        finally:
            self._delivering = False
