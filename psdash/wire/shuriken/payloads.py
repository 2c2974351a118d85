"""What the streams bring (part B5), camelCase read into our names. `blockTime` and EVM's `timestamp` are SECONDS,
`timestampMs` and its kin milliseconds; all are epoch ms here. Amounts beyond 2^53 stay exact integers.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field, TypeAdapter, model_validator

from psdash.wire.numbers import Maybe, Quantity, Signed, decimal_of
from psdash.wire.scalars import AnyOpaque, Decoration, Label, LowerWord, Ms, SafeText, WireModel, Word, WordsOnly
from psdash.wire.shuriken.streams import Payload


def _seconds(value: Any) -> Any:
    return int(decimal_of(value) * 1_000)


SecondsMs = Annotated[Ms, BeforeValidator(_seconds)]
Units = Annotated[int, Field(strict=True, ge=0, lt=2**64)]
"""An unsigned 64-bit count of base units: exact, beyond what a float holds."""


def _base_units(value: Any) -> Any:
    """Digits as many as 256 bits have; whatever else is a number is read as one."""
    if isinstance(value, str) and len(value) <= 78 and value.isascii() and value.isdigit():
        return _EXACT.create_decimal(value)
    return Decimal(value) if type(value) is int and 0 <= value < 2**256 else decimal_of(value)


_EXACT = Context(prec=80)
BaseUnits = Annotated[Decimal, BeforeValidator(_base_units), Field(ge=0, lt=2**256)]
"""An amount in base units as a number or as a string: EVM amounts are 256 bits wide."""

Big = Annotated[BaseUnits | None, Maybe]

Money = Annotated[Quantity | None, Maybe]
Profit = Annotated[Signed | None, Maybe]
Words = Annotated[SafeText, WordsOnly]
Name = Annotated[Label, WordsOnly]
Network = Annotated[LowerWord, WordsOnly]


class SvmSwap(WireModel):
    """`svm.token.swaps`: one trade of a token."""

    token: AnyOpaque = Field(alias="tokenMint")
    trade_id: AnyOpaque = Field(alias="signature")
    index: Annotated[int | None, Decoration] = Field(None, alias="transactionIndex")
    slot: Annotated[Units | None, Decoration] = None
    at_ms: SecondsMs = Field(alias="blockTime")
    is_buy: bool = Field(alias="isBuy")
    size_native: Money = Field(None, alias="sizeSol")
    size_usd: Money = Field(None, alias="sizeUsd")
    price_usd: Money = Field(None, alias="priceUsd")
    price_native: Money = Field(None, alias="priceSol")
    maker: Name = ""
    amount_in: Annotated[Units | None, Decoration] = Field(None, alias="amountIn")
    amount_out: Annotated[Units | None, Decoration] = Field(None, alias="amountOut")
    network: Network = "sol"


class EvmSwap(WireModel):
    """`evm.token.swaps`."""

    token: AnyOpaque = Field(alias="tokenAddress")
    trade_id: AnyOpaque = Field(alias="txHash")
    index: Annotated[int | None, Decoration] = Field(None, alias="txIndex")
    chain_id: Annotated[int | None, Decoration] = Field(None, alias="chainId")
    block: Annotated[Units | None, Decoration] = Field(None, alias="blockNumber")
    at_ms: SecondsMs = Field(alias="timestamp")
    is_buy: bool = Field(alias="isBuy")
    size_native: Money = Field(None, alias="amountNative")
    size_usd: Money = Field(None, alias="amountUsd")
    price_native: Money = Field(None, alias="priceNative")
    price_usd: Money = Field(None, alias="priceUsd")
    amount_in: Big = Field(None, alias="amountIn")
    amount_out: Big = Field(None, alias="amountOut")
    maker: Name = ""
    network: Network = ""


class Pool(WireModel):
    """`*.token.poolInfo`: what a token is called and costs."""

    token: AnyOpaque = Field(alias="tokenAddress")
    name: Words = Field("", alias="tokenName")
    symbol: Name = Field("", alias="tokenSymbol")
    decimals: Annotated[int | None, Decoration] = Field(None, alias="tokenDecimals")
    price_usd: Money = Field(None, alias="priceUsd")
    liquidity_usd: Money = Field(None, alias="liquidityUsd")
    market_cap_usd: Money = Field(None, alias="marketCapUsd")
    updated_ms: Annotated[Ms | None, Decoration] = Field(None, alias="timestampUpdatedMs")
    network: Network = ""


class SvmBalance(WireModel):
    """SVM balances, of a wallet or of a token's holder; lamports or base units."""

    owner: AnyOpaque
    mint: Annotated[AnyOpaque | None, Decoration] = None
    decimals: Annotated[int | None, Decoration] = None
    at_ms: SecondsMs = Field(alias="blockTime")
    before: Units = Field(alias="preBalance")
    after: Units = Field(alias="postBalance")
    network: Network = "sol"


