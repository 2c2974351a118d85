"""One session with Shuriken: the socket, the lookups, and names made tokens."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Final

from psdash.account.account import Account
from psdash.gateway.clock import Clock, LoopClock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.keychain import Keychain
from psdash.gateway.liveness import Timing
from psdash.gateway.notices import CatalogueMoved, Emit, LinkChanged, LinkState
from psdash.gateway.rest import LimitedError, Reader, RestError
from psdash.gateway.shuriken.lookup import TokenLookup
from psdash.gateway.shuriken.reads import ShurikenReads
from psdash.gateway.shuriken.session import Door
from psdash.gateway.shuriken.shuriken_gateway import ShurikenGateway
from psdash.market.board import Board, MarketPane
from psdash.market.catalogue import Market
from psdash.settings import Endpoint

log = logging.getLogger(__name__)


class ShurikenVenue:
    """What a dashboard or a headless command constructs, inside a running loop.

    The key of the endpoint travels as a Bearer token, so that it is hidden wherever one is.
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
        credential = Credential(jwt=endpoint.api_key or endpoint.jwt)
        self._door = Door(endpoint.rest_url, credential)
        self.reads = ShurikenReads(Reader(endpoint.rest_url, credential))
        self._lookup = TokenLookup(self.reads, board, emit)
        self.market = ShurikenGateway(
            self._door,
            self.reads,
            self._lookup,
            Keychain(credential),
            board,
            account,
            emit,
            clock=clock,
            rng=rng or random.Random(),
            timing=timing,
        )
        self.user = SameSocket()
        self.quotes = TokenQuotes(self.reads, board, emit, clock)

    async def resolve(self, slug: str) -> Market:
        """The token of `chain:address`. Raises UnknownMarketError(slug, nearest) or VenueUnreachableError."""
        return await self._lookup.resolve(slug)

    async def search(self, typed: str) -> Sequence[Market]:
        """Tokens by words of their names, put into the catalogue. Raises VenueUnreachableError."""
        return await self._lookup.search(typed)

    async def load_catalogue(self) -> None:
        """Begin the catalogue. Raises VenueUnreachableError."""
        await self._lookup.load()

    async def close(self) -> None:
        """Let go of the REST connections. Cancel the workers first."""
        await self._door.close()
        await self.reads.reader.close()


class SameSocket:
    """There are no orders, fills or positions here; the person's tasks come over the one socket."""

    def __init__(self) -> None:
        self.counts = FrameCounts()
        self.link = LinkChanged(
            "account", LinkState.OFF, "Shuriken tells no orders: your wallets and tasks are in the activity list"
        )
        self.offset_ms: float | None = None

    async def run(self) -> None:
        return


#: Between two lookups of a list that somebody looks at, and of one token in it.
PACE_S: Final = 0.5
QUOTE_S: Final = 15.0
TROUBLED_S: Final = 30.0
IDLE_S: Final = 1.0
LIMITED_S: Final = 5.0


class TokenQuotes:
    """Prices of tokens that are listed and not watched. `want` says of which, `run` reads until cancelled."""

    def __init__(self, reads: ShurikenReads, board: Board, emit: Emit, clock: Clock) -> None:
        self._reads = reads
        self._board = board
        self._emit = emit
        self._clock = clock
        self._wanted: tuple[str, ...] = ()
        self._due_s: dict[str, float] = {}
        self._wake = asyncio.Event()

    def want(self, slugs: Sequence[str]) -> None:
        """Keep these young from now on, the first ones first; none: nobody looks any more."""
        self._wanted = tuple(slugs)
        self._due_s = {slug: due_s for slug, due_s in self._due_s.items() if slug in self._wanted}
        if slugs:
            self._wake.set()

    async def run(self) -> None:
        """Read while something is wanted, until cancelled."""
        while True:
            if not self._wanted:
                self._wake.clear()
                await self._wake.wait()
            await asyncio.sleep(await self._step())

    async def _step(self) -> float:
        now_s = self._clock.monotonic_s()
        due = [slug for slug in self._wanted if self._due_s.get(slug, 0.0) <= now_s and not self._is_live(slug)]
        slug = min(due, key=lambda each: self._due_s.get(each, 0.0), default=None)
        if slug is None:
            return IDLE_S
        self._due_s[slug] = now_s + QUOTE_S
        try:
            price = (await self._reads.price(slug)).price_usd
        except RestError as error:
            log.info("%s: no quote: %s", slug, error.words)
            self._due_s[slug] = now_s + TROUBLED_S
            return max(LIMITED_S, error.retry_after_s) if isinstance(error, LimitedError) else PACE_S
        if price is not None:
            self._board.catalogue.quotes.price(slug, price, self._clock.monotonic_s())
            self._emit(CatalogueMoved(len(self._board.catalogue)))
        return PACE_S

    def _is_live(self, slug: str) -> bool:
        state = self._board.state(slug)
        return state is not None and state.freshness[MarketPane.TAPE].is_live
