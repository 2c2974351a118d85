"""A market's past prices by REST: candles page by page, and the venue's price points where it gives no candles.

What REST can be asked for (protocol §7.8): five-second candles only, at most 2,000 of them in a call, so that hours
and days are made of pages; and price points (a mid or a last price, no trades) of an hour, a day, a week.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from psdash.gateway import translate
from psdash.gateway.notices import CandlesMoved, Emit
from psdash.gateway.reads import Rest
from psdash.gateway.rest import BadAnswerError, NotFoundError, RestError
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


@dataclass(slots=True)
class Heard:
    """What the socket told of a market's candles by itself, and when it could not."""

    #: First bucket that this session's socket brought, by outcome: from there on it knows better than REST.
    live_from_ms: dict[int, int] = field(default_factory=dict)
    #: Venue times between which no socket was listening, since the last reading; the end is None while that lasts.
    deaf_from_ms: int | None = None
    deaf_to_ms: int | None = None

    def went_deaf(self, heard_ms: int) -> None:
        """The socket is gone, and was last heard at this venue time."""
        if self.deaf_from_ms is None:
            self.deaf_from_ms = heard_ms
        self.deaf_to_ms = None

    def hears(self, now_ms: int) -> None:
        """A socket carries the candles again, from this venue time on."""
        if self.deaf_from_ms is not None and self.deaf_to_ms is None:
            self.deaf_to_ms = max(now_ms, self.deaf_from_ms)

    def told(self, before: tuple[int | None, int | None], asked_ms: int) -> None:
        """History was read at venue time `asked_ms`, when `before` was the outage; another may have begun since."""
        if (self.deaf_from_ms, self.deaf_to_ms) != before:
            return
        ongoing = before[0] is not None and before[1] is None
        self.deaf_from_ms, self.deaf_to_ms = (max(before[0] or 0, asked_ms), None) if ongoing else (None, None)


@dataclass(slots=True)
class Older:
    """What is left to read of the past, by outcome."""

    asked_ms: int
    #: The second outcome's candles are the first one's, seen from the other side.
    is_mirror: bool
    #: What was known before; None: nothing, so read all there is.
    known: list[Candle | None]
    #: Everything since is read; 0: there is nothing before.
    from_ms: list[int]
    #: Candles of the newest page: a shorter one is the last.
    page: int


