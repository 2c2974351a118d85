"""The last twenty-four hours of a market by its candles: where the price came from and how far it went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.market.candles import Candle, CandleSeries

DAY_MS: Final = 86_400_000
#: The candles that a day is made of.
WIDTH_MS: Final = 900_000


@dataclass(frozen=True, slots=True)
class Day:
    """Prices in dollars. `span_ms` is how far back the candles reach: less than a day where they began later."""

    before: Decimal
    last: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    span_ms: int

    @property
    def percent(self) -> Decimal | None:
        """How far the price has come, in percent; None from nothing."""
        return None if not self.before else (self.last - self.before) / self.before * 100

    @property
    def is_whole(self) -> bool:
        """Whether it is a day."""
        return self.span_ms >= DAY_MS


def day_of(series: CandleSeries, now_ms: int) -> Day | None:
    """The day until `now_ms`, to a quarter of an hour; None without candles in it."""
    from_ms = (now_ms - DAY_MS) // WIDTH_MS * WIDTH_MS
    candles = list(series.frame(WIDTH_MS, DAY_MS // WIDTH_MS + 2))
    earlier: Candle | None = None
    inside: list[Candle] = []
    for candle in candles:
        if not candle.origin.is_whole:
            continue
        if candle.start_ms < from_ms:
            earlier = candle
        else:
            inside.append(candle)
    if not inside:
        return None
    is_whole = earlier is not None or inside[0].start_ms == from_ms
    return Day(
        inside[0].open if earlier is None else earlier.close,
        inside[-1].close,
        max(candle.high for candle in inside),
        min(candle.low for candle in inside),
        sum((candle.volume for candle in inside), Decimal(0)),
        DAY_MS if is_whole else max(0, now_ms - inside[0].start_ms),
    )
