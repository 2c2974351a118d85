"""A source that the program has never heard of: what a new one needs, and nothing else (docs/architecture.md)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from decimal import Decimal

from psdash.account.account import Account
from psdash.gateway.clock import LoopClock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import BookMoved, CatalogueMoved, Emit, LinkChanged, LinkState, MarketMoved
from psdash.gateway.rest import Reader
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.ticks import to_ticks
from psdash.registry.source import Source
from psdash.settings import Endpoint

#: What the person reads.
NO_ACCOUNT = "the toy knows nothing of your own"


def toy(name: str = "toy", venue: str = "ToyVenue") -> Source:
    """The record of a toy source; `venue` is the class here that it opens."""
    return Source(
        name=name,
        title=name.capitalize(),
        mark=name.upper(),
        noun="toy",
        option=f"--{name}",
        form=re.compile(rf"{name}/[a-z]{{1,20}}"),
        form_words=f"{name}/ and letters",
        example=f"{name}/duck",
        rest_url=f"https://{name}.example",
        ws_url=f"wss://{name}.example",
        key_form=re.compile(r"toy_[0-9]{10}"),
        key_looks="toy_<10 digits>",
        simulator="tests.support.toy_service",
        gateway=f"tests.support.toy_source:{venue}",
    )


class ToyFeed:
    """Reads one price for the market that is looked at."""

    def __init__(self, venue: ToyVenue, name: str) -> None:
        self.counts = FrameCounts()
        self.link = LinkChanged(name, LinkState.OFF)
        self.offset_ms: float | None = None
        self.watched: list[tuple[tuple[str, ...], str]] = []
        self.resynced: list[str] = []
        self.runs = 0
        self._venue = venue
        self._changed = asyncio.Event()

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        self.watched.append((tuple(slugs), focus))
        self._venue.board.keep(slugs)
        self._changed.set()

    def resync(self, slug: str) -> None:
        self.resynced.append(slug)

    async def run(self) -> None:
        self.runs += 1
        while True:
            await self._changed.wait()
            self._changed.clear()
            for slug in self.watched[-1][0]:
                await self._venue.show(slug)
            self.link = LinkChanged(self.link.gateway, LinkState.LIVE)
            self._venue.emit(self.link)


class BrokenFeed(ToyFeed):
    """Breaks the first time it runs."""

    async def run(self) -> None:
        if not self.runs:
            self.runs += 1
            raise RuntimeError("a toy broke")
        await super().run()


class NoAccount:
    """The toy has no accounts."""

    def __init__(self) -> None:
        self.counts = FrameCounts()
        self.link = LinkChanged("account", LinkState.OFF, NO_ACCOUNT)
        self.offset_ms: float | None = None

    async def run(self) -> None:
        return


class NoQuotes:
    """Nor a list with prices."""

    def __init__(self) -> None:
        self.wanted: tuple[str, ...] = ()

    def want(self, slugs: Sequence[str]) -> None:
        self.wanted = tuple(slugs)

    async def run(self) -> None:
        return


class ToyVenue:
    """A session with the toy service."""

    feed: type[ToyFeed] = ToyFeed

    def __init__(self, endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> None:
        self.board = board
        self.emit = emit
        self.source = endpoint.source
        self.market = self.feed(self, endpoint.source)
        self.user = NoAccount()
        self.quotes = NoQuotes()
        self.closed = 0
        self._clock = LoopClock()
        self._reader = Reader(endpoint.rest_url, Credential(api_key=endpoint.api_key))

    async def resolve(self, slug: str) -> Market:
        if not slug.endswith("/duck"):
            raise UnknownMarketError(slug, (f"{self.source}/duck",))
        return Market(slug, slug, "Does the duck float?", MarketStatus.OPEN, (f"{slug}/yes",))

    async def load_catalogue(self) -> None:
        self.board.catalogue.put([await self.resolve(f"{self.source}/duck")])
        self.emit(CatalogueMoved(1))

    async def show(self, slug: str) -> None:
        """Put the price of a market on the board."""
        state = self.board.watch(await self.resolve(slug))
        said = (await self._reader.get("/price", None)).body
        bid, ask = (Decimal(each) for each in re.findall(r'"(0\.\d+)"', bytes(said).decode()))
        state.books[0].quote(to_ticks(bid), to_ticks(ask), venue_ms=None)
        state.book_freshness[0] = Freshness(PaneState.LIVE, "", proved_s=self._clock.monotonic_s())
        self.emit(MarketMoved(slug, MarketStatus.OPEN))
        self.emit(BookMoved(slug, 0, 0))

    async def close(self) -> None:
        self.closed += 1
        await self._reader.close()


class QuietVenue(ToyVenue):
    """Shows nothing and asks nobody."""

    async def show(self, slug: str) -> None:
        self.board.watch(await self.resolve(slug))


class KnowingVenue(QuietVenue):
    """Knows the same question among its own, and another by the id of a group."""

    async def counterparts(self, market: Market, group: int | None = None) -> Sequence[str]:
        return [f"{self.source}/{'duck' if group is None else 'pinned'}"]


class BrokenVenue(QuietVenue):
    """Its worker breaks, and its list is never to be had."""

    feed = BrokenFeed

    async def load_catalogue(self) -> None:
        raise VenueUnreachableError("the toy box is shut")


class ShutVenue(ToyVenue):
    """Cannot even be opened."""

    def __init__(self, endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> None:
        raise RuntimeError("no such toy")
