"""Book messages at an exact rate, for load tests: level changes of recorded-style books, with no order behind them.

One level change is two book messages, one for the YES token and one for its mirror on NO, each counted as a client
subscribed to both would count them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal

from psdash.simulator.exchange.exchange import Exchange

#: The most book messages a second that can be asked for.
MAX_RATE = 50_000
#: Changes are made in lots at least this far apart: fine enough to look continuous, coarse enough to be cheap.
LOT_MS = 2
LEVELS = 25

_SIZES = tuple(Decimal(size) for size in ("250", "1200.5", "80", "4000", "312.25", "75", "9400", "640"))


class Load:
    """Makes `rate` book messages a second, evenly, in the markets named, round-robin."""

    def __init__(self, exchange: Exchange, rng: random.Random, symbols: Sequence[str], rate: int) -> None:
        """Raises `ValueError` for a rate outside 1 to `MAX_RATE`, or no markets."""
        if not 0 < rate <= MAX_RATE:
            raise ValueError(f"the rate must be from 1 to {MAX_RATE} book messages a second, not {rate}")
        if not symbols:
            raise ValueError("a load needs at least one market")
        self._exchange = exchange
        self._rate = rate
        self._symbols = tuple(symbols)
        self._steps = _endless_steps(rng, self._symbols)
        self._origin_ms = 0
        #: Level changes made so far; twice this many book messages.
        self.changes = 0

    def furnish(self) -> None:
        """Give every market a book of `LEVELS` levels a side around 50 cents."""
        for symbol in self._symbols:
            bids = [(_cents(49 - away), _SIZES[-1]) for away in range(LEVELS)]
            asks = [(_cents(51 + away), _SIZES[-1]) for away in range(LEVELS)]
            self._exchange.load_book(symbol, bids, asks)

    def start(self) -> None:
        """Begin, from now on the exchange's clock."""
        self._origin_ms = self._exchange.scheduler.now_ms
        self._plan()

    def _plan(self) -> None:
        # The moment when the next change is due: changes * 2000 / rate milliseconds after the origin, rounded up.
        due_ms = self._origin_ms + -(-(self.changes + 1) * 2000 // self._rate)
        self._exchange.scheduler.at(max(due_ms, self._exchange.scheduler.now_ms + LOT_MS), self._make)

    def _make(self) -> None:
        elapsed_ms = self._exchange.scheduler.now_ms - self._origin_ms
        replace_level = self._exchange.replace_level
        for _ in range(elapsed_ms * self._rate // 2000 - self.changes):
            replace_level(*next(self._steps))
            self.changes += 1
        self._plan()


def _cents(ticks: int) -> Decimal:
    return Decimal(ticks).scaleb(-2)


def _endless_steps(rng: random.Random, symbols: Sequence[str]) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Each step gives a level a size that it does not have; now and then a best level goes, and comes back."""
    levels = [(side, away) for away in range(LEVELS) for side in ("bid", "ask")]
    rng.shuffle(levels)
    for size_index in itertools.count():
        size = _SIZES[size_index % len(_SIZES)]
        for side, away in levels:
            price = _cents(49 - away if side == "bid" else 51 + away)
            gone = away == 0 and size_index % 4 == 3
            for symbol in symbols:
                yield symbol, side, price, Decimal(0) if gone else size
