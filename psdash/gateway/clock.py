"""Time, injected: monotonic seconds for every timer and age, wall milliseconds for what a person reads."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Protocol


class Clock(Protocol):
    """What the gateways know of time. Nothing is ever ordered by `wall_ms`."""

    def monotonic_s(self) -> float:
        """Seconds that never go back, on the event loop's own scale."""
        ...

    def wall_ms(self) -> int:
        """This machine's idea of epoch milliseconds; it may be wrong and may step."""
        ...


def system_wall_ms() -> int:
    """The machine's clock, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


class LoopClock:
    """The event loop's time, so that a virtual loop is virtual here too. One loop for life: the first that asks."""

    def __init__(self, wall_ms: Callable[[], int] = system_wall_ms) -> None:
        self._wall_ms = wall_ms
        self._time: Callable[[], float] | None = None

    def monotonic_s(self) -> float:
        if self._time is None:
            self._time = asyncio.get_running_loop().time
        return self._time()

    def wall_ms(self) -> int:
        return self._wall_ms()


class VenueTime:
    """What the venue's clock says, learned from its frames and answers.

    `reached_ms` is a lower bound of the venue's present: the newest time it has written. `offset_ms` is venue minus
    local, the median of the last nine measured round trips (reliability §1.2 rule 11), None before the first.
    """

    def __init__(self) -> None:
        self.reached_ms = 0
        self._offsets: deque[float] = deque(maxlen=9)

    def saw(self, venue_ms: int | None) -> None:
        """A time the venue put on something it just sent."""
        if venue_ms is not None and venue_ms > self.reached_ms:
            self.reached_ms = venue_ms

    def measured(self, venue_ms: int, sent_wall_ms: int, round_trip_ms: float) -> None:
        """An answer's venue time, the local time of its question, and how long both took."""
        self.saw(venue_ms)
        self._offsets.append(venue_ms - (sent_wall_ms + round_trip_ms / 2))

    @property
    def offset_ms(self) -> float | None:
        """Venue clock minus this machine's."""
        return median(self._offsets) if self._offsets else None
