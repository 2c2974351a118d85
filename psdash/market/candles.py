"""Candles of one token: the venue's five-second buckets, the coarser frames made from them, and candles of prints."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from psdash.market.gaps import Gaps
from psdash.market.tape import Print

#: The venue's own bucket (protocol §5.7, `s5`), in milliseconds.
BASE_MS = 5_000


class Origin(StrEnum):
    """Where a candle comes from."""

    VENUE = "venue"  # the venue's own bucket, or several of them joined
    POINTS = "points"  # price points of the venue: a mid or a last price at times, no trades and no volume
    PRINTS = "prints"  # made here from the prints of the tape
    TAPE = "tape"  # made here from every print of its bucket, where the venue tells no candles

    @property
    def is_whole(self) -> bool:
        """Whether it tells every trade of its bucket, so that it has a body and a wick."""
        return self in (Origin.VENUE, Origin.TAPE)


@dataclass(frozen=True, slots=True)
class Candle:
    """Prices in dollars, `volume` in shares; the bucket is [start_ms, start_ms + its frame)."""

    start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    origin: Origin = Origin.VENUE


class CandleSeries:
    """Base candles in time order, at most `capacity`; a bucket that comes again replaces what was there.

    `gaps` are the times in which candles may be missing, since nobody listened and no history told. `version` moves
    with every change.
    """

    def __init__(self, capacity: int = 20_000) -> None:
        #: How wide the candles are that the source itself tells, in ms.
        self.told_ms = BASE_MS
        self._capacity = capacity
        self._starts: list[int] = []
        self._candles: dict[int, Candle] = {}
        self.gaps = Gaps()
        self.version = 0

    def upsert(self, candle: Candle) -> bool:
        """Take one candle, live or from history. False when it changes nothing; points never replace trades."""
        known = self._candles.get(candle.start_ms)
        if known == candle:
            return False
        if known is not None and candle.origin is Origin.POINTS and known.origin is not Origin.POINTS:
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

    def lost(self, from_ms: int, to_ms: int) -> bool:
        """Candles between two times may be missing. True when that was not known."""
        moved = self.gaps.lost(from_ms, to_ms)
        self.version += moved
        return moved

    def covered(self, from_ms: int, to_ms: int) -> bool:
        """History told every candle between two times. True when some were missing."""
        moved = self.gaps.covered(from_ms, to_ms)
        self.version += moved
        return moved

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def first(self) -> Candle | None:
        return self._candles[self._starts[0]] if self._starts else None

    @property
    def last(self) -> Candle | None:
        return self._candles[self._starts[-1]] if self._starts else None

    def frame(self, interval_ms: int, limit: int, until_ms: int | None = None) -> Sequence[Candle]:
        """The newest `limit` candles of `interval_ms` (a multiple of the base) that start before `until_ms`, oldest
        first.

        Buckets without a trade are absent, as on the venue. Where price points and trades share a bucket, the trades
        alone make it. Raises ValueError for an interval that is not a multiple.
        """
        if interval_ms <= 0 or interval_ms % BASE_MS:
            raise ValueError(f"a frame is a multiple of {BASE_MS} ms")
        if until_ms is not None:
            until_ms += -until_ms % interval_ms  # whole buckets only
        end = len(self._starts) if until_ms is None else bisect_right(self._starts, until_ms - 1)
        merged: list[Candle] = []
        for at in range(end - 1, -1, -1):
            candle = self._candles[self._starts[at]]
            bucket_ms = candle.start_ms - candle.start_ms % interval_ms
            if merged and merged[-1].start_ms == bucket_ms:
                merged[-1] = _joined(candle, merged[-1])
            elif len(merged) == limit:
                break
            else:
                merged.append(
                    Candle(
                        bucket_ms,
                        candle.open,
                        candle.high,
                        candle.low,
                        candle.close,
                        candle.volume,
                        candle.origin,
                    )
                )
        merged.reverse()
        return merged


def candles_of_prints(prints: Iterable[Print], outcome_index: int, interval_ms: int, limit: int) -> Sequence[Candle]:
    """The newest `limit` candles of `interval_ms` that prints make, in an outcome's prices, oldest first.

    `prints` come newest first, as `Tape.newest` gives them; both outcomes' count, each trade once.
    """
    merged: list[Candle] = []
    for told in prints:
        print_ = told.seen_from(outcome_index)
        price, bucket_ms = print_.price, print_.venue_ms - print_.venue_ms % interval_ms
        candle = Candle(bucket_ms, price, price, price, price, print_.size, Origin.PRINTS)
        if merged and merged[-1].start_ms == bucket_ms:
            merged[-1] = _joined(candle, merged[-1])
        elif len(merged) == limit:
            break
        else:
            merged.append(candle)
    merged.reverse()
    return merged


def _joined(earlier: Candle, later: Candle) -> Candle:
    """Two neighbours of one bucket as one; price points give way to trades."""
    if earlier.origin is not later.origin and Origin.POINTS in (earlier.origin, later.origin):
        kept = later if earlier.origin is Origin.POINTS else earlier
        return Candle(later.start_ms, kept.open, kept.high, kept.low, kept.close, kept.volume, kept.origin)
    return Candle(
        later.start_ms,
        earlier.open,
        max(earlier.high, later.high),
        min(earlier.low, later.low),
        later.close,
        earlier.volume + later.volume,
        later.origin,
    )
