"""The book of a recorded market: totals by price, as a recording gives them, with no orders behind them.

A recording may hold a crossed book for a moment; it is played as it was.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from psdash.simulator.exchange.engine import LevelTotal


class RecordedBook:
    """Both sides of one market in YES terms. Prices in mills, sizes in micro-shares."""

    def __init__(self) -> None:
        self._totals: tuple[dict[int, int], dict[int, int]] = ({}, {})  # asks, bids, by key
        self._keys: tuple[list[int], list[int]] = ([], [])
        self._touched: dict[tuple[bool, int], None] = {}

    @property
    def best_bid_m(self) -> int | None:
        """The best YES bid in mills, or None."""
        return -self._keys[True][0] if self._keys[True] else None

    @property
    def best_ask_m(self) -> int | None:
        """The best YES ask in mills, or None."""
        return self._keys[False][0] if self._keys[False] else None

    def levels(self, *, is_bid: bool) -> Iterator[LevelTotal]:
        """One side's levels, best first; a recording does not say how many orders make one, so each counts 1."""
        for key in self._keys[is_bid]:
            yield LevelTotal(is_bid, abs(key), self._totals[is_bid][key], 1)

    def replace(self, *, is_bid: bool, yes_price_m: int, quantity_u: int) -> None:
        """Set the total at one price; 0 removes it. Setting what is there already is no change."""
        key = -yes_price_m if is_bid else yes_price_m
        totals, keys = self._totals[is_bid], self._keys[is_bid]
        held = totals.get(key, 0)
        if held == quantity_u:
            return
        if not quantity_u:
            del totals[key]
            del keys[bisect_left(keys, key)]
        else:
            if not held:
                insort(keys, key)
            totals[key] = quantity_u
        self._touched[is_bid, key] = None

    def load(self, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]) -> None:
        """Make the book exactly these (YES price in mills, micro-shares) levels."""
        for is_bid, levels in ((True, bids), (False, asks)):
            wanted = dict(levels)
            for key in list(self._keys[is_bid]):
                if abs(key) not in wanted:
                    self.replace(is_bid=is_bid, yes_price_m=abs(key), quantity_u=0)
            for price_m, quantity_u in wanted.items():
                self.replace(is_bid=is_bid, yes_price_m=price_m, quantity_u=quantity_u)

    def take_changes(self) -> list[LevelTotal]:
        """The new totals of every level touched since the last call, in the order they were first touched."""
        changes = []
        for is_bid, key in self._touched:
            total_u = self._totals[is_bid].get(key, 0)
            changes.append(LevelTotal(is_bid, abs(key), total_u, 1 if total_u else 0))
        self._touched.clear()
        return changes
