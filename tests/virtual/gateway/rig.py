"""Virtual time: the real websockets client and server on a loop whose clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import async_solipsism
from pydantic import SecretStr
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from psdash.gateway.clock import LoopClock
from psdash.gateway.connection import Connection
from psdash.gateway.dialling import Credential
from psdash.gateway.liveness import Timing
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.wire.predictstreet import Ack, CommandError, Event, Greeting, Subscribed
from psdash.wire.predictstreet.commands import Command

T = TypeVar("T")
Script = Callable[[ServerConnection], Awaitable[None]]
Gate = Callable[[ServerConnection, Request], Response | None]
CANARY = "ps_live_0123456789abcdef_" + "S" * 43
GREETING = '{"type":"connected","data":{"gateway":"market","protocolVersion":2},"serverTs":1778783112000}'


def run(main: Coroutine[Any, Any, T], *, limit_s: float = 3_600.0) -> T:
    """Run a coroutine in virtual time; a test that would wait for ever fails after `limit_s` virtual seconds."""

    async def bounded() -> T:
        async with asyncio.timeout(limit_s):
            return await main

    with asyncio.Runner(loop_factory=async_solipsism.EventLoop) as runner:
        return runner.run(bounded())


class Recorder:
    """A handler that takes everything and remembers the states."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.links: list[tuple[float, LinkChanged]] = []
        self.frames: list[Event | Subscribed | Ack | CommandError] = []
        self.commands: list[Command] = []
        self.greetings: list[Greeting] = []
        self.closes: list[tuple[str, bool]] = []
        self.unread: list[bytes] = []
        self.ticks = 0
        self.live_at_once = True
        self._moved = asyncio.Event()

    def opened(self, greeting: Greeting) -> None:
        self.greetings.append(greeting)
        if self.live_at_once and self.connection is not None:
            self.connection.went_live()

    def take(self, frame: Event | Subscribed | Ack | CommandError) -> None:
        assert self.connection is not None
        self.connection.counts.applied += 1
        self.frames.append(frame)

    def unreadable(self, raw: bytes) -> None:
        self.unread.append(raw)

    def next_command(self, now_s: float, *, urgent: bool = False) -> Command | None:
        return self.commands.pop(0) if self.commands else None

    def ticked(self, now_s: float) -> None:
        self.ticks += 1

    def closed(self, reason: str, refused: bool) -> None:
        self.closes.append((reason, refused))

    def moved(self, link: LinkChanged) -> None:
        self.links.append((asyncio.get_running_loop().time(), link))
        self._moved.set()

    @property
    def states(self) -> list[LinkState]:
        """States in order, repetitions (round trips) left out."""
        return [state for state, _ in itertools.groupby(link.state for _, link in self.links)]

    async def until(self, condition: Callable[[], bool], limit_s: float = 600.0) -> None:
        """Wait for a link change after which `condition` holds."""
        async with asyncio.timeout(limit_s):
            while not condition():
                self._moved.clear()
                await self._moved.wait()


class Venue:
    """A scripted gateway: one script a connection, the last one for all further ones."""

    def __init__(self, scripts: list[Script]) -> None:
        self._scripts = scripts
        self.dialled_s: list[float] = []
        self.requests: list[Request] = []

    async def handle(self, ws: ServerConnection) -> None:
        self.dialled_s.append(asyncio.get_running_loop().time())
        assert ws.request is not None
        self.requests.append(ws.request)
        await self._scripts[min(len(self.dialled_s), len(self._scripts)) - 1](ws)

    async def sleep(self, ws: ServerConnection) -> None:
        await ws.wait_closed()


@asynccontextmanager
async def gateway(*scripts: Script, gate: Gate | None = None, port: int = 8080) -> AsyncIterator[Venue]:
    """A server of these scripts on the virtual loop."""
    venue = Venue(list(scripts))
    server: Server = await serve(
        venue.handle, "localhost", port, process_request=gate, ping_interval=None, close_timeout=0.1
    )
    try:
        yield venue
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def connected(
    recorder: Recorder, *, seed: int = 1, timing: Timing | None = None, port: int = 8080
) -> AsyncIterator[Connection]:
    """A running connection; an error inside it fails the test."""
    connection = Connection(
        GatewayName.MARKET,
        f"ws://localhost:{port}/ws/market",
        Credential(api_key=SecretStr(CANARY)),
        recorder,
        clock=LoopClock(wall_ms=lambda: 1_778_783_112_000),
        rng=random.Random(seed),
        timing=timing,
    )
    recorder.connection = connection
    task = asyncio.create_task(connection.run())
    try:
        yield connection
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]


async def greet(ws: ServerConnection) -> None:
    """Accept and greet."""
    await ws.send(GREETING)


async def serve_well(ws: ServerConnection) -> None:
    """A gateway as it should be: greets, answers pings, for as long as it is wanted."""
    await greet(ws)
    async for raw in ws:
        command = json.loads(raw)
        if command["cmd"] == "ping":
            await ws.send(json.dumps({"id": command["id"], "type": "pong", "ts": 1_778_783_112_000}))


def close_with(code: int, reason: str = "", after_s: float = 0.0, greeted: bool = False) -> Script:
    """Accept, perhaps greet, wait and close."""

    async def script(ws: ServerConnection) -> None:
        if greeted:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(after_s):
                    await serve_well(ws)
        else:
            await asyncio.sleep(after_s)
        await ws.close(code, reason)

    return script
