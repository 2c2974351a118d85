"""The takers of one market: orders that cross, on the beat of the second, mostly small and buying (realdata §A)."""

from __future__ import annotations

import math
import random
from decimal import Decimal

from psdash.simulator.actors.crowd import Crowd
from psdash.simulator.actors.flow import CENTS, MarketFlow
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.sizes import taker_size
from psdash.simulator.exchange.exchange import Exchange

#: Share of the trades in the first 100 ms of a wall-clock second, and of the price moves.
TRADE_BEAT, MOVE_BEAT = 0.94, 0.27
#: Share of takers that buy, YES or NO.
BUYS = 0.86
#: How much deeper than the best price a taker is ready to go, in cents.
SLACK = (0, 0, 0, 1, 1, 2, 4)
#: How many times larger than others the takers are who follow a price that moves.
SWEEPS = 8.0
#: The most trades and moves one market has in a second.
MOST_PER_S = 20


class TakerFlow:
    """What happens in one market once a second: trades, and the small changes of mind that move its price."""

    def __init__(self, exchange: Exchange, pulse: Pulse, crowd: Crowd, flow: MarketFlow, seeds: Seeds) -> None:
        self._exchange = exchange
        self._pulse = pulse
        self._scheduler = exchange.scheduler
        self._flow = flow
        self._row = flow.row
        self._book = exchange.token_book(flow.row.yes_token_id)
        self._takers = crowd.takers
        self._rng: random.Random = seeds.child("takers")
        self._lean = 0.5  # the share that bets on YES, which has a memory of some trades

    def recall(self, trades: int, over_ms: int) -> None:
        """Spread some trades over the next `over_ms`, so that even an idle market has a past."""
        for _ in range(trades):
            self._scheduler.after(self._rng.randrange(over_ms), self._take)

    def start(self) -> None:
        """Begin with the next whole second."""
        self._scheduler.after(1000 - self._scheduler.now_ms % 1000, self._second)

    def _second(self) -> None:
        rng, flow = self._rng, self._flow
        if not self._pulse.beating:
            return
        if flow.is_open:
            tempo = flow.match.tempo(self._row.liquidity)
            heat = flow.heat()
            for _ in range(_poisson(rng, tempo.moves_per_min / 60 * min(heat, 2.0))):
                self._scheduler.after(self._moment(MOVE_BEAT), lambda: flow.match.beliefs.move(flow.index))
            for _ in range(_poisson(rng, tempo.trades_per_min / 60 * heat)):
                self._scheduler.after(self._moment(TRADE_BEAT), self._take)
            if tempo.trades_per_min and any(flow.in_the_way(is_bid=is_bid) for is_bid in (True, False)):
                self._scheduler.after(self._moment(1.0), self._sweep)
        self._scheduler.after(1000 - self._scheduler.now_ms % 1000, self._second)

    def _moment(self, beat: float) -> int:
        """Milliseconds into the second."""
        rng = self._rng
        return int(100 * rng.random() ** 1.5) if rng.random() < beat else rng.randrange(100, 1000)

    def _sweep(self) -> None:
        """Take from what stands where the makers no longer want to trade: a price moved through somebody's order."""
        if not self._flow.is_open:
            return
        for is_bid in (True, False):
            stale = self._flow.in_the_way(is_bid=is_bid)
            if stale:
                best = self._book.best_bid if is_bid else self._book.best_ask
                assert best is not None
                outcome = int(is_bid)  # buys YES from an ask, NO from a bid
                price = 1 - best if outcome else best
                size = taker_size(self._rng, int(price * 100), SWEEPS)
                self._cross("buy", outcome, price, min(stale, size))

    def _take(self) -> None:
        rng = self._rng
        if not self._flow.is_open:
            return
        self._lean = min(0.8, max(0.2, self._lean + rng.uniform(-0.08, 0.08)))
        yes = rng.random() < self._lean
        best = self._book.best_ask if yes else self._book.best_bid
        if best is None:
            return
        ticks = int(best * 100) + (1 if yes else -1) * rng.choice(SLACK)
        ticks = max(1, min(99, ticks))
        buying = rng.random() < BUYS
        outcome = int(yes != buying)
        price = CENTS[100 - ticks] if outcome else CENTS[ticks]
        size = taker_size(rng, int(price * 100))
        self._cross("buy" if buying else "sell", outcome, price, size)

    def _cross(self, side: str, outcome: int, price: Decimal, size: Decimal) -> None:
        wallet = self._rng.choice(self._takers)
        self._exchange.place(wallet, self._row.symbol, side, outcome, price, size, time_in_force="ioc")


def _poisson(rng: random.Random, mean: float) -> int:
    """A Poisson draw, cut at `MOST_PER_S`."""
    limit, product, count = math.exp(-min(mean, MOST_PER_S)), rng.random(), 0
    while product > limit and count < MOST_PER_S:
        product *= rng.random()
        count += 1
    return count
