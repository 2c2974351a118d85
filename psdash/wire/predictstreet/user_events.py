"""Events of the user gateway (protocol §5.10-§5.12): the trader's own orders, fills and positions."""

from typing import ClassVar, Literal

from pydantic import Field

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.channels import Feed
from psdash.wire.predictstreet.guesses import path, places
from psdash.wire.predictstreet.market_events import Push
from psdash.wire.predictstreet.scalars import Hex, LowerCondition, OutcomeIndex, Token
from psdash.wire.scalars import (
    AnyCount,
    AnyMs,
    AnyOpaque,
    AnyPrice,
    AnySize,
    Label,
    LowerAddress,
    LowerWord,
    Ms,
    Opaque,
    Price,
    Side,
    Size,
    UpperWord,
)


class OrderPush(Push):
    """The exchange's own order, passed through: the field list is GUESS (protocol §5.10), only the order's key is
    needed.

    `size` is what was ordered, `remaining` what still rests; `symbol` is the market, `outcome_index` its side of it.
    """

    feed: ClassVar[Feed] = Feed.ORDERS

    order_id: AnyOpaque = Field(validation_alias=guesses.USER_ORDER["order_id"])
    client_order_id: Label | None = Field(None, validation_alias=path("data.clientOrderId"))
    wallet: LowerAddress | None = Field(None, validation_alias=guesses.USER_ORDER["wallet"])
    vault: LowerAddress | None = Field(None, validation_alias=guesses.USER_ORDER["vault"])
    symbol: Opaque | None = Field(None, validation_alias=guesses.USER_ORDER["symbol"])
    token: Token | None = Field(None, validation_alias=guesses.USER_ORDER["token"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=guesses.USER_ORDER["outcome_index"])
    side: Side | None = Field(None, validation_alias=guesses.USER_ORDER["side"])
    price: AnyPrice | None = Field(None, validation_alias=guesses.USER_ORDER["price"])
    size: AnySize | None = Field(None, validation_alias=guesses.USER_ORDER["size"])
    filled: AnySize | None = Field(None, validation_alias=guesses.USER_ORDER["filled"])
    remaining: AnySize | None = Field(None, validation_alias=guesses.USER_ORDER["remaining"])
    order_type: LowerWord | None = Field(None, validation_alias=guesses.USER_ORDER["order_type"])
    time_in_force: LowerWord | None = Field(None, validation_alias=guesses.USER_ORDER["time_in_force"])
    status: UpperWord | None = Field(None, validation_alias=guesses.USER_ORDER["status"])
    venue_ms: AnyMs | None = Field(None, validation_alias=guesses.USER_ORDER["venue_ms"])


class OrderPlaced(OrderPush):
    kind: Literal["order_placed"] = Field(alias="type")


class OrderCancelled(OrderPush):
    kind: Literal["order_cancelled"] = Field(alias="type")


class UserFill(Push):
    """A fill of an own order at match time, not settled yet (protocol §5.11). No fee and no transaction are ever
    here.
    """

    feed: ClassVar[Feed] = Feed.FILLS

    kind: Literal["user_fill"] = Field(alias="type")
    wallet: LowerAddress | None = Field(None, validation_alias=path("data.walletAddress"))
    side: Side = Field(validation_alias=path("data.side"))
    trade_id: AnyOpaque = Field(validation_alias=path("data.tradeId"))
    order_id: AnyOpaque = Field(validation_alias=path("data.orderId"))
    client_order_id: Label | None = Field(None, validation_alias=path("data.clientOrderId"))
    token: Token = Field(validation_alias=path("data.tokenId"))
    condition: LowerCondition | None = Field(None, validation_alias=path("data.conditionId"))
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=path("data.outcomeIndex"))
    price: Price = Field(validation_alias=path("data.price"))
    size: Size = Field(validation_alias=path("data.quantity"))
    source: LowerWord | None = Field(None, validation_alias=path("data.source"))
    venue_ms: Ms = Field(validation_alias=path("data.tsMs"))


class PositionChanged(Push):
    """The vault's balance of a token *after* a change (protocol §5.12). The unit of `balance` is GUESS: shares."""

    feed: ClassVar[Feed] = Feed.POSITIONS

    kind: Literal["vault_position_balance_changed"] = Field(alias="type")
    vault: LowerAddress = Field(validation_alias=places("data.vaultAddress", "id"))
    token: Token = Field(validation_alias=path("data.tokenId"))
    condition: LowerCondition | None = Field(None, validation_alias=path("data.conditionId"))
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=path("data.outcomeIndex"))
    balance: AnySize = Field(validation_alias=path("data.balanceAfter"))
    reason: LowerWord | None = Field(None, validation_alias=path("data.reason"))
    tx_hash: Hex | None = Field(None, validation_alias=path("data.txHash"))
    block: AnyCount | None = Field(None, validation_alias=path("data.blockNumber"))
    venue_ms: Ms | None = Field(None, validation_alias=path("data.tsMs"))


UserEvent = OrderPlaced | OrderCancelled | UserFill | PositionChanged
