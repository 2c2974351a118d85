"""REST bodies (prediction hunt §7): finding ids, the whole book, candles, and what is left of the quota."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from psdash.wire.numbers import decimal_of
from psdash.wire.predictionhunt.events import Dollars, GroupId, Levels, Pair, Price, Url
from psdash.wire.scalars import (
    MAX_LIST,
    AnyCount,
    AnyMs,
    AnyOpaque,
    Cursor,
    Decoration,
    EmptyIsNone,
    Label,
    LowerWord,
    Ms,
    NullIsEmpty,
    SafeText,
    WireModel,
    Word,
    WordsOnly,
)

Next = Annotated[Cursor | None, EmptyIsNone]


class Quote(WireModel):
    """The prices of a market in a list."""

    yes_bid: Price = None
    yes_ask: Price = None
    no_bid: Price = None
    no_ask: Price = None
    last: Price = Field(None, alias="last_price")
    volume: Dollars = None
    liquidity: Dollars = None


class MarketRow(WireModel):
    """One market of one venue (`/v2/markets`)."""

    market_id: AnyOpaque
    venue: LowerWord = Field(alias="platform")
    title: Annotated[SafeText, WordsOnly] = ""
    category: Annotated[Word, WordsOnly] = ""
    status: Annotated[LowerWord, WordsOnly] = ""
    expires_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="expiration_date")
    url: Url = Field("", alias="source_url")
    price: Annotated[Quote | None, Decoration] = None


class MarketsBody(WireModel):
    """`GET /v2/markets`."""

    markets: Annotated[list[MarketRow], Field(max_length=MAX_LIST), NullIsEmpty]
    next_cursor: Next = None


class MatchedMarket(WireModel):
    """A market of a group, in a search or in a match: the two pages name the same things otherwise."""

    market_id: AnyOpaque = Field(validation_alias="market_id")
    venue: LowerWord = Field(validation_alias="platform")
    url: Url = Field("", alias="source_url")
    last: Price = Field(None, alias="last_price")
    yes_bid: Price = None
    yes_ask: Price = None


class SearchGroup(WireModel):
    """The same question on several venues."""

    group_id: GroupId
    title: Annotated[SafeText, WordsOnly] = ""
    markets: Annotated[list[MatchedMarket], Field(max_length=MAX_LIST), NullIsEmpty] = Field(default_factory=list)


class SearchEvent(WireModel):
    """An event and its questions."""

    name: Annotated[SafeText, WordsOnly] = Field("", alias="event_name")
    category: Annotated[Word, WordsOnly] = Field("", alias="event_type")
    date: Annotated[Word, WordsOnly] = Field("", alias="event_date")
    groups: Annotated[list[SearchGroup], Field(max_length=MAX_LIST), NullIsEmpty] = Field(default_factory=list)


class SearchBody(WireModel):
    """`GET /v2/search`."""

    events: Annotated[list[SearchEvent], Field(max_length=MAX_LIST), NullIsEmpty] = Field(default_factory=list)
    next_cursor: Next = None


class MatchingMarket(WireModel):
    """A market in `/v2/matching-markets`, which calls its venue `source` and its id `id`."""

    market_id: AnyOpaque = Field(alias="id")
    venue: LowerWord = Field(alias="source")
    url: Url = Field("", alias="source_url")


class MatchingGroup(WireModel):
    title: Annotated[SafeText, WordsOnly] = ""
    markets: Annotated[list[MatchingMarket], Field(max_length=MAX_LIST), NullIsEmpty] = Field(default_factory=list)


class MatchingEvent(WireModel):
    """`confidence` is the venue's own: high or medium."""

    title: Annotated[SafeText, WordsOnly] = ""
    confidence: Annotated[LowerWord, WordsOnly] = ""
    groups: Annotated[list[MatchingGroup], Field(max_length=MAX_LIST), NullIsEmpty] = Field(default_factory=list)


class MatchingBody(WireModel):
    """`GET /v2/matching-markets`."""

    events: Annotated[list[MatchingEvent], Field(max_length=MAX_LIST), NullIsEmpty] = Field(default_factory=list)


class BulkPrice(WireModel):
    """A price of `/v2/prices/bulk`."""

    yes_bid: Price = None
    yes_ask: Price = None
    last: Price = Field(None, alias="last_price")
    at_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="timestamp")


