"""What is read again and again by lookup: the price that proves a quiet tape, the chart, the pools. One at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final

from psdash.gateway.clock import Clock
from psdash.gateway.notices import CandlesMoved, CatalogueMoved, Emit, MarketMoved
from psdash.gateway.rest import LimitedError, RestError
from psdash.gateway.shuriken import translate, words
from psdash.gateway.shuriken.reads import MOST_CANDLES, ShurikenReads
from psdash.gateway.shuriken.tokens import TokenWatch
from psdash.market.board import Board
from psdash.market.day import day_of

log = logging.getLogger(__name__)

#: Between looks for what is due, and between two reads.
LOOK_S: Final = 0.5
PACE_S: Final = 0.1
#: Between readings of a chart: of the focus, and of another token whose trades are told anyway.
CHART_S: Final = {True: 60.0, False: 600.0}
CHART_RETRY_S: Final = 10.0
#: The finest candles there are, and the coarser ones for the time before; those are read again once an hour.
FINEST: Final = "1m"
COARSER: Final = (("15m", 900_000), ("1h", 3_600_000), ("1d", 86_400_000))
COARSE_S: Final = 3_600.0
LIMITED_S: Final = 5.0
#: How far back somebody looks at candles finer than any that is told.
FINE_MS: Final = 1_800_000
#: A trade's time is its block's, in whole seconds: what is this much older than a reading is in it.
BLOCK_MS: Final = 1_000


class Prices:
    """The lookups of the watched tokens. `proved` is told of every token that something was learned of."""

    def __init__(
        self,
        reads: ShurikenReads,
        board: Board,
        emit: Emit,
        clock: Clock,
        *,
        tokens: Callable[[], Collection[TokenWatch]],
        now_ms: Callable[[], int],
        proved: Callable[[TokenWatch], None],
    ) -> None:
        self._reads = reads
        self._board = board
        self._emit = emit
        self._clock = clock
        self._tokens = tokens
        self._now_ms = now_ms
        self._proved = proved

    async def run(self) -> None:
        """Read what is due, the focus first, until cancelled."""
        while True:
            wait_s = await self._step()
            await asyncio.sleep(wait_s)

    async def _step(self) -> float:
        now_s = self._clock.monotonic_s()
        tokens = sorted(self._tokens(), key=lambda token: not token.is_focused)
        for token in tokens:
            if token.proof.is_due(now_s, is_focused=token.is_focused):
                return await self._audit(token, now_s)
        for token in tokens:
            if now_s >= token.chart_due_s:
                return await self._chart(token, now_s)
        for token in tokens:
            if token.is_focused and not token.has_pools:
                return await self._pools(token)
            if token.is_focused and token.chart_read_s is not None and now_s >= token.coarse_due_s:
                return await self._coarse(token, now_s)
        return LOOK_S

    async def _audit(self, token: TokenWatch, now_s: float) -> float:
        token.proof.asked_s = now_s
        try:
            body = await self._reads.price(token.slug)
        except RestError as error:
            token.proof.trouble = words.rest_words(error)
            self._proved(token)
            return _pause(error)
        answered_s = self._clock.monotonic_s()
        token.proof.audited(body.price_usd, now_s, answered_s)
        token.priced_s = answered_s
        if body.price_usd is not None:
            self._board.catalogue.quotes.price(token.slug, body.price_usd, answered_s)
            self._emit(CatalogueMoved(len(self._board.catalogue)))
        self._proved(token)
        return PACE_S

    async def _chart(self, token: TokenWatch, now_s: float) -> float:
        token.chart_due_s = now_s + CHART_S[token.is_focused]
        asked_ms = self._now_ms()
        try:
            body = await self._reads.chart(token.slug, FINEST, _minutes(token, asked_ms))
        except RestError as error:
            token.chart_trouble = words.rest_words(error)
            token.chart_due_s = now_s + CHART_RETRY_S
            self._proved(token)
            return _pause(error)
        told = (translate.candle(row) for row in body.candles)
        token.candles.tell(translate.MINUTE_MS, told, asked_ms - BLOCK_MS)
        # What the minutes tell is no hole in them; frames finer than a minute show some twenty of them at once.
        token.candles.covered(0, asked_ms - FINE_MS)
        token.chart_trouble = ""
        token.chart_asked_s, token.chart_read_s = now_s, self._clock.monotonic_s()
        token.chart_read_ms = asked_ms
        self._emit(CandlesMoved(token.slug, 0))
        self._proved(token)
        return PACE_S

    async def _coarse(self, token: TokenWatch, now_s: float) -> float:
        token.coarse_due_s = now_s + COARSE_S
        try:
            for resolution, width_ms in COARSER:
                body = await self._reads.chart(token.slug, resolution)
                told = (translate.candle(row) for row in body.candles)
                token.candles.tell(width_ms, told, self._now_ms() - BLOCK_MS)
        except RestError as error:
            log.info("%s: no older candles: %s", token.slug, error.words)
            return _pause(error)
        day = day_of(token.candles, self._now_ms())
        if day is not None and day.is_whole:
            self._board.catalogue.quotes.day(token.slug, day.before, self._clock.monotonic_s())
        self._emit(CandlesMoved(token.slug, 0))
        return PACE_S

    async def _pools(self, token: TokenWatch) -> float:
        token.has_pools = True  # also when it fails: pools are the least of what is shown
        try:
            body = await self._reads.pools(token.slug)
        except RestError as error:
            log.info("%s: no pools: %s", token.slug, error.words)
            return _pause(error)
        tokens = self._board.tokens
        if tokens.learn(token.slug, translate.with_pools(tokens.of(token.slug), body.pools)):
            self._emit(MarketMoved(token.slug, token.state.market.status))
        return PACE_S


def _minutes(token: TokenWatch, now_ms: int) -> int:
    """How many candles are new since the last reading; all there are before the first."""
    if token.chart_read_s is None:
        return MOST_CANDLES
    return max(3, min(MOST_CANDLES, (now_ms - token.chart_read_ms) // translate.MINUTE_MS + 3))


def _pause(error: RestError) -> float:
    """How long nothing is read after a failure."""
    return max(LIMITED_S, error.retry_after_s) if isinstance(error, LimitedError) else LOOK_S
