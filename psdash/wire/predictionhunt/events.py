"""What the server pushes (prediction hunt §4): `{channel, type, ts, data}`, read flat.

Every number of a market is optional: what an empty side looks like is unknown, and a frame that lacks one is no
broken frame. `at_ms` is the envelope's time.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field, model_validator

from psdash.wire.numbers import Maybe, Probability, ProbabilityInCents, Quantity, Signed, decimal_of
from psdash.wire.scalars import (
    MAX_LIST,
    AnyMs,
    AnyOpaque,
    Decoration,
    Label,
    LowerWord,
    Ms,
    SafeText,
    UpperWord,
    WireModel,
    Word,
    WordsOnly,
)


def _seconds(value: Any) -> Any:
    """Unix seconds with a fraction, as whole milliseconds."""
    return int(decimal_of(value) * 1_000)


SecondsMs = Annotated[Ms, BeforeValidator(_seconds)]
GroupId = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
Url = Annotated[SafeText, WordsOnly]
"""A link to show or to copy; nothing here opens one."""

Price = Annotated[Probability | None, Maybe]
Cents = Annotated[ProbabilityInCents | None, Maybe]
Dollars = Annotated[Quantity | None, Maybe]
Percent = Annotated[Signed | None, Maybe]
SignedDollars = Annotated[Signed | None, Maybe]


def inside(*steps: str) -> AliasPath:
    """A place inside the frame's `data`."""
    return AliasPath("data", *steps)


class Push(WireModel):
    """What every event carries."""

    channel: Word
    at_ms: Annotated[SecondsMs | None, Decoration] = Field(None, alias="ts")


class PriceUpdate(Push):
    """The top of a market, and what it last traded at (§4.1). A snapshot looks the same (§9)."""

    kind: Literal["price_update"] = Field(alias="type")
    market_id: AnyOpaque = Field(validation_alias=inside("market_id"))
    venue: LowerWord = Field(validation_alias=inside("source"))
    group_id: Annotated[GroupId | None, Decoration] = Field(None, validation_alias=inside("group_id"))
    yes_bid: Price = Field(None, validation_alias=inside("yes_bid"))
    yes_ask: Price = Field(None, validation_alias=inside("yes_ask"))
    no_bid: Price = Field(None, validation_alias=inside("no_bid"))
    no_ask: Price = Field(None, validation_alias=inside("no_ask"))
    last: Price = Field(None, validation_alias=inside("last_price"))
    volume: Dollars = Field(None, validation_alias=inside("volume"))


# --- books -------------------------------------------------------------------------------------------------------

Pair = tuple[Decimal, Decimal]


def _pair(row: Any) -> Any:
    """A level as `{price, size}` or `[price, size]`: which of the two is unknown (§9)."""
    if isinstance(row, dict):
        price, size = row.get("price"), row.get("size", row.get("quantity"))
    elif isinstance(row, (list, tuple)) and len(row) == 2:
        price, size = row
    else:
        raise ValueError("a level is {price, size} or [price, size]")
    return decimal_of(price), decimal_of(size)


def _levels(rows: Any) -> Any:
    """A side of a book in probabilities: where any price is over 1, the venue wrote cents (§9)."""
    if rows is None:
        return None
    if not isinstance(rows, list) or len(rows) > MAX_LIST:
        raise ValueError("a side of a book is a list of levels")
    pairs = [_pair(row) for row in rows]
    scale = Decimal(100) if any(price > 1 for price, _ in pairs) else Decimal(1)
    for price, size in pairs:
        if not 0 <= price / scale <= 1 or size < 0:
            raise ValueError("a level out of bounds")
    return [(price / scale, size) for price, size in pairs]


Levels = Annotated[list[Pair] | None, BeforeValidator(_levels)]


