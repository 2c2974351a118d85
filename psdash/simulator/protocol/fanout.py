"""From what happens on the exchange to frames, and from frames to the sessions that subscribed to them.

The hub listens to the exchange on its own thread and never waits: a frame's body is encoded once, for all sessions,
and only when somebody wants it; each session's outlet takes its copy at once (see `line.py` for slow readers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import (
    BookChanged,
    CandleMoved,
    ChainNews,
    FillMade,
    Happening,
    MarketStatusChanged,
    OrderCancelled,
    OrderPlaced,
    PlatformChanged,
    PositionChanged,
    SettlementFailed,
    TradeMatched,
    TradeSettled,
)
from psdash.simulator.protocol import frames, guesses
from psdash.simulator.protocol.bodies import order_cancelled_body, order_placed_body
from psdash.simulator.protocol.session import Subscription

_Routes = dict[str, list[Subscription]]


class Hub:
    """Routes events by (channel, topic): a token, a condition, a vault, a wallet, or `platform_status`."""

    def __init__(self, exchange: Exchange, *, whole_lifecycle: bool = False) -> None:
        """`whole_lifecycle` pushes all four events of protocol §5.8 instead of the few that the venue sends today."""
        self._exchange = exchange
        self._whole_lifecycle = whole_lifecycle
        #: Every so many sequences of a book its change goes out as a state frame; None for never.
        self.state_every: int | None = guesses.BOOK_UPDATE_EVERY
        self._routes: dict[str, _Routes] = {}
        self._books = self._channel("token_book")
        self._tellers = self.tellers()
        self._stop = exchange.listen(self._tell)

    def tellers(self) -> dict[type[Happening], Callable[..., None]]:
        """Who tells what of the things that happen."""
        return {
            BookChanged: self._book_changed,
            TradeMatched: self._trade_matched,
            TradeSettled: self._trade_settled,
            CandleMoved: self._candle_moved,
            MarketStatusChanged: self._market_status_changed,
            PlatformChanged: self._platform_changed,
            OrderPlaced: self._order_placed,
            OrderCancelled: self._order_cancelled,
            FillMade: self._fill_made,
            PositionChanged: self._position_changed,
            SettlementFailed: _nothing,  # the venue pushes nothing for it: the settlement is only absent
            ChainNews: _nothing,  # the older version alone tells it
        }

    def close(self) -> None:
        """Stop listening to the exchange."""
        self._stop()

    @property
    def topics(self) -> int:
        """How many (channel, topic) pairs somebody subscribes to."""
        return sum(len(routes) for routes in self._routes.values())

    def watched(self, channel: str) -> list[str]:
        """The topics of a channel that somebody subscribes to, in order."""
        return sorted(self._channel(channel))

    # --- what sessions ask for ---

    def attach(self, subscription: Subscription, topics: Sequence[str]) -> None:
        """Route the events of these topics to the subscription, too."""
        routes = self._channel(subscription.channel.name)
        for topic in topics:
            # A new list, not an append: a push that is going round keeps the list it began with.
            routes[topic] = [*routes.get(topic, ()), subscription]

    def detach(self, subscription: Subscription, topics: Sequence[str]) -> None:
        """Route them no more."""
        routes = self._channel(subscription.channel.name)
        for topic in topics:
            left = [other for other in routes.get(topic, ()) if other is not subscription]
            if left:
                routes[topic] = left
            else:
                routes.pop(topic, None)

    def snapshot(self, token_id: str, depth: int | None) -> frames.Push | None:
        """`book_snapshot` of the book as it is, or `book_snapshot_failed` for a token that is not listed."""
        at_ms = self._exchange.scheduler.now_ms
        try:
            row, outcome = self._exchange.catalogue.by_token(token_id)
        except KeyError:
            return frames.book_snapshot_failed(token_id, guesses.REASON_NO_SNAPSHOT, at_ms)
        return self._book_state("book_snapshot", frames.TokenRef(token_id, row.condition_id, outcome), depth)

    # --- what happens ---

    def _tell(self, happening: Happening) -> None:
        self._tellers[type(happening)](happening)

    def _channel(self, name: str) -> _Routes:
        return self._routes.setdefault(name, {})

    def _wanted(self, channel: str, topic: str) -> list[Subscription] | None:
        return self._routes.get(channel, {}).get(topic)

    @property
    def _now_ms(self) -> int:
        return self._exchange.scheduler.now_ms

    def _book_state(self, kind: str, ref: frames.TokenRef, depth: int | None) -> frames.Push:
        book = self._exchange.token_book(ref.token_id)
        bids, asks = book.bids()[:depth], book.asks()[:depth]
        return frames.book_state(kind, ref, bids, asks, book.seq, book.hash(), self._now_ms)

    def _book_changed(self, change: BookChanged) -> None:
        subscriptions = self._books.get(change.token_id)
        if subscriptions is None:
            return
        push = None
        if self.state_every is not None and change.seq % self.state_every == 0:
            ref = frames.TokenRef(change.token_id, change.condition_id, change.outcome_index)
            state = self._book_state("book_update", ref, None)
            # A listener that trades in the middle of a telling may have moved the book on; then the delta is right.
            push = state if state.seq == change.seq else None
        if push is None:
            push = frames.book_delta(change, self._now_ms)
        send(push, subscriptions)

    def _trade_matched(self, trade: TradeMatched) -> None:
        if wanted := self._wanted("token_trade_matches", trade.token_id):
            send(frames.trade_matched(trade, self._now_ms), wanted)

    def _trade_settled(self, settled: TradeSettled) -> None:
        if wanted := self._wanted("token_trade_settlements", settled.trade.token_id):
            order_hash = "0x" + hashlib.sha256(settled.trade.taker_order_id.encode()).hexdigest()
            send(frames.trade_settled(settled, order_hash, self._now_ms), wanted)

    def _candle_moved(self, candle: CandleMoved) -> None:
        if wanted := self._wanted("token_ohlc", candle.token_id):
            send(frames.ohlc_update(candle, self._now_ms), wanted)

    def _market_status_changed(self, change: MarketStatusChanged) -> None:
        if wanted := self._wanted("condition_lifecycle", change.condition_id):
            for push in frames.lifecycle(change, self._now_ms):
                if self._whole_lifecycle or push.type in guesses.LIFECYCLE_LITTLE:
                    send(push, wanted)

    def _platform_changed(self, change: PlatformChanged) -> None:
        if wanted := self._wanted("system", "platform_status"):
            send(frames.platform_status(change, self._now_ms), wanted)

    def _order_placed(self, placed: OrderPlaced) -> None:
        if wanted := self._wanted("user_orders", placed.account):
            body = order_placed_body(self._exchange.order(placed.order_id), placed.at_ms)
            send(frames.order_event("order_placed", body, self._now_ms), wanted)

    def _order_cancelled(self, cancelled: OrderCancelled) -> None:
        if wanted := self._wanted("user_orders", cancelled.account):
            body = order_cancelled_body(self._exchange.order(cancelled.order_id), cancelled.at_ms)
            send(frames.order_event("order_cancelled", body, self._now_ms), wanted)

    def _fill_made(self, fill: FillMade) -> None:
        if wanted := self._wanted("user_fills", fill.account):
            client_order_id = self._exchange.order(fill.order_id).client_order_id
            send(frames.user_fill(fill, client_order_id, self._now_ms), wanted)

    def _position_changed(self, change: PositionChanged) -> None:
        if wanted := self._wanted("vault_positions", change.vault):
            send(frames.vault_position_balance_changed(change, self._now_ms), wanted)


def send(push: frames.Push, subscriptions: Sequence[Subscription]) -> None:
    """Give an event to every subscription."""
    for subscription in subscriptions:
        subscription.outlet.push(push, subscription.sid)


def _nothing(_: Happening) -> None:
    pass
