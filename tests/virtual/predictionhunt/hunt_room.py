"""Prediction Hunt's gateway against the service of our own, in virtual time: real websockets, real httpx."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal

from pydantic import SecretStr

from psdash.account.account import Account
from psdash.gateway.clock import LoopClock
from psdash.gateway.lookup import VenueUnreachableError
from psdash.gateway.notices import LinkChanged, MarketPaneMoved, Notice, SignalsMoved, Spoken
from psdash.gateway.predictionhunt.venue import HuntVenue
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.book import Side
from psdash.market.freshness import Freshness, PaneState
from psdash.settings import Endpoint
from psdash.simulator.predictionhunt.menu import MENU
from psdash.simulator.predictionhunt.server import HuntServer
from psdash.simulator.predictionhunt.world import HuntWorld
from psdash.simulator.services.faults import Faults

START_MS = 1_780_000_000_000
FED, LAKERS, SPAIN = "kalshi:KXFED-26", "predictit:8123", "opinion:op-5512"
WATCHED = (FED, LAKERS, SPAIN, "polymarket:601201")


class Room:
    """The service, the client, and the clock between them."""

    def __init__(self, chaos: str, seed: int, tier: str, beat_ms: int) -> None:
        self.world = HuntWorld(seed, START_MS, beat_ms=beat_ms)
        self.faults = Faults.parse(MENU, chaos, seed)
        self.server = HuntServer(self.world, tier=tier, faults=self.faults)
        self.board = Board()
        self.heard: Counter[str] = Counter()
        self.links: list[LinkChanged] = []
        self.signals: Counter[str] = Counter()
        self.said: list[str] = []
        self.unresolved: dict[str, Freshness] = {}
        self.is_moving = True

    async def open(self, watch: Sequence[str], key: str | None, seed: int) -> None:
        await self.server.open()
        endpoint = Endpoint(
            self.server.rest_url, self.server.ws_url, SecretStr(key or self.server.key), None, None, "DEMO"
        )
        self.venue = HuntVenue(
            endpoint,
            self.board,
            Account(),
            self._hear,
            clock=LoopClock(lambda: self.world.now_ms),
            rng=random.Random(seed),
        )
        self.venue.market.watch(watch, watch[0])

    def _hear(self, notice: Notice) -> None:
        self.heard[type(notice).__name__] += 1
        if isinstance(notice, LinkChanged):
            self.links.append(notice)
        elif isinstance(notice, Spoken):
            self.said.append(notice.text)
        elif isinstance(notice, MarketPaneMoved) and self.board.state(notice.slug) is None:
            self.unresolved[notice.slug] = notice.freshness
        elif isinstance(notice, SignalsMoved):
            self.signals.update(signal.key for signal in notice.signals)

    async def tick(self) -> None:
        """Keep the service's clock in step with the virtual one, while it moves."""
        loop = asyncio.get_running_loop()
        origin_s = loop.time()
        while True:
            if self.is_moving:
                self.world.scheduler.run_until(START_MS + round((loop.time() - origin_s) * 1_000))
            await asyncio.sleep(0.05)

    async def list_markets(self) -> None:
        """As the screen does: until it is there."""
        while True:
            with suppress(VenueUnreachableError):
                await self.venue.load_catalogue()
                return
            await asyncio.sleep(2.0)

    async def until(self, holds: Callable[[], bool], what: str, limit_s: float) -> float:
        """The virtual seconds until it holds."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while not holds():
            assert loop.time() - began_s < limit_s, f"not within {limit_s:g} s: {what}"
            await asyncio.sleep(0.1)
        return loop.time() - began_s

    def state(self, slug: str) -> MarketState:
        state = self.board.state(slug)
        assert state is not None
        return state

    def claim(self, slug: str) -> Freshness | None:
        """What a book may claim, None before it is watched."""
        state = self.board.state(slug)
        return None if state is None else state.book_freshness[0]

    def chart(self, slug: str) -> Freshness:
        """What a chart may claim; nothing before its market is watched."""
        state = self.board.state(slug)
        return Freshness(PaneState.OFF) if state is None else state.freshness[MarketPane.CHART]

    def is_live(self, slug: str) -> bool:
        """Whether a book claims to be true now."""
        claim = self.claim(slug)
        return claim is not None and claim.is_live

    def all_live(self) -> bool:
        return all(self.is_live(slug) for slug in WATCHED)

    def is_right(self, slug: str) -> bool:
        """Whether both books are the service's own, as far as they are told."""
        quote = self.world.quotes[slug.partition(":")[2]]
        yes, no = self.state(slug).books
        bids = [(Decimal(price) / 10_000, Decimal(size)) for price, size in quote.bids]
        asks = [(Decimal(price) / 10_000, Decimal(size)) for price, size in quote.asks]
        if not yes.is_sized:
            bids, asks = [(bids[0][0], Decimal(0))], [(asks[0][0], Decimal(0))]
        mirrored = ([(1 - p, s) for p, s in asks], [(1 - p, s) for p, s in bids])
        return all(
            [(level.price, level.size) for level in book.levels(side)] == expected
            for book, sides in ((yes, (bids, asks)), (no, mirrored))
            for side, expected in zip((Side.BID, Side.ASK), sides, strict=True)
        )

    async def rest(self, settle_s: float = 60.0) -> None:
        """Let nothing move any more, and the client find that out."""
        self.is_moving = False
        await self.until(
            lambda: self.all_live() and all(self.is_right(slug) for slug in WATCHED), "all is right", settle_s
        )


@asynccontextmanager
async def hunt_room(
    chaos: str = "",
    *,
    seed: int = 7,
    tier: str = "pro",
    watch: Sequence[str] = WATCHED,
    key: str | None = None,
    beat_ms: int = 400,
) -> AsyncIterator[Room]:
    room = Room(chaos, seed, tier, beat_ms)
    await room.open(watch, key, seed)
    tasks = [asyncio.create_task(room.tick()), asyncio.create_task(room.venue.market.run())]
    try:
        tasks.append(asyncio.create_task(room.list_markets()))
        yield room
        assert room.venue.market.counts.is_conserved
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await room.venue.close()
        await room.server.close()
        await asyncio.sleep(1.0)
