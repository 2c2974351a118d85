"""What rested where, over time: one book's sizes at each price, in columns of equal length, and the holes between.

A column holds the mean size at each price over the seconds in which the book was proved to be true. A second in which
it was not adds nothing: no old state is ever carried into it. So a column may be whole, `missed` in part, or absent
(nobody looked, or nothing was true): whoever draws it must show the difference.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Final, NamedTuple

from psdash.market.book import Book, Side

#: Sizes are integers of a millionth of a share, the finest the venue has (protocol §8.1).
MICRO: Final = 1_000_000
#: Length of a fine and of a coarse column, in milliseconds, and how many of each are kept: half an hour, eight hours.
FINE_MS: Final = 5_000
COARSE_MS: Final = 60_000
KEPT_FINE: Final = 360
KEPT_COARSE: Final = 480
#: Price levels a side that a column keeps, the nearest to the touch. A cent book has 99 at most.
MOST_LEVELS: Final = 128
#: Columns kept as they were read last: two wide pictures' worth.
_MOST_TOLD: Final = 512
#: A book is looked at once in so many milliseconds at most.
SAMPLE_MS: Final = 1_000
#: Time that goes back by more than this belongs to another clock: what was kept has no place in it.
OTHER_CLOCK_MS: Final = 60_000

#: More than this at one price is written as this: a column holds 64-bit integers.
_MOST_MICRO: Final = 2**62


@dataclass(frozen=True, slots=True)
class DepthColumn:
    """[start_ms, start_ms + its length): mean millionths of a share by price in ticks (`ticks.py`), side by side.

    `live` samples made it, `missed` ones found a book that was not true. `low` and `high` are the prices between
    which everything was kept (None: no such bound).
    """

    start_ms: int
    live: int
    missed: int
    bids: Mapping[int, int]
    asks: Mapping[int, int]
    low: int | None = None
    high: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the book was true at every look."""
        return not self.missed


class _Half(NamedTuple):
    """One side: prices in ticks, sizes in `unit` millionths of a share; the outermost price kept when others were
    left out."""

    ticks: array[int]
    sizes: array[int]
    unit: int
    bound: int | None

    @property
    def micro(self) -> Iterable[int]:
        """The sizes in millionths of a share."""
        return self.sizes if self.unit == 1 else (size * self.unit for size in self.sizes)


class _Kept(NamedTuple):
    """A finished column, as small as it gets. Columns of a book that stood still share halves, or prices."""

    start_ms: int
    live: int
    missed: int
    bids: _Half
    asks: _Half


