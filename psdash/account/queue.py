"""How much rests ahead of an own order: an estimate, and always called one.

A venue does not tell a queue position; it follows from what is seen. Whoever comes later stands behind, so what was
there on arrival is all that is ahead. Trades take from the front. A cancel may be from ahead or from behind, and is
shared out by size (from behind as far as it cannot be from ahead). No more can be ahead than rests there beside the
order itself. An order whose arrival was not seen, or whose book was not seen throughout, has only an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.account.orders import Order, OrderSide, OrderStore
from psdash.market.board import MarketState
from psdash.market.book import Side
from psdash.market.level_flow import BookFlow
from psdash.market.ticks import to_ticks

#: How far an order's placement and its arrival in the book may be apart, in venue milliseconds.
ARRIVAL_MS: Final = 2_000

_ZERO: Final = Decimal(0)
_MICRO: Final = Decimal("0.000001")  # a share's finest part


@dataclass(frozen=True, slots=True)
class Ahead:
    """Shares that trade before an own order does. `is_bound`: no estimate is to be had, there are at most so many."""

    shares: Decimal
    is_bound: bool = False


class QueuePlace:
    """One own order's place at its level. The flow of its book tells it what happens there."""

    __slots__ = ("_awaited_ms", "_flow", "_most", "_own", "_ticks", "ahead", "is_seen", "outcome", "side")

    def __init__(self, order: Order, flow: BookFlow, resting: Decimal | None) -> None:
        """`resting` is what the book has at the order's price now, None when nothing."""
        self.outcome = order.outcome_index
        self.side = Side.BID if order.side is OrderSide.BUY else Side.ASK
        self._ticks = to_ticks(order.price)
        self._flow = flow
        self._own = order.remaining
        self.is_seen = False  # its arrival was
        there = resting or _ZERO
        flow.settle(0)
        self.ahead = self._most = there
        #: Until when (venue time) its arrival in the book may be yet to come.
        self._awaited_ms = -1 if order.created_ms is None else order.created_ms + ARRIVAL_MS
        if flow.now_ms > self._awaited_ms:
            self.ahead = self._most = max(_ZERO, there - self._own)
        self._find_arrival(order)
        flow.follow(self.side, self._ticks, self)

    def _find_arrival(self, order: Order) -> None:
        """The book told of it before the account did: it is the first of its size since its placement."""
        created_ms = order.created_ms
        if created_ms is None:
            return
        for at_ms, before in self._flow.arrivals(self.side, self._ticks, order.remaining):
            if created_ms <= at_ms <= created_ms + ARRIVAL_MS:
                self.ahead = self._most = before
                # What left the level meanwhile was not followed: then this is only the most there can be.
                self.is_seen = not self._flow.has_fallen(self.side, self._ticks, at_ms)
                self._awaited_ms = -1
                return

    def leave(self) -> None:
        """The order rests no more."""
        self._flow.leave(self.side, self._ticks, self)

    def advanced(self, remaining: Decimal, *, filled: bool) -> None:
        """The order's own remaining shares changed; `filled` says that it traded: then nothing was ahead of it."""
        self._own = remaining
        if filled:
            self.ahead = self._most = _ZERO
            self.is_seen = True

    def estimate(self, resting: Decimal | None) -> Ahead | None:
        """What is ahead, with `resting` shares at the price now; None when the order is not in the book."""
        if resting is None:
            return None
        most = max(_ZERO, min(self._most, resting - self._own))
        if not self.is_seen:
            return Ahead(most, is_bound=bool(most))
        return Ahead(min(self.ahead, most))

    # what the flow tells ------------------------------------------------------------------------------------------

    def added(self, size: Decimal, left: Decimal) -> None:
        """Whoever comes stands behind; unless it is this order itself."""
        if not self.is_seen and size == self._own and self._flow.now_ms <= self._awaited_ms:
            self.is_seen = True
            self.ahead = self._most = min(self._most, left - size)

    def traded(self, size: Decimal, left: Decimal) -> None:
        """From the front."""
        self.ahead = max(_ZERO, self.ahead - size)
        self._most = max(_ZERO, self._most - size)

    def cancelled(self, size: Decimal, left: Decimal) -> None:
        """From ahead or from behind: by size."""
        others = left + size - self._own
        if others > 0:
            share = min(size, others) * min(self.ahead, others) / others
            self.ahead = max(_ZERO, self.ahead - share).quantize(_MICRO)
        self._most = max(_ZERO, min(self._most, left - self._own))
        self.ahead = min(self.ahead, self._most)

    def broke(self) -> None:
        """Nobody saw what happened: what is ahead is at most what was."""
        self.is_seen = False
        self._awaited_ms = -1


class OwnQueues:
    """The places of every open own order in a watched market."""

    def __init__(self, orders: OrderStore) -> None:
        self._orders = orders
        self._places: dict[str, tuple[QueuePlace, MarketState, Order]] = {}

    def look(self, states: Iterable[MarketState]) -> None:
        """Orders, markets or what their books may claim changed. Call it as soon as they did: an order is followed
        from then on, and arrivals are remembered only for a while.
        """
        found: dict[str, tuple[QueuePlace, MarketState, Order]] = {}
        for state in states:
            for order in self._orders.open_in(state.market.symbol):
                if not order.remaining or order.outcome_index >= len(state.books):
                    continue
                held = self._places.get(order.order_id)
                if held is not None and held[1] is not state:
                    held = None
                if held is None and not state.book_freshness[order.outcome_index].is_live:
                    continue  # nothing can be said of a book that nobody has proved
                if held is not None:
                    del self._places[order.order_id]
                found[order.order_id] = self._take(order, state, held)
        for place, _, _ in self._places.values():
            place.leave()
        self._places = found

    def _take(
        self, order: Order, state: MarketState, held: tuple[QueuePlace, MarketState, Order] | None
    ) -> tuple[QueuePlace, MarketState, Order]:
        if held is None:
            book = state.books[order.outcome_index]
            side = Side.BID if order.side is OrderSide.BUY else Side.ASK
            resting = book.size_at(side, to_ticks(order.price))
            return QueuePlace(order, state.flows[order.outcome_index], resting), state, order
        place, _, before = held
        if order.remaining != before.remaining:
            place.advanced(order.remaining, filled=order.filled > before.filled)
        return place, state, order

    def ahead(self, order_id: str) -> Ahead | None:
        """What rests ahead of an own order; None while that is not known: not followed, or its book is not live."""
        held = self._places.get(order_id)
        if held is None:
            return None
        place, state, order = held
        if not state.book_freshness[place.outcome].is_live:
            return None
        state.flows[place.outcome].settle(0)
        return place.estimate(state.books[place.outcome].size_at(place.side, to_ticks(order.price)))