class ChartReads:
    """Reads one market's candles into its state and tells whoever listens."""

    def __init__(self, reads: Rest, emit: Emit) -> None:
        self._reads = reads
        self._emit = emit

    async def newest(self, state: MarketState, heard: Heard, asked_ms: int) -> tuple[str, Older | None]:
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
            points = [await self._points(symbol, each, _SPANS) for each in range(len(state.candles))]
            if len(points) == 2 and _are_one(points[0], points[1], asked_ms):
                points[1] = [translate.mirrored(candle) for candle in points[0]]
            for outcome, history in enumerate(points):
                self._take(state, heard, outcome, history)
            self.missed(state, heard, asked_ms)
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
            self._take(state, heard, outcome, history)
        return "", Older(asked_ms, is_mirror, known, [_start_of(history) for history in histories], len(histories[0]))

    async def older(self, state: MarketState, heard: Heard, rest: Older) -> None:
        """Read on into the past, page by page, until what was known before, the beginning, or `MAX_PAGES`.

        What nobody heard and nobody told becomes a gap, and what was told is none. No error comes out of it: the
        newest page is there, and what is missing further back is not claimed.
        """
        symbol, outage = state.market.symbol, (heard.deaf_from_ms, heard.deaf_to_ms)
        try:
            for outcome in range(1 if rest.is_mirror else len(state.candles)):
                for _ in range(MAX_PAGES - 1):
                    from_ms = rest.from_ms[outcome]
                    known = rest.known[outcome]
                    if not from_ms or (known is not None and from_ms <= _wanted_ms(heard, known)):
                        break
                    body = await self._reads.candles(symbol, outcome, before=from_ms)
                    if not self._read_on(state, heard, rest, outcome, _of_outcome(body, outcome)):
                        break
        except RestError as error:
            log.info("%s: older candles are not to be had: %s", state.market.slug, error.words)
        self._account(state, outage, rest)
        heard.told(outage, rest.asked_ms)
        if not any(rest.known):
            await self._before_candles(state, heard, rest)

    def _read_on(self, state: MarketState, heard: Heard, rest: Older, outcome: int, page: list[Candle]) -> bool:
        """Take a page. False when it leads no further back: the venue pages in another way."""
        start_ms = _start_of(page) if len(page) >= rest.page else 0
        if start_ms >= rest.from_ms[outcome]:
            return False
        rest.from_ms[outcome] = start_ms
        self._take(state, heard, outcome, page)
        if rest.is_mirror:
            rest.from_ms[1] = rest.from_ms[0]
            self._take(state, heard, 1, [translate.mirrored(candle) for candle in page])
        return True

    async def _before_candles(self, state: MarketState, heard: Heard, rest: Older) -> None:
        """Price points for the days before the oldest candle."""
        points: list[Candle] = []
        for outcome, series in enumerate(state.candles):
            first = series.first
            spans = [
                span
                for span, ms in _OLD_SPANS
                if rest.asked_ms and (not first or first.start_ms > rest.asked_ms - ms)
            ]
            if first is None or not spans:
                continue
            if outcome and rest.is_mirror:
                points = [translate.mirrored(candle) for candle in points]
            else:
                points = await self._old_points(state.market.symbol, outcome, spans)
            self._take(state, heard, outcome, [point for point in points if point.start_ms < first.start_ms])

    # what was missed ------------------------------------------------------------------------------------------------

    def missed(self, state: MarketState, heard: Heard, now_ms: int) -> None:
        """History is not to be had now, at venue time `now_ms`: what an outage hid is a gap until it is."""
        deaf_from_ms, deaf_to_ms = heard.deaf_from_ms, heard.deaf_to_ms
        if deaf_from_ms is None:
            return
        for outcome, series in enumerate(state.candles):
            if series.lost(deaf_from_ms, deaf_to_ms if deaf_to_ms is not None else now_ms):
                self._emit(CandlesMoved(state.market.slug, outcome))

    def _account(self, state: MarketState, outage: tuple[int | None, int | None], rest: Older) -> None:
        """What was read closes gaps; what nobody heard and nobody told is one."""
        deaf_from_ms, deaf_to_ms = outage
        for outcome, series in enumerate(state.candles):
            from_ms = rest.from_ms[outcome]
            moved = series.covered(from_ms, rest.asked_ms)
            if deaf_from_ms is not None and from_ms > deaf_from_ms:
                moved |= series.lost(deaf_from_ms, min(from_ms, deaf_to_ms or from_ms))
            if moved:
                self._emit(CandlesMoved(state.market.slug, outcome))

    # inside ---------------------------------------------------------------------------------------------------------

    def _take(self, state: MarketState, heard: Heard, outcome: int, history: Sequence[Candle]) -> None:
        limit_ms = heard.live_from_ms.get(outcome)
        series = state.candles[outcome]
        version = series.version
        series.extend(c for c in history if limit_ms is None or c.start_ms < limit_ms)
        if series.version != version:
            self._emit(CandlesMoved(state.market.slug, outcome))

    async def _old_points(self, symbol: str, outcome: int, spans: Sequence[str]) -> list[Candle]:
        """As `_points`; a venue in trouble has none."""
        try:
            return await self._points(symbol, outcome, spans)
        except RestError as error:
            log.info("%s: no price points of the days before: %s", symbol, error.words)
            return []

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


def _start_of(page: Sequence[Candle]) -> int:
    """From where on a page tells everything: from its oldest candle, or from the beginning when it is the last."""
    return min(candle.start_ms for candle in page) if len(page) >= _LONG_PAGE else 0


def _wanted_ms(heard: Heard, known: Candle) -> int:
    """How far back to read when candles were known before."""
    return known.start_ms if heard.deaf_from_ms is None else min(heard.deaf_from_ms, known.start_ms)


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
