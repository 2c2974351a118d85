"""A small exchange behind its real server on loopback, and clients that speak to it with real libraries."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from psdash.simulator.exchange.catalogue import MAIN_SLUG, build_catalogue
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketRow
from psdash.simulator.exchange.orders import Placement
from psdash.simulator.protocol.server import Served, Server, ServerOptions, serve
from psdash.simulator.scheduler import Scheduler

START_MS = 1_778_783_112_000
WALLET = "0x1111111111111111111111111111111111111111"
VAULT = "0x2222222222222222222222222222222222222222"
MAKER = "0x3333333333333333333333333333333333333333"
MAKER_VAULT = "0x4444444444444444444444444444444444444444"
#: How long a client waits for a frame that has to come.
DEADLINE_S = 10.0

Frame = dict[str, Any]


@dataclass(frozen=True)
class Demo:
    wallet: str = WALLET
    vault: str = VAULT


class SmallWorld:
    """An exchange in which nothing moves but what a test does: two funded accounts, one furnished book."""

    def __init__(self, seed: int = 7) -> None:
        rng = random.Random(seed)
        self.scheduler = Scheduler(START_MS)
        self.exchange = Exchange(build_catalogue(rng, START_MS), self.scheduler, rng)
        self.demo = Demo()
        self.replay = None
        self.row: MarketRow = self.exchange.catalogue.by_slug(MAIN_SLUG)
        for wallet, vault in ((WALLET, VAULT), (MAKER, MAKER_VAULT)):
            self.exchange.open_account(wallet, vault, Decimal(1_000_000))
            self.exchange.split(wallet, self.row.symbol, Decimal(50_000))
        for step in range(5):
            self.place(MAKER, "buy", f"0.{48 - step}", str(100 + step))
            self.place(MAKER, "sell", f"0.{52 + step}", str(200 + step))

    def place(self, wallet: str, side: str, price: str, quantity: str, outcome: int = 0, **more: Any) -> Placement:
        """A limit order in the main market; it must be taken."""
        placement = self.exchange.place(
            wallet, self.row.symbol, side, outcome, Decimal(price), Decimal(quantity), **more
        )
        assert placement.reject_code is None, placement
        return placement

    def advance(self, ms: int) -> None:
        """Let the exchange's clock run."""
        self.scheduler.run_until(self.scheduler.now_ms + ms)


@dataclass
class Client:
    """One client of one gateway: commands with their answers, and the pushes that came meanwhile."""

    socket: ClientConnection
    pushes: deque[Frame] = field(default_factory=deque)
    next_id: int = 1

    async def frame(self) -> Frame:
        """The next frame, whatever it is."""
        async with asyncio.timeout(DEADLINE_S):
            text = await self.socket.recv()
        frame: Frame = json.loads(text)
        assert isinstance(frame["serverTs"], int), frame
        return frame

    async def command(self, cmd: str, **params: Any) -> Frame:
        """Send a command and return the frame that echoes its id; pushes before it are kept for `push`."""
        command_id = self.next_id
        self.next_id += 1
        body: Frame = {"id": command_id, "cmd": cmd}
        if params:
            body["params"] = params
        await self.socket.send(json.dumps(body))
        while True:
            frame = await self.frame()
            if "sid" not in frame or "channel" not in frame or frame.get("id") == command_id:
                assert frame.get("id") == command_id, frame
                return frame
            self.pushes.append(frame)

    async def subscribe(self, *entries: Frame) -> Frame:
        """A `subscribe` with these entries."""
        return await self.command("subscribe", subscriptions=list(entries))

    async def push(self, kind: str | None = None) -> Frame:
        """The next push; it must be of this type."""
        frame = self.pushes.popleft() if self.pushes else await self.frame()
        assert kind is None or frame["type"] == kind, frame
        return frame

    async def settle(self) -> list[Frame]:
        """Every push that was sent before now."""
        await self.command("ping")
        found = list(self.pushes)
        self.pushes.clear()
        return found


@dataclass
class Venue:
    """A running server and an HTTP client of it; `client` and `socket` open a gateway."""

    server: Server
    http: httpx.AsyncClient

    @property
    def key(self) -> str:
        return self.server.keyring.fresh.token

    @asynccontextmanager
    async def socket(
        self, gateway: str, headers: dict[str, str] | None = None, query: str = "", **options: Any
    ) -> AsyncIterator[ClientConnection]:
        """A socket just after the upgrade; nothing has been read from it."""
        url = f"{self.server.ws_url}/ws/{gateway}{query}"
        options = {"compression": None, "additional_headers": headers or {}} | options
        async with connect(url, **options) as socket:
            yield socket

    @asynccontextmanager
    async def client(
        self, gateway: str, headers: dict[str, str] | None = None, **options: Any
    ) -> AsyncIterator[Client]:
        """A greeted client with the fresh key (or other headers)."""
        async with self.socket(gateway, headers or {"X-Api-Key": self.key}, **options) as socket:
            client = Client(socket)
            greeting = await client.frame()
            assert greeting["type"] == "connected"
            yield client

    async def get(self, path: str, key: str | None = None, **params: str) -> httpx.Response:
        """One GET; without a key as a stranger."""
        return await self.http.get(path, params=params, headers={"X-Api-Key": key} if key else {})


@dataclass
class Rig(Venue):
    """A venue around the small world."""

    world: SmallWorld


@asynccontextmanager
async def serving(world: Served, options: ServerOptions | None = None) -> AsyncIterator[Venue]:
    """A venue around any world; everything is closed afterwards."""
    server = await serve(world, options=options)
    try:
        async with httpx.AsyncClient(base_url=server.rest_url, trust_env=False) as http:
            yield Venue(server, http)
    finally:
        await server.close()


@asynccontextmanager
async def running(world: SmallWorld | None = None, options: ServerOptions | None = None) -> AsyncIterator[Rig]:
    """A rig around a small world; everything is closed afterwards."""
    world = world or SmallWorld()
    async with serving(world, options) as venue:
        yield Rig(venue.server, venue.http, world)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is so; fails after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)
