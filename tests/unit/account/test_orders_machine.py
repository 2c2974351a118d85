"""The order store against an exchange whose socket loses and repeats, and whose lists are old when they come."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from psdash.account.fills import Fill, FillStore
from psdash.account.orders import LAG_MS, Order, OrderSide, OrderStatus, OrderStore


@dataclass(frozen=True)
class Placed:
    order: Order


@dataclass(frozen=True)
class Filled:
    fill: Fill


@dataclass(frozen=True)
class Cancelled:
    order_id: str


@dataclass(frozen=True)
class Listed:
    orders: tuple[Order, ...]
    asked_ms: int


class Exchange(RuleBasedStateMachine):
    """Orders rest, fill, are cancelled, and expire without a word; the two stores are the thing under test."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_000_000
        self.resting: dict[str, Order] = {}
        self.ended: dict[str, Order] = {}
        self.socket: deque[Placed | Filled | Cancelled] = deque()
        self.answers: deque[Listed] = deque()
        self.orders = OrderStore()
        self.fills = FillStore()
        self.made = 0
        self.lost = False  # something of the socket
        self.expired = False
        self.past: list[tuple[int, dict[str, Order]]] = []

    # the exchange -----------------------------------------------------------------------------------------------

    def _later(self) -> None:
        self.past.append((self.now_ms, dict(self.resting)))
        self.now_ms += 3

    @rule(size=st.integers(1, 9))
    def place(self, size: int) -> None:
        self._later()
        self.made += 1
        order = Order(
            f"o{self.made}",
            "S",
            0,
            OrderSide.BUY,
            Decimal("0.5"),
            Decimal(size),
            Decimal(0),
            OrderStatus.OPEN,
            reported_ms=self.now_ms,
            created_ms=self.now_ms,
        )
        self.resting[order.order_id] = order
        self.socket.append(Placed(order))

    @precondition(lambda self: self.resting)
    @rule(which=st.integers(0, 9), size=st.integers(1, 9), same_moment=st.booleans())
    def fill(self, which: int, size: int, same_moment: bool) -> None:
        if not same_moment:
            self._later()
        order = self._pick(which)
        taken = min(Decimal(size), order.remaining)
        self.made += 1
        at_ms = self.now_ms
        self.socket.append(Filled(Fill(f"t{self.made}", order.order_id, OrderSide.BUY, Decimal("0.5"), taken, at_ms)))
        order = replace(order, filled=order.filled + taken, reported_ms=at_ms)
        self.resting[order.order_id] = order
        if not order.remaining:
            self._end(order.order_id, OrderStatus.FILLED)
        self.now_ms += 1  # no list is made in the millisecond of a fill that it lacks

    @precondition(lambda self: self.resting)
    @rule(which=st.integers(0, 9))
    def cancel(self, which: int) -> None:
        self._later()
        order_id = self._pick(which).order_id
        self._end(order_id, OrderStatus.CANCELLED)
        self.socket.append(Cancelled(order_id))

    @precondition(lambda self: self.resting)
    @rule(which=st.integers(0, 9))
    def expire(self, which: int) -> None:
        """No event says so (protocol §5.10)."""
        self._later()
        self.expired = True
        self._end(self._pick(which).order_id, OrderStatus.EXPIRED)

    def _pick(self, which: int) -> Order:
        return list(self.resting.values())[which % len(self.resting)]

    def _end(self, order_id: str, status: OrderStatus) -> None:
        self.ended[order_id] = replace(self.resting.pop(order_id), status=status)

    @rule(seconds=st.sampled_from([1, 5, 40]))
    def wait(self, seconds: int) -> None:
        self.now_ms += seconds * 1000

    # the way ----------------------------------------------------------------------------------------------------

    @rule()
    def ask(self) -> None:
        """A list is made now, and arrives whenever it does; later ones never overtake it."""
        self._later()
        rows = tuple(replace(order, reported_ms=self.now_ms) for order in self.resting.values())
        self.answers.append(Listed(rows, self.now_ms))

    @rule(lag_ms=st.integers(0, LAG_MS - 10))
    def ask_a_replica(self, lag_ms: int) -> None:
        """A list that is asked for now, and was true a while ago."""
        self._later()
        then_ms = self.now_ms - lag_ms
        resting = next((resting for at_ms, resting in reversed(self.past) if at_ms <= then_ms), {})
        rows = tuple(replace(order, reported_ms=self.now_ms) for order in resting.values())
        self.answers.append(Listed(rows, self.now_ms))

    @precondition(lambda self: self.answers)
    @rule()
    def answer(self) -> None:
        listed = self.answers.popleft()
        self.orders.reconcile(listed.orders, listed.asked_ms)

    def _hear(self, event: Placed | Filled | Cancelled) -> None:
        if isinstance(event, Placed):
            self.orders.placed(event.order)
        elif isinstance(event, Cancelled):
            self.orders.cancelled(event.order_id)
        elif self.fills.add(event.fill):
            self.orders.fill(event.fill.order_id, event.fill.size, event.fill.venue_ms)

    @precondition(lambda self: self.socket)
    @rule(twice=st.booleans())
    def hear(self, twice: bool) -> None:
        event = self.socket.popleft()
        self._hear(event)
        if twice:
            self._hear(event)

    @precondition(lambda self: self.socket)
    @rule()
    def cut(self) -> None:
        """The socket breaks: nothing on it comes, nor any answer that was asked for before."""
        self.lost = self.lost or bool(self.socket)
        self.socket.clear()
        self.answers.clear()

    # what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def never_more_than_the_truth(self) -> None:
        for order_id, truth in {**self.resting, **self.ended}.items():
            held = self.orders.get(order_id)
            if held is not None:
                assert held.filled <= truth.size
                assert held.status not in (OrderStatus.REJECTED, OrderStatus.EXPIRED)  # nobody has said so
                if held.status is OrderStatus.FILLED:
                    assert truth.filled == truth.size

    @invariant()
    def nothing_is_invented(self) -> None:
        known = {**self.resting, **self.ended}
        assert all(order.order_id in known for order in self.orders.open)

    @precondition(lambda self: not self.lost and not self.expired and not self.socket)
    @invariant()
    def all_that_was_told_is_shown(self) -> None:
        """However old the lists were: nothing was lost on the socket, so it is the truth."""
        if not self.orders.may_lack_a_fill:
            assert {order.order_id: order.filled for order in self.orders.open} == {
                order.order_id: order.filled for order in self.resting.values()
            }

    def teardown(self) -> None:
        """At rest the open orders are the exchange's own, figure by figure."""
        while self.socket:
            self._hear(self.socket.popleft())
        while self.answers:
            self.answer()
        for _ in range(3):
            self.now_ms += 2 * LAG_MS
            self.ask()
            self.answer()
        assert {order.order_id: order.filled for order in self.orders.open} == {
            order.order_id: order.filled for order in self.resting.values()
        }
        assert not self.orders.in_doubt


TestExchange = Exchange.TestCase
TestExchange.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
