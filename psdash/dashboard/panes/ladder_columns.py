"""Which columns the ladder has at a width, and how long its bars are. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from psdash.dashboard.tiers import Wish


class Bars(StrEnum):
    """What a bar is as long as."""

    SIZE = "size"  # what rests at the price
    CUMULATIVE = "cumulative"  # what rests from the touch to the price

    @property
    def other(self) -> Bars:
        """The one that the key swaps to."""
        return Bars.CUMULATIVE if self is Bars.SIZE else Bars.SIZE


class Columns(NamedTuple):
    """Cells of each column. From the price outwards, alike on both sides: gap, size with bar, order count, pulled or
    stacked, own orders; right of them all, what was traded in the window and in all.
    """

    margin: int
    own: int
    ahead: int  # of `own`, for the size ahead in the queue
    net: int
    orders: int
    size: int
    gap: int
    price: int
    traded: int
    whole: int
    spare: int  # a cell that two equal sides leave over, at the right edge

    @property
    def number(self) -> int:
        """Cells for the size as a number; what the size column has beyond them is bar only."""
        return min(self.size, 7)

    @property
    def half(self) -> int:
        """Cells of one side, the gap to the price included."""
        return self.own + self.net + self.orders + self.size + self.gap


#: In which order columns come with the width, as (column, cells), until the first that does not fit.
_COMING: Final = (
    ("own", 8),
    ("gap", 2),
    ("ahead", 4),
    ("traded", 10),
    ("net", 7),
    ("size", 9),
    ("orders", 5),
    ("whole", 8),
)
#: Who has the cells that are left: air, then longer bars.
_AIR: Final = (("size", 8), ("own", 9), ("size", 22))
#: Columns that stand once, not on each side.
_ONCE: Final = ("traded", "whole")
#: What stands whatever the person wishes; the rest can be had fewer of.
_PLAIN: Final = ("own", "size", "gap")


def columns_for(width: int, price: int, wish: Wish = Wish.AUTO) -> Columns:
    """The columns that fit in `width` cells (20 or more) with prices `price` cells wide.

    Sizes come first, then own orders; then, in the order of `_COMING`, what is ahead of them, what was traded, what
    was pulled or stacked, and order counts.
    """
    cells = {"own": 0, "ahead": 0, "net": 0, "orders": 0, "size": 5, "gap": 1, "traded": 0, "whole": 0}

    def left() -> int:
        sides = sum(cells[name] for name in ("own", "ahead", "net", "orders", "size", "gap"))
        return width - price - 2 * sides - cells["traded"] - cells["whole"]

    cells["size"] = min(7, 5 + max(0, left()) // 2)
    if left() >= 12:
        cells["own"] = 6
    for name, wanted in _COMING:
        if wish is Wish.FEWER and name not in _PLAIN:
            continue
        if (wanted - cells[name]) * (1 if name in _ONCE else 2) > left():
            break
        cells[name] = wanted
    for name, wanted in _AIR:
        if cells[name]:
            cells[name] += max(0, min(wanted - cells[name], left() // 2))
    margin, spare = divmod(max(0, left()), 2)
    return Columns(
        margin,
        cells["own"] + cells["ahead"],
        cells["ahead"],
        cells["net"],
        cells["orders"],
        cells["size"],
        cells["gap"],
        price,
        cells["traded"],
        cells["whole"],
        spare,
    )


# bars ---------------------------------------------------------------------------------------------------------------

_SCALE_STEPS: Final = (Decimal(1), Decimal(2), Decimal(5))
#: A resting size is large when it is so many times the usual (median) size of a level.
LARGE: Final = 4
#: Fewer levels than these have no usual size.
_FEW: Final = 5


class BarScale:
    """The size that fills a bar: a robust maximum, so that one whale does not flatten the rest.

    It moves in steps of 1-2-5 and only when it no longer fits, so that a bar changes when its own size does.
    """

    def __init__(self) -> None:
        self.full: Decimal = Decimal(0)

    def reset(self) -> None:
        self.full = Decimal(0)

    def fit(self, sizes: Iterable[Decimal]) -> Decimal:
        """Look at the sizes in view (shares) and say which one fills a bar; 0 while there is none."""
        ordered = sorted(sizes)
        if not ordered:
            return self.full
        robust = ordered[(len(ordered) - 1) * 9 // 10]
        if not self.full or robust > self.full or robust * 4 < self.full:
            self.full = _round_up(robust)
        return self.full


def large_from(sizes: Iterable[Decimal]) -> Decimal | None:
    """From which size on a level is large, by all the levels of a book; None where they are too few to tell."""
    ordered = sorted(sizes)
    return None if len(ordered) < _FEW else LARGE * ordered[len(ordered) // 2]


def _round_up(size: Decimal) -> Decimal:
    exponent = Decimal(10) ** size.adjusted()
    return next((step * exponent for step in _SCALE_STEPS if size <= step * exponent), 10 * exponent)


def bar_halves(size: Decimal | None, full: Decimal, width: int, largest: Decimal | None = None) -> int:
    """Length of a bar in half cells: at least one for any size, at most `width` cells.

    Up to `full` it grows with the size, over four fifths of the column. The last fifth is for sizes beyond: it grows
    up to the `largest` in view, so that the largest level of all has the longest bar, whatever the scale.
    """
    if not size or not full or width <= 0:
        return 0
    halves = 2 * width
    usual = halves * 4 // 5
    if size <= full:
        return max(1, int(size / full * usual))
    beyond = max(largest or size, size) - full
    return usual + max(1, int((size - full) / beyond * (halves - usual)))
