"""Events of the market gateway (protocol §5.1-§5.9).

Each event is flat: what the venue nests in `data` is read into the same object. What the note marks certain is
required; the rest is optional and comes from a table of `guesses`. The book's events are the hot path, so they read
no more than a book needs (the catalogue already knows a token's condition and outcome), and their levels are plain
dicts with string numbers.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NotRequired

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict  # pydantic asks for it below Python 3.12, and brings it

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.channels import CHANNELS, NO_SID, Feed
from psdash.wire.predictstreet.guesses import path, places
from psdash.wire.predictstreet.scalars import (
    BookSide,
    Channel,
    Condition,
    Hex,
    LowerCondition,
    OutcomeIndex,
    Seq,
    Sid,
    Token,
)
from psdash.wire.scalars import (
    MAX_LIST,
    Aggressor,
    AnyAmount,
    AnyCount,
    AnyMs,
    AnyOpaque,
    AnyPrice,
    AnySize,
    Count,
    Decoration,
    Label,
    LowerWord,
    Ms,
    Price,
    SafeText,
    Size,
    UpperWord,
    WireModel,
    WordsOnly,
    number_or_none,
    string_or_none,
)


class Push(WireModel):
    """What every event carries (protocol §5.0). `feed` says which stream it belongs to, whatever the channel is
    called.
    """

    feed: ClassVar[Feed]

    sid: Sid
    channel: Channel
    server_ms: Ms | None = Field(None, alias="serverTs")


# --- book ---


class Level(TypedDict):
    """A price level: the total size now resting at `price` ("0" is none), and how many orders make it, when said."""

    price: Price
    size: Annotated[Size, Field(alias="quantity")]
    orders: NotRequired[Annotated[Count | None, Field(alias="count")]]


class LevelChange(TypedDict):
    """A level of a delta in its other reading, one list with a side (protocol §5.5)."""

    side: BookSide
    price: Price
    size: Annotated[Size, Field(alias="quantity")]


def _is_none(size: str) -> bool:
    """Whether a size is zero, however it is written."""
    return not size.strip("0.")


def _from_pairs(rows: list[tuple[str, str]]) -> list[Level]:
    return [{"price": price, "size": size} for price, size in rows]


def _no_levels(value: None) -> list[Level]:
    return []


if TYPE_CHECKING:
    Levels = list[Level]
else:
    # From left to right: the note's own reading decides at once, and only what is not it pays for the others
    # (performance §1: a smart union costs two thirds of the speed).
    Levels = Annotated[
        Annotated[list[Level], Field(max_length=MAX_LIST, fail_fast=True)]
        # GUESS (protocol §5.3): `[price, quantity]` pairs, as other venues write them.
        | Annotated[list[tuple[Price, Size]], Field(max_length=MAX_LIST, fail_fast=True), AfterValidator(_from_pairs)]
        # An empty side, as some servers write an empty list.
        | Annotated[None, AfterValidator(_no_levels)],
        Field(union_mode="left_to_right"),
    ]
LevelChanges = Annotated[list[LevelChange], Field(max_length=MAX_LIST, fail_fast=True)]


class BookPush(Push):
    """`seq` is the matcher's counter of this token; `venue_ms` the time of the state."""

    feed: ClassVar[Feed] = Feed.BOOK

    token: Token = Field(validation_alias=places("data.tokenId", "id"))
    seq: Seq
    venue_ms: Ms | None = Field(None, validation_alias=path("data.tsMs"))


class BookSnapshot(BookPush):
    """The whole book, 100 levels a side on subscribe (protocol §5.3). Order is not promised: sort."""

    kind: Literal["book_snapshot"] = Field(alias="type")
    state_hash: Hex | None = Field(None, alias="hash")
    bids: Levels = Field(validation_alias=path("data.bids"))
    asks: Levels = Field(validation_alias=path("data.asks"))


class BookUpdate(BookPush):
    """A state frame that replaces the book when both sides are there, by inference; `changes` is the contrary
    reading (§5.4).
    """

    kind: Literal["book_update"] = Field(alias="type")
    prev_seq: Seq | None = Field(None, validation_alias=guesses.BOOK_UPDATE["prev_seq"])
    state_hash: Hex | None = Field(None, alias="hash")
    bids: Levels | None = Field(None, validation_alias=path("data.bids"))
    asks: Levels | None = Field(None, validation_alias=path("data.asks"))
    changes: LevelChanges | None = Field(None, validation_alias=guesses.BOOK_UPDATE["changes"])

    @property
    def is_state(self) -> bool:
        """Whether it replaces the book: both sides are there (a side that is null is an empty one) and no changes.

        What names the state it stands on, or deletes a level, is a change in the same clothes.
        """
        if self.changes is not None or self.prev_seq is not None or not {"bids", "asks"} <= self.model_fields_set:
            return False
        if self.bids is None and self.asks is None:
            return False
        return not any(_is_none(level["size"]) for side in (self.bids, self.asks) for level in side or ())

    @property
    def says_nothing(self) -> bool:
        """Whether it names neither a side nor a change: an empty book, or none of its news."""
        return self.bids is None and self.asks is None and not self.changes


