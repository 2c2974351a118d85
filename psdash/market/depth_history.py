"""What rested where, over time: one book's sizes at each price, in columns of equal length, and the holes between.

A column holds the mean size at each price over the seconds in which the book was proved to be true. A second in which
it was not adds nothing: no old state is ever carried into it. So a column may be whole, `missed` in part, or absent
(nobody looked, or nothing was true): whoever draws it must show the difference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.market.book import Book, Side
from psdash.market.depth_packing import MICRO, NO_LEVELS, DepthSide, packed, start_of, unpacked

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


class _Column:
    """The column that is being made: sums of size over samples."""

    __slots__ = ("bounds", "live", "missed", "start_ms", "sums")

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.live = self.missed = 0
        self.sums: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.bounds: list[int | None] = [None, None]

    def add(self, at: int, side: DepthSide, weight: int) -> None:
        """Count so many samples of a side (0: bids, 1: asks)."""
        sums, bound = self.sums[at], side.bound
        for price, size in zip(side.ticks, side.micro, strict=True):
            sums[price] = sums.get(price, 0) + size * weight
        if bound is not None:
            known = self.bounds[at]
            self.bounds[at] = bound if known is None else (max, min)[at](known, bound)

    def fold(self, finished: bytes) -> None:
        """Add a finished column."""
        told = unpacked(finished)
        self.live += told.live
        self.missed += told.missed
        for at, side in enumerate((told.bids, told.asks)):
            self.add(at, side, told.live)

    def side(self, side: int) -> DepthSide:
        """The mean sizes of one side."""
        means = sorted((price, total // self.live) for price, total in self.sums[side].items()) if self.live else []
        kept = [(price, mean) for price, mean in means if mean]
        return DepthSide([price for price, _ in kept], [mean for _, mean in kept], self.bounds[side])

    def packed(self) -> bytes:
        """As it is kept."""
        return packed(self.start_ms, self.live, self.missed, self.side(0), self.side(1))


class DepthHistory:
    """One book's columns, fine and coarse, in rings of a fixed length. `version` moves with every sample taken.

    Hand it the book once a second, true or not; between two changes of the book a look costs next to nothing.
    """

    def __init__(self, fine: int = KEPT_FINE, coarse: int = KEPT_COARSE) -> None:
        self._fine: deque[bytes] = deque(maxlen=fine)
        self._coarse: deque[bytes] = deque(maxlen=coarse)
        self._column: _Column | None = None
        self._minute: _Column | None = None
        self._sampled_ms: int | None = None
        self._seen: tuple[Book, int] | None = None  # which state of which book `_now` is
        self._now: tuple[DepthSide, DepthSide] = (NO_LEVELS, NO_LEVELS)
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
                self._now = (_side_of(book, Side.BID), _side_of(book, Side.ASK))
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
        self._now, self._repeats = (NO_LEVELS, NO_LEVELS), 0
        self._told.clear()
        self.version += 1

    def _open(self, start_ms: int) -> None:
        """Have the column that begins at `start_ms`, and put away the one before."""
        column = self._column
        if column is not None and column.start_ms == start_ms:
            return
        if column is not None:
            self._flush()
            self._fine.append(column.packed())
            self._fold(self._fine[-1])
        self._column = _Column(start_ms)

    def _flush(self) -> None:
        """Count the looks at the state before into the column."""
        column = self._column
        if column is not None and self._repeats:
            for at, side in enumerate(self._now):
                column.add(at, side, self._repeats)
        self._repeats = 0

    def _fold(self, fine: bytes) -> None:
        """Add a finished fine column to its minute."""
        start_ms = start_of(fine) - start_of(fine) % COARSE_MS
        if self._minute is not None and self._minute.start_ms != start_ms:
            self._coarse.append(self._minute.packed())
            self._minute = None
        if self._minute is None:
            self._minute = _Column(start_ms)
        self._minute.fold(fine)

    # reading --------------------------------------------------------------------------------------------------------

    def columns(self, interval_ms: int, limit: int, until_ms: int | None = None) -> Sequence[DepthColumn]:
        """Up to `limit` columns of `interval_ms` that start before `until_ms`, oldest first, absent ones left out.

        The newest may still grow. Raises ValueError for an interval that is not a multiple of five seconds.
        """
        if interval_ms <= 0 or interval_ms % FINE_MS:
            raise ValueError(f"a column is a multiple of {FINE_MS} ms")
        made: list[_Column | DepthColumn] = []
        for kept in self._newest_first(interval_ms):
            start_ms = start_of(kept) - start_of(kept) % interval_ms
            if until_ms is not None and start_ms >= until_ms:
                continue
            if not made or made[-1].start_ms != start_ms:
                if len(made) == limit:
                    break
                made.append(self._told.get((interval_ms, start_ms)) or _Column(start_ms))
            column = made[-1]
            if isinstance(column, _Column):
                column.fold(kept)
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

    def _newest_first(self, interval_ms: int) -> Iterator[bytes]:
        if self._column is not None:
            self._flush()
            yield self._column.packed()
        if interval_ms % COARSE_MS:
            yield from reversed(self._fine)
            return
        if self._minute is not None:
            yield self._minute.packed()
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
        if ring:
            return start_of(ring[0])
        first = growing or self._column
        return None if first is None else first.start_ms


def _side_of(book: Book, side: Side) -> DepthSide:
    """The levels of one side, the nearest to the touch."""
    ticks: list[int] = []
    micro: list[int] = []
    bound: int | None = None
    for level in book.levels(side):
        if len(ticks) == MOST_LEVELS:
            bound = ticks[-1]
            break
        ticks.append(level.ticks)
        micro.append(min(_MOST_MICRO, int(level.size * MICRO)))
    return DepthSide(ticks, micro, bound)


def _told(column: _Column) -> DepthColumn:
    bids, asks = (dict(zip(side.ticks, side.micro, strict=True)) for side in (column.side(0), column.side(1)))
    low, high = column.bounds
    return DepthColumn(column.start_ms, column.live, column.missed, bids, asks, low, high)


def shares_of(micro: int) -> Decimal:
    """Millionths of a share as shares."""
    return Decimal(micro) / MICRO
