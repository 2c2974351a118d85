"""REST bodies of the read-only routes (part B6), wrapped in `data` or bare."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from psdash.wire.numbers import Maybe, Quantity
from psdash.wire.scalars import (
    MAX_LIST,
    AnyOpaque,
    Decoration,
    Label,
    LowerWord,
    NullIsEmpty,
    SafeText,
    WireModel,
    Word,
    WordsOnly,
)
from psdash.wire.shuriken.payloads import SecondsMs
from psdash.wire.shuriken.session import Wrapped

Money = Annotated[Quantity | None, Maybe]


class TokenRow(WireModel):
    """A token; `token_id` is `chain:address`."""

    token_id: Annotated[str, Field(max_length=192, pattern=r"^[a-z0-9]+:[\x21-\x7e]+$")] = Field(alias="tokenId")
    chain: LowerWord
    address: AnyOpaque
    name: Annotated[SafeText, WordsOnly] = ""
    symbol: Annotated[Label, WordsOnly] = ""
    decimals: Annotated[int | None, Decoration] = None


class TokenBody(Wrapped, TokenRow):
    """`GET /api/v2/tokens/{tokenId}`."""


class SearchBody(Wrapped):
    """`GET /api/v2/tokens/search`."""

    tokens: Annotated[list[TokenRow], Field(max_length=MAX_LIST), NullIsEmpty]


class PriceBody(Wrapped):
    """`GET …/price`; null where nobody knows."""

    token_id: Word = Field(alias="tokenId")
    price_usd: Money = Field(None, alias="priceUsd")


class CandleRow(WireModel):
    """A candle; its time is in seconds."""

    start_ms: SecondsMs = Field(alias="timestamp")
    open: Quantity
    high: Quantity
    low: Quantity
    close: Quantity
    volume: Money = None


class ChartBody(Wrapped):
    """`GET …/price/chart`."""

    candles: Annotated[list[CandleRow], Field(max_length=MAX_LIST), NullIsEmpty]


class PoolRow(WireModel):
    address: AnyOpaque
    liquidity_usd: Money = Field(None, alias="liquidityUsd")
    market_cap_usd: Money = Field(None, alias="marketCapUsd")
    price_usd: Money = Field(None, alias="priceUsd")


class PoolsBody(Wrapped):
    """`GET …/pools`."""

    pools: Annotated[list[PoolRow], Field(max_length=MAX_LIST), NullIsEmpty]


class WalletRow(WireModel):
    """One wallet of the key's owner; `chain` is empty where the service names none."""

    address: AnyOpaque
    chain: Annotated[LowerWord, WordsOnly] = ""
    label: Annotated[Label, WordsOnly] = ""


def _listed(value: Any) -> Any:
    """A list, bare or in `data`, or in an object there: GUESS, the note says only that it may be wrapped in one."""
    if isinstance(value, dict) and "data" in value:
        value = value["data"]
    if isinstance(value, dict) and "wallets" in value:
        value = value["wallets"]
    return {"wallets": value}


class WalletsBody(WireModel):
    """`GET /api/v2/account/wallets`."""

    wallets: Annotated[list[WalletRow], Field(max_length=MAX_LIST), NullIsEmpty]

    _opened = model_validator(mode="before")(_listed)


class UsageBody(Wrapped):
    """`GET /api/v2/account/usage`: the key's scopes."""

    key_id: Annotated[Label, WordsOnly] = Field("", alias="keyId")
    scopes: Annotated[list[Word], Field(max_length=256), NullIsEmpty] = Field(default_factory=list)
