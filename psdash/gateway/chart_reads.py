"""A market's past prices by REST: candles page by page, and the venue's price points where it gives no candles.

What REST can be asked for (protocol §7.8): five-second candles only, 2,000 of them in a call at most, so that hours and
days are made of pages; and price points (a mid or a last price, no trades) of an hour, a day, a week.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from psdash.gateway import translate
from psdash.gateway.notices import CandlesMoved, Emit
from psdash.gateway.reads import Rest
from psdash.gateway.rest import BadAnswerError, NotFoundError, RestError
from psdash.gateway.seeds import Seeds
from psdash.market.board import MarketState
from psdash.market.candles import BASE_MS, Candle
from psdash.wire.predictstreet.rest import CandlesBody

log = logging.getLogger(__name__)

#: How a body of candles may name the interval that was asked for; None where it names none.
_FIVE_SECONDS: Final = (None, "s5", "5s")
#: A page this long may not be the last; the venue's own cap is 2,000, a smaller one is somebody else's.
_LONG_PAGE: Final = 500
#: Pages of candles read in one go, for each outcome: half a day of a market that trades every few seconds.
MAX_PAGES: Final = 4
#: Price points for what is older than the candles, coarsest first: what is finer replaces it.
_OLD_SPANS: Final = (("1w", 7 * 86_400_000), ("1d", 86_400_000))
#: Price points where there is no candle at all.
_SPANS: Final = ("1w", "1d", "1h", "live")


class ChartReads:
    """Reads one market's candles into its state and tells whoever listens."""

    def __init__(self, reads: Rest, emit: Emit) -> None:
        self._reads = reads
        self._emit = emit

    async def newest(self, state: MarketState, seeds: Seeds, asked_ms: int) -> tuple[str, _Older | None]:
        """Read the newest page of every outcome; where the venue gives no candles, its price points.

        `asked_ms` is the venue's time (0: unknown). Returns words for the pane, and what there is still to read:
        hand it to `older`. Raises RestError.
        """
        symbol = state.market.symbol
        before = asked_ms + 60_000 if asked_ms else None
        known = [series.last for series in state.candles]
        try:
            bodies = [await self._reads.candles(symbol, each, before=before) for each in range(len(state.candles))]
            histories = [_of_outcome(body, outcome) for outcome, body in enumerate(bodies)]
        except (NotFoundError, BadAnswerError) as error:
            log.info("%s: no candles by REST (%s); price points instead", state.market.slug, error.words)
            for outcome in range(len(state.candles)):
                self._take(state, seeds, outcome, await self._points(symbol, outcome, _SPANS))
            self._missed(state, seeds)
            return "older candles are drawn from mid prices, without volume", None
        is_mirror = False
        if len(histories) == 2:
            if _are_one(histories[0], histories[1], asked_ms):
                # The route did not look at the outcome it was asked for: the second book is the mirror of the first.
                histories[1] = [translate.mirrored(candle) for candle in histories[0]]
                is_mirror = True
            else:
                is_mirror = _are_one(histories[0], [translate.mirrored(c) for c in histories[1]], asked_ms)
        for outcome, history in enumerate(histories):
            self._take(state, seeds, outcome, history)
        older = _Older(asked_ms, is_mirror, known, [_start_of(history) for history in histories])
        self._account(state, seeds, older)
        return "", older

    async def older(self, state: MarketState, seeds: Seeds, rest: _Older) -> None:
        """Read on into the past, page by page, until what was known before, the beginning, or `MAX_PAGES`.

        No error comes out of it: the newest page is there, and what is missing further back is not claimed.
        """
        symbol = state.market.symbol
        try:
            for outcome in range(1 if rest.is_mirror else len(state.candles)):
                for _ in range(MAX_PAGES - 1):
                    from_ms = rest.from_ms[outcome]
                    known = rest.known[outcome]
                    if not from_ms or (known is not None and from_ms <= _wanted_ms(seeds, known)):
                        break
                    body = await self._reads.candles(symbol, outcome, before=from_ms)
                    page = [candle for candle in _of_outcome(body, outcome) if candle.start_ms < from_ms]
                    self._read_on(state, seeds, rest, outcome, page)
            self._account(state, seeds, rest)
            if not any(rest.known):
                await self._before_candles(state, seeds, rest)
        except RestError as error:
            log.info("%s: older candles are not to be had: %s", state.market.slug, error.words)

    def _read_on(self, state: MarketState, seeds: Seeds, rest: _Older, outcome: int, page: list[Candle]) -> None:
        rest.from_ms[outcome] = _start_of(page)
        self._take(state, seeds, outcome, page)
        if rest.is_mirror:
            rest.from_ms[1] = rest.from_ms[0]
            self._take(state, seeds, 1, [translate.mirrored(candle) for candle in page])

    async def _before_candles(self, state: MarketState, seeds: Seeds, rest: _Older) -> None:
        """Price points for the days before the oldest candle."""
        for outcome, series in enumerate(state.candles):
            first = series.first
            spans = [
                span for span, ms in _OLD_SPANS if rest.asked_ms and (not first or first.start_ms > rest.asked_ms - ms)
            ]
            if first is None or not spans:
                continue
            if outcome and rest.is_mirror:
                points = [translate.mirrored(candle) for candle in points]
            else:
                points = await self._points(state.market.symbol, outcome, spans)
            self._take(state, seeds, outcome, [point for point in points if point.start_ms < first.start_ms])

    # what was missed ------------------------------------------------------------------------------------------------

    def troubled(self, state: MarketState, seeds: Seeds, heard_ms: int) -> None:
        """History is not to be had now: what an outage hid until `heard_ms` is a gap until it is."""
        self._missed(state, seeds, heard_ms)

    def _missed(self, state: MarketState, seeds: Seeds, heard_ms: int = 0) -> None:
        deaf_from_ms, deaf_to_ms = seeds.chart_deaf
        if deaf_from_ms is None:
            return
        for outcome, series in enumerate(state.candles):
            if series.lost(deaf_from_ms, deaf_to_ms if deaf_to_ms is not None else heard_ms):
                self._emit(CandlesMoved(state.market.slug, outcome))

    def _account(self, state: MarketState, seeds: Seeds, rest: _Older) -> None:
        """What was read closes gaps; what nobody heard and nobody told is one."""
        deaf_from_ms, deaf_to_ms = seeds.chart_deaf
        for outcome, series in enumerate(state.candles):
            from_ms = rest.from_ms[outcome]
            moved = series.covered(from_ms, rest.asked_ms)
            if deaf_from_ms is not None and from_ms > deaf_from_ms:
                moved |= series.lost(deaf_from_ms, min(from_ms, deaf_to_ms or from_ms))
            if moved:
                self._emit(CandlesMoved(state.market.slug, outcome))

    # inside ---------------------------------------------------------------------------------------------------------

    def _take(self, state: MarketState, seeds: Seeds, outcome: int, history: Sequence[Candle]) -> None:
        limit_ms = seeds.live_from_ms.get(outcome)
        series = state.candles[outcome]
        version = series.version
        series.extend(c for c in history if limit_ms is None or c.start_ms < limit_ms)
        if series.version != version:
            self._emit(CandlesMoved(state.market.slug, outcome))

    async def _points(self, symbol: str, outcome: int, spans: Sequence[str]) -> list[Candle]:
        """Price points as far as the venue has them; the finer spans come last."""
        candles: dict[int, Candle] = {}
        for span in spans:
            try:
                body = await self._reads.price_history(symbol, outcome, span)
            except (NotFoundError, BadAnswerError) as error:
                log.info("%s: no price points over %s: %s", symbol, span, error.words)
                continue
            candles |= {candle.start_ms: candle for candle in translate.candles_from_points(body.points)}
        return list(candles.values())


