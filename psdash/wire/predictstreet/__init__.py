"""PredictStreet, protocol version 2 (protocol note §2-§8): names, bounds and shapes of everything that travels.

`decode_frame` reads what a gateway says, `commands` writes what the client says, `rest` holds the bodies of REST.
`older` is version 1 (§11), `dialects` holds both as values.
Above this package an object has the field's names only; the venue's names are aliases here, and what the note
guesses stands in `guesses`.
"""

from psdash.wire.predictstreet import older
from psdash.wire.predictstreet.channels import CHANNELS, Feed, Gateway, Scope, feed_named
from psdash.wire.predictstreet.decode import decode_frame, subject_of
from psdash.wire.predictstreet.dialects import NEWER, OLDER, Dialect, Event, Frame, dialect_of
from psdash.wire.predictstreet.frames import (
    Accepted,
    Ack,
    CommandError,
    Greeting,
    Pong,
    Rejected,
    Subscribed,
    Unknown,
)
from psdash.wire.predictstreet.market_events import (
    BookDelta,
    BookSnapshot,
    BookSnapshotFailed,
    BookUpdate,
    CandleUpdate,
    Level,
    LevelChange,
    LifecyclePush,
    MarketEvent,
    MarketPaused,
    MarketResolved,
    MarketStatus,
    MarketUnpaused,
    PlatformStatus,
    TradeMatched,
    TradeSettled,
)
from psdash.wire.predictstreet.user_events import (
    OrderCancelled,
    OrderPlaced,
    OrderPush,
    PositionChanged,
    UserEvent,
    UserFill,
)

__all__ = [
    "CHANNELS",
    "NEWER",
    "OLDER",
    "Accepted",
    "Ack",
    "BookDelta",
    "BookSnapshot",
    "BookSnapshotFailed",
    "BookUpdate",
    "CandleUpdate",
    "CommandError",
    "Dialect",
    "Event",
    "Feed",
    "Frame",
    "Gateway",
    "Greeting",
    "Level",
    "LevelChange",
    "LifecyclePush",
    "MarketEvent",
    "MarketPaused",
    "MarketResolved",
    "MarketStatus",
    "MarketUnpaused",
    "OrderCancelled",
    "OrderPlaced",
    "OrderPush",
    "PlatformStatus",
    "Pong",
    "PositionChanged",
    "Rejected",
    "Scope",
    "Subscribed",
    "TradeMatched",
    "TradeSettled",
    "Unknown",
    "UserEvent",
    "UserFill",
    "decode_frame",
    "dialect_of",
    "feed_named",
    "older",
    "subject_of",
]
