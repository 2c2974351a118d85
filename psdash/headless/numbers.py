"""How a number and an outcome are written into JSON: as plain decimal strings, and as words."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from psdash.market.ticks import to_price

OUTCOMES = ("yes", "no")


def number(value: Decimal) -> str:
    """A decimal as plain digits: no exponent, no zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=8192)
def price_of(ticks: int) -> str:
    """A price in dollars (0..1)."""
    return number(to_price(ticks))


def outcome_name(outcome_index: int | None) -> str | None:
    """Index 0 is YES and 1 is NO (protocol §7.2)."""
    if outcome_index is None:
        return None
    return OUTCOMES[outcome_index] if 0 <= outcome_index < len(OUTCOMES) else f"#{outcome_index}"