class _Column:
    """The column that is being made: sums of size over samples."""

    __slots__ = ("bounds", "live", "missed", "start_ms", "sums")

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.live = self.missed = 0
        self.sums: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.bounds: list[int | None] = [None, None]

    def add(self, side: int, ticks: Iterable[int], micro: Iterable[int], weight: int, bound: int | None) -> None:
        sums = self.sums[side]
        for price, size in zip(ticks, micro, strict=True):
            sums[price] = sums.get(price, 0) + size * weight
        if bound is not None:
            known = self.bounds[side]
            self.bounds[side] = bound if known is None else (max, min)[side](known, bound)

    def half(self, side: int) -> _Half:
        means = sorted((price, total // self.live) for price, total in self.sums[side].items()) if self.live else []
        kept = [(price, mean) for price, mean in means if mean]
        return _Half(array("i", [p for p, _ in kept]), *_packed([m for _, m in kept]), self.bounds[side])


class DepthHistory:
    """One book's columns, fine and coarse, in rings of a fixed length. `version` moves with every sample taken.

    Hand it the book once a second, true or not; between two changes of the book a look costs next to nothing.
    """

    def __init__(self, fine: int = KEPT_FINE, coarse: int = KEPT_COARSE) -> None:
        self._fine: deque[_Kept] = deque(maxlen=fine)
        self._coarse: deque[_Kept] = deque(maxlen=coarse)
        self._column: _Column | None = None
        self._minute: _Column | None = None
        self._sampled_ms: int | None = None
        self._seen: tuple[Book, int] | None = None  # which state of which book `_now` is
        self._now: tuple[_Half, _Half] = (_EMPTY, _EMPTY)
        self._repeats = 0  # looks at `_now` that are not in the column's sums yet
        self._told: dict[tuple[int, int], DepthColumn] = {}  # finished columns, as they were read last
        self.version = 0

    # recording ------------------------------------------------------------------------------------------------------

    def sample(self, now_ms: int, book: Book, is_true: bool) -> bool:
        """Look at a book at venue time `now_ms`; `is_true` says that it is LIVE. False when it is too early for that.

        A time before the last one is refused; far before it, everything is forgotten and recording begins anew.
        """
        last_ms = self._sampled_ms
        if last_ms is not None and now_ms < last_ms - OTHER_CLOCK_MS:
            self.clear()
        elif last_ms is not None and now_ms // SAMPLE_MS <= last_ms // SAMPLE_MS:
            return False
        self._sampled_ms = now_ms
        self._open(now_ms - now_ms % FINE_MS)
        column = self._column
        assert column is not None
        if is_true:
            if self._seen != (book, book.version):
                self._flush()
                self._now = (_half_of(book, Side.BID), _half_of(book, Side.ASK))
                self._seen = (book, book.version)
            self._repeats += 1
            column.live += 1
        else:
            column.missed += 1
        self.version += 1
        return True

    def clear(self) -> None:
        """Forget everything: the market is no longer watched."""
        if self._sampled_ms is None:
            return
        self._fine.clear()
        self._coarse.clear()
        self._column = self._minute = self._sampled_ms = self._seen = None
        self._now, self._repeats = (_EMPTY, _EMPTY), 0
        self._told.clear()
        self.version += 1

    def _open(self, start_ms: int) -> None:
        """Have the column that begins at `start_ms`, and put away the one before."""
        column = self._column
        if column is not None and column.start_ms == start_ms:
            return
        if column is not None:
            self._flush()
            _put(self._fine, column)
            self._fold(self._fine[-1])
        self._column = _Column(start_ms)

    def _flush(self) -> None:
        """Count the looks at the state before into the column."""
        column = self._column
        if column is not None and self._repeats:
            for side, half in enumerate(self._now):
                column.add(side, half.ticks, half.micro, self._repeats, half.bound)
        self._repeats = 0

    def _fold(self, fine: _Kept) -> None:
        """Add a finished fine column to its minute."""
        start_ms = fine.start_ms - fine.start_ms % COARSE_MS
        if self._minute is not None and self._minute.start_ms != start_ms:
            _put(self._coarse, self._minute)
            self._minute = None
        if self._minute is None:
            self._minute = _Column(start_ms)
        _add(self._minute, fine)

    # reading --------------------------------------------------------------------------------------------------------

    def columns(self, interval_ms: int, limit: int, until_ms: int | None = None) -> Sequence[DepthColumn]:
        """Up to `limit` columns of `interval_ms` that start before `until_ms`, oldest first, absent ones left out.

        The newest may still grow. Raises ValueError for an interval that is not a multiple of five seconds.
        """
        if interval_ms <= 0 or interval_ms % FINE_MS:
            raise ValueError(f"a column is a multiple of {FINE_MS} ms")
        made: list[_Column | DepthColumn] = []
        for kept in self._newest_first(interval_ms):
            start_ms = kept.start_ms - kept.start_ms % interval_ms
            if until_ms is not None and start_ms >= until_ms:
                continue
            if not made or made[-1].start_ms != start_ms:
                if len(made) == limit:
                    break
                made.append(self._told.get((interval_ms, start_ms)) or _Column(start_ms))
            column = made[-1]
            if isinstance(column, _Column):
                _add(column, kept)
        return [self._tell(column, interval_ms) for column in reversed(made)]

    def _tell(self, column: _Column | DepthColumn, interval_ms: int) -> DepthColumn:
        """A column as it is read; one that is over is kept, since a picture asks for a hundred of them every time."""
        if isinstance(column, DepthColumn):
            return column
        told = _told(column)
        if self._column is not None and column.start_ms + interval_ms <= self._column.start_ms:
            if len(self._told) >= _MOST_TOLD:
                self._told.clear()
            self._told[interval_ms, column.start_ms] = told
        return told

    def _newest_first(self, interval_ms: int) -> Iterable[_Kept]:
        if self._column is not None:
            self._flush()
            yield _keep(self._column)
        if interval_ms % COARSE_MS:
            yield from reversed(self._fine)
            return
        if self._minute is not None:
            yield _keep(self._minute)
        yield from reversed(self._coarse)

    @property
    def newest_ms(self) -> int | None:
        """When the last look was, true or not."""
        return self._sampled_ms

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest column that is kept begins."""
        starts = [self.since_ms(interval_ms) for interval_ms in (FINE_MS, COARSE_MS)]
        return min((start_ms for start_ms in starts if start_ms is not None), default=None)

    def since_ms(self, interval_ms: int) -> int | None:
        """When the oldest column begins that columns of `interval_ms` are made of; None when there is none."""
        ring, growing = (self._fine, None) if interval_ms % COARSE_MS else (self._coarse, self._minute)
        first = ring[0] if ring else growing or self._column
        return None if first is None else first.start_ms


_EMPTY: Final = _Half(array("i"), array("q"), 1, None)


#: Whole lots, and the means of a few of them: one object each, whichever column they are the unit of.
_UNITS: Final = (MICRO, MICRO // 5, MICRO // 10, MICRO // 50, MICRO // 100, 1_000, 100, 10, 1)


def _packed(micro: Sequence[int]) -> tuple[array[int], int]:
    """Sizes in as few bytes as hold them exactly, and their unit: most are whole lots, and all are kept for long."""
    common = gcd(*micro)
    unit = next(each for each in _UNITS if not common % each)
    most = max(micro, default=0) // unit
    code = "H" if most < 2**16 else "I" if most < 2**32 else "q"
    return array(code, [size // unit for size in micro]), unit


def _half_of(book: Book, side: Side) -> _Half:
    """The levels of one side, the nearest to the touch."""
    ticks, micro = array("i"), array("q")
    bound: int | None = None
    for level in book.levels(side):
        if len(ticks) == MOST_LEVELS:
            bound = ticks[-1]
            break
        ticks.append(level.ticks)
        micro.append(min(_MOST_MICRO, int(level.size * MICRO)))
    return _Half(ticks, micro, 1, bound)


def _put(ring: deque[_Kept], column: _Column) -> None:
    kept = _keep(column)
    if ring:  # a book that stood still costs one pair of halves, however long
        last = ring[-1]
        kept = kept._replace(bids=_sharing(kept.bids, last.bids), asks=_sharing(kept.asks, last.asks))
    ring.append(kept)


def _sharing(half: _Half, last: _Half) -> _Half:
    """A half with whatever of it the last one has as well: most often the prices, and only sizes change."""
    if half == last:
        return last
    return half._replace(ticks=last.ticks) if half.ticks == last.ticks else half


def _keep(column: _Column) -> _Kept:
    return _Kept(column.start_ms, column.live, column.missed, column.half(0), column.half(1))


def _add(column: _Column, kept: _Kept) -> None:
    column.live += kept.live
    column.missed += kept.missed
    for side, half in enumerate((kept.bids, kept.asks)):
        column.add(side, half.ticks, half.micro, kept.live, half.bound)


def _told(column: _Column) -> DepthColumn:
    bids, asks = (dict(zip(h.ticks, h.micro, strict=True)) for h in (column.half(0), column.half(1)))
    low, high = column.bounds
    return DepthColumn(column.start_ms, column.live, column.missed, bids, asks, low, high)


def shares_of(micro: int) -> Decimal:
    """Millionths of a share as shares."""
    return Decimal(micro) / MICRO
