"""Candles of several widths as one series: minutes, and before them hours and days, as far as each is told.

A source that keeps its minutes for some hours, its hours for weeks and its days for years is drawn as far back as it
tells. A coarse candle never stands in a frame finer than itself: nobody knows when in its hour the price moved. What
is finer than anything told is made of the trades that were heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from psdash.market.candles import BASE_MS, Candle, CandleSeries, Origin

#: Candles kept of each told width.
MOST_TOLD = 5_000


class LayeredCandles(CandleSeries):
    """Candles made of trades here, five seconds each, and beside them the told ones, by their width in ms."""

    def __init__(self, capacity: int = 20_000) -> None:
        super().__init__()
        self._made = CandleSeries(capacity)
        self._told: dict[int, CandleSeries] = {}
        self._until_ms: dict[int, int] = {}

    def tell(self, width_ms: int, candles: Iterable[Candle], asked_ms: int) -> None:
        """Take candles of `width_ms` that the source told; trades until `asked_ms` are in them."""
        layer = self._told.setdefault(width_ms, CandleSeries(MOST_TOLD))
        before = layer.version
        layer.extend(candles)
        self._until_ms[width_ms] = asked_ms
        self.told_ms = min(self._told)
        self.version += layer.version != before

    def traded(self, at_ms: int, price: Decimal, volume: Decimal, *, whole_from_ms: int = 0) -> Candle:
        """A trade was heard: it moves its five seconds, and the told candles that were told without it.

        Every trade since `whole_from_ms` is heard: what begins before is not known to be whole.
        """
        made = _with(self._made, BASE_MS, at_ms, price, volume, whole_from_ms)
        for width_ms, layer in self._told.items():
            last = layer.last
            if at_ms > self._until_ms[width_ms] and (last is None or at_ms >= last.start_ms):
                _with(layer, width_ms, at_ms, price, volume, whole_from_ms)
        self.version += 1
        return made

    @property
    def _layers(self) -> Sequence[CandleSeries]:
        """The finest first."""
        return (self._made, *(self._told[width_ms] for width_ms in sorted(self._told)))

    @property
    def first(self) -> Candle | None:
        firsts = (layer.first for layer in self._layers)
        return min((candle for candle in firsts if candle is not None), key=_start_ms, default=None)

    @property
    def last(self) -> Candle | None:
        """The newest one, the finest where several are as new."""
        lasts = (layer.last for layer in self._layers)
        return max((candle for candle in lasts if candle is not None), key=_start_ms, default=None)

    def __len__(self) -> int:
        return sum(len(layer) for layer in self._layers)

    def frame(self, interval_ms: int, limit: int, until_ms: int | None = None) -> Sequence[Candle]:
        """As `CandleSeries.frame`, of the finest told width that fits; where that ends, of the next."""
        fitting = [width_ms for width_ms in sorted(self._told) if interval_ms % width_ms == 0]
        if not fitting:
            return self._made.frame(interval_ms, limit, until_ms)
        merged: list[Candle] = []
        first: Candle | None = None
        for width_ms in fitting:
            layer = self._told[width_ms]
            end_ms = until_ms
            if first is not None:
                bucket_ms = first.start_ms - first.start_ms % interval_ms
                # A bucket that the finer ones tell only half of is the coarser one's.
                finer_ms = bucket_ms if first.start_ms == bucket_ms else bucket_ms + interval_ms
                end_ms = finer_ms if until_ms is None else min(until_ms, finer_ms)
            older = layer.frame(interval_ms, limit, end_ms)
            if older:
                merged = [*older, *(candle for candle in merged if candle.start_ms > older[-1].start_ms)][-limit:]
            if layer.first is not None and (first is None or layer.first.start_ms < first.start_ms):
                first = layer.first
        return merged


def _with(
    series: CandleSeries, width_ms: int, at_ms: int, price: Decimal, volume: Decimal, whole_from_ms: int
) -> Candle:
    """One more trade in its candle. One that comes late, of a bucket that is over, closes nothing."""
    start_ms, newest = at_ms - at_ms % width_ms, series.last
    origin = Origin.TAPE if start_ms >= whole_from_ms else Origin.PRINTS
    found = series.frame(width_ms, 1, start_ms + width_ms)
    if found and found[0].start_ms == start_ms:
        known = found[0]
        candle = replace(
            known,
            high=max(known.high, price),
            low=min(known.low, price),
            close=price if newest is not None and newest.start_ms == start_ms else known.close,
            volume=known.volume + volume,
            origin=known.origin if known.origin is Origin.VENUE else origin,
        )
    else:
        candle = Candle(start_ms, price, price, price, price, volume, origin)
    series.upsert(candle)
    return candle


def _start_ms(candle: Candle) -> int:
    return candle.start_ms
