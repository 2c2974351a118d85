"""Prices as integers, so that books compare and sort exactly and fast.

A tick here is one millionth of a dollar: the finest step the wire allows (protocol §8.1, at most six decimals), so a
venue whose own tick is 0.01 or 0.001 needs no other unit, and a tick change needs no conversion.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

#: Ticks in one dollar, i.e. in probability 1.
DOLLAR = 1_000_000
#: Ticks in one cent, the venue's usual price step.
CENT = 10_000

_STEP = Decimal(1) / DOLLAR


@lru_cache(maxsize=8192)
def to_ticks(price: str | Decimal) -> int:
    """Price in dollars (0..1, at most six decimals) to ticks.

    Raises ValueError when the price has a finer step than a tick or lies outside 0..1.
    """
    scaled = Decimal(price) * DOLLAR
    ticks = int(scaled)
    if scaled != ticks or not 0 <= ticks <= DOLLAR:
        raise ValueError("a price is a decimal between 0 and 1 with at most six decimals")
    return ticks


@lru_cache(maxsize=8192)
def to_price(ticks: int) -> Decimal:
    """Ticks to a price in dollars."""
    return ticks * _STEP


def complement(ticks: int) -> int:
    """The same price seen from the other outcome: a NO bid at p is a YES ask at 1 - p."""
    return DOLLAR - ticks
