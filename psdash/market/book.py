"""One token's order book: price levels, best first, exact."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

from psdash.market.ticks import CENT, to_price

#: The sequence of a book whose venue numbers nothing.
UNNUMBERED = 0


class Side(StrEnum):
    """A side of the book."""

    BID = "bid"
    ASK = "ask"


_BID = Side.BID


class Level(NamedTuple):
    """What rests at one price: `size` shares in `orders` orders, at `ticks` (see `ticks.py`)."""

    ticks: int
    size: Decimal
    orders: int | None = None

    @property
    def price(self) -> Decimal:
        """The price in dollars (0..1)."""
        return to_price(self.ticks)


class Change(NamedTuple):
    """The new total at one price of one side; size 0 means the level is gone."""

    side: Side
    ticks: int
    size: Decimal
    orders: int | None = None


#: A change as it was applied: venue time (0: untold), side, price in ticks, size before (None: none), size after.
Step = tuple[int, Side, int, Decimal | None, Decimal]
#: A watcher goes through its steps at the latest when there are so many.
MOST_STEPS = 640


class BookWatcher(Protocol):
    """Somebody who follows what changes, e.g. `level_flow.BookFlow`."""

    #: The book adds what it applies; the watcher takes away what it is done with.
    steps: list[Step]

    def catch_up(self) -> None:
        """There are many steps by now: go through them."""

    def broke(self, venue_ms: int | None) -> None:
        """Another state, of that venue time, has taken the book's place, and nobody saw what lay between."""


class _Half:
    """One side. Prices are kept ascending; levels live in a dict beside them."""

    __slots__ = ("counts", "prices", "sizes")

    def __init__(self) -> None:
        self.prices: list[int] = []
        self.sizes: dict[int, Decimal] = {}
        self.counts: dict[int, int | None] = {}

    def set(self, ticks: int, size: Decimal, orders: int | None) -> None:
        if size:
            if ticks not in self.sizes:
                insort(self.prices, ticks)
            self.sizes[ticks] = size
            self.counts[ticks] = orders
        elif ticks in self.sizes:
            del self.sizes[ticks]
            del self.counts[ticks]
            del self.prices[bisect_left(self.prices, ticks)]

    def load(self, levels: Iterable[Level]) -> None:
        kept = [level for level in levels if level.size]
        self.sizes = {level.ticks: level.size for level in kept}
        self.counts = {level.ticks: level.orders for level in kept}
        self.prices = sorted(self.sizes)

    def mark(self, ticks: int | None) -> None:
        """This price alone, of unknown size."""
        self.sizes = {} if ticks is None else {ticks: Decimal(0)}
        self.counts = dict.fromkeys(self.sizes)
        self.prices = list(self.sizes)

    def level(self, ticks: int) -> Level:
        return Level(ticks, self.sizes[ticks], self.counts[ticks])


def _steps(at_ms: int, side: Side, before: Mapping[int, Decimal], after: Mapping[int, Decimal]) -> Iterator[Step]:
    """The steps that lead from one state of a side to another."""
    for ticks, size in after.items():
        if before.get(ticks) != size:
            yield at_ms, side, ticks, before.get(ticks), size
    for ticks, size in before.items():
        if ticks not in after:
            yield at_ms, side, ticks, size, Decimal(0)