class BookUpdate(Push):
    """A book, or its top (§4.2). `bids` and `asks` are the YES side's, and replace what was: both GUESS, the safer
    reading. A compact frame has neither, and the four prices of the top.
    """

    kind: Literal["orderbook_update"] = Field(alias="type")
    market_id: AnyOpaque = Field(validation_alias=inside("market_id"))
    venue: LowerWord = Field(validation_alias=inside("source"))
    bids: Levels = Field(None, validation_alias=AliasChoices(inside("bids"), inside("yes", "bids")))
    asks: Levels = Field(None, validation_alias=AliasChoices(inside("asks"), inside("yes", "asks")))
    yes_bid: Price = Field(None, validation_alias=inside("yes", "bid"))
    yes_ask: Price = Field(None, validation_alias=inside("yes", "ask"))
    no_bid: Price = Field(None, validation_alias=inside("no", "bid"))
    no_ask: Price = Field(None, validation_alias=inside("no", "ask"))

    @property
    def has_depth(self) -> bool:
        """Whether it brings levels and not just a top."""
        return self.bids is not None or self.asks is not None


# --- signals -----------------------------------------------------------------------------------------------------


class Leg(WireModel):
    """One side of an arbitrage. The venue writes its price in CENTS (§4.8); it is a probability here."""

    price: ProbabilityInCents
    venue: Annotated[LowerWord, WordsOnly] = Field("", alias="source")
    url: Url = ""
    market_id: Annotated[AnyOpaque | None, Decoration] = None
    ticker: Annotated[Label, WordsOnly] = ""


def _older_arb(value: Any) -> Any:
    """The older field set, all optional (§4.3): accepted, never sent any more."""
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict) or "lowest_yes" in data or "lowest_no" in data:
        return value
    legs = {
        f"lowest_{side}": {"price": data[f"{side}_price"], "source": data.get(f"{side}_src", "")}
        for side in ("yes", "no")
        if f"{side}_price" in data
    }
    return {**value, "data": {**data, **legs}}


class ArbUpdate(Push):
    """A YES on one venue and a NO on another for less than a dollar (§4.3). Returns are percent, net of fees."""

    kind: Literal["arb_update"] = Field(alias="type")
    group_id: GroupId = Field(validation_alias=inside("group_id"))
    title: Annotated[SafeText, WordsOnly] = Field("", validation_alias=inside("group_title"))
    category: Annotated[Word, WordsOnly] = Field("", validation_alias=inside("event_type"))
    event_date: Annotated[Word, WordsOnly] = Field("", validation_alias=inside("event_date"))
    roi_percent: Percent = Field(
        None,
        validation_alias=AliasChoices(inside("risk_free_return_after_fees"), inside("profit_pct"), inside("roi")),
    )
    yes: Leg | None = Field(None, validation_alias=inside("lowest_yes"))
    no: Leg | None = Field(None, validation_alias=inside("lowest_no"))
    yes_depth: Dollars = Field(None, validation_alias=inside("yes_leg_depth"))
    no_depth: Dollars = Field(None, validation_alias=inside("no_leg_depth"))
    most_wager: Dollars = Field(None, validation_alias=inside("max_wager_amount"))
    #: Taker fee in dollars for ONE contract at that price; not linear in size.
    yes_fee: Dollars = Field(None, validation_alias=inside("yes_fee_usd"))
    no_fee: Dollars = Field(None, validation_alias=inside("no_fee_usd"))
    updated_ms: Annotated[SecondsMs | None, Decoration] = Field(None, validation_alias=inside("updated_at"))

    _reads_older = model_validator(mode="before")(_older_arb)


class ArbExpired(Push):
    """It is gone."""

    kind: Literal["arb_expired"] = Field(alias="type")
    group_id: GroupId = Field(validation_alias=inside("group_id"))


class EvUpdate(Push):
    """A price that stands apart from the other venues' (§4.4). `roi_percent` is expected, not certain."""

    kind: Literal["ev_update"] = Field(alias="type")
    group_id: GroupId = Field(validation_alias=inside("group_id"))
    event: Annotated[SafeText, WordsOnly] = Field("", validation_alias=inside("event_name"))
    title: Annotated[SafeText, WordsOnly] = Field("", validation_alias=inside("candidate"))
    venue: Annotated[LowerWord, WordsOnly] = Field("", validation_alias=inside("play", "venue"))
    side: Annotated[UpperWord, WordsOnly] = Field("", validation_alias=inside("play", "side"))
    price: Price = Field(None, validation_alias=inside("play", "price"))
    roi_percent: Percent = Field(None, validation_alias=inside("play", "roi_pct"))
    url: Url = Field("", validation_alias=inside("play", "url"))
    breakeven: Price = Field(None, validation_alias=inside("breakeven_price"))
    average_percent: Percent = Field(None, validation_alias=inside("total_market_avg_pct"))


