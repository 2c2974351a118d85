"""A trade and its two sides, from the match to the chain (protocol §5.1, §5.2, §8.3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from psdash.simulator.exchange import units
from psdash.simulator.exchange.happenings import TradeMatched

if TYPE_CHECKING:
    from psdash.simulator.exchange.accounts import Account
    from psdash.simulator.exchange.orders import Order


class TradeStatus(StrEnum):
    """Protocol §8.3: `settlement_failed` trades are hidden from the public tape."""

    MATCHED = "matched"
    SETTLEMENT_PENDING = "settlement_pending"
    SETTLED = "settled"
    SETTLEMENT_FAILED = "settlement_failed"


class Adjustment(StrEnum):
    """How the chain makes the tokens: handed over, minted as a pair, or merged back into money."""

    NONE = "NONE"
    MINT = "MINT"
    MERGE = "MERGE"


@dataclass(slots=True, eq=False)
class TradeLeg:
    """One side of a trade, in that side's own terms. A recorded print has legs without an account or an order."""

    wallet: str
    order_id: str
    token_id: str
    side: str
    outcome: int
    price_m: int
    fee_n: int
    account: Account | None = None
    order: Order | None = None

    @property
    def price(self) -> Decimal:
        """The price in this side's own outcome."""
        return units.PRICES[self.price_m]

    @property
    def fee(self) -> Decimal:
        """Dollars this side pays to the house."""
        return units.dollars(self.fee_n)


@dataclass(slots=True, eq=False)
class TradeRecord:
    """A trade as the exchange keeps it; only `status` and what the chain adds ever change."""

    trade: TradeMatched
    maker: TradeLeg
    taker: TradeLeg
    yes_price_m: int
    quantity_u: int
    adjustment: Adjustment
    status: TradeStatus = TradeStatus.MATCHED
    settled_at_ms: int | None = None
    tx_hash: str | None = None
    block_number: int | None = None

    @property
    def trade_id(self) -> str:
        """The trade's uuid."""
        return self.trade.trade_id

    @property
    def at_ms(self) -> int:
        """When it matched."""
        return self.trade.at_ms

    @property
    def maker_wallet(self) -> str:
        """Whose order was resting."""
        return self.maker.wallet

    @property
    def taker_wallet(self) -> str:
        """Who came to it."""
        return self.taker.wallet

    @property
    def maker_fee(self) -> Decimal:
        """Dollars; always 0, makers pay nothing here (protocol §9, older text and the trades page)."""
        return self.maker.fee

    @property
    def taker_fee(self) -> Decimal:
        """Dollars."""
        return self.taker.fee

    def legs_of(self, wallet: str) -> tuple[TradeLeg, ...]:
        """The sides of this trade that belong to `wallet`."""
        return tuple(leg for leg in (self.maker, self.taker) if leg.wallet == wallet)
