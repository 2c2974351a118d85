"""One connection: its first frame, its subscriptions, and what it is told (prediction hunt §2 to §4)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from psdash.simulator.predictionhunt import markets as listed
from psdash.simulator.predictionhunt.markets import WITH_BOOKS, Group, HuntMarket
from psdash.simulator.predictionhunt.signals import Data
from psdash.simulator.predictionhunt.tiers import CHANNELS, FRAMES_PER_S, Tier
from psdash.simulator.predictionhunt.world import HuntWorld, compact_body, price_body

#: Channels that may be had without ids, and those that have no other form.
WILDCARD: Final = frozenset({"smart_money", "fade_finder", "market_lifecycle"})
IDLESS: Final = frozenset({"smart_money", "fade_finder"})
GROUPS_ONLY: Final = frozenset({"arb", "ev"})

_MARKETS = {market.market_id: market for market in listed.markets()}
_GROUPS = {group.group_id: group for group in listed.groups()}


@dataclass(slots=True)
class Wanted:
    """What one connection wants of one channel."""

    markets: set[str] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    everything: bool = False

    @property
    def count(self) -> int:
        """How many subscriptions this is: one an id, and one for everything (how they count is unknown, §9)."""
        return len(self.markets) + len(self.groups) + self.everything

    def takes(self, about: HuntMarket | Group | None) -> bool:
        if self.everything or about is None:
            return self.everything
        if isinstance(about, Group):
            return about.group_id in self.groups
        return about.market_id in self.markets or about.group_id in self.groups


class Session:
    """A connection that was let in. `say` sends a frame."""

    def __init__(self, world: HuntWorld, tier: Tier, say: Callable[[Data], None], now_s: Callable[[], float]) -> None:
        self._world = world
        self.tier = tier
        self._say = say
        self._now_s = now_s
        self._frames: deque[float] = deque()
        self.wanted: dict[str, Wanted] = {}

    def receive(self, text: str | bytes) -> None:
        """Take one frame of the client."""
        now_s = self._now_s()
        while self._frames and now_s - self._frames[0] >= 1.0:
            self._frames.popleft()
        if len(self._frames) >= FRAMES_PER_S:
            self.refuse("RATE_LIMITED", f"More than {FRAMES_PER_S} frames in a second.")
            return
        self._frames.append(now_s)
        try:
            frame = json.loads(text)
        except ValueError:
            self.refuse("INVALID_MESSAGE", "Not JSON.")
            return
        action = frame.get("action") if isinstance(frame, dict) else None
        if action == "heartbeat":
            self._say({"type": "pong"})
        elif action == "auth":
            self.refuse("ALREADY_AUTHENTICATED", "This connection is authenticated.")
        elif action in ("subscribe", "unsubscribe"):
            self._subscription(frame, adds=action == "subscribe")
        else:
            self.refuse("INVALID_MESSAGE", "Unknown action.")

    def refuse(self, code: str, message: str, channel: str | None = None) -> None:
        frame: Data = {"type": "error", "code": code, "message": message}
        if channel is not None:
            frame["channel"] = channel
        self._say(frame)

    def _subscription(self, frame: dict[str, Any], *, adds: bool) -> None:
        channel = frame.get("channel")
        if channel not in CHANNELS:
            self.refuse("UNKNOWN_CHANNEL", "There is no such channel.")
            return
        if channel not in self.tier.channels:
            self.refuse("CHANNEL_FORBIDDEN", f"Your tier does not have access to the {channel} channel.", channel)
            return
        market_ids, group_ids = frame.get("market_ids"), frame.get("group_ids")
        if not _are(market_ids, str) or not _are(group_ids, int):
            self.refuse("INVALID_MESSAGE", "market_ids are strings, group_ids are numbers.", channel)
            return
        markets: list[str] = [] if channel in GROUPS_ONLY | IDLESS else list(market_ids or ())
        groups: list[int] = [] if channel in IDLESS else list(group_ids or ())
        if adds:
            self._subscribe(channel, markets, groups, (market_ids, group_ids))
        else:
            self._unsubscribe(channel, markets, groups, (market_ids, group_ids))

    def _subscribe(self, channel: str, markets: list[str], groups: list[int], echo: tuple[Any, Any]) -> None:
        everything = channel in WILDCARD and not markets and not groups
        if not everything and not markets and not groups:
            self.refuse("INVALID_MESSAGE", "Name at least one id.", channel)
            return
        held = self.wanted.get(channel, Wanted())
        new = Wanted(held.markets | set(markets), held.groups | set(groups), held.everything or everything)
        others = sum(wanted.count for name, wanted in self.wanted.items() if name != channel)
        if new.count > self.tier.per_channel or new.count + others > self.tier.per_connection:
            self.refuse("SUBSCRIPTION_LIMIT", "Too many subscriptions for your tier.", channel)
            return
        unknown = [i for i in markets if i not in _MARKETS], [i for i in groups if i not in _GROUPS]
        self.wanted[channel] = Wanted(new.markets - {*unknown[0]}, new.groups - {*unknown[1]}, new.everything)
        self._say({"type": "subscribed", "channel": channel, "market_ids": echo[0], "group_ids": echo[1]})
        self._snapshots(channel, markets, groups)
        if any(unknown):
            self._say(
                {
                    "type": "warning",
                    "code": "UNKNOWN_ID",
                    "message": "Some ids are not known.",
                    "channel": channel,
                    "market_ids": unknown[0],
                    "group_ids": unknown[1],
                }
            )

    def _unsubscribe(self, channel: str, markets: list[str], groups: list[int], echo: tuple[Any, Any]) -> None:
        wanted = self.wanted.get(channel)
        if wanted is not None:
            if not markets and not groups:
                del self.wanted[channel]
            else:
                wanted.markets -= set(markets)
                wanted.groups -= set(groups)
        self._say({"type": "unsubscribed", "channel": channel, "market_ids": echo[0], "group_ids": echo[1]})

    def _snapshots(self, channel: str, markets: Iterable[str], groups: Iterable[int]) -> None:
        """What is cached, as ordinary frames of the same type (§4)."""
        if channel in ("prices", "orderbook"):
            named = {m: _MARKETS[m] for m in markets if m in _MARKETS}
            named |= {m.market_id: m for g in groups if g in _GROUPS for m in _GROUPS[g].markets}
            for market in named.values():
                if market.is_silent:
                    continue
                quote = self._world.quotes[market.market_id]
                if channel == "prices":
                    self.push("prices", "price_update", price_body(quote))
                elif market.venue in WITH_BOOKS:
                    self.push("orderbook", "orderbook_update", compact_body(quote))
        elif channel in IDLESS:
            kept = self._world.wallets.smart if channel == "smart_money" else self._world.wallets.fades
            for body in kept:
                self.push(channel, f"{channel}_update", {**body, "snapshot": True})

    def told(self, channel: str, kind: str, body: Data, about: HuntMarket | Group | None) -> None:
        """Something was published."""
        wanted = self.wanted.get(channel)
        if wanted is not None and wanted.takes(about):
            self.push(channel, kind, body)

    def push(self, channel: str, kind: str, body: Data) -> None:
        self._say({"channel": channel, "type": kind, "ts": self._world.now_ms / 1_000, "data": body})


def _are(ids: Any, kind: type) -> bool:
    return ids is None or (
        isinstance(ids, list) and all(isinstance(each, kind) and not isinstance(each, bool) for each in ids)
    )
