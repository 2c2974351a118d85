"""The trader's own orders, trades, cash, positions and vault (protocol §8.2, §8.3).

No row is ever left out: an order missing without a word is a lie, so one that cannot be read refuses the whole body.
What merely adorns a row never does.
"""

from typing import Annotated

from pydantic import Field

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.guesses import places
from psdash.wire.predictstreet.rest.bodies import ListBody
from psdash.wire.predictstreet.scalars import Hex, LowerCondition, OutcomeIndex, Token
from psdash.wire.scalars import (
    MAX_LIST,
    AnyAmount,
    AnyCount,
    AnyLabel,
    AnyMs,
    AnyOpaque,
    AnyPrice,
    AnySize,
    Cursor,
    Decoration,
    EmptyIsNone,
    Label,
    LowerAddress,
    LowerWord,
    NullIsEmpty,
    NullIsZero,
    Opaque,
    Side,
    UpperWord,
    WireModel,
)


class OrderRecord(WireModel):
    """An order as REST tells it (protocol §8.2). In `open` a partly filled one says OPEN: look at `filled`."""

    order_id: AnyOpaque = Field(validation_alias=places("id", "orderId"))
    client_order_id: Annotated[AnyLabel | None, Decoration] = Field(None, alias="clientOrderId")
    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, alias="userWallet")
    vault: Annotated[LowerAddress | None, Decoration] = None
    symbol: Opaque = Field(alias="marketId")
    outcome_index: OutcomeIndex = Field(alias="outcome")
    side: Side
    price: AnyPrice | None = None
    size: AnySize = Field(alias="quantity")
    filled: Annotated[AnySize, NullIsZero] = Field("0", alias="filledQty")
    remaining: Annotated[AnySize | None, Decoration] = Field(
        None, validation_alias=places("remainingQty", "unfilledQty")
    )
    order_type: Annotated[LowerWord | None, Decoration] = Field(None, alias="type")
    time_in_force: Annotated[LowerWord | None, Decoration] = Field(None, alias="timeInForce")
    expiry_s: Annotated[AnyCount | None, Decoration] = Field(None, alias="expiry")
    status: UpperWord
    created_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="createdAt")
    updated_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="updatedAt")


class OrdersBody(WireModel):
    """`GET /api/orders/open` and `/history`; go on with `next_cursor` until it is None (protocol §8.2)."""

    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, alias="walletAddress")
    orders: Annotated[list[OrderRecord], Field(max_length=MAX_LIST), NullIsEmpty]
    next_cursor: Annotated[Cursor | None, EmptyIsNone] = Field(None, alias="nextCursor")


class OwnTrade(WireModel):
    """A fill of an own order with its settlement (protocol §8.2, §8.3): `status` goes matched, settlement_pending,
    settled.
    """

    trade_id: AnyOpaque = Field(validation_alias=places("id", "tradeId"))
    order_id: AnyOpaque | None = Field(None, alias="orderId")
    wallet: Annotated[LowerAddress | None, Decoration] = Field(
        None, validation_alias=places("userWallet", "walletAddress")
    )
    vault: Annotated[LowerAddress | None, Decoration] = None
    symbol: Opaque | None = Field(None, alias="marketId")
    token: Annotated[Token | None, Decoration] = Field(None, alias="tokenId")
    outcome_index: Annotated[OutcomeIndex | None, Decoration] = Field(
        None, validation_alias=places("outcome", "outcomeIndex")
    )
    side: Side
    price: AnyPrice
    size: AnySize = Field(alias="quantity")
    fee: Annotated[AnyAmount | None, Decoration] = None
    status: LowerWord | None = None
    tx_hash: Annotated[Hex | None, Decoration] = Field(None, alias="txHash")
    created_ms: AnyMs = Field(validation_alias=places("createdAt", "tsMs"))
    settled_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="settledAt")
    adjustment: Annotated[UpperWord | None, Decoration] = None


OwnTrades = Annotated[list[OwnTrade], Field(max_length=MAX_LIST), NullIsEmpty]


