"""The trader's own orders, trades, cash, positions and vault (protocol §8.2, §8.3).

No row is ever left out: an order missing without a word is a lie, so one that cannot be read refuses the whole body.
"""

from typing import Annotated

from pydantic import Field

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.guesses import places
from psdash.wire.predictstreet.rest.bodies import ListBody
from psdash.wire.predictstreet.scalars import (
    MAX_LIST,
    AnyAmount,
    AnyMs,
    AnyPrice,
    AnySize,
    Count,
    Cursor,
    Hex,
    IsoMs,
    Label,
    LowerAddress,
    LowerCondition,
    LowerWord,
    Opaque,
    OutcomeIndex,
    Price,
    Side,
    Size,
    Token,
    UpperWord,
    WireModel,
)


class OrderRecord(WireModel):
    """An order as REST tells it (protocol §8.2). In `open` a partly filled one says OPEN: look at `filled`."""

    order_id: Opaque = Field(validation_alias=places("id", "orderId"))
    client_order_id: Label | None = Field(None, alias="clientOrderId")
    wallet: LowerAddress | None = Field(None, alias="userWallet")
    vault: LowerAddress | None = None
    symbol: Opaque = Field(alias="marketId")
    outcome_index: OutcomeIndex = Field(alias="outcome")
    side: Side
    price: Price | None = None
    size: Size = Field(alias="quantity")
    filled: Size = Field("0", alias="filledQty")
    remaining: Size | None = Field(None, validation_alias=places("remainingQty", "unfilledQty"))
    order_type: LowerWord | None = Field(None, alias="type")
    time_in_force: LowerWord | None = Field(None, alias="timeInForce")
    expiry_s: Count | None = Field(None, alias="expiry")
    status: UpperWord
    created_ms: IsoMs | None = Field(None, alias="createdAt")
    updated_ms: IsoMs | None = Field(None, alias="updatedAt")


class OrdersBody(WireModel):
    """`GET /api/orders/open` and `/history`; go on with `next_cursor` until it is None (protocol §8.2)."""

    wallet: LowerAddress | None = Field(None, alias="walletAddress")
    orders: Annotated[list[OrderRecord], Field(max_length=MAX_LIST)]
    next_cursor: Cursor | None = Field(None, alias="nextCursor")


class OwnTrade(WireModel):
    """A fill of an own order with its settlement (protocol §8.2, §8.3): `status` goes matched, settlement_pending,
    settled.
    """

    trade_id: Opaque = Field(validation_alias=places("id", "tradeId"))
    order_id: Opaque | None = Field(None, alias="orderId")
    wallet: LowerAddress | None = Field(None, validation_alias=places("userWallet", "walletAddress"))
    vault: LowerAddress | None = None
    symbol: Opaque | None = Field(None, alias="marketId")
    token: Token | None = Field(None, alias="tokenId")
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=places("outcome", "outcomeIndex"))
    side: Side
    price: Price
    size: Size = Field(alias="quantity")
    fee: AnyAmount | None = None
    status: LowerWord | None = None
    tx_hash: Hex | None = Field(None, alias="txHash")
    created_ms: AnyMs = Field(validation_alias=places("createdAt", "tsMs"))
    settled_ms: IsoMs | None = Field(None, alias="settledAt")
    adjustment: UpperWord | None = None


OwnTrades = Annotated[list[OwnTrade], Field(max_length=MAX_LIST)]


class MyTradesBody(WireModel):
    """`GET /api/me/trades`."""

    wallet: LowerAddress | None = Field(None, alias="walletAddress")
    trades: OwnTrades


class OrderFillsBody(WireModel):
    """`GET /api/orders/{id}/fills`; empty for an unknown order too (protocol §8.2)."""

    order_id: Opaque = Field(alias="orderId")
    trades: OwnTrades


class MyFillsBody(ListBody):
    """`GET /api/me/fills`: named once in the docs, body UNKNOWN, and a 404 is normal (protocol §12)."""

    rows_key = "fills"

    fills: OwnTrades = Field(validation_alias=guesses.REST_MY_FILLS["fills"])


class Balance(WireModel):
    """Cash of one currency; total = available + locked (protocol §8.3). `currency` is a symbol or an address."""

    currency: Label = Field(alias="token")
    available: Size
    locked: Size = "0"
    unsettled: Size = "0"
    quarantined: Size = "0"


class BalancesBody(WireModel):
    """`GET /api/me/balances`."""

    wallet: LowerAddress | None = Field(None, alias="walletAddress")
    balances: Annotated[list[Balance], Field(max_length=MAX_LIST)]


class Position(WireModel):
    """Shares of an outcome (protocol §8.3). `encumbered` is promised to open sells; cost and profit are None when
    the venue has no accounts for them.
    """

    symbol: Opaque | None = Field(None, validation_alias=guesses.REST_POSITION["symbol"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=guesses.REST_POSITION["outcome_index"])
    token: Token | None = Field(None, validation_alias=guesses.REST_POSITION["token"])
    condition: LowerCondition | None = Field(None, validation_alias=guesses.REST_POSITION["condition"])
    size: AnySize = Field(alias="quantity")
    available: AnySize | None = Field(None, alias="availableQuantity")
    encumbered: AnySize | None = Field(None, alias="encumberedQuantity")
    average_cost: AnyAmount | None = Field(None, alias="avgCost")
    price: AnyPrice | None = Field(None, alias="currentPrice")
    realized: AnyAmount | None = Field(None, validation_alias=guesses.REST_POSITION["realized"])
    unrealized: AnyAmount | None = Field(None, validation_alias=guesses.REST_POSITION["unrealized"])
    accounting: LowerWord | None = Field(None, alias="accountingStatus")


class PositionsBody(ListBody):
    """`GET /api/me/positions`; the wrapper's key is GUESS (protocol §8.3)."""

    rows_key = "positions"

    wallet: LowerAddress | None = Field(None, alias="walletAddress")
    positions: Annotated[list[Position], Field(max_length=MAX_LIST)] = Field(
        validation_alias=guesses.REST_POSITIONS["positions"]
    )


class VaultBody(WireModel):
    """`GET /api/me/vault` (protocol §8.3): the id that the positions feed wants; None until there is a vault."""

    wallet: LowerAddress | None = Field(None, alias="walletAddress")
    vault: LowerAddress | None = Field(None, alias="vaultAddress")
    deployed: bool | None = None
    deploy_status: LowerWord | None = Field(None, alias="deployStatus")
    tx_hash: Hex | None = Field(None, alias="deployTxHash")
    requested_ms: IsoMs | None = Field(None, alias="deployRequestedAt")
    confirmed_ms: IsoMs | None = Field(None, alias="deployConfirmedAt")


class VaultPosition(WireModel):
    """Shares the vault holds on chain; body UNKNOWN, read as the event's and the portfolio's (protocol §5.12,
    §8.3).
    """

    token: Token | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["token"])
    condition: LowerCondition | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["condition"])
    symbol: Opaque | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["symbol"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["outcome_index"])
    size: AnySize = Field(validation_alias=guesses.REST_VAULT_POSITION["size"])


class VaultPositionsBody(ListBody):
    """`GET /api/vaults/{addr}/positions`."""

    rows_key = "positions"

    vault: LowerAddress | None = Field(None, alias="vaultAddress")
    positions: Annotated[list[VaultPosition], Field(max_length=MAX_LIST)] = Field(
        validation_alias=guesses.REST_VAULT_POSITIONS["positions"]
    )
