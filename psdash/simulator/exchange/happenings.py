"""What the exchange tells the world: one frozen record for each thing that happened.

The exchange calls every listener, in order, on the scheduler's thread. The gateways turn these into frames, the
journal keeps them, tests read them. Prices and sizes are `Decimal`; times are epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The new total resting at one price of one token's book; `quantity` 0 means the level is gone."""

    side: str  # "bid" | "ask"
    price: Decimal
    quantity: Decimal
    count: int  # orders resting at the level


@dataclass(frozen=True, slots=True)
class BookChanged:
    """One token's book moved from `seq - 1` to `seq`. Each engine event makes one of these for YES and one for NO."""

    at_ms: int
    symbol: str
    token_id: str
    condition_id: str
    outcome_index: int
    seq: int
    changes: tuple[LevelChange, ...]


@dataclass(frozen=True, slots=True)
class TradeMatched:
    """Two orders met. `outcome_index`, `price` and `taker_side` are the taker's own view."""

    at_ms: int
    trade_id: str
    symbol: str
    token_id: str
    condition_id: str
    outcome_index: int
    price: Decimal
    quantity: Decimal
    taker_side: str  # "buy" | "sell"
    maker_order_id: str
    taker_order_id: str


@dataclass(frozen=True, slots=True)
class TradeSettled:
    """The chain confirmed a trade (protocol §5.2); `trade` is the match it belongs to."""

    at_ms: int
    trade: TradeMatched
    tx_hash: str
    block_number: int
    fee: Decimal


@dataclass(frozen=True, slots=True)
class SettlementFailed:
    """The chain refused a trade. The venue pushes nothing for this (protocol §8.3): it is only absent."""

    at_ms: int
    trade: TradeMatched


@dataclass(frozen=True, slots=True)
class CandleMoved:
    """The open five-second bucket of one token after a trade in it."""

    at_ms: int
    symbol: str
    token_id: str
    condition_id: str
    outcome_index: int
    bucket_start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class MarketStatusChanged:
    """A market moved between the statuses of protocol §7.4."""

    at_ms: int
    symbol: str
    condition_id: str
    status: str
    previous: str
    payout_numerators: tuple[str, ...] | None  # set when the status is RESOLVED or VOIDED


@dataclass(frozen=True, slots=True)
class PlatformChanged:
    """The whole venue froze, went into maintenance, or came back."""

    at_ms: int
    frozen: bool
    maintenance: bool
    message: str | None


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """An order was accepted (resting or not). Numbers are as at acceptance, before any match."""

    at_ms: int
    order_id: str
    account: str  # wallet address


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order left the book unfilled or partly filled."""

    at_ms: int
    order_id: str
    account: str


@dataclass(frozen=True, slots=True)
class FillMade:
    """One account's side of a match; price and outcome are this account's own view."""

    at_ms: int
    account: str
    trade_id: str
    order_id: str
    symbol: str
    token_id: str
    condition_id: str
    outcome_index: int
    side: str  # "buy" | "sell"
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PositionChanged:
    """The on-chain balance of one outcome token in one vault after a settlement, split, merge or redemption."""

    at_ms: int
    account: str
    vault: str
    token_id: str
    condition_id: str
    outcome_index: int
    balance_after: Decimal
    reason: str
    tx_hash: str
    block_number: int


@dataclass(frozen=True, slots=True)
class ChainNews:
    """What the chain did to an account, told in the older protocol alone: `kind` and `body` are protocol §11's."""

    at_ms: int
    account: str
    kind: str
    body: tuple[tuple[str, object], ...]


Happening = (
    BookChanged
    | TradeMatched
    | TradeSettled
    | SettlementFailed
    | CandleMoved
    | MarketStatusChanged
    | PlatformChanged
    | OrderPlaced
    | OrderCancelled
    | FillMade
    | PositionChanged
    | ChainNews
)
Listener = Callable[[Happening], None]
