"""Orders, what became of them, and the answer to placing one. Names and statuses follow protocol §8.1 and §8.2."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from psdash.simulator.exchange import units

if TYPE_CHECKING:
    from psdash.simulator.exchange.accounts import Account
    from psdash.simulator.exchange.trades import TradeRecord


class OrderStatus(StrEnum):
    """The order statuses of protocol §8.1 that this exchange uses."""

    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    CANCELLED_BY_RESOLVE = "CANCELLED_BY_RESOLVE"
    REJECTED = "REJECTED"
    SETTLEMENT_FAILED = "SETTLEMENT_FAILED"


class RejectCode(StrEnum):
    """Why a placement was refused (protocol §10; the two platform codes are a GUESS)."""

    MARKET_NOT_FOUND = "market_not_found"
    MARKET_NOT_OPEN = "market_not_open"
    INVALID_OUTCOME = "invalid_outcome"
    INVALID_AMOUNTS = "invalid_amounts"
    INVALID_TIF = "invalid_tif"
    VALIDATION_FAILED = "validation_failed"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    PLATFORM_FROZEN = "platform_frozen"
    PLATFORM_MAINTENANCE = "platform_maintenance"


@dataclass(slots=True, eq=False)
class Order:
    """One accepted order. Side, outcome and price are the trader's own; `is_bid` and `key` place it in YES terms."""

    order_id: str
    number: int  # arrival order over the whole exchange
    account: Account
    symbol: str
    token_id: str
    side: str  # "buy" | "sell"
    outcome: int  # 0 YES, 1 NO
    price_m: int
    quantity_u: int
    order_type: str  # "limit" | "market"
    time_in_force: str  # "gtc" | "ioc" | "fok"
    client_order_id: str | None
    created_at_ms: int
    is_bid: bool  # buys YES or sells NO
    key: int  # YES price, negated for bids: on either side the lowest key is the best
    remaining_u: int
    updated_at_ms: int
    status: OrderStatus = OrderStatus.OPEN
    failed_u: int = 0  # filled, but the settlement failed
    trades: list[TradeRecord] = field(default_factory=list)

    @property
    def wallet(self) -> str:
        """The wallet of the account that placed it."""
        return self.account.wallet

    @property
    def vault(self) -> str:
        """The vault of the account that placed it."""
        return self.account.vault

    @property
    def price(self) -> Decimal:
        """The limit, in the order's own outcome; for a market order without one, the worst price there is."""
        return units.PRICES[self.price_m]

    @property
    def quantity(self) -> Decimal:
        """Shares asked for."""
        return units.shares(self.quantity_u)

    @property
    def filled(self) -> Decimal:
        """Shares matched so far."""
        return units.shares(self.quantity_u - self.remaining_u)

    @property
    def remaining(self) -> Decimal:
        """Shares not matched."""
        return units.shares(self.remaining_u)

    @property
    def is_open(self) -> bool:
        """Whether it rests in the book."""
        return self.status in (OrderStatus.OPEN, OrderStatus.PARTIAL)


@dataclass(frozen=True, slots=True)
class Placement:
    """The answer to a placement (protocol §8.4). A refused one has an empty `order_id` and a `reject_code`."""

    order_id: str
    status: OrderStatus
    filled: Decimal
    remaining: Decimal
    trades: tuple[TradeRecord, ...] = ()
    reject_code: RejectCode | None = None
    reject_message: str | None = None
