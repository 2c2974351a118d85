"""How large orders are: log-normal sizes with round lots, fractions, and walls far from the touch (realdata §A).

Drawn with floats, but what leaves here is a `Decimal` of whole hundredths (makers) or millionths (takers) of a share.
"""

from __future__ import annotations

import math
import random
from decimal import Decimal

#: Round lots, most usual first; repeats are weights.
ROUND_LOTS = (200, 200, 100, 100, 50, 50, 30, 12, 8, 500, 500, 80, 160, 40)

#: The most that one taker takes.
LARGEST_TAKE = Decimal(21_000)

#: Median and log-deviation of one maker's order, by distance from the touch in ticks, for each liquidity.
#: A level holds two or three such orders.
_PROFILE: dict[str, tuple[tuple[float, float], ...]] = {
    "main": ((1500, 1.3), (1000, 1.3), (400, 1.1), (220, 0.9), (250, 1.5)),
    "medium": ((60, 1.2), (80, 1.1), (110, 1.0), (150, 0.9), (180, 1.4)),
    "thin": ((35, 1.0), (60, 1.0), (90, 1.0), (150, 1.0), (180, 1.2)),
    "static": ((16000, 0.2), (3000, 0.7), (300, 1.0), (150, 1.2), (100, 1.2)),
}


def maker_size(rng: random.Random, liquidity: str, ticks_away: int) -> Decimal:
    """Shares of one resting order, `ticks_away` from its own side's best."""
    median, sigma = _PROFILE[liquidity][_band(ticks_away)]
    if rng.random() < 0.35:
        lot = rng.choice(ROUND_LOTS)
        if median / 8 < lot < median * 8:
            return Decimal(lot)
    return _drawn(rng, median, sigma)


def probe_size(rng: random.Random, liquidity: str) -> Decimal:
    """Shares of a short-lived order: what makes most size changes (median 64-100, a heavy tail)."""
    median = 60.0 if liquidity in ("main", "static") else 40.0
    if rng.random() < 0.35:
        return Decimal(rng.choice(ROUND_LOTS))
    return _drawn(rng, median, 1.5)


def wall_size(rng: random.Random) -> Decimal:
    """Shares of a wall at the far end of the book: 50 thousand to 250 thousand, and walls may share a level."""
    return _drawn(rng, 120_000, 0.45, low=50_000, high=250_000)


def taker_size(rng: random.Random, price_cents: int, factor: float = 1.0) -> Decimal:
    """Shares of a taker's order: median 21, heavy tail; four in ten whole, most others so many dollars' worth."""
    wanted = min(float(LARGEST_TAKE), max(0.4, rng.lognormvariate(math.log(21.0 * factor), 2.2)))
    if rng.random() < 0.42:
        return Decimal(max(1, round(wanted)))
    dollars = max(1, round(wanted * price_cents / 100))
    return Decimal(dollars * 100_000_000 // max(1, price_cents)).scaleb(-6)


def _band(ticks_away: int) -> int:
    if ticks_away <= 0:
        return 0
    if ticks_away <= 2:
        return 1
    if ticks_away <= 5:
        return 2
    return 3 if ticks_away <= 15 else 4


def _drawn(rng: random.Random, median: float, sigma: float, low: float = 5.0, high: float = 90_000.0) -> Decimal:
    shares = min(high, max(low, rng.lognormvariate(math.log(median), sigma)))
    if rng.random() < 0.12:  # a third of the levels then hold a fraction somewhere
        return Decimal(round(shares * 100)).scaleb(-2)
    return Decimal(round(shares))
