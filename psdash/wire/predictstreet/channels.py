"""Which feeds exist, and the one table that knows their names on the wire (protocol §4).

Above `wire` a feed is a `Feed`; no other module may write a channel string (DESIGN §4).
"""

from enum import StrEnum
from typing import NamedTuple


class Gateway(StrEnum):
    """The two WebSocket gateways. The values are those of the greeting's `data.gateway` (protocol §2.1)."""

    MARKET = "market"
    USER = "user"


class Scope(StrEnum):
    """What the ids of a subscription name."""

    TOKEN = "token"  # noqa: S105 - an outcome token, not a secret
    CONDITION = "condition"
    PLATFORM = "platform"
    VAULT = "vault"
    NONE = "none"  # ids are forbidden: the connection's own account


class Feed(StrEnum):
    """A stream of events, in the field's words."""

    BOOK = "book"
    MATCHES = "matches"
    SETTLEMENTS = "settlements"
    CANDLES = "candles"
    LIFECYCLE = "lifecycle"
    PLATFORM = "platform"
    ORDERS = "orders"
    FILLS = "fills"
    POSITIONS = "positions"


class ChannelSpec(NamedTuple):
    """One row of protocol §4: the name on the wire, who serves it, and what its ids are."""

    name: str
    gateway: Gateway
    scope: Scope

    @property
    def takes_ids(self) -> bool:
        """Whether a subscription must name ids. With ids where they are forbidden it is refused as well."""
        return self.scope is not Scope.NONE


CHANNELS: dict[Feed, ChannelSpec] = {
    Feed.BOOK: ChannelSpec("token_book", Gateway.MARKET, Scope.TOKEN),
    Feed.MATCHES: ChannelSpec("token_trade_matches", Gateway.MARKET, Scope.TOKEN),
    Feed.SETTLEMENTS: ChannelSpec("token_trade_settlements", Gateway.MARKET, Scope.TOKEN),
    Feed.CANDLES: ChannelSpec("token_ohlc", Gateway.MARKET, Scope.TOKEN),
    Feed.LIFECYCLE: ChannelSpec("condition_lifecycle", Gateway.MARKET, Scope.CONDITION),
    Feed.PLATFORM: ChannelSpec("system", Gateway.MARKET, Scope.PLATFORM),
    Feed.ORDERS: ChannelSpec("user_orders", Gateway.USER, Scope.NONE),
    Feed.FILLS: ChannelSpec("user_fills", Gateway.USER, Scope.NONE),
    Feed.POSITIONS: ChannelSpec("vault_positions", Gateway.USER, Scope.VAULT),
}

PLATFORM_IDS = ("platform_status",)
"""The only ids the platform feed takes, exactly (protocol §3.7, `invalid_params`)."""

MAX_SUBSCRIPTIONS = 256
"""A connection's cap; beyond it `subscription_cap_exceeded` (protocol §3.7)."""

MAX_IDS_PER_SUBSCRIPTION = 100
"""Beyond it `subscription_too_many_ids` (protocol §3.7)."""

NO_SID = 0
"""Stands for a subscription that a frame does not name. A venue counts its own from 1 (protocol §1.2)."""

_FEEDS = {spec.name: feed for feed, spec in CHANNELS.items()}


def feed_named(channel: str) -> Feed | None:
    """The feed a channel of an ack or a push belongs to; None for one this client does not know."""
    return _FEEDS.get(channel)
