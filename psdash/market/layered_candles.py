"""Candles of several widths as one series: the finest that are there, and before them coarser ones.

A source that keeps its minutes for some hours, its hours for weeks and its days for years is drawn as far back as it
tells. A coarse candle never stands in a frame finer than itself: nobody knows when in its hour the price moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psdash.market.candles import Candle, CandleSeries


class LayeredCandles(CandleSeries):
    """A series with coarser ones behind it, each by its width in ms (a multiple of the base)."""

    def __init__(self, capacity: int = 20_000) -> None:
        super().__init__(capacity)
        self._coarser: dict[int, CandleSeries] = {}

    def extend_coarse(self, width_ms: int, candles: Iterable[Candle]) -> None:
        """Take candles of `width_ms` each, for the time before the finer ones begin."""
        layer = self._coarser.setdefault(width_ms, CandleSeries(2_000))
        before = layer.version
        layer.extend(candles)
        self.version += layer.version != before

    @property
    def first(self) -> Candle | None:
        firsts = [super().first, *(layer.first for layer in self._coarser.values())]
        return min((candle for candle in firsts if candle is not None), key=lambda c: c.start_ms, default=None)

    def frame(self, interval_ms: int, limit: int, until_ms: int | None = None) -> Sequence[Candle]:
        """As `CandleSeries.frame`; where the finer candles end, those of the next width that fits the frame."""
        merged = list(super().frame(interval_ms, limit, until_ms))
        first = super().first
        for width_ms in sorted(self._coarser):
            if interval_ms % width_ms:
                continue
            layer = self._coarser[width_ms]
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
