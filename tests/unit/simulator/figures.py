"""What a market did, measured from the exchange's happenings alone, in the terms of the recorded markets' figures."""

from __future__ import annotations

import statistics
from collections import Counter, deque
from collections.abc import Sequence
from decimal import Decimal

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, Happening, LevelChange, TradeMatched
from psdash.simulator.exchange.listing import MarketRow

#: A removal followed this soon by the same size on the same side at another price is a quote that moved.
REQUOTED_WITHIN_MS = 50


class Figures:
    """Counts for the YES token of one market, from the moment it is made."""

    def __init__(self, exchange: Exchange, row: MarketRow) -> None:
        self._token_id = row.yes_token_id
        self._symbol = row.symbol
        self._scheduler = exchange.scheduler
        self.book = exchange.token_book(row.yes_token_id)
        self._levels = {
            (side, level.price): level.quantity
            for side, levels in (("bid", self.book.bids()), ("ask", self.book.asks()))
            for level in levels
        }
        self._born: dict[tuple[str, Decimal], int] = {}
        self._removals: deque[tuple[int, str, Decimal, Decimal]] = deque()
        self._spread: int | None = None
        self._since_ms = exchange.scheduler.now_ms
        self._best: dict[str, Decimal | None] = {}
        self._mid: Decimal | None = None
        self.changed_ms: list[int] = []
        self.change_sizes: list[Decimal] = []
        self.lifetimes_ms: list[int] = []
        self.decreases = 0
        self.requoted = 0
        self.distances: Counter[int] = Counter()  # ticks behind the own side's best; below 0 improves it
        self.spread_ms: Counter[int | None] = Counter()
        self.mid_moves = 0
        self.traded_ms: list[int] = []
        self.trade_sizes: list[Decimal] = []
        self._look()

    def hear(self, happening: Happening) -> None:
        """A listener of the exchange."""
        if isinstance(happening, BookChanged):
            if happening.token_id == self._token_id:
                for change in happening.changes:
                    self._count(happening.at_ms, change)
                self._look()
        elif isinstance(happening, TradeMatched) and happening.symbol == self._symbol:
            self.traded_ms.append(happening.at_ms)
            self.trade_sizes.append(happening.quantity)

    def _count(self, at_ms: int, change: LevelChange) -> None:
        key = (change.side, change.price)
        before = self._levels.pop(key, Decimal(0))
        if change.quantity:
            self._levels[key] = change.quantity
        grown = change.quantity - before
        self.changed_ms.append(at_ms)
        self.change_sizes.append(abs(grown))
        if not before:
            self._born[key] = at_ms
        elif not change.quantity and key in self._born:
            self.lifetimes_ms.append(at_ms - self._born.pop(key))
        while self._removals and at_ms - self._removals[0][0] > REQUOTED_WITHIN_MS:
            self._removals.popleft()
        if grown < 0:
            self.decreases += 1
            self._removals.append((at_ms, *key, -grown))
        else:
            for removal in self._removals:
                if removal[1] == change.side and removal[2] != change.price and removal[3] == grown:
                    self.requoted += 1
                    self._removals.remove(removal)
                    break
        best = self._best.get(change.side)
        if best is not None:
            behind = best - change.price if change.side == "bid" else change.price - best
            self.distances[int(behind * 100)] += 1

    def _look(self) -> None:
        now_ms, bid, ask = self._scheduler.now_ms, self.book.best_bid, self.book.best_ask
        self.spread_ms[self._spread] += now_ms - self._since_ms
        self._since_ms = now_ms
        self._best = {"bid": bid, "ask": ask}
        mid = bid + ask if bid is not None and ask is not None else None
        self._spread = int((ask - bid) * 100) if bid is not None and ask is not None else None
        self.mid_moves += mid != self._mid
        self._mid = mid

    def spread_share(self, narrowest: int, widest: int) -> float:
        """The share of the time that the spread was this many cents."""
        within = sum(
            ms for spread, ms in self.spread_ms.items() if spread is not None and narrowest <= spread <= widest
        )
        return within / sum(self.spread_ms.values())

    def touch_size(self) -> Decimal:
        """Shares at the best bid now; 0 without one."""
        bids = self.book.bids(1)
        return bids[0].quantity if bids else Decimal(0)


def counts(times_ms: Sequence[int], first_ms: int, last_ms: int, bucket_ms: int = 1000) -> list[int]:
    """How many of the times fall into each bucket."""
    found = [0] * ((last_ms - first_ms) // bucket_ms)
    for at_ms in times_ms:
        bucket = (at_ms - first_ms) // bucket_ms
        if 0 <= bucket < len(found):
            found[bucket] += 1
    return found


def dispersion(values: Sequence[int]) -> float:
    """Variance over mean: 1 for a Poisson process, more when activity is clustered."""
    return statistics.pvariance(values) / statistics.fmean(values)


def correlation(one: Sequence[int], other: Sequence[int], lag: int = 0) -> float:
    """Of `one` with `other` `lag` buckets later."""
    return statistics.correlation(one[: len(one) - lag], other[lag:])


def percentile(values: Sequence[Decimal] | Sequence[int], share: float) -> float:
    """The value below which `share` per cent lie."""
    ordered = sorted(float(value) for value in values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered) / 100))]
