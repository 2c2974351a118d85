"""The channels of version 1 (protocol §11), by the feeds of version 2 that they stand for."""

from psdash.wire.predictstreet.channels import ChannelSpec, Feed, Gateway, Scope

CHANNELS: dict[Feed, ChannelSpec] = {
    Feed.BOOK: ChannelSpec("token_book", Gateway.MARKET, Scope.TOKEN),
    Feed.MATCHES: ChannelSpec("token_trades", Gateway.MARKET, Scope.TOKEN),
    Feed.LIFECYCLE: ChannelSpec("condition_status", Gateway.MARKET, Scope.CONDITION),
    Feed.PLATFORM: ChannelSpec("system", Gateway.MARKET, Scope.PLATFORM),
    Feed.ORDERS: ChannelSpec("user_activity", Gateway.USER, Scope.NONE),
    Feed.POSITIONS: ChannelSpec("vault_activity", Gateway.USER, Scope.VAULT),
}
"""There are no settlements and no candles."""

SHARED: dict[Feed, Feed] = {Feed.FILLS: Feed.ORDERS}
"""Feeds without a channel of their own, and whose channel brings them: one channel tells everything private."""

ALONGSIDE: dict[Feed, frozenset[Feed]] = {
    Feed.ORDERS: frozenset({Feed.FILLS, Feed.POSITIONS}),
    Feed.POSITIONS: frozenset({Feed.FILLS}),
}
"""What else a channel brings. The list of a vault's events is cut off after `trade_fill`."""
