"""The channels, who may have them, and how many of anything (prediction hunt §4, §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """A channel's name on the wire. The lifecycle's page has another name than its channel (§4)."""

    PRICES = "prices"
    BOOK = "orderbook"
    ARB = "arb"
    EV = "ev"
    SMART_MONEY = "smart_money"
    FADE_FINDER = "fade_finder"
    LIFECYCLE = "market_lifecycle"


class Tier(StrEnum):
    """What a key was bought for, the least first."""

    FREE = "free"
    DEV = "dev"
    PRO = "pro"
    ENTERPRISE = "enterprise"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Tier).index(self)

    def has(self, least: "Tier") -> bool:
        """Whether this tier includes what `least` does."""
        return self.rank >= least.rank


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What a subscription to a channel may name, and what comes on it first."""

    least: Tier
    takes_markets: bool = False
    takes_groups: bool = False
    may_name_none: bool = False  # without ids it is everything
    snapshots: bool = False
    replays: bool = False  # what was, marked `snapshot: true`, after each subscription


CHANNELS: Mapping[Channel, ChannelRules] = {
    Channel.PRICES: ChannelRules(Tier.DEV, takes_markets=True, takes_groups=True, snapshots=True),
    Channel.BOOK: ChannelRules(Tier.PRO, takes_markets=True, takes_groups=True, snapshots=True),
    Channel.ARB: ChannelRules(Tier.PRO, takes_groups=True),
    Channel.EV: ChannelRules(Tier.PRO, takes_groups=True),
    Channel.SMART_MONEY: ChannelRules(Tier.DEV, may_name_none=True, replays=True),
    Channel.FADE_FINDER: ChannelRules(Tier.DEV, may_name_none=True, replays=True),
    Channel.LIFECYCLE: ChannelRules(Tier.PRO, takes_markets=True, takes_groups=True, may_name_none=True),
}


@dataclass(frozen=True, slots=True)
class Caps:
    """How many a key may have (§5). `per_connection` and `per_channel` count subscriptions; how a subscription of
    several ids counts is unknown (§9), so each id counts as one here.
    """

    connections: int
    per_connection: int
    per_channel: int


CAPS: Mapping[Tier, Caps] = {
    Tier.FREE: Caps(0, 0, 0),
    Tier.DEV: Caps(3, 50, 25),
    Tier.PRO: Caps(10, 200, 100),
    Tier.ENTERPRISE: Caps(50, 1_000, 500),
}

#: Frames a second that the venue takes on one connection, whatever the tier; one more is refused.
FRAMES_PER_S = 10
#: The venue pings every so many seconds.
PING_S = 30.0
#: Seconds a connection has for its `auth` frame.
AUTH_S = 5.0