class BookDelta(BookPush):
    """Changed levels only, with absolute sizes by GUESS (protocol §5.5). `prev_seq` is the seq it stands on, when
    said.
    """

    kind: Literal["book_delta"] = Field(alias="type")
    prev_seq: Seq | None = Field(None, validation_alias=guesses.BOOK_DELTA["prev_seq"])
    bids: Levels = Field(default_factory=list, validation_alias=path("data.bids"))
    asks: Levels = Field(default_factory=list, validation_alias=path("data.asks"))
    changes: LevelChanges | None = Field(None, validation_alias=guesses.BOOK_DELTA["changes"])


class BookSnapshotFailed(Push):
    """The venue could not make a snapshot; shape GUESS (protocol §5.6). Its `id` is the token or the command's
    number, and as an answer to a command it may name no subscription: then `sid` is `NO_SID`.
    """

    feed: ClassVar[Feed] = Feed.BOOK

    sid: Sid = NO_SID
    channel: Channel = CHANNELS[Feed.BOOK].name

    kind: Literal["book_snapshot_failed"] = Field(alias="type")
    token: Annotated[Token | None, BeforeValidator(string_or_none)] = Field(
        None, validation_alias=guesses.BOOK_SNAPSHOT_FAILED["token"]
    )
    command_id: Annotated[Count | None, BeforeValidator(number_or_none)] = Field(
        None, validation_alias=guesses.BOOK_SNAPSHOT_FAILED["command_id"]
    )
    reason: Annotated[SafeText, WordsOnly] = Field("", validation_alias=guesses.BOOK_SNAPSHOT_FAILED["reason"])
    venue_ms: Annotated[Ms | None, Decoration] = Field(
        None, validation_alias=guesses.BOOK_SNAPSHOT_FAILED["venue_ms"]
    )


# --- tape ---


class TokenPush(Push):
    """An event about one outcome token; `outcome_index` 0 is YES, 1 is NO."""

    token: Token = Field(validation_alias=places("data.tokenId", "id"))
    condition: Condition | None = Field(None, validation_alias=path("data.conditionId"))
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=path("data.outcomeIndex"))
    venue_ms: Ms = Field(validation_alias=path("data.tsMs"))


class TradeMatched(TokenPush):
    """A print: matched, not settled, and settlement can still fail (protocol §5.1). `aggressor` None is unknown."""

    feed: ClassVar[Feed] = Feed.MATCHES

    kind: Literal["trade_matched"] = Field(alias="type")
    trade_id: AnyOpaque | None = Field(None, validation_alias=guesses.TRADE_MATCHED["trade_id"])
    price: Price | None = Field(None, validation_alias=guesses.TRADE_MATCHED["price"])
    size: Size | None = Field(None, validation_alias=guesses.TRADE_MATCHED["size"])
    aggressor: Aggressor = Field(None, validation_alias=guesses.TRADE_MATCHED["aggressor"])


class TradeSettled(TokenPush):
    """A trade reached the chain; one match may settle in several of these, or never (protocol §5.2).

    Amounts and assets are those of the chain's `OrderFilled`: integers in units of 10^-6.
    """

    feed: ClassVar[Feed] = Feed.SETTLEMENTS

    kind: Literal["trade_settled"] = Field(alias="type")
    trade_id: AnyOpaque | None = Field(None, validation_alias=guesses.TRADE_SETTLED["trade_id"])
    price: AnyPrice | None = Field(None, validation_alias=guesses.TRADE_SETTLED["price"])
    size: AnySize | None = Field(None, validation_alias=guesses.TRADE_SETTLED["size"])
    fee: AnyAmount | None = Field(None, validation_alias=guesses.TRADE_SETTLED["fee"])
    tx_hash: Hex | None = Field(None, validation_alias=guesses.TRADE_SETTLED["tx_hash"])
    block: AnyCount | None = Field(None, validation_alias=guesses.TRADE_SETTLED["block"])
    order_hash: Hex | None = Field(None, validation_alias=guesses.TRADE_SETTLED["order_hash"])
    maker_vault: Hex | None = Field(None, validation_alias=guesses.TRADE_SETTLED["maker_vault"])
    taker_vault: Hex | None = Field(None, validation_alias=guesses.TRADE_SETTLED["taker_vault"])
    maker_asset: Token | None = Field(None, validation_alias=guesses.TRADE_SETTLED["maker_asset"])
    taker_asset: Token | None = Field(None, validation_alias=guesses.TRADE_SETTLED["taker_asset"])
    maker_amount: AnySize | None = Field(None, validation_alias=guesses.TRADE_SETTLED["maker_amount"])
    taker_amount: AnySize | None = Field(None, validation_alias=guesses.TRADE_SETTLED["taker_amount"])


