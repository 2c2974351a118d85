"""Which markets the venue has, and which one a slug names."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from psdash.gateway import translate
from psdash.gateway.clock import Clock, LoopClock
from psdash.gateway.notices import CatalogueMoved, Emit
from psdash.gateway.reads import Rest
from psdash.gateway.rest import NotFoundError, RestError
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.wire.predictstreet.rest import MarketRecord

log = logging.getLogger(__name__)


class UnknownMarketError(Exception):
    """The venue has no market of this slug; `nearest` are the slugs most like it."""

    def __init__(self, slug: str, nearest: Sequence[str]) -> None:
        super().__init__(f"the venue has no market {slug}")
        self.slug = slug
        self.nearest = nearest


class VenueUnreachableError(Exception):
    """The venue gave no answer to go by; the text says why, in words."""


class Lookup:
    """The catalogue and its renewal by REST (protocol §7.1-§7.3)."""

    def __init__(self, reads: Rest, board: Board, emit: Emit, clock: Clock | None = None) -> None:
        self._reads = reads
        self._board = board
        self._emit = emit
        self._clock = clock or LoopClock()
        self._event_titles: dict[str, str] = {}
        self._loaded = False

    def take(self, record: MarketRecord) -> Market:
        """A record as a market, with what earlier answers knew and this one does not say."""
        known = self._board.catalogue.by_slug(record.slug)
        title = self._event_titles.get(record.event_id or "", known.event if known is not None else "")
        market = translate.market(record, title)
        if known is not None and known.tokens and not market.tokens:
            # Once on chain, always on chain: an answer without tokens must not take a live book away.
            market = replace(market, tokens=known.tokens, condition=market.condition or known.condition)
        quotes, now_s = self._board.catalogue.quotes, self._clock.monotonic_s()
        if record.prices:
            quotes.price(record.slug, Decimal(record.prices[0]), now_s)
        if record.volume_24h is not None:
            quotes.volume(record.slug, Decimal(record.volume_24h), now_s)
        return market

    async def load(self) -> None:
        """Read events and markets into the catalogue. Raises VenueUnreachableError when neither is to be had."""
        trouble: RestError | None = None
        try:
            events = await self._reads.events()
        except RestError as error:
            trouble = error
            log.info("events: %s", error.words)
        else:
            for event in events.events:
                self._event_titles[event.event_id] = event.title
                self._board.catalogue.put(self.take(record) for record in event.markets)
        try:
            markets = await self._reads.markets()
        except RestError as error:
            if trouble is not None:
                raise VenueUnreachableError(error.words) from None
            log.info("markets: %s", error.words)
        else:
            if len(markets.markets) < markets.listed:
                log.warning("%d listed markets could not be read", markets.listed - len(markets.markets))
            self._board.catalogue.put(self.take(record) for record in markets.markets)
        self._loaded = True
        self._emit(CatalogueMoved(len(self._board.catalogue)))

    async def resolve(self, slug: str) -> Market:
        """The market of a slug. Raises UnknownMarketError or VenueUnreachableError."""
        known = self._board.catalogue.by_slug(slug)
        if known is not None:
            return known
        try:
            return await self.read(slug)
        except NotFoundError:
            if not self._loaded:
                try:
                    await self.load()
                except VenueUnreachableError as error:
                    log.info("no nearest slugs: %s", error)
            raise UnknownMarketError(slug, self._board.catalogue.nearest(slug)) from None
        except RestError as error:
            raise VenueUnreachableError(error.words) from None

    async def read(self, slug: str) -> Market:
        """The market as the venue has it now, put into the catalogue. Raises a RestError."""
        market = self.take(await self._reads.market(slug))
        self._board.catalogue.put([market])
        return market
