"""Which token a name means, and which tokens are known: by lookup, and by what is called in the feeds."""

from __future__ import annotations

import logging
from typing import Final

from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import CatalogueMoved, Emit
from psdash.gateway.rest import NotFoundError, RestError, UnreachableError
from psdash.gateway.shuriken import translate, words
from psdash.gateway.shuriken.reads import ShurikenReads
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.token_facts import TokenFacts
from psdash.wire.shuriken.rest import TokenRow

log = logging.getLogger(__name__)

#: Tokens that the catalogue takes from calls: a feed names new ones all day long.
MOST_CALLED: Final = 2_000


class TokenLookup:
    """The catalogue of this source. No list has all tokens: it grows by what is searched, opened and called."""

    def __init__(self, reads: ShurikenReads, board: Board, emit: Emit) -> None:
        self._reads = reads
        self._board = board
        self._emit = emit
        self._called = 0

    async def resolve(self, slug: str) -> Market:
        """The token of `chain:address`. Raises UnknownMarketError or VenueUnreachableError."""
        try:
            return await self.read(slug)
        except RestError as error:
            raise VenueUnreachableError(words.rest_words(error)) from None

    async def read(self, slug: str) -> Market:
        """As `resolve`. Raises UnknownMarketError or another RestError than NotFoundError."""
        known = self._board.catalogue.by_slug(slug)
        if known is not None:
            return known
        try:
            return self._take(await self._reads.token(slug))
        except RestError as error:
            if not isinstance(error, NotFoundError) and error.status != 400:
                raise
        await self._look_around(slug)
        raise UnknownMarketError(slug, self._board.catalogue.nearest(slug))

    async def search(self, typed: str) -> list[Market]:
        """Tokens by words, put into the catalogue. Raises VenueUnreachableError."""
        try:
            found = await self._reads.search(typed)
        except RestError as error:
            raise VenueUnreachableError(words.rest_words(error)) from None
        markets = [self._take(row) for row in found.tokens]
        self._emit(CatalogueMoved(len(self._board.catalogue)))
        return markets

    async def load(self) -> None:
        """Begin the catalogue with what a search for nothing finds. Raises VenueUnreachableError."""
        try:
            found = await self._reads.search("")
        except UnreachableError as error:
            raise VenueUnreachableError(words.rest_words(error)) from None
        except RestError as error:
            log.info("no list of tokens without words to search for: %s", error.words)
            return
        for row in found.tokens:
            self._take(row)
        self._emit(CatalogueMoved(len(self._board.catalogue)))

    def called(self, market: Market) -> None:
        """A call names a token; what a lookup said of it before stands."""
        if self._called < MOST_CALLED and self._board.catalogue.by_slug(market.slug) is None:
            self._called += 1
            self._board.catalogue.put([market])
            self._emit(CatalogueMoved(len(self._board.catalogue)))

    def _take(self, row: TokenRow) -> Market:
        market = translate.market(row)
        self._board.catalogue.put([market])
        if self._board.tokens.of(market.slug) == TokenFacts():
            facts = TokenFacts(row.name, row.symbol, row.decimals)
            self._board.tokens.learn(market.slug, facts)
        return market

    async def _look_around(self, slug: str) -> None:
        """Find something to name instead."""
        try:
            for row in (await self._reads.search(slug.partition(":")[2][:64])).tokens:
                self._take(row)
        except RestError as error:
            log.info("no nearest tokens: %s", error.words)
