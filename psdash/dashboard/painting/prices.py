"""Prices in the unit of their market: an outcome's in cents, a token's in dollars.

A token may cost thousands or a hundred-millionth, so its price is written with as many decimals as leave five digits
that count, and beyond what anybody would count zeros in, with its power of ten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.market.quoting import Unit

#: Digits of a token's price that count.
DIGITS: Final = 5
#: Decimals from which on a price is written with its power of ten, and digits before the point.
_TINY: Final = 12
_HUGE: Final = 9


@dataclass(frozen=True, slots=True)
class PriceForm:
    """How prices that stand under each other are written."""

    unit: Unit = Unit.PROBABILITY
    decimals: int = 0

    def text(self, price: Decimal) -> str:
        """A price in dollars in this form: "52.3" for an outcome, "0.53449" for a token. The unit is not in it."""
        if self.unit is Unit.PROBABILITY:
            return numbers.cents(price, self.decimals)
        if not price:
            return "0"
        needed = dollar_decimals(price)
        # Written like its neighbours while at least three of its digits are in view.
        if needed >= _TINY or needed > self.decimals + DIGITS - 3 or price.adjusted() >= _HUGE:
            return f"{price:.{DIGITS - 1}e}"
        return f"{price:.{min(self.decimals, _TINY)}f}"

    def sign(self, glyphs: Glyphs) -> str:
        """What the unit is called over a column."""
        return glyphs.cents if self.unit is Unit.PROBABILITY else "$"

    def cells(self, prices: Iterable[Decimal]) -> int:
        """The width of a column for these."""
        if self.unit is Unit.PROBABILITY:
            return 3 + self.decimals if self.decimals else 2
        return max((len(self.text(price)) for price in prices), default=DIGITS + 2)


def form_of(unit: Unit, prices: Iterable[Decimal], decimals: int = 0) -> PriceForm:
    """The form for these prices: cents with every decimal that one of them has (`decimals` at least), dollars as fine
    as the middle one needs, so that a stray price makes the others neither coarse nor wide.
    """
    if unit is Unit.PROBABILITY:
        return PriceForm(unit, max(map(numbers.decimals_of, prices), default=decimals))
    needed = sorted(dollar_decimals(price) for price in prices)
    return PriceForm(unit, needed[len(needed) // 2] if needed else 2)


def dollar_decimals(price: Decimal) -> int:
    """Decimals that leave five digits of a price in dollars; two at least."""
    return max(2, DIGITS - 1 - price.adjusted()) if price else 2


def price_text(price: Decimal, unit: Unit) -> str:
    """A price standing alone, where its unit is known: "52.3", "0.53449"."""
    return form_of(unit, (price,)).text(price)


def price_fitting(dollars: Decimal, cells: int) -> str:
    """A price in dollars with its sign in at most `cells` cells (7 or more), as many of its digits as fit."""
    text = price_words(dollars, Unit.DOLLARS)
    decimals = dollar_decimals(dollars)
    while len(text) > cells and decimals > 2 and DIGITS - (dollar_decimals(dollars) - decimals) > 3:
        decimals -= 1
        text = f"${dollars:.{decimals}f}"
    for digits in range(DIGITS - 1, -1, -1):
        if len(text) <= cells:
            break
        text = f"${dollars:.{digits}e}"
    return text


def price_words(price: Decimal, unit: Unit) -> str:
    """A price standing alone, a token's with its sign: "52.3", "$0.53449"."""
    text = price_text(price, unit)
    return text if unit is Unit.PROBABILITY else f"-${text[1:]}" if text.startswith("-") else f"${text}"