class MyTradesBody(WireModel):
    """`GET /api/me/trades`."""

    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, alias="walletAddress")
    trades: OwnTrades


class Balance(WireModel):
    """Cash of one currency; total = available + locked (protocol §8.3). `currency` is a symbol or an address."""

    currency: Label = Field(alias="token")
    available: AnySize
    locked: Annotated[AnySize, NullIsZero] = "0"
    unsettled: Annotated[AnySize | None, Decoration] = None
    quarantined: Annotated[AnySize | None, Decoration] = None


class BalancesBody(WireModel):
    """`GET /api/me/balances`."""

    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, alias="walletAddress")
    balances: Annotated[list[Balance], Field(max_length=MAX_LIST), NullIsEmpty]


class Position(WireModel):
    """Shares of an outcome (protocol §8.3). `encumbered` is promised to open sells; cost and profit are None when
    the venue has no accounts for them.
    """

    symbol: Opaque | None = Field(None, validation_alias=guesses.REST_POSITION["symbol"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=guesses.REST_POSITION["outcome_index"])
    token: Token | None = Field(None, validation_alias=guesses.REST_POSITION["token"])
    condition: Annotated[LowerCondition | None, Decoration] = Field(
        None, validation_alias=guesses.REST_POSITION["condition"]
    )
    size: AnySize = Field(alias="quantity")
    available: Annotated[AnySize | None, Decoration] = Field(None, alias="availableQuantity")
    encumbered: Annotated[AnySize | None, Decoration] = Field(None, alias="encumberedQuantity")
    average_cost: Annotated[AnyAmount | None, Decoration] = Field(None, alias="avgCost")
    price: Annotated[AnyPrice | None, Decoration] = Field(None, alias="currentPrice")
    realized: Annotated[AnyAmount | None, Decoration] = Field(
        None, validation_alias=guesses.REST_POSITION["realized"]
    )
    unrealized: Annotated[AnyAmount | None, Decoration] = Field(
        None, validation_alias=guesses.REST_POSITION["unrealized"]
    )
    accounting: Annotated[LowerWord | None, Decoration] = Field(None, alias="accountingStatus")


class PositionsBody(ListBody):
    """`GET /api/me/positions`; the wrapper's key is GUESS (protocol §8.3)."""

    rows_key = "positions"

    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, alias="walletAddress")
    positions: Annotated[list[Position], Field(max_length=MAX_LIST), NullIsEmpty] = Field(
        validation_alias=guesses.REST_POSITIONS["positions"]
    )


class VaultBody(WireModel):
    """`GET /api/me/vault` (protocol §8.3): the id that the positions feed wants; None until there is a vault."""

    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, alias="walletAddress")
    vault: LowerAddress | None = Field(None, alias="vaultAddress")
    deployed: Annotated[bool | None, Decoration] = None
    deploy_status: Annotated[LowerWord | None, Decoration] = Field(None, alias="deployStatus")
    tx_hash: Annotated[Hex | None, Decoration] = Field(None, alias="deployTxHash")
    requested_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="deployRequestedAt")
    confirmed_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="deployConfirmedAt")


class VaultPosition(WireModel):
    """Shares the vault holds on chain; body UNKNOWN, read as the event's and the portfolio's (protocol §5.12,
    §8.3).
    """

    token: Token | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["token"])
    condition: Annotated[LowerCondition | None, Decoration] = Field(
        None, validation_alias=guesses.REST_VAULT_POSITION["condition"]
    )
    symbol: Opaque | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["symbol"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=guesses.REST_VAULT_POSITION["outcome_index"])
    size: AnySize = Field(validation_alias=guesses.REST_VAULT_POSITION["size"])


class VaultPositionsBody(ListBody):
    """`GET /api/vaults/{addr}/positions`."""

    rows_key = "positions"

    vault: Annotated[LowerAddress | None, Decoration] = Field(None, alias="vaultAddress")
    positions: Annotated[list[VaultPosition], Field(max_length=MAX_LIST), NullIsEmpty] = Field(
        validation_alias=guesses.REST_VAULT_POSITIONS["positions"]
    )