class Book:
    """The resting sizes of one token, as of venue sequence `seq`.

    It takes whatever the gateway proved to be the next state; it does not judge sequence numbers itself (that is
    `gateway/sync.py`). `version` moves with every change, so a widget can tell at a glance whether to look again.
    `watcher` is given every step that is taken.
    """

    __slots__ = ("_asks", "_bids", "hash", "is_sized", "seq", "token", "venue_ms", "version", "watcher")

    def __init__(self, token: str) -> None:
        self.token = token
        self.version = 0
        self.seq: int | None = None
        self.hash: str | None = None
        self.venue_ms: int | None = None
        self.watcher: BookWatcher | None = None
        #: False while only the touch prices are known, and nothing of what rests at them.
        self.is_sized = True
        self._bids = _Half()
        self._asks = _Half()

    def replace(
        self,
        bids: Iterable[Level],
        asks: Iterable[Level],
        *,
        seq: int,
        venue_ms: int | None,
        state_hash: str | None,
        follows: bool = False,
    ) -> None:
        """Take a whole state (a snapshot, or a state frame). Wire order does not matter; zero sizes are dropped.

        `follows` says that it is the very next state: what differs are changes like any other.
        """
        watcher = self.watcher
        before = [(half, half.sizes) for half in (self._bids, self._asks)]
        self._bids.load(bids)
        self._asks.load(asks)
        if watcher is not None and follows:
            for side, (half, sizes) in zip((_BID, Side.ASK), before, strict=True):
                watcher.steps.extend(_steps(venue_ms or 0, side, sizes, half.sizes))
            watcher.catch_up()
        elif watcher is not None:
            watcher.broke(venue_ms)
        self.is_sized = True
        self._stamp(seq, venue_ms, state_hash)

    def quote(self, bid: int | None, ask: int | None, *, venue_ms: int | None) -> None:
        """Take the touch prices in ticks of a venue that tells no sizes: levels of size 0, and `is_sized` False."""
        if self.watcher is not None:
            self.watcher.broke(venue_ms)
        self._bids.mark(bid)
        self._asks.mark(ask)
        self.is_sized = False
        self._stamp(UNNUMBERED, venue_ms, None)

    def apply(
        self, changes: Sequence[Change], *, seq: int, venue_ms: int | None, state_hash: str | None = None
    ) -> None:
        """Take the changed levels that lead from the state before to `seq`."""
        bids, asks, watcher = self._bids, self._asks, self.watcher
        if watcher is None:
            for side, ticks, size, orders in changes:
                (bids if side is _BID else asks).set(ticks, size, orders)
        else:
            steps, at_ms = watcher.steps, venue_ms or 0
            for side, ticks, size, orders in changes:
                half = bids if side is _BID else asks
                steps.append((at_ms, side, ticks, half.sizes.get(ticks), size))
                half.set(ticks, size, orders)
            if len(steps) > MOST_STEPS:
                watcher.catch_up()
        self._stamp(seq, venue_ms, state_hash)

    def clear(self) -> None:
        """Forget everything: a new session starts with an empty book, so that no ghost level survives it."""
        self._bids = _Half()
        self._asks = _Half()
        self.seq = self.hash = self.venue_ms = None
        self.is_sized = True
        self.version += 1
        if self.watcher is not None:
            self.watcher.broke(None)

    def _stamp(self, seq: int, venue_ms: int | None, state_hash: str | None) -> None:
        self.seq, self.hash = seq, state_hash
        if venue_ms is not None:
            self.venue_ms = venue_ms
        self.version += 1

    # reading -----------------------------------------------------------------------------------------------------

    @property
    def best_bid(self) -> Level | None:
        half = self._bids
        return half.level(half.prices[-1]) if half.prices else None

    @property
    def best_ask(self) -> Level | None:
        half = self._asks
        return half.level(half.prices[0]) if half.prices else None

    def levels(self, side: Side) -> Iterator[Level]:
        """One side's levels, best first."""
        half = self._half(side)
        prices = reversed(half.prices) if side is Side.BID else iter(half.prices)
        return (half.level(ticks) for ticks in prices)

    def size_at(self, side: Side, ticks: int) -> Decimal | None:
        """Shares resting at a price, None when the level is empty."""
        return self._half(side).sizes.get(ticks)

    def resting(self, side: Side) -> Mapping[int, Decimal]:
        """Shares by price in ticks, of one side. A live view: copy what must stay."""
        return self._half(side).sizes

    def orders_at(self, side: Side, ticks: int) -> int | None:
        """Orders resting at a price, None when the level is empty or the venue did not say."""
        return self._half(side).counts.get(ticks)

    def depth(self, side: Side) -> int:
        """Occupied price levels on one side."""
        return len(self._half(side).prices)

    def sizes(self, side: Side) -> Iterable[Decimal]:
        """Every resting size of one side, in no particular order."""
        return self._half(side).sizes.values()

    @property
    def is_empty(self) -> bool:
        return not self._bids.prices and not self._asks.prices

    @property
    def spread(self) -> Decimal | None:
        """Best ask minus best bid in dollars (negative when crossed), None when one side is empty."""
        bids, asks = self._bids.prices, self._asks.prices
        return to_price(asks[0] - bids[-1]) if bids and asks else None

    @property
    def mid(self) -> Decimal | None:
        """Halfway between the touch prices in dollars, None when one side is empty."""
        bids, asks = self._bids.prices, self._asks.prices
        return to_price(asks[0] + bids[-1]) / 2 if bids and asks else None

    @property
    def is_crossed(self) -> bool:
        """True when the best bid is at or above the best ask: no matcher leaves its book so."""
        bids, asks = self._bids.prices, self._asks.prices
        return bool(bids and asks and bids[-1] >= asks[0])

    @property
    def tick(self) -> int:
        """The venue's price step as this book shows it, in ticks: a cent, finer where a level lies off the cent."""
        step = CENT
        for half in (self._bids, self._asks):
            for ticks in half.prices:
                while ticks % step:
                    step //= 10
        return step

    def _half(self, side: Side) -> _Half:
        return self._bids if side is Side.BID else self._asks
