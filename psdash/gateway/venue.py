"""One session with one venue: both gateways, their REST reads, and the way from a slug to a market."""

from __future__ import annotations

import random

from psdash.account.account import Account
from psdash.gateway.clock import Clock, LoopClock
from psdash.gateway.keychain import Keychain
from psdash.gateway.liveness import Timing
from psdash.gateway.lookup import Lookup, UnknownMarketError, VenueUnreachableError
from psdash.gateway.market_gateway import MarketGateway
from psdash.gateway.notices import Emit
from psdash.gateway.quote_feed import QuoteFeed
from psdash.gateway.reads import Rest
from psdash.gateway.rest import Reader
from psdash.gateway.user_gateway import UserGateway
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.settings import Endpoint

__all__ = ["UnknownMarketError", "Venue", "VenueUnreachableError"]


class Venue:
    """What a dashboard or a headless command constructs, inside a running loop.

    `market.run()` and `user.run()` are two independent workers: what breaks one does not touch the other. Both write
    `board` and `account` first and call `emit` after. `quotes.run()` is a third, idle until a list is looked at.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        board: Board,
        account: Account,
        emit: Emit,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        timing: Timing | None = None,
    ) -> None:
        clock = clock or LoopClock()
        rng = rng or random.Random()
        keychain = Keychain.of(endpoint, clock)
        # Each gateway has its own reader, so that a queue of public reads never holds up a private one.
        self._public = Rest(Reader(endpoint.rest_url, keychain), clock)
        self._private = Rest(Reader(endpoint.rest_url, keychain), clock)
        self._lookup = Lookup(self._public, board, emit, clock)
        self.quotes = QuoteFeed(self._public, board, emit, clock)
        self.user = UserGateway(
            endpoint, self._private, board, account, emit, clock=clock, rng=rng, timing=timing, keychain=keychain
        )
        self.market = MarketGateway(
            endpoint,
            self._public,
            self._lookup,
            board,
            emit,
            clock=clock,
            rng=rng,
            timing=timing,
            keychain=keychain,
            on_settled=self.user.trade_settled,
        )

    async def resolve(self, slug: str) -> Market:
        """The market a slug names. Raises UnknownMarketError(slug, nearest) or VenueUnreachableError."""
        return await self._lookup.resolve(slug)

    async def load_catalogue(self) -> None:
        """Read the venue's markets and events into the board's catalogue. Raises VenueUnreachableError."""
        await self._lookup.load()

    async def close(self) -> None:
        """Let go of the REST connections. Cancel the two workers first."""
        await self._public.close()
        await self._private.close()