class BulkBody(WireModel):
    """`GET /v2/prices/bulk`, by `venue:market_id`."""

    prices: Annotated[dict[str, BulkPrice], Field(max_length=100)]


class CandleRow(WireModel):
    """A candle of `/v2/prices/history`; a bucket without a trade may lack its four prices."""

    start_ms: AnyMs = Field(alias="timestamp")
    open: Price = None
    high: Price = None
    low: Price = None
    close: Price = None
    volume: Dollars = None


class HistoryBody(WireModel):
    """`GET /v2/prices/history`."""

    market_id: AnyOpaque
    venue: LowerWord = Field(alias="platform")
    interval: Word
    candles: Annotated[list[CandleRow], Field(max_length=MAX_LIST), NullIsEmpty]


class OutcomeBook(WireModel):
    """One outcome's book."""

    bids: Levels = None
    asks: Levels = None


class BookBody(WireModel):
    """`GET /v2/orderbook`: prices 0 to 1, 404 where there is none."""

    market_id: AnyOpaque
    venue: LowerWord = Field(alias="platform")
    at_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="timestamp")
    yes: OutcomeBook
    no: Annotated[OutcomeBook | None, Decoration] = None


class Window(WireModel):
    """What is left of one quota."""

    limit: Annotated[AnyCount | None, Decoration] = None
    used: Annotated[AnyCount | None, Decoration] = None
    remaining: Annotated[AnyCount | None, Decoration] = None


class RateLimitBody(WireModel):
    """`GET /v2/rate-limit`: the tier, and what is left this month. Free of charge."""

    tier: LowerWord
    second: Annotated[Window | None, Decoration] = None
    month: Annotated[Window | None, Decoration] = None


class PlatformState(WireModel):
    status: Annotated[LowerWord, WordsOnly] = ""
    updated_ms: Annotated[AnyMs | None, Decoration] = Field(None, alias="last_updated")


class StatusBody(WireModel):
    """`GET /v2/status`: needs no key. A platform is `ok` or `stale`."""

    status: Annotated[LowerWord, WordsOnly] = ""
    platforms: Annotated[dict[Label, PlatformState], Field(max_length=100)] = Field(default_factory=dict)


class ErrorBody(WireModel):
    """A refusal, in the newer envelope (`code`, `message`) or the older one (`error` alone)."""

    code: Annotated[Label, WordsOnly] = ""
    error: Annotated[SafeText, WordsOnly] = ""
    message: Annotated[SafeText, WordsOnly] = ""


def _cents_levels(rows: Any) -> Any:
    """Sides of the unified book are `[price, size]` in "cents (0-10000)": hundredths of a cent (§4.8)."""
    if not isinstance(rows, list) or len(rows) > MAX_LIST:
        raise ValueError("a side of a book is a list of levels")
    pairs = []
    for row in rows:
        if not (isinstance(row, list) and len(row) == 2):
            raise ValueError("a level is [price, size]")
        price, size = decimal_of(row[0]) / 10_000, decimal_of(row[1])
        if not 0 <= price <= 1 or size < 0:
            raise ValueError("a level out of bounds")
        pairs.append((price, size))
    return pairs


class UnifiedVenue(WireModel):
    """One venue's half of a unified book."""

    market_id: AnyOpaque
    at_ms: Annotated[Ms | None, Decoration] = Field(None, alias="timestamp")
    bids: Annotated[list[Pair], BeforeValidator(_cents_levels)]
    asks: Annotated[list[Pair], BeforeValidator(_cents_levels)]


def _present(platforms: Any) -> Any:
    """A venue without a book may be left out or null: which is unknown."""
    return {k: v for k, v in platforms.items() if v is not None} if isinstance(platforms, dict) else platforms


class UnifiedBody(WireModel):
    """`GET /v2/unified-orderbook`: one group's books, by venue."""

    event: Annotated[SafeText, WordsOnly] = Field("", alias="event_name")
    title: Annotated[SafeText, WordsOnly] = Field("", alias="candidate")
    platforms: Annotated[dict[LowerWord, UnifiedVenue], Field(max_length=100), BeforeValidator(_present)]
