"""What a market's price did: five-second candles of its prints (protocol §5.7) and its mid over time (§7.8).

Both are kept once, in YES terms and integers, and turned into either token's own view when read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.exchange import units

BUCKET_MS = 5_000
#: A day of buckets that had a print.
KEEP_CANDLES = 17_280
#: Seconds in which the mid moved; a busy market's day at least.
KEEP_POINTS = 100_000


@dataclass(frozen=True, slots=True)
class CandleRecord:
    """One five-second bucket of one token. Prices in dollars, volume in shares."""

    bucket_start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(slots=True)
class _Bucket:
    start_ms: int
    open_m: int
    high_m: int
    low_m: int
    close_m: int
    volume_u: int


class Candles:
    """The candles of one market. Buckets without a print do not exist."""

    def __init__(self, keep: int = KEEP_CANDLES) -> None:
        self._buckets: deque[_Bucket] = deque(maxlen=keep)

    def add(self, at_ms: int, yes_price_m: int, quantity_u: int) -> None:
        """Count one print. Prints come in time order."""
        start_ms = at_ms - at_ms % BUCKET_MS
        bucket = self._buckets[-1] if self._buckets else None
        if bucket is None or bucket.start_ms != start_ms:
            self._buckets.append(_Bucket(start_ms, yes_price_m, yes_price_m, yes_price_m, yes_price_m, quantity_u))
            return
        bucket.high_m = max(bucket.high_m, yes_price_m)
        bucket.low_m = min(bucket.low_m, yes_price_m)
        bucket.close_m = yes_price_m
        bucket.volume_u += quantity_u

    def last(self, outcome: int) -> CandleRecord:
        """The newest candle in one outcome's terms. Raises IndexError before the first print."""
        return _view(self._buckets[-1], outcome)

    def read(self, outcome: int, *, before_ms: int | None = None, limit: int | None = None) -> list[CandleRecord]:
        """The newest `limit` candles that start before `before_ms`, oldest first."""
        found: list[CandleRecord] = []
        for bucket in reversed(self._buckets):
            if limit is not None and len(found) >= limit:
                break
            if before_ms is None or bucket.start_ms < before_ms:
                found.append(_view(bucket, outcome))
        found.reverse()
        return found

    def volume_since(self, since_ms: int) -> Decimal:
        """Shares traded in the buckets that start at or after `since_ms`."""
        total_u = 0
        for bucket in reversed(self._buckets):
            if bucket.start_ms < since_ms:
                break
            total_u += bucket.volume_u
        return units.shares(total_u)


def _view(bucket: _Bucket, outcome: int) -> CandleRecord:
    prices = units.PRICES
    open_m, high_m, low_m, close_m = bucket.open_m, bucket.high_m, bucket.low_m, bucket.close_m
    if outcome:  # the dearest YES is the cheapest NO
        open_m, close_m = units.MILLS - open_m, units.MILLS - close_m
        high_m, low_m = units.MILLS - low_m, units.MILLS - high_m
    return CandleRecord(
        bucket.start_ms, prices[open_m], prices[high_m], prices[low_m], prices[close_m], units.shares(bucket.volume_u)
    )


class MidSeries:
    """The mid (or, on a one-sided book, the last print) of one market, at most one point a second."""

    def __init__(self, keep: int = KEEP_POINTS) -> None:
        self._keep = keep
        self._seconds = array("q")
        self._half_mills = array("i")  # twice the YES price, since a mid can fall between two mills

    def note(self, at_ms: int, half_mills: int) -> None:
        """The price is this from now on; within one second the last word counts."""
        if self._half_mills and self._half_mills[-1] == half_mills:
            return
        second = at_ms // 1000
        if self._seconds and self._seconds[-1] == second:
            self._half_mills[-1] = half_mills
            return
        self._seconds.append(second)
        self._half_mills.append(half_mills)
        if len(self._seconds) > self._keep:
            del self._seconds[: self._keep // 2]
            del self._half_mills[: self._keep // 2]

    def sample(self, outcome: int, first_ms: int, step_ms: int, count: int) -> list[tuple[int, Decimal]]:
        """`count` points from `first_ms` every `step_ms`, carried forward; none before the first price."""
        found: list[tuple[int, Decimal]] = []
        for at_ms in range(first_ms, first_ms + count * step_ms, step_ms):
            index = bisect_right(self._seconds, at_ms // 1000) - 1
            if index >= 0:
                half_mills = self._half_mills[index]
                if outcome:
                    half_mills = 2 * units.MILLS - half_mills
                found.append((at_ms, Decimal(half_mills * 5).scaleb(-4)))
        return found
