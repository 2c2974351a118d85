"""Running a service of ours until it is told to end: signals, the lifeline, the three lines that say it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from psdash.simulator.lifeline import Lifeline
from psdash.simulator.scheduler import Scheduler

EXIT_OK = 0
EXIT_NETWORK = 4
EXIT_SIGTERM = 128 + signal.SIGTERM


class Service(Protocol):
    """What listens."""

    @property
    def rest_url(self) -> str: ...
    @property
    def ws_url(self) -> str: ...
    @property
    def key(self) -> str: ...
    async def close(self) -> None: ...


def now_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000


def set_up_logging(level: str) -> None:
    """To stderr. At DEBUG websockets writes every header it reads, keys included; never let it."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("websockets").setLevel(logging.WARNING)
    logging.getLogger("websockets.server").addFilter(lambda record: record.msg != "opening handshake failed")


async def run_service(
    begin: Callable[[], Awaitable[Service]], scheduler: Scheduler, lifeline: Lifeline | None, name: str
) -> int:
    """Serve until a signal or the parent's end; the exit code."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    loop.add_signal_handler(signal.SIGINT, end, EXIT_OK)
    loop.add_signal_handler(signal.SIGTERM, end, EXIT_SIGTERM)

    def orphaned() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending already
            loop.call_soon_threadsafe(end, EXIT_OK)

    if lifeline is not None:
        lifeline.attach(orphaned)
    try:
        service = await begin()
    except OSError as failure:
        sys.stderr.write(f"{name}: the port on 127.0.0.1 cannot be used: {failure.strerror}\n")
        return EXIT_NETWORK
    clock = asyncio.create_task(scheduler.run_realtime())
    try:
        if not _announced(service):
            return EXIT_OK
        waiting: list[asyncio.Future[Any]] = [ended, clock]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if clock.done():
            clock.result()  # the service itself failed: let it be seen
        return ended.result()
    finally:
        clock.cancel()
        await service.close()


def _announced(service: Service) -> bool:
    try:
        sys.stdout.write(
            f"PSDASH_REST_URL={service.rest_url}\nPSDASH_WS_URL={service.ws_url}\nPSDASH_API_KEY={service.key}\n"
        )
        sys.stdout.flush()
    except OSError:
        return False  # whoever asked has gone
    return True
