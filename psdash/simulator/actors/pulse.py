"""Whether the actors act: one switch for all of them, and the question whether a market takes orders now."""

from __future__ import annotations

from dataclasses import dataclass

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketStatus


@dataclass(slots=True)
class Pulse:
    """Shared by every actor of one world."""

    #: False: every actor stops at its next move, for good.
    beating: bool = True
    #: Scales book activity, not trading; below 1 only while history is being made.
    calm: float = 1.0

    def open(self, exchange: Exchange, symbol: str | None = None) -> bool:
        """Whether the actors are awake and the platform (and that market) takes orders."""
        platform = exchange.platform
        if not self.beating or platform.frozen or platform.maintenance:
            return False
        return symbol is None or exchange.market_status(symbol) is MarketStatus.OPEN
