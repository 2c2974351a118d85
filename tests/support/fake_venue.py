"""A venue without a network: what the app constructs in tests, filled by hand through a board and an account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from psdash.account.account import Account
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import CatalogueMoved, Emit, GatewayName, LinkChanged, LinkState
from psdash.market.board import Board
from psdash.market.catalogue import Market, nearest_slugs
from psdash.settings import Endpoint

ENDPOINT = Endpoint("http://127.0.0.1:1", "ws://127.0.0.1:1", None, None, None, "DEMO")


class FakeSource:
    """An endpoint source that answers at once, or never, or with an error."""

    def __init__(self, error: Exception | None = None, *, never: bool = False) -> None:
        self.error = error
        self.never = never
        self.closed = 0

    async def __call__(self) -> Endpoint:
        if self.never:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return ENDPOINT

    async def close(self) -> None:
        self.closed += 1


class FakeGateway:
    """A gateway that runs until cancelled."""

    def __init__(self, name: GatewayName) -> None:
        self.counts = FrameCounts(frames_in=12_345, applied=12_300, duplicate=40, ignored=5, ignored_kinds={"odd": 5})
        self.link = LinkChanged(name, LinkState.LIVE, round_trip_ms=12.0)
        self.offset_ms: float | None = None
        self.running = False
        self.watched: list[tuple[tuple[str, ...], str]] = []
        self.resynced: list[str] = []

    async def run(self) -> None:
        self.running = True
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        self.watched.append((tuple(slugs), focus))

    def resync(self, slug: str) -> None:
        self.resynced.append(slug)


class FakeQuotes:
    """Remembers which quotes were wanted."""

    def __init__(self) -> None:
        self.wanted: list[tuple[str, ...]] = []

    async def run(self) -> None:
        await asyncio.Event().wait()

    def want(self, slugs: Sequence[str]) -> None:
        self.wanted.append(tuple(slugs))


class FakeVenue:
    """Knows the markets it is given. `reachable` False makes every question fail."""

    def __init__(self, markets: Sequence[Market], *, reachable: bool = True) -> None:
        self.markets = {market.slug: market for market in markets}
        self.reachable = reachable
        self.market = FakeGateway(GatewayName.MARKET)
        self.user = FakeGateway(GatewayName.USER)
        self.quotes = FakeQuotes()
        self.closed = 0
        self.emit: Emit = lambda _notice: None
        self.board = Board()
        self.account = Account()

    def open(self, endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> FakeVenue:
        """What the app is given in place of the real venue's constructor."""
        assert endpoint is ENDPOINT
        self.board, self.account, self.emit = board, account, emit
        return self

    async def resolve(self, slug: str) -> Market:
        if not self.reachable:
            raise VenueUnreachableError("nobody answers")
        if slug not in self.markets:
            raise UnknownMarketError(slug, tuple(nearest_slugs(slug, self.markets)))
        return self.markets[slug]

    async def load_catalogue(self) -> None:
        if not self.reachable:
            raise VenueUnreachableError("nobody answers")
        self.board.catalogue.put(self.markets.values())
        self.emit(CatalogueMoved(len(self.markets)))

    async def close(self) -> None:
        self.closed += 1
