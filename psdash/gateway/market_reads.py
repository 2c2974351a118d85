"""What REST adds to a watched market: the history before the socket opened, and across its gaps (protocol §6)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from psdash.gateway import translate
from psdash.gateway.clock import Clock
from psdash.gateway.notices import CandlesMoved, Emit, TapeMoved
from psdash.gateway.reads import TAPE_PAGE, Rest
from psdash.gateway.rest import BadAnswerError, NotFoundError, RestError
from psdash.market.board import MarketState
from psdash.market.candles import Candle
from psdash.market.tape import Print
from psdash.wire.predictstreet.rest import CandlesBody, TapeRow

log = logging.getLogger(__name__)

#: How far behind the last known print a back-fill begins: rows may show up late (reliability §1.2 rule 7).
OVERLAP_MS = 60_000
#: Pages of the tape read in one go; beyond it the history stays incomplete, and says so.
MAX_PAGES = 20


@dataclass(slots=True)
class Seeds:
    """How far REST has come with one market. Notes are words for the pane, empty when there is nothing to say."""

    tape_done: bool = False
    tape_note: str = ""
    chart_done: bool = False
    chart_note: str = ""
    status_read_s: float | None = None
    status_note: str = ""
    #: First bucket that this session's socket brought, by outcome: from there on it knows better than REST.
    live_from_ms: dict[int, int] = field(default_factory=dict)


class MarketReads:
    """Tape and candles of watched markets by REST. `changed` hears which market's panes to look at again."""

    def __init__(self, reads: Rest, emit: Emit, clock: Clock, changed: Callable[[MarketState], None]) -> None:
        self._reads = reads
        self._emit = emit
        self._clock = clock
        self._changed = changed

    # tape ------------------------------------------------------------------------------------------------------

    async def tape(self, state: MarketState, seeds: Seeds) -> None:
        """Read the prints since the last one known, with an overlap; the newest page when none is (protocol §7.7)."""
        last = state.tape.last
        if last is None:
            body = await self._reads.trades(state.market.symbol)
            self._add(state, body.trades)
            seeds.tape_note = ""
        else:
            complete = await self._backfill(state, last.venue_ms - OVERLAP_MS)
            seeds.tape_note = "" if complete else "prints are missing: the gap was too long to read back"
        seeds.tape_done = True
        self._changed(state)

    async def _backfill(self, state: MarketState, after_ms: int) -> bool:
        """Everything after `after_ms`, newest first, page by page. False when there was more than the pages hold."""
        before_ms: int | None = None
        for _ in range(MAX_PAGES):
            body = await self._reads.trades(state.market.symbol, after=after_ms, before=before_ms)
            self._add(state, body.trades)
            if len(body.trades) < TAPE_PAGE:
                return True
            times = [row.created_ms for row in body.trades]
            if times[0] < times[-1]:  # oldest first: go forward
                step_ms = max(times) - 1
                if step_ms <= after_ms:
                    return False
                after_ms = step_ms
            else:
                step_ms = min(times) + 1  # the bound is exclusive, and one millisecond may hold several prints
                if before_ms is not None and step_ms >= before_ms:
                    return False
                before_ms = step_ms
        return False

    def _add(self, state: MarketState, rows: list[TapeRow]) -> None:
        prints: list[Print] = []
        settled: list[str] = []
        for row in rows:
            try:
                print_ = translate.tape_row(row, state.market)
            except ValueError as error:
                log.info("%s: a row of the tape was left out: %s", state.market.slug, error)
                continue
            version = state.tape.version
            if state.tape.add(print_):
                kept = state.tape.get(print_.trade_id)
                if kept is not None:
                    prints.append(kept)
            elif state.tape.version != version:
                settled.append(print_.trade_id)
        if prints or settled:
            self._emit(TapeMoved(state.market.slug, tuple(prints), tuple(settled)))

    # candles ---------------------------------------------------------------------------------------------------

    async def candles(self, state: MarketState, seeds: Seeds) -> None:
        """Read the candles of both outcomes; where the venue gives none, its price points (protocol §7.8)."""
        symbol = state.market.symbol
        before_ms = self._reads.venue_time.reached_ms
        before = before_ms + 60_000 if before_ms else None
        try:
            bodies = [await self._reads.candles(symbol, each, before=before) for each in range(len(state.candles))]
            histories = [_of_outcome(body, outcome) for outcome, body in enumerate(bodies)]
            note = ""
        except (NotFoundError, BadAnswerError) as error:
            log.info("%s: no candles by REST (%s); price points instead", state.market.slug, error.words)
            histories = []
            for outcome in range(len(state.candles)):
                points = await self._points(symbol, outcome)
                histories.append(points)
            note = "older candles are drawn from mid prices, without volume"
        if len(histories) == 2 and histories[0] and histories[0] == histories[1]:
            # The route did not look at the outcome it was asked for: the second book is the mirror of the first.
            histories[1] = [translate.mirrored(candle) for candle in histories[0]]
        for outcome, history in enumerate(histories):
            limit_ms = seeds.live_from_ms.get(outcome)
            series = state.candles[outcome]
            version = series.version
            series.extend(c for c in history if limit_ms is None or c.start_ms < limit_ms)
            if series.version != version:
                self._emit(CandlesMoved(state.market.slug, outcome))
        seeds.chart_done = True
        seeds.chart_note = note
        self._changed(state)

    async def _points(self, symbol: str, outcome: int) -> list[Candle]:
        """The last hour by the minute and the last minutes by the second, as far as the venue has them."""
        candles: dict[int, Candle] = {}
        for span in ("1h", "live"):
            try:
                body = await self._reads.price_history(symbol, outcome, span)
            except (NotFoundError, BadAnswerError) as error:
                log.info("%s: no price points over %s: %s", symbol, span, error.words)
                continue
            candles.update((candle.start_ms, candle) for candle in translate.candles_from_points(body.points))
        return list(candles.values())

    def troubled_tape(self, state: MarketState, seeds: Seeds, error: RestError) -> None:
        """The tape's history is not to be had now; live prints come all the same."""
        seeds.tape_note = f"no history: {error.words}"
        self._changed(state)

    def troubled_chart(self, state: MarketState, seeds: Seeds, error: RestError) -> None:
        """The chart's history is not to be had now."""
        seeds.chart_note = f"no history: {error.words}"
        self._changed(state)


def _of_outcome(body: CandlesBody, outcome: int) -> list[Candle]:
    """The candles of one outcome, whether the body holds one or names both."""
    return [translate.candle_row(row) for row in body.candles if row.outcome_index in (None, outcome)]
