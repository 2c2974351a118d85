"""Every field name that the protocol note guesses, one table an event, with the readings that are accepted.

The pages that define these bodies could not be read to the end (protocol §0.1). The first reading in a row is the
note's own and the one this client would send; the others are names the same venue uses for the same thing elsewhere
(REST, its first dialect, its sibling events). A dot steps into an object. When the real page is read, the row
shrinks to one name and moves into its model. A test demands a fixture for every alternative.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import AliasChoices, AliasPath


def path(place: str) -> AliasPath:
    """`"data.prevSeq"` as pydantic wants it."""
    first, *rest = place.split(".")
    return AliasPath(first, *rest)


def places(*names: str) -> AliasChoices:
    """Accept a field at any of these dotted places; the first that is present wins."""
    return AliasChoices(*map(path, names))


@dataclass(frozen=True)
class Guesses:
    """The guessed fields of one message: attribute -> accepted places, best first."""

    message: str
    section: str
    rows: Mapping[str, tuple[str, ...]]

    def __getitem__(self, attribute: str) -> AliasChoices:
        return places(*self.rows[attribute])


_TRADE_ID = ("data.tradeId", "data.id")
_CHAIN = {"tx_hash": ("data.txHash", "data.transactionHash"), "block": ("data.blockNumber", "data.block")}

TRADE_MATCHED = Guesses(
    "trade_matched",
    "§5.1",
    {
        "trade_id": _TRADE_ID,
        "price": ("data.price", "data.fillPrice"),
        "size": ("data.quantity", "data.size"),
        "aggressor": ("data.side", "data.takerSide"),
    },
)

TRADE_SETTLED = Guesses(
    "trade_settled",
    "§5.2",
    {
        "trade_id": _TRADE_ID,
        "price": ("data.price", "data.fillPrice"),
        "size": ("data.quantity", "data.size"),
        "fee": ("data.fee",),
        "order_hash": ("data.orderHash",),
        "maker_vault": ("data.makerVault", "data.maker"),
        "taker_vault": ("data.takerVault", "data.taker"),
        "maker_asset": ("data.makerAssetId",),
        "taker_asset": ("data.takerAssetId",),
        "maker_amount": ("data.makerAmount", "data.makerAmountFilled"),
        "taker_amount": ("data.takerAmount", "data.takerAmountFilled"),
        **_CHAIN,
    },
)

BOOK_DELTA = Guesses("book_delta", "§5.5", {"prev_seq": ("prevSeq", "data.prevSeq"), "changes": ("data.changes",)})

BOOK_UPDATE = Guesses("book_update", "§5.4", {"prev_seq": ("prevSeq", "data.prevSeq"), "changes": ("data.changes",)})

BOOK_SNAPSHOT_FAILED = Guesses(
    "book_snapshot_failed",
    "§5.6",
    {
        "token": ("data.tokenId", "id"),
        "command_id": ("id",),
        "reason": ("data.reason", "data.code", "data.message", "reason"),
        "venue_ms": ("data.tsMs",),
    },
)

OHLC_UPDATE = Guesses(
    "ohlc_update",
    "§5.7",
    {
        "interval": ("data.interval", "interval"),
        "start_ms": ("data.bucketStartMs", "data.startMs", "data.bucketStart", "data.ts"),
        "open": ("data.open", "data.o"),
        "high": ("data.high", "data.h"),
        "low": ("data.low", "data.l"),
        "close": ("data.close", "data.c"),
        "volume": ("data.volume", "data.v"),
    },
)

LIFECYCLE = Guesses(
    "condition_lifecycle",
    "§5.8",
    {
        "condition": ("data.conditionId", "id"),
        "venue_ms": ("data.tsMs",),
        "payouts": ("data.payoutNumerators", "data.payouts"),
        "status": ("data.status", "data.newStatus"),
        "previous_status": ("data.previousStatus", "data.oldStatus"),
        **_CHAIN,
    },
)

PLATFORM_STATUS = Guesses(
    "platform_status",
    "§5.9",
    {
        "frozen": ("data.frozen", "data.isFrozen"),
        "maintenance": ("data.maintenance", "data.isMaintenance"),
        "status": ("data.status",),
        "message": ("data.message", "data.reason"),
        "venue_ms": ("data.tsMs",),
    },
)

USER_ORDER = Guesses(
    "user_orders",
    "§5.10",
    {
        "order_id": ("data.orderId", "data.id"),
        "wallet": ("data.userWallet", "data.walletAddress"),
        "vault": ("data.vault", "data.vaultAddress"),
        "symbol": ("data.marketId", "data.symbol"),
        "token": ("data.tokenId",),
        "side": ("data.side",),
        "outcome_index": ("data.outcome", "data.outcomeIndex"),
        "price": ("data.price",),
        "size": ("data.quantity", "data.size"),
        "filled": ("data.filledQty", "data.filledQuantity"),
        "remaining": ("data.remainingQty", "data.unfilledQty", "data.remainingQuantity"),
        "order_type": ("data.type", "data.orderType"),
        "time_in_force": ("data.timeInForce", "data.tif"),
        "status": ("data.status",),
        "venue_ms": ("data.tsMs", "data.updatedAt", "data.createdAt"),
    },
)

ERROR = Guesses(
    "error",
    "§3.8",
    {
        "code": ("code", "error.code", "data.code"),
        "message": ("message", "error.message", "data.message"),
    },
)

ACK = Guesses(
    "ack",
    "§3.2-§3.4",
    {
        "sid": ("sid", "data.sid"),
        "sids": ("sids", "data.sids"),
        "ids": ("ids", "data.ids"),
        "subscriptions": ("subscriptions", "data.subscriptions"),
    },
)

# --- REST ---

REST_EVENTS = Guesses("rest_events", "§7.3", {"events": ("events", "data")})

REST_CANDLES = Guesses("rest_candles", "§7.8", {"candles": ("candles", "ohlc", "data")})

REST_CANDLE = Guesses(
    "rest_candle",
    "§7.8",
    {
        "start_ms": ("bucketStartMs", "bucketStart", "startMs", "ts", "time", "t"),
        "open": ("open", "o"),
        "high": ("high", "h"),
        "low": ("low", "l"),
        "close": ("close", "c"),
        "volume": ("volume", "v"),
    },
)

REST_PRICE_POINT = Guesses("rest_price_point", "§7.8", {"ts_ms": ("ts", "tsMs", "t"), "price": ("price", "p")})

REST_PLATFORM = Guesses(
    "rest_platform",
    "§7.9",
    {
        "frozen": ("frozen", "isFrozen", "data.frozen"),
        "maintenance": ("maintenance", "isMaintenance", "data.maintenance"),
        "status": ("status", "data.status"),
        "message": ("message", "reason", "data.message"),
        "venue_ms": ("tsMs", "ts", "data.tsMs"),
    },
)

REST_POSITIONS = Guesses("rest_positions", "§8.3", {"positions": ("positions", "data")})

REST_POSITION = Guesses(
    "rest_position",
    "§8.3",
    {
        "symbol": ("marketId", "symbol"),
        "outcome_index": ("outcome", "outcomeIndex"),
        "token": ("tokenId",),
        "condition": ("conditionId",),
        "realized": ("realizedPnl", "realisedPnl"),
        "unrealized": ("unrealizedPnl", "unrealisedPnl"),
    },
)

REST_VAULT_POSITIONS = Guesses("rest_vault_positions", "§8.3", {"positions": ("positions", "balances", "data")})

REST_VAULT_POSITION = Guesses(
    "rest_vault_position",
    "§8.3",
    {
        "token": ("tokenId",),
        "condition": ("conditionId",),
        "symbol": ("marketId", "symbol"),
        "outcome_index": ("outcomeIndex", "outcome"),
        "size": ("balance", "quantity", "balanceAfter"),
    },
)

ALL: tuple[Guesses, ...] = tuple(table for table in list(globals().values()) if isinstance(table, Guesses))
