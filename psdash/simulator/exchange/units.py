"""The exchange counts in integers, so that nothing is ever rounded, and speaks in decimals.

Three units: **mills** (a price in thousandths of a dollar, 1..999), **micros** (a size in millionths of a share) and
**nanos** (money in billionths of a dollar). A mill times a micro is a nano, so a notional is one multiplication.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

MILLS = 1_000
MICROS = 1_000_000
NANOS = 1_000_000_000
#: One share is redeemed for one dollar, so this many nanos stand behind a micro-share.
NANOS_PER_MICRO_SHARE = NANOS // MICROS
#: Fees are cut to the settlement currency's six decimals (protocol §8.1).
NANOS_PER_MICRO_DOLLAR = NANOS // MICROS
#: Nobody trades a trillion shares; a bound keeps hostile sizes from becoming slow arithmetic.
MAX_QUANTITY = Decimal(10) ** 12

_MICRO = -6
_NANO = -9


def _spell_price(mills: int) -> Decimal:
    return Decimal(mills // 10).scaleb(-2) if mills % 10 == 0 else Decimal(mills).scaleb(-3)


#: Every price there is, indexed by mills: two decimals for whole cents, three otherwise.
PRICES: tuple[Decimal, ...] = tuple(_spell_price(mills) for mills in range(MILLS + 1))


def mills(price: Decimal) -> int:
    """A price in mills. Raises ValueError unless it is a whole number of mills strictly between 0 and 1."""
    if not (price.is_finite() and 0 < price < 1):
        raise ValueError(f"price must lie between 0 and 1, not {price}")
    whole = int(price * MILLS)
    if PRICES[whole] != price:
        raise ValueError(f"price {price} is finer than 0.001")
    return whole


def micros(quantity: Decimal) -> int:
    """A size in micro-shares. Raises ValueError unless it is non-negative, bounded and has at most six decimals."""
    if not (quantity.is_finite() and 0 <= quantity <= MAX_QUANTITY):
        raise ValueError(f"quantity must lie between 0 and {MAX_QUANTITY}, not {quantity}")
    whole = int(quantity * MICROS)
    # The product above may have been rounded to the context's precision; this comparison is exact.
    if shares(whole) != quantity:
        raise ValueError(f"quantity {quantity} has more than 6 decimals")
    return whole


def nanos(dollars: Decimal) -> int:
    """Money in nanos. Raises ValueError unless it is non-negative, bounded and has at most six decimals."""
    return micros(dollars) * NANOS_PER_MICRO_DOLLAR


@lru_cache(maxsize=1 << 16)
def shares(quantity_u: int) -> Decimal:
    """Micro-shares as shares, without trailing zeros and never in scientific notation."""
    return _spell(quantity_u, MICROS, _MICRO)


def dollars(amount_n: int) -> Decimal:
    """Nanos as dollars, without trailing zeros and never in scientific notation at the sizes that occur."""
    return _spell(amount_n, NANOS, _NANO)


def _spell(amount: int, unit: int, exponent: int) -> Decimal:
    whole, rest = divmod(amount, unit)
    return Decimal(whole) if rest == 0 else Decimal(amount).scaleb(exponent).normalize()


def taker_fee_n(price_m: int, quantity_u: int, fee_bps: int, *, up: bool = False) -> int:
    """The taker's fee in nanos, `k * P * (1 - P) * shares` with k in basis points (protocol §9), cut to 1e-6 dollars.

    `up` rounds up instead, which is what an order must be able to afford.
    """
    scaled = fee_bps * price_m * (MILLS - price_m) * quantity_u  # in 1e-16 dollars
    per_micro_dollar = 10**10
    whole = -(-scaled // per_micro_dollar) if up else scaled // per_micro_dollar
    return whole * NANOS_PER_MICRO_DOLLAR