class CandleUpdate(Push):
    """A candle of `interval`, open or closed: replace by `start_ms` (protocol §5.7). `venue_ms` is the time of the
    update.
    """

    feed: ClassVar[Feed] = Feed.CANDLES

    kind: Literal["ohlc_update"] = Field(alias="type")
    token: Token = Field(validation_alias=places("data.tokenId", "id"))
    interval: LowerWord = Field("s5", validation_alias=guesses.OHLC_UPDATE["interval"])
    start_ms: AnyMs | None = Field(None, validation_alias=guesses.OHLC_UPDATE["start_ms"])
    open: AnyPrice | None = Field(None, validation_alias=guesses.OHLC_UPDATE["open"])
    high: AnyPrice | None = Field(None, validation_alias=guesses.OHLC_UPDATE["high"])
    low: AnyPrice | None = Field(None, validation_alias=guesses.OHLC_UPDATE["low"])
    close: AnyPrice | None = Field(None, validation_alias=guesses.OHLC_UPDATE["close"])
    volume: AnySize | None = Field(None, validation_alias=guesses.OHLC_UPDATE["volume"])
    venue_ms: Ms | None = Field(None, validation_alias=path("data.tsMs"))


# --- lifecycle and platform ---


class LifecyclePush(Push):
    """An event about a condition; bodies GUESS, mostly not emitted (protocol §5.8), so REST stays the authority."""

    feed: ClassVar[Feed] = Feed.LIFECYCLE

    condition: LowerCondition = Field(validation_alias=guesses.LIFECYCLE["condition"])
    tx_hash: Hex | None = Field(None, validation_alias=guesses.LIFECYCLE["tx_hash"])
    block: AnyCount | None = Field(None, validation_alias=guesses.LIFECYCLE["block"])
    venue_ms: Ms | None = Field(None, validation_alias=guesses.LIFECYCLE["venue_ms"])


class MarketPaused(LifecyclePush):
    kind: Literal["market_paused"] = Field(alias="type")


class MarketUnpaused(LifecyclePush):
    kind: Literal["market_unpaused"] = Field(alias="type")


class MarketResolved(LifecyclePush):
    """`payouts` are the numerators by outcome index, as written; None when not said."""

    kind: Literal["market_resolved"] = Field(alias="type")
    payouts: Annotated[list[AnySize], Field(max_length=256)] | None = Field(
        None, validation_alias=guesses.LIFECYCLE["payouts"]
    )


class MarketStatus(LifecyclePush):
    """`status` is a word of protocol §7.4, upper case, or one this client does not know."""

    kind: Literal["market_status"] = Field(alias="type")
    status: UpperWord | None = Field(None, validation_alias=guesses.LIFECYCLE["status"])
    previous_status: UpperWord | None = Field(None, validation_alias=guesses.LIFECYCLE["previous_status"])


class PlatformStatus(Push):
    """Frozen or in maintenance (protocol §5.9); None where nothing was said. `status` is a word in place of the two
    flags.
    """

    feed: ClassVar[Feed] = Feed.PLATFORM

    kind: Literal["platform_status"] = Field(alias="type")
    frozen: bool | None = Field(None, validation_alias=guesses.PLATFORM_STATUS["frozen"])
    maintenance: bool | None = Field(None, validation_alias=guesses.PLATFORM_STATUS["maintenance"])
    status: LowerWord | None = Field(None, validation_alias=guesses.PLATFORM_STATUS["status"])
    message: SafeText | None = Field(None, validation_alias=guesses.PLATFORM_STATUS["message"])
    entity: Label | None = Field(None, alias="id")
    venue_ms: Ms | None = Field(None, validation_alias=guesses.PLATFORM_STATUS["venue_ms"])


MarketEvent = (
    BookSnapshot
    | BookUpdate
    | BookDelta
    | BookSnapshotFailed
    | TradeMatched
    | TradeSettled
    | CandleUpdate
    | MarketPaused
    | MarketUnpaused
    | MarketResolved
    | MarketStatus
    | PlatformStatus
)
