"""What it takes to trade through a book down to a price: size, cost, average."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from heapq import nlargest, nsmallest
from typing import NamedTuple

from psdash.market.book import Level, Side
from psdash.market.ticks import to_price


class Reach(NamedTuple):
    """Everything from the touch to a price: `size` shares for `cost` dollars, fees aside."""

    size: Decimal
    cost: Decimal

    @property
    def average(self) -> Decimal | None:
        """Dollars a share, None where there is nothing."""
        return self.cost / self.size if self.size else None


def reach(levels: Iterable[Level], side: Side, ticks: int) -> Reach:
    """What rests on `side` (its `levels`, best first) from the touch to `ticks`, that price included."""
    size = cost = Decimal(0)
    for level in levels:
        if level.ticks > ticks if side is Side.ASK else level.ticks < ticks:
            break
        size += level.size
        cost += level.size * to_price(level.ticks)
    return Reach(size, cost)


def near(sizes: Mapping[int, Decimal], side: Side, levels: int) -> Decimal:
    """Shares on the best so many levels of a side, given its sizes by price."""
    best = nlargest(levels, sizes) if side is Side.BID else nsmallest(levels, sizes)
    return sum((sizes[ticks] for ticks in best), Decimal(0))


def imbalance(bids: Decimal, asks: Decimal) -> Decimal | None:
    """Bids less asks as a share of both (-1..1), None when there is neither."""
    both = bids + asks
    return (bids - asks) / both if both else None
