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


#: How far ahead of its last word, and of the time passed since, a venue's clock may be believed at once.
LEAP_MS = 5_000


class VenueTime:
    """What the venue's clock says, learned from its frames and answers.

    `reached_ms` is a lower bound of the venue's present: the newest time it has written. One host whose clock is
    ahead must not move it (what comes after would look old for as long), so a leap wants a second voice right after
    the first, and the first word of a session gives way to an earlier second one. `offset_ms` is venue minus local,
    the median of the last nine measured round trips (reliability §1.2 rule 11), None before the first.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._offsets: deque[float] = deque(maxlen=9)
        self.begin()

    def begin(self) -> None:
        """A new session, perhaps with another host: nothing is known of its clock."""
        self.reached_ms = 0
        self._reached_s = 0.0
        self._voices = 0  # how many have spoken for `reached_ms` being right, as far as it matters
        self._leapt: tuple[int, float] | None = None  # a leap that wants a second voice, and when it came

    def saw(self, venue_ms: int | None) -> None:
        """A time the venue put on something it just sent."""
        if venue_ms is None:
            return
        if venue_ms <= self.reached_ms:
            self._leapt = None
            if self._voices == 1:
                self._voices = 2
                if venue_ms < self.reached_ms - LEAP_MS:
                    self._reach(venue_ms, self._now_s())
            return
        now_s = self._now_s()
        if self._voices and _leaps(venue_ms, self.reached_ms, now_s - self._reached_s):
            first, self._leapt = self._leapt, (venue_ms, now_s)
            if first is None or venue_ms < first[0] - LEAP_MS or _leaps(venue_ms, first[0], now_s - first[1]):
                return
        self._voices = min(2, self._voices + 1)
        self._reach(venue_ms, now_s)

    def _reach(self, venue_ms: int, now_s: float) -> None:
        self.reached_ms = venue_ms
        self._reached_s = now_s
        self._leapt = None

    def measured(self, venue_ms: int, sent_wall_ms: int, round_trip_ms: float) -> None:
        """An answer's venue time, the local time of its question, and how long both took."""
        self.saw(venue_ms)
        self._offsets.append(venue_ms - (sent_wall_ms + round_trip_ms / 2))

    @property
    def offset_ms(self) -> float | None:
        """Venue clock minus this machine's."""
        return median(self._offsets) if self._offsets else None


def _leaps(venue_ms: int, from_ms: int, passed_s: float) -> bool:
    """Whether a venue's time is further from an earlier one than the time that passed here allows."""
    return venue_ms > from_ms + passed_s * 1_000 + LEAP_MS
