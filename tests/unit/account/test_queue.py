"""The size ahead of own orders, held against a real matching engine's queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.account.orders import Order, OrderSide, OrderStatus, OrderStore
from psdash.account.queue import ARRIVAL_MS, Ahead, OwnQueues
from psdash.market.board import MarketState
from psdash.market.book import Change, Level, Side
from psdash.market.freshness import Freshness, PaneState
from psdash.market.level_flow import GRACE_MS
from psdash.market.tape import Aggressor, Print
from psdash.market.ticks import CENT
from tests.support.boards import FINAL, cents, live

AT_MS = 5_000_000


@dataclass
class Resting:
    """An order in the true queue."""

    number: int
    size: int
    is_own: bool = False


@dataclass
class Venue:
    """One bid level at 50 with its true queue, and what a client is told of it."""

    state: MarketState = field(default_factory=lambda: MarketState(FINAL))
    store: OrderStore = field(default_factory=OrderStore)
    queue: list[Resting] = field(default_factory=list)
    at_ms: int = AT_MS
    seq: int = 1
    numbers: int = 0
    trades: int = 0

    def __post_init__(self) -> None:
        self.queues = OwnQueues(self.store)
        self.snapshot()
        self.state.book_freshness[0] = live()

    # what happens -------------------------------------------------------------------------------------------------

    def rest(self, size: int, *, is_own: bool = False, told: str = "after") -> int:
        """Somebody joins the queue; of an own order the client hears before the book moves, or after."""
        self.numbers += 1
        self.queue.append(Resting(self.numbers, size, is_own))
        if is_own and told == "before":
            self.placed(self.numbers, size)
        self.book()
        if is_own and told == "after":
            self.placed(self.numbers, size)
        return self.numbers

    def cancel(self, number: int) -> None:
        self.queue = [each for each in self.queue if each.number != number]
        self.book()

    def trade(self, size: int, *, book_first: bool = False) -> None:
        """Somebody sells into the queue, from its front."""
        done = left = min(size, sum(each.size for each in self.queue))
        if not done:
            return
        fills: list[tuple[int, int]] = []
        while left:
            first = self.queue[0]
            taken = min(left, first.size)
            first.size -= taken
            left -= taken
            if first.is_own:
                fills.append((first.number, taken))
            if not first.size:
                self.queue.pop(0)
        if book_first:
            self.book()
        self.trades += 1
        self.state.tape.add(
            Print(f"t{self.trades}", FINAL.tokens[0], 0, cents(50), Decimal(done), Aggressor.SELL, self.at_ms)
        )
        if not book_first:
            self.book()
        for number, taken in fills:
            self.store.fill(f"o{number}", Decimal(taken), self.at_ms)
        self.queues.look([self.state])

    # what is told -------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        return sum(each.size for each in self.queue)

    def placed(self, number: int, size: int, *, created_ms: int | None = None) -> None:
        self.store.placed(own_order(f"o{number}", size, created_ms or self.at_ms))
        self.queues.look([self.state])

    def book(self) -> None:
        self.seq += 1
        change = Change(Side.BID, 50 * CENT, Decimal(self.total))
        self.state.books[0].apply([change], seq=self.seq, venue_ms=self.at_ms)

    def snapshot(self) -> None:
        self.seq += 1
        bids = [Level(50 * CENT, Decimal(self.total))] if self.total else []
        self.state.books[0].replace(bids, [], seq=self.seq, venue_ms=self.at_ms, state_hash=None)

    def passes(self, ms: int) -> None:
        self.at_ms += ms
        self.state.flows[0].settle(self.at_ms)

    # what is true -------------------------------------------------------------------------------------------------

    def ahead_of(self, number: int) -> int:
        at = next(at for at, each in enumerate(self.queue) if each.number == number)
        return sum(each.size for each in self.queue[:at])

    def said(self, number: int) -> Ahead:
        found = self.queues.ahead(f"o{number}")
        assert found is not None
        return found


def own_order(order_id: str, size: int, created_ms: int | None, *, outcome: int = 0, price: int = 50) -> Order:
    return Order(
        order_id,
        FINAL.symbol,
        outcome,
        OrderSide.BUY,
        cents(price),
        Decimal(size),
        Decimal(0),
        OrderStatus.OPEN,
        reported_ms=created_ms or 0,
        created_ms=created_ms,
    )


@pytest.mark.parametrize("told", ["before", "after"])
@pytest.mark.parametrize("book_first", [True, False])
def test_trades_take_from_the_front_and_who_comes_later_stands_behind(told: str, book_first: bool) -> None:
    venue = Venue()
    venue.rest(300)
    venue.rest(200)
    own = venue.rest(100, is_own=True, told=told)
    venue.passes(50)
    assert venue.said(own) == Ahead(Decimal(500))
    venue.rest(1_000)
    assert venue.said(own) == Ahead(Decimal(500))
    venue.trade(350, book_first=book_first)
    assert venue.said(own) == Ahead(Decimal(150))
    venue.trade(190, book_first=book_first)  # 40 of them are own
    assert venue.said(own) == Ahead(Decimal(0))
    assert venue.ahead_of(own) == 0


def test_a_cancel_is_shared_out_by_size_once_no_print_explains_it() -> None:
    venue = Venue()
    first = venue.rest(300)
    own = venue.rest(100, is_own=True)
    venue.rest(300)
    venue.cancel(first)
    assert venue.said(own) == Ahead(Decimal(300))  # whether it was traded is not known yet
    venue.passes(GRACE_MS + 1)
    assert venue.said(own) == Ahead(Decimal(150))


def test_no_more_is_ahead_than_rests_there() -> None:
    venue = Venue()
    first = venue.rest(300)
    own = venue.rest(100, is_own=True)
    venue.cancel(first)
    assert venue.said(own) == Ahead(Decimal(0))


def test_an_order_found_on_arrival_has_only_a_bound() -> None:
    venue = Venue()
    venue.rest(300)
    venue.rest(100, is_own=True, told="never")
    venue.rest(50)
    venue.passes(ARRIVAL_MS + 1)
    venue.snapshot()
    venue.placed(2, 100, created_ms=AT_MS)
    assert venue.said(2) == Ahead(Decimal(350), is_bound=True)
    venue.rest(100)  # as large as the order, and not it
    assert venue.said(2) == Ahead(Decimal(350), is_bound=True)
    venue.trade(280)
    assert venue.said(2) == Ahead(Decimal(70), is_bound=True)
    venue.trade(20)
    venue.trade(30)  # 30 of the own order: nothing is ahead of it
    assert venue.said(2) == Ahead(Decimal(0))


def test_an_arrival_that_is_found_late_is_exact_unless_something_left_meanwhile() -> None:
    for leaves in (False, True):
        venue = Venue()
        first = venue.rest(300)
        venue.rest(100, is_own=True, told="never")
        venue.passes(20)
        venue.rest(50)
        if leaves:
            venue.cancel(first)
        venue.placed(2, 100, created_ms=AT_MS)
        assert venue.said(2) == (Ahead(Decimal(50), is_bound=True) if leaves else Ahead(Decimal(300)))


def test_a_resync_leaves_a_bound_and_a_book_that_is_not_live_nothing() -> None:
    venue = Venue()
    venue.rest(300)
    own = venue.rest(100, is_own=True)
    venue.state.book_freshness[0] = Freshness(PaneState.RESYNC, "gap", 0.0)
    assert venue.queues.ahead(f"o{own}") is None
    venue.queue[0].size = 120
    venue.rest(500)
    venue.snapshot()
    venue.state.book_freshness[0] = live()
    assert venue.said(own) == Ahead(Decimal(300), is_bound=True)
    venue.trade(20)
    assert venue.said(own) == Ahead(Decimal(280), is_bound=True)


def test_an_order_that_the_book_lacks_has_no_place() -> None:
    venue = Venue()
    venue.placed(7, 100)
    assert venue.queues.ahead("o7") is None
    assert venue.queues.ahead("nobody's") is None


def test_an_order_that_ended_is_followed_no_more() -> None:
    venue = Venue()
    own = venue.rest(100, is_own=True)
    venue.store.cancelled(f"o{own}")
    venue.queues.look([venue.state])
    assert venue.queues.ahead(f"o{own}") is None
    venue.queues.look([])
    assert venue.state.flows[0].net(Side.BID, 50 * CENT) == 100


def test_a_second_own_order_has_the_first_ahead() -> None:
    venue = Venue()
    venue.rest(40)
    one = venue.rest(100, is_own=True)
    other = venue.rest(60, is_own=True)
    assert [int(venue.said(each).shares) for each in (one, other)] == [40, 140]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rest"), st.integers(1, 500)),
        st.tuples(st.just("own"), st.integers(1, 300)),
        st.tuples(st.just("trade"), st.integers(1, 600)),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.integers(1, 3 * GRACE_MS)),
        st.tuples(st.just("gap"), st.integers(0, 1)),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(STEPS, st.booleans(), st.sampled_from(["before", "after"]))
def test_against_the_true_queue(steps: list[tuple[str, int]], book_first: bool, told: str) -> None:
    """A bound is never below the truth. Without cancels an estimate is the truth; with them it stays what can be."""
    venue, cancels = Venue(), False
    for what, much in steps:
        venue.passes(7)
        if what == "rest":
            venue.rest(much)
        elif what == "own":
            venue.rest(much, is_own=True, told=told)
        elif what == "trade":
            venue.trade(much, book_first=book_first)
        elif what == "cancel" and venue.queue:
            victim = venue.queue[much % len(venue.queue)]
            if not victim.is_own:
                cancels = True
                venue.cancel(victim.number)
        elif what == "wait":
            venue.passes(much)
        elif what == "gap":
            venue.snapshot()
        for each in venue.queue:
            if each.is_own:
                said, true = venue.said(each.number), venue.ahead_of(each.number)
                assert 0 <= said.shares <= venue.total - each.size
                if said.is_bound:
                    assert said.shares >= true
                elif not cancels:
                    assert said.shares == true
