"""Candles of one token: the venue's five-second buckets, and the coarser frames made from them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

#: The venue's own bucket (protocol §5.7, `s5`), in milliseconds.
BASE_MS = 5_000


@dataclass(frozen=True, slots=True)
class Candle:
    """Prices in dollars, `volume` in shares; the bucket is [start_ms, start_ms + its frame)."""

    start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class CandleSeries:
    """Base candles in time order, at most `capacity`; a bucket that comes again replaces what was there.

    `version` moves with every change.
    """

    def __init__(self, capacity: int = 20_000) -> None:
        self._capacity = capacity
        self._starts: list[int] = []
        self._candles: dict[int, Candle] = {}
        self.version = 0

    def upsert(self, candle: Candle) -> bool:
        """Take one candle, live or from history. False when it changes nothing."""
        known = self._candles.get(candle.start_ms)
        if known == candle:
            return False
        if known is None:
            if len(self._starts) >= self._capacity:
                if candle.start_ms < self._starts[0]:
                    return False
                del self._candles[self._starts.pop(0)]
            insort(self._starts, candle.start_ms)
        self._candles[candle.start_ms] = candle
        self.version += 1
        return True

    def extend(self, candles: Iterable[Candle]) -> None:
        """Take many candles."""
        for candle in candles:
            self.upsert(candle)

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def last(self) -> Candle | None:
        return self._candles[self._starts[-1]] if self._starts else None

    def frame(self, interval_ms: int, limit: int) -> Sequence[Candle]:
        """The newest `limit` candles of `interval_ms` (a multiple of the base), oldest first.

        Buckets without a trade are absent, as on the venue. Raises ValueError for an interval that is not a multiple.
        """
        if interval_ms <= 0 or interval_ms % BASE_MS:
            raise ValueError(f"a frame is a multiple of {BASE_MS} ms")
        merged: list[Candle] = []
        for start_ms in reversed(self._starts):
            candle = self._candles[start_ms]
            bucket_ms = start_ms - start_ms % interval_ms
            if merged and merged[-1].start_ms == bucket_ms:
                later = merged[-1]
                merged[-1] = Candle(
                    bucket_ms,
                    candle.open,
                    max(candle.high, later.high),
                    min(candle.low, later.low),
                    later.close,
                    candle.volume + later.volume,
                )
            elif len(merged) == limit:
                break
            else:
                merged.append(Candle(bucket_ms, candle.open, candle.high, candle.low, candle.close, candle.volume))
        merged.reverse()
        return merged