class EvmBalance(WireModel):
    """EVM balances; base units as a decimal string."""

    owner: AnyOpaque
    token: Annotated[AnyOpaque | None, Decoration] = Field(None, alias="tokenAddress")
    decimals: Annotated[int | None, Decoration] = None
    at_ms: Annotated[SecondsMs | None, Decoration] = Field(None, alias="blockTime")
    after: BaseUnits = Field(alias="balance")
    network: Network = ""


def after_of(told: SvmBalance | EvmBalance) -> Decimal:
    """What the owner has now, in exact base units."""
    return Decimal(told.after)


def before_of(told: SvmBalance | EvmBalance) -> Decimal | None:
    """What the owner had before; EVM streams do not tell it."""
    return Decimal(told.before) if isinstance(told, SvmBalance) else None


class Group(WireModel):
    """Holders of one kind: what they have together, and how many they are."""

    units: Big = None
    count: Annotated[int | None, Decoration] = None


_KINDS = ("sniper", "proTrader", "freshie", "insider", "bundler")


def _grouped(value: Any) -> Any:
    """`sniperBalances` and `sniperCount` as one group, and so on: they are told side by side."""
    stats = value.get("stats") if isinstance(value, dict) else None
    if not isinstance(stats, dict):
        return value
    groups = {kind: {"units": stats.get(f"{kind}Balances"), "count": stats.get(f"{kind}Count")} for kind in _KINDS}
    return {**value, "stats": {**stats, **groups}}


class Distribution(WireModel):
    """`svm.token.distributionStats`: who holds it."""

    token: AnyOpaque = Field(alias="tokenAddress")
    holders: Annotated[int | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "holderCount"))
    developer: Name = Field("", validation_alias=AliasPath("stats", "developer"))
    developer_balance: Big = Field(None, validation_alias=AliasPath("stats", "developerBalance"))
    top10_balances: Big = Field(None, validation_alias=AliasPath("stats", "top10HolderBalances"))
    snipers: Annotated[Group | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "sniper"))
    pro_traders: Annotated[Group | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "proTrader"))
    freshies: Annotated[Group | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "freshie"))
    insiders: Annotated[Group | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "insider"))
    bundlers: Annotated[Group | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "bundler"))

    _together = model_validator(mode="before")(_grouped)


class Holders(WireModel):
    """`svm.token.holderStats`: what one holder bought and sold."""

    token: AnyOpaque = Field(alias="tokenAddress")
    bought_usd: Money = Field(None, validation_alias=AliasPath("stats", "boughtUsd"))
    sold_usd: Money = Field(None, validation_alias=AliasPath("stats", "soldUsd"))
    buys: Annotated[int | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "buysCount"))
    sells: Annotated[int | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "sellsCount"))
    is_developer: Annotated[bool | None, Decoration] = Field(None, validation_alias=AliasPath("stats", "isTokenDev"))


class Curve(WireModel):
    """A bonding curve began, or ended in a pool."""

    token: AnyOpaque = Field(alias="tokenAddress")
    curve: AnyOpaque = Field(alias="curveAddress")
    dex: Name = Field("", alias="curveDexType")
    creator: Name = ""
    signature: AnyOpaque
    at_ms: SecondsMs = Field(alias="blockTime")
    pool: Name = Field("", alias="destPoolAddress")
    pool_dex: Name = Field("", alias="destPoolDexType")
    network: Network = "sol"


_SOURCE = ("latestSignal", "source")


class Signal(WireModel):
    """`alpha.signalFeed*`: somebody called a token. Without a `latestSignal` only the token's own line moved."""

    kind: Literal[
        "globalSignalFeedUpdate", "personalSignalFeedUpdate", "namedSignalFeedUpdate", "profileSignalFeedUpdate"
    ] = Field(alias="type")
    token: AnyOpaque = Field(alias="tokenAddress")
    network: Network = ""
    symbol: Name = Field("", validation_alias=AliasPath("tokenMeta", "symbol"))
    name: Words = Field("", validation_alias=AliasPath("tokenMeta", "name"))
    signal_id: Annotated[AnyOpaque | None, Decoration] = Field(None, validation_alias=AliasPath("latestSignal", "id"))
    at_ms: Annotated[Ms | None, Decoration] = Field(None, validation_alias=AliasPath("latestSignal", "timestampMs"))
    is_bot: Annotated[bool | None, Decoration] = Field(None, validation_alias=AliasPath("latestSignal", "isBot"))
    price_usd: Money = Field(None, validation_alias=AliasPath("latestSignal", "priceUsd"))
    market_cap_usd: Money = Field(None, validation_alias=AliasPath("latestSignal", "marketcapUsd"))
    liquidity_usd: Money = Field(None, validation_alias=AliasPath("latestSignal", "liquidityUsd"))
    platform: Annotated[LowerWord, WordsOnly] = Field("", validation_alias=AliasPath(*_SOURCE, "sourceType"))
    author: Name = Field(
        "",
        validation_alias=AliasChoices(
            AliasPath(*_SOURCE, "source", "authorUsername"),
            AliasPath(*_SOURCE, "source", "senderUsername"),
            AliasPath(*_SOURCE, "source", "walletAddress"),
        ),
    )
    place: Name = Field(
        "",
        validation_alias=AliasChoices(
            AliasPath(*_SOURCE, "source", "snapshotChannelName"),
            AliasPath(*_SOURCE, "source", "snapshotChatTitle"),
        ),
    )
    is_buy: Annotated[bool | None, Decoration] = Field(None, validation_alias=AliasPath(*_SOURCE, "source", "isBuy"))
    size_usd: Money = Field(None, validation_alias=AliasPath(*_SOURCE, "source", "amountUsd"))