class _Older:
    """What is left to read: from where back, and what was known before (None: nothing, so read all there is)."""

    def __init__(self, asked_ms: int, is_mirror: bool, known: list[Candle | None], from_ms: list[int]) -> None:
        self.asked_ms = asked_ms
        self.is_mirror = is_mirror  # the second outcome's candles are the first one's, seen from the other side
        self.known = known
        self.from_ms = from_ms  # everything since is read; 0: there is nothing before


def _start_of(page: Sequence[Candle]) -> int:
    """From where on a page tells everything: from its oldest candle, or from the beginning when it is the last."""
    return min(candle.start_ms for candle in page) if len(page) >= _LONG_PAGE else 0


def _wanted_ms(seeds: Seeds, known: Candle) -> int:
    """How far back to read when candles were known before."""
    deaf_from_ms, _ = seeds.chart_deaf
    return known.start_ms if deaf_from_ms is None else min(deaf_from_ms, known.start_ms)


def _are_one(first: list[Candle], second: list[Candle], now_ms: int) -> bool:
    """Whether both are the same outcome's candles. The market moves between two readings, so only buckets count that
    were closed before the first, at venue time `now_ms` (0: unknown); the newest only when there is no other.
    """
    ours, theirs = ({candle.start_ms: candle for candle in history} for history in (first, second))
    common = sorted(ours.keys() & theirs.keys())
    closed = [start_ms for start_ms in common if start_ms + BASE_MS <= now_ms] if now_ms else common[:-1]
    compared = closed or common
    return bool(compared) and all(ours[start_ms] == theirs[start_ms] for start_ms in compared)


def _of_outcome(body: CandlesBody, outcome: int) -> list[Candle]:
    """The candles of one outcome, whether the body holds one or names both. Raises BadAnswerError."""
    if body.interval not in _FIVE_SECONDS:
        raise BadAnswerError("the venue gives candles of another interval")
    return [translate.candle_row(row) for row in body.candles if row.outcome_index in (None, outcome)]
