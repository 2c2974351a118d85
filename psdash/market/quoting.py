"""What a market's prices are prices of, and what it has beside its trades: said once, by the source that lists it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a price counts."""

    PROBABILITY = "probability"  # 0 to 1 dollar for an outcome that pays one: shown in cents
    DOLLARS = "dollars"  # whatever one costs, from millionths to thousands: shown in dollars


@dataclass(frozen=True, slots=True)
class Quoting:
    """`has_book` is false where nobody quotes: only trades make a price. `chart_ms` is the frame that its chart opens
    with, None where any will do.
    """

    unit: Unit = Unit.PROBABILITY
    has_book: bool = True
    chart_ms: int | None = None


#: An outcome of an event, with an order book.
OUTCOME = Quoting()
