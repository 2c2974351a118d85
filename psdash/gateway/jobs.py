"""REST work in the background of a gateway: one of a kind at a time, tried again while the trouble may pass."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from psdash.gateway.rest import LimitedError, RestError, UnreachableError

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]
#: Told of every failure, before the next try; `None` when the job is given up.
Trouble = Callable[[RestError], None]

_FIRST_S = 0.5
_FACTOR = 1.8
_CAP_S = 15.0


class Jobs:
    """Named jobs inside one task group. A job asked for while it runs is run once more afterwards."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._group: asyncio.TaskGroup | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, tuple[Job, Trouble | None]] = {}
        self._waiting: dict[str, tuple[Job, Trouble | None]] = {}

    def bind(self, group: asyncio.TaskGroup) -> None:
        """Jobs run in this group from now on; those asked for earlier start."""
        self._group = group
        waiting, self._waiting = self._waiting, {}
        for name, (job, trouble) in waiting.items():
            self.start(name, job, trouble)

    def start(self, name: str, job: Job, trouble: Trouble | None = None) -> None:
        """Run `job` until it succeeds or fails for good. A RestError is a failure; anything else is a bug."""
        if self._group is None:
            self._waiting[name] = (job, trouble)
        elif name in self._running:
            self._again[name] = (job, trouble)
        else:
            self._running[name] = self._group.create_task(self._persist(name, job, trouble), name=name)

    def stop(self, name: str) -> None:
        """Forget a job."""
        self._waiting.pop(name, None)
        self._again.pop(name, None)
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()

    def is_running(self, name: str) -> bool:
        return name in self._running

    async def _persist(self, name: str, job: Job, trouble: Trouble | None) -> None:
        tries = 0
        try:
            while True:
                try:
                    await job()
                except RestError as error:
                    log.log(logging.INFO if tries else logging.WARNING, "%s: %s", name, error.words)
                    if trouble is not None:
                        trouble(error)
                    if not isinstance(error, UnreachableError):
                        return
                    ceiling_s = min(_CAP_S, _FIRST_S * _FACTOR ** min(tries, 32))
                    wait_s = self._rng.uniform(ceiling_s / 2, ceiling_s)
                    if isinstance(error, LimitedError):
                        wait_s = max(wait_s, error.retry_after_s, 1.0)
                    tries += 1
                    await asyncio.sleep(max(wait_s, error.retry_after_s))
                else:
                    return
        except asyncio.CancelledError:
            if self._running.get(name) is asyncio.current_task():
                self._again.pop(name, None)  # the whole group ends, and takes no new tasks
            raise
        finally:
            if self._running.get(name) is asyncio.current_task():  # else it was stopped, and perhaps begun anew
                del self._running[name]
                again = self._again.pop(name, None)
                if again is not None:
                    self.start(name, *again)
