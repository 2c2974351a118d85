"""Bodies of the REST reads (protocol §7, §8, §10), one class a response: `rest.TapeBody.model_validate_json(body)`.

Times are epoch ms (`_ms`), money and sizes decimal strings, statuses words in one case.
"""

from psdash.wire.predictstreet.rest.account import (
    Balance,
    BalancesBody,
    MyTradesBody,
    OrderRecord,
    OrdersBody,
    OwnTrade,
    Position,
    PositionsBody,
    VaultBody,
    VaultPosition,
    VaultPositionsBody,
)
from psdash.wire.predictstreet.rest.catalogue import EventRecord, EventsBody, MarketBody, MarketRecord, MarketsBody
from psdash.wire.predictstreet.rest.errors import ErrorBody
from psdash.wire.predictstreet.rest.market_data import (
    BookBody,
    CandleRow,
    CandlesBody,
    PlatformBody,
    PriceHistoryBody,
    PricePoint,
    TapeBody,
    TapeRow,
)
from psdash.wire.predictstreet.rest.matches import MatchesBody

__all__ = [
    "Balance",
    "BalancesBody",
    "BookBody",
    "CandleRow",
    "CandlesBody",
    "ErrorBody",
    "EventRecord",
    "EventsBody",
    "MarketBody",
    "MarketRecord",
    "MarketsBody",
    "MatchesBody",
    "MyTradesBody",
    "OrderRecord",
    "OrdersBody",
    "OwnTrade",
    "PlatformBody",
    "Position",
    "PositionsBody",
    "PriceHistoryBody",
    "PricePoint",
    "TapeBody",
    "TapeRow",
    "VaultBody",
    "VaultPosition",
    "VaultPositionsBody",
]
