"""Price-time priority for one market, in YES terms.

Buying NO at p is selling YES at 1 - p, so a market has one book: bids buy YES or sell NO, asks sell YES or buy NO.
An incoming order takes the best opposite price first and, within a price, the order that came first. Every match is
at the resting order's price. An order never meets one of its own account: the resting one is cancelled instead and
the incoming one goes on (self-match prevention, cancel-resting).

The engine moves quantities only. Who may place, and who pays, is decided by its caller.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from psdash.simulator.exchange.orders import Order


class Fill(NamedTuple):
    """A resting order met, at its own price."""

    maker: Order
    yes_price_m: int
    quantity_u: int


class Taken(NamedTuple):
    """What an incoming order did to the book: its fills, and resting orders of its own account it had to cancel."""

    fills: list[Fill]
    own_cancelled: list[Order]


class LevelTotal(NamedTuple):
    """One price level of the YES book; all zero when it is gone."""

    is_bid: bool
    yes_price_m: int
    quantity_u: int
    orders: int


class _Level:
    """The queue at one price. A dict keeps arrival order and lets any order leave at once."""

    __slots__ = ("orders", "total_u")

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.total_u = 0


class _Side:
    """One side: its levels by key, and the keys sorted with the best (lowest) first."""

    __slots__ = ("keys", "levels")

    def __init__(self) -> None:
        self.levels: dict[int, _Level] = {}
        self.keys: list[int] = []

    def drop(self, key: int) -> None:
        del self.levels[key]
        del self.keys[bisect_left(self.keys, key)]


class Engine:
    """The book and the matching of one market."""

    def __init__(self) -> None:
        self._bids = _Side()
        self._asks = _Side()
        self._touched: dict[tuple[bool, int], None] = {}

    @property
    def best_bid_m(self) -> int | None:
        """The best YES bid in mills, or None."""
        keys = self._bids.keys
        return -keys[0] if keys else None

    @property
    def best_ask_m(self) -> int | None:
        """The best YES ask in mills, or None."""
        keys = self._asks.keys
        return keys[0] if keys else None

    def levels(self, *, is_bid: bool) -> Iterator[LevelTotal]:
        """One side's levels, best first."""
        side = self._bids if is_bid else self._asks
        for key in side.keys:
            level = side.levels[key]
            yield LevelTotal(is_bid, abs(key), level.total_u, len(level.orders))

    def queue(self, *, is_bid: bool, yes_price_m: int) -> list[Order]:
        """The orders resting at one price, first in line first."""
        level = (self._bids if is_bid else self._asks).levels.get(-yes_price_m if is_bid else yes_price_m)
        return list(level.orders.values()) if level else []

    def resting(self) -> list[Order]:
        """Every resting order, bids before asks, best price first, first in line first."""
        return [
            order
            for side in (self._bids, self._asks)
            for key in side.keys
            for order in side.levels[key].orders.values()
        ]

    def preview(self, order: Order) -> list[tuple[int, int]]:
        """What `take` would fill, as (YES price in mills, micro-shares), changing nothing."""
        side = self._asks if order.is_bid else self._bids
        wanted = order.remaining_u
        found: list[tuple[int, int]] = []
        for key in side.keys:
            if key > -order.key or not wanted:
                break
            for maker in side.levels[key].orders.values():
                if maker.account is not order.account:
                    quantity_u = min(wanted, maker.remaining_u)
                    found.append((abs(key), quantity_u))
                    wanted -= quantity_u
                    if not wanted:
                        break
        return found

    def take(self, order: Order) -> Taken:
        """Match an incoming order against the book down to its limit. What remains of it does not rest by itself."""
        side = self._asks if order.is_bid else self._bids
        limit = -order.key  # an own key mirrors to the last opposite key that still crosses
        fills: list[Fill] = []
        own_cancelled: list[Order] = []
        while order.remaining_u and side.keys and side.keys[0] <= limit:
            key = side.keys[0]
            level = side.levels[key]
            self._touched[not order.is_bid, key] = None
            while order.remaining_u and level.orders:
                maker = next(iter(level.orders.values()))
                if maker.account is order.account:
                    del level.orders[maker.number]
                    level.total_u -= maker.remaining_u
                    own_cancelled.append(maker)
                    continue
                quantity_u = min(order.remaining_u, maker.remaining_u)
                order.remaining_u -= quantity_u
                maker.remaining_u -= quantity_u
                level.total_u -= quantity_u
                if not maker.remaining_u:
                    del level.orders[maker.number]
                fills.append(Fill(maker, abs(key), quantity_u))
            if not level.orders:
                side.drop(key)
        return Taken(fills, own_cancelled)

    def rest(self, order: Order) -> None:
        """Put what remains of `order` at the end of its price's queue. The caller has let it `take` first."""
        side = self._bids if order.is_bid else self._asks
        level = side.levels.get(order.key)
        if level is None:
            level = side.levels[order.key] = _Level()
            insort(side.keys, order.key)
        level.orders[order.number] = order
        level.total_u += order.remaining_u
        self._touched[order.is_bid, order.key] = None

    def remove(self, order: Order) -> None:
        """Take a resting order out. Raises KeyError if it does not rest here."""
        side = self._bids if order.is_bid else self._asks
        level = side.levels[order.key]
        del level.orders[order.number]
        level.total_u -= order.remaining_u
        if not level.orders:
            side.drop(order.key)
        self._touched[order.is_bid, order.key] = None

    def take_changes(self) -> list[LevelTotal]:
        """The new totals of every level touched since the last call, in the order they were first touched."""
        changes = []
        for is_bid, key in self._touched:
            level = (self._bids if is_bid else self._asks).levels.get(key)
            total_u, count = (level.total_u, len(level.orders)) if level else (0, 0)
            changes.append(LevelTotal(is_bid, abs(key), total_u, count))
        self._touched.clear()
        return changes
