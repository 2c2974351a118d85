"""One market's book, tape, candles and prices, and the platform's state (protocol §7.6-§7.9)."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.guesses import places
from psdash.wire.predictstreet.market_events import Levels
from psdash.wire.predictstreet.rest.bodies import ListBody
from psdash.wire.predictstreet.scalars import Hex, OutcomeIndex, Seq
from psdash.wire.scalars import (
    MAX_LIST,
    AnyAmount,
    AnyMs,
    AnyOpaque,
    AnyPrice,
    AnySize,
    Decoration,
    IsoMs,
    Label,
    LowerAddress,
    LowerWord,
    NullIsEmpty,
    Opaque,
    Price,
    SafeText,
    Size,
    WireModel,
)


class BookBody(WireModel):
    """`GET /api/markets/{symbol}/orderbook` (protocol §7.6). `state_hash` is the one to compare with the socket's,
    not `seq`.
    """

    symbol: Annotated[Opaque | None, Decoration] = Field(None, alias="marketId")
    outcome_index: Annotated[OutcomeIndex | None, Decoration] = Field(None, alias="outcome")
    bids: Levels
    asks: Levels
    seq: Annotated[Seq | None, Decoration] = None
    state_hash: Annotated[Hex | None, Decoration] = Field(None, alias="hash")
    venue_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="ts")


class TapeRow(WireModel):
    """A public trade (protocol §7.7): both outcomes share the list and no aggressor is said."""

    trade_id: AnyOpaque = Field(alias="id")
    price: Price
    size: Size = Field(alias="quantity")
    created_ms: IsoMs = Field(alias="createdAt")
    settled_ms: IsoMs | None = Field(None, alias="settledAt")
    outcome_index: OutcomeIndex | None = Field(None, alias="outcomeIndex")
    outcome_label: Annotated[Label | None, Decoration] = Field(None, alias="outcomeLabel")
    maker: Annotated[LowerAddress | None, Decoration] = None
    taker: Annotated[LowerAddress | None, Decoration] = None
    maker_fee: Annotated[AnyAmount | None, Decoration] = Field(None, alias="makerFee")
    taker_fee: Annotated[AnyAmount | None, Decoration] = Field(None, alias="takerFee")


class TapeBody(WireModel):
    """`GET /api/markets/{symbol}/trades`."""

    symbol: Annotated[Opaque | None, Decoration] = None
    trades: Annotated[list[TapeRow], Field(max_length=MAX_LIST), NullIsEmpty]


class CandleRow(WireModel):
    """A candle that starts at `start_ms`; every name is GUESS (protocol §7.8)."""

    start_ms: AnyMs = Field(validation_alias=guesses.REST_CANDLE["start_ms"])
    open: AnyPrice = Field(validation_alias=guesses.REST_CANDLE["open"])
    high: AnyPrice = Field(validation_alias=guesses.REST_CANDLE["high"])
    low: AnyPrice = Field(validation_alias=guesses.REST_CANDLE["low"])
    close: AnyPrice = Field(validation_alias=guesses.REST_CANDLE["close"])
    volume: Annotated[AnySize | None, Decoration] = Field(None, validation_alias=guesses.REST_CANDLE["volume"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=places("outcome", "outcomeIndex"))


class CandlesBody(ListBody):
    """`GET /api/markets/{symbol}/ohlc`: at most 2,000 candles; the wrapper is GUESS (protocol §7.8)."""

    rows_key = "candles"

    symbol: Annotated[Opaque | None, Decoration] = None
    interval: Annotated[LowerWord | None, Decoration] = None
    candles: Annotated[list[CandleRow], Field(max_length=MAX_LIST), NullIsEmpty] = Field(
        validation_alias=guesses.REST_CANDLES["candles"]
    )


class PricePoint(WireModel):
    """The price of an outcome at a time; None before the first one (protocol §7.8)."""

    ts_ms: AnyMs = Field(validation_alias=guesses.REST_PRICE_POINT["ts_ms"])
    price: AnyPrice | None = Field(None, validation_alias=guesses.REST_PRICE_POINT["price"])

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        """The note writes `(ts, price)`: a pair is the other reading of it."""
        return {"ts": value[0], "price": value[1]} if isinstance(value, list) and len(value) == 2 else value


class PriceHistoryBody(ListBody):
    """`GET /api/markets/{symbol}/price-history`: gap-free points."""

    rows_key = "points"

    points: Annotated[list[PricePoint], Field(max_length=MAX_LIST), NullIsEmpty]


class PlatformBody(WireModel):
    """`GET /api/platform/status`: the body is UNKNOWN, read as the event's (protocol §5.9, §7.9). None where
    nothing was said.
    """

    frozen: bool | None = Field(None, validation_alias=guesses.REST_PLATFORM["frozen"])
    maintenance: bool | None = Field(None, validation_alias=guesses.REST_PLATFORM["maintenance"])
    status: LowerWord | None = Field(None, validation_alias=guesses.REST_PLATFORM["status"])
    message: Annotated[SafeText | None, Decoration] = Field(None, validation_alias=guesses.REST_PLATFORM["message"])
    venue_ms: Annotated[AnyMs | None, Decoration] = Field(None, validation_alias=guesses.REST_PLATFORM["venue_ms"])
