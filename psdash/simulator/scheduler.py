"""One clock for the whole exchange, and the queue of what happens next on it.

Every actor of the simulator (flow, demo trader, settlement, episodes, replay) lives by `at` and `after`. The same
queue runs as fast as it can in a test (`run_until`) and in step with real time behind the gateways (`run_realtime`),
so the same seed gives the same day either way.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

Action = Callable[[], None]

#: At most this much real time passes in one go before the loop gets its turn, when the queue is behind.
MAX_SLICE_S = 0.01


class Scheduler:
    """A discrete-event queue. Times are epoch milliseconds of the exchange's own clock."""

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms
        self._queue: list[tuple[int, int, Action]] = []
        self._order = itertools.count()

    @property
    def now_ms(self) -> int:
        """The exchange's clock, in epoch milliseconds."""
        return self._now_ms

    def at(self, when_ms: int, action: Action) -> None:
        """Run `action` at `when_ms` (or now, if that is past). Equal times keep the order of the calls."""
        heapq.heappush(self._queue, (max(when_ms, self._now_ms), next(self._order), action))

    def after(self, delay_ms: int, action: Action) -> None:
        """Run `action` `delay_ms` milliseconds from now."""
        self.at(self._now_ms + delay_ms, action)

    def next_ms(self) -> int | None:
        """When the next action is due, or None when nothing is planned."""
        return self._queue[0][0] if self._queue else None

    def run_until(self, until_ms: int) -> None:
        """Run everything due up to and including `until_ms`, as fast as it goes; the clock ends there."""
        while self._queue and self._queue[0][0] <= until_ms:
            self._step()
        self._now_ms = max(self._now_ms, until_ms)

    async def run_realtime(self) -> None:
        """Keep the exchange's clock in step with the event loop's clock until cancelled."""
        loop = asyncio.get_running_loop()
        origin_s, origin_ms = loop.time(), self._now_ms
        while True:
            target_ms = origin_ms + int((loop.time() - origin_s) * 1000)
            slice_ends_s = loop.time() + MAX_SLICE_S
            while self._queue and self._queue[0][0] <= target_ms and loop.time() < slice_ends_s:
                self._step()
            behind = bool(self._queue) and self._queue[0][0] <= target_ms
            if not behind:
                self._now_ms = max(self._now_ms, target_ms)
            due_ms = self._queue[0][0] if self._queue else target_ms + 50
            wait_s = 0.0 if behind else min(0.05, max(0.001, (due_ms - target_ms) / 1000))
            await asyncio.sleep(wait_s)

    def _step(self) -> None:
        when_ms, _, action = heapq.heappop(self._queue)
        self._now_ms = max(self._now_ms, when_ms)
        action()