class EvExpired(Push):
    """It is gone."""

    kind: Literal["ev_expired"] = Field(alias="type")
    group_id: GroupId = Field(validation_alias=inside("group_id"))


class _Alert(Push):
    """The outer half of both wallets' channels (§4.5, §4.6)."""

    version: Annotated[int | None, Decoration] = Field(None, validation_alias=inside("version"))
    event_id: Annotated[GroupId | None, Decoration] = Field(None, validation_alias=inside("event_id"))
    group_id: Annotated[GroupId | None, Decoration] = Field(None, validation_alias=inside("group_id"))
    slug: Annotated[Label, WordsOnly] = Field(
        "", validation_alias=AliasChoices(inside("market_slug"), inside("data", "marketSlug"))
    )
    #: True on what is told again after a subscription.
    is_replay: Annotated[bool | None, Decoration] = Field(None, validation_alias=inside("snapshot"))
    title: Annotated[SafeText, WordsOnly] = Field("", validation_alias=inside("title"))
    created_ms: Annotated[AnyMs | None, Decoration] = Field(None, validation_alias=inside("created_at"))
    venue: Annotated[LowerWord, WordsOnly] = Field("", validation_alias=inside("platform_buy"))


class SmartMoneyUpdate(_Alert):
    """A wallet that has won so far trades (§4.5). `outcome` may be the name of a team."""

    kind: Literal["smart_money_update"] = Field(alias="type")
    subtype: Annotated[LowerWord, WordsOnly] = Field("", validation_alias=inside("subtype"))
    outcome: Annotated[Label, WordsOnly] = Field("", validation_alias=inside("data", "outcome"))
    side: Annotated[UpperWord, WordsOnly] = Field("", validation_alias=inside("data", "side"))
    price: Price = Field(None, validation_alias=inside("data", "price"))
    dollars: Dollars = Field(None, validation_alias=inside("data", "amount"))
    pnl: SignedDollars = Field(
        None, validation_alias=AliasChoices(inside("data", "pnl_to_date"), inside("data", "pnl"))
    )
    wallet: Annotated[Label, WordsOnly] = Field(
        "", validation_alias=AliasChoices(inside("data", "wallet"), inside("data", "userAddr"))
    )
    tx_hash: Annotated[Label, WordsOnly] = Field("", validation_alias=inside("data", "txHash"))


class Wallet(WireModel):
    """One of the two trades of a fade (§4.6)."""

    address: Annotated[Label, WordsOnly] = Field("", alias="userAddr")
    pnl: SignedDollars = Field(None, alias="pnl_to_date")
    outcome: Annotated[Label, WordsOnly] = ""
    side: Annotated[UpperWord, WordsOnly] = ""
    price: Price = None
    dollars: Dollars = Field(None, alias="amount")


class FadeFinderUpdate(_Alert):
    """A winning wallet and a losing one on the two sides of one market (§4.6)."""

    kind: Literal["fade_finder_update"] = Field(alias="type")
    winner: Annotated[Wallet | None, Decoration] = Field(None, validation_alias=inside("data", "profitable_wallet"))
    loser: Annotated[Wallet | None, Decoration] = Field(None, validation_alias=inside("data", "losing_wallet"))
    winners: Annotated[int | None, Decoration] = Field(
        None, validation_alias=inside("data", "profitable_wallet_count")
    )
    minutes_apart: Percent = Field(None, validation_alias=inside("data", "time_delta_min"))


class Lifecycle(Push):
    """Something began or ended (§4.7); the docs name four types and an "etc."."""

    kind: Literal["market_created", "market_resolved", "group_created", "group_updated"] = Field(alias="type")
    market_id: Annotated[AnyOpaque | None, Decoration] = Field(None, validation_alias=inside("market_id"))
    venue: Annotated[LowerWord, WordsOnly] = Field("", validation_alias=inside("source"))
    group_id: Annotated[GroupId | None, Decoration] = Field(None, validation_alias=inside("group_id"))
    title: Annotated[SafeText, WordsOnly] = Field("", validation_alias=inside("title"))
    resolution: Annotated[Label, WordsOnly] = Field("", validation_alias=inside("resolution"))
