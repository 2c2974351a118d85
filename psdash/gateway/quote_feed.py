"""Quotes of markets that are not watched, by REST, while somebody looks at a list of them (protocol §7.3, §7.6-§7.8).

One read at a time and a pause after each: the venue does not publish its limit for public reads (protocol §10), and
a list is looked at for seconds. What the socket brings of a watched market is never asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from psdash.gateway.clock import Clock
from psdash.gateway.notices import CatalogueMoved, Emit
from psdash.gateway.reads import Rest
from psdash.gateway.rest import LimitedError, RestError, UnreachableError
from psdash.market.board import Board
from psdash.market.quotes import Part, Round

log = logging.getLogger(__name__)

#: Between two reads, so five a second at most; far under what the venue allows for orders (protocol §10).
PACE_S: Final = 0.2
#: How long nothing is read after the venue asked for patience, or did not answer.
REST_S: Final = 5.0
#: The volumes of all markets come in one answer; it is asked for again after so long.
VOLUMES_S: Final = 60.0
#: When everything is young enough, the next look.
IDLE_S: Final = 1.0


class QuoteFeed:
    """Keeps quotes young on the board's catalogue. `want` says of which markets, `run` reads until cancelled."""

    def __init__(self, reads: Rest, board: Board, emit: Emit, clock: Clock) -> None:
        self._reads = reads
        self._board = board
        self._emit = emit
        self._clock = clock
        self._quotes = board.catalogue.quotes
        self._round = Round(self._quotes)
        self._wanted: tuple[str, ...] = ()
        self._wake = asyncio.Event()
        self._volumes_s: float | None = None

    def want(self, slugs: Sequence[str]) -> None:
        """Keep these quotes young from now on, the first ones first; none: nobody looks any more."""
        self._wanted = tuple(slugs)
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
        """One read; the seconds to wait before the next."""
        now_s = self._clock.monotonic_s()
        due = self._round.next(self._wanted, now_s, self._live())
        try:
            if self._volumes_s is None or now_s - self._volumes_s >= VOLUMES_S:
                self._volumes_s = now_s  # also when it fails: volumes are the least of what a list shows
                await self._volumes()
            elif due is None:
                return IDLE_S
            else:
                await self._read(*due)
        except RestError as error:
            log.info("quotes: %s", error.words)
            if due is not None and not isinstance(error, UnreachableError):
                self._round.troubled(*due, now_s)
            if isinstance(error, LimitedError):
                return max(error.retry_after_s, REST_S)
            return REST_S if isinstance(error, UnreachableError) else PACE_S
        self._emit(CatalogueMoved(len(self._board.catalogue)))
        return PACE_S

    def _live(self) -> list[str]:
        """Of the wanted ones, those whose book the socket brings."""
        states = ((slug, self._board.state(slug)) for slug in self._wanted)
        return [slug for slug, state in states if state and state.books and state.book_freshness[0].is_live]

    async def _read(self, slug: str, part: Part) -> None:
        market = self._board.catalogue.by_slug(slug)
        if market is None or not market.tokens:
            self._round.troubled(slug, part, self._clock.monotonic_s())
            return
        if part is Part.TOUCH:
            book = await self._reads.orderbook(market.symbol, 0, depth=1)
            bids = (Decimal(level["price"]) for level in book.bids)
            asks = (Decimal(level["price"]) for level in book.asks)
            self._quotes.touch(slug, max(bids, default=None), min(asks, default=None), self._clock.monotonic_s())
        elif part is Part.LAST:
            tape = await self._reads.trades(market.symbol, limit=1)
            newest = max(tape.trades, key=lambda row: row.created_ms, default=None)
            price = None if newest is None else Decimal(newest.price)
            if newest is not None and newest.outcome_index == 1 and price is not None:
                price = 1 - price  # the tape holds both outcomes (protocol §7.7)
            self._quotes.last(slug, price, self._clock.monotonic_s())
        else:
            self._quotes.day(slug, await self._day_ago(market.symbol), self._clock.monotonic_s())

    async def _day_ago(self, symbol: str) -> Decimal | None:
        """The first point of the last day. A young market's may lie within its last half hour: then of the hour."""
        for span in ("1d", "1h", "live"):
            points = (await self._reads.price_history(symbol, 0, span)).points
            priced = [(point.ts_ms, point.price) for point in points if point.price is not None]
            if priced:
                return Decimal(min(priced)[1])
        return None

    async def _volumes(self) -> None:
        body = await self._reads.matches()
        now_s = self._clock.monotonic_s()
        for match in body.matches:
            for event in match.events:
                for market in event.markets:
                    if market.volume_24h is not None:
                        self._quotes.volume(market.slug, Decimal(market.volume_24h), now_s)