class Message(WireModel):
    """`alpha.personal`: what somebody wrote. The text is a stranger's."""

    platform: LowerWord
    message_id: Annotated[AnyOpaque | None, Decoration] = Field(
        None, validation_alias=AliasChoices(AliasPath("data", "messageId"), AliasPath("data", "tweetId"))
    )
    text: Words = Field("", validation_alias=AliasPath("data", "content"))
    at_ms: Annotated[Ms | None, Decoration] = Field(None, validation_alias=AliasPath("data", "timestamp"))
    author: Name = Field("", validation_alias=AliasPath("data", "author", "username"))
    is_deleted: Annotated[bool | None, Decoration] = Field(None, validation_alias=AliasPath("data", "isDeleted"))


class FeedMessage(WireModel):
    """The named feed's second shape: a message inside."""

    kind: Literal["feedMessage"] = Field(alias="type")
    feed: Annotated[AnyOpaque | None, Decoration] = Field(None, alias="feedId")
    message: Annotated[Message | None, Decoration] = None


class CallReference(WireModel):
    """The deprecated shape of `alpha.personal`: that a token was spoken of."""

    kind: Literal["callReference"] = Field(alias="type")
    token: AnyOpaque = Field(alias="address")
    at_ms: Annotated[Ms | None, Decoration] = Field(None, alias="lastSeenAtMs")
    mentions: Annotated[int | None, Decoration] = Field(None, alias="mentionCount")


class Activity(WireModel):
    """`portfolio.notifications` and `automation.updates`: that something happened, and to which task. The two SDKs
    disagree on the shapes; type and id are what all of them have (part B5.11).
    """

    kind: Word = Field(alias="type")
    task: AnyOpaque = Field(validation_alias=AliasChoices("taskId", "rootTaskId", "claimId"))
    region: Annotated[AnyOpaque | None, Decoration] = Field(None, alias="regionId")
    chain_id: Annotated[int | None, Decoration] = Field(None, alias="chainId")


Payloads = (
    SvmSwap
    | EvmSwap
    | Pool
    | SvmBalance
    | EvmBalance
    | Distribution
    | Holders
    | Curve
    | Signal
    | FeedMessage
    | Message
    | CallReference
    | Activity
)


_READERS: Mapping[Payload, TypeAdapter[Any]] = {
    Payload.SVM_SWAP: TypeAdapter(SvmSwap),
    Payload.EVM_SWAP: TypeAdapter(EvmSwap),
    Payload.SVM_POOL: TypeAdapter(Pool),
    Payload.EVM_POOL: TypeAdapter(Pool),
    Payload.SVM_BALANCE: TypeAdapter(SvmBalance),
    Payload.EVM_BALANCE: TypeAdapter(EvmBalance),
    Payload.DISTRIBUTION: TypeAdapter(Distribution),
    Payload.HOLDERS: TypeAdapter(Holders),
    Payload.CURVE_CREATED: TypeAdapter(Curve),
    Payload.CURVE_GRADUATED: TypeAdapter(Curve),
    Payload.SIGNAL: TypeAdapter(Annotated[Signal | FeedMessage, Field(union_mode="left_to_right")]),
    Payload.MESSAGE: TypeAdapter(Annotated[Message | CallReference, Field(union_mode="left_to_right")]),
    Payload.PORTFOLIO: TypeAdapter(Activity),
    Payload.AUTOMATION: TypeAdapter(Activity),
}


def decode_payload(payload: Payload, text: str) -> Payloads:
    """Read what was published on a stream of this payload. Raises pydantic.ValidationError, and nothing else."""
    read: Payloads = _READERS[payload].validate_json(text)
    return read
