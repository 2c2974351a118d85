"""Prices and books of one market. Prices are whole hundredths of a cent (0 to 10,000), sizes whole contracts."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from psdash.simulator.predictionhunt.markets import STEPS, HuntMarket

DOLLAR = 10_000
LEVELS = 8
#: Price bars kept for the history, a minute each.
MOST_BARS = 3_000


@dataclass(slots=True)
class Bar:
    """One minute of last prices."""

    start_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0


class Quote:
    """The YES book of one market: levels best first, the last trade, the volume, and minute bars."""

    def __init__(self, market: HuntMarket, draw: random.Random, truth: int) -> None:
        self.market = market
        self.step = STEPS[market.venue]
        self._draw = draw
        self._bias = draw.randint(-250, 250)
        self.bids: list[tuple[int, int]] = []
        self.asks: list[tuple[int, int]] = []
        self.last = self._snapped(truth)
        self.volume = draw.randint(1_000, 90_000)
        self.bars: deque[Bar] = deque(maxlen=MOST_BARS)
        self.move(truth)

    def move(self, truth: int) -> None:
        """Follow the truth with this venue's own error: a new book around it."""
        draw = self._draw
        self._bias += round(-self._bias * 0.1 + draw.gauss(0, 60))
        middle = max(3 * self.step, min(DOLLAR - 3 * self.step, truth + self._bias))
        half = self.step * draw.choice((1, 1, 1, 2)) // 2
        bid, ask = self._snapped(middle - half), self._snapped(middle + half)
        if ask <= bid:
            ask = bid + self.step
        self.bids = self._side(bid, -self.step)
        self.asks = self._side(ask, self.step)

    def _side(self, best: int, step: int) -> list[tuple[int, int]]:
        levels = []
        price = best
        for _ in range(LEVELS):
            if not 0 < price < DOLLAR:
                break
            levels.append((price, self._draw.randint(20, 4_000)))
            price += step * self._draw.choice((1, 1, 2))
        return levels

    def trade(self, now_ms: int) -> tuple[str, int, int]:
        """Somebody takes the touch: the side, the price and the size."""
        side = self._draw.choice(("BUY", "SELL"))
        price, resting = (self.asks if side == "BUY" else self.bids)[0]
        size = min(resting, self._draw.randint(1, 500))
        self.last = price
        self.volume += size
        start_ms = now_ms - now_ms % 60_000
        if not self.bars or self.bars[-1].start_ms != start_ms:
            self.bars.append(Bar(start_ms, price, price, price, price))
        bar = self.bars[-1]
        bar.high, bar.low, bar.close = max(bar.high, price), min(bar.low, price), price
        bar.volume += size
        return side, price, size

    @property
    def bid(self) -> int:
        return self.bids[0][0]

    @property
    def ask(self) -> int:
        return self.asks[0][0]

    def _snapped(self, price: int) -> int:
        return max(self.step, min(DOLLAR - self.step, price - price % self.step))
