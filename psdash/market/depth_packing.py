"""A column of a depth history in as few bytes as hold it exactly: one object, where lists of numbers would be many.

Twelve books make a column each every five seconds, for hours, and most of what a list of small integers takes is not
the integers.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import gcd
from struct import Struct
from typing import Final, NamedTuple

#: Sizes are integers of a millionth of a share, the finest the venue has (protocol §8.1).
MICRO: Final = 1_000_000

#: When it begins (epoch ms), samples that made it, samples that found a book that was not true.
_HEAD: Final = Struct("=qHH")
#: Of a side: which unit, which types of gaps and of sizes; levels; the first price and the step of prices, in ticks;
#: the outermost price kept when others were left out, or -1.
_SIDE: Final = Struct("=BBBHIIi")
#: Whole lots, and the means of a few of them.
_UNITS: Final = (MICRO, MICRO // 5, MICRO // 10, MICRO // 50, MICRO // 100, 1_000, 100, 10, 1)
_TYPES: Final = "BHIQ"
_MOST_SAMPLES: Final = 2**16 - 1


class DepthSide(NamedTuple):
    """One side of a column: prices in ticks, rising, and millionths of a share at each.

    `bound` is the outermost price kept when others were left out.
    """

    ticks: Sequence[int]
    micro: Sequence[int]
    bound: int | None


NO_LEVELS: Final = DepthSide((), (), None)


class PackedColumn(NamedTuple):
    """What `unpacked` gives back."""

    start_ms: int
    live: int
    missed: int
    bids: DepthSide
    asks: DepthSide


def packed(start_ms: int, live: int, missed: int, bids: DepthSide, asks: DepthSide) -> bytes:
    """A column; counts of samples end at 65,535."""
    head = _HEAD.pack(start_ms, min(live, _MOST_SAMPLES), min(missed, _MOST_SAMPLES))
    return head + _packed_side(bids) + _packed_side(asks)


def start_of(column: bytes) -> int:
    """When a packed column begins, in epoch milliseconds."""
    start_ms: int = _HEAD.unpack_from(column)[0]
    return start_ms


def unpacked(column: bytes) -> PackedColumn:
    """The column that was packed."""
    start_ms, live, missed = _HEAD.unpack_from(column)
    bids, at = _unpacked_side(column, _HEAD.size)
    asks, _ = _unpacked_side(column, at)
    return PackedColumn(start_ms, live, missed, bids, asks)


def _packed_side(side: DepthSide) -> bytes:
    ticks, micro, bound = side
    gaps = [after - before for before, after in pairwise(ticks)]
    step = gcd(*gaps) or 1
    steps = [gap // step for gap in gaps]
    common = gcd(*micro)
    unit = next(at for at, each in enumerate(_UNITS) if not common % each)
    sizes = [size // _UNITS[unit] for size in micro]
    kinds = _type_for(steps), _type_for(sizes)
    first = ticks[0] if ticks else 0
    head = _SIDE.pack(unit, *kinds, len(ticks), first, step, -1 if bound is None else bound)
    return head + array(_TYPES[kinds[0]], steps).tobytes() + array(_TYPES[kinds[1]], sizes).tobytes()


def _type_for(numbers: Sequence[int]) -> int:
    """The smallest type that holds these, by its place in `_TYPES`."""
    most = max(numbers, default=0)
    return next(at for at, code in enumerate(_TYPES) if not most >> 8 * array(code).itemsize)


def _unpacked_side(column: bytes, at: int) -> tuple[DepthSide, int]:
    """A side, and where what follows it begins."""
    unit_at, gap_type, size_type, count, first, step, bound = _SIDE.unpack_from(column, at)
    at += _SIDE.size
    steps, at = _numbers(column, at, gap_type, max(0, count - 1))
    sizes, at = _numbers(column, at, size_type, count)
    ticks = list(accumulate((each * step for each in steps), initial=first)) if count else []
    unit = _UNITS[unit_at]
    return DepthSide(ticks, [size * unit for size in sizes], None if bound < 0 else bound), at


def _numbers(column: bytes, at: int, kind: int, count: int) -> tuple[array[int], int]:
    numbers = array(_TYPES[kind])
    end = at + count * numbers.itemsize
    numbers.frombytes(column[at:end])
    return numbers, end
